import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Runs
import Staging
import Syntax
import Tensors
import Values

/// One combination of values of a sweep's axes.
struct SweepPoint {
  var values: [Value] = []
  var labels: [String] = []
  var scope: Scope
}

/// A member of a sweep before it runs.
struct BoundMember {
  var definition: RunDefinition
  var bound: BoundRun
  /// Its values; the outcome is still to come.
  var cell: SweepCell
}

extension Evaluator {
  /// Executes a `sweep` statement; while checking, stages members that can differ and stops there.
  func execute(_ sweep: SweepStatement, in scope: Scope, at span: Span) throws(Diagnostic) {
    if let name = sweep.name { try requireNew(name, in: scope) }
    let body = try body(of: sweep, at: span)
    for name in sweep.axes.flatMap(\.names) { try requireNew(name, in: scope) }
    let before = seedReads
    let points = try points(of: sweep, in: scope, at: span)
    let axesUseSeed = seedReads != before
    let value = SweepValue(
      name: sweep.name?.text ?? "sweep", axes: sweep.axes.flatMap { $0.names.map(\.text) }, derived: body.derived,
      cells: [], isKnown: mode == .run)
    if mode == .check {
      let combinations = Self.combinations(points, axes: value.axes)
      for point in Self.representative(points, among: combinations, axisCount: value.axes.count) {
        if let cell = try checked(point, body, of: value) { value.cells.append(cell) }
      }
      value.isSampled = value.cells.count < combinations.count
      try requireOwnNames(value, sweep, body, at: span)
    } else {
      value.recipe = SweepRecipe(
        statement: sweep, body: body, code: code, scope: scope.frozen(), span: span, place: drawPlace,
        axesUseSeed: axesUseSeed)
      if let shard = session.shard {
        try run(points, body, of: value, at: span, shard)
        if shard.isIncomplete, span == topSpan { return }
      } else {
        try runAmongRanks(points, body, of: value, at: span)
      }
    }
    if let name = sweep.name { scope.define(name.text, .sweep(value), span: name.span) }
  }

  /// Refuses an axis or a value of the body under a name that the runs record or are recorded along.
  private func requireOwnNames(_ sweep: SweepValue, _ statement: SweepStatement, _ body: SweepBody, at span: Span)
    throws(Diagnostic)
  {
    var taken: Set<String> = []
    for run in sweep.cells.compactMap(\.run) {
      taken.formUnion(run.series.map(\.name) + run.vectors.map(\.name) + run.series.map(\.axis.rawValue))
    }
    if let name = statement.axes.flatMap(\.names).first(where: { taken.contains($0.text) }) {
      throw .axisOfResult(name.text, sweep: sweep.name, isAxis: true, at: name.span)
    }
    for id in body.preparation {
      guard case .binding(let names, _, _) = code.tree[id], let name = names.first(where: { taken.contains($0.text) })
      else { continue }
      throw .axisOfResult(name.text, sweep: sweep.name, isAxis: false, at: name.span)
    }
  }

  // MARK: Body

  /// Definitions and one run.
  private func body(of sweep: SweepStatement, at span: Span) throws(Diagnostic) -> SweepBody {
    var preparation: [StatementID] = []
    var derived: [String] = []
    var runs: [(RunStatement, Span)] = []
    for id in sweep.body {
      switch code.tree[id] {
      case .run(let run): runs.append((run, code.tree.span(id)))
      case .binding(let names, _, isVariable: false) where runs.isEmpty:
        preparation.append(id)
        derived += names.map(\.text)
      case .definition where runs.isEmpty: preparation.append(id)
      case .missing: throw .silent(at: span)
      default: throw .sweepBody("a sweep holds `let`s, definitions, and then one run", at: code.tree.span(id))
      }
    }
    guard let (run, place) = runs.first else { throw .sweepBody("this sweep has no run", at: span) }
    guard runs.count == 1 else { throw .sweepBody("a sweep has one run", at: runs[1].1) }
    if run.isEnsemble { throw .sweepBody("a sweep is over runs, not ensembles", at: place) }
    return SweepBody(preparation: preparation, derived: derived, run: run, span: place)
  }

  // MARK: Points

  /// Combinations beyond this number are a mistake.
  private static let pointsMax = 100_000

  /// All combinations that meet the condition; with other seeds where those are given.
  private func points(of sweep: SweepStatement, seeds: Range<Int>? = nil, in scope: Scope, at span: Span)
    throws(Diagnostic) -> [SweepPoint]
  {
    var result: [SweepPoint] = []
    try addPoints(sweep.axes[...], sweep.condition, SweepPoint(scope: scope), seeds: seeds, to: &result)
    guard !result.isEmpty || sweep.condition == nil else {
      throw .emptySweep(at: sweep.condition.map { code.tree.span($0) } ?? span)
    }
    return result
  }

  private func addPoints(
    _ axes: ArraySlice<SweepStatement.Axis>, _ condition: ExpressionID?, _ point: SweepPoint, seeds: Range<Int>?,
    to result: inout [SweepPoint]
  ) throws(Diagnostic) {
    guard let axis = axes.first else {
      if let condition, try !isMember(point, condition) { return }
      result.append(point)
      return
    }
    let span = code.tree.span(axis.values)
    let source: Value
    if let seeds, axis.names.map(\.text) == [SweepValue.seedAxis] {
      source = .range(seeds)
    } else {
      source = try evaluate(axis.values, in: point.scope)
    }
    let members = (try members(of: source, at: span) ?? [.unknown(.any)]).map { (member) -> Value in
      // So that `rule == adam()` and `rule.lr` mean the same for every member.
      guard case .function(.definition(let value)) = member, value.definition.kind == .optimizer else { return member }
      return .instance(bareCall(of: value, at: span))
    }
    guard !members.isEmpty else { throw .emptyAxis(axis.names.map(\.text).joined(separator: ", "), at: span) }
    try requireDifferent(members, of: axis)
    let labels = try axis.names.count == 1 ? callLabels(members, of: axis) : nil
    for (position, member) in members.enumerated() {
      try tick(span)
      var next = point
      next.scope = Scope(parent: point.scope)
      try define(axis.names, member, in: next.scope, at: span)
      for name in axis.names {
        let value = next.scope.local(name.text)?.value ?? .unknown(.any)
        if name.text == SweepValue.seedAxis, !value.isSymbolic {
          try requireSeed(value, at: span)
          next.scope.define(name.text, watched(value), span: name.span)
        }
        next.values.append(value)
        next.labels.append(labels?[position] ?? label(value, position, of: axis))
      }
      try addPoints(axes.dropFirst(), condition, next, seeds: seeds, to: &result)
      guard result.count <= Self.pointsMax else {
        throw .tooLarge("a sweep", needs: "more than \(Self.pointsMax) runs", limit: "\(Self.pointsMax) runs", at: span)
      }
    }
  }

  /// A value that an axis has twice makes the same run twice, which would count as two in every mean.
  private func requireDifferent(_ members: [Value], of axis: SweepStatement.Axis) throws(Diagnostic) {
    guard axis.names.count == 1 else { return }
    var seen: Set<String> = []
    for member in members {
      switch member {
      case .integer, .real, .text, .boolean: break
      default: continue
      }
      let text = ValueText.text(member)
      guard seen.insert(text).inserted else {
        throw .outOfRange(
          "the values of the axis `\(axis.names[0].text)`", "\(text) twice", expected: "different",
          at: code.tree.span(axis.values))
      }
    }
  }

  private func requireSeed(_ value: Value, at span: Span) throws(Diagnostic) {
    _ = try whole(value, what: "a seed", in: 0...Self.wholeMax, at: span)
  }

  /// A seed whose use is noted.
  private func watched(_ seed: Value) -> Value {
    .deferred(
      Deferred { [unowned self] () throws(Diagnostic) in
        seedReads += 1
        return seed
      })
  }

  /// Adds members with the seeds that follow those of a sweep.
  func extend(_ sweep: SweepValue, by count: Int) throws(Diagnostic) {
    guard let recipe = sweep.recipe, let last = sweep.seeds.max() else { return }
    try at(recipe.place) { () throws(Diagnostic) in
      try within(recipe.code) { () throws(Diagnostic) in
        let seeds = last + 1..<last + 1 + count
        let points = try points(of: recipe.statement, seeds: seeds, in: recipe.scope, at: recipe.span)
        let outer = session.makesAbsentRuns
        defer { session.makesAbsentRuns = outer }
        // How many it takes is known to nobody before the others are there.
        session.makesAbsentRuns = true
        session.announce(["\(sweep.name) again with seeds \(seeds.lowerBound) to \(seeds.upperBound - 1)"])
        try runAmongRanks(points, recipe.body, of: sweep, at: recipe.span)
      }
    }
  }

  private func isMember(_ point: SweepPoint, _ condition: ExpressionID) throws(Diagnostic) -> Bool {
    switch try asCondition(evaluate(condition, in: point.scope)) {
    case .boolean(let flag): return flag
    case .unknown(let kind):
      try requireCondition(kind, at: code.tree.span(condition))
      return true
    case let other: throw .expected("a condition", found: other.kind, at: code.tree.span(condition))
    }
  }

  /// How a value of an axis is written: numbers by themselves, what has no text of its own as in the script.
  private func label(_ value: Value, _ position: Int, of axis: SweepStatement.Axis) -> String {
    switch value {
    case .integer, .real, .text, .boolean: return ValueText.text(value)
    default: break
    }
    if axis.names.count == 1, case .list(let items) = code.tree[axis.values], position < items.count {
      return session.sources.text(code.tree.span(items[position]))
    }
    return "\(ValueText.text(value)) \(position + 1)"
  }

  // MARK: Checking

  /// Members that are staged while checking, if there are more.
  private static let checkedMax = 256
  /// Numbers of an axis that are tried where not all combinations are: the first, the last, and some between.
  private static let numbersMax = 32

  /// Members that can differ in more than their random numbers, of which checking tries some.
  ///
  /// They are one seed of each combination or, where those are very many, each value of each axis at least once, of
  /// long axes of numbers some. What another number would be refused for, its own run tells.
  private static func representative(_ points: [SweepPoint], among combinations: [SweepPoint], axisCount: Int)
    -> [SweepPoint]
  {
    combinations.count <= checkedMax ? combinations : covering(points, axisCount: axisCount)
  }

  /// One seed of each combination of the other axes.
  private static func combinations(_ points: [SweepPoint], axes: [String]) -> [SweepPoint] {
    var seen: Set<[String]> = []
    return points.filter { point in
      seen.insert(zip(axes, point.labels).filter { $0.0 != SweepValue.seedAxis }.map(\.1)).inserted
    }
  }

  private static func covering(_ points: [SweepPoint], axisCount: Int) -> [SweepPoint] {
    var open = (0..<axisCount).map { axis in Self.tried(points, axis) }
    return points.filter { point in
      var isNew = false
      for (axis, label) in point.labels.enumerated() where open[axis].remove(label) != nil { isNew = true }
      return isNew
    }
  }

  /// The labels of an axis that are to be tried.
  private static func tried(_ points: [SweepPoint], _ axis: Int) -> Set<String> {
    var seen: Set<String> = [], labels: [String] = []
    var areNumbers = true
    for point in points where seen.insert(point.labels[axis]).inserted {
      labels.append(point.labels[axis])
      switch point.values[axis] {
      case .integer, .real: break
      default: areNumbers = false
      }
    }
    guard areNumbers, labels.count > numbersMax else { return seen }
    return Set((0..<numbersMax).map { labels[$0 * (labels.count - 1) / (numbersMax - 1)] })
  }

  /// What is known of a member beforehand; nil where that ends in arithmetic which is left to the run.
  private func checked(_ point: SweepPoint, _ body: SweepBody, of sweep: SweepValue) throws(Diagnostic) -> SweepCell? {
    do {
      var member = try staged(point, body, of: sweep)
      try checkStarts(of: member.bound)
      member.cell.outcome = .run(unknownRun(member.bound))
      return member.cell
    } catch {
      if error.effect == .arithmetic { return nil }
      throw error
    }
  }

  // MARK: Members

  /// Stages a member, or takes one that differs in the seed only, where the seed has no part in what is staged.
  ///
  /// - Parameter template: the last member, if others may be made of it; replaced by this one.
  func staged(
    _ point: SweepPoint, _ body: SweepBody, of sweep: SweepValue, like template: inout BoundMember?
  ) throws(Diagnostic) -> BoundMember {
    if var member = template, let seed = sweep.seedOfOther(point, than: member.cell) {
      member.cell.values.replaceSubrange(point.values.indices, with: point.values)
      member.cell.labels.replaceSubrange(point.labels.indices, with: point.labels)
      member.bound.seed = seed
      member.definition.place.memberSeed = seed
      member.bound.name = title(of: point, sweep)
      return member
    }
    let before = seedReads
    let member = try staged(point, body, of: sweep)
    template = seedReads == before ? member : nil
    return member
  }

  private func title(of point: SweepPoint, _ sweep: SweepValue) -> String {
    "\(sweep.name)(\(SweepPart.title(sweep.axes, point.values, point.labels)))"
  }

  /// The values that the body of a sweep derives for a member.
  func derived(_ point: SweepPoint, _ body: SweepBody, of sweep: SweepValue) throws(Diagnostic) -> [Value] {
    let inner = Scope(parent: point.scope)
    let outer = memberSeed
    defer { memberSeed = outer }
    takeSeed(of: point, sweep)
    for id in body.preparation { _ = try execute(id, in: inner) }
    return body.derived.map { inner.local($0)?.value ?? .unknown(.any) }
  }

  private func takeSeed(of point: SweepPoint, _ sweep: SweepValue) {
    if let position = sweep.axes.firstIndex(of: SweepValue.seedAxis), case .integer(let seed) = point.values[position] {
      memberSeed = seed
    }
  }

  /// Stages one member: its derived values, then its run.
  func staged(_ point: SweepPoint, _ body: SweepBody, of sweep: SweepValue) throws(Diagnostic) -> BoundMember {
    let inner = Scope(parent: point.scope)
    let outer = memberSeed
    defer { memberSeed = outer }
    takeSeed(of: point, sweep)
    do {
      for id in body.preparation { _ = try execute(id, in: inner) }
      var definition = RunDefinition(statement: body.run, code: code, scope: inner, span: body.span)
      definition.place = drawPlace
      var run = try pointing(from: code.tree.span(body.run.subject), "needed by this run") { () throws(Diagnostic) in
        try staged(definition)
      }
      try refuseHidden(run, by: sweep.axes + body.derived, of: sweep.recipe?.statement, at: body.span)
      let derived = body.derived.map { inner.local($0)?.value ?? .unknown(.any) }
      let cell = SweepCell(
        values: point.values + derived, labels: point.labels + derived.map(ValueText.text),
        outcome: .failed(.silent(at: body.span)))
      run.name = title(of: point, sweep)
      return BoundMember(definition: definition, bound: run, cell: cell)
    } catch {
      var told = error
      if told.effect != .silent {
        told.notes.append("in the member " + SweepPart.title(sweep.axes, point.values, point.labels))
      }
      throw told
    }
  }
}

extension Evaluator {
  /// Refuses an axis, or a value that the body derives, under the name of a parameter: what is measured of the sweep would
  /// be the one where the other may be meant.
  private func refuseHidden(_ run: BoundRun, by names: [String], of statement: SweepStatement?, at span: Span)
    throws(Diagnostic)
  {
    for name in names {
      guard let hidden = run.paths.first(where: { $0 == name || $0.hasPrefix(name + ".") }) else { continue }
      let place = statement?.axes.flatMap(\.names).first { $0.text == name }?.span
      var finding = Diagnostic.hidesParameter(name, hidden, at: place ?? span)
      finding.help = ["give the axis another name"]
      throw finding
    }
  }
}

extension SweepValue {
  /// The seed of a point that differs from a member in nothing but the seed; nil for others.
  fileprivate func seedOfOther(_ point: SweepPoint, than cell: SweepCell) -> Int? {
    guard let position = axes.firstIndex(of: Self.seedAxis), case .integer(let seed) = point.values[position] else {
      return nil
    }
    let isSame = point.labels.indices.allSatisfy { $0 == position || point.labels[$0] == cell.labels[$0] }
    return isSame ? seed : nil
  }
}
