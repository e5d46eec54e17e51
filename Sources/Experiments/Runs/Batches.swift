package import Data
import Engine

/// The batches of a run from one of its steps on; of several runs that step together, one after the other.
///
/// A function of the step: what is kept between calls saves time and changes nothing.
package final class Batches {
  private var samplers: [Sampler]
  /// The step at which the order begins.
  private let start: Int
  private var stream = SampleStream()

  /// The order of a sampler, whose first batch is that of the update after step `start`.
  package convenience init(_ sampler: Sampler, from start: Int = 0) { self.init([sampler], from: start) }

  private init(_ samplers: [Sampler], from start: Int) {
    self.samplers = samplers
    self.start = start
  }

  /// Those of several runs, member by member; nil where there are none, or where their orders begin at different steps.
  package convenience init?(together all: [Batches]) {
    guard let first = all.first, all.allSatisfy({ $0.start == first.start }) else { return nil }
    self.init(all.flatMap(\.samplers), from: first.start)
  }

  /// Samples of one update of all members.
  var size: Int { samplers.map(\.batch).reduce(0, +) }

  /// The numbers of the samples of the update after a step.
  package func numbers(after step: Int) -> [Int] {
    if samplers.count == 1 { return samplers[0].batch(step: step - start) }
    return samplers.indices.flatMap { samplers[$0].batch(step: step - start) }
  }

  /// The samples themselves, where a shorter batch fills not all places.
  package func samples(after step: Int) -> [Int] {
    samplers.indices.flatMap { index in
      samplers[index].batch(step: step - start).prefix(samplers[index].size(step: step - start))
    }
  }

  /// The shares of the places of that update's batch in its mean, of all members.
  func shares(after step: Int) -> [Double] { samplers.flatMap { $0.shares(step: step - start) } }

  /// For how many updates the batches are of one size.
  func evenSteps(after step: Int) -> Int { samplers.map { $0.evenSteps(from: step - start) }.min() ?? .max }

  /// Makes `count` updates, the first after a step, each with its batch in `input`.
  func run(
    _ executable: Executable, _ count: Int, advancing counters: [CounterInput], input: Int, after step: Int
  ) throws(ProgramFault) -> RunOutcome {
    try stream.run(executable, count, advancing: counters, input: input, samplers: &samplers, from: step - start)
  }
}

/// The batches that take the place of a run's at a later step.
package struct LaterBatches {
  /// The step at which they begin.
  package var begin: Int
  /// Nil where updates then see all samples.
  package var batches: Batches?

  package init(begin: Int, batches: Batches?) {
    self.begin = begin
    self.batches = batches
  }
}
