/// What is said about runs that are stepped: at the prompt, and in the scripts that a session saves.
package enum SessionStatement: Sendable {
  /// `start r = fit(D) with gd(lr = 0.2)`: a run at step 0, with an end only where it says `for`.
  case start(RunStatement)
  /// `step`, `step 500`, `step r, s 1000`, `step until sharpness > 2/lr`. The values before the number are runs, or the
  /// number itself is the only one.
  case step([ExpressionID], count: ExpressionID?, unit: Unit, until: ExpressionID?)
  /// `back 40`, `goto 1800`, `goto r 1800`: a number, or a run and a number.
  case travel(isBack: Bool, [ExpressionID], unit: Unit)
  /// `watch sharpness, loss`; without values it lists what is watched.
  case watch([ExpressionID])
  /// `unwatch sharpness`; without values nothing is watched any more.
  case unwatch([ExpressionID])
  /// `fork r as s { lr = 0.1 }`: where the run is.
  case fork(source: ExpressionID, name: Name, [StatementID])
  /// `switch r`: the run that is meant where none is named.
  case choose(ExpressionID)
  /// `diff r, s`, `diff r s`; against the present run where one is named.
  case difference(ExpressionID, ExpressionID?)
  /// `when sharpness > 9 [of r]`
  case when(ExpressionID, of: ExpressionID?)
  /// `record sharpness every 20`: also of the steps that have been made.
  case record(Recording)
  /// `change { lr *= 2 }`, `change r { lr *= 2 }`
  case change(ExpressionID?, [StatementID])
  /// `inspect g`; an overview without a value.
  case inspect(ExpressionID?)
  /// `spectrum 8`
  case spectrum(ExpressionID?)
  /// `why`
  case explain

  /// The word that stands alone, which may be the name of a value; nil where something follows it.
  package var loneWord: String? {
    switch self {
    case .step(let values, nil, .steps, nil) where values.isEmpty: "step"
    case .travel(isBack: true, let values, .steps) where values.isEmpty: "back"
    case .watch(let values) where values.isEmpty: "watch"
    case .unwatch(let values) where values.isEmpty: "unwatch"
    case .inspect(nil): "inspect"
    case .spectrum(nil): "spectrum"
    case .explain: "why"
    default: nil
    }
  }
}
