import Diagnostics
import Experiments

extension Series {
  /// Notes where the run ended, for a series that is recorded at a fixed distance and stops short of it.
  mutating func noteEnd(of run: RunValue) {
    runEnd = nil
    guard axis == .step, positions.count > 2, case .completed? = run.ending else { return }
    let distance = positions[1] - positions[0], last = positions[positions.count - 1]
    let isEven = zip(positions, positions.dropFirst()).allSatisfy { $1 - $0 == distance }
    let end = Double(run.stepCount)
    if isEven, last < end, end - last < distance { runEnd = end }
  }
}

extension Evaluator {
  /// Says that the last value of a series is not that of the run's end.
  func noteEnd(_ value: Value?, at span: Span) {
    guard mode == .run else { return }
    var found: Series?
    switch value {
    case .series(let series): found = series
    case .group(let group):
      for member in group.members {
        if case .series(let series) = member.value, series.runEnd != nil { found = series }
      }
    default: break
    }
    guard let series = found, let end = series.runEnd, let last = series.positions.last else { return }
    reportOnce(.beforeTheEnd(series.name, last: last, end: end, at: span))
  }
}

extension Diagnostic {
  /// The last value of a series where the run went on.
  fileprivate static func beforeTheEnd(_ name: String, last: Double, end: Double, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0728",
      "the last value of `\(name)` is that of step \(NumberText.short(last)); the run ended at step \(NumberText.short(end))",
      at: span, label: "a value at step \(NumberText.short(last))", severity: .warning,
      help: ["record at a distance that divides the steps, or `record \(name) at end`"])
  }
}
