import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Syntax
import Tensors
import Values

/// Statistics of a vector along an axis of a sweep.
extension Evaluator {
  /// The value of a built-in function of arguments of which one stands along an axis of a sweep.
  func acrossValue(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    if let axis = builtin.parameters.firstIndex(where: { $0.name == "axis" }), bound.given(axis) != nil {
      throw .meansNothing(
        "axis", "for values along an axis, which have one", at: bound.place(axis),
        help: ["leave it out, or take a tensor: `.values`"])
    }
    guard case .along(let vector)? = bound.values.first ?? nil else { return try acrossListed(builtin, bound) }
    let place = bound.place(0)
    switch builtin.name {
    case "slope", "fit":
      try requireSound(vector, builtin.name, at: place)
      if vector.isCensored { throw eventToCome(vector, builtin, at: place) }
      return try builtin.name == "fit" ? fitted(vector, bound) : acrossSlope(builtin, bound, vector)
    case "first":
      if vector.returns { reportOnce(.holdsAgain(vector, at: place)) }
      return named(vector.firstPlaceOfTruth(), of: vector)
    case "same_law" where vector.places.isSample, "histogram": return try builtin.body(self, bound)
    case "argmax" where vector.isCensored: throw eventToCome(vector, builtin, at: place)
    case "argmin", "argmax": return try bestPlace(of: vector, isMaximum: builtin.name == "argmax", at: place)
    case "increasing", "decreasing":
      try requireSound(vector, builtin.name, at: place)
      let groups = vector.points.map { [$0] }
      return .judgement(
        builtin.name == "increasing"
          ? .increasing(groups, level: claimLevel) : .decreasing(groups, level: claimLevel))
    case _ where vector.places.isSample: return try overSeeds(builtin, bound, vector)
    case _ where builtin.isElementwise && bound.values.compactMap(\.self).count == 1:
      return try acrossMapped(vector, at: bound.span) { (x) throws(Diagnostic) in
        var one = bound
        one.values[0] = x
        return try propagating(builtin, one)
      }
    default:
      if !Self.orderStatistics.contains(builtin.name) { try requireSound(vector, builtin.name, at: place) }
      if vector.isCensored, vector.holdsTruth { throw eventToCome(vector, builtin, at: place) }
      return try acrossListed(builtin, bound)
    }
  }

  /// Statistics that take a run that diverged as beyond every number.
  private static let orderStatistics = ["max", "min", "quantile", "median", "count", "all", "any", "sort", "same_law"]

  private func requireSound(_ vector: AxisVector, _ function: String, at span: Span) throws(Diagnostic) {
    if vector.diverged.count > 0 { throw .divergedMembers(of: vector, function, at: span) }
  }

  /// Orders along an axis, one for each of the names that are kept; nil for values that stand along none.
  func acrossOrder(of group: SweepGroup, isIncreasing: Bool, at span: Span) throws(Diagnostic) -> Value? {
    guard !group.members.isEmpty, group.members.allSatisfy({ $0.value.isAcross }) else { return nil }
    let level = 1 - (1 - claimLevel) / Double(group.members.count)
    var judged: [(title: String, judgement: Judgement)] = []
    for member in group.members {
      guard case .along(let vector) = member.value else { return nil }
      try requireSound(vector, isIncreasing ? "increasing" : "decreasing", at: span)
      let groups = vector.points.map { [$0] }
      judged.append(
        (
          SweepPart.title(group.keys, member.values, member.labels),
          isIncreasing ? .increasing(groups, level: level) : .decreasing(groups, level: level)
        ))
    }
    return .judgement(.each(judged, level: level))
  }

  // MARK: Over seeds

  private func overSeeds(_ builtin: Builtin, _ bound: BoundArguments, _ vector: AxisVector) throws(Diagnostic) -> Value
  {
    if !Self.orderStatistics.contains(builtin.name) { try requireSound(vector, builtin.name, at: bound.place(0)) }
    let isAlone = bound.values.dropFirst().allSatisfy { $0 == nil }
    if ["var", "std"].contains(builtin.name), vector.count < 2 {
      throw .requires("`\(builtin.name)` over seeds", "two seeds, and five for an error", at: bound.span)
    }
    var result: Estimate?
    switch builtin.name {
    case "mean" where isAlone: result = vector.meanOverSeeds()
    // What grows with the number of runs is that number times a mean, and has its error.
    case "sum" where isAlone, "count" where isAlone && vector.holdsTruth:
      result = Double(vector.count) * vector.meanOverSeeds()
    case "norm" where isAlone, "norm2" where isAlone:
      let square = Double(vector.count) * vector.squared.meanOverSeeds()
      result = builtin.name == "norm" ? square.squareRoot : square
    case "var" where isAlone: result = vector.varianceOverSeeds(isRoot: false)
    case "std" where isAlone: result = vector.varianceOverSeeds(isRoot: true)
    case "median": result = vector.quantileOverSeeds(0.5)
    case "quantile":
      let order = try bound.number(1, "q", self)
      if order >= 0, order <= 1 { result = vector.quantileOverSeeds(order) }
    default: break
    }
    if var result {
      for remark in vector.points.first?.remarks ?? [] where !result.remarks.contains(remark) && !result.isExact {
        if case .censored = remark, vector.isCensored { continue }
        result.remarks.append(remark)
      }
      return value(of: result)
    }
    // The least of all is known where every other event comes after it.
    let least = vector.values.min() ?? .nan
    let isKnown = builtin.name == "min" && vector.points.allSatisfy { ($0.floor.first?.value ?? .infinity) >= least }
    if vector.isCensored, !isKnown { throw eventToCome(vector, builtin, at: bound.place(0)) }
    // Anything else is a fact of these runs.
    var one = bound
    one.values[0] = withoutAxis(.along(vector))
    return try keepingPlaces(valueWithoutAxes(builtin, one), builtin, vector, at: bound.span)
  }

  private func eventToCome(_ vector: AxisVector, _ builtin: Builtin, at span: Span) -> Diagnostic {
    .eventToCome("`\(builtin.name)`", vector.name, count: vector.points.count { !$0.floor.isEmpty }, at: span)
  }

  // MARK: Along any axis

  private func acrossSlope(_ builtin: Builtin, _ bound: BoundArguments, _ vector: AxisVector) throws(Diagnostic)
    -> Value
  {
    guard vector.places.isNumeric else {
      throw .expected("an axis of numbers for `slope`", found: "`\(vector.places.title)`", at: bound.place(0))
    }
    func slope(_ values: [Double]) throws(Diagnostic) -> Value {
      var plain = vector.series
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
    let own = try slope(vector.values)
    let source = "slope over \(vector.count) values of \(vector.places.title)"
    let seeds = try Estimate.jackknife(vector.points, source: source, name: "slope", replicate)
    guard var estimate = seeds?.first else {
      // The points' scatter about a line says nothing of seeds whose error was lost on the way.
      guard let number = scalar(own) else { return own }
      if vector.points.contains(where: \.lacksError) {
        return value(of: Estimate(number, source: source).withoutError(.outside("slope")))
      }
      guard vector.points.contains(where: { $0.isRange }) else { return own }
      // Neither do places that are known within a range: the line may lie wherever they allow.
      let moved = try Estimate.applying(vector.points, name: "slope") { (values) throws(Diagnostic) in
        try replicate(values)[0]
      }
      guard case .estimate(var estimate) = own, estimate.error ?? 0 > 0 else { return value(of: moved) }
      estimate.allowance += moved.allowance
      estimate.shortage += moved.shortage
      estimate.remarks += moved.remarks.filter { !estimate.remarks.contains($0) }
      return value(of: estimate)
    }
    if case .estimate(let plain) = own {
      estimate.remarks += plain.remarks.filter { $0.concernsMean && !estimate.remarks.contains($0) }
    }
    return value(of: estimate)
  }

  /// Where the best value stands, in the axis's own terms.
  private func bestPlace(of vector: AxisVector, isMaximum: Bool, at span: Span) throws(Diagnostic) -> Value {
    let (values, places) = (vector.values, vector.places)
    guard isMaximum || values.contains(where: { $0.isFinite }) else {
      throw .divergedMembers(of: vector, "argmin", at: span)
    }
    if isMaximum { try requireSound(vector, "argmax", at: span) }
    guard let (best, ties) = vector.bestPlaces(isMaximum: isMaximum) else {
      throw .requires(
        "the place of a largest or smallest value", "numbers: `\(vector.name)` has places without one", at: span)
    }
    let positions = places.positions
    let isEdge =
      places.isNumeric && values.count > 2 && !places.isSample && places.axes != ["index"]
      && (positions[best] == positions.min() || positions[best] == positions.max())
    if isEdge { reportOnce(.atEdge(vector.name, places.title(best), isMaximum: isMaximum, at: span)) }
    guard places.isNumeric else {
      if !ties.isEmpty { reportOnce(.tied(places.title(best), ties.map(places.label), at: span)) }
      return .text(places.label(best))
    }
    let position = positions[best]
    guard !ties.isEmpty else { return places.isWhole ? .integer(Int(position)) : .real(position) }
    var result = Estimate(position, source: "the best of \(values.count) values of \(places.title)")
    let near = ties.map { positions[$0] } + [position]
    result.take(range: Interval(low: near.min() ?? position, high: near.max() ?? position))
    result.remarks = [.tied(ties.map(places.label))]
    return .estimate(result)
  }

  /// A place along an axis of names as its name.
  private func named(_ estimate: Estimate, of vector: AxisVector) -> Value {
    let places = vector.places
    if !places.isNumeric, !estimate.value.isFinite { return .text("none of \(places.title)") }
    guard !places.isNumeric else {
      if places.isWhole, estimate.isExact, estimate.value.isFinite { return .integer(Int(estimate.value)) }
      return value(of: estimate)
    }
    return .text(places.label(min(places.count - 1, max(0, Int(estimate.value)))))
  }

  /// A function of all places' values as a list, with their errors.
  private func acrossListed(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    var one = bound
    var kept: AxisVector?
    for index in one.values.indices {
      guard case .along(let vector)? = one.values[index] else { continue }
      if let first = kept {
        one.values[index] = withoutAxis(.along(try aligned(vector, with: first, at: bound.place(index))))
      } else {
        kept = vector
        one.values[index] = withoutAxis(.along(vector))
      }
    }
    let result = try valueWithoutAxes(builtin, one)
    return try kept.map { (vector) throws(Diagnostic) in
      try keepingPlaces(result, builtin, vector, at: bound.span)
    } ?? result
  }

  /// What a function made of the value at each place stands at the same places.
  private func keepingPlaces(_ result: Value, _ builtin: Builtin, _ vector: AxisVector, at span: Span)
    throws(Diagnostic) -> Value
  {
    guard builtin.keepsAxis else { return result }
    var members: [Value] = []
    switch result {
    case .list(let values): members = values
    case .tensor(let tensor) where tensor.shape.rank == 1 && tensor.holdsTruth:
      members = tensor.doubles().map { .boolean($0 != 0) }
    case .tensor(let tensor) where tensor.shape.rank == 1: members = tensor.doubles().map { .real($0) }
    default: return result
    }
    guard members.count == vector.count else { return result }
    var next = members.makeIterator()
    return try acrossMapped(vector, at: span) { _ in next.next() ?? .real(.nan) }
  }
}

extension Diagnostic {
  /// Runs that diverged have no value that a statistic could take.
  static func divergedMembers(of vector: AxisVector, _ function: String, at span: Span) -> Diagnostic {
    let (count, total) = vector.diverged
    let unit = vector.places.axes == [AxisPlaces.pathAxis] ? "paths" : "runs"
    return Diagnostic(
      "E0666", "\(count) of \(total) \(unit) diverged and \(count == 1 ? "has" : "have") no value for `\(function)`",
      at: span, label: "is of \(unit) that diverged, too",
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
  fileprivate static func holdsAgain(_ vector: AxisVector, at span: Span) -> Diagnostic {
    let flags = vector.values.enumerated().map { "\(vector.places.label($0)): \($1 == 1 ? "yes" : "no")" }
    return Diagnostic(
      "W0732", "`\(vector.name)` does not hold from its first place on", at: span,
      label: "the first place is taken", severity: .warning,
      notes: ["along \(vector.places.title): " + flags.joined(separator: ", ")])
  }
}
