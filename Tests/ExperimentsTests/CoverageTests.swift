import Experiments
import Glibc
import Testing

/// How often intervals hold the truth, and verdicts are wrong, over many series of known law.
///
/// `COVERAGE=40 make test only=CoverageTests` takes forty times as many, and prints the table.
@Suite struct CoverageTests {
  private static let scale = getenv("COVERAGE").flatMap { Int(String(cString: $0)) } ?? 1

  /// Values of mean 0 and a correlation φ of neighbours, of normal numbers or of Student's t with 3 degrees of freedom.
  struct Law: Sendable, CustomStringConvertible {
    var phi: Double
    var isHeavy = false
    var correlationTime: Double { (1 + phi) / (1 - phi) }
    var description: String { isHeavy ? "Student t₃" : "φ = \(phi)" }

    func values(_ count: Int, _ generator: inout SeededGenerator) -> [Double] {
      func draw() -> Double {
        guard isHeavy else { return generator.normal() }
        let squares = (0..<3).reduce(0.0) { sum, _ in
          let z = generator.normal()
          return sum + z * z
        }
        return generator.normal() / (squares / 3).squareRoot()
      }
      var value = draw()
      return (0..<count).map { _ in
        value = phi * value + (1 - phi * phi).squareRoot() * draw()
        return value
      }
    }
  }

  static let laws = [Law(phi: 0), Law(phi: 0.5), Law(phi: 0.9), Law(phi: 0.98), Law(phi: 0, isHeavy: true)]

  private func series(_ values: [Double], from start: Double = 1) -> Series {
    Series(name: "q", axis: .step, positions: values.indices.map { start + Double($0) }, values: values)
  }

  /// Intervals of which 93 to 97% hold 0; as many fewer or more as chance may make of the number of trials.
  private func expectCoverage(_ covered: Int, of count: Int, _ what: String) {
    let share = Double(covered) / Double(count)
    let slack = 2.6 * (0.05 * 0.95 / Double(count)).squareRoot()
    if Self.scale > 1 { print(what, covered, "of", count, NumberFormat.significant(3).text(100 * share)) }
    #expect(share > 0.93 - slack && share < 0.97 + slack, "\(what): \(covered) of \(count)")
  }

  /// So many series that the suite stays short.
  private func trials(_ count: Int) -> Int { max(40, min(150, 12_000 / count)) * Self.scale }

  @Test(arguments: laws, [20.0, 50, 200])
  func intervalsCoverTheTruth(_ law: Law, _ times: Double) {
    let count = Int(times * law.correlationTime)
    guard count <= 400 || Self.scale > 1 else { return }
    var generator = SeededGenerator(seed: 17)
    var (plateaus, slopes, differences) = ((0, 0), (0, 0), (0, 0))
    func note(_ estimate: Estimate, _ counts: inout (Int, Int)) {
      guard estimate.error != nil else { return }
      let interval = estimate.interval()
      counts.1 += 1
      if interval.low <= 0, interval.high >= 0 { counts.0 += 1 }
    }
    for _ in 0..<trials(count) {
      let values = law.values(count, &generator)
      let one = series(values).plateau(last: 1)
      note(one, &plateaus)
      note(series(values).slope(scale: .linear), &slopes)
      let other = series(law.values(count, &generator)).correlatedMean()
      if one.error != nil, other.error != nil { note(one - other, &differences) }
    }
    #expect(plateaus.1 * 100 >= 80 * trials(count))
    expectCoverage(plateaus.0, of: plateaus.1, "plateau, \(law), \(times) correlation times")
    expectCoverage(slopes.0, of: slopes.1, "slope, \(law), \(times) correlation times")
    expectCoverage(differences.0, of: differences.1, "difference, \(law), \(times) correlation times")
  }

  /// Too short a look gives no verdict that another would reverse: the truth lies at the limit.
  @Test(arguments: laws, [0.4, 2, 5, 10])
  func shortSeriesAreUndecided(_ law: Law, _ times: Double) {
    let count = Int(times * law.correlationTime)
    guard count >= 1, count <= 400 || Self.scale > 1 else { return }
    var generator = SeededGenerator(seed: 23)
    let total = trials(count)
    var (means, slopes) = (0, 0)
    for _ in 0..<total {
      let values = law.values(count, &generator)
      let zero = Estimate(0)
      if Judgement.comparison(series(values).plateau(last: 1), .greater, zero).verdict != .undecided { means += 1 }
      if count > 2, Judgement.comparison(series(values).slope(scale: .linear), .greater, zero).verdict != .undecided {
        slopes += 1
      }
    }
    if Self.scale > 1 { print("wrong, \(law), \(times) correlation times:", means, slopes, "of", total) }
    let slack = 2.6 * (0.05 * 0.95 / Double(total)).squareRoot()
    #expect(Double(means) < (0.065 + slack) * Double(total), "\(law), \(times): \(means) of \(total)")
    // Slopes of less than ten correlation times are wrong in up to 8%.
    #expect(Double(slopes) < (0.08 + slack) * Double(total), "\(law), \(times): \(slopes) of \(total)")
  }

  /// A drift of 1, 3 and 10 errors a window is no plateau in about 80, 95 and 99 of 100; a steady series is one.
  @Test(arguments: [Law(phi: 0), Law(phi: 0.9)], [(0.0, 0.0, 0.11), (1, 0.75, 1), (3, 0.92, 1), (10, 0.98, 1)])
  func driftsAreNoPlateaus(_ law: Law, _ drift: (errors: Double, least: Double, most: Double)) {
    let window = Int(50 * law.correlationTime)
    let error = (law.correlationTime / Double(window)).squareRoot()
    var generator = SeededGenerator(seed: 5)
    let total = (law.phi == 0 ? 150 : Self.scale > 1 ? 50 : 0) * Self.scale
    guard total > 0 else { return }
    let told = (0..<total).count { _ in
      let values = law.values(5 * window, &generator).enumerated().map {
        $1 + drift.errors * error * Double($0) / Double(window)
      }
      return series(values).plateau().remarks.contains { if case .drifting = $0 { true } else { false } }
    }
    if Self.scale > 1 { print("drift of \(drift.errors) errors, \(law): told in", told, "of", total) }
    #expect(
      Double(told) >= drift.least * Double(total) && Double(told) <= drift.most * Double(total), "\(told) of \(total)")
  }

  /// The law that values have is not refuted, whether neighbours are alike or alternate.
  @Test(arguments: [0, 0.5, 0.9, 0.98, -0.5, -0.9, -0.98])
  func trueLawsAreNotRefuted(_ phi: Double) {
    var generator = SeededGenerator(seed: 3)
    let total = 20 * Self.scale
    let refuted = (0..<total).count { _ in
      let values = Law(phi: phi).values(400, &generator)
      let size = Statistics.independentCount(forLawOf: values)
      return Judgement.sameLaw(values, as: { 0.5 * erfc(-$0 / 2.0.squareRoot()) }, within: 0.001, size: size).verdict
        == .refuted
    }
    #expect(refuted <= 3 * Self.scale, "\(refuted) of \(total)")
  }

  /// Seven values say little, two points nothing: neither is exact.
  @Test func tooFewValuesAreNotExact() {
    var generator = SeededGenerator(seed: 2)
    for count in [1, 2, 7] {
      let decided = (0..<200).count { _ in
        let values = (0..<count).map { _ in generator.normal() }
        return Judgement.comparison(series(values).plateau(last: 1), .greater, Estimate(0)).verdict != .undecided
      }
      #expect(decided <= 14, "\(decided) of 200 with \(count) values")
    }
    let slope = series([1, 2]).slope()
    #expect(Judgement.comparison(slope, .greater, Estimate(0)).verdict == .undecided)
  }

  /// What has settled to its last digit is a plateau, however smooth the way there.
  @Test func settledSeriesAreDecided() {
    let values = (0..<100).map { 0.5 + exp(-0.3 * Double($0)) }
    let plateau = series(values).plateau()
    #expect(Judgement.approximately(plateau, Estimate(0.5), within: .relative(0.01)).verdict == .supported)
    // One that rises steadily is none, and may yet come to where it is not.
    let rising = (0..<100).map { 8 + 0.0085 * Double($0) }
    let judged = Judgement.approximately(series(rising).plateau(), Estimate(10), within: .relative(0.05))
    #expect(judged.verdict == .undecided && judged.remarks.contains { $0.contains("still rises") })
  }
}
