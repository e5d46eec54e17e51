package import Tensors

/// Digests of tensors, those of large ones remembered: many runs of a script share their data.
package final class TensorDigests {
  /// Tensors with more elements are looked through once for many runs.
  private static let largeCount = 1 << 12
  private static let rememberedMax = 32

  private var remembered: [(tensor: Tensor, bytes: [UInt8])] = []

  package init() {}

  /// The digest of element type, shape and elements.
  package func bytes(of tensor: Tensor) -> [UInt8] {
    guard tensor.count > Self.largeCount else { return Self.digest(of: tensor) }
    let known = remembered.first {
      $0.tensor.identity == tensor.identity && $0.tensor.shape == tensor.shape && $0.tensor.dtype == tensor.dtype
    }
    if let known { return known.bytes }
    let bytes = Self.digest(of: tensor)
    if remembered.count >= Self.rememberedMax { remembered.removeFirst() }
    remembered.append((tensor, bytes))
    return bytes
  }

  private static func digest(of tensor: Tensor) -> [UInt8] {
    var digest = Digest()
    digest.add(tensor)
    return digest.bytes
  }

  /// The digest of a value with all tensors in it.
  func digest(of value: some Encodable, _ words: String = "") -> String {
    var digest = Digest()
    digest.add(words)
    digest.add(ByteEncoder.bytes(of: value, .digests(bytes)))
    return digest.text
  }
}

// Which runs are the same: those that give the same numbers, whatever their text.
extension RunSpec {
  /// The name of the run in a store: the digest of everything that its numbers depend on, the release of the program
  /// among it.
  package func key(release: String, _ tensors: TensorDigests) -> String { tensors.digest(of: self, release) }

  /// What its numbers depend on besides its name, seed and length, in parts that can be told apart: two runs with the
  /// same parts have the same numbers at every step that both have.
  package func parts(_ tensors: TensorDigests) -> [RunCheckpoint.Identity.Part] {
    func part(_ words: String, _ value: some Encodable) -> RunCheckpoint.Identity.Part {
      RunCheckpoint.Identity.Part(words: words, digest: tensors.digest(of: value, "\(real)"))
    }
    var rest = self
    (rest.seed, rest.length, rest.start) = (0, 0, [])
    for index in segments.indices {
      rest.segments[index].dynamics = SegmentDynamics(
        start: 0, step: StepSpec(slots: [], program: .none), sampling: nil, entry: EntrySpec())
    }
    return [
      part("the values that it starts from", start),
      part("its equations, hyper-parameters, batches or data", segments.prefix(1).map(\.dynamics)),
      part("its interventions", segments.dropFirst().map(\.dynamics)),
      // All that is left.
      part("what it records or when it stops", rest),
    ]
  }
}

extension RunSpec: Hashable {
  // Programs are compared by what is written of them.
  private var digest: String { TensorDigests().digest(of: self) }

  package static func == (a: RunSpec, b: RunSpec) -> Bool {
    ByteEncoder.bytes(of: a) == ByteEncoder.bytes(of: b)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
