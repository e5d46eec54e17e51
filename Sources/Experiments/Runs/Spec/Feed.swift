import Engine
package import Tensors

/// What an input of a program stands for: what a run, or a theory of it, fills it with at each step.
///
/// Where a program is staged, an input is asked for by its feed, and equal feeds are one input; where it is evaluated, a
/// `Feeder` fills it. Nothing else knows the inputs of a program by their places.
package enum Feed: Hashable, Sendable, Codable {
  /// A tensor that one step hands to the next, by its number; these are the first inputs, in their order.
  case slot(Int)
  /// The number of the next update, from 1.
  case time
  /// The numbers of the samples of the update that is so many updates ahead; 0 is the next one.
  case batch(ahead: Int)
  /// The shares of those samples in the mean over the batch: 0 for places that a shorter batch does not fill.
  case shares(ahead: Int)
  /// (key, updates so far, 0) of a stream of random numbers.
  case key(StreamLabel)
  /// What a theory gives by a name of its own: a direction, a stretch of time.
  case given(String)
  /// A large constant, by its number in `FedProgram.externals`.
  case external(Int)
  /// A batch, its shares or a key of each of so many paths of an ensemble, whose seeds follow each other: a row for each.
  indirect case paths(Feed, Int)

  /// Whether what it brings is known before the run: the number of the step says it, or nothing has to.
  package var isKnownBeforehand: Bool {
    switch self {
    case .time, .given, .external: true
    case .slot, .batch, .shares, .key, .paths: false
    }
  }

  /// Whether it brings the same at every step.
  package var isFixed: Bool {
    switch self {
    case .given, .external: true
    case .slot, .time, .batch, .shares, .key, .paths: false
    }
  }

  /// How one has what a feed brings one update later.
  package enum Later {
    /// It brings the same then.
    case same
    /// Another feed brings it.
    case fed(Feed)
    /// So much is added.
    case added(Tensor)
  }

  /// How one has what it brings one update later.
  package var later: Later {
    switch self {
    case .time: .added(Tensor([1], shape: .scalar))
    case .key: .added(Tensor(integers: [0, 1, 0], shape: [3]))
    case .batch(let ahead): .fed(.batch(ahead: ahead + 1))
    case .shares(let ahead): .fed(.shares(ahead: ahead + 1))
    case .slot, .given, .external, .paths: .same
    }
  }

  /// Whether each path of an ensemble has its own.
  package var isOfEachPath: Bool {
    switch self {
    case .slot, .batch, .shares, .key, .paths: true
    case .time, .given, .external: false
    }
  }

  /// What brings that of all paths of an ensemble; slots are those of all paths already.
  package func ofPaths(_ count: Int) -> Feed {
    switch self {
    case .batch, .shares, .key: .paths(self, count)
    case .slot, .time, .given, .external, .paths: self
    }
  }
}

extension Feed: CustomStringConvertible {
  /// A text that no other feed has.
  package var description: String {
    switch self {
    case .slot(let number): "slot \(number)"
    case .time: "time"
    case .batch(let ahead): "batch \(ahead) ahead"
    case .shares(let ahead): "shares \(ahead) ahead"
    case .key(let stream): "key \(stream.name)"
    case .given(let name): "given \(name)"
    case .external(let number): "external \(number)"
    case .paths(let feed, let count): "\(feed) of \(count) paths"
    }
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

/// What the feeds of a run's programs may be of.
struct FeedFrame {
  /// Of the slots.
  var types: [TensorType]
  var sampling: Sampling?
  /// How many runs step as one batch; nil of one.
  var paths: Int?

  /// Updates that a look at later batches may go ahead.
  private static let aheadMax = 1 << 20

  /// Whether there is such a feed, of this type.
  func has(_ feed: Feed, _ type: TensorType, _ externals: [Tensor]) -> Bool {
    switch feed {
    case .slot(let number): types.indices.contains(number) && types[number] == type
    case .external(let number): externals.indices.contains(number) && externals[number].type == type
    case .time: type.count == 1 && type.dtype.isReal
    case .key: type == TensorType([3], .i64)
    case .given: true
    case .batch, .shares: paths == nil && isOfBatch(feed, type)
    case .paths(.key, let count): count == paths && type == TensorType([count, 3], .i64)
    case .paths(let own, let count):
      count == paths && type.shape.sizes.first == count
        && isOfBatch(own, TensorType(Shape(Array(type.shape.sizes.dropFirst())), type.dtype))
    }
  }

  private func isOfBatch(_ feed: Feed, _ type: TensorType) -> Bool {
    guard let size = sampling?.batch, type.shape == [size] else { return false }
    switch feed {
    case .batch(let ahead): return (0...Self.aheadMax).contains(ahead) && type.dtype == .i64
    case .shares(let ahead): return (0...Self.aheadMax).contains(ahead) && type.dtype.isReal
    default: return false
    }
  }
}

/// Which of a run's streams of random numbers: with the run's seed it gives the stream's key.
package struct StreamLabel: Hashable, Sendable, Codable {
  /// `noise`, `metric`, …: what the numbers are for.
  package var purpose: String
  /// Which stream of this purpose: the name of a noise or a metric.
  package var detail: String

  package init(purpose: String, detail: String) {
    self.purpose = purpose
    self.detail = detail
  }

  /// Purpose and detail as one text.
  package var name: String { detail.isEmpty ? purpose : "\(purpose):\(detail)" }

  /// The 64-bit key of the stream in runs of a seed.
  package func key(seed: Int) -> Int {
    let stream = RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: RandomStream.purpose(name))
    return Int(Int64(bitPattern: stream.key))
  }
}
