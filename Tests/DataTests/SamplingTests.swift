import Data
import Testing

/// Sampling orders: what they draw, and that only the step number matters.
@Suite struct SamplingTests {
  private func stream(_ sampler: Sampler, _ steps: Range<Int>) -> [Int64] {
    var sampler = sampler
    var numbers = [Int64](repeating: -1, count: steps.count * sampler.batch)
    numbers.withUnsafeMutableBufferPointer { sampler.fill(stream: $0, from: steps.lowerBound, to: steps.upperBound) }
    return numbers
  }

  private func sampler(_ order: SamplingOrder, count: Int = 10, batch: Int = 3, key: UInt64 = 42) throws -> Sampler {
    try Sampler(order, count: count, batch: batch, key: key)
  }

  private static let orders: [SamplingOrder] = [
    .permuted, .permutedWhole, .replacement, .cyclic, .weighted([1, 0, 2, 0, 0, 5, 1, 1, 0.5, 0]),
  ]

  @Test(arguments: orders) func anyPartOfTheStreamIsThePartOfTheWhole(_ order: SamplingOrder) throws {
    let sampler = try sampler(order)
    let whole = stream(sampler, 0..<40)
    #expect(whole.allSatisfy { (0..<10).contains($0) })
    for (from, to) in [(0, 1), (1, 2), (2, 5), (7, 31), (39, 40), (13, 13)] {
      #expect(stream(sampler, from..<to)[...] == whole[from * 3..<to * 3], "\(order) \(from)..<\(to)")
    }
    // Going back after going on gives the same again.
    var moving = sampler
    let late = moving.batch(step: 35)
    #expect(moving.batch(step: 4).map(Int64.init)[...] == whole[12..<15])
    #expect(moving.batch(step: 35) == late)
  }

  @Test(arguments: orders) func keysMatterOnlyWhereThereIsChance(_ order: SamplingOrder) throws {
    let first = stream(try sampler(order), 0..<40)
    #expect((stream(try sampler(order, key: 43), 0..<40) == first) == (order == .cyclic))
  }

  @Test func anEpochOfWholeBatchesUsesNoSampleTwice() throws {
    let sampler = try sampler(.permuted)
    #expect(Sampler.stepsPerEpoch(count: sampler.count, batch: sampler.batch) == 3)
    for epoch in 0..<20 {
      let numbers = stream(sampler, epoch * 3..<epoch * 3 + 3)
      #expect(Set(numbers).count == 9)
    }
  }

  /// With the rest kept an epoch goes through all samples; places that its last batch does not fill repeat its first.
  @Test(arguments: [SamplingOrder.permuted, .cyclic]) func aKeptRestIsABatchOfItsOwn(_ order: SamplingOrder) throws {
    var sampler = try Sampler(order, count: 10, batch: 3, key: 42, keepsRest: true)
    #expect(Sampler.stepsPerEpoch(count: 10, batch: 3, keepsRest: true) == 4)
    var epochs: [[Int]] = []
    for step in 0..<40 {
      let (numbers, size) = (sampler.batch(step: step), sampler.size(step: step))
      let isLast = step % 4 == 3
      let shares: [Double] = isLast ? [1, 0, 0] : [Double](repeating: 1.0 / 3, count: 3)
      let even = isLast ? 1 : 3 - step % 4
      #expect(size == (isLast ? 1 : 3))
      #expect(sampler.evenSteps(from: step) == even)
      #expect(sampler.shares(step: step) == shares)
      #expect(numbers[size...].allSatisfy { $0 == numbers[0] })
      if step % 4 == 0 { epochs.append([]) }
      epochs[epochs.count - 1] += numbers[..<size]
    }
    #expect(epochs.allSatisfy { $0.sorted() == Array(0..<10) })
    #expect((epochs[0] == epochs[1]) == (order == .cyclic))
    let whole = stream(sampler, 0..<40)
    for (from, to) in [(0, 1), (2, 9), (3, 4), (37, 40)] {
      #expect(stream(sampler, from..<to)[...] == whole[from * 3..<to * 3], "\(from)..<\(to)")
    }
  }

  @Test func whatDividesTheDataLeavesNothingToKeep() throws {
    let (kept, plain) = (
      try Sampler(.permuted, count: 12, batch: 3, key: 7, keepsRest: true), try sampler(.permuted, count: 12, key: 7)
    )
    #expect(stream(kept, 0..<20) == stream(plain, 0..<20) && kept.evenSteps(from: 3) == .max)
  }

  @Test func anEpochHasAsManyStepsAsThereAreWholeBatches() {
    let cases = [(10, 3, 3), (10, 4, 2), (10, 5, 2), (10, 10, 1), (3, 7, 1), (1, 1, 1)]
    for (count, batch, steps) in cases { #expect(Sampler.stepsPerEpoch(count: count, batch: batch) == steps) }
  }

  @Test func aWholePermutationUsesEachSampleOnce() throws {
    let sampler = try sampler(.permutedWhole)
    let numbers = stream(sampler, 0..<100)
    for epoch in 0..<30 { #expect(Set(numbers[epoch * 10..<epoch * 10 + 10]).count == 10) }
  }

  @Test func cyclicOrderCounts() throws {
    #expect(stream(try sampler(.cyclic, count: 4), 0..<4) == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])
  }

  @Test func permutationsAreUniform() throws {
    // 24 permutations of 4: chi-square with 23 degrees of freedom stays below 49.7 with probability 0.999.
    var counts: [[Int64]: Int] = [:]
    let draws = 24_000
    let numbers = stream(try sampler(.permuted, count: 4, batch: 4, key: 1), 0..<draws)
    for epoch in 0..<draws { counts[Array(numbers[4 * epoch..<4 * epoch + 4]), default: 0] += 1 }
    let expected = Double(draws) / 24
    let chiSquare = counts.values.sorted().reduce(0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    #expect(counts.count == 24 && chiSquare < 49.7, "chi-square \(chiSquare)")
  }

  @Test func theStreamGoesOnFarAway() throws {
    let sampler = try sampler(.replacement, count: 1000, batch: 1)
    let border = 1 << 30
    let across = stream(sampler, border - 5..<border + 5)
    #expect(across.suffix(5) == stream(sampler, border..<border + 5)[...])
    #expect(stream(sampler, 0..<20) != stream(sampler, border..<border + 20))
    #expect(stream(sampler, 0..<20) != stream(sampler, 8 * border..<8 * border + 20))
    #expect(stream(sampler, 0..<10_000)[4090..<4100] == stream(sampler, 4090..<4100)[...])
  }

  @Test func drawsFollowTheirWeights() throws {
    let weights = [1.0, 0, 2, 0, 0, 5, 1, 1, 0, 0]
    let numbers = stream(try sampler(.weighted(weights), batch: 10), 0..<10_000)
    var counts = [Int](repeating: 0, count: 10)
    for number in numbers { counts[Int(number)] += 1 }
    for (count, weight) in zip(counts, weights) {
      let probability = weight / 10
      let deviation = (100_000 * probability * (1 - probability)).squareRoot()
      #expect(abs(Double(count) - 100_000 * probability) <= 4 * deviation, "\(counts)")
    }
  }

  @Test func equalWeightsAreDrawnEvenly() throws {
    let weights = (0..<1000).map { _ in 0.1 }
    var seen = Set<Int64>()
    seen.formUnion(stream(try sampler(.weighted(weights), count: 1000, batch: 1000), 0..<20))
    #expect(seen.count == 1000)
  }

  @Test(arguments: [[1, -1], [1, .nan], [1, .infinity], [0, 0], [1e308, 1e308]] as [[Double]])
  func weightsThatAreNoneAreRefused(_ weights: [Double]) {
    let message = message { () throws(DataError) in try Sampler(.weighted(weights), count: 2, batch: 1, key: 0) }
    #expect(message.hasPrefix("E0823"), "\(message)")
  }

  @Test func eachSampleNeedsItsWeight() {
    let message = message { () throws(DataError) in try Sampler(.weighted([1]), count: 2, batch: 1, key: 0) }
    #expect(message.hasPrefix("E0828"))
  }
}

extension SamplingTests {
  /// These numbers are part of what a release promises: the same script and seed give the same run.
  @Test(
    arguments: [
      (SamplingOrder.permuted, [8, 4, 3, 7, 9, 6, 1, 2, 0, 5, 7, 3, 0, 6, 9]),
      (.permutedWhole, [8, 4, 3, 7, 9, 6, 1, 2, 0, 5, 5, 7, 3, 0, 6]),
      (.replacement, [6, 9, 8, 7, 3, 3, 2, 3, 0, 5, 6, 5, 3, 0, 4]),
      (.weighted([1, 0, 2, 0, 0, 5, 1, 1, 0.5, 0]), [5, 8, 6, 5, 5, 5, 2, 5, 0, 5, 5, 5, 5, 0, 5]),
    ] as [(SamplingOrder, [Int])])
  func streamsAreFrozen(_ order: SamplingOrder, _ expected: [Int]) throws {
    var sampler = try Sampler(order, count: 10, batch: 3, key: 42)
    #expect((0..<5).flatMap { sampler.batch(step: $0) } == expected)
  }
}
