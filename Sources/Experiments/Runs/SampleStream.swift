import Data
import Engine

/// The numbers of the samples of the steps to come, laid out as the engine takes them.
struct SampleStream {
  private var numbers: [Int64] = []
  private var own: [Int64] = []

  /// Runs `count` steps, each on the next batch.
  ///
  /// With several samplers, one for each member of a stack, the batches of a step lie one after the other.
  ///
  /// - Parameters:
  ///   - input: where the executable takes the numbers.
  ///   - first: the step of the samplers that comes first.
  mutating func run(
    _ executable: Executable, _ count: Int, advancing counters: [CounterInput], input: Int,
    samplers: inout [Sampler], from first: Int
  ) throws(ProgramFault) -> RunOutcome {
    let batch = samplers.map(\.batch).reduce(0, +)
    if numbers.count < count * batch { numbers = [Int64](repeating: 0, count: count * batch) }
    if samplers.count == 1 {
      numbers.withUnsafeMutableBufferPointer { samplers[0].fill(stream: $0, from: first, to: first + count) }
    } else {
      lay(count, &samplers, from: first, width: batch)
    }
    return try numbers.withUnsafeBufferPointer { (buffer) throws(ProgramFault) in
      guard let base = buffer.baseAddress else { return .completed }
      return try executable.run(count, advancing: counters + [.stream(input: input, values: base, batch: batch)])
    }
  }

  private mutating func lay(_ count: Int, _ samplers: inout [Sampler], from first: Int, width: Int) {
    var offset = 0
    for index in samplers.indices {
      let batch = samplers[index].batch
      if own.count < count * batch { own = [Int64](repeating: 0, count: count * batch) }
      own.withUnsafeMutableBufferPointer { samplers[index].fill(stream: $0, from: first, to: first + count) }
      for step in 0..<count {
        for place in 0..<batch { numbers[step * width + offset + place] = own[step * batch + place] }
      }
      offset += batch
    }
  }
}
