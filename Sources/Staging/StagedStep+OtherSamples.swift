import Arithmetic
package import Diagnostics
import Engine
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

/// Samples of which a rule asks besides those of its step.
package enum OtherSamples: String {
  /// All data, or the closed form that the problem states.
  case objective
  /// Those of the step after.
  case next
  /// Data that the rule names, `D.grad(x)`.
  case data = "other data"
}

/// That a rule asks of other samples.
package struct OtherUse {
  package var samples: OtherSamples
  /// How many they are.
  var count: Int
  /// Whether it asks for a gradient, and not for the loss alone.
  var isGradient: Bool
  /// The branches that ask, of conditions that the number of the step decides.
  var branches: [BranchCondition]
  var span: Span
}

extension StepStager {
  /// Gives `objective` and `next` their meaning in a rule, where its text has no other for them.
  func defineOtherSamples(in unit: RuleUnit) {
    for samples in [OtherSamples.objective, .next] where unit.scope.lookup(samples.rawValue)?.span == nil {
      unit.scope.define(samples.rawValue, .view(otherScope(samples, unit)))
    }
    defineOverData(in: unit.scope, of: unit)
  }

  /// Gives data of the problem's form the members `grad(p)` and `loss(p)`: of the mean loss over those.
  ///
  /// - Parameter unit: nil where points are all parameters as one vector.
  func defineOverData(in names: Scope, of unit: RuleUnit?) {
    let native = NativeFunction(name: OtherSamples.data.rawValue) {
      [unowned self] (_, values, span) throws(Diagnostic) in
      guard let data = values.first else { return .unknown(.any) }
      return .view(try scope(over: data, of: unit, span))
    }
    names.define(StepName.overData, .function(.native(native)))
  }

  private func scope(over data: Value, of unit: RuleUnit?, _ span: Span) throws(Diagnostic) -> Scope {
    let other = try evaluator.problem(problem, over: data, at: span)
    let count = other.sampleCount ?? 1
    // One call is for all parameters together, and the data are those of its own rule.
    if unit != nil, rules.filter({ !$0.leaves.isEmpty }).count > 1 {
      throw .requires(
        "a gradient over other data", "one update rule for all parameters", at: span,
        help: ["use one optimizer for all parameters"])
    }
    let view = { [unowned self] (isGradient: Bool, span: Span) throws(Diagnostic) -> BatchView in
      try note(.data, isGradient: isGradient, samples: count, span)
      return BatchView(count: count, isWhole: false, key: { [unowned self] in evaluator.builder.key("noise", $0) })
    }
    let names = Scope(parent: nil)
    let gradient = PointOperator(name: "data.grad") { [unowned self] (points, span) throws(Diagnostic) in
      let found = try over(span) { () throws(Diagnostic) in
        try evaluator.gradients(of: other, at: leaves(at: points, span), view(true, span), span)
      }
      return try unit == nil ? found : seen(found)
    }
    let loss = PointOperator(name: "data.loss", isNumber: true) { [unowned self] (points, span) throws(Diagnostic) in
      try over(span) { () throws(Diagnostic) in
        [try evaluator.meanLoss(other, at: leaves(at: points, span).map(Value.node), view(false, span))]
      }
    }
    define(gradient, as: StepName.grad.rawValue, in: names, of: unit)
    define(loss, as: StepName.lossAtPoint, in: names, of: unit)
    return names
  }

  /// `objective` and `next` as a rule sees them: `loss` and `g` at the step's point, `grad(p)` and `loss(p)` at another.
  ///
  /// - Parameter unit: nil where points are all parameters as one vector.
  func otherScope(_ samples: OtherSamples, _ unit: RuleUnit?) -> Scope {
    let names = Scope(parent: nil)
    let name = { (own: StepName) in "\(samples.rawValue).\(own.rawValue)" }
    let place = problem.loss?.1 ?? problem.span
    names.define(.loss) { [unowned self] () throws(Diagnostic) in .node(try loss(of: samples, at: leafNodes, place)) }
    names.define(.g) { [unowned self] () throws(Diagnostic) in
      if otherGradients[samples] == nil {
        otherGradients[samples] = try gradients(of: samples, at: leafNodes, place)
      }
      let all = otherGradients[samples] ?? leafNodes
      guard let unit else { return try evaluator.flattened(all, at: place) }
      let seen = try seen(all)
      return try joined(unit.leaves.map { seen[$0] }, unit, place)
    }
    let gradientAtPoint = PointOperator(name: name(.grad)) { [unowned self] (points, span) throws(Diagnostic) in
      let found = try gradients(of: samples, at: leaves(at: points, span), span)
      return try unit == nil ? found : seen(found)
    }
    let lossAtPoint = PointOperator(name: name(.loss), isNumber: true) {
      [unowned self] (points, span) throws(Diagnostic) in
      [try loss(of: samples, at: leaves(at: points, span), span)]
    }
    define(gradientAtPoint, as: StepName.grad.rawValue, in: names, of: unit)
    define(lossAtPoint, as: StepName.lossAtPoint, in: names, of: unit)
    return names
  }

  private func loss(of samples: OtherSamples, at parameters: [NodeID], _ span: Span) throws(Diagnostic) -> NodeID {
    let view = try view(of: samples, isGradient: false, span)
    return try evaluator.meanLoss(problem, at: parameters.map(Value.node), view)
  }

  private func gradients(of samples: OtherSamples, at parameters: [NodeID], _ span: Span) throws(Diagnostic) -> [NodeID]
  {
    try evaluator.gradients(of: problem, at: parameters, view(of: samples, isGradient: true, span), span)
  }

  /// The samples, where there are such.
  private func view(of samples: OtherSamples, isGradient: Bool, _ span: Span) throws(Diagnostic) -> BatchView {
    try note(samples, isGradient: isGradient, samples: problem.sampleCount ?? 1, span)
    return samples == .next ? try nextView(span) : try objectiveView(span)
  }

  /// What is wrong with the loss over other data is told with the place that asks for it.
  private func over<T>(_ span: Span, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    do { return try body() } catch {
      guard let place = error.span, place != span else { throw error }
      var finding = error
      finding.labels.append(Diagnostic.Label(span, "over these data"))
      throw finding
    }
  }

  /// Notes that a rule asks for other samples, and refuses it where the loss is none of samples.
  private func note(_ samples: OtherSamples, isGradient: Bool, samples count: Int, _ span: Span) throws(Diagnostic) {
    guard !settings.isQuadratic else {
      throw .unavailableHere(
        samples.rawValue, "the loss is the quadratic model of the batch's, which other samples do not have", at: span)
    }
    let branches = evaluator.builder.branches.filter { evaluator.isDecided($0.node) }
    otherUses.append(
      OtherUse(samples: samples, count: count, isGradient: isGradient, branches: branches, span: span))
  }

  /// What the gradients of all data cost, one line for each place that asks for one.
  func costs(at span: Span) throws(Diagnostic) -> [String] {
    let uses = otherUses.filter { $0.samples != .next && $0.isGradient }
    var result: [String] = []
    for use in uses {
      let what = use.samples == .data ? "a gradient over \(use.count) other samples" : "a full gradient"
      guard !use.branches.isEmpty else {
        result.append("\(what) every step")
        continue
      }
      let program = evaluator.builder.program(outputs: use.branches.map(\.node))
      let feeder = try evaluator.feeder(program, at: span) { _ in 0 }
      var taken: [Int] = []
      for step in 0..<Self.countedSteps {
        feeder.feed(FeedMoment(step: step))
        try evaluator.run(feeder.executable, at: span)
        let isTaken = use.branches.indices.allSatisfy { index in
          (feeder.executable.outputScalar(index) != 0) == use.branches[index].holds
        }
        if isTaken { taken.append(step) }
      }
      result.append("\(what) \(Self.frequency(of: taken))")
    }
    return result
  }

  /// Steps that are looked at to say how often something is computed.
  private static let countedSteps = 1000

  private static func frequency(of steps: [Int]) -> String {
    let gaps = Set(zip(steps, steps.dropFirst()).map { $1 - $0 })
    if steps.count == countedSteps { return "every step" }
    if gaps.count == 1, let gap = gaps.first, steps.count > 2, (steps.last ?? 0) + gap >= countedSteps {
      return "every \(gap) steps"
    }
    return "at \(steps.count) of the first \(countedSteps) steps"
  }

  private func objectiveView(_ span: Span) throws(Diagnostic) -> BatchView {
    if problem.objective == nil, problem.drawsEveryStep {
      throw .unavailableHere(
        OtherSamples.objective.rawValue,
        "`\(problem.name)` draws anew at every step, so that there are no data of which it is the mean; "
          + "an `objective = …` in the problem says what is meant", at: span)
    }
    return BatchView(
      indices: nil, count: problem.sampleCount ?? 1, isWhole: true,
      key: { [unowned self] in evaluator.builder.key("noise", $0) })
  }

  private func nextView(_ span: Span) throws(Diagnostic) -> BatchView {
    if let surroundings {
      if let view = surroundings.next { return view }
      throw .unavailableHere(
        OtherSamples.next.rawValue, "what looks at an update by itself knows no batch after it", at: span)
    }
    return evaluator.followingBatch(settings, of: problem)
  }
}

extension Evaluator {
  /// The samples and the noise of the update after the next one.
  func followingBatch(_ settings: StepSettings, of problem: StagedProblem) -> BatchView {
    let key = { [unowned self] (name: String) -> NodeID in
      graph.add(Add(), builder.key("noise", name), constantNode(Tensor(integers: [0, 1, 0], shape: [3])))
    }
    if let sampling = settings.sampling {
      return BatchView(
        indices: builder.input(.batch(ahead: 1), TensorType([sampling.batch], .i64)), count: sampling.batch,
        isWhole: false, key: key, shares: sharesNode(sampling, ahead: 1))
    }
    let fresh = settings.freshCount
    return BatchView(
      indices: nil, count: fresh ?? problem.sampleCount ?? 1, isWhole: fresh == nil && !problem.drawsEveryStep, key: key
    )
  }

  /// Whether the number of the step alone decides a condition.
  func isDecided(_ condition: NodeID) -> Bool {
    let needed = graph.requirement(of: [condition]), time = builder.time
    return needed.indices.allSatisfy {
      !needed[$0] || !(graph.nodes[$0].primitive is Input) || NodeID($0) == time
    }
  }
}

extension StepStager {
  /// Where a rule asks for the batch after the next one.
  package var seesNext: Span? { otherUses.first { $0.samples == .next }?.span }
}

extension Diagnostic {
  /// A rule that looks ahead to a batch that is another by then.
  package static func nextBatchChanges(at span: Span, change: Span, step: Int) -> Diagnostic {
    var finding = Diagnostic.meansNothing(
      "next", "in a run whose batches change at step \(step): the batch after the one before is another", at: span,
      help: ["change the batches in a fork of a run without `next`, or leave them as they are"])
    finding.labels.append(Diagnostic.Label(change, "they change here"))
    return finding
  }
}
