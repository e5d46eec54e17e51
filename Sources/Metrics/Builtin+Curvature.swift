import Arithmetic
import Builtins
import Diagnostics
import Evaluation
import Graph
import Messages
import Staging
import Syntax
import Tensors
import Values

extension Builtin {
  static let curvature: [Builtin] = [
    Builtin(
      "expect", ["batch", "n?", "until?"],
      "expect(batch, n = 64) { … }: mean over fresh batches, of which the block sees g, loss and hvp",
      details: CurvatureText.expectation
    ) {
      (e, a) throws(Diagnostic) in
      try e.expectation(a)
    },
    Builtin(
      "moving", [],
      "moving() { … }: the block with x, g, hvp, … of the parameters that move, all but frozen ones",
      details: CurvatureText.moving
    ) {
      (e, a) throws(Diagnostic) in
      try e.moving(a)
    },
    Builtin(
      "max_eigenvalue", ["f", "start", "steps?", "tolerance?", "under?"],
      "largest eigenvalue of a symmetric operator v => f(v), by Lanczos from the start vector",
      details: CurvatureText.eigenvalue
    ) {
      (e, a) throws(Diagnostic) in
      try e.extremeEigenvalue(a, isSmallest: false)
    },
    Builtin(
      "min_eigenvalue", ["f", "start", "steps?", "tolerance?", "under?"],
      "smallest eigenvalue of a symmetric operator v => f(v), by Lanczos from the start vector"
    ) { (e, a) throws(Diagnostic) in
      try e.extremeEigenvalue(a, isSmallest: true)
    },
    Builtin(
      "eigenpairs", ["f", "start", "k", "steps?", "tolerance?"],
      "the k largest eigenvalues, descending, and their eigenvectors in rows, of a symmetric operator v => f(v)"
    ) {
      (e, a) throws(Diagnostic) in
      let k = try a.whole(2, "the number of eigenvalues", e)
      var options = LanczosOptions(steps: try e.lanczosSteps(a, 3), tolerance: try e.lanczosTolerance(a, 4))
      options.result = .pairs(count: k, vectors: true)
      return try e.lanczos(a, options) { (e, packed, size) throws(Diagnostic) in
        let values = try e.sliced(packed, 0, k, axis: 0, at: a.span)
        for index in 0..<k where e.point?.stager != nil {
          let value = try e.component(values, index, at: a.span)
          e.accompany(value, "residual", try e.component(packed, k + index, at: a.span))
        }
        e.noteResidual(of: packed, options, size: size)
        let vectors = try e.sliced(packed, 2 * k + 1, 2 * k + 1 + k * size, axis: 0, at: a.span)
        return .tuple([values, try e.apply(Reshape(shape: [k, size]), [vectors], at: a.span)])
      }
    },
    Builtin(
      "spectral_nodes", ["f", "start", "steps?"],
      "nodes and weights of the start's spectral measure under a symmetric operator v => f(v), by Lanczos",
      details: CurvatureText.quadrature
    ) {
      (e, a) throws(Diagnostic) in
      try e.spectralRules(a, count: 1)
    },
    Builtin(
      "spectral_rules", ["f", "start", "steps?"],
      "nodes and weights as of spectral_nodes, then those of the rule with one step less",
      details: CurvatureText.quadrature
    ) {
      (e, a) throws(Diagnostic) in
      try e.spectralRules(a, count: 2)
    },
    Builtin(
      "with_error", ["value", "error"],
      "the value; where it is recorded, `.error` counts this beside the spread of the means in it"
    ) {
      (e, a) throws(Diagnostic) in
      try e.withError(a)
    },
    Builtin("probe", [], "a standard normal vector shaped like x, the metric's own, another at each step") {
      (e, a) throws(Diagnostic) in
      guard let stager = e.point?.stager, let metric = e.point?.metric else {
        throw .unavailableHere("probe", "random directions belong to metrics; begin with `g`", at: a.span)
      }
      return .node(stager.direction(.normal, size: try stager.vectorSize(at: a.span), metric))
    },
    Builtin(
      "random_projection", ["x", "dimension", "seed?"],
      "a vector mapped to fewer dimensions by a sparse random matrix that keeps squared lengths on average"
    ) { (e, a) throws(Diagnostic) in
      try e.randomProjection(a)
    },
  ]
}

/// How far a Lanczos iteration goes.
struct LanczosOptions {
  var steps: Int
  var tolerance: Double
  var result = Lanczos.Result.pairs(count: 1, vectors: false)
  /// Works on −f: its largest eigenvalues are the smallest of f.
  var isNegated = false
}

extension Evaluator {
  // MARK: Expectations

  func expectation(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let block = a.block else {
      throw .withoutBlock("expect", example: "expect(batch) { … }", at: a.span)
    }
    // The parser makes a function without parameters of a block.
    guard case .lambda(_, let body) = code.tree[block.body], point?.isProbe != true else { throw .silent(at: a.span) }
    guard let stager = point?.stager else {
      throw .unavailableHere("expect", "batches are drawn for metrics", at: a.span)
    }
    let limits = try turnLimits(a)
    if case .distribution(let distribution) = a[0] {
      return try stager.expectation(distribution.kind.raw, limits, of: body, in: block.scope, at: a.span)
    }
    let size = try a.whole(0, "the size of the batches", self)
    guard size >= 1 else {
      throw .outOfRange("the size of the batches", "\(size)", expected: "1 or more", at: a.place(0))
    }
    return try stager.expectation(size: size, limits, of: body, in: block.scope, at: a.span)
  }

  /// `n = 64` turns, or with `until = 1%` at most n, 1000 unless said.
  private func turnLimits(_ a: BoundArguments) throws(Diagnostic) -> TurnLimits {
    let tolerance = try a.given(2).map { (_) throws(Diagnostic) in try a.number(2, "the relative error", self) }
    if let tolerance, !(tolerance > 0) {
      throw .outOfRange("the relative error", NumberText.short(tolerance), expected: "positive", at: a.place(2))
    }
    guard a.given(1) != nil else { return TurnLimits(count: tolerance == nil ? 64 : 1000, tolerance: tolerance) }
    let count = try a.whole(1, "the number of batches", self)
    guard count >= 1, count <= TurnLimits.countMax else {
      throw .outOfRange("the number of batches", "\(count)", expected: "between 1 and 2^24", at: a.place(1))
    }
    return TurnLimits(count: count, tolerance: tolerance)
  }

  // MARK: Lanczos

  /// The largest or smallest eigenvalue, with its residual bound and the number of products.
  func extremeEigenvalue(_ a: BoundArguments, isSmallest: Bool) throws(Diagnostic) -> Value {
    var options = LanczosOptions(steps: try lanczosSteps(a, 2), tolerance: try lanczosTolerance(a, 3))
    options.isNegated = isSmallest
    if let metric = a.given(4) { return try preconditionedEigenvalue(a, options, under: metric) }
    return try lanczos(a, options) { (e, packed, _) throws(Diagnostic) in
      try e.eigenvalue(packed, options, at: a.span)
    }
  }

  /// Gauss's rule of a spectral measure, and with it that of one step less.
  func spectralRules(_ a: BoundArguments, count: Int) throws(Diagnostic) -> Value {
    var options = LanczosOptions(steps: try lanczosSteps(a, 2), tolerance: 0)
    options.result = .quadrature
    return try lanczos(a, options) { (e, packed, _) throws(Diagnostic) in
      var parts: [Value] = []
      for index in 0..<2 * count {
        parts.append(
          try e.sliced(packed, index * options.steps, (index + 1) * options.steps, axis: 0, at: a.span))
      }
      return .tuple(parts)
    }
  }

  /// The first argument, whose error is at least the second.
  func withError(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let value = try a.real(0, self), error = try a.real(1, self)
    if let known = scalar(error), !(known >= 0) {
      throw .outOfRange("the error", NumberText.short(known), expected: "0 or more", at: a.place(1))
    }
    guard case .node(let node) = value, let stager = point?.stager, case .node(let other) = try anyNode(error) else {
      return value
    }
    guard graph.shape(node).rank == 0, graph.shape(other).rank == 0 else {
      throw .unsuitableShape(a.callee, graph.shape(node), expected: "a number and its error", at: a.span)
    }
    stager.addError(other, to: node)
    return value
  }

  private func anyNode(_ value: Value) throws(Diagnostic) -> Value {
    .node(try node(value, at: Span(0, 0)))
  }

  func lanczosSteps(_ a: BoundArguments, _ index: Int) throws(Diagnostic) -> Int {
    guard a.given(index) != nil else { return 100 }
    let steps = try a.whole(index, "the number of steps", self)
    guard steps >= 1 else {
      throw .outOfRange("the number of steps", "\(steps)", expected: "1 or more", at: a.place(index))
    }
    return steps
  }

  func lanczosTolerance(_ a: BoundArguments, _ index: Int) throws(Diagnostic) -> Double {
    guard a.given(index) != nil else { return 1e-4 }
    let tolerance = try a.number(index, "the tolerance", self)
    guard tolerance >= 0 else {
      throw .outOfRange("the tolerance", NumberText.short(tolerance), expected: "0 or more", at: a.place(index))
    }
    return tolerance
  }

  /// A Lanczos iteration on the function that is the first argument, from the vector that is the second.
  func lanczos(
    _ a: BoundArguments, _ options: LanczosOptions,
    _ unpack: (Evaluator, Value, Int) throws(Diagnostic) -> Value
  ) throws(Diagnostic) -> Value {
    let function = a[0]
    guard function.isCallable else { throw .expected("a function", found: function.kind, at: a.place(0)) }
    let start = try lanczosStart(a)
    let shape = try shape(start, of: a)
    if case .pairs(let count, _) = options.result, count < 1 || count > shape.count {
      throw .outOfRange("k", "\(count)", expected: "between 1 and the \(shape.count) dimensions", at: a.place(2))
    }
    if stagingDepth == 0 {
      let results = try stagedAndRun(at: a.span) { () throws(Diagnostic) in
        [try packedLanczos(function, start, options, a)] + (try symmetryProbe(of: function, at: start, a))
      }
      try requireSymmetry(Array(results.dropFirst()), a)
      return try unpack(self, results[0], shape.count)
    }
    return try unpack(self, packedLanczos(function, start, options, a), shape.count)
  }

  /// What tells whether a function v ↦ A v is that of a symmetric matrix: wᵀ(Au), uᵀ(Aw) and |w| |Au| + |u| |Aw| for the
  /// vector u to start from and w = (1, −1/2, 1/3, …, 1/7, −1, …).
  private func symmetryProbe(of function: Value, at start: Value, _ a: BoundArguments) throws(Diagnostic) -> [Value] {
    func inner(_ x: Value, _ y: Value) throws(Diagnostic) -> Value {
      try apply(Products.inner(1), [x, y], at: a.span)
    }
    func product(_ x: Value) throws(Diagnostic) -> Value {
      try asReal(call(function, [x], at: a.place(0)), at: a.place(0))
    }
    func lengths(_ x: Value, _ y: Value) throws(Diagnostic) -> Value {
      try apply(SquareRoot(), [apply(Multiply(), [inner(x, x), inner(y, y)], at: a.span)], at: a.span)
    }
    let count = try shape(start, of: a).count
    let weights = (0..<count).map { (index: Int) -> Double in
      let size = 1 / Double(1 + index % 7)
      return index % 2 == 0 ? size : -size
    }
    let other = Value.tensor(Tensor(weights, shape: [count]))
    let (first, second) = (try product(start), try product(other))
    let scale = try apply(Add(), [lengths(other, first), lengths(start, second)], at: a.span)
    return [try inner(other, first), try inner(start, second), scale]
  }

  /// Lanczos' iteration is of symmetric matrices: of another one it gives numbers that mean nothing.
  ///
  /// For a symmetric A, wᵀ(Au) = uᵀ(Aw) for all u and w. A millionth of |w| |Au| + |u| |Aw| is left to rounding and to
  /// products that are themselves iterations.
  private func requireSymmetry(_ probe: [Value], _ a: BoundArguments) throws(Diagnostic) {
    let numbers = probe.compactMap(scalar)
    guard numbers.count == 3, numbers.allSatisfy(\.isFinite) else { return }
    guard (numbers[0] - numbers[1]).magnitude > 1e-6 * numbers[2] else { return }
    throw .unsymmetricFunction(numbers[0], numbers[1], at: a.place(0))
  }

  /// The vector to start from.
  func lanczosStart(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let start = try a.real(1, self)
    let shape = try shape(start, of: a)
    guard shape.rank == 1, shape.count > 0 else {
      throw .unsuitableShape(a.callee, shape, expected: "a vector to start from", at: a.place(1))
    }
    return start
  }

  private func packedLanczos(
    _ function: Value, _ start: Value, _ options: LanczosOptions, _ a: BoundArguments
  ) throws(Diagnostic) -> Value {
    let first = try node(start, at: a.place(1))
    let vector = graph.freshInput(graph.type(first))
    let mark = point?.stager?.products.count ?? 0
    let value = try known(function, [.node(vector)], at: a.place(0))
    guard value.isNumeric else { throw .expected("a function that gives a vector", found: value.kind, at: a.place(0)) }
    let product = try node(asReal(value, at: a.place(0)), at: a.place(0))
    guard graph.shape(product) == graph.shape(first) else {
      throw .shapeMismatch(a.callee, graph.shape(first), graph.shape(product), at: a.place(0), labels: [])
    }
    let image = options.isNegated ? graph.add(Negate(), product) : product
    let part = graph.extracted(outputs: [image], inputs: [vector])
    let size = graph.shape(first).count
    var steps = options.steps
    if case .pairs(let count, _) = options.result { steps = max(count, min(steps, size)) }
    let lanczos = Lanczos(body: part.body, steps: steps, tolerance: options.tolerance, result: options.result)
    setOrigin(a.span)
    do {
      let packed = try graph.apply(lanczos, [first] + part.captured)
      if let stager = point?.stager {
        stager.countIteration(
          packed, product, of: vector, since: mark, applied: graph.applications(in: packed, lanczos))
      }
      return .node(packed)
    } catch { throw dressed(error, at: a.span) }
  }

  /// One number of a packed vector.
  func component(_ packed: Value, _ index: Int, at span: Span) throws(Diagnostic) -> Value {
    try apply(Reshape(shape: .scalar), [sliced(packed, index, index + 1, axis: 0, at: span)], at: span)
  }

  /// Notes what is known of a value beside itself, where a metric is staged.
  func accompany(_ value: Value, _ name: String, _ companion: Value) {
    guard case .node(let node) = value, case .node(let other) = companion, let stager = point?.stager else { return }
    if !stager.noted(of: node).contains(where: { $0.name == name }) { stager.accompany(node, name, other) }
  }

  /// Notes how far an iteration has come, where a metric is staged.
  func noteResidual(of packed: Value, _ options: LanczosOptions, size: Int? = nil) {
    guard case .node(let node) = packed, case .pairs(let count, _) = options.result, let stager = point?.stager else {
      return
    }
    let steps = max(count, min(options.steps, size ?? options.steps))
    stager.noteResidual(of: node, count: count, steps: steps, tolerance: options.tolerance)
  }

  // MARK: Parts of the parameters

  /// The form `moving() { … }`: the block as the parameters see it that are not frozen; NaN where all are.
  func moving(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let block = a.block, case .lambda(_, let body) = code.tree[block.body] else {
      throw .withoutBlock("moving", example: "moving() { norm(g) }", at: a.span)
    }
    if point?.isProbe ?? false { throw .silent(at: a.span) }
    guard let point, let stager = point.stager, let problem = stager.subject.problem else {
      if let metric = point?.metric {
        throw .unavailableHere(metric, "a metric is measured between steps, and no step can ask for it", at: a.span)
      }
      throw .unavailableHere("moving", "frozen parameters belong to the metrics of a run", at: a.span)
    }
    let frozen = stager.subject.settings.frozen
    let present = point.loss?.block ?? Array(problem.leaves.indices)
    let leaves = present.filter { !frozen.contains($0) }
    guard leaves.count < present.count else { return try evaluate(body, in: block.scope) }
    guard !leaves.isEmpty else { return .real(.nan) }
    let loss = point.loss?.restricted(to: leaves) ?? stager.point(of: problem, stager.view, block: leaves)
    return try stager.evaluate(body, at: loss, in: block.scope, a.span)
  }

  /// `sharpness on net.layer1`: the metric as this part of the parameters sees it, all others fixed.
  func ofPart(_ value: ExpressionID, _ block: ExpressionID, in scope: Scope, at span: Span) throws(Diagnostic)
    -> Value
  {
    guard let point, let stager = point.stager, let problem = stager.subject.problem else {
      throw .meansNothing("on", "outside of the metrics of a run", at: code.tree.span(block))
    }
    let leaves = try group(block, problem, taken: [], in: scope)
    let loss = point.loss?.restricted(to: leaves) ?? stager.point(of: problem, stager.view, block: leaves)
    return try stager.evaluate(value, at: loss, in: scope, span)
  }
}

extension Graph {
  /// How often a Lanczos iteration has applied its operator, from its packed result.
  mutating func applications(in packed: NodeID, _ lanczos: Lanczos) -> NodeID {
    switch lanczos.result {
    case .pairs(let count, _):
      return reshape(add(Slice(starts: [2 * count], stops: [2 * count + 1]), packed), to: .scalar)
    case .quadrature:
      // Nodes that were not reached have weight 0.
      let weights = add(Slice(starts: [lanczos.steps], stops: [2 * lanczos.steps]), packed)
      return add(ReduceSum(axes: [0]), add(NotEqual(), weights, zeros(like: weights)))
    }
  }
}
