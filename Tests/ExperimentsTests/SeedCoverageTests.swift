import Experiments
import Glibc
import Testing

/// How often the intervals of statistics over the seeds of a sweep hold the truth, of synthetic sweeps of known law.
///
/// `make test-long` makes 4,000 sweeps of each kind and prints the table; the others are a tenth of that.
@Suite struct SeedCoverageTests {
  private static let isLong = getenv("DESCENT_LONG_TESTS") != nil
  private static let trials = isLong ? 4000 : 400
  private static let sizes = [8.0, 16, 32, 64]

  /// Values of one seed along the sizes: 2 d^1.5, off by a tenth, half of which all sizes of a seed share.
  private struct Sweep {
    var labels: [String]
    var rows: [[Double]]

    init(_ seeds: Int, _ generator: inout SeededGenerator) {
      labels = (1...seeds).map { "\($0)" }
      rows = (0..<seeds).map { _ in
        let shared = generator.normal()
        return SeedCoverageTests.sizes.map { size in
          2 * pow(size, 1.5) * (1 + 0.1 * (0.5 * shared + 0.75.squareRoot() * generator.normal()))
        }
      }
    }

    var points: [Estimate] {
      SeedCoverageTests.sizes.indices.map { place in
        Estimate.mean(of: rows.map { Estimate($0[place]) }, labels: labels)
      }
    }
  }

  private func samples(_ values: [Double]) -> AxisVector {
    let places = AxisPlaces(
      axes: ["seed"], labels: values.indices.map { ["\($0 + 1)"] },
      coordinates: values.indices.map { [Double($0 + 1)] }, isWhole: true, isSample: true)
    return AxisVector("x", places, values.map { Estimate($0) })
  }

  private func mean(_ values: [Double]) -> Estimate {
    Estimate.mean(of: values.map { Estimate($0) }, labels: values.indices.map { "\($0 + 1)" })
  }

  private func slope(_ points: [Estimate]) -> Estimate {
    func value(_ values: [Double]) -> [Double] {
      [Series(name: "y", axis: .index, positions: Self.sizes, values: values).slope().value]
    }
    return Estimate.jackknife(points, source: "slope", name: "slope", value)?.first ?? Estimate(.nan)
  }

  /// The factor and the exponent of c d^a.
  private func fit(_ points: [Estimate]) -> [Estimate] {
    func model(_ parameters: [Double]) -> ModelValues {
      let (c, a) = (parameters[0], parameters[1])
      return ModelValues(
        values: Self.sizes.map { c * pow($0, a) },
        slopes: Self.sizes.map { [pow($0, a), c * pow($0, a) * log($0)] })
    }
    let free = Interval(low: -.infinity, high: .infinity)
    var search = LeastSquares(
      targets: points.map(\.value), weights: LeastSquares.weights(of: points), bounds: [free, free])
    guard let best = search.solution(from: [1, 1], model), best.isSettled else { return [] }
    let result = Estimate.jackknife(points, source: "fit", name: "fit") { targets in
      search.targets = targets
      return search.solution(from: best.parameters, model)?.parameters ?? [.nan, .nan]
    }
    return result ?? []
  }

  /// The first size at which the mean lies above a limit.
  private func first(_ points: [Estimate], above limit: Double) -> Estimate {
    let places = AxisPlaces(
      axes: ["d"], labels: Self.sizes.map { ["\(Int($0))"] }, coordinates: Self.sizes.map { [$0] }, isWhole: true)
    let judged = points.map { Judgement.comparison($0, .greater, Estimate(limit)) }
    return AxisVector("y", places, points).conditions(judged, points.map { $0.value > limit }).firstPlaceOfTruth()
  }

  private struct Count {
    var covered = 0
    var total = 0
    mutating func note(_ estimate: Estimate, _ truth: Double) {
      guard !estimate.lacksError || !estimate.floor.isEmpty else { return }
      let interval = estimate.interval()
      total += 1
      if interval.low <= truth, truth <= interval.high { covered += 1 }
    }
  }

  @Test(arguments: [3, 5, 10, 20])
  func intervalsOverSeedsCoverTheTruth(_ seeds: Int) {
    var generator = SeededGenerator(seed: UInt64(100 + seeds))
    var counts: [String: Count] = [:]
    for _ in 0..<Self.trials {
      let (a, b) = ((0..<seeds).map { _ in generator.normal() }, (0..<seeds).map { _ in generator.normal() })
      let sweep = Sweep(seeds, &generator)
      let points = sweep.points
      counts["mean", default: Count()].note(mean(a), 0)
      counts["difference", default: Count()].note(mean(a) - mean(zip(a, b).map { 0.8 * $0 + $1 }), 0)
      counts["var", default: Count()].note(samples(a).varianceOverSeeds(isRoot: false), 1)
      counts["std", default: Count()].note(samples(a).varianceOverSeeds(isRoot: true), 1)
      counts["median", default: Count()].note(samples(a).quantileOverSeeds(0.5), 0)
      counts["slope", default: Count()].note(slope(points), 1.5)
      let fitted = fit(points)
      #expect(fitted.count == 2)
      counts["fit, factor", default: Count()].note(fitted[0], 2)
      counts["fit, exponent", default: Count()].note(fitted[1], 1.5)
      counts["first", default: Count()].note(first(points, above: 350), 32)
      counts["first, close", default: Count()].note(first(points, above: 2 * pow(32, 1.5) * 0.97), 32)
    }
    for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
      let share = 100 * Double(count.covered) / Double(max(1, count.total))
      if Self.isLong {
        let text = NumberFormat.significant(3).text(share)
        print("\(seeds) seeds, \(name): \(count.covered) of \(count.total), \(text)%")
      }
      let slack = 260 * (0.05 * 0.95 / Double(max(1, count.total))).squareRoot()
      // Places of a grid and order statistics are few, so that their intervals may cover more often.
      let most = name.hasPrefix("first") || name == "median" ? 100 : 97 + slack
      if count.total > 0 { #expect(share > 93 - slack && share <= most, "\(seeds) seeds, \(name): \(share)%") }
    }
    #expect((counts["var"]?.total ?? 0) == (seeds < 5 ? 0 : Self.trials))
  }
}
