import Diagnostics
import Experiments
import Syntax

/// What is computed from a sweep is computed for each of its members.
extension Evaluator {
  /// A result, axis or derived value of every member.
  func member(_ name: Name, of sweep: SweepValue) throws(Diagnostic) -> Value {
    if isJudging, !judgedSweeps.contains(where: { $0 === sweep.whole }) { judgedSweeps.append(sweep.whole) }
    let names = sweep.axes + sweep.derived
    if name.text == "count" { return mode == .check ? .unknown : .integer(sweep.cells.count) }
    guard names.contains(name.text) || sweep.example.map({ $0.isPartial || has(name, $0) }) ?? true else {
      throw .unknownMember(
        name.text, of: "the sweep `\(sweep.name)`", available: sweep.members,
        near: Suggestion.nearest(to: name.text, in: sweep.members), at: name.span)
    }
    var group = SweepGroup(names: names, axisCount: sweep.axes.count, members: [])
    group.leftOut = sweep.leftOut
    for cell in sweep.cells {
      guard let run = cell.run else { continue }
      let value: Value
      if let position = names.firstIndex(of: name.text) {
        value = cell.values[position]
      } else {
        value = try member(name, of: run)
      }
      // How long a run went, and whether it diverged, is known of those that diverged too.
      let isSound = cell.isSound || names.contains(name.text) || ["steps", "diverged"].contains(name.text)
      group.members.append(.init(cell, value, isSound: isSound))
    }
    return .group(group)
  }

  private func has(_ name: Name, _ run: RunValue) -> Bool {
    run.members.contains(name.text) || run.finals.contains { $0.path.hasPrefix(name.text + ".") }
  }

  // MARK: Members side by side

  /// Applies `body` to the values of each member; what is no group is the same for all.
  func overMembers(_ values: [Value?], at span: Span, _ body: ([Value?]) throws(Diagnostic) -> Value)
    throws(Diagnostic) -> Value
  {
    .group(try paired(values, at: span).map { (member) throws(Diagnostic) in try body(member) })
  }

  /// The values of each member next to each other.
  private func paired(_ values: [Value?], at span: Span) throws(Diagnostic) -> PairedGroup {
    var result: PairedGroup?
    for case .group(let group)? in values {
      result = try result.map { (first) throws(Diagnostic) in try first.joined(group, at: span) } ?? PairedGroup(group)
    }
    guard var result else { return PairedGroup(SweepGroup(names: [], axisCount: 0, members: [])) }
    result.fill(values)
    return result
  }

  // MARK: by and where

  /// `value by b, η`: the names that tell groups apart.
  ///
  /// - Parameter isOrder: whether it is an order along these names, which holds for each value of the axes that are left.
  func grouped(
    _ value: ExpressionID, by names: [Name], isOrder: Bool = false, in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value {
    switch try evaluate(value, in: scope) {
    case .unknown: return .unknown
    case .group(var group):
      let keys = try names.map { (name) throws(Diagnostic) in try axis(name, of: group.names) }
      if !isOrder { try requireAveraged(group, by: keys, at: span) }
      group.by = keys
      return .group(group)
    case let other: throw .expected("values of a sweep", found: other.kind, at: code.tree.span(value))
    }
  }

  /// A name that a sweep has.
  func axis(_ name: Name, of known: [String]) throws(Diagnostic) -> String {
    if known.contains(name.text) { return name.text }
    let wanted = Spelling.canonical(name.text)
    if let same = known.first(where: { Spelling.canonical($0) == wanted }) { return same }
    throw .unknownAxis(name.text, known: known, near: Suggestion.nearest(to: name.text, in: known), at: name.span)
  }

  /// `value where condition`: the members that meet it.
  func filtered(_ value: ExpressionID, _ condition: ExpressionID, in scope: Scope, at span: Span) throws(Diagnostic)
    -> Value
  {
    if case .grouped(let inner, let names) = code.tree[value] {
      guard case .group(let group) = try filtered(inner, condition, in: scope, at: span) else { return .unknown }
      let keys = try names.map { (name) throws(Diagnostic) in try axis(name, of: group.names) }
      try requireAveraged(group, by: keys, at: span)
      return .group(group.told(apart: keys))
    }
    switch try evaluate(value, in: scope) {
    case .unknown: return .unknown
    case .group(var group):
      var members: [SweepGroup.Member] = []
      for member in group.members
      where try isMember(group.names, member.values, diverged: !member.isSound, condition, in: scope) {
        members.append(member)
      }
      group.leftOut += group.members.count { !$0.isSound } - members.count { !$0.isSound }
      group.members = members
      guard !group.members.isEmpty || mode == .check else { throw .emptySweep(at: code.tree.span(condition)) }
      return .group(group)
    case .sweep(let sweep):
      var cells: [SweepCell] = []
      for cell in sweep.cells
      where try isMember(sweep.axes + sweep.derived, cell.values, diverged: !cell.isSound, condition, in: scope) {
        cells.append(cell)
      }
      guard !cells.isEmpty || mode == .check else { throw .emptySweep(at: code.tree.span(condition)) }
      let part = SweepValue(
        name: sweep.name, axes: sweep.axes, derived: sweep.derived, cells: cells, isKnown: sweep.isKnown)
      part.origin = sweep.whole
      part.leftOut = sweep.leftOut + sweep.cells.count { !$0.isSound } - cells.count { !$0.isSound }
      return .sweep(part)
    default: throw .notAllowed("`where` belongs in `first(step where …)` or behind values of a sweep", at: span)
    }
  }

  private func isMember(
    _ names: [String], _ values: [Value], diverged: Bool, _ condition: ExpressionID, in scope: Scope
  ) throws(Diagnostic) -> Bool {
    let inner = Scope(parent: scope)
    inner.define("diverged", .boolean(diverged))
    for (name, value) in zip(names, values) {
      inner.define(name, value)
      inner.contest(name, with: scope, as: "an axis of the sweep")
    }
    switch try asCondition(evaluate(condition, in: inner)) {
    case .boolean(let flag): return flag
    case .unknown: return true
    case .node where mode == .check: return true
    case let other: throw .expected("a condition", found: other.kind, at: code.tree.span(condition))
    }
  }

  // MARK: Judgements

  /// A statement about two values of which at least one is a group; nil while something is not known yet.
  ///
  /// It is made for each combination of the names that tell groups apart, and supported when it is for all of them.
  /// Where both sides come from the same members, their difference is taken member by member.
  func judgement(
    _ left: Value, _ right: Value, at span: Span,
    _ judge: (_ left: Estimate, _ right: Estimate, _ difference: Estimate?, _ level: Double) -> Judgement
  ) throws(Diagnostic) -> Judgement? {
    let sides = try paired([left, right], at: span)
    let keys = sides.first.keys.filter { !sides.first.isConstant($0) }
    try requireAveraged(sides.first, by: sides.first.keys, at: span)
    let parts = sides.first.parts(by: keys)
    let level = 1 - (1 - claimLevel) / Double(max(1, parts.count))
    var judgements: [(title: String, judgement: Judgement)] = []
    for part in parts {
      guard let one = try side(left, part, sides, 0, at: span), let other = try side(right, part, sides, 1, at: span)
      else { return nil }
      let title = SweepPart.title(keys, part.values, part.labels)
      judgements.append((title, judge(one, other, difference(left, right, part, sides), level)))
    }
    return .each(judgements, level: level)
  }

  /// A condition that every member of a sweep must meet.
  func judgement(ofConditions group: SweepGroup, effect: String, at span: Span) throws(Diagnostic) -> Judgement? {
    if group.members.contains(where: \.value.isSymbolic) { return nil }
    var count = 0
    for member in group.members {
      guard case .boolean(let flag) = asCondition(member.value) else {
        throw .notAClaim(found: member.value.kind, at: span)
      }
      if flag { count += 1 }
    }
    let total = group.members.count
    return .condition(count == total, effect: "\(effect): \(count) of \(total) runs")
  }

  private func side(_ value: Value, _ part: SweepPart, _ sides: PairedGroup, _ index: Int, at span: Span)
    throws(Diagnostic) -> Estimate?
  {
    guard case .group = value else {
      if value.isSymbolic { return nil }
      guard let estimate = estimate(value) else {
        throw .expected("a single number to compare", found: value.kind, at: span)
      }
      return estimate
    }
    let values = sides.part(part, side: index)
    if values.members.contains(where: \.value.isSymbolic) { return nil }
    guard let estimate = values.estimate else {
      throw .expected(
        "a single number to compare", found: (values.sound.first ?? .nothing).kind, at: span)
    }
    var result = estimate
    if case .group(let group) = value, group.leftOut > 0 {
      result.remarks.append(.takenOut(group.leftOut, of: group.leftOut + group.members.count))
    }
    return result
  }

  private func difference(_ left: Value, _ right: Value, _ part: SweepPart, _ sides: PairedGroup) -> Estimate? {
    guard case .group = left, case .group = right, part.members.allSatisfy(\.isSound) else { return nil }
    let first = sides.part(part, side: 0).sound.compactMap(estimate)
    let second = sides.part(part, side: 1).sound.compactMap(estimate)
    guard first.count == second.count, first.count > 1 else { return nil }
    return .pairedDifference(first, second)
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

  /// With the values of another group for the same members; members that only one of both has are left out.
  func joined(_ group: SweepGroup, at span: Span) throws(Diagnostic) -> PairedGroup {
    guard Set(first.axes) == Set(group.axes) else { throw .differentMembers(first.axes, group.axes, at: span) }
    // What sets the two sides apart as wholes, as in `a where β == 0` against `a where β > 0`, does not tell members apart.
    let mine = first.axes.filter { !(first.isConstant($0) && group.isConstant($0)) }
    let ours = mine.compactMap { name in first.axes.firstIndex(of: name) }
    let places = mine.compactMap { name in group.axes.firstIndex(of: name) }
    var known: [[String]: Int] = [:]
    for (index, member) in group.members.enumerated() { known[places.map { member.labels[$0] }] = index }
    var result = self
    result.first.members = []
    result.first.by = first.by ?? group.by
    result.columns = columns.map { _ in [] } + [[]]
    for (index, member) in first.members.enumerated() {
      guard let partner = known[ours.map { member.labels[$0] }] else { continue }
      var both = member
      both.isSound = member.isSound && group.members[partner].isSound
      result.first.members.append(both)
      for column in columns.indices { result.columns[column].append(columns[column][index]) }
      result.columns[columns.count].append(group.members[partner].value)
    }
    guard !result.first.members.isEmpty || first.members.isEmpty else {
      throw .differentMembers(first.axes, group.axes, at: span)
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

  /// The values on one side of the members of a part.
  func part(_ part: SweepPart, side: Int) -> SweepPart {
    var result = part
    for index in part.members.indices {
      guard case .integer(let number) = part.members[index].value else { continue }
      result.members[index].value = members[number][side] ?? .nothing
    }
    return result
  }
}
