import Engine
import Graph
import Tensors
import Testing

struct RunTests {
  /// x ← x − 0.1 (x − row(index) · t), with a counter t, an index stream and a loss.
  private func program() -> Program {
    var graph = Graph()
    let x = graph.input(0, real(40)), table = graph.input(1, real(5, 40))
    let index = graph.input(2, whole()), step = graph.input(3, whole())
    let row = graph.add(GatherRows(), table, index)
    let scaled = graph.add(Multiply(), row, graph.convert(step, to: .f64))
    let error = graph.add(Subtract(), x, scaled)
    let next = graph.add(Subtract(), x, graph.add(Multiply(), graph.constant(0.1, .f64), error))
    let loss = graph.add(Contract(left: [0], right: [0], output: []), error, error)
    return Program(graph: graph, inputs: [x, table, index, step], outputs: [loss], carried: [(0, next)])
  }

  private func executable() throws -> Executable {
    let executable = try Executable(program())
    var random = SeededGenerator(seed: 5)
    executable.setInput(0, values: random.values(real(40)).values)
    executable.setInput(1, values: random.values(real(5, 40)).values)
    return executable
  }

  @Test("many steps at once are as many single steps")
  func manySteps() throws {
    let together = try executable(), apart = try executable()
    let stream = (0..<1000).map { Int64($0 * 7 % 5) }
    try stream.withUnsafeBufferPointer { values in
      guard let start = values.baseAddress else { return }
      let outcome = try together.run(
        1000, advancing: [.stream(input: 2, values: start, batch: 1), .increment(input: 3, element: 0)])
      #expect(outcome == .completed)
    }
    for (step, value) in stream.enumerated() {
      apart.setInput(2, ints: [Int(value)])
      apart.setInput(3, ints: [step])
      try apart.run()
    }
    #expect(together.inputValues(0) == apart.inputValues(0))
    #expect(together.outputScalar(0) == apart.outputScalar(0))
    #expect(together.inputValues(3) == [1000])
  }

  @Test("a step allocates nothing")
  func noAllocation() throws {
    let executable = try executable()
    try executable.run(10, advancing: [])
    // Other tests allocate at the same time: one quiet moment is enough.
    let isQuiet = try (0..<1000).contains { _ in
      let before = Memory.allocationCount
      try executable.run(10, advancing: [])
      return Memory.allocationCount == before
    }
    #expect(isQuiet)
  }

  @Test("an interrupt ends a run after the step under way")
  func interrupt() throws {
    let executable = try executable()
    var flag: Int32 = 1
    try withUnsafePointer(to: &flag) { pointer in
      executable.interrupt = pointer
      let outcome = try executable.run(1000, advancing: [])
      #expect(outcome == .interrupted(steps: 1))
      executable.interrupt = nil
    }
    #expect(try executable.run(3, advancing: []) == .completed)
  }

  @Test("an index outside of the table ends the run", arguments: [-1, 5, 1 << 40])
  func indexOutOfRange(_ index: Int) throws {
    let executable = try executable()
    executable.setInput(2, ints: [index])
    let fault = try #require(throws: ProgramFault.self) { try executable.run(10, advancing: []) }
    #expect(fault.cause == .index(index, count: 5) && fault.steps == 0)
  }

  @Test("programs that cannot be planned are refused")
  func refusals() throws {
    var graph = Graph()
    let x = graph.input(0, real(3)), y = graph.input(1, real(3))
    let sum = graph.add(Add(), x, y)
    let total = graph.add(ReduceSum(axes: [0]), sum)
    #expect(throws: EngineError.self) { try Executable(Program(graph: graph, inputs: [x], outputs: [sum])) }
    #expect(throws: EngineError.self) { try Executable(Program(graph: graph, inputs: [x, sum], outputs: [sum])) }
    #expect(throws: EngineError.self) {
      try Executable(Program(graph: graph, inputs: [x, y], outputs: [], carried: [(0, total)]))
    }
  }

  @Test("a bound input is read in place, in parts too, until it is set")
  func binding() throws {
    var graph = Graph()
    let x = graph.input(0, real(6)), scale = graph.input(1, real())
    let last = graph.add(Slice(starts: [3], stops: [6]), x)
    let product = graph.add(Multiply(), last, scale)
    let executable = try Executable(Program(graph: graph, inputs: [x, scale], outputs: [product]))
    let first = Tensor([1, 2, 3, 4, 5, 6], shape: [6]), second = Tensor([0, 0, 0, 7, 8, 9], shape: [6])
    executable.setInput(1, 2)
    executable.bindInput(0, first)
    #expect(executable.inputPointer(0) == first.unsafeStart)
    try executable.run()
    #expect(executable.outputValues(0) == [8, 10, 12])
    executable.bindInput(0, second)
    try executable.run()
    #expect(executable.outputValues(0) == [14, 16, 18])
    executable.setInput(0, values: [1, 1, 1, 1, 2, 3])
    try executable.run()
    #expect(executable.outputValues(0) == [2, 4, 6])
    #expect(second.doubles() == [0, 0, 0, 7, 8, 9])
  }

  @Test("a large state is given on without a copy, and stays what it was when the run goes on")
  func sharing() throws {
    var graph = Graph()
    let type = real(1 << 18), x = graph.input(0, type)
    let next = graph.add(Add(), x, graph.constant(1, like: x))
    let executable = try Executable(Program(graph: graph, inputs: [x], outputs: [], carried: [(0, next)]))
    try executable.run()
    let place = UnsafeRawPointer(executable.inputPointer(0)), before = executable.sharedInput(0)
    #expect(UnsafeRawPointer(before.unsafeStart) == place)
    try executable.run()
    let after = executable.sharedInput(0)
    #expect(UnsafeRawPointer(after.unsafeStart) != place)
    executable.setInput(0, Tensor([Double](repeating: 9, count: type.count), shape: type.shape))
    try executable.run()
    #expect(before.doubles().allSatisfy { $0 == 1 } && after.doubles().allSatisfy { $0 == 2 })
    #expect(executable.inputValues(0).allSatisfy { $0 == 10 })
  }

  @Test("a large input is read where another executable has it, until it is set")
  func readingOthers() throws {
    var graph = Graph()
    let type = real(1 << 14), x = graph.input(0, type)
    let sum = graph.add(ReduceSum(axes: [0]), x)
    let metric = try Executable(Program(graph: graph, inputs: [x], outputs: [sum]))
    let next = graph.add(Add(), x, graph.constant(1, like: x))
    let step = try Executable(Program(graph: graph, inputs: [x], outputs: [], carried: [(0, next)]))
    for turn in 1...3 {
      try step.run()
      metric.readInput(0, from: step, 0)
      try metric.run()
      #expect(metric.outputScalar(0) == Double(turn * type.count))
    }
    metric.setInput(0, Tensor([Double](repeating: 5, count: type.count), shape: type.shape))
    try metric.run()
    #expect(metric.outputScalar(0) == Double(5 * type.count))
    #expect(step.inputValues(0).allSatisfy { $0 == 3 })
  }

  @Test("the only output of a plan that fills its memory is taken with it")
  func taking() throws {
    var graph = Graph()
    let type = real(1 << 18), x = graph.input(0, type)
    let sum = graph.add(Add(), x, graph.constant(1, like: x))
    let executable = try Executable(Program(graph: graph, inputs: [x], outputs: [sum]))
    try executable.run()
    let place = executable.outputPointer(0)
    let taken = try #require(executable.takeOutputUnlessInterrupted())
    #expect(UnsafeRawPointer(taken.unsafeStart) == place)
    #expect(taken.doubles().allSatisfy { $0 == 1 })
    // One that does not fill it, as another is beside it, is copied.
    let negated = graph.add(Negate(), sum)
    let two = try Executable(Program(graph: graph, inputs: [x], outputs: [sum, negated]))
    try two.run()
    let copied = try #require(two.takeOutputUnlessInterrupted())
    #expect(UnsafeRawPointer(copied.unsafeStart) != two.outputPointer(0) && copied.doubles().allSatisfy { $0 == 1 })
  }

  @Test("large products have the same bits for any number of threads", arguments: [DType.f64, .f32])
  func threads(_ dtype: DType) throws {
    var random = SeededGenerator(seed: 9)
    var trial = Trial()
    let a = trial.input(random.values(TensorType([700, 300], dtype)))
    let b = trial.input(random.values(TensorType([300, 650], dtype)))
    trial.outputs = [trial.graph.add(Contract(left: [0, 1], right: [1, 2], output: [0, 2]), a, b)]
    let results = try [1, 2, 3].map { threads in
      let executable = try trial.executable(EngineOptions(threads: threads))
      try executable.run()
      return executable.outputValues(0)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  @Test("a chain of 50 000 nodes is planned without recursion")
  func deepChain() throws {
    var graph = Graph()
    let x = graph.input(0, real(3)), start = graph.input(1, real())
    var vector = x, number = start
    for _ in 0..<25_000 {
      vector = graph.add(Tanh(), vector)
      number = graph.add(Tanh(), number)
    }
    let executable = try Executable(Program(graph: graph, inputs: [x, start], outputs: [vector, number]))
    executable.setInput(0, values: [1, 2, 3])
    executable.setInput(1, 1)
    try executable.run()
    #expect(executable.outputValues(0)[0] == executable.outputScalar(1))
  }
}
