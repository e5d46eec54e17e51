package import Diagnostics
import Experiments
import Messages
package import Values

extension Series {
  /// Notes where the run ended, for a series that is recorded at a fixed distance and stops short of it.
  package mutating func noteEnd(of run: RunValue) {
    runEnd = nil
    guard axis == .step || axis == .time && timeStep != nil, !positions.isEmpty, case .completed? = run.ending else {
      return
    }
    let steps = steps
    let last = steps[steps.count - 1]
    // Of one value at the start nobody knows how far the next would have been.
    let distance = steps.count > 1 ? steps[1] - steps[0] : last == 0 ? .infinity : 0
    let isEven = zip(steps, steps.dropFirst()).allSatisfy { $1 - $0 == distance }
    let end = Double(run.stepCount)
    if isEven, last < end, end - last < distance {
      runEnd = axis == .time ? StepTime.time(ofStep: end, dt: timeStep ?? 1) : end
    }
  }
}

extension Evaluator {
  /// Says that the last value of a series is not that of the run's end.
  package func noteEnd(_ value: Value?, at span: Span) {
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
    reportOnce(.beforeTheEnd(series, last: last, end: end, at: span))
  }
}

extension Diagnostic {
  /// The last value of a series where the run went on.
  fileprivate static func beforeTheEnd(_ series: Series, last: Double, end: Double, at span: Span) -> Diagnostic {
    let (name, unit) = (series.name, series.axis.rawValue)
    let (found, ended) = ("\(unit) \(NumberText.short(last))", "\(unit) \(NumberText.short(end))")
    return Diagnostic(
      "W0728", "the last value of `\(name)` is that of \(found); the run ended at \(ended)",
      at: span, label: "a value at \(found)", severity: .warning,
      help: ["record at a distance that divides the \(unit == "step" ? "steps" : unit), or `record \(name) at end`"])
  }
}
