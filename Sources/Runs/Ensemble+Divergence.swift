import Diagnostics
import Experiments
import Messages
import Metrics
import Values

extension BoundRun {
  /// Which of its slots are no states of its own.
  package static func isHidden(_ path: String) -> Bool {
    path.hasPrefix(StepSpec.modelPrefix) || path.hasPrefix(PathSlots.prefix)
  }
}
extension Evaluator {
  /// Tells of the paths of an ensemble that diverged.
  func tellDiverged(_ value: RunValue, _ bound: BoundRun) {
    guard let paths = value.paths, paths.diverged > 0 else { return }
    session.noteEnding(.diverged(step: paths.first, slot: "", operation: "update", origin: 0))
    let time = bound.clauses.dt.map { ", time \(NumberText.short(StepTime.time(ofStep: Double(paths.first), dt: $0)))" }
    let advice = bound.clauses.scheme == .tamed ? "try a smaller `dt`" : "write `scheme tamed`, or try a smaller `dt`"
    report(
      .pathsDiverged(
        paths.diverged, of: paths.count, ensemble: bound.name, when: "step \(paths.first)\(time ?? "")",
        advice: bound.clauses.dt == nil ? [] : [advice], at: bound.span))
  }
}

extension Diagnostic {
  /// Paths that left the finite numbers.
  fileprivate static func pathsDiverged(
    _ count: Int, of total: Int, ensemble: String, when: String, advice: [String], at span: Span
  ) -> Diagnostic {
    Diagnostic(
      "W0720", "\(count) of \(total) paths of the ensemble `\(ensemble)` diverged, the first at \(when)", at: span,
      label: "in paths of this ensemble", severity: .warning,
      notes: ["a mean over them has no value; `where not diverged` takes the others"], help: advice)
  }
}
