import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Syntax
import Values

/// `value over d by rule`: what a value is along axes of a sweep, as a vector that carries them.
extension Evaluator {
  /// The vector of a value along some axes, one for each value of the names in `by`.
  ///
  /// The seed is averaged unless it is among the axes; of a comparison both sides are, before they are compared.
  func gatheredMembers(_ value: ExpressionID, over axes: [Name], by names: [Name], in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    if case .filtered(let filtered, let kept) = code.tree[value] {
      return try gathered(filtered, where: kept, over: axes, by: names, in: scope)
    }
    return try gathered(value, where: nil, over: axes, by: names, in: scope)
  }

  private func gathered(
    _ id: ExpressionID, where condition: ExpressionID?, over axes: [Name], by names: [Name], in scope: Scope
  ) throws(Diagnostic) -> Value {
    let span = code.tree.span(id)
    func side(_ id: ExpressionID) throws(Diagnostic) -> Value {
      try gathered(id, where: condition, over: axes, by: names, in: scope)
    }
    // Of a condition the numbers that are compared are averaged, not the answers.
    switch code.tree[id] {
    case .not(let inner): return try logicalNot(side(inner), at: span)
    case .and(let left, let right): return try bothHold(side(left), side(right), at: span)
    case .or(let left, let right): return try eitherHolds(side(left), side(right), at: span)
    case .comparison(let operands, let operators) where operands.count == 2:
      if let compared = try comparison(
        operands, operators[0], where: condition, over: axes, by: names, in: scope, at: span)
      {
        return compared
      }
    default: break
    }
    let value = try members(id, where: condition, in: scope)
    if let alongElements = try goneAlongElements(value, axes, at: span) { return alongElements }
    switch value {
    case .unknown(.any): return .unknown(.any)
    case .group(let group): return try gathered(group, over: axes, by: names, at: span)
    case let other:
      throw .overNoSweep(axes.first?.text ?? "", found: other.kind, kind(of: other), isTable: isTabulating, at: span)
    }
  }

  /// A comparison of the values along the axes; nil where neither side is of a sweep.
  private func comparison(
    _ operands: [ExpressionID], _ operation: ComparisonOperator, where condition: ExpressionID?, over axes: [Name],
    by names: [Name], in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value? {
    var sides: [Value] = []
    var hasGroup = false
    for operand in operands {
      let side = try members(operand, where: condition, in: scope)
      guard case .group(let group) = side else {
        sides.append(side)
        continue
      }
      sides.append(try gathered(group, over: axes, by: names, at: code.tree.span(operand)))
      hasGroup = true
    }
    guard hasGroup else { return nil }
    let place = OperandPlaces(whole: span, left: code.tree.span(operands[0]), right: code.tree.span(operands[1]))
    return try compare(operation, sides[0], sides[1], at: place)
  }

  /// The values of the members that meet a condition; what is no value of a sweep as it is.
  private func members(_ id: ExpressionID, where condition: ExpressionID?, in scope: Scope) throws(Diagnostic)
    -> Value
  {
    let value = try evaluate(id, in: scope)
    guard let condition, case .group = value else { return value }
    return try filtered(id, condition, in: scope, at: code.tree.span(id))
  }

  private func gathered(_ group: SweepGroup, over axes: [Name], by names: [Name], at span: Span) throws(Diagnostic)
    -> Value
  {
    let over = try axes.map { (name) throws(Diagnostic) in try axis(name, of: group.names) }
    let keys = try names.map { (name) throws(Diagnostic) in try axis(name, of: group.names) }
    if let both = over.first(where: keys.contains) {
      throw .givenTwice(
        "the axis `\(both)`", at: span, help: "keep it, `by \(both)`, or go along it, `over \(both)`")
    }
    if over.count > 1, over.contains(SweepValue.seedAxis) {
      throw .takesOnly(
        "`over` of several axes", "axes whose values are chosen, which seeds are not", at: span,
        help: ["leave `seed` out: it is averaged at each place of the other axes"])
    }
    if let left = group.axesLeft(by: over + keys).first {
      throw .axisLeft(left, over: over, keys: keys, condition: group.example(of: left), at: span)
    }
    var result = SweepGroup(names: keys, axisCount: keys.count, members: [], by: keys)
    for part in group.parts(by: keys) {
      let vector = try vector(of: part, in: group, along: over, keys, at: span)
      result.members.append(.init(values: part.values, labels: part.labels, value: vector))
    }
    result.isSampled = group.isSampled
    result.isAveraged = true
    guard keys.isEmpty else { return .group(result) }
    return result.members.first?.value ?? .unknown(.any)
  }

  // MARK: One vector

  private func vector(
    of part: SweepPart, in group: SweepGroup, along over: [String], _ keys: [String], at span: Span
  ) throws(Diagnostic) -> Value {
    var rest = group
    rest.members = part.members
    let places = rest.parts(by: over)
    let numbers = places.map { $0.values.compactMap(scalar) }
    let coordinates = numbers.allSatisfy { $0.count == over.count } ? numbers : nil
    for member in part.members {
      guard case .unknown(let kind) = member.value else { continue }
      try require(kind, "a single number of each run", at: span) { $0.isNumber || $0 == .truth }
    }
    let along = AxisPlaces(
      axes: over, labels: places.map(\.labels), coordinates: coordinates,
      isWhole: places.allSatisfy { if case .integer? = $0.values.first { true } else { false } },
      isSample: over == [SweepValue.seedAxis])
    if part.members.contains(where: \.value.isSymbolic) || mode == .check {
      // While checking, one seed stands for all.
      let isPart = group.isSampled || over.contains(SweepValue.seedAxis)
      let isTruth = part.members.allSatisfy { holdsTruth($0.value) } && !part.members.isEmpty
      let isNumber = part.members.allSatisfy { !$0.value.isOfAnyKind }
      return isNumber ? .unknown(Kind(.along(isPart ? along[0..<0] : along, isTruth: isTruth))) : .unknown(.any)
    }
    let diverged = part.members.count { !$0.isSound }
    var points = try places.map { (place) throws(Diagnostic) in try self.point(of: place, at: span) }
    let leftOut = group.leftOut.count { group.labels(of: keys, $0) == part.labels }
    if leftOut > 0 {
      let remark = EstimateRemark.takenOut(leftOut, of: leftOut + part.members.count)
      for index in points.indices { points[index].remarks.append(remark) }
    }
    let vector = AxisVector(
      session.sources.text(span), along, points, diverged: (diverged, part.members.count))
    guard part.members.contains(where: { if case .boolean = $0.value { true } else { false } }) else {
      return .along(vector)
    }
    let flags = points.map { $0.value == 1 }
    return .along(vector.conditions(flags, surely: flags, possibly: flags))
  }

  /// The mean over the seeds at one place; beyond every number where a run diverged.
  private func point(of place: SweepPart, at span: Span) throws(Diagnostic) -> Estimate {
    if place.sound.count < place.members.count { return .diverged }
    let flags = place.sound.compactMap { if case .boolean(let flag) = $0 { flag } else { nil } }
    if !flags.isEmpty, flags.count == place.sound.count {
      guard flags.allSatisfy({ $0 == flags[0] }) else {
        throw .requires(
          "a condition along an axis",
          "one answer at each place, and it holds for \(flags.count { $0 }) of \(flags.count) seeds", at: span,
          help: ["compare their mean, as in `VALUE > LIMIT over AXIS`"])
      }
      return Estimate(flags[0] ? 1 : 0)
    }
    guard let estimate = place.estimate else {
      throw .expected("a single number of each run", found: (place.sound.first ?? .nothing).kind, at: span)
    }
    return estimate
  }
}

extension Diagnostic {
  /// `over` behind what is no value of a sweep.
  fileprivate static func overNoSweep(
    _ axis: String, found: String, _ kind: Kind, isTable: Bool, at span: Span
  ) -> Diagnostic {
    .expected(
      "values of a sweep before `over`", found: found, at: span,
      help: [overAdvice(axis, kind, isTable: isTable)])
  }

  private static func overAdvice(_ axis: String, _ kind: Kind, isTable: Bool) -> String {
    if kind.isAlong { return "they go along their axis by themselves: leave out `over \(axis)`" }
    if axis == AxisPlaces.pathAxis {
      return "it stands behind what each path has, as in `quantile(VALUE over path, 0.9)`, where an ensemble records"
    }
    if axis == "worker" {
      return
        "`over worker` stands in rules; of a `worker state` m, which has a row for each worker, write `mean(m, axis = 0)`"
    }
    if kind.isSeries { return "a series goes along its own axis by itself: leave out `over \(axis)`" }
    return isTable
      ? "a column is computed for one run after the other; leave out the sweep before `:` and write "
        + "`table FUNCTION(final(SWEEP.NAME) over \(axis))`"
      : "`over \(axis)` goes along an axis of a sweep, as in `slope(final(SWEEP.NAME) over \(axis))`"
  }

  /// Runs that differ in more than the seed, along no axis that is gone along.
  fileprivate static func axisLeft(_ name: String, over: [String], keys: [String], condition: String, at span: Span)
    -> Diagnostic
  {
    let both = over + [name]
    let kept = keys + [name]
    return Diagnostic(
      "E0665", "`\(name)` is left: only seeds are averaged by themselves", at: span,
      label: "is of runs that differ in `\(name)`",
      help: [
        "keep it: `… by \(kept.count > 1 ? "(" + kept.joined(separator: ", ") + ")" : name)`",
        "go along it, too: `… over (\(both.joined(separator: ", ")))`, or take one value: `… where \(condition)`",
      ])
  }
}
