import Arithmetic
import Data
package import Diagnostics
import Evaluation
package import Experiments
package import Graph
import Messages
package import Staging
package import Syntax
package import Tensors
package import Values

/// Metrics of one `record` line, staged over the state of a run.
package struct StagedMetrics: Sendable {
  /// What a run takes of them.
  package var spec: MetricSpec
  /// Estimates that go on until they are good enough.
  package var limits: [EstimateLimit] = []
  /// Values that are made of eigenvalues found by iteration.
  package var convergence: [ConvergenceLimit] = []
  package var span: Span

  package var names: [String] { spec.names }
  package var program: FedProgram { spec.program }
  package var isConditional: Bool { spec.isConditional }
}

/// What a metric can see of a run: a problem with its rules, or a process.
package struct MetricSubject {
  package var problem: StagedProblem?
  package var rules: [RulePlan]
  package var slots: [Slot]
  /// Time of one step of a process with `dt`.
  package var dt: Double?
  /// What interventions have made of the run's step.
  package var settings = StepSettings()
  /// What begins at the next step, where interventions change it.
  package var following: [BoundSegment] = []
  /// How many paths an ensemble has, nil of a run: the slots are those of one path.
  package var paths: Int?
  /// How many slots are states; nil where all are.
  package var stateCount: Int?
  /// Whether each path begins at a place of its own.
  package var startsApart = false
  /// Parameters or states at step 0; nil while they are not known.
  package var start: () throws(Diagnostic) -> [Tensor]? = { () throws(Diagnostic) in nil }
  /// Names of a process's states and arguments; of a problem the parameters and metrics.
  var names: (Scope) throws(Diagnostic) -> Void

  package init(
    problem: StagedProblem? = nil, rules: [RulePlan], slots: [Slot], dt: Double? = nil,
    settings: StepSettings = StepSettings(), following: [BoundSegment] = [], paths: Int? = nil, stateCount: Int? = nil,
    startsApart: Bool = false, start: @escaping () throws(Diagnostic) -> [Tensor]? = { () throws(Diagnostic) in nil },
    names: @escaping (Scope) throws(Diagnostic) -> Void
  ) {
    self.problem = problem
    self.rules = rules
    self.slots = slots
    self.dt = dt
    self.settings = settings
    self.following = following
    self.paths = paths
    self.stateCount = stateCount
    self.startsApart = startsApart
    self.start = start
    self.names = names
  }
}

/// A number that belongs to a recorded one: its error, its cost.
struct Companion {
  var name: String
  var node: NodeID
}

/// Stages expressions over the state of a run; the state is only read.
package final class MetricStager {
  package let evaluator: Evaluator
  package let subject: MetricSubject
  package private(set) var slotNodes: [NodeID] = []
  /// Losses that names in use speak of: of the whole data first, then of batches and of parts of the parameters.
  private var points: [LossPoint] = []
  /// Updates that names in use speak of.
  var steps: [StepStager] = []
  /// What is known of a value beside itself: `residual` and what follows from the means and products in it.
  private var companions: [NodeID: [Companion]] = [:]
  /// Means over batches and random directions, with their covariances.
  var means: [MeanEstimate] = []
  /// Products with Hessians outside of loops, and loops with those in them.
  var products: [ProductCount] = []
  /// Means whose spread is not known: of one turn, or of more numbers than covariances are kept of.
  var unknownErrors: [NodeID] = []
  /// Iterations for eigenvalues, outside of loops, and loops with those in them.
  var residuals: [EigenvalueResidual] = []
  /// Iterations under a preconditioner, with how far it is from symmetric.
  var asymmetries: [(source: NodeID, asymmetry: NodeID)] = []
  /// Kept for as long as their names are in use.
  var hyperparameters: [Hyperparameters] = []
  /// Those of each rule's hyper-parameters, in their order.
  var scopes: [Scope] = []
  /// Names under which conditions are recorded.
  private var truths: Set<String> = []
  /// Whether something depends on the step after the next update.
  package var looksAhead = false
  /// Whether tensors are taken apart into their elements, as a run records them.
  package var takesTensors = false
  /// The paths of an ensemble; nil of a run.
  package private(set) var paths: PathBatch?
  /// Whether an update that was looked at draws noise of its own, fresh in each turn of a mean.
  var drawsRuleNoise = false
  /// Where metrics of hyper-parameters are measured, inside of the program of a step.
  var measuringPoint: PointContext?
  /// The names that all values must have in the end, where they are staged once more for another step.
  package var wantedNames: [String]?

  package init(evaluator: Evaluator, subject: MetricSubject) {
    self.evaluator = evaluator
    self.subject = subject
  }

  /// Stages a `record` line.
  package func stage(_ recording: Recording, names: [String], real: DType, in scope: Scope, at span: Span)
    throws(Diagnostic)
    -> StagedMetrics
  {
    try opened(real: real, in: scope, at: span) { (inner) throws(Diagnostic) in
      let staged = try recorded(recording, names, in: inner)
      var outputs = staged.outputs
      let names = staged.names
      var all = names
      var places = staged.places
      var limits: [EstimateLimit] = []
      var convergence: [ConvergenceLimit] = []
      for (index, (node, name)) in zip(outputs, names).enumerated() {
        if let own = self.limits(of: node) { limits.append(EstimateLimit(name: name, limits: own)) }
        if let own = self.convergence(of: node, name) { convergence.append(own) }
        for (full, other) in companions(of: node, name, taken: names) {
          all.append(full)
          outputs.append(other)
          places.append(staged.places[index])
        }
      }
      var isConditional = false
      if case .when(let condition) = recording.cadence {
        outputs.append(try truth(condition, in: inner))
        places.append(evaluator.code.tree.span(condition))
        isConditional = true
      }
      outputs = try overAllPaths(outputs, at: places, lastIsCondition: isConditional)
      var result = finish(outputs, names: all, isConditional: isConditional, span)
      result.spec.truths = truths.intersection(names).sorted()
      result.spec.tensors = staged.tensors
      result.limits = limits
      result.convergence = convergence
      result.spec.lossOutputs = staged.lossOutputs
      return result
    }
  }

  /// What a `record` line keeps: single numbers, and the elements of tensors one by one.
  private struct Recorded {
    var outputs: [NodeID] = []
    var names: [String] = []
    /// Where each output is written.
    var places: [Span] = []
    var tensors: [RecordedTensor] = []
    var lossOutputs: [Int] = []
  }

  /// Elements at most of a tensor that is recorded.
  private static let elementsMax = 4096

  private func recorded(_ recording: Recording, _ names: [String], in scope: Scope) throws(Diagnostic) -> Recorded {
    var result = Recorded()
    for (item, name) in zip(recording.items, names) {
      let place = evaluator.code.tree.span(item.value)
      let node = try number(item.value, name, in: scope)
      let shape = evaluator.graph.shape(node)
      if isLoss(item.value) { result.lossOutputs.append(result.outputs.count) }
      guard shape.count != 1 else {
        let single = shape.rank == 0 ? node : evaluator.graph.add(Reshape(shape: .scalar), node)
        result.outputs.append(withJoinedMeans(single))
        result.names.append(name)
        result.places.append(place)
        continue
      }
      guard takesTensors, shape.count > 0, shape.count <= Self.elementsMax else {
        throw .recordedNotScalar(name, shape, most: takesTensors ? Self.elementsMax : 1, at: place)
      }
      let elements = TensorSeries.elementNames(name, shape)
      if truths.contains(name) { truths.formUnion(elements) }
      let flat = evaluator.graph.add(Reshape(shape: [shape.count]), node)
      for index in 0..<shape.count {
        let part = evaluator.graph.add(Slice(starts: [index], stops: [index + 1]), flat)
        result.outputs.append(evaluator.graph.add(Reshape(shape: .scalar), part))
      }
      result.names += elements
      result.places += elements.map { _ in place }
      result.tensors.append(RecordedTensor(name, shape.sizes))
    }
    return result
  }

  private func isLoss(_ id: ExpressionID) -> Bool {
    guard subject.problem != nil, case .name("loss") = evaluator.code.tree[id] else { return false }
    return true
  }

  /// Stages conditions, 1 where one of them holds.
  package func stage(conditions: [ExpressionID], real: DType, in scope: Scope, at span: Span) throws(Diagnostic)
    -> StagedMetrics
  {
    try opened(real: real, in: scope, at: span) { (inner) throws(Diagnostic) in
      let output = try truth(ofAny: conditions, in: inner, at: span)
      let outputs = try overAllPaths([output], at: [span], lastIsCondition: true)
      return finish(outputs, names: ["condition"], isConditional: false, span)
    }
  }

  private func truth(ofAny conditions: [ExpressionID], in scope: Scope, at span: Span) throws(Diagnostic) -> NodeID {
    var result = try truth(conditions[0], in: scope)
    for condition in conditions.dropFirst() {
      let other = try truth(condition, in: scope)
      result = try evaluator.node(evaluator.eitherHolds(.condition(result), .condition(other), at: span), at: span)
    }
    return result
  }

  /// Whether one of some conditions holds, over nodes of a process's states in the program at hand.
  package func truth(
    ofAny conditions: [ExpressionID], over nodes: [NodeID], in scope: Scope, _ code: Code, at span: Span
  ) throws(Diagnostic) -> NodeID {
    try evaluator.within(code) { () throws(Diagnostic) in
      try over(nodes, in: scope, at: span) { (inner) throws(Diagnostic) in
        try truth(ofAny: conditions, in: inner, at: span)
      }
    }
  }

  /// What is recorded beside a value, with its full names; as it was staged before, NaN stands for what is not there now.
  private func companions(of node: NodeID, _ name: String, taken: [String]) -> [(name: String, node: NodeID)] {
    let own = companions(of: node).map { (name: "\(name).\($0.name)", node: $0.node) }
    guard let wantedNames else { return own }
    return wantedNames.filter { $0.hasPrefix("\(name).") && !taken.contains($0) }.map { wanted in
      own.first { $0.name == wanted } ?? (wanted, evaluator.graph.constant(.nan, evaluator.realType))
    }
  }

  /// Stages a program of its own in a scope that sees the state of the run.
  package func opened<T>(real: DType, in scope: Scope, at span: Span, _ body: (Scope) throws(Diagnostic) -> T)
    throws(Diagnostic) -> T
  {
    try evaluator.staging(real: real) { () throws(Diagnostic) in
      if let count = subject.paths {
        (evaluator.builder.paths, evaluator.builder.hasOwnStreams) = (count, subject.problem != nil)
        let nodes = subject.slots.enumerated().map { evaluator.builder.input(.slot($0), $1.type) }
        return try over(nodes, in: scope, at: span, body)
      }
      slotNodes = subject.slots.enumerated().map { evaluator.builder.input(.slot($0), $1.type) }
      return try opened(in: scope, at: span, body)
    }
  }

  /// Stages over the slots of one path of an ensemble, in the program at hand.
  private func over<T>(
    _ nodes: [NodeID], in scope: Scope, at span: Span, _ body: (Scope) throws(Diagnostic) -> T
  ) throws(Diagnostic) -> T {
    slotNodes = nodes
    if let count = subject.paths, let states = subject.stateCount {
      paths = PathBatch(count: count, slots: nodes, died: nodes[states])
    }
    return try opened(in: scope, at: span, body)
  }

  private func opened<T>(in scope: Scope, at span: Span, _ body: (Scope) throws(Diagnostic) -> T) throws(Diagnostic)
    -> T
  {
    let names = Scope(parent: nil)
    let point = PointContext(parameters: leaves.map(Value.node), names: names)
    point.stager = self
    return try evaluator.at(point) { () throws(Diagnostic) in try body(stateScope(in: scope, names, span)) }
  }

  /// What is kept of one path, over the nodes of its slots, in the program at hand.
  package func value(of kept: KeptValue, over nodes: [NodeID], in scope: Scope, _ code: Code, at span: Span)
    throws(Diagnostic)
    -> NodeID
  {
    try evaluator.within(code) { () throws(Diagnostic) in
      try over(Array(nodes.prefix((subject.stateCount ?? nodes.count) + 1)), in: scope, at: span) {
        (inner) throws(Diagnostic) in
        if case .first = kept.moment { return try truth(kept.value, in: inner) }
        return try number(kept.value, kept.name, in: inner)
      }
    }
  }

  /// A point at the state of a step whose program is being staged.
  func openedInside(at span: Span) throws(Diagnostic) -> PointContext {
    slotNodes = subject.slots.enumerated().map { evaluator.builder.input(.slot($0), $1.type) }
    let names = Scope(parent: nil)
    scopes.append(names)
    let point = PointContext(parameters: leaves.map(Value.node), names: names)
    point.stager = self
    define(in: names, span)
    if let problem = subject.problem { try evaluator.defineLets(problem, in: names) }
    for name in [StepName.next, .start] {
      names.define(name) { () throws(Diagnostic) in
        throw .unavailableHere(name.rawValue, "a hyper-parameter is measured before its update", at: span)
      }
    }
    return point
  }

  private func stateScope(in scope: Scope, _ names: Scope, _ span: Span) throws(Diagnostic) -> Scope {
    define(in: names, span)
    if let problem = subject.problem { try evaluator.defineLets(problem, in: names) }
    let inner = Scope(parent: scope)
    inner.adopt(StepName.plain, from: names)
    if let own = names.local(StepName.lossAtPoint) { inner.define(StepName.lossAtPoint, own.value) }
    defineHyperparameters(in: inner, names, span)
    try defineStates(in: inner, span)
    try subject.names(inner)
    // `x` is all parameters, and of a problem that calls one so that one.
    for name in StepName.plain where name != .x && isParameter(name.rawValue) {
      inner.define(name) { () throws(Diagnostic) in throw .parameterOfStepName(name.rawValue, at: span) }
    }
    for name in inner.localNames { inner.contest(name, with: scope, as: "a name of this run") }
    return inner
  }

  /// Whether the problem has a parameter, or a network of parameters, of this name.
  private func isParameter(_ name: String) -> Bool {
    subject.problem?.leaves.contains { $0.path == name || $0.path.hasPrefix(name + ".") } ?? false
  }

  /// What has been staged as a program.
  package func finish(_ outputs: [NodeID], names: [String], isConditional: Bool, _ span: Span) -> StagedMetrics {
    StagedMetrics(
      spec: MetricSpec(
        names: names, program: evaluator.builder.program(outputs: outputs), isConditional: isConditional), span: span)
  }

  // MARK: Values

  private func number(_ id: ExpressionID, _ name: String, in scope: Scope) throws(Diagnostic) -> NodeID {
    let place = evaluator.code.tree.span(id)
    var value = try evaluator.evaluate(id, in: scope)
    if case .instance(let instance) = value, instance.definition.kind == .metric {
      value = try evaluator.metricValue(
        DefinitionValue(instance.definition, code: instance.code, scope: instance.scope), [], at: place)
    }
    if case .unknown(let kind) = value {
      try evaluator.require(kind, "a number to record", at: place) { $0.isNumbers || $0.isTruth }
      guard evaluator.entered(value).isSymbolic, kind.type != nil else { throw .silent(at: place) }
    }
    if case .view = value {
      let text = evaluator.session.sources.text(place)
      var finding = Diagnostic.expected("a number to record", found: value.kind, at: place)
      finding.help.append("take a part of it, such as `\(text).loss` or `norm(\(text).g)`")
      throw finding
    }
    if case .function(.definition(let known)) = value, known.definition.kind == .metric,
      let missing = known.definition.parameters.first(where: { $0.initial == nil })
    {
      throw .missingArgument(
        missing.name.text, of: known.definition.name.text, accepted: known.definition.parameters.map(\.name.text),
        at: place)
    }
    guard value.isNumeric || value.isBoolean else {
      throw .expected("a number to record", found: value.kind, at: place)
    }
    if evaluator.holdsTruth(value) { truths.insert(name) }
    return try evaluator.node(evaluator.asReal(value, at: place), at: place)
  }

  private func truth(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> NodeID {
    let place = evaluator.code.tree.span(id)
    let value = try evaluator.evaluate(id, in: scope)
    if case .unknown = value {
      try evaluator.requireTruth(value, at: place)
      throw .silent(at: place)
    }
    let node = try evaluator.node(evaluator.asMask(value, at: place), at: place)
    guard evaluator.graph.shape(node).rank == 0 else {
      throw .conditionOfSeveral(evaluator.session.sources.text(place), evaluator.graph.shape(node), at: place)
    }
    return node
  }

  // MARK: Names

  var view: BatchView {
    BatchView(
      indices: nil, count: subject.problem?.sampleCount ?? Self.freshSamples, isWhole: true,
      key: { [unowned self] in key("metric:" + $0) })
  }

  /// Fresh draws that a metric of a population problem averages over.
  private static let freshSamples = 1024

  /// The key of a stream of random numbers of this metric.
  package func key(_ name: String) -> NodeID { evaluator.builder.key("metric", name) }

  /// The key of a source of the run's own noise in the next update.
  func noiseKey(_ name: String) -> NodeID { evaluator.builder.key("noise", name) }

  /// The samples of the batch of the next update, or of one further ahead.
  func indexNode(_ batch: Int, ahead: Int) -> NodeID {
    evaluator.builder.input(.batch(ahead: ahead), TensorType([batch], .i64))
  }

  var leaves: [NodeID] {
    Array(slotNodes.prefix(subject.problem?.leaves.count ?? subject.stateCount ?? slotNodes.count))
  }

  /// The loss over some samples, kept as long as this object.
  func point(_ view: BatchView, at leaves: [NodeID]? = nil, block: [Int]? = nil) -> LossPoint? {
    guard let problem = subject.problem else { return nil }
    return point(of: problem, view, at: leaves, block: block)
  }

  /// The same of a run of `problem`.
  func point(of problem: StagedProblem, _ view: BatchView, at leaves: [NodeID]? = nil, block: [Int]? = nil) -> LossPoint
  {
    let point = LossPoint(evaluator, problem, leaves: leaves ?? self.leaves, view: view, block: block)
    points.append(point)
    return point
  }

  /// What was noted of a value beside itself.
  func noted(of value: NodeID) -> [Companion] { companions[value] ?? [] }

  /// Notes what is known of a value beside itself.
  func accompany(_ value: NodeID, _ name: String, _ node: NodeID) {
    companions[value, default: []].append(Companion(name: name, node: node))
  }
}
