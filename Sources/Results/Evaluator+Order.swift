import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Values

extension Evaluator {
  /// Whether values of a sweep grow, or shrink, along the one axis that `by` names, taken in increasing order.
  ///
  /// Members that differ in nothing else are compared with each other: what a seed does to both of them cancels.
  func order(of group: SweepGroup, isIncreasing: Bool, at span: Span) throws(Diagnostic) -> Value {
    if let judged = try acrossOrder(of: group, isIncreasing: isIncreasing, at: span) { return judged }
    guard group.keys.count == 1, let key = group.keys.first else {
      let offered = group.axes.first { $0 != SweepValue.seedAxis } ?? "axis"
      throw .needs("an order", "one axis to go along", at: span, help: ["say which: `… by \(offered)`"])
    }
    if group.members.contains(where: \.value.isSymbolic) { return .unknown(.any) }
    let left = group.axesLeft(by: [key])
    guard !left.isEmpty else { return .judgement(try order(of: group, along: key, isIncreasing, claimLevel, at: span)) }
    // An order along one axis is one for each value of the others.
    let others = group.parts(by: left)
    let level = 1 - (1 - claimLevel) / Double(others.count)
    var judged: [(title: String, judgement: Judgement)] = []
    for other in others {
      var part = group
      part.members = other.members
      judged.append(
        (
          SweepPart.title(left, other.values, other.labels),
          try order(of: part, along: key, isIncreasing, level, at: span)
        ))
    }
    return .judgement(.each(judged, level: level))
  }

  private func order(of group: SweepGroup, along key: String, _ isIncreasing: Bool, _ level: Double, at span: Span)
    throws(Diagnostic) -> Judgement
  {
    var parts = group.parts(by: [key])
    if let other = parts.lazy.compactMap(\.values.first).first(where: { scalar($0) == nil && !$0.isSymbolic }) {
      throw .withoutOrder(key, found: other.kind, at: span)
    }
    parts.sort { (scalar($0.values[0]) ?? 0) < (scalar($1.values[0]) ?? 0) }
    let groups = try matched(parts, group, along: key).map { (members) throws(Diagnostic) in
      try members.map { (member) throws(Diagnostic) in
        guard let estimate = estimate(member.value) else {
          throw .expected("a single number for each member", found: member.value.kind, at: span)
        }
        return estimate
      }
    }
    var judgement: Judgement =
      isIncreasing ? .increasing(groups, level: level) : .decreasing(groups, level: level)
    judgement.effect = "\(key) = " + parts.map { $0.shortLabels }.joined(separator: ", ") + ": " + judgement.effect
    let leftOut = group.members.count { !$0.isSound }
    if leftOut > 0 {
      judgement.verdict = .undecided
      judgement.risk = 1
      judgement.remarks.append(EstimateRemark.leftOut(leftOut, of: group.members.count).text)
    }
    if !group.leftOut.isEmpty {
      let count = group.leftOut.count
      judgement.remarks.append(EstimateRemark.takenOut(count, of: count + group.members.count).text)
    }
    return judgement
  }

  /// The members of each part that count; where all parts have members that differ in nothing but the key, those alone
  /// and in the same order.
  private func matched(_ parts: [SweepPart], _ group: SweepGroup, along key: String) -> [[SweepGroup.Member]] {
    let others = group.names.indices.filter { index in
      group.axes.contains(key)
        ? index < group.axisCount && group.names[index] != key : group.names[index] == SweepValue.seedAxis
    }
    func labels(_ member: SweepGroup.Member) -> [String] { others.map { member.labels[$0] } }
    let sound = parts.map { $0.members.filter(\.isSound) }
    guard let first = sound.first else { return sound }
    let sets = sound.map { Set($0.map(labels)) }
    let common = first.map(labels).filter { label in sets.allSatisfy { $0.contains(label) } }
    let isMatched = common.count > 1 && zip(sound, sets).allSatisfy { $0.count == $1.count }
    guard isMatched else { return sound }
    return sound.map { members in
      common.compactMap { label in members.first { labels($0) == label } }
    }
  }
}

extension SweepPart {
  /// The values by which the part is told apart.
  fileprivate var shortLabels: String {
    zip(values, labels).map { Self.shortText($0, label: $1) }.joined(separator: " ")
  }
}
