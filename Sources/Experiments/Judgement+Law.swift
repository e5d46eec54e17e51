import Glibc

/// Whether values are distributed by a law.
extension Judgement {
  /// Whether the distribution function of the law of independent `values` is nowhere further than `tolerance` from `law`.
  ///
  /// With D = sup |Fₙ − F| and the band ε = √(ln(2/α) / 2n), which covers the whole function with probability 1 − α, the
  /// statement is supported where D + ε ≤ tolerance and refuted where D − ε > tolerance. A sample can show that a law is
  /// near, never that it is exactly the one.
  ///
  /// Of events that are only known to come after some time nothing is compared beyond it: D is bounded by what it is up to
  /// there, and by the largest that they can make of it wherever they lie.
  ///
  /// - Parameters:
  ///   - law: the distribution function F, increasing from 0 to 1.
  ///   - size: how many independent values those are worth; their number where they are independent.
  ///   - end: up to where the values are known; those beyond are infinite.
  ///   - error: how far F may be off.
  /// - Edge cases: no values, or one that is not a number, are undecided.
  /// - Reference: P. Massart, "The tight constant in the Dvoretzky–Kiefer–Wolfowitz inequality", Ann. Probab. 18 (1990).
  package static func sameLaw(
    _ values: [Double], as law: (Double) -> Double, within tolerance: Double, size: Double? = nil, level: Double = 0.95,
    seenUpTo end: Double = .infinity, error: Double = 0
  ) -> Judgement {
    let distance = LawDistance(values, law, seenUpTo: end, error: error)
    let size = min(size ?? Double(values.count), Double(values.count))
    return judgement(
      distance, tolerance, scale: 1 / size.squareRoot(), sides: 1, level: level,
      source: sizeText(values.count, size))
  }

  /// The same for the laws of two independent samples.
  package static func sameLaw(
    _ values: [Double], as others: [Double], within tolerance: Double, sizes: (Double, Double)? = nil,
    level: Double = 0.95, seenUpTo end: Double = .infinity
  ) -> Judgement {
    let distance = LawDistance(values, others, seenUpTo: end)
    let first = min(sizes?.0 ?? Double(values.count), Double(values.count))
    let second = min(sizes?.1 ?? Double(others.count), Double(others.count))
    return judgement(
      distance, tolerance, scale: 1 / first.squareRoot() + 1 / second.squareRoot(), sides: 2, level: level,
      source: sizeText(values.count, first) + " against " + sizeText(others.count, second))
  }

  private static func judgement(
    _ distance: LawDistance, _ tolerance: Double, scale: Double, sides: Double, level: Double, source: String
  ) -> Judgement {
    let format = NumberFormat.significant(3)
    let band = (log(2 * sides / (1 - level)) / 2).squareRoot() * scale
    let verdict: Verdict =
      distance.most + band <= tolerance ? .supported : distance.least - band > tolerance ? .refuted : .undecided
    let effect = "distance of the distribution functions \(distance.text), tolerance \(format.text(tolerance))"
    guard distance.most.isFinite, band.isFinite else {
      return Judgement(verdict: .undecided, effect: effect, test: "a law needs values that are numbers", risk: 1)
    }
    let interval = Interval(low: max(0, distance.least - band), high: distance.most + band)
    var result = Judgement(
      verdict: verdict, effect: effect, interval: interval,
      test:
        "\(levelText(level)) band of the distribution function (Dvoretzky, Kiefer, Wolfowitz) ± \(format.text(band))",
      remarks: [source] + distance.remarks)
    let gap = max(0, verdict == .supported ? tolerance - distance.most : distance.least - tolerance) / scale
    result.risk =
      verdict == .undecided ? 1 : min(1, 2 * sides * exp(-2 * gap * gap) * standardRisk / (1 - level))
    switch verdict {
    case .supported: result.remarks.append("a sample shows that a law is this near, not that it is exactly this one")
    case .undecided:
      let isOfEnd = distance.least + band <= tolerance
      result.remarks.append(
        isOfEnd && distance.most > distance.least
          ? "a longer run, in which more of the events happen, or a larger tolerance, may decide it"
          : "more values, or a larger tolerance, may decide it")
    case .refuted: break
    }
    return result
  }

  private static func sizeText(_ count: Int, _ size: Double) -> String {
    guard size < 0.95 * Double(count) else { return "\(count) values, taken as independent" }
    return "\(count) values, correlated: worth \(Int(size.rounded())) independent ones"
  }

  /// sup |Fₙ − F| for the empirical distribution function of the values; not a number for none.
  package static func kolmogorovDistance(_ values: [Double], _ law: (Double) -> Double) -> Double {
    guard !values.isEmpty, !values.contains(where: \.isNaN) else { return .nan }
    let count = Double(values.count)
    var result = 0.0
    for (index, value) in values.sorted().enumerated() {
      let expected = law(value)
      result = max(result, Double(index + 1) / count - expected, expected - Double(index) / count)
    }
    return result
  }

  /// sup |Fₘ − Gₙ| for two samples; not a number where one is empty.
  package static func kolmogorovDistance(_ first: [Double], _ second: [Double]) -> Double {
    guard !first.isEmpty, !second.isEmpty, !(first + second).contains(where: \.isNaN) else { return .nan }
    let (a, b) = (first.sorted(), second.sorted())
    var (i, j, result) = (0, 0, 0.0)
    while i < a.count, j < b.count {
      let value = min(a[i], b[j])
      while i < a.count, a[i] == value { i += 1 }
      while j < b.count, b[j] == value { j += 1 }
      result = max(result, (Double(i) / Double(a.count) - Double(j) / Double(b.count)).magnitude)
    }
    return result
  }
}

extension Statistics {
  /// How many independent values a sequence is worth for its distribution function, at most their number.
  ///
  /// A distribution function is a mean of indicators, and what alternates in sign may keep its size for long: the least of
  /// `MeanError`'s counts for x, for |x − median|, and for whether each lies below its quantiles of order 10, 30, 50, 70 and
  /// 90%. A sequence in sorted order is worth hardly anything: it says nothing of how its values came.
  ///
  /// - Edge cases: fewer than six values are worth one; equal values are worth their number.
  package static func independentCount(forLawOf values: [Double]) -> Double {
    let count = Double(values.count)
    guard values.count >= 6, values.allSatisfy(\.isFinite) else { return min(1, count) }
    let middle = median(values)
    var seen: [[Double]] = []
    for view in [values, values.map { ($0 - middle).magnitude }] {
      seen.append(view)
      for order in [0.1, 0.3, 0.5, 0.7, 0.9] {
        let limit = quantile(view, order)
        seen.append(view.map { $0 <= limit ? 1 : 0 })
      }
    }
    return seen.reduce(count) { min($0, MeanError($1)?.worth ?? count) }
  }
}
