package import Engine
package import Tensors

/// What there is to fill inputs with at one step, of one run or of several that step together.
package struct FeedMoment {
  /// Updates so far.
  package var step: Int
  package var slots: SlotSource
  /// Nil where updates see all samples.
  package var batches: Batches?
  /// What takes their place, where it is seen already.
  package var later: LaterBatches?

  /// Where the tensors of the state are.
  package enum SlotSource {
    /// In place: only what else there is, is filled in.
    case inPlace
    /// The first inputs of a step.
    case step(Executable)
    case tensors([Tensor])
  }

  package init(step: Int, slots: SlotSource = .inPlace, batches: Batches? = nil, later: LaterBatches? = nil) {
    self.step = step
    self.slots = slots
    self.batches = batches
    self.later = later
  }

  /// The samples of the update that is so many updates ahead; nil where it sees all of them.
  func numbers(ahead: Int) -> [Int]? {
    if let later, step + ahead >= later.begin { return later.batches?.numbers(after: step + ahead) }
    return batches?.numbers(after: step + ahead)
  }

  /// The shares of those samples in the mean over them.
  func shares(ahead: Int) -> [Double]? {
    if let later, step + ahead >= later.begin { return later.batches?.shares(after: step + ahead) }
    return batches?.shares(after: step + ahead)
  }
}

/// What an input is filled with from step to step; of several runs that step together, for all of them.
///
/// A feed whose names are replaced by what they stand for in a run: streams by their keys.
enum Supply: Hashable {
  case slot(Int)
  case time
  case batch(ahead: Int)
  case shares(ahead: Int)
  /// One for each member.
  case keys([Int])
  /// Nothing: it holds the same at every step.
  case fixed

  /// - Parameter key: the key of a stream of a path; a run is path 0.
  init(_ feed: Feed, key: (StreamLabel, Int) -> Int) {
    switch feed {
    case .slot(let number): self = .slot(number)
    case .time: self = .time
    case .batch(let ahead): self = .batch(ahead: ahead)
    case .shares(let ahead): self = .shares(ahead: ahead)
    case .key(let stream): self = .keys([key(stream, 0)])
    case .paths(.key(let stream), let count): self = .keys((0..<count).map { key(stream, $0) })
    // Batches and shares of all paths follow each other.
    case .paths(let own, _): self = Supply(own, key: key)
    case .given, .external: self = .fixed
    }
  }

  /// That of several runs together; nil where they differ in more than their keys.
  static func together(_ all: [Supply]) -> Supply? {
    let keys = all.flatMap { if case .keys(let own) = $0 { own } else { [Int]() } }
    if !keys.isEmpty { return keys.count == all.count ? .keys(keys) : nil }
    return all.dropFirst().allSatisfy { $0 == all[0] } ? all.first : nil
  }

  /// Whether each of several runs has its own, whatever it holds.
  var isOwn: Bool {
    switch self {
    case .slot, .batch, .shares, .keys: true
    case .time, .fixed: false
    }
  }

  /// Fills an input in at a step.
  func fill(_ input: Int, of executable: Executable, at moment: FeedMoment) {
    switch self {
    case .slot(let number):
      switch moment.slots {
      case .inPlace: break
      case .step(let source): executable.readInput(input, from: source, number)
      case .tensors(let tensors): executable.setInput(input, tensors[number])
      }
    case .time: executable.setInput(input, Double(moment.step + 1))
    case .batch(let ahead):
      if let numbers = moment.numbers(ahead: ahead) { executable.setInput(input, ints: numbers) }
    case .shares(let ahead):
      if let shares = moment.shares(ahead: ahead) {
        executable.setInput(input, Tensor(shares, shape: executable.inputTypes[input].shape))
      }
    case .keys(let keys): executable.setInput(input, ints: keys.flatMap { [$0, moment.step, 0] })
    case .fixed: break
    }
  }

  /// How an input of a step comes from one update to the next without being filled in.
  enum Motion {
    case rests
    case counts([CounterInput])
    /// As the batches of the run are dealt.
    case dealt
    /// It rests for as long as the batches are of one size.
    case even
    /// Not at all: it is filled in before every update.
    case filledAnew
  }

  /// How it moves on in a step that has it as an input.
  func motion(of input: Int) -> Motion {
    switch self {
    case .time: .counts([.increment(input: input, element: 0)])
    case .keys(let keys): .counts(keys.indices.map { .increment(input: input, element: 3 * $0 + 1) })
    case .batch(ahead: 0): .dealt
    case .shares(ahead: 0): .even
    case .batch, .shares: .filledAnew
    case .slot, .fixed: .rests
    }
  }
}

/// A planned program with what fills its inputs, of one run or of several that step together.
package struct Feeder {
  package let executable: Executable
  /// One for each input.
  let supplies: [Supply]
  /// Inputs that are filled in at every step.
  private let moving: [Int]
  private let counters: [CounterInput]
  /// The input that takes the batch of the next update.
  private let batchInput: Int?
  private let isFilledAnew: Bool
  /// Whether it takes the shares of samples in the batch of the next update.
  private let takesShares: Bool
  private let given: [String: Int]

  /// Fills a plan's inputs by their feeds.
  ///
  /// - Parameters:
  ///   - feeds: one for each input of the executable.
  ///   - key: the key of a stream of random numbers.
  package init(_ executable: Executable, _ feeds: [Feed], key: (StreamLabel) -> Int) {
    self.init(executable, feeds, keyOfPath: { stream, _ in key(stream) })
  }

  /// The same of an ensemble, each path of which has its own keys.
  package init(_ executable: Executable, _ feeds: [Feed], keyOfPath key: (StreamLabel, Int) -> Int) {
    precondition(feeds.count == executable.inputTypes.count, "every input has a feed")
    var given: [String: Int] = [:]
    for (input, feed) in feeds.enumerated() { if case .given(let name) = feed { given[name] = input } }
    self.init(executable, feeds.map { Supply($0, key: key) }, given: given)
  }

  init(_ executable: Executable, _ supplies: [Supply], given: [String: Int] = [:]) {
    self.executable = executable
    self.supplies = supplies
    self.given = given
    let isNeeded = executable.program.isInputNeeded
    moving = supplies.indices.filter { supplies[$0] != .fixed && isNeeded[$0] }
    var counters: [CounterInput] = []
    var (batchInput, isFilledAnew, takesShares): (Int?, Bool, Bool) = (nil, false, false)
    for input in moving {
      switch supplies[input].motion(of: input) {
      case .rests: break
      case .counts(let own): counters += own
      case .dealt: batchInput = input
      case .even: takesShares = true
      case .filledAnew: isFilledAnew = true
      }
    }
    (self.counters, self.batchInput) = (counters, batchInput)
    (self.isFilledAnew, self.takesShares) = (isFilledAnew, takesShares)
  }

  /// Plans of several runs as one; nil where they differ in more than numbers, or together need too much memory.
  static func stacked(_ all: [Feeder], plans: PlanCache? = nil) -> Feeder? {
    guard let first = all.first, all.allSatisfy({ $0.supplies.count == first.supplies.count }) else { return nil }
    var supplies: [Supply] = []
    for input in first.supplies.indices {
      guard let supply = Supply.together(all.map { $0.supplies[input] }) else { return nil }
      supplies.append(supply)
    }
    let own = Set(supplies.indices.filter { supplies[$0].isOwn })
    return Executable.stacked(all.map(\.executable), own: own, options: first.executable.options, plans: plans).map {
      Feeder($0, supplies)
    }
  }

  // MARK: Filling

  /// Fills in all that changes from step to step.
  package func feed(_ moment: FeedMoment) {
    for input in moving { supplies[input].fill(input, of: executable, at: moment) }
  }

  /// Fills in what a theory gives by name; nothing where the program does not ask for it.
  package func give(_ name: String, _ tensor: Tensor) {
    if let input = given[name] { executable.setInput(input, tensor) }
  }

  /// Fills in a single number that a theory gives by name; nothing where the program does not ask for it.
  package func give(_ name: String, _ number: Double) {
    if let input = given[name] { executable.setInput(input, number) }
  }

  /// Whether the program asks for something by this name.
  package func asks(for name: String) -> Bool { given[name] != nil }

  // MARK: Stepping

  /// Makes `count` updates of the state that is in place, the first after a step.
  ///
  /// - Throws: what it cannot go on with, an index out of range or a singular matrix.
  func run(_ count: Int, after step: Int, _ batches: Batches?) throws(ProgramFault) -> RunOutcome {
    if isFilledAnew { return try runOneByOne(count, after: step, batches) }
    if takesShares, let batches { return try runEvenly(count, after: step, batches) }
    if let batches, count > 1, count > Self.numbersMax / max(1, batches.size) {
      return try runInParts(count, of: max(1, Self.numbersMax / max(1, batches.size)), after: step, batches)
    }
    feed(FeedMoment(step: step))
    guard let batchInput, let batches else { return try executable.run(count, advancing: counters) }
    return try batches.run(executable, count, advancing: counters, input: batchInput, after: step)
  }

  /// Numbers of samples that are laid out ahead.
  private static let numbersMax = 1 << 21

  /// Makes so many updates at a time as have their samples laid out ahead.
  private func runInParts(_ count: Int, of part: Int, after step: Int, _ batches: Batches) throws(ProgramFault)
    -> RunOutcome
  {
    var done = 0
    while done < count {
      do {
        let outcome = try run(min(part, count - done), after: step + done, batches)
        if case .interrupted(let steps) = outcome { return .interrupted(steps: done + steps) }
      } catch {
        var fault = error
        fault.steps += done
        throw fault
      }
      done += min(part, count - done)
    }
    return .completed
  }

  /// Makes updates in stretches whose batches are of one size.
  private func runEvenly(_ count: Int, after step: Int, _ batches: Batches) throws(ProgramFault) -> RunOutcome {
    var done = 0
    while done < count {
      let part = min(count - done, batches.evenSteps(after: step + done))
      feed(FeedMoment(step: step + done, batches: batches))
      do {
        let outcome =
          if let batchInput {
            try batches.run(executable, part, advancing: counters, input: batchInput, after: step + done)
          } else { try executable.run(part, advancing: counters) }
        if case .interrupted(let steps) = outcome { return .interrupted(steps: done + steps) }
      } catch {
        var fault = error
        fault.steps += done
        throw fault
      }
      done += part
    }
    return .completed
  }

  private func runOneByOne(_ count: Int, after step: Int, _ batches: Batches?) throws(ProgramFault) -> RunOutcome {
    for number in 0..<count {
      feed(FeedMoment(step: step + number, batches: batches))
      do {
        if case .interrupted(let steps) = try executable.run() { return .interrupted(steps: number + steps) }
      } catch {
        var fault = error
        fault.steps += number
        throw fault
      }
    }
    return .completed
  }
}
