import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Staging
import Syntax
import Tensors
import Values

extension Value {
  /// Whether it is data with columns, and no point.
  fileprivate var isData: Bool {
    switch self {
    case .dataset, .tuple: true
    default: false
    }
  }
}

/// The mean loss over some samples at the current point, with its derivatives, as a metric sees it.
///
/// Everything is staged when it is first asked for and shared from then on: a Hessian–vector product uses the forward
/// and backward sweeps that the gradient has made.
final class LossPoint {
  let evaluator: Evaluator
  let problem: StagedProblem
  let leaves: [NodeID]
  let view: BatchView
  /// Numbers of the leaves that `x`, `g` and the operators speak of, ascending.
  let block: [Int]
  private var lossNode: NodeID?
  private var gradientNodes: [NodeID]?
  private var perSample: PerSample?

  /// The losses of all samples, and what the network gave for each.
  private struct PerSample {
    var losses: NodeID
    var outputs: NodeID?
  }

  init(_ evaluator: Evaluator, _ problem: StagedProblem, leaves: [NodeID], view: BatchView, block: [Int]? = nil) {
    self.evaluator = evaluator
    self.problem = problem
    self.leaves = leaves
    self.view = view
    self.block = block ?? Array(leaves.indices)
  }

  /// The same samples seen by some of the parameters.
  func restricted(to block: [Int]) -> LossPoint {
    LossPoint(evaluator, problem, leaves: leaves, view: view, block: block)
  }

  private var moving: [NodeID] { block.map { leaves[$0] } }

  // MARK: Derivatives

  func loss() throws(Diagnostic) -> NodeID {
    if let lossNode { return lossNode }
    let node = try evaluator.meanLoss(problem, at: leaves.map(Value.node), view)
    lossNode = node
    return node
  }

  /// The loss of the same samples at another point.
  func loss(at values: [Value], _ span: Span) throws(Diagnostic) -> NodeID {
    try evaluator.meanLoss(problem, at: moved(to: values, span).map(Value.node), view)
  }

  /// The mean loss over other data at this point.
  private func loss(over data: Value, _ span: Span) throws(Diagnostic) -> NodeID {
    let other = try evaluator.problem(problem, over: data, at: span)
    let view = BatchView(count: other.sampleCount ?? 0, isWhole: false, key: view.key, isFresh: view.isFresh)
    return try evaluator.meanLoss(other, at: leaves.map(Value.node), view)
  }

  /// One gradient for each leaf of the block.
  func gradients(_ span: Span) throws(Diagnostic) -> [NodeID] {
    if let gradientNodes { return gradientNodes }
    let nodes = try evaluator.gradients(of: loss(), at: moving, span)
    gradientNodes = nodes
    return nodes
  }

  /// The Hessian's block times a direction.
  private func product(with values: [Value], _ span: Span) throws(Diagnostic) -> Value {
    let direction = try parts(of: values, span)
    let gradients = try gradients(span)
    do {
      let products = try evaluator.graph.tangentsOrNil(
        of: gradients, withRespectTo: moving, tangents: direction.map { $0 })
      if products.allSatisfy({ $0 == nil }), evaluator.graph.depend(gradients, on: moving) {
        throw Diagnostic.noSecondDerivative(of: problem.name, at: span)
      }
      let parts = zip(gradients, products).map { $1 ?? evaluator.graph.zeros(like: $0) }
      let value = try evaluator.flattened(parts, at: span)
      if case .node(let node) = value { evaluator.point?.stager?.countProduct(node, over: view) }
      return value
    } catch let error as DerivativeError { throw .derivative(error, at: span) } catch {
      throw (error as? Diagnostic) ?? .derivative(error, at: span)
    }
  }

  /// All leaves, those of the block replaced by a flat vector.
  private func moved(to values: [Value], _ span: Span) throws(Diagnostic) -> [NodeID] {
    var point = leaves
    for (leaf, part) in zip(block, try parts(of: values, span)) { point[leaf] = part }
    return point
  }

  /// The gradient at another point.
  private func gradient(at values: [Value], _ span: Span) throws(Diagnostic) -> Value {
    let all = try evaluator.gradients(of: problem, at: moved(to: values, span), view, span)
    return try evaluator.flattened(block.map { all[$0] }, at: span)
  }

  /// A flat vector as one tensor for each leaf of the block.
  private func parts(of values: [Value], _ span: Span) throws(Diagnostic) -> [NodeID] {
    let shapes = moving.map { evaluator.graph.shape($0) }
    let total = shapes.map(\.count).reduce(0, +)
    guard values.count == 1 else { throw .takes("this function", "one argument", at: span) }
    if case .unknown = values[0] { throw .silent(at: span) }
    guard let shape = evaluator.shape(of: values[0]), shape == [total] || total == 1 && shape.rank == 0 else {
      throw .updateShape("x", expected: [total], found: evaluator.shape(of: values[0]) ?? .scalar, at: span)
    }
    var node = try evaluator.node(evaluator.asReal(values[0], at: span), at: span)
    if shape.rank == 0 { node = evaluator.graph.reshape(node, to: [1]) }
    return try evaluator.split(node, into: shapes, at: span)
  }

  /// A gradient of all leaves, of which the block's are given.
  private func wholeGradient(with parts: [NodeID], _ span: Span) throws(Diagnostic) -> [NodeID] {
    guard block.count < leaves.count else { return parts }
    var all = try evaluator.gradients(of: loss(), at: leaves, span)
    for (leaf, part) in zip(block, parts) { all[leaf] = part }
    return all
  }

  // MARK: Samples and outputs

  private func samples(_ span: Span) throws(Diagnostic) -> PerSample {
    if let perSample { return perSample }
    let result = try samples(at: leaves, span)
    perSample = result
    return result
  }

  /// Losses and network outputs of all samples at a point.
  private func samples(at parameters: [NodeID], for name: String = "losses", _ span: Span) throws(Diagnostic)
    -> PerSample
  {
    guard let (id, place) = problem.loss, problem.sample?.isBatch == false else {
      throw .unavailableHere(name, "the loss of `\(problem.name)` is not a mean over samples", at: span)
    }
    let own = PointContext(
      parameters: parameters.map(Value.node), names: evaluator.point?.names ?? Scope(parent: nil))
    let outerOutputs = evaluator.networkOutputs
    evaluator.networkOutputs = []
    defer { evaluator.networkOutputs = outerOutputs }
    return try evaluator.at(own, in: problem.code) { () throws(Diagnostic) in
      let (members, scope) = try evaluator.sampleScope(problem, view)
      let value = try evaluator.asReal(evaluator.evaluate(id, in: scope), at: place)
      var results = [Value.node(try evaluator.node(value, at: place))]
      if let output = evaluator.networkOutputs?.first { results.append(output) }
      let rows = try evaluator.batch(results, members, count: view.count, at: place)
      let nodes = try rows.map { (row) throws(Diagnostic) in try evaluator.node(row, at: place) }
      return PerSample(losses: nodes[0], outputs: nodes.count > 1 ? nodes[1] : nil)
    }
  }

  /// The weight of each sample in the objective, which sum to 1.
  private func sampleWeights(_ span: Span) throws(Diagnostic) -> Value {
    if let shares = view.shares { return .node(shares) }
    if view.indices == nil, case .indices(_, _, let own?) = problem.sample?.space {
      return try evaluator.asReal(own, at: span)
    }
    let share = evaluator.graph.constant(1 / Double(view.count), evaluator.realType)
    return .node(evaluator.graph.add(BroadcastTo(shape: [view.count]), share))
  }

  private func outputs(of samples: PerSample, _ span: Span) throws(Diagnostic) -> NodeID {
    if let outputs = samples.outputs { return outputs }
    throw .unavailableHere("outputs", "the loss of `\(problem.name)` does not apply a network", at: span)
  }

  /// The mean loss as a function of the network's outputs for all samples.
  private func loss(ofOutputs values: [Value], _ span: Span) throws(Diagnostic) -> Value {
    guard values.count == 1 else { throw .takes("this function", "one argument", at: span) }
    let old = try outputs(of: samples(span), span)
    let new = try evaluator.node(evaluator.asReal(values[0], at: span), at: span)
    guard evaluator.graph.shape(new) == evaluator.graph.shape(old) else {
      throw .updateShape(
        "outputs", expected: evaluator.graph.shape(old), found: evaluator.graph.shape(new), at: span)
    }
    let mean = try evaluator.mean(.node(samples(span).losses), of: problem, view, at: span)
    let node = try evaluator.node(mean, at: span)
    return .node(evaluator.graph.substitute(outputs: [node], mapping: [(original: old, replacement: new)])[0])
  }

  // MARK: Names

  /// Gives `x`, `g`, `loss` and the operators their meaning in a scope; this object must outlive it.
  func define(in names: Scope, _ span: Span) {
    define(.x, in: names) { (point) throws(Diagnostic) in
      try point.evaluator.flattened(point.moving, at: span)
    }
    define(.g, in: names) { (point) throws(Diagnostic) in
      try point.evaluator.flattened(point.gradients(span), at: span)
    }
    define(.loss, in: names) { (point) throws(Diagnostic) in .node(try point.loss()) }
    function(.grad, in: names) { (point, values, span) throws(Diagnostic) in try point.gradient(at: values, span) }
    function(.hvp, in: names) { (point, values, span) throws(Diagnostic) in try point.product(with: values, span) }
    let atPoint = NativeFunction(name: StepName.loss.rawValue) { [unowned self] (_, values, span) throws(Diagnostic) in
      if let data = values.first, values.count == 1, data.isData { return .node(try loss(over: data, span)) }
      return .node(try loss(at: values, span))
    }
    names.define(StepName.lossAtPoint, .function(.native(atPoint)))
    function(.losses, in: names) { (point, values, span) throws(Diagnostic) in
      try point.requireEqualSizes(.losses, span)
      return .node(try point.samples(at: point.moved(to: values, span), span).losses)
    }
    define(.sampleWeights, in: names) { (point) throws(Diagnostic) in try point.sampleWeights(span) }
    function(.outputs, in: names) { (point, values, span) throws(Diagnostic) in
      try point.requireEqualSizes(.outputs, span)
      return .node(try point.outputs(of: point.samples(at: point.moved(to: values, span), for: "outputs", span), span))
    }
    function(.update, in: names) { (point, values, span) throws(Diagnostic) in
      guard let stager = point.evaluator.point?.stager else { return .unknown(.any) }
      return try stager.update(
        by: point.wholeGradient(with: point.parts(of: values, span), span), point.view, point.block, span)
    }
    function(.lossOfOutputs, in: names) { (point, values, span) throws(Diagnostic) in
      try point.loss(ofOutputs: values, span)
    }
  }

  /// Refuses one value for each sample of a batch whose last places may be none.
  private func requireEqualSizes(_ name: StepName, _ span: Span) throws(Diagnostic) {
    guard view.shares != nil else { return }
    throw .unavailableHere(
      name.rawValue, "with `keep` the last batch of an epoch is shorter than the others", at: span)
  }

  private func define(_ name: StepName, in names: Scope, _ value: @escaping (LossPoint) throws(Diagnostic) -> Value) {
    names.define(name) { [unowned self] () throws(Diagnostic) in try value(self) }
  }

  /// An operator at this point; with a function in place of a vector it is the built-in one of the same name.
  private func function(
    _ name: StepName, in names: Scope, _ body: @escaping (LossPoint, [Value], Span) throws(Diagnostic) -> Value
  ) {
    let native = NativeFunction(name: name.rawValue) { [unowned self] (evaluator, values, span) throws(Diagnostic) in
      if let first = values.first, first.isCallable, let builtin = evaluator.session.functions.named(name.rawValue) {
        return try evaluator.call(.function(.builtin(builtin)), values, at: span)
      }
      return try body(self, values, span)
    }
    names.define(name, .function(.native(native)))
  }
}
