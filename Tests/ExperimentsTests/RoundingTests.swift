import Engine
import Experiments
import Graph
import Tensors
import Testing

/// Steps whose results are rounded after each primitive, beside a loop that does so by hand, bit for bit.
@Suite struct RoundingTests {
  private static let rate = 0.3, count = 37, length = 60

  /// v' = μ v + a x + ξ, x' = x − rate v', of which the constant a is as it is given.
  private static func step() -> FedProgram {
    var graph = Graph()
    let type = TensorType([count], .f32)
    let x = graph.add(Input(index: 0, type: type)), v = graph.add(Input(index: 1, type: type))
    let key = graph.add(Input(index: 2, type: TensorType([3], .i64)))
    let a = graph.add(Constant(value: curvature))
    let noise = graph.add(Draw(distribution: .normal, shape: [count], dtype: .f32), key)
    let pull = graph.add(Multiply(), a, x)
    let kept = graph.add(Multiply(), graph.constant(0.9, .f32), v)
    let next = graph.add(Add(), graph.add(Add(), kept, pull), noise)
    let moved = graph.add(Subtract(), x, graph.add(Multiply(), graph.constant(rate, .f32), next))
    let program = Program(graph: graph, inputs: [x, v, key], outputs: [], carried: [(0, moved), (1, next)])
    return FedProgram(program: program, feeds: [.slot(0), .slot(1), .key(noiseLabel)])
  }

  private static let noiseLabel = StreamLabel(purpose: "noise", detail: "one")
  private static let curvature = Tensor(
    (0..<count).map { 0.1 + Double(($0 * 7919) % 101) / 60 }, shape: [count], dtype: .f32)
  private static let start = (0..<count).map { 1 + Double($0) / 8 }

  /// The state after `length` steps by hand; each rounding has its place, in the order of the graph.
  private static func byHand(_ rounding: StepRounding, seed: Int) -> [Double] {
    func f32(_ x: Double) -> Double { Double(Float(x)) }
    let format = rounding.format
    let key = StreamLabel(purpose: "rounding", detail: "").key(seed: seed)
    let stream = RandomStream(key: UInt64(bitPattern: Int64(key)))
    let noise = RandomStream(key: UInt64(bitPattern: Int64(noiseLabel.key(seed: seed))))
    func round(_ values: [Double], step: Int, place: Int) -> [Double] {
      guard rounding.isStochastic else { return values.map { format.rounded($0) } }
      let steps = Double(1 << (23 - format.mantissa))
      let uniform = stream.singleUniform(count, step: UInt64(step), lane: UInt32(place))
      return zip(values, uniform).map { x, u in
        let part = (Double(u) * steps).rounded(.down) / steps
        return format.truncated(f32(x + f32(part * format.spacing(at: x))))
      }
    }
    var x = start.map(format.rounded), v = [Double](repeating: 0, count: count)
    let a = curvature.doubles(), rate = f32(rate), friction = f32(0.9)
    for step in 0..<length {
      let xi = round(noise.singleNormal(count, step: UInt64(step)).map(Double.init), step: step, place: 0)
      let pull = round(zip(a, x).map { f32($0 * $1) }, step: step, place: 1)
      let kept = round(v.map { f32(friction * $0) }, step: step, place: 2)
      let sum = round(zip(kept, pull).map { f32($0 + $1) }, step: step, place: 3)
      v = round(zip(sum, xi).map { f32($0 + $1) }, step: step, place: 4)
      let move = round(v.map { f32(rate * $0) }, step: step, place: 5)
      x = round(zip(x, move).map { f32($0 - $1) }, step: step, place: 6)
    }
    return x
  }

  private static func spec(_ rounding: StepRounding?, seed: Int) throws -> RunSpec {
    let slots = ["x", "v"].map { Slot(path: $0, type: TensorType([count], .f32)) }
    let program = try rounding.map { try step().rounded(by: $0, dtype: .f32) } ?? step()
    let x = Tensor(start, shape: [count], dtype: .f32)
    return RunSpec(
      seed: seed, real: .f32, length: length, axis: .step, stepsPerEpoch: nil,
      start: [
        rounding.map { x.rounded(to: $0.format) } ?? x,
        Tensor([Double](repeating: 0, count: count), shape: [count], dtype: .f32),
      ],
      segments: [
        SegmentSpec(
          dynamics: SegmentDynamics(
            start: 0, step: StepSpec(slots: slots, program: program), sampling: nil, entry: EntrySpec()),
          recorded: SegmentRecording())
      ])
  }

  private static func run(_ rounding: StepRounding?, seed: Int = 1) throws -> Run {
    let signals = RunSignals(isInterrupted: { false }, progressed: { _ in })
    return try RunPlanner().run(try spec(rounding, seed: seed), signals: signals)
  }

  static let formats = [.bf16, .f16, FloatFormat(mantissa: 3, in: .f32), FloatFormat(mantissa: 20, in: .f32)]

  @Test(arguments: formats, [false, true]) func stepsHaveTheBitsOfALoopByHand(
    _ format: FloatFormat, _ isStochastic: Bool
  ) throws {
    let rounding = StepRounding(format, isStochastic: isStochastic)
    let run = try Self.run(rounding)
    try run.finish()
    let found = run.state.slots[0].doubles()
    #expect(found == Self.byHand(rounding, seed: 1))
    #expect(found.allSatisfy { format.rounded($0) == $0 })
    let exact = try Self.run(nil)
    try exact.finish()
    #expect(exact.state.slots[0].doubles() != found)
  }

  /// Members that step together have the bits that each has alone.
  @Test func togetherAsAlone() throws {
    let rounding = StepRounding(.bf16, isStochastic: true)
    let together = try (1...5).map { try Self.run(rounding, seed: $0) }
    try #require(RunCohort(together)).advance()
    for (seed, run) in zip(1..., together) {
      #expect(run.state.slots[0].doubles() == Self.byHand(rounding, seed: seed))
    }
  }

  /// The mean over many roundings is what was rounded, where the nearest number is always the same.
  @Test func theMeanOfStochasticRoundingIsRight() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: TensorType([20_000], .f32)))
    let next = graph.add(Add(), x, graph.filled(0.001, TensorType([20_000], .f32)))
    let program = FedProgram(
      program: Program(graph: graph, inputs: [x], outputs: [next]), feeds: [.slot(0)])
    let one = Tensor([Double](repeating: 1, count: 20_000), shape: [20_000], dtype: .f32)
    func mean(_ isStochastic: Bool) throws -> Double {
      let rounded = try program.rounded(by: StepRounding(.bf16, isStochastic: isStochastic), dtype: .f32)
      let feeder = try RunPlanner().feeder(rounded, seed: 3)
      feeder.feed(FeedMoment(step: 0, slots: .tensors([one])))
      try feeder.executable.run()
      let values = feeder.executable.output(0).doubles()
      #expect(Set(values).isSubset(of: [1, 1.0078125]))
      return values.reduce(0, +) / 20_000
    }
    #expect(try mean(false) == 1)
    // 20,000 draws with probability 0.128 of a step of 1/128: four standard deviations.
    #expect(abs(try mean(true) - 1.001) < 4 * 0.334 / 128 / 141)
  }

  /// What only time and what is given decide is computed with all bits.
  @Test func hyperparametersAreAsTheyAreGiven() throws {
    var graph = Graph()
    let t = graph.add(Input(index: 0, type: TensorType(.scalar, .f64)))
    let next = graph.add(Multiply(), t, graph.constant(0.1, .f64))
    let program = FedProgram(program: Program(graph: graph, inputs: [t], outputs: [next]), feeds: [.time])
    let rounded = try program.rounded(by: StepRounding(FloatFormat(mantissa: 3, in: .f64)), dtype: .f64)
    #expect(rounded.program.outputs == program.program.outputs)
  }

  @Test func loopsAreRoundedInside() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: TensorType([4], .f32)))
    let body = Subgraph(inputTypes: [TensorType(.scalar, .i64), TensorType([4], .f32)]) { inner, arguments in
      [inner.add(Multiply(), arguments[1], inner.constant(1.1, .f32))]
    }
    let next = try graph.loop(Loop(count: 3, carryCount: 1, body: body), carried: [x]).carried[0]
    let program = FedProgram(program: Program(graph: graph, inputs: [x], outputs: [next]), feeds: [.slot(0)])
    let feeder = try RunPlanner().feeder(program.rounded(by: StepRounding(.bf16), dtype: .f32), seed: 1)
    feeder.feed(FeedMoment(step: 0, slots: .tensors([Tensor([1, 2, 3, 5], shape: [4], dtype: .f32)])))
    try feeder.executable.run()
    let exact = [1.0, 2, 3, 5].map { start in
      (0..<3).reduce(start) { x, _ in FloatFormat.bf16.rounded(Double(Float(x) * 1.1)) }
    }
    #expect(feeder.executable.output(0).doubles() == exact)
    #expect(throws: RoundingError.self) {
      try program.rounded(by: StepRounding(.bf16, isStochastic: true), dtype: .f32)
    }
  }
}
