import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Glibc
import Graph
import Messages
import Tensors
import Values

extension Builtin {
  static let construction: [Builtin] = [
    Builtin("zeros", ["shape"], isVariadic: true, "a tensor of zeros: zeros([3, 4]) or zeros(3, 4)") {
      (e, a) throws(Diagnostic) in try e.filled(0, a)
    },
    Builtin("ones", ["shape"], isVariadic: true, "a tensor of ones") { (e, a) throws(Diagnostic) in try e.filled(1, a)
    },
    Builtin("full", ["shape", "value"], "a tensor of one value") { (e, a) throws(Diagnostic) in
      let shape = try a.sizes(0, e)
      try e.requireMemory(TensorType(shape, .f64), at: a.span)
      return try e.apply(BroadcastTo(shape: shape), [a.real(1, e)], at: a.span)
    },
    Builtin("eye", ["n"], "the identity matrix") { (e, a) throws(Diagnostic) in
      let n = try a.whole(0, "the size", e)
      guard n >= 0 else { throw .outOfRange("the size", "\(n)", expected: "0 or more", at: a.place(0)) }
      try e.requireMemory(TensorType([n, n], .f64), at: a.span)
      var values = [Double](repeating: 0, count: n * n)
      for index in 0..<n { values[index * n + index] = 1 }
      return .tensor(Tensor(values, shape: [n, n]))
    },
    Builtin("diag", ["x"], "the diagonal matrix of a vector, or the diagonal of a matrix") {
      (e, a) throws(Diagnostic) in try e.diagonal(a)
    },
    Builtin("linspace", ["from", "to", "count"], "evenly spaced values, both ends included") {
      (e, a) throws(Diagnostic) in
      let (low, high, count) = try e.interval(a)
      return .tensor(
        Tensor(
          (0..<count).map { count == 1 ? low : low + (high - low) * Double($0) / Double(count - 1) }, shape: [count]))
    },
    Builtin("logspace", ["from", "to", "count"], "values whose logarithms are evenly spaced, both ends included") {
      (e, a) throws(Diagnostic) in
      let (low, high, count) = try e.interval(a)
      guard low > 0, high > 0 else {
        var finding = Diagnostic.outOfRange(
          "the ends of `logspace`", NumberText.short(Swift.min(low, high)), expected: "positive", at: a.span)
        // NumPy's takes the exponents.
        if [low, high].allSatisfy({ $0 == $0.rounded() && $0.magnitude < 100 }) {
          finding.help.append(
            "the ends are the values themselves: `logspace(1e\(Int(low)), 1e\(Int(high)), \(count))`")
        }
        throw finding
      }
      let (first, last) = (log(low), log(high))
      return .tensor(
        Tensor(
          (0..<count).map { index in
            if index == 0 { return low }
            if index == count - 1 { return high }
            return DecimalRounding.nearby(exp(first + (last - first) * Double(index) / Double(count - 1)))
          }, shape: [count]))
    },
    Builtin("class_of", ["y", "scores"], "y, which has to be the number of one of the scores on the last axis") {
      (e, a) throws(Diagnostic) in
      let y = try a.real(0, e)
      guard let shape = e.shape(of: try a.real(1, e)), let classes = shape.sizes.last else { return y }
      return try e.classNumber(y, classes: classes, a)
    },
    Builtin("shaped_like", ["x", "y"], "x in the shape of y: a number as it is, else as many numbers as y has") {
      (e, a) throws(Diagnostic) in
      let x = try a.real(0, e)
      guard let own = e.shape(of: x), let shape = e.shape(of: try a.real(1, e)) else { return x }
      guard own != shape, own.rank > 0 else { return x }
      guard own.count == shape.count else { throw .unlikeShapes(own, shape, at: a.span) }
      return try e.apply(Reshape(shape: shape), [x], at: a.span)
    },
    Builtin("one_hot", ["y", "classes"], "1 at the class, 0 elsewhere, on a new last axis") {
      (e, a) throws(Diagnostic) in
      let classes = try a.whole(1, "the number of classes", e)
      guard classes >= 1 else {
        throw .outOfRange("the number of classes", "\(classes)", expected: "1 or more", at: a.place(1))
      }
      guard e.isWhole(a[0]) else { throw .expected("whole-number classes", found: "real numbers", at: a.place(0)) }
      return try e.oneHot(a[0], classes: classes, a)
    },
  ]

  static let arrays: [Builtin] = [
    Builtin("shape", ["x"], "the sizes of a tensor") { (e, a) throws(Diagnostic) in
      let shape = try a.shape(0, e)
      return .tensor(Tensor(integers: shape.sizes, shape: [shape.rank]))
    },
    Builtin("reshape", ["x", "shape"], "the same elements in another shape") { (e, a) throws(Diagnostic) in
      let old = try a.shape(0, e)
      let new = try a.sizes(1, e)
      guard old.count == new.count else {
        throw .wrongElementCount(old, as: new, at: a.span)
      }
      return try e.apply(Reshape(shape: new), [a[0]], at: a.span)
    },
    Builtin("flatten", ["x"], "all elements as one vector") { (e, a) throws(Diagnostic) in
      let shape = try a.shape(0, e)
      return try e.apply(Reshape(shape: [shape.count]), [a[0]], at: a.span)
    },
    Builtin("concat", ["parts"], isVariadic: true, "tensors one after the other along the first axis, or `axis`") {
      (e, a) throws(Diagnostic) in
      try e.concatenated(a)
    },
    Builtin("stack", ["parts"], isVariadic: true, "tensors of one shape on a new first axis") {
      (e, a) throws(Diagnostic) in
      try e.stacked(a)
    },
    Builtin("gather", ["x", "indices"], "rows of x by their numbers") { (e, a) throws(Diagnostic) in
      if case .tensor = a[1], e.shape(of: a[0])?.rank ?? 0 > 0 {
        return try e.gathered(a[0], a[1], axis: 0, at: a.place(1))
      }
      let shape = try a.shape(0, e)
      guard shape.rank > 0 else {
        throw .unsuitableShape("gather", shape, expected: "a tensor with rows", at: a.place(0))
      }
      return try e.index(a[0], by: a[1], axis: 0, at: a.span)
    },
    Builtin("reverse", ["x"], "elements of the first axis in reverse order") { (e, a) throws(Diagnostic) in
      try e.apply(Reverse(axes: [0]), [a[0]], at: a.span)
    },
    Builtin("sort", ["x"], "elements of the last axis in increasing order") { (e, a) throws(Diagnostic) in
      try e.refuseNaN(a)
      if let exact = try e.wholeSorted(a) { return exact }
      let x = a[0]
      return try e.apply(TakeAlongLast(), [x, e.apply(ArgSort(), [a.real(0, e)], at: a.span)], at: a.span)
    },
    Builtin("argsort", ["x"], "indices that sort the last axis; equal elements keep their order") {
      (e, a) throws(Diagnostic) in
      try e.refuseNaN(a)
      if let exact = try e.wholeOrder(a) { return exact }
      return try e.apply(ArgSort(), [a.real(0, e)], at: a.span)
    },
    Builtin(
      "top_k", ["x", "k"], "x with all but the k entries of largest magnitude set to 0; of equals the first stay"
    ) { (e, a) throws(Diagnostic) in
      let x = try a.real(0, e)
      let k = try a.whole(1, "k", e)
      let shape = try e.shape(x, of: a)
      guard let size = shape.sizes.last else {
        throw .unsuitableShape("top_k", shape, expected: "a vector", at: a.place(0))
      }
      guard k >= 1, k <= size else {
        throw .outOfRange("k", "\(k)", expected: "between 1 and the \(size) entries", at: a.place(1))
      }
      if let exact = try e.wholeTop(a, k) { return exact }
      let indices = try e.apply(TopKIndices(k: k, byMagnitude: true), [x], at: a.span)
      return try e.apply(
        ScatterAlongLast(count: size), [indices, e.apply(TakeAlongLast(), [x, indices], at: a.span)], at: a.span)
    },
    Builtin("only", ["x", "places"], "x with all but the entries at these places set to 0") {
      (e, a) throws(Diagnostic) in
      let x = try a.real(0, e)
      let shape = try e.shape(x, of: a)
      guard shape.rank == 1 else { throw .unsuitableShape("only", shape, expected: "a vector", at: a.place(0)) }
      let places = a[1]
      guard e.isWhole(places), e.shape(of: places)?.rank == 1 else {
        throw .expected("places as a vector of whole numbers", found: places.kind, at: a.place(1))
      }
      if case .tensor(let tensor) = places {
        for n in tensor.integers() where n < 0 || n >= shape[0] {
          throw .indexOutOfRange(n, count: shape[0], at: a.place(1))
        }
      }
      let entries = try e.apply(TakeAlongLast(), [x, places], at: a.span)
      return try e.apply(ScatterAlongLast(count: shape[0]), [places, entries], at: a.span)
    },
    Builtin("trace", ["A"], "sum of the diagonal") { (e, a) throws(Diagnostic) in
      let x = try a.real(0, e)
      let shape = try e.shape(x, of: a)
      guard shape.rank == 2, shape[0] == shape[1] else {
        throw .unsuitableShape("trace", shape, expected: "a square matrix", at: a.place(0))
      }
      let identity = Value.tensor(Evaluator.identity(shape[0]))
      return try e.apply(Products.inner(2), [x, identity], at: a.span)
    },
  ]
}

extension Evaluator {
  static func identity(_ n: Int) -> Tensor {
    var values = [Double](repeating: 0, count: n * n)
    for index in 0..<n { values[index * n + index] = 1 }
    return Tensor(values, shape: [n, n])
  }

  /// Whole numbers that are numbers of classes; one that is none stops the run that meets it.
  func classNumber(_ y: Value, classes: Int, _ a: BoundArguments) throws(Diagnostic) -> Value {
    if y.isSymbolic {
      guard isWhole(y) else { return y }
      return try apply(CheckedIndex(count: classes), [guarded(y, at: a.place(0))], at: a.place(0))
    }
    let known = try tensor(y, at: a.place(0))
    guard known.dtype == .i64 || a.callee == "one_hot" else { return y }
    for n in known.integers() where n < 0 || n >= classes {
      throw .indexOutOfRange(n, count: classes, at: a.place(0))
    }
    return y
  }

  /// 1 where the class numbers of a new last axis equal y.
  func oneHot(_ y: Value, classes: Int, _ a: BoundArguments) throws(Diagnostic) -> Value {
    let shape = try shape(y, of: a)
    let y = try classNumber(y, classes: classes, a)
    try requireMemory(TensorType(Shape(shape.sizes + [classes]), .f64), at: a.span)
    let column = try apply(Reshape(shape: Shape(shape.sizes + [1])), [y], at: a.span)
    let numbers = Value.tensor(Tensor(integers: Array(0..<classes), shape: [classes]))
    return try apply(Convert(dtype: realType), [apply(Equal(), [column, numbers], at: a.span)], at: a.span)
  }

  /// Tensors of one shape on a new axis.
  func stacked(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let parts = a.values.count == 1 ? try knownMembers(of: a[0], at: a.span) : a.values.compactMap { $0 }
    let rows = try collected(parts, at: a.span)
    guard let shape = shape(of: rows) else {
      throw .requires("`stack`", "tensors of one shape", at: a.span)
    }
    guard a.axis >= 0, a.axis < shape.rank else {
      throw .outOfRange("the axis", "\(a.axis)", expected: "between 0 and \(shape.rank - 1)", at: a.span)
    }
    if a.axis == 0 { return rows }
    let order = Array(1...a.axis) + [0] + Array((a.axis + 1)..<max(shape.rank, a.axis + 1))
    return try apply(Transpose(permutation: order), [rows], at: a.span)
  }

  func filled(_ value: Double, _ a: BoundArguments) throws(Diagnostic) -> Value {
    let shape: Shape
    if a.values.count == 1 {
      shape = try a.sizes(0, self)
    } else {
      var sizes: [Int] = []
      for index in a.values.indices {
        let size = try a.whole(index, "a size", self)
        guard size >= 0 else { throw .outOfRange("a size", "\(size)", expected: "0 or more", at: a.place(index)) }
        sizes.append(size)
      }
      shape = Shape(sizes)
    }
    try requireMemory(TensorType(shape, .f64), at: a.span)
    if shape.rank == 0 { return .real(value) }
    return .tensor(Tensor([Double](repeating: value, count: shape.count), shape: shape))
  }

  func interval(_ a: BoundArguments) throws(Diagnostic) -> (Double, Double, Int) {
    let low = try a.number(0, "the first value", self)
    let high = try a.number(1, "the last value", self)
    let count = try a.whole(2, "the number of values", self)
    guard count >= 1 else {
      throw .outOfRange("the number of values", "\(count)", expected: "1 or more", at: a.place(2))
    }
    try requireMemory(TensorType([count], .f64), at: a.span)
    return (low, high, count)
  }

  func diagonal(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let x = try a.real(0, self)
    let shape = try shape(x, of: a)
    if shape.rank == 1 { try requireMemory(TensorType([shape[0], shape[0]], .f64), at: a.span) }
    switch shape.rank {
    case 1: return try apply(Multiply(), [.tensor(Self.identity(shape[0])), x], at: a.span)
    case 2 where shape[0] == shape[1]:
      let masked = try apply(Multiply(), [.tensor(Self.identity(shape[0])), x], at: a.span)
      return try apply(ReduceSum(axes: [1]), [masked], at: a.span)
    default: throw .unsuitableShape("diag", shape, expected: "a vector or a square matrix", at: a.place(0))
    }
  }

  func concatenated(_ a: BoundArguments) throws(Diagnostic) -> Value {
    var parts = a.values.compactMap { $0 }
    if parts.count == 1, case .list(let values) = parts[0] { parts = values }
    let isWhole = parts.allSatisfy { self.isWhole($0) }
    var tensors: [Value] = []
    var first: Shape?
    for part in parts {
      let value = isWhole ? part : try asReal(part, at: a.span)
      guard var shape = shape(of: value) else { throw .unsuitableOperand("concat", part.kind, at: a.span) }
      var tensor = value
      if shape.rank == 0 {
        tensor = try apply(Reshape(shape: [1]), [value], at: a.span)
        shape = [1]
      }
      if case .series(let series) = tensor { tensor = .tensor(Tensor(series.values, shape: [series.values.count])) }
      try requireJoin(first, shape, axis: a.axis, at: a.span)
      first = first ?? shape
      if shape[a.axis] > 0 { tensors.append(tensor) }
    }
    if tensors.count == 1 { return tensors[0] }
    guard !tensors.isEmpty else { return .tensor(Tensor([], shape: [0])) }
    return try apply(Concatenate(axis: a.axis), tensors, at: a.span)
  }

  /// Tensors that are joined agree in every axis but one.
  private func requireJoin(_ first: Shape?, _ shape: Shape, axis: Int, at span: Span) throws(Diagnostic) {
    guard axis >= 0, axis < shape.rank else {
      throw .outOfRange("the axis", "\(axis)", expected: "between 0 and \(shape.rank - 1)", at: span)
    }
    guard let first else { return }
    let agree = first.rank == shape.rank && (0..<shape.rank).allSatisfy { $0 == axis || first[$0] == shape[$0] }
    if !agree { throw .shapeMismatch("concat", first, shape, at: span, labels: []) }
  }
}
