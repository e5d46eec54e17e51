package import Diagnostics
import Experiments

/// The runs of a sweep: one for each combination of values of its axes.
package final class SweepValue {
  package let name: String
  /// Names of the axes, in the order in which they were written.
  package let axes: [String]
  /// Names of the values that the body derives from them.
  package let derived: [String]
  package var cells: [SweepCell]
  /// While checking only names are known.
  package let isKnown: Bool
  /// The statement, to add members to it; nil while checking and for a part of a sweep.
  package var recipe: SweepRecipe?
  /// The sweep of which these are some members.
  package var origin: SweepValue?
  /// Members that a `where` has taken out because they diverged.
  package var leftOut: [SweepCell] = []
  /// While checking: some combinations of its axes are not among the cells.
  package var isSampled = false
  /// Entries of the store that were there and could not be read.
  package var damagedEntries = 0

  package init(name: String, axes: [String], derived: [String], cells: [SweepCell], isKnown: Bool) {
    self.name = name
    self.axes = axes
    self.derived = derived
    self.cells = cells
    self.isKnown = isKnown
  }

  /// The axis over which members are independent repetitions of each other.
  package static let seedAxis = "seed"

  /// The sweep with all its members.
  package var whole: SweepValue { origin ?? self }

  /// The first member that ran, by which its names of results are known.
  package var example: RunValue? { cells.lazy.compactMap(\.run).first }

  /// Names that `sweep.name` accepts.
  package var members: [String] { (example?.members ?? []) + axes + derived + ["count"] }
}

/// One combination of values of a sweep's axes, and what came of it.
package struct SweepCell {
  /// A run, or why there is none.
  package enum Outcome {
    case run(RunValue)
    case failed(Diagnostic)
  }

  /// A value for each axis, then for each derived name.
  package var values: [Value]
  /// How each value is written; equal texts are the same value.
  package var labels: [String]
  package var outcome: Outcome

  package init(values: [Value], labels: [String], outcome: Outcome) {
    self.values = values
    self.labels = labels
    self.outcome = outcome
  }

  package var run: RunValue? {
    if case .run(let run) = outcome { run } else { nil }
  }

  /// Whether its numbers count: it ran, and did not diverge.
  package var isSound: Bool {
    switch run?.ending {
    case .diverged?: false
    default: run != nil
    }
  }
}

/// One value for each member of a sweep: what `s.loss` is, and everything that is computed from it.
///
/// Members that failed are not there; those that diverged are, and are left out of means.
package struct SweepGroup {
  /// One member's value, with those of the axes.
  package struct Member {
    /// A value for each name of the group.
    package var values: [Value]
    package var labels: [String]
    package var value: Value
    /// Whether the value enters means.
    package var isSound: Bool
    /// Steps of one epoch of its run, to convert an axis.
    package var stepsPerEpoch: Int?

    /// The value of a member of a sweep.
    package init(_ cell: SweepCell, _ value: Value, isSound: Bool? = nil) {
      values = cell.values
      labels = cell.labels
      self.value = value
      self.isSound = isSound ?? cell.isSound
      stepsPerEpoch = cell.run?.stepsPerEpoch
    }

    /// What several members are together.
    package init(values: [Value], labels: [String], value: Value) {
      self.values = values
      self.labels = labels
      self.value = value
      isSound = true
    }
  }

  /// Axes, then derived names.
  package var names: [String]
  package var axisCount: Int
  package var members: [Member]
  /// The names that tell groups apart, where `by` has said so.
  package var by: [String]?
  /// Members that a `where` has taken out because they diverged; their values stand for nothing.
  package var leftOut: [Member] = []
  /// While checking: some combinations of its axes are not among the members.
  package var isSampled = false
  /// Whether its values are means over the seeds, which are no axis any more.
  package var isAveraged = false

  package init(names: [String], axisCount: Int, members: [Member], by: [String]? = nil) {
    self.names = names
    self.axisCount = axisCount
    self.members = members
    self.by = by
  }

  package var axes: [String] { Array(names.prefix(axisCount)) }

  /// The names that tell groups apart: those of `by`, else every axis but the seed.
  package var keys: [String] { by ?? axes.filter { $0 != SweepValue.seedAxis } }

  /// Whether all members have the same value there.
  package func isConstant(_ name: String) -> Bool {
    guard let column = names.firstIndex(of: name), let first = members.first else { return true }
    return members.allSatisfy { $0.labels[column] == first.labels[column] }
  }

  /// Members with equal values of `keys`, in the order in which they first appear.
  package func parts(by keys: [String]) -> [SweepPart] {
    let columns = keys.compactMap { names.firstIndex(of: $0) }
    var parts: [SweepPart] = []
    var known: [[String]: Int] = [:]
    let seed = names.prefix(axisCount).firstIndex(of: SweepValue.seedAxis)
    for member in members {
      let labels = columns.map { member.labels[$0] }
      if let index = known[labels] {
        parts[index].members.append(member)
      } else {
        known[labels] = parts.count
        parts.append(
          SweepPart(values: columns.map { member.values[$0] }, labels: labels, members: [member], seedColumn: seed))
      }
    }
    return parts
  }

  /// The same members with other values.
  package func map<E: Error>(_ change: (Member) throws(E) -> Value) throws(E) -> SweepGroup {
    var result = self
    for index in members.indices { result.members[index].value = try change(members[index]) }
    return result
  }
}
