import Data
import Engine
import Experiments
import Graph
import Tensors
import Testing

/// Runs as values: what is written of them is all of them.
@Suite struct RunSpecTests {
  static func spec(rate: Double = 0.5, seed: Int = 3) -> RunSpec {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: TensorType([3], .f64)))
    let key = graph.add(Input(index: 1, type: TensorType([3], .i64)))
    let batch = graph.add(Input(index: 2, type: TensorType([2], .i64)))
    // Not needed by anything: it is no part of the run.
    _ = graph.add(Exponential(), x)
    let table = graph.add(Constant(value: Tensor((0..<12).map(Double.init), shape: [4, 3])))
    let rows = graph.add(GatherRows(), table, batch)
    let mean = graph.add(Multiply(), graph.add(ReduceSum(axes: [0]), rows), graph.constant(0.5, .f64))
    let noise = graph.add(Draw(distribution: .normal, shape: [3], dtype: .f64), key)
    let pull = graph.add(Multiply(), graph.constant(rate, .f64), graph.add(Subtract(), x, mean))
    let next = graph.add(Add(), graph.add(Subtract(), x, pull), noise)
    let step = FedProgram(
      program: Program(graph: graph, inputs: [x, key, batch], outputs: [], carried: [(0, next)]),
      feeds: [.slot(0), .key(StreamLabel(purpose: "noise", detail: "a")), .batch(ahead: 0)])
    var other = Graph()
    let y = other.add(Input(index: 0, type: TensorType([3], .f64)))
    let size = other.add(ReduceSum(axes: [0]), other.add(Square(), y))
    let metric = MetricSpec(
      names: ["size"],
      program: FedProgram(program: Program(graph: other, inputs: [y], outputs: [size]), feeds: [.slot(0)]),
      times: .at([0, 5, 40]))
    return RunSpec(
      seed: seed, real: .f64, length: 40, axis: .step, stepsPerEpoch: 2, start: [Tensor([1, 2, 3], shape: [3])],
      segments: [
        SegmentSpec(
          dynamics: SegmentDynamics(
            start: 0,
            step: StepSpec(slots: [Slot(path: "x", type: TensorType([3], .f64), state: nil)], program: step),
            sampling: Sampling(order: .permuted, count: 4, batch: 2), entry: EntrySpec()),
          recorded: SegmentRecording(metrics: [metric], lastMetrics: [nil], stop: nil))
      ])
  }

  private static func finished(_ spec: RunSpec) throws -> Run {
    let run = try RunPlanner().run(spec, signals: RunSignals(isInterrupted: { false }, progressed: { _ in }))
    try run.finish()
    return run
  }

  @Test func readBackItIsTheSameRun() throws {
    let spec = Self.spec()
    let bytes = ByteEncoder.bytes(of: spec)
    let back = try ByteDecoder(bytes).read(RunSpec.self)
    #expect(back == spec)
    #expect(ByteEncoder.bytes(of: back) == bytes)
    let (own, other) = (try Self.finished(spec), try Self.finished(back))
    #expect(own.state.slots[0].hasSameBits(as: other.state.slots[0]))
    #expect(own.series[0].values == other.series[0].values)
    #expect(own.series[0].positions == [0, 5, 40])
  }

  /// Each property by itself, but for the order in which they are tried.
  private static let changes: [(String, @Sendable (inout RunSpec) -> Void)] = [
    ("seed", { $0.seed += 1 }), ("real", { $0.real = .f32 }), ("length", { $0.length += 1 }),
    ("axis", { $0.axis = .time }), ("epoch", { $0.stepsPerEpoch = nil }),
    ("start", { $0.start[0] = Tensor([1, 2, 4], shape: [3]) }),
    ("shape", { $0.start[0] = Tensor([1, 2, 3], shape: [3, 1]) }),
    ("given", { $0.given = [GivenTensor("a", Tensor([1], shape: []))] }),
    ("segment start", { $0.segments[0].dynamics.start = 1 }),
    ("slot path", { $0.segments[0].dynamics.step.slots[0].path = "y" }),
    ("slot state", { $0.segments[0].dynamics.step.slots[0].state = "v" }),
    ("feed", { $0.segments[0].dynamics.step.program.feeds[1] = .key(StreamLabel(purpose: "noise", detail: "b")) }),
    ("constant", { $0.segments[0].dynamics.step = spec(rate: 0.25).segments[0].dynamics.step }),
    ("sampling", { $0.segments[0].dynamics.sampling?.batch = 1 }),
    ("order", { $0.segments[0].dynamics.sampling?.order = .cyclic }),
    ("no sampling", { $0.segments[0].dynamics.sampling = nil }),
    ("entry", { $0.segments[0].dynamics.entry.takesModel = true }),
    ("name", { $0.segments[0].recorded.metrics[0].names = ["other"] }),
    ("times", { $0.segments[0].recorded.metrics[0].times = .every(5) }),
    ("condition", { $0.segments[0].recorded.metrics[0].isConditional = true }),
    ("loss", { $0.segments[0].recorded.metrics[0].lossOutputs = [0] }),
    ("truths", { $0.segments[0].recorded.metrics[0].truths = ["size"] }),
    ("keep", { $0.segments[0].dynamics.sampling?.keepsRest = true }),
    ("last", { $0.segments[0].recorded.lastMetrics = [] }),
    ("stop", { $0.segments[0].recorded.stop = $0.segments[0].recorded.metrics[0] }),
  ]

  @Test func everyPropertyIsInTheDigest() {
    let spec = Self.spec(), digests = TensorDigests()
    var keys = Set([spec.key(release: "1", digests)])
    for (what, change) in Self.changes {
      var other = spec
      change(&other)
      #expect(other != spec, "\(what)")
      #expect(keys.insert(other.key(release: "1", digests)).inserted, "\(what)")
    }
    #expect(keys.insert(spec.key(release: "2", digests)).inserted)
    #expect(spec.key(release: "1", digests) == Self.spec().key(release: "1", TensorDigests()))
  }

  @Test func damagedBytesAreRefusedOrAnotherRun() throws {
    let bytes = ByteEncoder.bytes(of: Self.spec())
    for count in stride(from: 0, to: bytes.count, by: 7) {
      #expect(throws: (any Error).self) { try ByteDecoder(Array(bytes.prefix(count))).read(RunSpec.self) }
    }
    var refused = 0
    for place in bytes.indices {
      var other = bytes
      other[place] ^= 0x41
      guard let spec = try? ByteDecoder(other).read(RunSpec.self) else {
        refused += 1
        continue
      }
      #expect(ByteEncoder.bytes(of: spec) != bytes, "byte \(place)")
    }
    #expect(refused > bytes.count / 4)
  }

  /// A run can be sent to another thread: the compiler says so.
  @Test func aRunIsMadeByAnotherTask() async throws {
    let spec = Self.spec()
    let own = try Self.finished(spec).state.slots[0].doubles()
    let there = try await Task.detached { try Self.finished(spec).state.slots[0].doubles() }.value
    #expect(own.map(\.bitPattern) == there.map(\.bitPattern))
  }
}
