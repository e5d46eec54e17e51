package import Data

/// The batches of a run: how many of how many samples, and in which order.
package struct Sampling: Sendable, Hashable, Codable {
  package var order: SamplingOrder
  package var count: Int
  package var batch: Int
  /// The step at which this order began.
  package var start = 0
  /// Whether the samples that fill no batch are one of their own at the end of an epoch.
  package var keepsRest = false
  /// The sample at which it began, in an order that walks on from another.
  package var first = 0
  /// How many batches a step takes, one after the other; `batch` counts the samples of all of them.
  package var turns = 1

  package init(
    order: SamplingOrder, count: Int, batch: Int, start: Int = 0, keepsRest: Bool = false, first: Int = 0
  ) {
    self.order = order
    self.count = count
    self.batch = batch
    self.start = start
    self.keepsRest = keepsRest
    self.first = first
  }

  /// The batches of an epoch; one rule for every order: ⌊n / b⌋, at least one, and ⌈n / b⌉ where the rest is kept.
  package var batchesPerEpoch: Int { Sampler.stepsPerEpoch(count: count, batch: batch / turns, keepsRest: keepsRest) }

  /// The steps of an epoch; nil where its batches fill no whole number of them.
  package var stepsPerEpoch: Int? { batchesPerEpoch % turns == 0 ? batchesPerEpoch / turns : nil }

  /// How many samples the last batch of an epoch has, where it is shorter than the others.
  package var shortBatch: Int? {
    guard keepsRest else { return nil }
    return [count % batch, (count - first) % batch].first { $0 != 0 }
  }

  /// The sample at which the batch of the update after a step begins, for an order that goes through the data as they are;
  /// 0 for others.
  package func place(after step: Int) -> Int {
    guard order == .cyclic,
      let sampler = try? Sampler(
        order, count: count, batch: batch, key: 0, keepsRest: keepsRest, first: first, turns: turns)
    else { return 0 }
    return sampler.begin(step: step - start)
  }

  /// The batches of runs of a seed.
  ///
  /// - Throws: `DataError` where weights are none.
  package func batches(seed: Int) throws(DataError) -> Batches {
    // An order that begins later is another one, not the first again.
    let stream = StreamLabel(purpose: "order", detail: start == 0 ? "" : "from step \(start)")
    let key = UInt64(bitPattern: Int64(stream.key(seed: seed)))
    return Batches(
      try Sampler(order, count: count, batch: batch, key: key, keepsRest: keepsRest, first: first, turns: turns),
      from: start)
  }

  /// Bytes of an order that is written down; draws with replacement are not.
  package var orderBytes: Int {
    switch order {
    case .permuted, .permutedWhole, .weighted, .subset:
      count.multipliedReportingOverflow(by: 8).overflow ? Int.max : 8 * count
    case .replacement, .cyclic: 0
    }
  }
}
