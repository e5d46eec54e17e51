import Engine
import Graph
import Tensors
import Testing

/// Programs of one form that run as one: each must have the bits that it has alone.
struct StackingTests {
  @Test("a member of a stack has the bits of each primitive alone", arguments: PrimitiveTests.cases)
  func primitives(_ example: PrimitiveCase) throws {
    for shared in Self.sharedInputs(of: example.inputs.count) {
      var random = SeededGenerator(seed: 5)
      let trials = (0..<3).map { _ in
        var trial = Trial()
        let inputs = example.inputs.map { trial.input($0.value(&random)) }
        trial.outputs = [trial.graph.add(example.primitive, inputs: inputs)]
        return trial
      }
      try Self.check(trials, shared: shared, "\(example.testDescription), shared \(shared)")
    }
  }

  @Test("a member of a stack has the bits of a random graph alone", arguments: 0..<150)
  func randomGraphs(_ seed: Int) throws {
    let trial = RandomGraphTests.trial(seed)
    var random = SeededGenerator(seed: seed + 1000)
    let trials = (0..<(2 + seed % 4)).map { _ in
      var member = trial
      member.values = trial.values.map { random.values($0.type, in: 0.2...1.5) }
      return member
    }
    let shared = Set(trial.inputs.indices.filter { _ in Int.random(in: 0..<3, using: &random) == 0 })
    try Self.check(trials, shared: shared, "seed \(seed), shared \(shared)")
  }

  @Test("constants that differ are stacked, others shared")
  func constants() throws {
    let trials = [0.5, 0.25, 3].map { rate in
      var trial = Trial()
      let x = trial.input(ReferenceTensor(real(3), [1, 2, 3]))
      let scaled = trial.graph.add(Multiply(), x, trial.graph.constant(rate, .f64))
      trial.outputs = [trial.graph.add(Add(), scaled, trial.graph.constant(7, .f64))]
      return trial
    }
    try Self.check(trials, shared: [], "")
    let sums = trials.map(\.program)
    var other = Trial()
    let x = other.input(ReferenceTensor(real(3), [1, 2, 3]))
    other.outputs = [other.graph.add(Add(), x, x)]
    #expect(Program.stacked(sums + [other.program]) { _ in false } == nil)
  }

  /// Alone the smaller chain is too short for another order; eight of them would be long enough.
  @Test("a stack computes products in the order of each alone", arguments: [60, 120])
  func productOrder(size: Int) throws {
    var random = SeededGenerator(seed: size)
    let trials = (0..<8).map { _ in
      var trial = Trial()
      let a = trial.input(random.values(real(size, size))), b = trial.input(random.values(real(size, size)))
      let x = trial.input(random.values(real(size)))
      let product = trial.graph.add(Contract(left: [0, 1], right: [1, 2], output: [0, 2]), a, b)
      trial.outputs = [trial.graph.add(Contract(left: [0, 1], right: [1], output: [0]), product, x)]
      return trial
    }
    for shared in [[], [0], [0, 1], [2]] as [Set<Int>] {
      try Self.check(trials, shared: shared, "size \(size), shared \(shared)")
    }
  }

  @Test("loops run member by member, while their turns differ")
  func loops() throws {
    let trials = [1.0, 30, 7].map { start in
      var trial = Trial()
      let x = trial.input(ReferenceTensor(real(2), [start, 0.1]))
      let condition = Subgraph(inputTypes: [real(2)]) { graph, inputs in
        [graph.add(Less(), graph.add(ReduceSum(axes: [0]), inputs[0]), graph.constant(100, .f64))]
      }
      let body = Subgraph(inputTypes: [real(2)]) { graph, inputs in
        [graph.add(Multiply(), inputs[0], graph.constant(1.7, .f64))]
      }
      let loop = WhileLoop(condition: condition, body: body, limit: 50)
      trial.outputs = [trial.graph.add(loop, inputs: [x])]
      return trial
    }
    try Self.check(trials, shared: [], "")
  }

  @Test("carried values go on member by member")
  func carried() throws {
    let programs = [0.9, 0.5].map { rate in
      var graph = Graph()
      let x = graph.input(0, real(4)), matrix = graph.input(1, real(4, 4))
      let product = graph.add(Contract(left: [0, 1], right: [1], output: [0]), matrix, x)
      let next = graph.add(Tanh(), graph.add(Multiply(), product, graph.constant(rate, .f64)))
      return Program(graph: graph, inputs: [x, matrix], outputs: [], carried: [(0, next)])
    }
    var random = SeededGenerator(seed: 1)
    let starts = programs.map { _ in random.values(real(4)).values }, matrix = random.values(real(4, 4)).values
    let stack = try #require(Program.stacked(programs) { $0 == 1 })
    let all = try Executable(stack)
    all.setInput(1, values: matrix)
    for (member, start) in starts.enumerated() { all.setInput(0, member: member, Tensor(start, shape: [4])) }
    try all.run(50, advancing: [])
    for (member, program) in programs.enumerated() {
      let alone = try Executable(program)
      alone.setInput(0, values: starts[member])
      alone.setInput(1, values: matrix)
      try alone.run(50, advancing: [])
      #expect(all.input(0, member: member).hasSameBits(as: alone.input(0)))
    }
  }

  /// No input shared, each alone shared, and all but each shared.
  private static func sharedInputs(of count: Int) -> [Set<Int>] {
    guard count > 1 else { return [[]] }
    return [[]] + (0..<count).map { [$0] } + (0..<count).map { kept in Set((0..<count).filter { $0 != kept }) }
  }

  /// Runs trials of one form together and alone; shared inputs take the first one's values.
  static func check(
    _ trials: [Trial], shared: Set<Int>, _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var trials = trials
    for index in trials.indices { for input in shared { trials[index].values[input] = trials[0].values[input] } }
    let stack = try #require(
      Program.stacked(trials.map(\.program)) { shared.contains($0) }, comment, sourceLocation: sourceLocation)
    let all = try Executable(stack)
    for input in trials[0].inputs.indices {
      if shared.contains(input) {
        all.setInput(input, values: trials[0].values[input].values)
      } else {
        all.setInput(input, values: trials.flatMap { $0.values[input].values })
      }
    }
    try all.run()
    for (member, trial) in trials.enumerated() {
      let alone = try trial.executable()
      try alone.run()
      for output in trial.outputs.indices {
        let own = alone.outputValues(output), size = own.count
        let found = Array(all.outputValues(output)[member * size..<(member + 1) * size])
        #expect(
          found.map(\.bitPattern) == own.map(\.bitPattern), "\(comment): member \(member) \(found) alone \(own)",
          sourceLocation: sourceLocation)
      }
    }
  }
}
