import Data
import Engine
import Experiments
import Graph
import Tensors
import Testing

/// Runs whose plans are copies of one have the bits of runs that are planned each by itself, alone and together.
@Suite struct PlanCacheTests {
  /// x' = x − 0.1 (x − row) + noise / 10 with a table that is the same for all, and |x|² recorded.
  private struct Staged {
    let step: FedProgram
    let metric: MetricSpec

    init() {
      var graph = Graph()
      let x = graph.add(Input(index: 0, type: TensorType([3], .f64)))
      let index = graph.add(Input(index: 1, type: TensorType([1], .i64)))
      let key = graph.add(Input(index: 2, type: TensorType([3], .i64)))
      let time = graph.add(Input(index: 3, type: TensorType(.scalar, .f64)))
      let table = graph.add(Input(index: 4, type: TensorType([40, 3], .f64)))
      let row = graph.reshape(graph.add(GatherRows(), table, index), to: [3])
      let rate = graph.add(Divide(), graph.constant(0.5, .f64), graph.add(Add(), time, graph.constant(3, .f64)))
      let moved = graph.add(Subtract(), x, graph.add(Multiply(), rate, graph.add(Subtract(), x, row)))
      let noise = graph.add(Draw(distribution: .normal, shape: [3], dtype: .f64), key)
      let next = graph.add(Add(), moved, graph.add(Multiply(), noise, graph.constant(0.1, .f64)))
      let values = Tensor((0..<120).map { Double(($0 * 37) % 19) / 7 }, shape: [40, 3])
      step = FedProgram(
        program: Program(graph: graph, inputs: [x, index, key, time, table], outputs: [], carried: [(0, next)]),
        feeds: [
          .slot(0), .batch(ahead: 0), .key(StreamLabel(purpose: "noise", detail: "")), .time, .external(0),
        ], externals: [values])
      var other = Graph()
      let y = other.add(Input(index: 0, type: TensorType([3], .f64)))
      let square = other.add(ReduceSum(axes: [0]), other.add(Square(), y))
      metric = MetricSpec(
        names: ["square"],
        program: FedProgram(program: Program(graph: other, inputs: [y], outputs: [square]), feeds: [.slot(0)]),
        times: .every(7))
    }

    func spec(_ seed: Int) -> RunSpec {
      RunSpec(
        seed: seed, real: .f64, length: 50, axis: .step, stepsPerEpoch: nil,
        start: [Tensor([Double(seed), 1, -2], shape: [3])],
        segments: [
          SegmentSpec(
            dynamics: SegmentDynamics(
              start: 0, step: StepSpec(slots: [Slot(path: "x", type: TensorType([3], .f64))], program: step),
              sampling: Sampling(order: .replacement, count: 40, batch: 1), entry: EntrySpec()),
            recorded: SegmentRecording(metrics: [metric]))
        ])
    }

    func run(_ seed: Int, _ plans: PlanCache?) throws -> Run {
      let signals = RunSignals(isInterrupted: { false }, progressed: { _ in })
      return try RunPlanner(plans: plans).run(spec(seed), plansAhead: true, signals: signals)
    }
  }

  private struct Result: Equatable {
    var values: [Double]
    var state: [Double]

    init(_ run: Run) { (values, state) = (run.series[0].values, run.state.slots[0].doubles()) }
  }

  private static func expected(_ staged: Staged, _ seeds: ClosedRange<Int>) throws -> [Result] {
    try seeds.map { seed in
      let run = try staged.run(seed, nil)
      try run.finish()
      return Result(run)
    }
  }

  @Test func copiesRunAsPlansOfTheirOwn() throws {
    let staged = Staged(), plans = PlanCache()
    let runs = try (1...6).map { try staged.run($0, plans) }
    // One after the other, and back and forth between them.
    for run in runs { try run.advance(to: 20) }
    for run in runs.reversed() { try run.finish() }
    #expect(runs.map(Result.init) == (try Self.expected(staged, 1...6)))
  }

  @Test func cohortsOfOneFormAreCopies() throws {
    let staged = Staged(), plans = PlanCache()
    for seeds in [1...4, 5...8, 9...11] {
      let runs = try seeds.map { try staged.run($0, plans) }
      try #require(RunCohort(runs, plans: plans)).advance()
      for run in runs { try run.finish() }
      #expect(runs.map(Result.init) == (try Self.expected(staged, seeds)))
    }
  }

  /// Another program is not taken for one that is known, however alike.
  @Test func onlyTheVerySameProgramIsKnown() throws {
    let plans = PlanCache()
    func output(_ constant: Double) throws -> Double {
      var graph = Graph()
      let x = graph.add(Input(index: 0, type: TensorType(.scalar, .f64)))
      let y = graph.add(Multiply(), x, graph.constant(constant, .f64))
      let program = Program(graph: graph, inputs: [x], outputs: [y])
      let executable = try plans.executable(program) { () throws(EngineError) in try Executable(program) }
      executable.setInput(0, 3)
      try executable.run()
      return executable.outputScalar(0)
    }
    #expect(try (1...5).map { try output(Double($0)) } == [3, 6, 9, 12, 15])
  }
}
