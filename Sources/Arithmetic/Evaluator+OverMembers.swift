package import Diagnostics
import Experiments
import Messages
import Syntax
package import Values

extension Evaluator {
  /// Applies `body` to the values of each member; what is no group is the same for all.
  ///
  /// Sweeps with other seeds have no members in common: their means over the seeds are combined then.
  package func overMembers(_ values: [Value?], at span: Span, _ body: ([Value?]) throws(Diagnostic) -> Value)
    throws(Diagnostic) -> Value
  {
    try requireOneView(of: values, at: span)
    let matched = try matched(values, at: span)
    return .group(try paired(matched, at: span).map { (member) throws(Diagnostic) in try body(member) })
  }

  /// Refuses values along an axis beside values of runs that differ along it: each run would meet all of the places.
  private func requireOneView(of values: [Value?], at span: Span) throws(Diagnostic) {
    var axes: [String] = []
    for case let value? in values {
      switch value {
      case .along(let vector): axes += vector.places.axes
      case .unknown(let kind): axes += kind.axes
      default: continue
      }
    }
    guard !axes.isEmpty else { return }
    for case .group(let group)? in values where !group.holdsVectors && group.axes.contains(where: axes.contains) {
      throw .differentMembers(
        axes, ["single runs"], at: span,
        help: ["take both along the axis: `(VALUE over \(axes.joined(separator: ", ")))`"])
    }
  }
}
