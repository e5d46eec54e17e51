package import Diagnostics
package import Experiments
import Messages
package import Syntax
package import Values

// Steps of a process with `dt` have a time: what it records stands along either.

extension Evaluator {
  /// A series along steps or along their times; other values as they are.
  func along(_ unit: String, _ value: Value, at span: Span) throws(Diagnostic) -> Value {
    switch value {
    case .series(let series): return .series(unit == "time" ? try timed(series, at: span) : series.alongSteps)
    case .tensorSeries(var series):
      for index in series.elements.indices {
        let element = series.elements[index]
        series.elements[index] = unit == "time" ? try timed(element, at: span) : element.alongSteps
      }
      return .tensorSeries(series)
    case .group(var group):
      for index in group.members.indices {
        group.members[index].value = try along(unit, group.members[index].value, at: span)
      }
      return .group(group)
    default: return value
    }
  }

  /// A series along time; refused where its steps have none.
  package func timed(_ series: Series, at span: Span) throws(Diagnostic) -> Series {
    let result = series.alongTime
    guard result.axis == .time || series.axis == .index || mode == .check else {
      throw .meansNothing(
        "time", "for `\(series.name)`: the steps of its run have no time", at: span,
        help: ["only a process with `dt` has one; count in steps"])
    }
    return result
  }

  /// The axis of curves that say none: the time where all are along it, the step where some are not; nil for others.
  package func commonAxis(of plot: PlotStatement, runs: [RunValue]?, in scope: Scope) throws(Diagnostic) -> String? {
    var axes: Set<SeriesAxis> = []
    if let runs {
      axes.formUnion(runs.flatMap(\.series).map(\.axis))
    } else {
      for id in plot.series {
        switch try evaluate(id, in: scope) {
        case .series(let series): axes.insert(series.axis)
        case .tensorSeries(let series): axes.insert(series.axis)
        case .run(let run): axes.formUnion(run.series.map(\.axis))
        default: continue
        }
      }
    }
    guard axes.contains(.time) else { return nil }
    return axes == [.time] ? "time" : "step"
  }
}
