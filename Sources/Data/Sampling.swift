import Tensors

/// In which order samples are drawn.
package enum SamplingOrder: Hashable, Sendable, Codable {
  /// A new random permutation each epoch. An epoch has n / batch whole batches; the rest of the permutation, fewer
  /// than a batch, is left out (and is another one in the next epoch).
  case permuted
  /// As `permuted`, but every sample of a permutation is used: batches run on into the next permutation.
  case permutedWhole
  /// Each sample at random, independent of all others, with equal probability.
  case replacement
  /// 0, 1, …, n − 1, 0, 1, …
  case cyclic
  /// A new batch without replacement at each step, independent of all others.
  case subset
  /// Each sample at random, independent of all others, with probability in proportion to its weight.
  case weighted([Double])

  /// Whether an epoch of it can leave samples over: one that goes through the data.
  package var hasRest: Bool { self == .permuted || self == .cyclic }

  /// Whether a batch may be larger than the data: one whose draws are independent.
  package var isOfIndependentDraws: Bool {
    switch self {
    case .replacement, .weighted: true
    case .permuted, .permutedWhole, .cyclic, .subset: false
    }
  }

  /// The words of the language for orders without weights.
  package init?(word: String) {
    switch word {
    case "shuffled": self = .permuted
    case "shuffled_whole": self = .permutedWhole
    case "replacement": self = .replacement
    case "cyclic": self = .cyclic
    case "subset": self = .subset
    default: return nil
    }
  }
}

/// The stream of sample numbers that a run consumes: a pure function of (key, count, batch, order, step).
///
/// Step t takes the places t · batch ..< (t + 1) · batch of one endless sequence; where the rest of an epoch is kept, the
/// last of its ⌈n / batch⌉ steps takes what is left of the n samples, and its other places repeat its first. An order that
/// goes through the data may begin at any sample, as if those before it had been taken. Nothing but the step number is the
/// position, so replay, forks and stepping back are exact. The permutation of the current epoch is kept to save
/// time; it never changes a result.
package struct Sampler: Sendable {
  package let order: SamplingOrder
  package let count: Int
  package let batch: Int
  /// Whether an epoch ends in a shorter batch of the samples that are left.
  package let keepsRest: Bool
  /// The sample at which the first epoch begins; 0 for orders that do not go through the data in their order.
  package let first: Int
  /// How many batches a step takes, one after the other; `batch` counts the samples of all of them.
  package let turns: Int
  private let stream: RandomStream
  private let weights: CumulativeWeights?
  private var epoch = -1
  private var permutation: [Int] = []
  /// 0, 1, …, n − 1 between two steps, for batches that are dealt from it.
  private var deck: [Int32] = []

  /// Draws batches of `batch` from `count` samples.
  ///
  /// - Parameter keepsRest: whether the samples that fill no batch are one of their own at the end of an epoch.
  /// - Precondition: 1 ≤ turns, a divisor of the batch; count ≤ 2³¹; batch / turns ≤ count for `permuted` and `subset`; draws
  ///   that are independent keep no rest, nor do several turns; and 0 ≤ first < count, 0 but for `cyclic`.
  /// - Throws: there is not one finite weight of at least 0 for each sample, or all are 0.
  package init(
    _ order: SamplingOrder, count: Int, batch: Int, key: UInt64, keepsRest: Bool = false, first: Int = 0,
    turns: Int = 1, name: String = "data"
  ) throws(DataError) {
    precondition(batch >= 1 && count >= 1 && count <= 1 << 31, "a batch draws from 1 to 2^31 samples")
    precondition(turns >= 1 && batch % turns == 0, "a step has whole batches")
    precondition(!keepsRest || order.hasRest && turns == 1, "an epoch of independent draws has no rest")
    precondition(first >= 0 && first < count && (first == 0 || order == .cyclic), "only an order begins anywhere")
    self.keepsRest = keepsRest && (count % batch != 0 || (count - first) % batch != 0)
    self.first = first
    precondition((order != .permuted && order != .subset) || batch / turns <= count, "an epoch holds a batch")
    self.turns = turns
    self.order = order
    self.count = count
    self.batch = batch
    stream = RandomStream(key: key)
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

  /// Steps of one epoch, for every order: as many as there are whole batches in the data, at least one, and one more for
  /// a rest that is kept.
  package static func stepsPerEpoch(count: Int, batch: Int, keepsRest: Bool = false) -> Int {
    max(1, keepsRest ? (count - 1) / batch + 1 : count / batch)
  }

  /// Samples of one turn.
  private var dealt: Int { batch / turns }

  private var stepsPerEpoch: Int { Self.stepsPerEpoch(count: count, batch: batch, keepsRest: keepsRest) }

  /// Steps of the first epoch, where it does not begin at the first sample and its rest is kept; else 0.
  private var firstSteps: Int { first == 0 ? 0 : (count - first - 1) / batch + 1 }

  /// The sample in its epoch at which a step's batch begins, where a rest is kept.
  private func place(step: Int) -> Int {
    step < firstSteps ? first + step * batch : (step - firstSteps) % stepsPerEpoch * batch
  }

  /// The sample at which the batch of a step begins in an order that goes through the data as they are.
  package func begin(step: Int) -> Int { keepsRest ? place(step: step) : (first + step * batch) % count }

  /// How many of the places of a step's batch are samples of it; those behind them repeat the first.
  package func size(step: Int) -> Int { keepsRest ? min(batch, count - place(step: step)) : batch }

  /// How many steps from this one on have batches of one size.
  package func evenSteps(from step: Int) -> Int {
    guard keepsRest else { return .max }
    return max(1, (count - place(step: step)) / batch)
  }

  /// The shares of the places of a step's batch in its mean: 1 / size for its samples, 0 for what repeats one.
  package func shares(step: Int) -> [Double] {
    let size = size(step: step)
    return (0..<batch).map { $0 < size ? 1 / Double(size) : 0 }
  }

  /// Writes the sample numbers of the steps `from..<to`, `batch` a step, to the start of `numbers`.
  ///
  /// - Precondition: the buffer has room for them, and 0 ≤ from ≤ to.
  package mutating func fill(stream numbers: UnsafeMutableBufferPointer<Int64>, from: Int, to: Int) {
    precondition(from >= 0 && from <= to && numbers.count >= (to - from) * batch, "the stream must have room")
    if keepsRest { return fillKeeping(numbers, from, to) }
    let places = from * batch..<to * batch
    switch order {
    case .cyclic: for place in places { numbers[place - places.lowerBound] = Int64((first + place) % count) }
    case .subset:
      for turn in from * turns..<to * turns { fillSubset(numbers, at: (turn - from * turns) * dealt, turn) }
    case .replacement: fillIndependent(numbers, places)
    case .weighted: fillWeighted(numbers, places)
    case .permuted: fillPermuted(numbers, places, epochLength: count / dealt * dealt)
    case .permutedWhole: fillPermuted(numbers, places, epochLength: count)
    }
  }

  /// The sample numbers of one step.
  package mutating func batch(step: Int) -> [Int] {
    var numbers = [Int64](repeating: 0, count: batch)
    numbers.withUnsafeMutableBufferPointer { fill(stream: $0, from: step, to: step + 1) }
    return numbers.map { Int($0) }
  }

  /// Batches of epochs that end in a shorter one.
  private mutating func fillKeeping(_ numbers: UnsafeMutableBufferPointer<Int64>, _ from: Int, _ to: Int) {
    for step in from..<to {
      let wanted = step / stepsPerEpoch, first = place(step: step), size = size(step: step)
      let start = (step - from) * batch
      if order == .cyclic {
        for place in 0..<size { numbers[start + place] = Int64(first + place) }
      } else {
        deal(wanted)
        for place in 0..<size { numbers[start + place] = Int64(permutation[first + place]) }
      }
      for place in size..<batch { numbers[start + place] = numbers[start] }
    }
  }

  /// The permutation of an epoch.
  private mutating func deal(_ wanted: Int) {
    guard epoch != wanted else { return }
    permutation = stream.permutation(count, step: UInt64(wanted))
    epoch = wanted
  }

  /// The first places of a shuffle (Fisher and Yates), which is taken back afterwards: as many operations as samples.
  private mutating func fillSubset(_ numbers: UnsafeMutableBufferPointer<Int64>, at start: Int, _ step: Int) {
    if deck.isEmpty { deck = (0..<count).map { Int32($0) } }
    let drawn = stream.uniform(dealt, step: UInt64(step))
    let chosen = drawn.enumerated().map { place, number in
      min(count - 1, place + Int(number * Double(count - place)))
    }
    for (place, other) in chosen.enumerated() {
      deck.swapAt(place, other)
      numbers[start + place] = Int64(deck[place])
    }
    for (place, other) in chosen.enumerated().reversed() { deck.swapAt(place, other) }
  }

  private func fillIndependent(_ numbers: UnsafeMutableBufferPointer<Int64>, _ places: Range<Int>) {
    forEachBlock(places) { block, step, first in
      let drawn = stream.integers(block.count, below: count, step: step, first: first)
      for (place, number) in zip(block, drawn) { numbers[place - places.lowerBound] = Int64(number) }
    }
  }

  private func fillWeighted(_ numbers: UnsafeMutableBufferPointer<Int64>, _ places: Range<Int>) {
    guard let weights else { return }
    forEachBlock(places) { block, step, first in
      let drawn = stream.uniform(block.count, step: step, first: first)
      for (place, number) in zip(block, drawn) { numbers[place - places.lowerBound] = Int64(weights.index(number)) }
    }
  }

  /// Cuts places into blocks of at most 4096 that share the step of their counter: place p is element p mod 2³⁰ of
  /// step p / 2³⁰, as an element's counter has no more than 32 bits.
  private func forEachBlock(_ places: Range<Int>, _ body: (_ block: Range<Int>, UInt64, _ first: Int) -> Void) {
    var place = places.lowerBound
    while place < places.upperBound {
      let step = place >> 30
      let end = min(places.upperBound, place + 4096, (step + 1) << 30)
      body(place..<end, UInt64(step), place - step << 30)
      place = end
    }
  }

  private mutating func fillPermuted(
    _ numbers: UnsafeMutableBufferPointer<Int64>, _ places: Range<Int>, epochLength: Int
  ) {
    var place = places.lowerBound
    while place < places.upperBound {
      let wanted = place / epochLength
      deal(wanted)
      let end = min(places.upperBound, (wanted + 1) * epochLength)
      for place in place..<end { numbers[place - places.lowerBound] = Int64(permutation[place - wanted * epochLength]) }
      place = end
    }
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
    // Most of four cells to a sample lie within one sample's share: nothing is left to look for.
    let cells = weights.count <= 1 << 16 ? 4 * weights.count : weights.count
    var guide: [Int32] = []
    guide.reserveCapacity(cells)
    var index = 0
    for cell in 0..<cells {
      let bound = sum * Double(cell) / Double(cells)
      while index < last, sums[index] <= bound { index += 1 }
      guide.append(Int32(index))
    }
    self.guide = guide
  }

  /// The sample that a uniform number on [0, 1) chooses.
  func index(_ uniform: Double) -> Int {
    let target = uniform * total
    var index = Int(guide[min(guide.count - 1, Int(uniform * Double(guide.count)))])
    while index > 0, sums[index - 1] > target { index -= 1 }
    while index < last, sums[index] <= target { index += 1 }
    return index
  }
}
