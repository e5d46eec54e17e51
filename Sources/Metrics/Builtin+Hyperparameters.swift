import Diagnostics
import Values

extension Builtin {
  /// Of the hyper-parameters of a rule.
  static let hyperparameters: [Builtin] = [
    Builtin(
      "hold", ["value", "steps"], "a number of a hyper-parameter that is measured anew every so many steps",
      details: """
        with sgd(lr = 1 / hold(sharpness, 100 steps))

        Measured at steps 0, 100, 200, … of the run, or counted from the step at which an intervention gives it, and kept in
        between: what nobody asks for is not computed.
        """, gives: .number
    ) { (e, a) throws(Diagnostic) in try e.held(a) }
  ]
}
