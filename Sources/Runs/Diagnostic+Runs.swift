package import Diagnostics
package import Experiments

// Findings about runs that are stepped.
extension Diagnostic {
  /// A step further than the run goes.
  package static func beyondEnd(_ run: String, _ ending: RunEnding?, _ last: Int, _ wanted: Int, at span: Span)
    -> Diagnostic
  {
    Diagnostic(
      "E0671", "the run `\(run)` has no step \(wanted)", at: span, label: endingText(ending, last),
      help: ["choose a step up to \(last)"])
  }

  /// A step before the first.
  package static func beyondStart(_ run: String, _ step: Int, _ wanted: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0671", "the run `\(run)` is at step \(step): it cannot go back \(wanted)", at: span,
      label: "before step 0", help: ["`goto 0` goes to its start"])
  }

  /// A statement about a run where there is none.
  package static func noOpenRun(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0670", "there is no run to step", at: span,
      help: ["begin one with `start r = problem() with gd(lr = 0.1)`, or name one: `step r 100`"])
  }

  /// A part of a run, such as `r.net`, or a run that cannot go on.
  package static func partOfRun(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic("E0670", "`\(name)` cannot be stepped", at: span, label: "a run is needed")
  }

  /// A run that has come to its end.
  package static func runEnded(_ run: String, _ ending: RunEnding, _ step: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0671", "the run `\(run)` does not go on", at: span, label: endingText(ending, step),
      help: ["`back 10` goes back in it; `start` makes a run without an end"])
  }

  private static func endingText(_ ending: RunEnding?, _ last: Int) -> String {
    switch ending {
    case .diverged(let step, _, _, _): "it diverged at step \(step)"
    case .stopped(let step): "it stopped at step \(step)"
    default: "it ends at step \(last)"
    }
  }
}
