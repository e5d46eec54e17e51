import Arithmetic
package import Diagnostics
import Evaluation
package import Experiments
import Messages
package import Syntax
package import Values

/// `local 8`: so many steps that each worker makes by itself in a round.
package struct LocalSteps {
  package var turns: Int
  var span: Span

  /// More than these in a round are not written.
  static let turnsMax = 1 << 20
}

extension Evaluator {
  /// The local steps of a run's rules, and the batches that a round takes for them.
  package func takeLocalSteps(_ rules: [OptimizerRule], into settings: inout StepSettings, in scope: Scope)
    throws(Diagnostic)
  {
    var found: LocalSteps?
    for rule in rules {
      guard let id = rule.local else { continue }
      let place = code.tree.span(id)
      let turns = try whole(
        evaluate(id, in: scope), what: "the number of local steps", in: 1...LocalSteps.turnsMax, at: place)
      guard let first = found else {
        found = LocalSteps(turns: turns, span: place)
        continue
      }
      guard first.turns == turns else {
        var finding = Diagnostic.requires(
          "`local`", "one number for all rules: here are \(first.turns) and \(turns)", at: place,
          help: ["a round is over when every rule has made its local steps"])
        finding.labels.append(Diagnostic.Label(first.span, "the first one"))
        throw finding
      }
    }
    guard let local = found else { return }
    settings.local = local
    settings.sampling = try settings.sampling.map { (sampling) throws(Diagnostic) in
      try sampling.repeated(local.turns, at: local.span)
    }
  }
}

extension Sampling {
  /// So many batches for a step, one after the other.
  package func repeated(_ turns: Int, at span: Span) throws(Diagnostic) -> Sampling {
    guard !keepsRest else {
      throw .meansNothing(
        "keep", "with `local`: the batches of a round have one size", at: span, help: ["leave `keep` out"])
    }
    var result = self
    let (total, overflow) = batch.multipliedReportingOverflow(by: turns)
    guard !overflow, total < 1 << 31 else {
      throw .outOfRange(
        "the number of local steps", "\(turns)", expected: "fewer: a round would take more than 2^31 samples", at: span)
    }
    (result.batch, result.turns) = (total, turns)
    return result
  }
}

extension StepStager {
  /// The rules that are applied once in a step: in a round those behind the local ones.
  var outerRules: [RulePlan] { rules.filter { !$0.isLocal } }

  /// The rules by which each worker steps alone.
  var localRules: [RulePlan] {
    rules.filter(\.isLocal).map { rule in
      var own = rule
      own.isLocal = false
      return own
    }
  }

  /// `sgd local 8, then nesterov`, as the header of a run says it.
  package var title: String {
    let outer = outerRules.map(\.title).joined(separator: ", ")
    guard let local = settings.local else { return outer }
    let inner = localRules.map(\.title).joined(separator: ", ")
    return "\(inner) for \(local.turns) local \(local.turns == 1 ? "step" : "steps"), then "
      + (outer.isEmpty ? "the mean of the workers" : "\(outer) for their mean move")
  }

  /// Refuses in a local rule what only a whole step has.
  func requireLocal(_ inside: StepStager) throws(Diagnostic) {
    for rule in inside.rules {
      if Self.sends(rule) {
        throw .meansNothing(
          "send", "in a rule with `local`, by which each worker steps alone", at: rule.span,
          help: ["write the rule that sends behind it: `with sgd(lr = 0.1) local 8, RULE`"])
      }
      if let state = rule.instances.lazy.compactMap(\.definition.workerState).first {
        throw .meansNothing(
          "worker state", "in a rule with `local`, whose states are each worker's own already", at: state,
          help: ["write `state`"])
      }
    }
  }

  /// Refuses what local steps cannot do yet.
  func requireStaged(_ inside: StepStager) throws(Diagnostic) {
    let place = inside.rules.first?.span ?? problem.span
    if let use = inside.otherUses.first {
      throw .notInThisVersion(
        use.samples.rawValue, at: use.span, help: "a rule with `local` sees the batches of its own steps alone")
    }
    if let name = inside.measures.first {
      throw .notInThisVersion(
        name, at: place, help: "a rule with `local` measures nothing: write a number or an expression of `t`")
    }
    if inside.holds.contains(where: \.isHyperparameter) {
      throw .notInThisVersion("hold", at: place, help: "a rule with `local` keeps no numbers of its hyper-parameters")
    }
  }
}

extension Definition {
  /// Where it declares a `worker state`; nil where it has none.
  fileprivate var workerState: Span? {
    guard case .members(let members) = body else { return nil }
    for case .state(_, isWorker: true, let span) in members { return span }
    return nil
  }
}

extension Diagnostic {
  /// A name of the step that a round does not have.
  package static func ofLocalSteps(_ name: String, at span: Span) -> Diagnostic {
    .unavailableHere(
      name,
      "a round takes several batches, one for each local step; of the round there is `g`, the mean of x − x_worker",
      at: span)
  }
}
