import Arithmetic
package import Diagnostics
import Experiments
import Messages
package import Syntax
package import Values

/// What is computed from a sweep is computed for each of its members.
extension Evaluator {
  /// A result, axis or derived value of every member.
  package func member(_ name: Name, of sweep: SweepValue) throws(Diagnostic) -> Value {
    if isJudging, !judgedSweeps.contains(where: { $0 === sweep.whole }) { judgedSweeps.append(sweep.whole) }
    let names = sweep.axes + sweep.derived
    if name.text == "count" { return mode == .check ? .unknown(.whole) : .integer(sweep.cells.count) }
    guard names.contains(name.text) || sweep.example.map({ $0.isPartial || has(name, $0) }) ?? true else {
      throw .unknownMember(
        name.text, of: "the sweep `\(sweep.name)`", available: sweep.members,
        near: Suggestion.nearest(to: name.text, in: sweep.members), at: name.span)
    }
    var group = SweepGroup(names: names, axisCount: sweep.axes.count, members: [])
    group.leftOut = sweep.leftOut.map { .init($0, .nothing) }
    group.isSampled = sweep.isSampled
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

  // MARK: by and where

  /// `value by b, η`: the names that tell groups apart.
  ///
  /// - Parameter isOrder: whether it is an order along these names, which holds for each value of the axes that are left.
  func grouped(
    _ value: ExpressionID, by names: [Name], isOrder: Bool = false, in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value {
    switch try evaluate(value, in: scope) {
    case .unknown(.any): return .unknown(.any)
    // A condition of what is not known at all may be one of a sweep's values.
    case .unknown(let kind) where (kind.forms?.count ?? 0) > 2: return .unknown(.any)
    case .group(var group):
      let keys = try names.map { (name) throws(Diagnostic) in try axis(name, of: group.names) }
      if !isOrder { try requireAveraged(group, by: keys, at: span) }
      group.by = keys
      return .group(group)
    case let other: throw .expected("values of a sweep", found: other.kind, at: code.tree.span(value))
    }
  }

  /// A name that a sweep has.
  package func axis(_ name: Name, of known: [String]) throws(Diagnostic) -> String {
    if known.contains(name.text) { return name.text }
    let wanted = Spelling.canonical(name.text)
    if let same = known.first(where: { Spelling.canonical($0) == wanted }) { return same }
    throw .unknownAxis(name.text, known: known, near: Suggestion.nearest(to: name.text, in: known), at: name.span)
  }

  /// `value where condition`: the members that meet it.
  package func filtered(_ value: ExpressionID, _ condition: ExpressionID, in scope: Scope, at span: Span)
    throws(Diagnostic)
    -> Value
  {
    if case .grouped(let inner, let names) = code.tree[value] {
      guard case .group(let group) = try filtered(inner, condition, in: scope, at: span) else { return .unknown(.any) }
      let keys = try names.map { (name) throws(Diagnostic) in try axis(name, of: group.names) }
      try requireAveraged(group, by: keys, at: span)
      return .group(group.told(apart: keys))
    }
    switch try evaluate(value, in: scope) {
    case .unknown: return .unknown(.any)
    case .group(var group):
      var members: [SweepGroup.Member] = []
      for member in group.members
      where try isMember(group.names, member.values, diverged: !member.isSound, condition, in: scope) {
        members.append(member)
      }
      let kept = Set(members.map(\.labels))
      var leftOut: [SweepGroup.Member] = []
      for member in group.leftOut + group.members.filter({ !$0.isSound && !kept.contains($0.labels) })
      where try isMember(group.names, member.values, diverged: false, condition, in: scope) {
        leftOut.append(member)
      }
      group.leftOut = leftOut
      group.members = members
      guard !group.members.isEmpty || group.isSampled else { throw .emptySweep(at: code.tree.span(condition)) }
      return .group(group)
    case .sweep(let sweep):
      var cells: [SweepCell] = []
      for cell in sweep.cells
      where try isMember(sweep.axes + sweep.derived, cell.values, diverged: !cell.isSound, condition, in: scope) {
        cells.append(cell)
      }
      guard !cells.isEmpty || sweep.isSampled else { throw .emptySweep(at: code.tree.span(condition)) }
      let part = SweepValue(
        name: sweep.name, axes: sweep.axes, derived: sweep.derived, cells: cells, isKnown: sweep.isKnown)
      part.origin = sweep.whole
      let kept = Set(cells.map(\.labels))
      for cell in sweep.leftOut + sweep.cells.filter({ $0.run != nil && !$0.isSound && !kept.contains($0.labels) })
      where try isMember(sweep.axes + sweep.derived, cell.values, diverged: false, condition, in: scope) {
        part.leftOut.append(cell)
      }
      part.isSampled = sweep.isSampled
      return .sweep(part)
    case .along(let vector) where vector.places.isSample:
      return try filtered(vector, condition, in: scope)
    default:
      throw .meansNothing(
        "where", "here", at: span,
        help: ["it belongs in `first(step where …)`, and behind values of a sweep or of an ensemble's paths"])
    }
  }

  /// Values of an ensemble's paths, of which those are taken that meet a condition: `e.x where not diverged`.
  private func filtered(_ vector: AxisVector, _ condition: ExpressionID, in scope: Scope) throws(Diagnostic) -> Value {
    let place = code.tree.span(condition)
    let inner = Scope(parent: scope)
    let isDiverged = vector.points.map(\.isDiverged)
    inner.define("diverged", .along(vector.conditions(isDiverged, surely: isDiverged, possibly: isDiverged)))
    for (column, name) in vector.places.axes.enumerated() {
      let numbers = vector.places.coordinates?.map { Estimate($0[column]) } ?? []
      inner.define(name, .along(AxisVector(name, vector.places, numbers)))
      inner.contest(name, with: scope, as: "an axis of these values")
    }
    let kept: [Int]
    switch try asCondition(evaluate(condition, in: inner)) {
    case .boolean(let flag): kept = flag ? Array(vector.points.indices) : []
    case .along(let flags) where flags.holdsTruth && flags.count == vector.count:
      kept = vector.points.indices.filter { flags.values[$0] == 1 }
    case .unknown(let kind):
      try requireCondition(kind, at: place)
      return .unknown(.any)
    case let other: throw .expected("a condition on each path", found: other.kind, at: place)
    }
    guard !kept.isEmpty else { throw .emptySweep(at: place) }
    return .along(vector.taken(kept))
  }

  private func isMember(
    _ names: [String], _ values: [Value], diverged: Bool, _ condition: ExpressionID, in scope: Scope
  ) throws(Diagnostic) -> Bool {
    let inner = Scope(parent: scope)
    inner.define("diverged", mode == .check ? .unknown(.truth) : .boolean(diverged))
    for (name, value) in zip(names, values) {
      // Of the seeds checking has looked at one, which stands for all.
      inner.define(name, mode == .check && name == SweepValue.seedAxis ? .unknown(.whole) : value)
      inner.contest(name, with: scope, as: "an axis of the sweep")
    }
    let place = code.tree.span(condition)
    switch try asCondition(own(evaluate(condition, in: inner), of: names, values, at: place)) {
    case .boolean(let flag): return flag
    case .unknown(let kind):
      try requireCondition(kind, at: place)
      return true
    case let other: throw .expected("a condition", found: other.kind, at: place)
    }
  }

  /// Of values for combinations of axes that of a member with these values of the axes; where there is one alone, that.
  private func own(_ value: Value, of names: [String], _ values: [Value], at place: Span) throws(Diagnostic) -> Value {
    guard case .group(let group) = value else { return value }
    if group.members.count == 1 { return group.members[0].value }
    var found: [Value] = []
    for member in group.members {
      var isOwn = true
      for (name, one) in zip(group.names, member.values) where isOwn {
        guard let column = names.firstIndex(of: name) else { return value }
        isOwn = try isSame(one, values[column], at: place)
      }
      if isOwn { found.append(member.value) }
    }
    return found.count == 1 ? found[0] : value
  }

  // MARK: Judgements

  /// A statement about two values of which at least one is a group; nil while something is not known yet.
  ///
  /// It is made for each combination of the names that tell groups apart, and supported when it is for all of them. The
  /// means of both sides know their seeds: what those that both share do to both cancels.
  func judgement(
    _ left: Value, _ right: Value, at span: Span,
    _ judge: (_ left: Estimate, _ right: Estimate, _ level: Double) -> Judgement
  ) throws(Diagnostic) -> Judgement? {
    var groups: [SweepGroup] = []
    for case .group(let group) in [left, right] { groups.append(group) }
    guard let first = groups.first else { return nil }
    try requireSameAxes(groups, at: span)
    let all = groups.lazy.compactMap(\.by).first ?? first.keys
    for group in groups { try requireAveraged(group, by: all, at: span) }
    // What sets the two sides apart as wholes, as in `a where β == 0` against `a where β > 0`, does not tell parts apart.
    let keys = all.filter { name in !groups.allSatisfy { $0.isConstant(name) } }
    try requireSameParts(groups, by: keys, at: span)
    let parts = first.parts(by: keys)
    let level = 1 - (1 - claimLevel) / Double(max(1, parts.count))
    var judgements: [(title: String, judgement: Judgement)] = []
    for part in parts {
      guard let one = try side(left, part.labels, keys, at: span),
        let other = try side(right, part.labels, keys, at: span)
      else { return nil }
      judgements.append((SweepPart.title(keys, part.values, part.labels), judge(one, other, level)))
    }
    return judgements.isEmpty ? nil : .each(judgements, level: level)
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

  /// The mean of the part of a group with these labels; of what is no group the number itself.
  private func side(_ value: Value, _ labels: [String], _ keys: [String], at span: Span) throws(Diagnostic)
    -> Estimate?
  {
    guard case .group(let group) = value else {
      if value.isSymbolic { return nil }
      guard let estimate = estimate(value) else {
        throw .expected("a single number to compare", found: value.kind, at: span)
      }
      return estimate
    }
    guard let part = group.parts(by: keys).first(where: { $0.labels == labels }) else { return nil }
    if part.members.contains(where: \.value.isSymbolic) { return nil }
    guard var result = part.estimate else {
      throw .expected(
        "a single number to compare", found: (part.sound.first ?? .nothing).kind, at: span)
    }
    let columns = keys.compactMap { group.names.firstIndex(of: $0) }
    let leftOut = group.leftOut.count { member in columns.map { member.labels[$0] } == labels }
    if leftOut > 0 { result.remarks.append(.takenOut(leftOut, of: leftOut + part.members.count)) }
    return result
  }
}
