import Diagnostics
import Graph
import Syntax
import Tensors

// `expect(batch, n = 64) { … }`: the mean of an expression over fresh batches, as one loop of the graph.

/// How many turns a mean takes.
struct TurnLimits {
  /// Most turns.
  var count: Int
  /// Relative standard error at which the mean is good enough; nil takes all turns.
  var tolerance: Double?

  static let countMax = (1 << 24) - 1
  /// Turns before the error is looked at.
  static let countMin = 10
}

/// A running mean with the sum of squared deviations (Welford, 1962), of a vector with the sums of their products.
private struct RunningMean {
  var mean: NodeID
  var squares: NodeID
  /// Products that the turns have taken, where only running tells.
  var products: NodeID?

  var parts: [NodeID] { [mean, squares] + (products.map { [$0] } ?? []) }

  init(mean: NodeID, squares: NodeID, products: NodeID? = nil) {
    self.mean = mean
    self.squares = squares
    self.products = products
  }

  init(parts: [NodeID]) {
    self.init(mean: parts[0], squares: parts[1], products: parts.count > 2 ? parts[2] : nil)
  }
}

extension MetricStager {
  /// The mean over fresh batches of `size` samples of an expression that sees the batch's `g`, `loss`, `hvp`.
  func expectation(
    size: Int, _ limits: TurnLimits, of body: ExpressionID, in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value {
    guard let problem = subject.problem, let outer = evaluator.point else {
      throw .unavailableHere("expect", "a process has no batches", at: span)
    }
    if let total = problem.sampleCount, size > total {
      throw .batchSize(size, rows: total, data: "the data of `\(problem.name)`", at: span)
    }
    // Batches of another size are other draws: parts of the same ones would be neither the same nor independent.
    let stream = size == batchSize ? outer.metric : "\(outer.metric) of \(size)"
    let batches = freshBatches(limits.count, size: size, problem, stream)
    let turn = evaluator.graph.freshInput(TensorType(.scalar, .i64))
    guard let point = point(batches.view(turn), block: outer.loss?.block) else { return .unknown }
    let mark = products.count
    let value = try evaluate(body, at: point, in: scope, span)
    return try mean(
      of: value, turn, batches.isConstant ? TurnLimits(count: 1) : limits, since: mark, stream: "batches:\(stream)",
      at: span)
  }

  /// The mean over random directions, shaped like `x`, of a function of them.
  func expectation(
    _ distribution: Distribution, _ limits: TurnLimits, of body: ExpressionID, in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value {
    guard let outer = evaluator.point else { return .unknown }
    let turn = evaluator.graph.freshInput(TensorType(.scalar, .i64))
    let size = try vectorSize(at: span)
    let direction = direction(distribution, size: size, outer.metric, turn: turn)
    let function = try evaluator.evaluate(body, in: scope)
    guard function.isCallable else {
      if case .unknown = function { return .unknown }
      throw .expected("a function of the random vector", found: function.kind, at: span, help: ["write `{ z => … }`"])
    }
    let mark = products.count
    let value = try evaluator.call(function, [.node(direction)], at: span)
    return try mean(of: value, turn, limits, since: mark, stream: "probe:\(outer.metric)", at: span)
  }

  /// Elements of `x`.
  func vectorSize(at span: Span) throws(Diagnostic) -> Int {
    guard let x = evaluator.point?.names.lookup("x")?.value, case .deferred(let deferred) = x,
      let shape = evaluator.shape(of: try deferred.force("x", at: span))
    else { throw .unavailableHere("x", "there are no parameters", at: span) }
    return shape.count
  }

  /// An expression with the names of a step speaking of another loss.
  func evaluate(_ body: ExpressionID, at loss: LossPoint, in scope: Scope, _ span: Span) throws(Diagnostic) -> Value {
    guard let outer = evaluator.point else { return .unknown }
    let names = Scope(parent: outer.names)
    loss.define(in: names, span)
    let inner = PointContext(parameters: outer.parameters, names: names)
    (inner.stager, inner.metric, inner.loss) = (self, outer.metric, loss)
    let block = Scope(parent: scope)
    // A `record` line has these names in its own scope; a script's own definition wins.
    for name in names.localNames {
      if let old = scope.lookup(name), old.span == nil, let new = names.local(name) { block.define(name, new.value) }
    }
    if loss.block.count < loss.leaves.count {
      // What an outer name has staged is of all parameters.
      defineSteps(in: names, span)
      for name in Set(subject.slots.compactMap(\.state)).sorted()
      where scope.lookup(name).map({ $0.span == nil }) ?? false {
        guard let nodes = state(name, of: loss.block) else { continue }
        block.define(name, try evaluator.flattened(nodes, at: span))
      }
    }
    evaluator.point = inner
    defer { evaluator.point = outer }
    return try evaluator.evaluate(body, in: block)
  }

  // MARK: The loop

  private func mean(
    of value: Value, _ turn: NodeID, _ limits: TurnLimits, since mark: Int, stream: String, at span: Span
  ) throws(Diagnostic) -> Value {
    if case .unknown = value { return .unknown }
    guard value.isNumeric || value.isBoolean else { throw .expected("numbers", found: value.kind, at: span) }
    let sample = try evaluator.node(evaluator.asReal(value, at: span), at: span)
    let own = takeProducts(since: mark, within: turn, of: sample)
    if limits.count == 1 {
      let first = evaluator.graph.constant(0, .i64)
      products += substituted(own, turn, by: first)
      return .node(evaluator.graph.substitute(outputs: [sample], mapping: [(original: turn, replacement: first)])[0])
    }
    evaluator.setOrigin(span)
    do { return .node(try addMean(of: sample, turn, limits, own, stream: stream)) } catch let error as ShapeError {
      throw evaluator.dressed(error, at: span)
    } catch { throw evaluator.diagnostic(of: error, at: span) }
  }

  /// The mean of a number or tensor over all turns; of a number and of a short vector it is kept with its covariance.
  func addMean(
    of sample: NodeID, _ turn: NodeID, _ limits: TurnLimits, _ own: [ProductCount], stream: String
  ) throws -> NodeID {
    let counts = countedPart(of: own)
    let (total, count) =
      try limits.tolerance == nil
      ? (counted(sample, turn, limits, counts), evaluator.graph.constant(Double(limits.count), evaluator.realType))
      : sequential(sample, turn, limits, counts)
    var source = total.mean
    while evaluator.graph[source].primitive is Reshape || evaluator.graph[source].primitive is Slice {
      source = evaluator.graph[source].inputs[0]
    }
    addProducts(own, of: total, source, count, limits)
    guard evaluator.graph.shape(total.mean).rank == 0 || isJoint(total.mean) else { return total.mean }
    var estimate = MeanEstimate(
      mean: total.mean, source: source, offset: limits.tolerance == nil ? 0 : 1,
      covariance: covariance(of: total, count), draws: MeanDraws(stream: stream))
    if let tolerance = limits.tolerance {
      estimate.samples = count
      estimate.limits = TurnLimits(count: limits.count, tolerance: tolerance)
    } else {
      estimate.draws.turns = (sample, turn, limits.count)
      estimate.draws.products = own
    }
    means.append(estimate)
    return total.mean
  }

  /// Notes what all turns of a loop take together.
  private func addProducts(
    _ own: [ProductCount], of total: RunningMean, _ source: NodeID, _ count: NodeID, _ limits: TurnLimits
  ) {
    guard !own.isEmpty else { return }
    let each = own.map(\.known).reduce(0, +)
    var result = ProductCount(source: source, known: 0, counted: total.products)
    if limits.tolerance == nil {
      result.known = each * Double(limits.count)
    } else if each > 0 {
      let turns = scaled(count, by: each)
      result.counted = total.products.map { evaluator.graph.add(Add(), $0, turns) } ?? turns
    }
    products.append(result)
  }

  /// All turns.
  private func counted(_ sample: NodeID, _ turn: NodeID, _ limits: TurnLimits, _ counts: NodeID?) throws -> RunningMean
  {
    let (zero, old) = fresh(like: sample, counts)
    let number = evaluator.graph.add(
      Add(), evaluator.graph.convert(turn, to: evaluator.realType), evaluator.graph.constant(1, evaluator.realType))
    let new = advanced(old, by: sample, counts, number: number)
    let part = evaluator.graph.extracted(outputs: new.parts, inputs: [turn] + old.parts)
    let result = try evaluator.graph.loop(
      Loop(count: limits.count, carryCount: new.parts.count, body: part.body), carried: zero.parts,
      constants: part.captured)
    return RunningMean(parts: result.carried)
  }

  /// Turns until the relative standard error of every component is below the tolerance; with their number.
  private func sequential(_ sample: NodeID, _ turn: NodeID, _ limits: TurnLimits, _ counts: NodeID?) throws
    -> (RunningMean, NodeID)
  {
    let real = evaluator.realType
    let count = evaluator.graph.freshInput(TensorType(.scalar, real))
    let (zero, old) = fresh(like: sample, counts)
    let number = evaluator.graph.convert(count, to: .i64)
    let own = evaluator.graph.substitute(
      outputs: [sample] + (counts.map { [$0] } ?? []), mapping: [(original: turn, replacement: number)])
    let next = evaluator.graph.add(Add(), count, evaluator.graph.constant(1, real))
    let new = advanced(old, by: own[0], own.count > 1 ? own[1] : nil, number: next)
    let body = evaluator.graph.extracted(outputs: [next] + new.parts, inputs: [count] + old.parts)
    let condition = continues(like: body.body.inputTypes, limits)
    let parts = try evaluator.graph.whileLoop(
      WhileLoop(condition: condition, body: body.body, limit: limits.count),
      carried: [evaluator.graph.constant(0, real)] + zero.parts, constants: body.captured)
    return (RunningMean(parts: Array(parts.dropFirst())), parts[0])
  }

  /// Numbers of a vector of which the covariances are kept.
  static let jointMax = 8

  private func isJoint(_ sample: NodeID) -> Bool {
    let shape = evaluator.graph.shape(sample)
    return shape.rank == 1 && shape.count <= Self.jointMax
  }

  /// A running mean of nothing, and one to build the loop on.
  private func fresh(like sample: NodeID, _ counts: NodeID?) -> (zero: RunningMean, old: RunningMean) {
    let type = evaluator.graph.type(sample)
    let squares = isJoint(sample) ? TensorType([type.count, type.count], type.dtype) : type
    let types = [type, squares] + (counts.map { [evaluator.graph.type($0)] } ?? [])
    let old = RunningMean(parts: types.map { evaluator.graph.freshInput($0) })
    return (RunningMean(parts: old.parts.map { evaluator.graph.zeros(like: $0) }), old)
  }

  /// 1 while there are too few turns or the error of some component is too large.
  private func continues(like types: [TensorType], _ limits: TurnLimits) -> Subgraph {
    Subgraph(inputTypes: types) { graph, inputs in
      let (count, mean, squares) = (inputs[0], inputs[1], inputs[2])
      let early = graph.add(Less(), count, graph.constant(Double(TurnLimits.countMin), like: count))
      let bound = graph.add(
        Square(), graph.add(Multiply(), mean, graph.constant(limits.tolerance ?? 0, like: mean)))
      let others = graph.add(Subtract(), count, graph.constant(1, like: count))
      let weight = graph.add(Multiply(), count, others)
      let own = graph.shape(squares) == graph.shape(mean) ? squares : graph.diagonal(of: squares)
      let isLarge = graph.add(Less(), graph.add(Multiply(), bound, weight), own)
      let axes = Array(0..<graph.shape(isLarge).rank)
      let any = axes.isEmpty ? isLarge : graph.add(ReduceMax(axes: axes), isLarge)
      return [graph.add(Maximum(), early, any)]
    }
  }

  private func advanced(_ old: RunningMean, by sample: NodeID, _ counts: NodeID?, number: NodeID) -> RunningMean {
    let change = evaluator.graph.add(Subtract(), sample, old.mean)
    let mean = evaluator.graph.add(Add(), old.mean, evaluator.graph.add(Divide(), change, number))
    let left = evaluator.graph.add(Subtract(), sample, mean)
    var product = (change, left)
    if isJoint(sample) {
      let count = evaluator.graph.shape(sample).count
      product = (
        evaluator.graph.reshape(change, to: [count, 1]), evaluator.graph.reshape(left, to: [1, count])
      )
    }
    let squares = evaluator.graph.add(Add(), old.squares, evaluator.graph.add(Multiply(), product.0, product.1))
    var products = old.products
    if let counts, let sum = products { products = evaluator.graph.add(Add(), sum, counts) }
    return RunningMean(mean: mean, squares: squares, products: products)
  }

  /// Σ (y − ȳ)(y − ȳ)ᵀ / (n (n − 1)).
  private func covariance(of total: RunningMean, _ count: NodeID) -> NodeID {
    let others = evaluator.graph.add(Subtract(), count, evaluator.graph.constant(1, like: count))
    let weight = evaluator.graph.add(Multiply(), count, others)
    return evaluator.graph.add(Divide(), total.squares, weight)
  }
}

extension Graph {
  /// The diagonal of a square matrix.
  fileprivate mutating func diagonal(of matrix: NodeID) -> NodeID {
    let count = shape(matrix)[0]
    let ones = (0..<(count * count)).map { $0 / count == $0 % count ? 1.0 : 0 }
    let identity = add(Constant(value: Tensor(ones, shape: [count, count], dtype: dtype(matrix))))
    return add(ReduceSum(axes: [1]), add(Multiply(), matrix, identity))
  }
}
