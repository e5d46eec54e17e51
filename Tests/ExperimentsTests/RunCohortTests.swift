import Data
import Engine
import Experiments
import Graph
import Tensors
import Testing

/// Runs that step together: each must give the bytes that it gives alone.
@Suite struct RunCohortTests {
  /// x' = x − rate (x − row) + noise / (100 t), with rows of a table drawn at random; larger rates diverge.
  private struct Recipe {
    var rate: Double
    var seed: Int
    var length = 3000
    /// Stops where |x|² is below it.
    var limit = 0.0

    /// The run as a value.
    var spec: RunSpec {
      let slots = [Slot(path: "x", type: TensorType([2], .f64))]
      return RunSpec(
        seed: seed, real: .f64, length: length, axis: .step, stepsPerEpoch: nil,
        start: [Tensor([Double(seed), 1], shape: [2])],
        segments: [
          SegmentSpec(
            dynamics: SegmentDynamics(
              start: 0, step: StepSpec(slots: slots, program: step()),
              sampling: Sampling(order: .replacement, count: 5, batch: 1), entry: EntrySpec()),
            recorded: SegmentRecording(metrics: [group(), conditionalGroup()], stop: stop()))
        ])
    }

    func run(isInterrupted: @escaping () -> Bool = { false }) throws -> Run {
      try RunPlanner().run(spec, signals: RunSignals(isInterrupted: isInterrupted, progressed: { _ in }))
    }

    private func step() -> FedProgram {
      var graph = Graph()
      let x = graph.add(Input(index: 0, type: TensorType([2], .f64)))
      let index = graph.add(Input(index: 1, type: TensorType([1], .i64)))
      let key = graph.add(Input(index: 2, type: TensorType([3], .i64)))
      let time = graph.add(Input(index: 3, type: TensorType(.scalar, .f64)))
      let table = graph.add(Constant(value: Tensor((0..<10).map { Double($0) }, shape: [5, 2])))
      let row = graph.reshape(graph.add(GatherRows(), table, index), to: [2])
      let gap = graph.add(Subtract(), x, row)
      let moved = graph.add(Subtract(), x, graph.add(Multiply(), graph.constant(rate, .f64), gap))
      let noise = graph.add(Draw(distribution: .normal, shape: [2], dtype: .f64), key)
      let scale = graph.add(Multiply(), time, graph.constant(100, .f64))
      let next = graph.add(Add(), moved, graph.add(Divide(), noise, scale))
      let program = Program(graph: graph, inputs: [x, index, key, time], outputs: [], carried: [(0, next)])
      return FedProgram(program: program, feeds: [.slot(0), .batch(ahead: 0), Self.key, .time])
    }

    private static let key = Feed.key(StreamLabel(purpose: "noise", detail: "one"))

    private func squared(_ graph: inout Graph, _ x: NodeID) -> NodeID {
      graph.add(ReduceSum(axes: [0]), graph.add(Square(), x))
    }

    private func group() -> MetricSpec {
      var graph = Graph()
      let x = graph.add(Input(index: 0, type: TensorType([2], .f64)))
      let key = graph.add(Input(index: 1, type: TensorType([3], .i64)))
      let draw = graph.add(Draw(distribution: .uniform, shape: .scalar, dtype: .f64), key)
      let size = squared(&graph, x)
      let program = Program(graph: graph, inputs: [x, key], outputs: [size, draw])
      return MetricSpec(
        names: ["square", "draw"], program: FedProgram(program: program, feeds: [.slot(0), Self.key]),
        times: .every(7))
    }

    private func conditionalGroup() -> MetricSpec {
      var graph = Graph()
      let x = graph.add(Input(index: 0, type: TensorType([2], .f64)))
      let size = squared(&graph, x)
      let condition = graph.add(Less(), size, graph.constant(20, .f64))
      let program = Program(graph: graph, inputs: [x], outputs: [size, condition])
      return MetricSpec(
        names: ["small"], program: FedProgram(program: program, feeds: [.slot(0)]), times: .every(3),
        isConditional: true)
    }

    private func stop() -> MetricSpec? {
      if limit == 0 { return nil }
      var graph = Graph()
      let x = graph.add(Input(index: 0, type: TensorType([2], .f64)))
      let isSmall = graph.add(Less(), squared(&graph, x), graph.constant(limit, .f64))
      let program = Program(graph: graph, inputs: [x], outputs: [isSmall])
      return MetricSpec(names: ["stop"], program: FedProgram(program: program, feeds: [.slot(0)]))
    }
  }

  private static func expectSame(_ recipes: [Recipe], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let together = try recipes.map { try $0.run() }
    let cohort = try #require(RunCohort(together), sourceLocation: sourceLocation)
    try cohort.advance()
    for (run, recipe) in zip(together, recipes) {
      try run.finish()
      let alone = try recipe.run()
      try alone.finish()
      #expect(run.ending == alone.ending, "\(recipe)", sourceLocation: sourceLocation)
      #expect(run.step == alone.step, "\(recipe)", sourceLocation: sourceLocation)
      #expect(run.state.slots.count == alone.state.slots.count && !alone.state.slots.isEmpty, "\(recipe)")
      #expect(zip(run.state.slots, alone.state.slots).allSatisfy { $0.hasSameBits(as: $1) }, "\(recipe)")
      #expect(!alone.series.isEmpty && run.series.count == alone.series.count, sourceLocation: sourceLocation)
      for (own, other) in zip(run.series, alone.series) {
        #expect(own.name == other.name && own.positions == other.positions, "\(recipe)", sourceLocation: sourceLocation)
        #expect(own.values.map(\.bitPattern) == other.values.map(\.bitPattern), "\(own.name) of \(recipe)")
      }
    }
  }

  @Test func runsTogetherGiveWhatTheyGiveAlone() throws {
    try Self.expectSame((0..<9).map { Recipe(rate: 0.1 + 0.2 * Double($0 % 3), seed: $0) })
  }

  @Test func runsThatDivergeLeaveTheOthersAlone() throws {
    try Self.expectSame([0.1, 2.5, 0.2, 0.3, 3.5].enumerated().map { Recipe(rate: $1, seed: $0) })
  }

  @Test func fewSurvivorsGoOnAlone() throws {
    try Self.expectSame([2.5, 0.1, 2.2, 3.5].enumerated().map { Recipe(rate: $1, seed: $0) })
  }

  @Test func eachStopsAtItsOwnStep() throws {
    try Self.expectSame((0..<6).map { Recipe(rate: 0.4, seed: 10 + $0, limit: 2.5 + Double($0) / 100) })
  }

  @Test func anInterruptionEndsAllAtOneStep() throws {
    var calls = 0
    let runs = try (0..<4).map { seed in
      try Recipe(rate: 0.1, seed: seed, length: 100_000).run {
        calls += 1
        return calls > 5
      }
    }
    try #require(RunCohort(runs)).advance()
    let steps = runs.map(\.step)
    #expect(steps[0] > 0 && steps[0] < 100_000 && steps.allSatisfy { $0 == steps[0] })
    #expect(runs.allSatisfy { $0.ending == .interrupted(step: steps[0]) })
  }

  @Test func runsOfDifferentLengthOrFormDoNotGoTogether() throws {
    let first = try Recipe(rate: 0.1, seed: 1).run()
    let longer = try Recipe(rate: 0.1, seed: 2, length: 10).run()
    let stopping = try Recipe(rate: 0.1, seed: 2, limit: 1).run()
    #expect(!first.isLike(longer) && RunCohort([first, longer]) == nil)
    #expect(!first.isLike(stopping) && RunCohort([first, stopping]) == nil)
    #expect(first.isLike(try Recipe(rate: 0.7, seed: 3).run()))
  }
}
