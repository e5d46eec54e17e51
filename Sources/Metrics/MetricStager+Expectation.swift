import Arithmetic
import Data
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Staging
import Syntax
import Tensors
import Values

// `expect(batch, n = 64) { … }`: the mean of an expression over fresh batches, as one loop of the graph.

/// How many turns a mean takes.
package struct TurnLimits {
  /// Most turns.
  package var count: Int
  /// Relative standard error at which the mean is good enough; nil takes all turns.
  package var tolerance: Double?

  static let countMax = (1 << 24) - 1
  /// Turns before the error is looked at.
  static let countMin = 32
  /// Normal quantile of the assurance with which the error itself is known to be small enough at the end: 95%.
  static let assurance = 1.645
}

extension MetricStager {
  /// The mean over fresh batches of `size` samples of an expression that sees the batch's `g`, `loss`, `hvp`.
  func expectation(
    size: Int, _ limits: TurnLimits, of body: ExpressionID, in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value {
    guard let problem = subject.problem, let outer = evaluator.point else {
      throw .unavailableHere("expect", "a process has no batches", at: span)
    }
    let order = subject.settings.sampling?.order ?? .permuted
    if let total = problem.sampleCount, size > total, !order.isOfIndependentDraws {
      throw .batchSize(size, rows: total, data: "the data of `\(problem.name)`", at: span)
    }
    // Batches of another size are other draws: parts of the same ones would be neither the same nor independent.
    let stream = size == batchSize ? outer.metric : "\(outer.metric) of \(size)"
    let batches = freshBatches(limits.count, size: size, problem, stream)
    let turn = evaluator.graph.freshInput(TensorType(.scalar, .i64))
    guard let point = point(batches.view(turn), block: outer.loss?.block) else { return .unknown(.any) }
    let mark = (products.count, residuals.count)
    let outerNoise = drawsRuleNoise
    drawsRuleNoise = false
    defer { drawsRuleNoise = drawsRuleNoise || outerNoise }
    let value = try evaluate(body, at: point, in: scope, span)
    // All turns are one only where nothing is drawn, the noise of the update among it.
    return try mean(
      of: value, turn, batches.isConstant && !drawsRuleNoise ? nil : limits, since: mark,
      MeanDraws(stream: "batches:\(stream)", dealing: batches.dealing(drawsRuleNoise)), at: span)
  }

  /// The mean over random directions, shaped like `x`, of a function of them.
  func expectation(
    _ distribution: Distribution, _ limits: TurnLimits, of body: ExpressionID, in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value {
    guard let outer = evaluator.point else { return .unknown(.any) }
    let turn = evaluator.graph.freshInput(TensorType(.scalar, .i64))
    let size = try vectorSize(at: span)
    let direction = direction(distribution, size: size, outer.metric, turn: turn)
    let function = try evaluator.evaluate(body, in: scope)
    guard function.isCallable else {
      if case .unknown = function { return .unknown(.any) }
      throw .expected("a function of the random vector", found: function.kind, at: span, help: ["write `{ z => … }`"])
    }
    let mark = (products.count, residuals.count)
    let value = try evaluator.call(function, [.node(direction)], at: span)
    return try mean(of: value, turn, limits, since: mark, MeanDraws(stream: "probe:\(outer.metric)"), at: span)
  }

  /// Elements of `x`.
  func vectorSize(at span: Span) throws(Diagnostic) -> Int {
    guard let x = evaluator.point?.names.lookup(.x)?.value, case .deferred(let deferred) = x,
      let shape = evaluator.shape(of: try deferred.force("x", at: span))
    else { throw .unavailableHere("x", "there are no parameters", at: span) }
    return shape.count
  }

  /// An expression with the names of a step speaking of another loss.
  func evaluate(_ body: ExpressionID, at loss: LossPoint, in scope: Scope, _ span: Span) throws(Diagnostic) -> Value {
    guard let outer = evaluator.point else { return .unknown(.any) }
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
      if outer.loss?.block != loss.block, let whole = point(view, block: loss.block) {
        let objective = Scope(parent: nil)
        whole.define(in: objective, span)
        names.define(.objective, .view(objective))
      }
      for name in Set(subject.slots.compactMap(\.state)).sorted()
      where scope.lookup(name).map({ $0.span == nil }) ?? false {
        guard let nodes = state(name, of: loss.block) else { continue }
        block.define(name, try evaluator.flattened(nodes, at: span))
      }
    }
    return try evaluator.at(inner) { () throws(Diagnostic) in try evaluator.evaluate(body, in: block) }
  }

  // MARK: The loop

  /// The mean over all turns; nil limits where all turns are the same one.
  private func mean(
    of value: Value, _ turn: NodeID, _ limits: TurnLimits?, since mark: (products: Int, residuals: Int),
    _ draws: MeanDraws, at span: Span
  ) throws(Diagnostic) -> Value {
    if case .unknown = value { return .unknown(.any) }
    guard value.isNumeric || value.isBoolean else { throw .expected("numbers", found: value.kind, at: span) }
    let sample = try evaluator.node(evaluator.asReal(value, at: span), at: span)
    var draws = draws
    draws.products = takeProducts(since: mark.products, within: turn, of: sample)
    draws.residual = takeResiduals(since: mark.residuals, within: turn, of: sample)
    guard let limits, limits.count > 1 else {
      let first = evaluator.graph.constant(0, .i64)
      products += substituted(draws.products, turn, by: first)
      let nodes = [sample] + (draws.residual.map { [$0.measure] } ?? [])
      let single = evaluator.graph.substitute(outputs: nodes, mapping: [(original: turn, replacement: first)])
      if let own = draws.residual {
        residuals.append(EigenvalueResidual(source: single[1], measure: single[1], tolerance: own.tolerance))
      }
      // One of many turns says nothing of the spread.
      if limits != nil { unknownErrors.append(single[0]) }
      return .node(single[0])
    }
    evaluator.setOrigin(span)
    do { return .node(try addMean(of: sample, turn, limits, draws)) } catch let error as ShapeError {
      throw evaluator.dressed(error, at: span)
    } catch { throw evaluator.diagnostic(of: error, at: span) }
  }

  /// The mean of a number or tensor over all turns; of a number and of a short vector it is kept with its covariance.
  func addMean(of sample: NodeID, _ turn: NodeID, _ limits: TurnLimits, _ draws: MeanDraws) throws -> NodeID {
    let counts = countedPart(of: draws.products)
    let (total, count) =
      try limits.tolerance == nil
      ? (
        counted(sample, turn, limits, draws, counts),
        evaluator.graph.constant(Double(limits.count), evaluator.realType)
      ) : sequential(sample, turn, limits, draws, counts)
    let source = evaluator.graph.carrier(of: total.mean)
    addProducts(draws.products, of: total, source, count, limits)
    if let own = draws.residual, let measure = total.residual {
      residuals.append(EigenvalueResidual(source: source, measure: measure, tolerance: own.tolerance))
    }
    guard evaluator.graph.shape(total.mean).rank == 0 || isJoint(total.mean) else {
      unknownErrors.append(source)
      return total.mean
    }
    var estimate = MeanEstimate(
      mean: total.mean, source: source, offset: limits.tolerance == nil ? 0 : 1,
      covariance: evaluator.graph.covariance(of: total, count, draws.dealing), draws: draws)
    if let tolerance = limits.tolerance {
      estimate.samples = count
      estimate.limits = TurnLimits(count: limits.count, tolerance: tolerance)
    } else {
      estimate.draws.turns = (sample, turn, limits.count)
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
  private func counted(
    _ sample: NodeID, _ turn: NodeID, _ limits: TurnLimits, _ draws: MeanDraws, _ counts: NodeID?
  ) throws -> RunningMean {
    let (zero, old) = fresh(like: sample, limits, draws, counts)
    let number = evaluator.graph.add(
      Add(), evaluator.graph.convert(turn, to: evaluator.realType), evaluator.graph.constant(1, evaluator.realType))
    let new = advanced(old, by: sample, counts, draws.residual?.measure, number: number, draws.dealing)
    let part = evaluator.graph.extracted(outputs: new.parts, inputs: [turn] + old.parts)
    let result = try evaluator.graph.loop(
      Loop(count: limits.count, carryCount: new.parts.count, body: part.body), carried: zero.parts,
      constants: part.captured)
    return new.with(result.carried)
  }

  /// Turns until the relative standard error of every component is below the tolerance; with their number.
  private func sequential(
    _ sample: NodeID, _ turn: NodeID, _ limits: TurnLimits, _ draws: MeanDraws, _ counts: NodeID?
  ) throws -> (RunningMean, NodeID) {
    let real = evaluator.realType
    let count = evaluator.graph.freshInput(TensorType(.scalar, real))
    let (zero, old) = fresh(like: sample, limits, draws, counts)
    let number = evaluator.graph.convert(count, to: .i64)
    let nodes = [sample] + (counts.map { [$0] } ?? []) + (draws.residual.map { [$0.measure] } ?? [])
    let own = evaluator.graph.substitute(outputs: nodes, mapping: [(original: turn, replacement: number)])
    let next = evaluator.graph.add(Add(), count, evaluator.graph.constant(1, real))
    let new = advanced(
      old, by: own[0], counts == nil ? nil : own[1], draws.residual == nil ? nil : own[own.count - 1], number: next,
      draws.dealing)
    let body = evaluator.graph.extracted(outputs: [next] + new.parts, inputs: [count] + old.parts)
    let condition = continues(old, like: body.body.inputTypes, limits, draws.dealing)
    let parts = try evaluator.graph.whileLoop(
      WhileLoop(condition: condition, body: body.body, limit: limits.count),
      carried: [evaluator.graph.constant(0, real)] + zero.parts, constants: body.captured)
    return (new.with(Array(parts.dropFirst())), parts[0])
  }

  /// Numbers of a vector of which the covariances are kept.
  static let jointMax = 8

  private func isJoint(_ sample: NodeID) -> Bool {
    let shape = evaluator.graph.shape(sample)
    return shape.rank == 1 && shape.count <= Self.jointMax
  }

  /// A running mean of nothing, and one to build the loop on.
  private func fresh(like sample: NodeID, _ limits: TurnLimits, _ draws: MeanDraws, _ counts: NodeID?) -> (
    zero: RunningMean, old: RunningMean
  ) {
    let type = evaluator.graph.type(sample)
    let squares = isJoint(sample) ? TensorType([type.count, type.count], type.dtype) : type
    var old = RunningMean(mean: evaluator.graph.freshInput(type), squares: evaluator.graph.freshInput(squares))
    if let dealing = draws.dealing, limits.count / dealing.turnsPerPass >= Dealing.passesMin {
      old.passes = (
        evaluator.graph.freshInput(type), evaluator.graph.freshInput(squares), evaluator.graph.freshInput(type)
      )
    }
    old.products = counts.map { evaluator.graph.freshInput(evaluator.graph.type($0)) }
    old.residual = draws.residual.map { evaluator.graph.freshInput(evaluator.graph.type($0.measure)) }
    return (old.with(old.parts.map { evaluator.graph.zeros(like: $0) }), old)
  }

  /// 1 while there are too few turns or the error of some component is too large.
  ///
  /// The error is itself an estimate, off by about 1/√(2 n) of itself: it must be small enough by more than that, so that
  /// chance does not end the loop. Turns that are all alike have not shown that there are no others.
  private func continues(_ old: RunningMean, like types: [TensorType], _ limits: TurnLimits, _ dealing: Dealing?)
    -> Subgraph
  {
    Subgraph(inputTypes: types) { graph, inputs in
      let count = inputs[0], total = old.with(Array(inputs.dropFirst()))
      let early = graph.add(Less(), count, graph.constant(Double(TurnLimits.countMin), like: count))
      let bound = graph.add(
        Multiply(), graph.add(Absolute(), total.mean),
        graph.constant(limits.tolerance ?? 0, like: total.mean))
      let covariance = graph.covariance(of: total, count, dealing)
      let isNumber = graph.shape(covariance) == graph.shape(total.mean)
      let variance = isNumber ? covariance : graph.diagonal(of: covariance)
      let spread = isNumber ? total.squares : graph.diagonal(of: total.squares)
      let error = graph.add(SquareRoot(), graph.add(Maximum(), variance, graph.constant(0, like: variance)))
      let others = graph.add(
        Maximum(), graph.add(Subtract(), graph.independent(count, total, dealing), graph.constant(1, like: count)),
        graph.constant(1, like: count))
      let doubt = graph.add(
        Divide(), graph.constant(TurnLimits.assurance, like: count),
        graph.add(SquareRoot(), graph.add(Multiply(), others, graph.constant(2, like: count))))
      let most = graph.add(Multiply(), error, graph.add(Add(), doubt, graph.constant(1, like: doubt)))
      let isLarge = graph.add(Less(), bound, most)
      let isAlike = graph.add(Equal(), spread, graph.constant(0, like: spread))
      let going = graph.add(Maximum(), isLarge, isAlike)
      let axes = Array(0..<graph.shape(going).rank)
      let any = axes.isEmpty ? going : graph.add(ReduceMax(axes: axes), going)
      return [graph.add(Maximum(), early, any)]
    }
  }

  private func advanced(
    _ old: RunningMean, by sample: NodeID, _ counts: NodeID?, _ residual: NodeID?, number: NodeID, _ dealing: Dealing?
  ) -> RunningMean {
    let size = isJoint(sample) ? evaluator.graph.shape(sample).count : nil
    func product(_ graph: inout Graph, _ a: NodeID, _ b: NodeID) -> NodeID {
      guard let size else { return graph.add(Multiply(), a, b) }
      return graph.add(Multiply(), graph.reshape(a, to: [size, 1]), graph.reshape(b, to: [1, size]))
    }
    let change = evaluator.graph.add(Subtract(), sample, old.mean)
    let mean = evaluator.graph.add(Add(), old.mean, evaluator.graph.add(Divide(), change, number))
    let left = evaluator.graph.add(Subtract(), sample, mean)
    var result = RunningMean(
      mean: mean,
      squares: evaluator.graph.add(Add(), old.squares, product(&evaluator.graph, change, left)))
    if let passes = old.passes, let dealing {
      result.passes = evaluator.graph.advancedPasses(
        passes, by: sample, turnsPerPass: dealing.turnsPerPass, number: number, product: product)
    }
    if let counts, let sum = old.products { result.products = evaluator.graph.add(Add(), sum, counts) }
    if let residual, let worst = old.residual { result.residual = evaluator.graph.add(Maximum(), worst, residual) }
    return result
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

  /// The node whose elements a part of it shows.
  fileprivate func carrier(of part: NodeID) -> NodeID {
    var source = part
    while self[source].primitive is Reshape || self[source].primitive is Slice { source = self[source].inputs[0] }
    return source
  }
}
