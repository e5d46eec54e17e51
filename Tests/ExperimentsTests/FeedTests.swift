import Data
import Engine
import Experiments
import Graph
import Tensors
import Testing

/// Every feed in every way in which programs are fed: the bits are those of a loop that sets inputs by hand.
@Suite struct FeedTests {
  private static let noise = StreamLabel(purpose: "noise", detail: "one")
  private static let feeds: [Feed] = [
    .slot(1), .time, .batch(ahead: 0), .batch(ahead: 1), .batch(ahead: 3), .shares(ahead: 0), .shares(ahead: 2),
    .key(noise), .given("direction"), .external(1), .paths(.key(noise), 2), .paths(.batch(ahead: 1), 2),
    .paths(.shares(ahead: 0), 2),
  ]

  /// x' = ½ tanh(A x) + p/100 and y' = 0.9 y + 1, of which p + Σ xᵢ tanh(A x)ᵢ is recorded; p is made of one feed.
  private struct Recipe {
    var feed: Feed
    var seed: Int
    var times = RecordingTimes.every(1)

    static let length = 70
    static let size = 128
    /// What theories give, and what is constant.
    private static let pair = Tensor([1.25, -3], shape: [2])
    private static let matrix = Tensor(
      (0..<(size * size)).map { Double(($0 * 7919) % 101 - 50) / 700 }, shape: [size, size])

    var initial: [Tensor] {
      [
        Tensor((0..<Self.size).map { Double(($0 + seed) % 13) / 10 }, shape: [Self.size]),
        Tensor([Double(seed), 2], shape: [2]),
      ]
    }

    /// What a path has, and how many paths there are; nil of one run.
    private var ofPath: (feed: Feed, paths: Int?) {
      if case .paths(let own, let count) = feed { (own, count) } else { (feed, nil) }
    }

    /// Of nine samples one is left, which is a batch of its own where shares are looked at.
    var sampling: Sampling {
      if case .shares = ofPath.feed { return Sampling(order: .permuted, count: 9, batch: 2, keepsRest: true) }
      return Sampling(order: .permuted, count: 10, batch: 2)
    }

    private func sampler(seed: Int) throws -> Sampler {
      let key = StreamLabel(purpose: "order", detail: "").key(seed: seed)
      return try Sampler(
        .permuted, count: sampling.count, batch: 2, key: UInt64(bitPattern: Int64(key)), keepsRest: sampling.keepsRest)
    }

    /// Those of all paths.
    func batches() throws -> Batches {
      let all = try (0..<(ofPath.paths ?? 1)).map { Batches(try sampler(seed: seed + $0)) }
      return try #require(Batches(together: all))
    }

    private func type(of feed: Feed) -> TensorType {
      switch feed {
      case .paths(let own, let count):
        TensorType(Shape([count] + type(of: own).shape.sizes), type(of: own).dtype)
      case .batch: TensorType([2], .i64)
      case .slot, .shares, .given, .external: TensorType([2], .f64)
      case .time: TensorType(.scalar, .f64)
      case .key: TensorType([3], .i64)
      }
    }

    /// A number made of the input.
    private func number(_ input: NodeID, in graph: inout Graph) -> NodeID {
      var node = input
      switch feed {
      case .time: return input
      case .key: node = graph.add(Draw(distribution: .normal, shape: [2], dtype: .f64), input)
      case .batch: node = graph.convert(input, to: .f64)
      case .paths: node = graph.convert(input, to: .f64)
      case .slot, .shares, .given, .external: break
      }
      let shape = graph.shape(node)
      let weights = graph.add(
        Constant(value: Tensor((0..<shape.count).map { Double($0 * 9 + 1) }, shape: shape)))
      return graph.add(ReduceSum(axes: Array(0..<shape.rank)), graph.add(Multiply(), node, weights))
    }

    private func program(_ isStep: Bool) -> FedProgram {
      var graph = Graph()
      let shapes: [Shape] = [[Self.size], [2], [Self.size, Self.size]]
      var types = shapes.map { TensorType($0, .f64) }
      types.insert(type(of: feed), at: 2)
      let inputs = types.enumerated().map { graph.add(Input(index: $0, type: $1)) }
      let (x, y) = (inputs[0], inputs[1])
      let p = number(feed == .slot(1) ? y : inputs[2], in: &graph)
      let turned = graph.add(Contract(left: [0, 1], right: [1], output: [0]), inputs[3], x)
      let image = graph.add(Tanh(), turned)
      let next = graph.add(
        Add(), graph.add(Multiply(), graph.constant(0.5, .f64), image),
        graph.add(Multiply(), graph.constant(0.01, .f64), p))
      let later = graph.add(
        Add(), graph.add(Multiply(), graph.constant(0.9, .f64), y), graph.constant(1, .f64))
      let value = graph.add(Add(), graph.add(ReduceSum(axes: [0]), graph.add(Multiply(), x, image)), p)
      let probe: (NodeID, Feed) = (inputs[2], feed == .slot(1) ? .given("nothing") : feed)
      return FedProgram(
        program: Program(
          graph: graph, inputs: [x, y, probe.0, inputs[3]], outputs: isStep ? [] : [value],
          carried: isStep ? [(0, next), (1, later)] : []),
        feeds: [.slot(0), .slot(1), probe.1, .external(0)], externals: [Self.matrix, Self.pair])
    }

    private var metrics: MetricSpec { MetricSpec(names: ["value"], program: program(false), times: times) }

    /// The run as a value.
    var spec: RunSpec {
      let step = StepSpec(
        slots: zip(["x", "y"], initial).map { Slot(path: $0, type: $1.type) }, program: program(true))
      var spec = RunSpec(
        seed: seed, real: .f64, length: Self.length, axis: .step, stepsPerEpoch: nil, start: initial,
        segments: [
          SegmentSpec(
            dynamics: SegmentDynamics(start: 0, step: step, sampling: sampling, entry: EntrySpec()),
            recorded: SegmentRecording(metrics: [metrics]))
        ])
      spec.given = [GivenTensor("direction", Self.pair)]
      spec.paths = ofPath.paths
      return spec
    }

    func group() throws -> MetricGroup {
      try RunPlanner().group(metrics, seed: seed, given: [GivenTensor("direction", Self.pair)])
    }

    func run() throws -> Run {
      try RunPlanner().run(spec, signals: RunSignals(isInterrupted: { false }, progressed: { _ in }))
    }

    // MARK: By hand

    /// What the input holds at a step, said once more.
    private func held(_ feed: Feed, at step: Int, seed: Int, _ state: [Tensor]) throws -> Tensor {
      switch feed {
      case .paths(let own, let count):
        return try Tensor(members: (0..<count).map { try held(own, at: step, seed: seed + $0, state) })
      case .slot(let number): return state[number]
      case .time: return Tensor([Double(step + 1)], shape: [])
      case .batch(let ahead):
        var sampler = try sampler(seed: seed)
        return Tensor(integers: sampler.batch(step: step + ahead), shape: [2])
      case .shares(let ahead): return Tensor((step + ahead) % 5 == 4 ? [1, 0] : [0.5, 0.5], shape: [2])
      case .key(let stream): return Tensor(integers: [stream.key(seed: seed), step, 0], shape: [3])
      case .given, .external: return Self.pair
      }
    }

    /// All states and recorded values of the run, by a loop that sets each input.
    func byHand() throws -> (states: [[Tensor]], values: [Double]) {
      let (step, metric) = (try Executable(program(true).program), try Executable(program(false).program))
      for executable in [step, metric] { executable.bindInput(3, Self.matrix) }
      var states = [initial]
      var values: [Double] = []
      for number in 0...Self.length {
        let state = states[number]
        for executable in [step, metric] {
          for (slot, tensor) in state.enumerated() { executable.setInput(slot, tensor) }
          if feed != .slot(1) { executable.setInput(2, try held(feed, at: number, seed: seed, state)) }
          try executable.run()
        }
        values.append(metric.outputScalar(0))
        states.append([step.input(0), step.input(1)])
      }
      return (states, values)
    }
  }

  private static func expect(_ run: Run, _ recipe: Recipe, _ how: String) throws {
    let (states, values) = try recipe.byHand()
    #expect(run.step == Recipe.length && run.ending == .completed, "\(how)")
    let isSame = zip(run.state.slots, states[Recipe.length]).allSatisfy { $0.hasSameBits(as: $1) }
    #expect(isSame, "\(recipe.feed) \(how): the last state")
    let series = try #require(run.series.first)
    #expect(series.positions.count > 5, "\(how)")
    for (position, value) in zip(series.positions, series.values) {
      #expect(value.bitPattern == values[Int(position)].bitPattern, "\(recipe.feed) \(how): step \(position)")
    }
  }

  @Test(arguments: feeds) func alone(_ feed: Feed) throws {
    let recipe = Recipe(feed: feed, seed: 3, times: .every(9))
    let run = try recipe.run()
    try run.finish()
    try Self.expect(run, recipe, "alone")
  }

  @Test(arguments: feeds) func inAJointStep(_ feed: Feed) throws {
    let recipe = Recipe(feed: feed, seed: 3)
    let run = try recipe.run()
    try run.advance(to: 20)
    #expect(run.isJoint)
    try run.finish()
    try Self.expect(run, recipe, "in a joint step")
  }

  /// Those of one run: ensembles are in no sweep, and so in no cohort.
  private static let ownFeeds = feeds.filter { if case .paths = $0 { false } else { true } }

  @Test("in a cohort, apart and with joint steps", arguments: ownFeeds, [RecordingTimes.every(9), .every(1)])
  func inACohort(_ feed: Feed, _ times: RecordingTimes) throws {
    let recipes = (0..<5).map { Recipe(feed: feed, seed: 7 + $0, times: times) }
    let runs = try recipes.map { try $0.run() }
    try #require(RunCohort(runs)).advance()
    for (run, recipe) in zip(runs, recipes) { try Self.expect(run, recipe, "in a cohort") }
  }

  @Test("along a path that is given", arguments: feeds) func inATheory(_ feed: Feed) throws {
    let recipe = Recipe(feed: feed, seed: 5)
    let (states, values) = try recipe.byHand()
    let group = try recipe.group()
    let batches = try recipe.batches()
    for step in stride(from: 0, through: Recipe.length, by: 7) {
      let moment = FeedMoment(step: step, slots: .tensors(states[step]), batches: batches)
      #expect(try group.numbers(at: moment)[0].bitPattern == values[step].bitPattern, "\(feed) at step \(step)")
    }
  }

  @Test("after a checkpoint, and back again", arguments: feeds) func afterACheckpoint(_ feed: Feed) throws {
    let recipe = Recipe(feed: feed, seed: 4, times: .every(3))
    let first = try recipe.run()
    try first.advance(to: 41)
    let identity = RunCheckpoint.Identity(
      run: "r", seed: 4, release: "", length: Recipe.length, parts: [], text: "")
    let bytes = RunCheckpoint(identity: identity, number: 1, snapshot: first.snapshot).encoded
    let second = try recipe.run()
    try second.resume(from: RunCheckpoint(bytes: bytes).snapshot)
    try second.finish()
    try Self.expect(second, recipe, "after a checkpoint")
    try first.goTo(17)
    try first.finish()
    try Self.expect(first, recipe, "after going back")
  }

  @Test func equalFeedsAreEqualTexts() {
    #expect(Set(Self.feeds.map(\.description)).count == Self.feeds.count)
  }
}
