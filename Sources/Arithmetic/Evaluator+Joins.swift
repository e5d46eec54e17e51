package import Diagnostics
import Experiments
import Messages
import Syntax
package import Values

/// Values of several sweeps beside each other.
extension Evaluator {
  /// The values of each member next to each other.
  func paired(_ values: [Value?], at span: Span) throws(Diagnostic) -> PairedGroup {
    var result: PairedGroup?
    for case .group(let group)? in values {
      result = result.map { $0.joined(group, ignoresSeeds: mode == .check) } ?? PairedGroup(group)
    }
    guard var result else { return PairedGroup(SweepGroup(names: [], axisCount: 0, members: [])) }
    result.fill(values)
    return result
  }

  /// Groups that have the same members; of those that have other seeds the means over them, which are independent of each
  /// other but for the seeds that they share.
  func matched(_ values: [Value?], at span: Span) throws(Diagnostic) -> [Value?] {
    var groups: [SweepGroup] = []
    for case .group(let group)? in values { groups.append(group) }
    guard groups.count > 1 else { return values }
    try requireSameAxes(groups, at: span)
    let told = groups[0].axes.filter { name in !groups.allSatisfy { $0.isConstant(name) } }
    let others = told.filter { $0 != SweepValue.seedAxis }
    try requireSameParts(groups, by: others, at: span)
    let hasAveraged = groups.contains(where: \.isAveraged)
    guard hasAveraged || mode == .run && !groups.allSatisfy({ $0.labels(of: told) == groups[0].labels(of: told) })
    else { return values }
    return try values.map { (value) throws(Diagnostic) in
      guard case .group(let group)? = value else { return value }
      return .group(try averaged(group, at: span))
    }
  }

  /// The means of a group over its seeds.
  private func averaged(_ group: SweepGroup, at span: Span) throws(Diagnostic) -> SweepGroup {
    if group.isAveraged { return group }
    let axes = group.axes.filter { $0 != SweepValue.seedAxis }
    var result = SweepGroup(names: axes, axisCount: axes.count, members: [])
    result.by = group.by?.filter { axes.contains($0) }
    result.isSampled = group.isSampled
    result.isAveraged = true
    for part in group.parts(by: axes) {
      let value: Value
      if part.members.contains(where: \.value.isSymbolic) {
        value = .unknown(.any)
      } else if var estimate = part.estimate {
        // Of a mean nobody can count any more what was taken out before it.
        let leftOut = group.leftOut.count { group.labels(of: axes, $0) == part.labels }
        if leftOut > 0 { estimate.remarks.append(.takenOut(leftOut, of: leftOut + part.members.count)) }
        value = .estimate(estimate)
      } else {
        throw .otherSeeds((part.sound.first ?? .nothing).kind, at: span)
      }
      result.members.append(.init(values: part.values, labels: part.labels, value: value))
    }
    return result
  }

  /// Refuses values of sweeps over other axes; the seeds are none any more where they are averaged over.
  package func requireSameAxes(_ groups: [SweepGroup], at span: Span) throws(Diagnostic) {
    for group in groups.dropFirst() {
      var (mine, others) = (Set(groups[0].axes), Set(group.axes))
      if groups[0].isAveraged || group.isAveraged {
        mine.remove(SweepValue.seedAxis)
        others.remove(SweepValue.seedAxis)
      }
      guard mine == others else { throw .differentMembers(groups[0].axes, group.axes, at: span) }
    }
  }

  /// Refuses values of sweeps of which one has combinations of some names that another lacks.
  package func requireSameParts(_ groups: [SweepGroup], by names: [String], at span: Span) throws(Diagnostic) {
    guard let first = groups.first, !first.isSampled, !(mode == .check && first.members.isEmpty) else { return }
    for group in groups.dropFirst() where !group.isSampled && !(mode == .check && group.members.isEmpty) {
      guard names.allSatisfy({ group.names.contains($0) }) else {
        throw .differentMembers(first.names, group.names, at: span)
      }
      let (mine, others) = (first.labels(of: names), group.labels(of: names))
      guard mine != others else { continue }
      throw .lackingMembers(
        first.titles(of: names, besides: others), group.titles(of: names, besides: mine), at: span)
    }
  }
}

extension SweepGroup {
  /// A member's values along some axes, as text.
  package func labels(of names: [String], _ member: Member) -> [String] {
    names.compactMap { self.names.firstIndex(of: $0) }.map { member.labels[$0] }
  }

  fileprivate func values(of names: [String], _ member: Member) -> [Value] {
    names.compactMap { self.names.firstIndex(of: $0) }.map { member.values[$0] }
  }

  /// The combinations of the values of some names that it has.
  fileprivate func labels(of names: [String]) -> Set<[String]> { Set(members.map { labels(of: names, $0) }) }

  /// "lr = 0.3" for each combination of the values of some names that is not among `others`: of the first name alone
  /// that says it.
  fileprivate func titles(of names: [String], besides others: Set<[String]>) -> [String] {
    for (place, name) in names.enumerated() {
      let known = Set(others.map { $0[place] })
      let own = parts(by: [name]).filter { !known.contains($0.labels[0]) }
      if !own.isEmpty { return own.map { SweepPart.title([name], $0.values, $0.labels) } }
    }
    return parts(by: names).filter { !others.contains($0.labels) }.map { SweepPart.title(names, $0.values, $0.labels) }
  }
}

/// Several values for each member of a sweep.
struct PairedGroup {
  /// The members that all groups have; their values stand for nothing.
  private(set) var first: SweepGroup
  private var columns: [[Value]] = []
  private var members: [[Value?]] = []

  init(_ group: SweepGroup) {
    first = group
    columns = [group.members.map(\.value)]
  }

  /// With the values of another group for the same members.
  ///
  /// - Parameter ignoresSeeds: whether members are one seed of each combination, whichever that is.
  func joined(_ group: SweepGroup, ignoresSeeds: Bool) -> PairedGroup {
    // What sets the two sides apart as wholes, as in `a where β == 0` against `a where β > 0`, does not tell members apart.
    let mine = first.axes.filter { name in
      !(first.isConstant(name) && group.isConstant(name)) && !(ignoresSeeds && name == SweepValue.seedAxis)
    }
    let joint = JointLabels(first, group)
    var known: [[String]: Int] = [:]
    for (index, member) in group.members.enumerated() { known[group.labels(of: mine, member)] = index }
    var result = self
    result.first.members = []
    result.first.by = first.by ?? group.by
    result.first.isSampled = first.isSampled || group.isSampled
    for index in result.first.leftOut.indices { joint.apply(to: &result.first.leftOut[index]) }
    result.columns = columns.map { _ in [] } + [[]]
    for (index, member) in first.members.enumerated() {
      guard let partner = known[first.labels(of: mine, member)] else { continue }
      var both = member
      both.isSound = member.isSound && group.members[partner].isSound
      joint.apply(to: &both)
      result.first.members.append(both)
      for column in columns.indices { result.columns[column].append(columns[column][index]) }
      result.columns[columns.count].append(group.members[partner].value)
    }
    return result
  }

  /// Puts what is no group beside what is.
  mutating func fill(_ values: [Value?]) {
    members = first.members.indices.map { index in
      var column = 0
      return values.map { value in
        guard case .group? = value else { return value }
        defer { column += 1 }
        return columns[column][index]
      }
    }
    for index in first.members.indices { first.members[index].value = .integer(index) }
  }

  /// A group of what `change` makes of the values of each member.
  func map(_ change: ([Value?]) throws(Diagnostic) -> Value) throws(Diagnostic) -> SweepGroup {
    var result = first
    for index in members.indices { result.members[index].value = try change(members[index]) }
    return result
  }
}

/// What two groups are called together along axes on which each has one value, and not the same: `a where lr == 0.1` less
/// `a where lr == 0.3` is the value of no lr.
private struct JointLabels {
  private var labels: [(column: Int, text: String)] = []

  init(_ first: SweepGroup, _ second: SweepGroup) {
    guard let mine = first.members.first, let other = second.members.first else { return }
    for (column, name) in first.axes.enumerated() {
      guard let place = second.axes.firstIndex(of: name), first.isConstant(name), second.isConstant(name),
        mine.labels[column] != other.labels[place]
      else { continue }
      let texts = [(mine, column), (other, place)].map { SweepPart.shortText($0.values[$1], label: $0.labels[$1]) }
      let isTold = texts[0].hasSuffix(" and " + texts[1]) || texts[0].hasPrefix(texts[1] + " and ")
      labels.append((column, isTold ? texts[0] : texts[0] + " and " + texts[1]))
    }
  }

  func apply(to member: inout SweepGroup.Member) {
    for (column, text) in labels {
      member.labels[column] = text
      member.values[column] = .text(text)
    }
  }
}
