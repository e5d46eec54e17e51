/// In which order samples are drawn.
package enum SamplingOrder: Hashable, Sendable {
  /// A new random permutation each epoch. An epoch has n / batch whole batches; the rest of the permutation, fewer
  /// than a batch, is left out (and is another one in the next epoch).
  case permuted
  /// As `permuted`, but every sample is used once an epoch: batches run on into the next epoch's permutation.
  case permutedWhole
  /// Each sample at random, independent of all others, with equal probability.
  case replacement
  /// 0, 1, …, n − 1, 0, 1, …
  case cyclic
  /// Each sample at random, independent of all others, with probability in proportion to its weight.
  case weighted([Double])

  /// The words of the language for orders without weights.
  package init?(word: String) {
    switch word {
    case "shuffled": self = .permuted
    case "shuffled_whole": self = .permutedWhole
    case "replacement": self = .replacement
    case "cyclic": self = .cyclic
    default: return nil
    }
  }
}

/// The stream of sample numbers that a run consumes: a pure function of (key, count, batch, order, step).
///
/// Nothing but the step number is its position, so replay, forks and stepping back are exact. The permutation of
/// the current epoch is kept to save time; it never changes a result.
package struct Sampler: Sendable {
  package let order: SamplingOrder
  package let count: Int
  package let batch: Int
  private let key: UInt64
  private let weights: CumulativeWeights?
  private var epoch = -1
  private var permutation: [Int32] = []

  /// Draws batches of `batch` from `count` samples.
  ///
  /// - Precondition: 1 ≤ batch; count ≤ 2³¹; and batch ≤ count for `permuted`.
  /// - Throws: there is not one finite weight of at least 0 for each sample, or all are 0.
  package init(
    _ order: SamplingOrder, count: Int, batch: Int, key: UInt64, name: String = "data"
  ) throws(DataError) {
    precondition(batch >= 1 && count >= 1 && count <= 1 << 31, "a batch draws from 1 to 2^31 samples")
    precondition(order != .permuted || batch <= count, "an epoch holds at least one batch")
    self.order = order
    self.count = count
    self.batch = batch
    self.key = key
    if case .weighted(let values) = order {
      guard values.count == count else {
        throw DataError(
          name, .rowsDisagree(first: "data", firstCount: count, second: "weights", secondCount: values.count))
      }
      weights = try CumulativeWeights(values, name: name)
    } else {
      weights = nil
    }
  }

  /// Steps of one epoch: whole batches for `permuted`, else count / batch rounded up.
  package var stepsPerEpoch: Int { order == .permuted ? count / batch : (count + batch - 1) / batch }

  /// Writes the sample numbers of the steps `from..<to`, `batch` a step, to the start of `stream`.
  ///
  /// - Precondition: the stream has room for them, and 0 ≤ from ≤ to.
  package mutating func fill(stream: UnsafeMutableBufferPointer<Int64>, from: Int, to: Int) {
    precondition(from >= 0 && from <= to && stream.count >= (to - from) * batch, "the stream must have room")
    var position = 0
    for step in from..<to {
      for element in 0..<batch {
        stream[position] = Int64(sample(step: step, element: element))
        position += 1
      }
    }
  }

  /// The sample numbers of one step.
  package mutating func batch(step: Int) -> [Int] {
    (0..<batch).map { sample(step: step, element: $0) }
  }

  private mutating func sample(step: Int, element: Int) -> Int {
    switch order {
    case .cyclic: return (step * batch + element) % count
    case .replacement: return Sampler.bounded(word(step, element), count)
    case .weighted: return weights?.index(word(step, element)) ?? 0
    case .permuted:
      let steps = count / batch
      return permuted(epoch: step / steps, place: step % steps * batch + element)
    case .permutedWhole:
      let place = step * batch + element
      return permuted(epoch: place / count, place: place % count)
    }
  }

  private func word(_ step: Int, _ element: Int) -> UInt64 {
    CounterStream.bits(key: key, step: UInt64(step), element: UInt64(element))
  }

  private mutating func permuted(epoch wanted: Int, place: Int) -> Int {
    if epoch != wanted {
      permutation = Sampler.permutation(of: count, key: key, epoch: UInt64(wanted)).map { Int32($0) }
      epoch = wanted
    }
    return Int(permutation[place])
  }

  /// A uniformly random permutation of `0..<count` (Fisher–Yates), a function of key and epoch.
  package static func permutation(of count: Int, key: UInt64, epoch: UInt64) -> [Int] {
    var order = Array(0..<count)
    guard count > 1 else { return order }
    for index in (1..<count).reversed() {
      order.swapAt(index, bounded(CounterStream.bits(key: key, step: epoch, element: UInt64(index)), index + 1))
    }
    return order
  }

  /// ⌊bits · count / 2⁶⁴⌋: each number has probability 1/count within 2⁻⁶⁴.
  private static func bounded(_ bits: UInt64, _ count: Int) -> Int {
    Int(bits.multipliedFullWidth(by: UInt64(count)).high)
  }
}

/// Weights prepared for drawing in constant time on average.
///
/// A draw u in [0, total) gives the first index whose cumulative weight exceeds u; sums run in the order of the
/// samples. The guide table only says where to begin looking (Chen and Asau, 1974), so it cannot change a result.
private struct CumulativeWeights {
  private let sums: [Double]
  private let guide: [Int32]
  private let total: Double
  private let last: Int

  init(_ weights: [Double], name: String) throws(DataError) {
    var sums: [Double] = []
    sums.reserveCapacity(weights.count)
    var sum = 0.0
    for (row, weight) in weights.enumerated() {
      guard weight >= 0, weight.isFinite else { throw DataError(name, .badWeight(row: row, value: weight)) }
      sum += weight
      sums.append(sum)
    }
    guard sum > 0, sum.isFinite, let last = weights.lastIndex(where: { $0 > 0 }) else {
      throw DataError(name, .badWeight(row: 0, value: sum > 0 ? sum : weights.first ?? 0))
    }
    self.sums = sums
    self.last = last
    total = sum
    var guide: [Int32] = []
    var index = 0
    for cell in 0..<weights.count {
      let bound = sum * Double(cell) / Double(weights.count)
      while index < last, sums[index] <= bound { index += 1 }
      guide.append(Int32(index))
    }
    self.guide = guide
  }

  /// The sample that 64 random bits choose.
  func index(_ bits: UInt64) -> Int {
    let u = Double(bits >> 11) * 0x1p-53
    let target = u * total
    var index = Int(guide[min(guide.count - 1, Int(u * Double(guide.count)))])
    while index > 0, sums[index - 1] > target { index -= 1 }
    while index < last, sums[index] <= target { index += 1 }
    return index
  }
}
