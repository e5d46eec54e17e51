import Diagnostics
import Experiments
import Messages
import Syntax
import Values

extension Evaluator {
  /// The differential equation of a state as it is written; nil of a problem's run.
  func equation(of state: String, in bound: BoundRun) -> String? {
    guard case .process(let process) = bound.subject,
      let equation = process.equations.first(where: { $0.isDifferential && $0.name.text == state })
    else { return nil }
    return "d\(state) = " + session.sources.text(process.code.tree.span(equation.value))
  }
}

extension Diagnostic {
  /// Says when, by which equation and what to try, where a differential equation has left the finite numbers.
  mutating func tellBlowUp(of bound: BoundRun, step: Int, state: String, equation: String?) {
    guard let equation, let dt = bound.clauses.dt else { return }
    let time = NumberText.short(StepTime.time(ofStep: Double(step), dt: dt))
    notes.insert("at time \(time), by `\(equation)`", at: 0)
    switch bound.clauses.scheme {
    case .tamed: help = ["try a smaller `dt`"]
    case .adaptive: help = ["its solution may end there, or never be found with this `tolerance`"]
    default: help = ["write `scheme tamed`, whose steps stay bounded, or try a smaller `dt`"]
    }
  }
}
