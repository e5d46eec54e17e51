/// Arithmetic on estimates.
///
/// A sum or product with a number is linear in every source and exact. Any other function is followed from each operand's
/// value to where the operand may lie, two errors and all doubt either way: the steepest line there is what its error
/// is multiplied by, so that an error does not vanish where the function has a kink or a minimum. To first order
///
///     error² = Σ (∂f/∂xᵢ)² errorᵢ²       allowance = Σ |∂f/∂xᵢ| allowanceᵢ
///
/// for independent operands, shortages like allowances; trends keep their signs. Operands that share sources are followed
/// together, and statistics over the same seeds along the directions in which they move (Note [Functions over shared seeds]). Where the function leaves the numbers on the way, as √x does below 0, no error can be given.
extension Estimate {
  package static func + (left: Estimate, right: Estimate) -> Estimate { linear(left, right, 1) { $0 + $1 } }

  package static func - (left: Estimate, right: Estimate) -> Estimate { linear(left, right, -1) { $0 - $1 } }

  package static func * (left: Estimate, right: Estimate) -> Estimate {
    if left.isExact { return left.value * right }
    if right.isExact { return right.value * left }
    return applying([left, right], name: "*") { $0[0] * $0[1] }
  }

  package static func / (left: Estimate, right: Estimate) -> Estimate {
    if let ranged = applyingToRanges([left, right], { $0[0] / $0[1] }) { return ranged }
    if right.mayVanish, !left.isProportional(to: right) {
      return unbounded(left.value / right.value, union([left, right]), "/")
    }
    guard right.isExact, left.floor.isEmpty, right.value != 0 else {
      return applying([left, right], name: "/") { $0[0] / $0[1] }
    }
    return left.scaled(to: left.value / right.value, by: 1 / right.value)
  }

  package static func * (left: Double, right: Estimate) -> Estimate {
    guard right.floor.isEmpty else { return applying([right], name: "*") { left * $0[0] } }
    return right.scaled(to: left * right.value, by: left)
  }

  /// a^b, without an error where 0 may be raised to a negative power.
  package static func power(
    _ base: Estimate, _ exponent: Estimate, _ body: (Double, Double) -> Double
  ) -> Estimate {
    if exponent.value < 0, base.mayVanish {
      return unbounded(body(base.value, exponent.value), union([base, exponent]), "^")
    }
    return applying([base, exponent], name: "^") { body($0[0], $0[1]) }
  }

  /// Whether it may be 0 as far as its error and doubts reach.
  private var mayVanish: Bool { !isExact && value.isFinite && reach >= value.magnitude }

  /// Whether it is a multiple of the other, whatever that is.
  private func isProportional(to other: Estimate) -> Bool {
    let (mine, others) = (sources, other.sources)
    guard mine.count == 1, others.count == 1, mine[0].source == others[0].source else { return false }
    let excess = mine[0].slope * other.value - others[0].slope * value
    return excess.magnitude <= 1e-9 * (others[0].slope * value).magnitude
  }

  private func scaled(to value: Double, by slope: Double) -> Estimate {
    let parts = sources.map { ErrorPart(source: $0.source, slope: slope * $0.slope) }
    var result = Estimate(value, of: parts, remarks: remarks)
    if slope != 0 { result.shape = shape.scaled(by: slope) }
    return result
  }

  private static func linear(
    _ left: Estimate, _ right: Estimate, _ sign: Double, _ body: (Double, Double) -> Double
  ) -> Estimate {
    guard left.floor.isEmpty, right.floor.isEmpty else {
      return applying([left, right], name: sign > 0 ? "+" : "-") { body($0[0], $0[1]) }
    }
    if left.isRange, right.isRange, let ranged = applyingToRanges([left, right], { body($0[0], $0[1]) }) {
      return ranged
    }
    let turned = right.sources.map { ErrorPart(source: $0.source, slope: sign * $0.slope) }
    var result = Estimate(
      body(left.value, right.value), of: left.sources + turned, remarks: Self.union([left, right]))
    if right.isExact { result.shape = left.shape.moved(by: sign * right.value) }
    if left.isExact { result.shape = right.shape.scaled(by: sign).moved(by: left.value) }
    return result
  }

  fileprivate static func union(_ operands: [Estimate]) -> [EstimateRemark] {
    var result: [EstimateRemark] = []
    for remark in operands.flatMap(\.remarks) where !result.contains(remark) { result.append(remark) }
    return result
  }

  // MARK: Functions

  /// The square root, without an error where it may be that of a negative number.
  package var squareRoot: Estimate { Self.applying([self], name: "sqrt") { $0[0].squareRoot() } }

  /// More operands than this are taken as acting each by itself.
  private static let crossedMax = 8

  /// f(x₁, …, xₙ) with its error.
  ///
  /// - Parameter name: of the function, for the remark where it leaves the numbers.
  /// - Complexity: O(n) uses of `f`, O(n²) for few operands, whose common effect counts too: 0 ± 0.1 times
  ///   0 ± 0.1 is 0 ± 0.01.
  package static func applying<E: Error>(
    _ operands: [Estimate], name: String, _ f: ([Double]) throws(E) -> Double
  ) throws(E) -> Estimate {
    if operands.contains(where: { !$0.floor.isEmpty }) { return try applyingCensored(operands, name, f) }
    if let ranged = try applyingToRanges(operands, f) { return ranged }
    let values = operands.map(\.value)
    let centre = try f(values)
    let live = operands.indices.filter { !operands[$0].isExact }
    let remarks = union(operands)
    guard !live.isEmpty else { return Estimate(centre) }
    let surroundings = Surroundings(centre: centre, values: values)
    guard centre.isFinite else { return unbounded(centre, remarks, name) }
    if let shared = try applyingOverSeeds(operands, name: name, f) { return shared }
    let sources = live.map { operands[$0].sources }
    if let only = sources[0].first?.source, sources.allSatisfy({ $0.count == 1 && $0[0].source == only }) {
      let directions = zip(live, sources).map { (place: $0, slope: $1[0].slope) }
      guard let slope = try surroundings.steepest(directions, reach: only.reach, f) else {
        return unbounded(centre, remarks, name)
      }
      return Estimate(centre, of: [ErrorPart(source: only, slope: slope)], remarks: remarks)
    }
    var seen: Set<ErrorSource> = []
    let areShared = sources.joined().contains { !seen.insert($0.source).inserted }
    var parts: [ErrorPart] = []
    var beyond = 0.0
    for (place, own) in zip(live, sources) {
      let reach = operands[place].reach
      guard let steep = try surroundings.steepest([(place, 1)], reach: reach, f) else {
        return unbounded(centre, remarks, name)
      }
      var slope = steep
      if areShared, let flat = try surroundings.steepest([(place, 1)], reach: 1e-3 * reach, f) {
        // What bends cannot cancel: it is a source of its own.
        let bent = steep.magnitude - flat.magnitude
        slope = flat
        if bent > 1e-2 * steep.magnitude { beyond += bent * (operands[place].error ?? 0) }
      }
      parts += own.map { ErrorPart(source: $0.source, slope: slope * $0.slope) }
    }
    let crossed = live.count <= crossedMax ? try surroundings.crossed(live.map { ($0, operands[$0].error ?? 0) }, f) : 0
    let extra = (beyond * beyond + crossed * crossed).squareRoot()
    var result = Estimate(centre, of: parts, remarks: remarks)
    guard extra > 1e-9 * (result.error ?? 0), extra.isFinite else { return result }
    var rest = Estimate(0, error: extra, source: result.source)
    rest.degreesOfFreedom = live.map { operands[$0].degreesOfFreedom }.min() ?? .infinity
    rest.runs = result.runs
    result = Estimate(centre, of: parts + rest.sources, remarks: remarks)
    return result
  }

  /// Ranges whose combinations are looked at.
  private static let rangesMax = 6

  /// f where its operands are exact, or known to lie within ranges and nothing more: what it takes on a grid over the ranges,
  /// ends and quarters; nil of other operands, and of one that appears twice.
  ///
  /// - Edge cases: where it has no value on the grid, nothing is known.
  private static func applyingToRanges<E: Error>(_ operands: [Estimate], _ f: ([Double]) throws(E) -> Double) throws(E)
    -> Estimate?
  {
    let places = operands.indices.filter { operands[$0].isRange }
    let sources = places.flatMap { operands[$0].sources.map(\.source) }
    guard !places.isEmpty, places.count <= rangesMax, Set(sources).count == sources.count,
      operands.allSatisfy({ $0.floor.isEmpty && ($0.isRange || $0.isExact) })
    else { return nil }
    let values = operands.map(\.value)
    let parts = places.count <= 2 ? 4 : 1
    let ends = places.map { operands[$0].interval() }
    var (low, high) = (Double.infinity, -Double.infinity)
    var count = 1
    for _ in places { count *= parts + 1 }
    for number in 0..<count {
      var (point, rest) = (values, number)
      for (place, end) in zip(places, ends) {
        let share = rest % (parts + 1)
        point[place] =
          share == 0
          ? end.low : share == parts ? end.high : end.low + (end.high - end.low) * Double(share) / Double(parts)
        rest /= parts + 1
      }
      let there = try f(point)
      (low, high) = there.isNaN ? (-.infinity, .infinity) : (min(low, there), max(high, there))
    }
    let centre = try f(values)
    var result = Estimate(centre, source: operands[places[0]].source)
    result.remarks = union(operands)
    result.runs = places.map { operands[$0].runs }.min() ?? 1
    result.take(range: Interval(low: min(low, centre), high: max(high, centre)))
    return result
  }

  /// Half of the width over which the truth is likely to lie, as far as that is known: two errors, and every doubt.
  var reach: Double {
    [allowance, shortage, -(trend?.reach().low ?? 0), trend?.reach().high ?? 0].filter(\.isFinite)
      .reduce(2 * (error ?? 0), +)
  }

  private static func unbounded(_ value: Double, _ remarks: [EstimateRemark], _ name: String) -> Estimate {
    var result = Estimate(value, error: .nan, source: "what is given to `\(name)`")
    result.error = nil
    result.shortage = .infinity
    result.remarks = remarks + (remarks.contains(.outside(name)) ? [] : [.outside(name)])
    return result
  }

  /// Of what did not happen until its run ended, a function that grows without bound did not come to where it would be then.
  private static func applyingCensored<E: Error>(
    _ operands: [Estimate], _ name: String, _ f: ([Double]) throws(E) -> Double
  ) throws(E) -> Estimate {
    let value = try f(operands.map(\.value))
    let ends = operands.map { $0.floor.first ?? $0 }
    let later = operands.map { $0.floor.first.map { 2 * $0.value.magnitude + 1 } ?? $0.value }
    let floor = try applying(ends, name: name, f)
    // A least value does not depend on what comes later, wherever that is.
    if value.isFinite, value == floor.value, try f(later) == value {
      let far = zip(ends, zip(operands, later)).map { end, pair in
        var result = end
        if !pair.0.floor.isEmpty { result.value = pair.1 }
        return result
      }
      if try applying(far, name: name, f).error == floor.error {
        let exact = zip(operands, later).map { $0.floor.isEmpty ? $0 : Estimate($1) }
        var result = try applying(exact, name: name, f)
        result.remarks = union([result] + operands)
        return result
      }
    }
    var result = Estimate(value, source: operands.first { !$0.floor.isEmpty }?.source ?? "one value")
    result.remarks = union(operands)
    if value == .infinity, !operands.contains(where: \.isOpen), try f(later) >= floor.value {
      result.floor = [floor]
      return result
    }
    return open(result.source, result.remarks)
  }

  /// What was computed of an event that did not happen, of which nothing is known.
  ///
  /// Beyond a floor below every number: nothing that is computed of it is known either, and no claim of it is decided.
  static func open(_ source: String, _ remarks: [EstimateRemark]) -> Estimate {
    var result = Estimate(.infinity, source: source)
    result.floor = [Estimate(-.infinity)]
    result.remarks = remarks
    return result
  }
}

/// A function of several numbers, looked at around one point.
private struct Surroundings {
  var centre: Double
  var values: [Double]

  /// The steepest of the lines from the value at the point to those at ± `reach` along a direction; nil where the function
  /// has no finite value there.
  func steepest<E: Error>(
    _ directions: [(place: Int, slope: Double)], reach: Double, _ f: ([Double]) throws(E) -> Double
  ) throws(E) -> Double? {
    let size = directions.map { values[$0.place].magnitude / max($0.slope.magnitude, .leastNormalMagnitude) }.max() ?? 0
    var step = reach
    // Nearer than this, rounding would be most of the difference.
    if step < 1e-7 * size || step == 0 { step = size.isFinite && size > 0 ? 1e-6 * size : 1e-6 }
    func change(_ sign: Double) throws(E) -> Double {
      var moved = values
      for (place, slope) in directions { moved[place] += sign * step * slope }
      return try f(moved) - centre
    }
    let (up, down) = (try change(1), try change(-1))
    guard up.isFinite, down.isFinite else { return nil }
    let steepest = max(up.magnitude, down.magnitude) / step
    return up >= down ? steepest : -steepest
  }

  /// What pairs of numbers that are off by their errors do together, beyond what each does.
  func crossed<E: Error>(_ errors: [(place: Int, error: Double)], _ f: ([Double]) throws(E) -> Double) throws(E)
    -> Double
  {
    var total = 0.0
    for (index, first) in errors.enumerated() where first.error > 0 && first.error.isFinite {
      for second in errors.dropFirst(index + 1) where second.error > 0 && second.error.isFinite {
        var (one, other, both) = (values, values, values)
        one[first.place] += first.error
        other[second.place] += second.error
        both[first.place] += first.error
        both[second.place] += second.error
        let (high, low) = (try f(both) - f(one), try f(other) - centre)
        // Rounding leaves something of what is linear.
        let effect = (high - low).magnitude
        if effect > 1e-9 * max(centre.magnitude, high.magnitude, low.magnitude) { total += effect * effect }
      }
    }
    return total.squareRoot()
  }
}
