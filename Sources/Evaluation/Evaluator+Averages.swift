import Arithmetic
package import Diagnostics
import Experiments
import Messages
import Syntax
package import Values

/// What is averaged over the runs of a sweep: the seeds, and nothing else by itself.
extension SweepGroup {
  /// Axes other than the seed over which members of one part would be averaged.
  package func axesLeft(by keys: [String]) -> [String] {
    let parts = parts(by: keys)
    return axes.enumerated().filter { column, name in
      guard name != SweepValue.seedAxis, !keys.contains(name) else { return false }
      return parts.contains { part in part.members.contains { $0.labels[column] != part.members[0].labels[column] } }
    }.map(\.element)
  }

  /// The condition that takes one value of an axis: the label of a call without its arguments tells what it is a call of.
  package func example(of axis: String) -> String {
    guard let column = axes.firstIndex(of: axis), let first = members.first else { return "\(axis) == …" }
    let label = first.labels[column]
    if case .instance = first.values[column], !label.contains("(") { return "\(axis) is \(label)" }
    return "\(axis) == \(label)"
  }

  /// The same members, told apart by some names.
  func told(apart keys: [String]) -> SweepGroup {
    var result = self
    result.by = keys
    return result
  }
}

extension Evaluator {
  /// Refuses an average over an axis that nobody asked for.
  package func requireAveraged(_ group: SweepGroup, by keys: [String], at span: Span) throws(Diagnostic) {
    guard let left = group.axesLeft(by: keys).first else { return }
    throw .axisLeft(left, keys: keys, condition: group.example(of: left), at: span)
  }

  /// Functions of the values of one run that say nothing of a single number.
  private static let statistics = [
    "var", "std", "max", "min", "quantile", "median", "sum", "prod", "norm", "norm2", "argmax", "argmin", "cumsum",
    "count",
  ]

  /// Refuses a statistic over members that would be taken of the one number of each run.
  func requireSeveral(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) {
    let isOfTwo = ["max", "min"].contains(builtin.name) && bound.given(1) != nil
    guard Self.statistics.contains(builtin.name), !isOfTwo, case .group(let group)? = bound.values.first ?? nil,
      !group.members.isEmpty, group.members.allSatisfy({ isOneNumber($0.value) })
    else { return }
    throw .statisticOfOne(builtin.name, session.sources.text(bound.place(0)), at: bound.span)
  }

  /// Whether a value is a single number, also where only a run will know which.
  private func isOneNumber(_ value: Value) -> Bool {
    switch value {
    case .unknown(let kind): return kind.forms?.allSatisfy { $0.isNumber || $0 == .truth } ?? false
    case .boolean: return true
    default: return scalar(value) != nil
    }
  }

  /// The same for a table, which computes its columns for one run after the other.
  func requireSeveralInColumn(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) {
    let isOfTwo = ["max", "min"].contains(builtin.name) && bound.given(1) != nil
    guard Self.statistics.contains(builtin.name), !isOfTwo, let value = bound.values.first ?? nil,
      isOneNumber(value)
    else { return }
    throw .expected(
      "several numbers of each run in `\(builtin.name)`", found: "a single number of each run", at: bound.span,
      help: [
        "a column is computed for one run after the other and then averaged; leave out the sweep before `:` and write "
          + "`table \(builtin.name)(final(SWEEP.NAME) over seed)`"
      ])
  }

  /// Warns, once for each place, that a plateau is none yet; a claim tells it by itself.
  ///
  /// Runs that differ in nothing but the seed are judged together, and m groups at the level 5%/m each: of many some move
  /// by chance.
  package func noteDrift(of plateau: Value, series: Value?, at span: Span) {
    guard mode == .run, !isJudging else { return }
    var estimates: [Estimate] = []
    switch plateau {
    case .estimate(let estimate): estimates = [estimate]
    case .group(let group): estimates = group.parts(by: group.keys).compactMap(\.estimate)
    default: return
    }
    var name = "series"
    switch series {
    case .series(let series): name = series.name
    case .group(let group):
      let all = group.members.lazy.compactMap { if case .series(let series) = $0.value { series.name } else { nil } }
      name = all.first ?? name
    default: break
    }
    let level = 1 - Judgement.standardRisk / Double(max(1, estimates.count))
    for remark in estimates.filter({ $0.trend?.isMoving(level: level) ?? true }).flatMap(\.remarks) {
      guard case .drifting = remark else { continue }
      driftingSeries = driftingSeries ?? series
      reportOnce(.stillDrifting(name, remark.text, at: span))
    }
  }
}

extension Diagnostic {
  /// Runs that differ in more than their seed would be averaged.
  static func axisLeft(_ name: String, keys: [String], condition: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0665", "`\(name)` is left: only seeds are averaged by themselves", at: span,
      label: "would average runs that differ in `\(name)`",
      help: [
        "tell them apart: `… by \((keys + [name]).joined(separator: ", "))`, or take one value: `… where \(condition)`"
      ])
  }

  /// A statistic over runs is no statistic of the single number that each run has.
  static func statisticOfOne(_ function: String, _ text: String, at span: Span) -> Diagnostic {
    // `over` stands before `by`.
    let parts = text.split(separator: " by ", maxSplits: 1)
    let value = parts.first.map(String.init) ?? text, by = parts.count == 2 ? " by \(parts[1])" : ""
    return .expected(
      "several numbers of each run in `\(function)`", found: "a single number of each run", at: span,
      help: [
        "over the seeds write `\(function)(\(value) over seed\(by))`, along another axis `\(function)(\(value) over AXIS)`"
      ])
  }
}
