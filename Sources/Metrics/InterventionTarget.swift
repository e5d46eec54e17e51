package import Experiments
package import Staging
import Values

/// What an intervention acts on.
package struct InterventionTarget {
  package var problem: StagedProblem
  package var rules: [RulePlan]
  /// Slots of the step before the intervention.
  package var slots: [Slot]
  package var step: Int

  /// Hyper-parameters by name.
  package var hyperparameters: [String] { rules.flatMap(\.hyperparameters) }

  /// States of the optimizers by name.
  package var states: [String] { slots.compactMap(\.state) }

  package init(problem: StagedProblem, rules: [RulePlan], slots: [Slot], step: Int) {
    self.problem = problem
    self.rules = rules
    self.slots = slots
    self.step = step
  }
}

extension Evaluator {
  /// Slots that a name of a state, `x` or a path of parameters stands for.
  package func leavesOrStates(_ name: String, _ target: InterventionTarget) -> [Int] {
    let states = target.slots.indices.filter { target.slots[$0].state == name }
    if !states.isEmpty { return states }
    let leaves = Array(target.problem.leaves.indices)
    if name == "x" { return leaves }
    return leaves.filter {
      target.problem.leaves[$0].path == name || target.problem.leaves[$0].path.hasPrefix(name + ".")
    }
  }
}
