import Arithmetic
import Data
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

extension Builtin {
  static let reductions: [Builtin] = [
    Builtin("sum", ["x", "axis?"], "sum of all elements, or along an axis") { (e, a) throws(Diagnostic) in
      if let exact = try e.wholeSum(a) { return exact }
      return try e.reduce(e.masked(a, else: 0), a, { ReduceSum(axes: $0) })
    },
    Builtin("prod", ["x", "axis?"], "product of all elements, or along an axis") { (e, a) throws(Diagnostic) in
      if let exact = try e.wholeProduct(a) { return exact }
      return try e.reduce(e.masked(a, else: 1), a, { ReduceProduct(axes: $0) })
    },
    Builtin("mean", ["x", "axis?"], "mean of all elements, or along an axis") { (e, a) throws(Diagnostic) in
      if case .series(let series) = a[0] {
        if a.given(1) != nil { _ = try e.axes(a, [series.values.count]) }
        return .estimate(series.correlatedMean())
      }
      let x = try e.masked(a, else: 0)
      let total: Value
      if let exact = try e.exactTotal(a) { total = exact } else { total = try e.reduce(x, a, { ReduceSum(axes: $0) }) }
      if let mask = a.mask {
        let count = try e.apply(ReduceSum(axes: [0]), [mask], at: a.span)
        return try e.binary(.divide, total, count, at: a.places)
      }
      let shape = try e.shape(x, of: a)
      let count = try a.given(1) == nil ? shape.count : e.axes(a, shape).map { shape[$0] }.reduce(1, *)
      return try e.binary(.divide, total, .real(Double(count)), at: a.places)
    },
    Builtin("var", ["x", "axis?"], "mean squared distance from the mean, of a series with its error") {
      (e, a) throws(Diagnostic) in
      if let variance = try e.estimatedVariance(a) { return .estimate(variance) }
      return try e.variance(a)
    },
    Builtin("std", ["x", "axis?"], "square root of the variance, of a series with its error") {
      (e, a) throws(Diagnostic) in
      if let variance = try e.estimatedVariance(a) { return e.value(of: variance.squareRoot) }
      return try e.apply(SquareRoot(), [e.variance(a)], at: a.span)
    },
    extremum(
      "max", "largest element, along an axis, or the larger of two; derivative to the first of equals", isMaximum: true),
    extremum(
      "min", "smallest element, along an axis, or the smaller of two; derivative to the first of equals",
      isMaximum: false),
    Builtin(
      "argmax", ["x", "axis?"],
      "index of the largest element of the last axis, or of `axis`; of a series its position; the first of equals"
    ) {
      (e, own) throws(Diagnostic) in
      let a = try e.axisLast(own)
      try e.refuseNaN(a)
      if case .series(let series) = a[0] { return try e.position(series.positionOfMaximum, of: series, a) }
      if let exact = try e.wholePosition(a, isMaximum: true) { return exact }
      return try e.apply(ArgMax(), [a.real(0, e)], at: a.span)
    },
    Builtin(
      "argmin", ["x", "axis?"],
      "index of the smallest element of the last axis, or of `axis`; of a series its position; the first of equals"
    ) {
      (e, own) throws(Diagnostic) in
      let a = try e.axisLast(own)
      try e.refuseNaN(a)
      if case .series(let series) = a[0] { return try e.position(series.positionOfMinimum, of: series, a) }
      if let exact = try e.wholePosition(a, isMaximum: false) { return exact }
      return try e.apply(ArgMin(), [a.real(0, e)], at: a.span)
    },
    Builtin(
      "count", ["x"], "how many elements there are, or of conditions how many hold; numbers 0 and 1 are no conditions"
    ) { (e, a) throws(Diagnostic) in
      if let mask = a.mask { return try e.count(a[0], where: mask, at: a.span) }
      return try e.count(a)
    },
    Builtin("all", ["x"], "whether every condition holds; of none at all it is true") { (e, a) throws(Diagnostic) in
      let shape = try a.shape(0, e)
      try e.requireTruth(a[0], "conditions", at: a.place(0))
      if shape.count == 0 { return .boolean(true) }
      let lowest = try e.apply(ReduceMin(axes: Array(0..<shape.rank)), [e.masked(a, else: 1)], at: a.span)
      return try e.compare(.notEqual, lowest, .real(0), at: a.places)
    },
    Builtin("any", ["x"], "whether a condition holds; of none at all none does") { (e, a) throws(Diagnostic) in
      let shape = try a.shape(0, e)
      try e.requireTruth(a[0], "conditions", at: a.place(0))
      if shape.count == 0 { return .boolean(false) }
      let highest = try e.apply(ReduceMax(axes: Array(0..<shape.rank)), [e.masked(a, else: 0)], at: a.span)
      return try e.compare(.notEqual, highest, .real(0), at: a.places)
    },
    Builtin("norm2", ["x", "axis?"], "sum of squares") { (e, a) throws(Diagnostic) in try e.squaredNorm(a) },
    Builtin("norm", ["x", "axis?"], "square root of the sum of squares; derivative 0 at 0") {
      (e, a) throws(Diagnostic) in
      try e.refuseOrder(a)
      return try e.apply(SquareRoot(), [e.squaredNorm(a)], at: a.span)
    },
    Builtin("dot", ["a", "b"], "sum of products of equal-shaped tensors") { (e, a) throws(Diagnostic) in
      let (x, y) = (try a.real(0, e), try a.real(1, e))
      let left = try e.shape(x, of: a), right = try e.shape(y, of: a)
      guard left == right else {
        throw .shapeMismatch(
          "dot", left, right, at: a.span,
          labels: [Diagnostic.Label(a.place(0), "this is \(left)"), Diagnostic.Label(a.place(1), "this is \(right)")])
      }
      if let sparse = try e.sparseMatrixProduct(x, y, at: a.places) { return sparse }
      if let exact = try e.wholeProduct(Products.inner(left.rank), a[0], a[1], "dot", at: a.places) { return exact }
      return try e.apply(Products.inner(left.rank), [x, y], at: a.span)
    },
    Builtin("outer", ["a", "b"], "all products of two vectors: [n] and [m] give [n, m]") { (e, a) throws(Diagnostic) in
      let (x, y) = (try a.real(0, e), try a.real(1, e))
      let left = try e.shape(x, of: a), right = try e.shape(y, of: a)
      for (shape, place) in [(left, a.place(0)), (right, a.place(1))] where shape.rank != 1 {
        throw .unsuitableShape("outer", shape, expected: "vectors", at: place)
      }
      let products = Contract(left: [0], right: [1], output: [0, 1])
      if let exact = try e.wholeProduct(products, a[0], a[1], "outer", at: a.places) { return exact }
      return try e.apply(products, [x, y], at: a.span)
    },
    Builtin("logsumexp", ["x"], "log of the sum of e^x along the last axis, without overflow") {
      (e, a) throws(Diagnostic) in
      try e.apply(LogSumExp(), [a.real(0, e)], at: a.span)
    },
    Builtin("softmax", ["x"], "e^x / sum e^x along the last axis") { (e, a) throws(Diagnostic) in
      try e.apply(Softmax(), [a.real(0, e)], at: a.span)
    },
    Builtin("log_softmax", ["x"], "x - logsumexp(x) along the last axis") { (e, a) throws(Diagnostic) in
      let x = try a.real(0, e)
      let shape = try e.shape(x, of: a)
      guard shape.rank > 0 else { throw .unsuitableShape("log_softmax", shape, expected: "a vector", at: a.place(0)) }
      let total = try e.apply(LogSumExp(), [x], at: a.span)
      let column = try e.apply(Reshape(shape: Shape(shape.sizes.dropLast() + [1])), [total], at: a.span)
      return try e.apply(Subtract(), [x, column], at: a.span)
    },
    Builtin(
      "cross_entropy", ["h", "y"], "logsumexp(h) - h[y] for a class y, or - sum(y log softmax(h)) for a distribution y"
    ) {
      (e, a) throws(Diagnostic) in try e.crossEntropy(a)
    },
    Builtin("cumsum", ["x"], "running sums along the last axis") { (e, a) throws(Diagnostic) in
      let x = try a.real(0, e)
      let shape = try e.shape(x, of: a)
      guard shape.rank > 0 else { throw .unsuitableShape("cumsum", shape, expected: "a vector", at: a.place(0)) }
      if let exact = try e.wholeRunningSum(a) { return exact }
      return try e.apply(CumulativeSum(axis: max(0, shape.rank - 1), reverse: false), [x], at: a.span)
    },
    Builtin("quantile", ["x", "q"], "value below which the share q of the elements lies, interpolated") {
      (e, a) throws(Diagnostic) in
      let q = try a.number(1, "q", e)
      guard q >= 0, q <= 1 else {
        throw .outOfRange("q", NumberText.short(q), expected: "between 0 and 1", at: a.place(1))
      }
      return try e.quantile(a, q)
    },
    Builtin("median", ["x"], "middle value") { (e, a) throws(Diagnostic) in try e.quantile(a, 0.5) },
  ]

  private static func extremum(_ name: String, _ summary: String, isMaximum: Bool) -> Builtin {
    Builtin(name, ["x", "y?", "axis?"], summary) { (e, a) throws(Diagnostic) in
      if a.given(1) != nil, a.given(2) != nil {
        throw .meansNothing(
          "axis", "for `\(name)` of two values", at: a.place(2),
          help: ["for more than two values write `\(name)([a, b, c])`"])
      }
      if case .series(let series) = a[0], a.given(1) == nil, a.given(2) == nil, series.errors != nil {
        return e.value(of: series.orderStatistic(isMaximum ? series.maximum : series.minimum))
      }
      if a.given(1) == nil {
        if let exact = try e.wholeExtremum(a, isMaximum: isMaximum) { return exact }
        let filler: Double = isMaximum ? -.infinity : .infinity
        let x = try e.masked(a, else: filler)
        let shape = try e.shape(x, of: a)
        guard shape.count > 0 else {
          throw .unsuitableShape(name, shape, expected: "at least one element", at: a.place(0))
        }
        let isWhole = e.isWhole(a[0])
        let axes = try a.given(2) == nil ? Array(0..<shape.rank) : e.axes(a, shape, argument: 2)
        let result =
          try isMaximum
          ? e.apply(ReduceMax(axes: axes), [x], at: a.span) : e.apply(ReduceMin(axes: axes), [x], at: a.span)
        return isWhole ? try e.wholeAgain(result, of: a[0], at: a.span) : result
      }
      if case .integer(let x) = a[0], case .integer(let y) = a[1] {
        return .integer(isMaximum ? Swift.max(x, y) : Swift.min(x, y))
      }
      if e.isWhole(a[0]), e.isWhole(a[1]), !a[0].isSymbolic, !a[1].isSymbolic {
        return try isMaximum
          ? e.elementwise(Maximum(), name, a[0], a[1], at: a.places)
          : e.elementwise(Minimum(), name, a[0], a[1], at: a.places)
      }
      return try isMaximum
        ? e.elementwise(Maximum(), name, a.real(0, e), a.real(1, e), at: a.places)
        : e.elementwise(Minimum(), name, a.real(0, e), a.real(1, e), at: a.places)
    }
  }
}

extension Evaluator {
  /// The operand, with members that do not count replaced by the neutral element.
  func masked(_ a: BoundArguments, else neutral: Double) throws(Diagnostic) -> Value {
    let x = try a.real(0, self)
    guard let mask = a.mask, let shape = shape(of: x), let maskShape = self.shape(of: mask) else { return x }
    let column = Shape(maskShape.sizes + [Int](repeating: 1, count: shape.rank - maskShape.rank))
    let aligned = try apply(Reshape(shape: column), [mask], at: a.span)
    return try select(aligned, x, .real(neutral), at: a.span)
  }

  /// Refuses what is an order of a norm elsewhere, and here the axis of a vector.
  fileprivate func refuseOrder(_ a: BoundArguments) throws(Diagnostic) {
    guard a.given(1) != nil, let shape = shape(of: a[0]), shape.rank == 1 else { return }
    let order = try a.whole(1, "an axis", self)
    guard order == 1 || order == 2 else { return }
    throw .meansNothing(
      "\(order)", "as an order: the second argument of `norm` is an axis", at: a.place(1),
      help: [
        order == 1 ? "for the sum of absolute values write `sum(abs(x))`" : "leave it out: this is the norm of order 2"
      ])
  }

  /// The arguments with the axis that is named moved to the end: what looks along the last axis looks along it.
  func axisLast(_ a: BoundArguments) throws(Diagnostic) -> BoundArguments {
    guard a.given(1) != nil else { return a }
    if case .series = a[0] {
      throw .meansNothing("axis", "for a series, which has one", at: a.place(1), help: ["leave it out"])
    }
    let shape = try shape(a[0], of: a)
    let axis = try axes(a, shape)[0]
    guard axis < shape.rank - 1 else { return a }
    var result = a
    let order = shape.sizes.indices.filter { $0 != axis } + [axis]
    result.values[0] = try apply(Transpose(permutation: order), [a[0]], at: a.span)
    return result
  }

  func reduce(_ x: Value, _ a: BoundArguments, _ primitive: ([Int]) -> some Primitive) throws(Diagnostic) -> Value {
    let shape = try shape(x, of: a)
    let axes = try axes(a, shape)
    if axes.isEmpty { return x }
    return try apply(primitive(axes), [x], at: a.span)
  }

  func variance(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let x = try a.real(0, self)
    let shape = try shape(x, of: a)
    let axes = try axes(a, shape)
    let count = Double(axes.map { shape[$0] }.reduce(1, *))
    let mean = try apply(Divide(), [apply(ReduceSum(axes: axes), [x], at: a.span), .real(count)], at: a.span)
    var kept = shape.sizes
    for axis in axes { kept[axis] = 1 }
    let centred = try apply(Subtract(), [x, apply(Reshape(shape: Shape(kept)), [mean], at: a.span)], at: a.span)
    let squares = try apply(Square(), [centred], at: a.span)
    return try apply(Divide(), [apply(ReduceSum(axes: axes), [squares], at: a.span), .real(count)], at: a.span)
  }

  /// The variance of a series with its error; nil for anything else, and where it has none.
  fileprivate func estimatedVariance(_ a: BoundArguments) throws(Diagnostic) -> Estimate? {
    guard case .series(let series) = a[0], a.given(1) == nil, let value = scalar(try variance(a)) else { return nil }
    let estimate = series.varianceEstimate(value)
    return estimate.isExact ? nil : estimate
  }

  func squaredNorm(_ a: BoundArguments) throws(Diagnostic) -> Value {
    var x = try masked(a, else: 0)
    if case .sparse(let rows) = x { x = rows.values }
    let shape = try shape(x, of: a)
    guard a.given(1) != nil else { return try apply(Products.inner(shape.rank), [x, x], at: a.span) }
    return try apply(ReduceSum(axes: axes(a, shape)), [apply(Square(), [x], at: a.span)], at: a.span)
  }

  func count(_ a: BoundArguments) throws(Diagnostic) -> Value {
    switch a[0] {
    case .list(let values):
      if holdsTruth(a[0]) {
        return .integer(values.count { if case .boolean(true) = $0 { true } else { false } })
      }
      return .integer(values.count)
    case .tuple(let values): return .integer(values.count)
    case .range(let range): return .integer(range.count)
    case .dataset(let dataset): return .integer(dataset.count)
    case .series(let series):
      return .integer(series.holdsTruth ? series.values.count { $0 == 1 } : series.values.count)
    case .boolean(let flag): return .integer(flag ? 1 : 0)
    case .tensor(let tensor):
      return .integer(tensor.holdsTruth ? tensor.doubles().count { $0 == 1 } : tensor.count)
    case .node(let id): return .integer(graph.shape(id).count)
    case .condition(let id):
      let total = try apply(ReduceSum(axes: Array(0..<graph.shape(id).rank)), [a[0]], at: a.span)
      return try apply(Convert(dtype: .i64), [total], at: a.span)
    default: throw .unsuitableOperand("count", a[0].kind, at: a.place(0))
    }
  }

  /// How many members the mask lets through, of conditions those that hold.
  func count(_ members: Value, where mask: Value, at span: Span) throws(Diagnostic) -> Value {
    var flags = mask
    if case .condition = members { flags = try bothHold(mask, members, at: span) }
    return try apply(Convert(dtype: .i64), [apply(ReduceSum(axes: [0]), [flags], at: span)], at: span)
  }

  /// The quantile of known numbers, or of numbers that only the run knows by sorting them there.
  func quantile(_ a: BoundArguments, _ q: Double) throws(Diagnostic) -> Value {
    if case .series(let series) = a[0] { return value(of: series.quantileEstimate(q)) }
    let x = try a.real(0, self)
    // Many numbers are sorted as a run sorts them: that can be interrupted.
    let sortedHereMax = 1 << 16
    guard let shape = shape(of: x), x.isSymbolic || shape.count > sortedHereMax else {
      let values = try tensor(x, at: a.place(0)).doubles()
      return .real(Series(name: "", axis: .index, positions: values, values: values).quantile(q))
    }
    guard shape.count > 0 else { return .real(.nan) }
    if try isKnownNaN(x, at: a.span) { return .real(.nan) }
    let flat = try flattened(x, shape.count, at: a.span)
    let sorted = try apply(TakeAlongLast(), [flat, apply(ArgSort(), [flat], at: a.span)], at: a.span)
    guard x.isSymbolic else { return try quantile(ofSorted: sorted, shape.count, q, at: a.span) }
    // What is not a number stands last.
    let last = try taken(sorted, shape.count - 1, axis: 0, at: a.span)
    let hasNone = try compare(.equal, last, last, at: a.places)
    return try select(hasNone, quantile(ofSorted: sorted, shape.count, q, at: a.span), .real(.nan), at: a.span)
  }

  /// The value at the share q of an ascending vector: x_k + (p − k)·(x_{k+1} − x_k) with p = (n − 1)·q and k = ⌊p⌋.
  private func quantile(ofSorted sorted: Value, _ count: Int, _ q: Double, at span: Span) throws(Diagnostic) -> Value {
    let place = Double(count - 1) * q
    let below = Int(place)
    let low = try taken(sorted, below, axis: 0, at: span)
    guard place > Double(below) else { return low }
    let high = try taken(sorted, below + 1, axis: 0, at: span)
    let rise = try apply(Subtract(), [high, low], at: span)
    return try apply(Add(), [low, apply(Multiply(), [.real(place - Double(below)), rise], at: span)], at: span)
  }

  func refuseNaN(_ a: BoundArguments) throws(Diagnostic) {
    if case .tensor(let whole) = a[0], !whole.dtype.isReal { return }
    if try isKnownNaN(a.real(0, self), at: a.span) { throw .notANumber(a.callee, at: a.place(0)) }
  }

  /// Whether an element of a known tensor is not a number; a search that can be interrupted.
  private func isKnownNaN(_ x: Value, at span: Span) throws(Diagnostic) -> Bool {
    guard case .tensor(let tensor) = x else { return false }
    if let found = tensor.containsNaN(while: { !session.isInterrupted }) { return found }
    throw session.interruption(at: span)
  }

  /// All elements along one axis; those of a known tensor are not copied.
  private func flattened(_ x: Value, _ count: Int, at span: Span) throws(Diagnostic) -> Value {
    if case .tensor(let known) = x { return .tensor(known.reshaped([count])) }
    return try apply(Reshape(shape: [count]), [x], at: span)
  }

  /// Where a value of a series stands, in the coordinate of its axis.
  func position(_ position: Double?, of series: Series, _ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let position else { throw .lacks("`\(series.name)`", "values", at: a.place(0)) }
    return .real(position)
  }

  func crossEntropy(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let h = try a.real(0, self)
    guard let shape = shape(of: h), shape.rank >= 1 else {
      throw .unsuitableShape(
        "cross_entropy", self.shape(of: h) ?? .scalar, expected: "a vector of logits", at: a.place(0))
    }
    let total = try apply(LogSumExp(), [h], at: a.span)
    let target = a[1]
    let targetShape = try self.shape(target, of: a)
    if targetShape.rank == shape.rank - 1 {
      guard isWhole(target) else { throw .expected("a whole-number class", found: "a real number", at: a.place(1)) }
      let column = try apply(
        Reshape(shape: Shape(targetShape.sizes + [1])), [guarded(target, at: a.place(1))], at: a.span)
      let picked = try apply(TakeAlongLast(), [h, column], at: a.span)
      return try apply(Subtract(), [total, apply(Reshape(shape: targetShape), [picked], at: a.span)], at: a.span)
    }
    let y = try asReal(target, at: a.place(1))
    guard targetShape == shape else {
      throw .shapeMismatch("cross_entropy", shape, targetShape, at: a.span, labels: [])
    }
    var axes = Array(0..<shape.rank)
    let left = axes
    axes.removeLast()
    let mixed = try apply(Contract(left: left, right: left, output: axes), [y, h], at: a.span)
    let mass = try apply(ReduceSum(axes: [shape.rank - 1]), [y], at: a.span)
    return try apply(Subtract(), [apply(Multiply(), [mass, total], at: a.span), mixed], at: a.span)
  }
}
