import Experiments

/// What an intervention acts on.
struct InterventionTarget {
  var problem: StagedProblem
  var rules: [RulePlan]
  /// Slots of the step before the intervention.
  var slots: [Slot]
  var step: Int

  /// Hyper-parameters by name.
  var hyperparameters: [String] { rules.flatMap(\.hyperparameters) }

  /// States of the optimizers by name.
  var states: [String] { slots.compactMap(\.state) }
}

extension Evaluator {
  /// Slots that a name of a state, `x` or a path of parameters stands for.
  func leavesOrStates(_ name: String, _ target: InterventionTarget) -> [Int] {
    let states = target.slots.indices.filter { target.slots[$0].state == name }
    if !states.isEmpty { return states }
    let leaves = Array(target.problem.leaves.indices)
    if name == "x" { return leaves }
    return leaves.filter {
      target.problem.leaves[$0].path == name || target.problem.leaves[$0].path.hasPrefix(name + ".")
    }
  }
}
