import Diagnostics
import Experiments
import Syntax
import Tensors

/// Statistics of a vector along an axis of a sweep.
extension Evaluator {
  /// The value of a built-in function of arguments of which one stands along an axis of a sweep.
  func acrossValue(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    guard case .series(let series)? = bound.values.first ?? nil, let across = series.across else {
      return try acrossListed(builtin, bound)
    }
    let place = bound.place(0)
    switch builtin.name {
    case "slope", "fit":
      try requireSound(across, builtin.name, at: place)
      return try builtin.name == "fit" ? fitted(series, bound) : acrossSlope(builtin, bound, series, across)
    case "first":
      if series.returns { reportOnce(.holdsAgain(series, at: place)) }
      return named(series.firstPlaceOfTruth(), of: series, across)
    case "same_law" where across.isSample: return try builtin.body(self, bound)
    case "argmin", "argmax": return try bestPlace(of: series, across, isMaximum: builtin.name == "argmax", at: place)
    case "increasing", "decreasing":
      try requireSound(across, builtin.name, at: place)
      let groups = across.points.map { [$0] }
      return .judgement(
        builtin.name == "increasing"
          ? .increasing(groups, level: claimLevel) : .decreasing(groups, level: claimLevel))
    case _ where across.isSample: return try overSeeds(builtin, bound, series, across)
    case _ where builtin.isElementwise && bound.values.compactMap(\.self).count == 1:
      return try acrossMapped(series) { (x) throws(Diagnostic) in
        var one = bound
        one.values[0] = x
        return try propagating(builtin, one)
      }
    default:
      if !Self.orderStatistics.contains(builtin.name) { try requireSound(across, builtin.name, at: place) }
      return try acrossListed(builtin, bound)
    }
  }

  /// Statistics that take a run that diverged as beyond every number.
  private static let orderStatistics = ["max", "min", "quantile", "median", "count", "all", "any", "sort", "same_law"]

  private func requireSound(_ across: SweepAxis, _ function: String, at span: Span) throws(Diagnostic) {
    let (count, total) = across.diverged
    if count > 0 { throw .divergedMembers(count, of: total, function, at: span) }
  }

  /// Orders along an axis, one for each of the names that are kept; nil for values that stand along none.
  func acrossOrder(of group: SweepGroup, isIncreasing: Bool, at span: Span) throws(Diagnostic) -> Value? {
    guard !group.members.isEmpty, group.members.allSatisfy({ $0.value.isAcross }) else { return nil }
    let level = 1 - (1 - claimLevel) / Double(group.members.count)
    var judged: [(title: String, judgement: Judgement)] = []
    for member in group.members {
      guard case .series(let series) = member.value, let across = series.across else { return nil }
      try requireSound(across, isIncreasing ? "increasing" : "decreasing", at: span)
      let groups = across.points.map { [$0] }
      judged.append(
        (
          SweepPart.title(group.keys, member.values, member.labels),
          isIncreasing ? .increasing(groups, level: level) : .decreasing(groups, level: level)
        ))
    }
    return .judgement(.each(judged, level: level))
  }

  // MARK: Over seeds

  private func overSeeds(_ builtin: Builtin, _ bound: BoundArguments, _ series: Series, _ across: SweepAxis)
    throws(Diagnostic) -> Value
  {
    if !Self.orderStatistics.contains(builtin.name) { try requireSound(across, builtin.name, at: bound.place(0)) }
    let isAlone = bound.values.dropFirst().allSatisfy { $0 == nil }
    if ["var", "std"].contains(builtin.name), series.values.count < 2 {
      throw .requires("`\(builtin.name)` over seeds", "two seeds, and five for an error", at: bound.span)
    }
    var result: Estimate?
    switch builtin.name {
    case "mean" where isAlone: result = series.meanOverSeeds()
    case "var" where isAlone: result = series.varianceOverSeeds(isRoot: false)
    case "std" where isAlone: result = series.varianceOverSeeds(isRoot: true)
    case "median": result = series.quantileOverSeeds(0.5)
    case "quantile":
      let order = try bound.number(1, "q", self)
      if order >= 0, order <= 1 { result = series.quantileOverSeeds(order) }
    default: break
    }
    if var result {
      for remark in across.points.first?.remarks ?? [] where !result.remarks.contains(remark) && !result.isExact {
        result.remarks.append(remark)
      }
      return value(of: result)
    }
    // Anything else is a fact of these runs.
    var one = bound
    one.values[0] = withoutAxis(.series(series))
    return try keepingPlaces(valueWithoutAxes(builtin, one), builtin, series)
  }

  // MARK: Along any axis

  private func acrossSlope(_ builtin: Builtin, _ bound: BoundArguments, _ series: Series, _ across: SweepAxis)
    throws(Diagnostic) -> Value
  {
    guard across.isNumeric else {
      throw .expected("an axis of numbers for `slope`", found: "`\(across.name)`", at: bound.place(0))
    }
    func slope(_ values: [Double]) throws(Diagnostic) -> Value {
      var plain = series
      plain.across = nil
      plain.values = values
      var one = bound
      one.values[0] = .series(plain)
      return try builtin.body(self, one)
    }
    func replicate(_ values: [Double]) throws(Diagnostic) -> [Double] {
      do throws(Diagnostic) { return [scalar(try slope(values)) ?? .nan] } catch {
        if error.effect == .limit || error.effect == .interrupt { throw error }
        return [.nan]
      }
    }
    let own = try slope(series.values)
    let source = "slope over \(series.values.count) values of \(across.name)"
    let seeds = try Estimate.jackknife(across.points, source: source, name: "slope", replicate)
    guard var estimate = seeds?.first else {
      // The points' scatter about a line says nothing of seeds whose error was lost on the way.
      guard across.points.contains(where: \.lacksError), let number = scalar(own) else { return own }
      return value(of: Estimate(number, source: source).withoutError(.outside("slope")))
    }
    if case .estimate(let plain) = own {
      estimate.remarks += plain.remarks.filter { $0.concernsMean && !estimate.remarks.contains($0) }
    }
    return value(of: estimate)
  }

  /// Where the best value stands, in the axis's own terms.
  private func bestPlace(of series: Series, _ across: SweepAxis, isMaximum: Bool, at span: Span) throws(Diagnostic)
    -> Value
  {
    let values = series.values
    guard isMaximum || values.contains(where: { $0.isFinite }) else {
      throw .divergedMembers(across.diverged.count, of: across.diverged.total, "argmin", at: span)
    }
    if isMaximum { try requireSound(across, "argmax", at: span) }
    guard let (best, ties) = series.bestPlaces(isMaximum: isMaximum) else {
      throw .requires(
        "the place of a largest or smallest value", "numbers: `\(series.name)` has places without one", at: span)
    }
    let isEdge =
      across.isNumeric && values.count > 2 && !across.isSample
      && (series.positions[best] == series.positions.min() || series.positions[best] == series.positions.max())
    if isEdge { reportOnce(.atEdge(series.name, across.title(best), isMaximum: isMaximum, at: span)) }
    guard across.isNumeric else {
      if !ties.isEmpty {
        reportOnce(.tied(across.title(best), ties.map { across.labels[$0] }, at: span))
      }
      return .text(across.labels[best])
    }
    let position = series.positions[best]
    guard !ties.isEmpty else { return across.isWhole ? .integer(Int(position)) : .real(position) }
    var result = Estimate(position, source: "the best of \(values.count) values of \(across.name)")
    let near = ties.map { series.positions[$0] } + [position]
    result.shape = .range(Interval(low: near.min() ?? position, high: near.max() ?? position))
    result.remarks = [.tied(ties.map { across.labels[$0] })]
    return .estimate(result)
  }

  /// A place along an axis of names as its name.
  private func named(_ estimate: Estimate, of series: Series, _ across: SweepAxis) -> Value {
    if !across.isNumeric, !estimate.value.isFinite { return .text("none of \(across.name)") }
    guard !across.isNumeric else {
      if across.isWhole, estimate.isExact, estimate.value.isFinite { return .integer(Int(estimate.value)) }
      return value(of: estimate)
    }
    return .text(across.labels[min(across.labels.count - 1, max(0, Int(estimate.value)))])
  }

  /// A function of all places' values as a list, with their errors.
  private func acrossListed(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    var one = bound
    var kept: Series?
    for index in one.values.indices {
      guard case .series(let series)? = one.values[index], let across = series.across else { continue }
      kept = kept ?? series
      one.values[index] =
        series.holdsTruth || across.points.allSatisfy(\.isExact)
        ? withoutAxis(.series(series)) : .list(across.points.map { value(of: $0) })
    }
    let result = try valueWithoutAxes(builtin, one)
    return try kept.map { (series) throws(Diagnostic) in try keepingPlaces(result, builtin, series) } ?? result
  }

  /// What a function made of the value at each place stands at the same places.
  private func keepingPlaces(_ result: Value, _ builtin: Builtin, _ series: Series) throws(Diagnostic) -> Value {
    guard builtin.keepsAxis else { return result }
    var members: [Value] = []
    switch result {
    case .list(let values): members = values
    case .tensor(let tensor) where tensor.shape.rank == 1: members = tensor.doubles().map { .real($0) }
    default: return result
    }
    guard members.count == series.values.count else { return result }
    var next = members.makeIterator()
    return try acrossMapped(series) { _ in next.next() ?? .real(.nan) }
  }
}

extension Diagnostic {
  /// Runs that diverged have no value that a statistic could take.
  static func divergedMembers(_ count: Int, of total: Int, _ function: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0666", "\(count) of \(total) runs diverged and \(count == 1 ? "has" : "have") no value for `\(function)`",
      at: span, label: "is of runs that diverged, too",
      help: ["judge the others: `… where not diverged`, which the result then says"])
  }

  /// The best of a grid stands at its edge.
  fileprivate static func atEdge(_ name: String, _ place: String, isMaximum: Bool, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0730", "`\(name)` is \(isMaximum ? "largest" : "smallest") at the edge of its grid, at \(place)", at: span,
      label: "the best place may lie beyond", severity: .warning, help: ["let the axis go further"])
  }

  /// Places that are as good as the best one.
  fileprivate static func tied(_ best: String, _ others: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      "W0731", "\(best) is not better than \(others.joined(separator: ", ")), as far as the noise lets one tell",
      at: span, label: "has no single best place", severity: .warning, help: ["more seeds tell them apart"])
  }

  /// A condition that holds, then does not, along an axis.
  fileprivate static func holdsAgain(_ series: Series, at span: Span) -> Diagnostic {
    let places = series.across?.labels ?? []
    let flags = zip(places, series.values).map { "\($0): \($1 == 1 ? "yes" : "no")" }
    return Diagnostic(
      "W0732", "`\(series.name)` does not hold from its first place on", at: span,
      label: "the first place is taken", severity: .warning,
      notes: ["along \(series.across?.name ?? "the axis"): " + flags.joined(separator: ", ")])
  }
}
