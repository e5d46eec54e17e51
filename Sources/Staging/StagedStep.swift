import Arithmetic
package import Diagnostics
import Engine
import Evaluation
package import Experiments
package import Graph
import Messages
import Syntax
package import Tensors
package import Values

/// One application of an update rule: to one parameter tensor, or to all of a rule's flattened.
final class RuleUnit {
  let rule: RulePlan
  let leaves: [Int]
  let scope: Scope
  /// Path in the names of state slots.
  let path: String
  var shape: Shape = .scalar
  var states: [(name: String, slot: Int, shape: Shape)] = []
  var equations: [(name: Name, value: ExpressionID)] = []
  /// A scope for each worker, where there are several.
  var workers: [Scope] = []
  /// Names of its states that are of each worker.
  var workerStates: Set<String> = []

  init(rule: RulePlan, leaves: [Int], scope: Scope, path: String) {
    self.rule = rule
    self.leaves = leaves
    self.scope = scope
    self.path = path
  }
}

/// What another program asks of a step that is staged inside of it.
package struct StepSurroundings {
  /// Nil where the step takes its own.
  package var gradients: [NodeID]?
  /// The samples of the step.
  package var view: BatchView
  /// Those of the step after it; nil where they are not known.
  package var next: BatchView?
  /// The slots of the run, where there is one.
  package var slots: [Slot] = []

  package init(gradients: [NodeID]? = nil, view: BatchView, next: BatchView? = nil, slots: [Slot] = []) {
    self.gradients = gradients
    self.view = view
    self.next = next
    self.slots = slots
  }
}

/// Stages one step of a problem under its update rules.
package final class StepStager {
  package let evaluator: Evaluator
  package let problem: StagedProblem
  package let rules: [RulePlan]
  package let settings: StepSettings

  /// Of the rules that move the parameters.
  private(set) var units: [RuleUnit] = []
  /// These and those of the optimizers around them that have states, in the order of their slots.
  private(set) var allUnits: [RuleUnit] = []
  /// Of whatever was evaluated, whose scopes hold what speaks of them.
  private var evaluated: [RuleUnit] = []
  /// The optimizers around each rule that has some, outermost first.
  var wrappings: [[Wrapper]] = []
  /// The names of the step as they see them.
  var wrapperNames: Scope?
  private var seenNodes: [NodeID]?
  private var fieldScopes: [Scope] = []
  package private(set) var slots: [Slot] = []
  private(set) var leafNodes: [NodeID] = []
  /// The point around which the loss is expanded; empty for the loss itself.
  private var modelNodes: [NodeID] = []
  private var lossNode: NodeID?
  private var gradientNodes: [NodeID]?
  /// Those of each worker's samples, and the program of one of them.
  var stacks: [WorkerStack] = []
  var programOfWorker: FedProgram?
  /// The processes among which workers are divided, each of which computes those that it holds.
  private(set) var processes = 1
  /// What is sent in this step.
  let sending = Sending()
  /// What operators gave at points that were evaluated for every unit.
  var pointResults: [PointKey: [NodeID]] = [:]
  /// What the rules ask of other samples than those of the step's batch, and under which conditions.
  package var otherUses: [OtherUse] = []
  var otherGradients: [OtherSamples: [NodeID]] = [:]
  /// Whether noise of a rule was drawn for a step that is only looked at.
  package var drawsFreshNoise = false
  /// Names of the metrics that the rules measure.
  package var measures: [String] = []
  /// What layers above keep with it: who measures them.
  package var annex = Annex()
  package var measuredValues: [MeasureKey: Value] = [:]
  /// What is kept behind all other slots: numbers of hyper-parameters, what is on its way, states of compressors.
  package var holds: [HeldNumber] = []
  /// Whether all other slots are there, so that more can be kept behind them.
  private(set) var takesStates = false
  /// What was sent before and arrives in this step, by what is sent in it.
  var arrivals: [NodeID: NodeID] = [:]
  /// What the local steps of a round have given, where there are such.
  var round: LocalRound?
  /// What a worker computes in a step, where its time counts.
  package var operationsOfWorker: Double?
  /// What the header of a run says of them.
  package private(set) var costs: [String] = []
  /// Kept for as long as their names are in use.
  private var hyperparameters: [Hyperparameters] = []
  /// What stands for the step's inputs inside of another graph.
  package private(set) var surroundings: StepSurroundings?

  package init(evaluator: Evaluator, problem: StagedProblem, rules: [RulePlan], settings: StepSettings) {
    self.evaluator = evaluator
    self.problem = problem
    self.rules = rules
    self.settings = settings
  }

  // What is bound in a unit's scope speaks of the unit, which holds the scope.
  deinit {
    for unit in evaluated {
      unit.scope.clear()
      for worker in unit.workers { worker.clear() }
    }
    for scope in fieldScopes { scope.clear() }
  }

  var batch: Int? { settings.sampling?.batch }
  var freshCount: Int? { settings.freshCount }

  /// The step's graph: parameters and states in, their next values out.
  ///
  /// - Parameters:
  ///   - divides: whether it is staged for the ranks of the session, too.
  ///   - extend: what is carried beside them, in the step of a path of an ensemble.
  package func stage(
    real: DType, at span: Span, divides: Bool = false,
    extend: (inout PathStep) throws(Diagnostic) -> Void = { (_) throws(Diagnostic) in }
  ) throws(Diagnostic) -> StepSpec {
    var step = try staged(real: real, at: span, extend: extend)
    guard divides, isDivisible, evaluator.mode == .run, evaluator.session.share == nil,
      let ranks = evaluator.session.ranks
    else { return step }
    let part = StepStager(evaluator: evaluator, problem: problem, rules: rules, settings: settings)
    part.processes = min(ranks.count, workerCount)
    let divided = try part.staged(real: real, at: span, extend: extend)
    if let sharing = divided.sharing {
      step.division.value = StepDivision(program: divided.program, sharing: sharing)
    }
    return step
  }

  private func staged(
    real: DType, at span: Span, extend: (inout PathStep) throws(Diagnostic) -> Void
  ) throws(Diagnostic) -> StepSpec {
    try evaluator.staging(real: real) { () throws(Diagnostic) in
      let carried = try carried(at: span)
      costs = try otherUses.isEmpty ? [] : costs(at: span)
      if settings.isQuadratic {
        slots += problem.leaves.map { Slot(path: StepSpec.modelPrefix + $0.path, type: TensorType($0.shape, real)) }
      }
      slots += heldSlots
      var step = PathStep(slots: slots, carried: carried)
      try extend(&step)
      // Two slots may take the same node; a slot that keeps its value is not carried.
      return shared(
        StepSpec(slots: step.slots, program: evaluator.builder.program(outputs: [], carried: step.carried)))
    }
  }

  /// The next parameters and states of a step inside of the current graph.
  package func next(in surroundings: StepSurroundings, at span: Span) throws(Diagnostic) -> [NodeID] {
    if settings.local != nil || workerCount > 1 {
      throw .notInThisVersion(
        "what looks at the next update \(settings.local == nil ? "of several workers" : "with `local`")", at: span,
        help: settings.local == nil ? "record what does not, or take one worker" : "record what does not")
    }
    self.surroundings = surroundings
    gradientNodes = surroundings.gradients
    let carried = try carried(at: span)
    return slots.indices.map { slot in carried.last { $0.input == slot }?.output ?? slotNode(slot, slots[slot].type) }
  }

  /// The next value of every parameter and state that changes, in the graph at hand.
  private func carried(at span: Span) throws(Diagnostic) -> [(input: Int, output: NodeID)] {
    slots = problem.leaves.map { Slot(path: $0.path, type: TensorType($0.shape, evaluator.realType)) }
    leafNodes = slots.indices.map { slotNode($0, slots[$0].type) }
    // A step of a mini-batch asks for it whatever its loss looks at.
    if surroundings == nil { _ = indices }
    let first = slots.count + stateCount
    if settings.isQuadratic { modelNodes = slots.indices.map { slotNode(first + $0, slots[$0].type) } }
    let names = Scope(parent: nil)
    let point = PointContext.rule(leafNodes.map(Value.node), names)
    point.rule = self
    return try evaluator.at(point) { () throws(Diagnostic) in
      defineStepNames(in: names, span)
      try requireSending()
      var carried = try localSteps(at: span)
      for rule in outerRules { try addUnits(of: rule, names: names) }
      for rule in outerRules { try addWrappers(of: rule, names: names) }
      let counters = addCounters()
      takesStates = true
      carried += try updates(names)
      try requireArrivals()
      return try carried + counted(counters, at: span)
    }
  }

  func slotNode(_ number: Int, _ type: TensorType) -> NodeID { evaluator.builder.input(.slot(number), type) }

  /// States of all rules, each for every parameter tensor that it is kept for.
  private var stateCount: Int {
    rules.reduce(0) { sum, rule in
      rule.instances.reduce(sum) { sum, one in
        sum + one.stateNames.count * (one.definition.isOverAll ? min(1, rule.leaves.count) : rule.leaves.count)
      }
    } + counterNames.count
  }

  // MARK: Loss and gradient

  /// Adds a slot behind those that are there.
  func addSlot(_ path: String, _ type: TensorType, state: String) -> Int {
    slots.append(Slot(path: path, type: type, state: state))
    return slots.count - 1
  }

  var view: BatchView {
    if let surroundings { return surroundings.view }
    return BatchView(
      indices: indices, count: batch ?? freshCount ?? problem.sampleCount ?? 1,
      isWhole: batch == nil && freshCount == nil && !problem.drawsEveryStep,
      key: { [unowned self] in evaluator.builder.key("noise", $0) },
      shares: settings.sampling.flatMap { evaluator.sharesNode($0, ahead: 0) })
  }

  /// The samples of the step's batch; nil for all samples.
  private var indices: NodeID? {
    batch.map { evaluator.builder.input(.batch(ahead: 0), TensorType([$0], .i64)) }
  }

  func loss() throws(Diagnostic) -> NodeID {
    if let lossNode { return lossNode }
    let node =
      settings.isQuadratic
      ? try model().value(at: leafNodes, self) : try evaluator.meanLoss(problem, at: leafNodes.map(Value.node), view)
    lossNode = node
    return node
  }

  /// The loss and the gradients of the step, as far as they were asked for.
  var ownNodes: [NodeID] { (gradientNodes ?? []) + (lossNode.map { [$0] } ?? []) }

  func gradients() throws(Diagnostic) -> [NodeID] {
    if let gradientNodes { return gradientNodes }
    if round != nil { return try roundGradients() }
    let nodes = try ownGradients(problem.loss?.1 ?? problem.span)
    gradientNodes = nodes
    return nodes
  }

  /// Those of the step's own samples, whatever gradient it is asked about.
  func ownGradients(_ span: Span) throws(Diagnostic) -> [NodeID] {
    settings.isQuadratic
      ? try model().gradient(at: leafNodes, self) : try evaluator.gradients(of: loss(), at: leafNodes, span)
  }

  private var modelCache: QuadraticModel?

  /// The expansion of the batch's loss around the point the step carries along.
  func model() throws(Diagnostic) -> QuadraticModel {
    if let modelCache { return modelCache }
    let loss = try evaluator.meanLoss(problem, at: modelNodes.map(Value.node), view)
    let place = problem.loss?.1 ?? problem.span
    let model = QuadraticModel(
      point: modelNodes, loss: loss, gradient: try evaluator.gradients(of: loss, at: modelNodes, place), span: place)
    modelCache = model
    return model
  }

  /// The batch's gradient at another point, given by one value for each unit.
  func gradients(at points: [Value], _ span: Span) throws(Diagnostic) -> [NodeID] {
    let parameters = try leaves(at: points, span)
    if settings.isQuadratic { return try seen(shifted(model().gradient(at: parameters, self), span)) }
    return try seen(shifted(evaluator.gradients(of: problem, at: parameters, view, span), span))
  }

  /// The loss of the batch at another point, given by one value for each unit.
  func loss(at points: [Value], _ span: Span) throws(Diagnostic) -> NodeID {
    let parameters = try leaves(at: points, span)
    if settings.isQuadratic { return try model().value(at: parameters, self) }
    return try evaluator.meanLoss(problem, at: parameters.map(Value.node), view)
  }

  /// One tensor for each parameter, of one value for each unit.
  func leaves(at points: [Value], _ span: Span) throws(Diagnostic) -> [NodeID] {
    var parameters = leafNodes
    for (unit, value) in zip(units, points) {
      for (leaf, part) in zip(unit.leaves, try parts(of: value, unit, span)) { parameters[leaf] = part }
    }
    return parameters
  }

  // MARK: Names

  private func defineStepNames(in names: Scope, _ span: Span) {
    names.define(.loss) { [unowned self] () throws(Diagnostic) in
      if settings.local != nil { throw .ofLocalSteps("loss", at: span) }
      return .node(try loss())
    }
    names.define(.t) { [unowned self] () throws(Diagnostic) in
      .node(try evaluator.node(evaluator.realTime(at: span), at: span))
    }
    names.define(.step) { [unowned self] () throws(Diagnostic) in
      try evaluator.apply(Subtract(), [evaluator.realTime(at: span), .real(1)], at: span)
    }
    names.define(.x) { [unowned self] () throws(Diagnostic) in try evaluator.flattened(leafNodes, at: span) }
    names.define(.g) { [unowned self] () throws(Diagnostic) in try evaluator.flattened(gradients(), at: span) }
    names.define(.objective, .view(otherScope(.objective, nil)))
    defineOverData(in: names, of: nil)
    let losses = PointOperator(name: StepName.loss.rawValue, isNumber: true) {
      [unowned self] (points, span) throws(Diagnostic) in
      [try loss(at: points, span)]
    }
    define(losses, as: StepName.lossAtPoint, in: names, of: nil)
    let size = settings.samplesOfWorker ?? freshCount ?? problem.sampleCount ?? 1
    names.define(.batch) { [settings] () throws(Diagnostic) in
      if let sampling = settings.sampling, sampling.shortBatch != nil {
        throw Diagnostic.batchSizeUnavailable(sampling, at: span)
      }
      return .integer(size)
    }
  }

  // MARK: Units

  private func addUnits(of rule: RulePlan, names: Scope) throws(Diagnostic) {
    guard rule.isOverAll else {
      for leaf in rule.leaves {
        try stepping(leaf, by: rule) { () throws(Diagnostic) in
          try addUnit(rule, [leaf], path: problem.leaves[leaf].path, names: names)
        }
      }
      return
    }
    if !rule.leaves.isEmpty { try addUnit(rule, rule.leaves, path: wholePath(of: rule), names: names) }
  }

  /// What is called `all` in the names of states and noise of a rule that is over all its parameters.
  ///
  /// Where an optimizer stands in a run more than once, each has another name: that of its first parameter is in it.
  func wholePath(of rule: RulePlan) -> String {
    let name = rule.instance.definition.name.text
    let others = rules.filter { rule in
      !rule.leaves.isEmpty
        && rule.instances.contains { $0.definition.isOverAll && $0.definition.name.text == name }
    }
    return others.count > 1 ? "all(\(problem.leaves[rule.leaves[0]].path))" : "all"
  }

  private func addUnit(_ rule: RulePlan, _ leaves: [Int], path: String, names: Scope) throws(Diagnostic) {
    let unit = try unit(of: rule, leaves, path: path, names: names) { [unowned self] () throws(Diagnostic) in
      if seenNodes == nil { seenNodes = try seen(gradients()) }
      return seenNodes ?? leafNodes
    }
    units.append(unit)
    if settings.local == nil {
      defineOtherSamples(in: unit)
      defineOperators(in: unit)
    } else {
      refuseSamples(in: unit)
    }
    try addWorkers(to: unit, names: names, at: rule.instance.definition.name.span)
    defineHyperparameters(of: unit, names: names)
    try addMembers(to: unit)
  }

  /// An application of an optimizer with the names of the step, whose gradients are given.
  func unit(
    of rule: RulePlan, _ leaves: [Int], path: String, names: Scope,
    _ gradients: @escaping () throws(Diagnostic) -> [NodeID]
  ) throws(Diagnostic) -> RuleUnit {
    let unit = RuleUnit(rule: rule, leaves: leaves, scope: Scope(parent: rule.instance.scope), path: path)
    evaluated.append(unit)
    let place = rule.instance.definition.name.span
    let x = try joined(leaves.map { leafNodes[$0] }, unit, place)
    unit.shape = evaluator.shape(of: x) ?? .scalar
    unit.scope.define(.x, x)
    unit.scope.define(.g) { [unowned self] () throws(Diagnostic) in
      let all = try gradients()
      return try joined(unit.leaves.map { all[$0] }, unit, place)
    }
    unit.scope.adopt([.loss, .t, .step, .batch], from: names)
    let name = "\(rule.instance.definition.name.text)@\(path)"
    unit.scope.define(Self.unitPath, .text(name))
    unit.scope.define(Self.sharedPath, .text(name))
    defineSend(in: unit.scope)
    return unit
  }

  /// What the text of its optimizer defines in a unit; a unit that is evaluated again has its states already.
  func addMembers(to unit: RuleUnit) throws(Diagnostic) {
    let instance = unit.rule.instance
    evaluator.noteEntered(instance.definition)
    guard case .members(let members) = instance.definition.body else { return }
    for state in unit.states { unit.scope.define(state.name, .node(slotNode(state.slot, slots[state.slot].type))) }
    let isKnown = !unit.states.isEmpty
    try evaluator.within(instance.code) { () throws(Diagnostic) in
      for member in members {
        if case .state = member, isKnown { continue }
        try add(member, to: unit)
      }
    }
    if !isKnown { allUnits.append(unit) }
  }

  /// Arguments are evaluated where the call stands, with the names of the step in sight.
  private func defineHyperparameters(of unit: RuleUnit, names: Scope) {
    defineHyperparameters(
      of: unit.rule.instance, in: unit.scope, isOfNumber: unit.shape.rank == 0, names: names)
  }

  /// Those of an optimizer in a scope of a unit, or in one whose parent is the optimizer's.
  func defineHyperparameters(of instance: Instance, in scope: Scope, isOfNumber: Bool, names: Scope) {
    let values = Hyperparameters(evaluator, instance, changes: settings.hyperparameters, stepNames: names)
    (values.isOfNumber, values.isOfRun) = (isOfNumber, true)
    values.place = rules.flatMap(\.instances).firstIndex { $0 === instance } ?? 0
    hyperparameters.append(values)
    values.define(in: scope)
    if !evaluated.contains(where: { $0.scope === scope }) { fieldScopes.append(scope) }
  }

  private func add(_ member: Member, to unit: RuleUnit) throws(Diagnostic) {
    switch member {
    case .state(let declarations, let isWorker, _):
      for declaration in declarations { try addState(declaration, isWorker: isWorker, to: unit) }
    case .letBinding(let names, let value, let span):
      for scope in [unit.scope] + unit.workers {
        if names.count == 1 {
          define(names[0].text, value, in: unit, scope, span: names[0].span)
        } else {
          define(names, value, in: unit, scope, at: span)
        }
      }
    case .noise(let declaration, _): try addNoise(declaration, to: unit)
    case .equation(let name, let value, _, _):
      unit.equations.append((name, value))
      for scope in [unit.scope] + unit.workers {
        define(name.text + "'", value, in: unit, scope, span: name.span)
      }
    case .function(let definition, _):
      for scope in [unit.scope] + unit.workers {
        scope.define(
          definition.name.text,
          .function(.definition(DefinitionValue(definition, code: unit.rule.instance.code, scope: scope))))
      }
    default: throw .silent(at: unit.rule.instance.definition.name.span)
    }
  }

  private func define(_ name: String, _ value: ExpressionID, in unit: RuleUnit, _ scope: Scope, span: Span) {
    let code = unit.rule.instance.code
    scope.define(
      name,
      .deferred(
        Deferred { [unowned self, unowned scope] () throws(Diagnostic) in
          try evaluator.within(code) { () throws(Diagnostic) in try evaluator.evaluate(value, in: scope) }
        }), span: span)
  }

  private func addState(_ declaration: TensorDeclaration, isWorker: Bool, to unit: RuleUnit) throws(Diagnostic) {
    try checkStart(of: declaration, in: unit)
    let name = declaration.name.text
    let shape =
      try declaration.shape.map { (sizes) throws(Diagnostic) in try evaluator.shape(sizes, in: unit.scope) }
      ?? unit.shape
    let isOfEach = isWorker && workerCount > 1
    let type = TensorType(isOfEach ? Shape([workerCount] + shape.sizes) : shape, evaluator.realType)
    let node = slotNode(slots.count, type)
    unit.states.append((name, slots.count, shape))
    if isOfEach { unit.workerStates.insert(name) }
    let rule = unit.rule.instance.definition.name.text
    slots.append(Slot(path: "\(rule).\(name)@\(unit.path)", type: type, state: name))
    guard isOfEach else {
      if isWorker { sending.note(owned: node, as: name) }
      unit.scope.define(name, .node(node), span: declaration.name.span)
      return
    }
    unit.scope.define(
      name, .deferred(Deferred { () throws(Diagnostic) in throw .ofEachWorker(name, at: declaration.name.span) }),
      span: declaration.name.span)
    for (worker, scope) in unit.workers.enumerated() {
      scope.define(name, .node(workerRow(node, worker, named: name)), span: declaration.name.span)
    }
  }
}
