import Diagnostics
import Engine
import Experiments
import Graph
import Tensors

/// Which runs are the same: those that give the same numbers, whatever their text.
extension Evaluator {
  /// The name of a run in a store: the digest of everything that its numbers depend on.
  ///
  /// That is its graphs with their constants and data, the values it starts from, its random streams, the order of its
  /// samples, its length, and when what is recorded. Nil for a run of which a part was refused.
  func key(of staged: StagedRun, initial: [Tensor], release: String) -> String? {
    guard !staged.isPartial else { return nil }
    var digest = Digest()
    digest.add("run, draws by place, inputs by feeds")
    digest.add(release)
    digest.add(staged.seed)
    digest.add("\(staged.real)")
    digest.add(staged.length)
    digest.add(staged.axis.rawValue)
    digest.add(staged.stepsPerEpoch ?? 0)
    digest.add(initial.count)
    for tensor in initial { add(tensor, to: &digest) }
    digest.add(staged.segments.count)
    for segment in staged.segments { add(segment, to: &digest) }
    return digest.text
  }

  /// What a run's numbers depend on besides its name, seed and length, in parts that can be told apart: two runs with the
  /// same parts have the same numbers at every step that both have.
  func keyParts(of staged: StagedRun, initial: [Tensor]) -> [RunCheckpoint.Identity.Part] {
    func part(_ words: String, _ body: (inout Digest) -> Void) -> RunCheckpoint.Identity.Part {
      var digest = Digest()
      digest.add("\(staged.real) \(staged.isPartial)")
      body(&digest)
      return RunCheckpoint.Identity.Part(words: words, digest: digest.text)
    }
    return [
      part("the values that it starts from") { digest in
        for tensor in initial { add(tensor, to: &digest) }
      },
      part("its equations, hyper-parameters, batches or data") { digest in
        if let first = staged.segments.first { addDynamics(first, to: &digest) }
      },
      part("its interventions") { digest in
        for segment in staged.segments.dropFirst() { addDynamics(segment, to: &digest) }
      },
      part("what it records or when it stops") { digest in
        digest.add(staged.axis.rawValue)
        digest.add(staged.stepsPerEpoch ?? 0)
        for segment in staged.segments { addRecorded(segment, to: &digest) }
      },
    ]
  }

  private func add(_ segment: StagedSegment, to digest: inout Digest) {
    addDynamics(segment, to: &digest)
    addRecorded(segment, to: &digest)
  }

  private func addDynamics(_ segment: StagedSegment, to digest: inout Digest) {
    digest.add(segment.start)
    add(segment.step, to: &digest)
    if let sampling = segment.settings.sampling {
      digest.add("\(sampling.order)")
      for number in [sampling.count, sampling.batch, sampling.start] { digest.add(number) }
      if sampling.keepsRest { digest.add("keep") }
    }
    digest.add(segment.entry.targets.count)
    for target in segment.entry.targets { digest.add(target) }
    digest.add(segment.entry.takesModel ? "model" : "state")
    digest.add(segment.entry.values == nil ? 0 : 1)
    if let values = segment.entry.values { add(values, to: &digest) }
  }

  private func addRecorded(_ segment: StagedSegment, to digest: inout Digest) {
    digest.add(segment.stop == nil ? 0 : 1)
    if let stop = segment.stop { add(stop, to: &digest) }
    digest.add(segment.metrics.count)
    for metrics in segment.metrics { add(metrics, to: &digest) }
  }

  private func add(_ step: StagedStep, to digest: inout Digest) {
    digest.add(step.slots.count)
    for slot in step.slots {
      digest.add(slot.path)
      digest.add("\(slot.type)")
    }
    add(step.program, to: &digest)
  }

  private func add(_ metrics: StagedMetrics, to digest: inout Digest) {
    digest.add(metrics.names.count)
    for name in metrics.names { digest.add(name) }
    digest.add("\(metrics.times) \(metrics.isConditional)")
    add(metrics.program, to: &digest)
  }

  private func add(_ staged: FedProgram, to digest: inout Digest) {
    let program = staged.program
    program.graph.add(
      to: &digest, outputs: program.outputs + program.carried.map(\.output), inputs: program.inputs)
    for (input, _) in program.carried { digest.add(input) }
    digest.add(staged.feeds.count)
    for feed in staged.feeds { digest.add("\(feed)") }
    for tensor in staged.externals { add(tensor, to: &digest) }
  }

  /// Tensors with more elements are looked through once for many runs.
  private static let largeCount = 1 << 12
  private static let rememberedMax = 32

  private func add(_ tensor: Tensor, to digest: inout Digest) {
    guard tensor.count > Self.largeCount else { return digest.add(tensor) }
    let known = session.digests.first {
      $0.tensor.identity == tensor.identity && $0.tensor.shape == tensor.shape && $0.tensor.dtype == tensor.dtype
    }
    if let known { return digest.add(known.bytes) }
    var own = Digest()
    own.add(tensor)
    let bytes = own.bytes
    if session.digests.count >= Self.rememberedMax { session.digests.removeFirst() }
    session.digests.append((tensor, bytes))
    digest.add(bytes)
  }
}
