import Engine
import Graph
import Tensors
import Testing

/// Machine code of steps; the instruction loop says what is right.
@Suite struct EmissionTests {
  private static func options(code: Bool, level: Int = 0) -> EngineOptions {
    var options = EngineOptions(stepsUntilCode: code ? 0 : .max)
    options.codeLevel = level
    return options
  }

  /// Whether there is code on this processor at all.
  private static let isAvailable: Bool = {
    let step = RandomStep(seed: 0)
    return (try? step.trajectory(options(code: true), many: 1, single: 0))?.hasCode ?? false
  }()

  @Test("10,000 random steps have the same bits", arguments: 0..<100)
  func randomSteps(_ hundred: Int) throws {
    var taken = 0
    for seed in hundred * 100..<(hundred + 1) * 100 {
      let step = RandomStep(seed: seed)
      let walked = try step.trajectory(Self.options(code: false), many: 6, single: 2)
      let emitted = try step.trajectory(Self.options(code: true, level: seed % 2 == 0 ? 0 : 3), many: 6, single: 2)
      #expect(walked.bits == emitted.bits && !walked.hasCode, "seed \(seed)")
      if emitted.hasCode { taken += 1 }
    }
    #expect(!Self.isAvailable || taken >= 90, "code of \(taken) of 100")
  }

  // MARK: What ends steps

  /// Gathers from a table by a batch, in every step.
  private static func gathering(_ code: Bool) throws -> Executable {
    var graph = Graph()
    let x = graph.input(0, real(2)), table = graph.input(1, real(5, 2)), batch = graph.input(2, whole(1))
    let row = graph.add(Reshape(shape: [2]), graph.add(GatherRows(), table, batch))
    let next = graph.add(Add(), x, row)
    let program = Program(graph: graph, inputs: [x, table, batch], outputs: [], carried: [(0, next)])
    let executable = try Executable(program, options: options(code: code))
    executable.setInput(1, values: (0..<10).map(Double.init))
    return executable
  }

  private static func run(_ executable: Executable, _ stream: [Int64]) throws -> RunOutcome {
    try stream.withUnsafeBufferPointer { stream in
      guard let start = stream.baseAddress else { return .completed }
      return try executable.run(stream.count, advancing: [.stream(input: 2, values: start, batch: 1)])
    }
  }

  @Test(arguments: [[0, 1, 5, 2], [-1], [4, 4, Int64.max]])
  func indexOutside(_ stream: [Int64]) throws {
    let faults = try [false, true].map { code in
      let executable = try Self.gathering(code)
      let fault = #expect(throws: ProgramFault.self) { _ = try Self.run(executable, stream) }
      #expect(executable.hasCode == (code && Self.isAvailable))
      return fault.map { "\($0)" }
    }
    #expect(faults[0] == faults[1])
  }

  // MARK: Rows by index

  /// Moves entries of a large state, those at places, towards 1, in every step.
  private static func moving(_ places: [Int], _ code: Bool) throws -> Executable {
    var graph = Graph()
    let x = graph.input(0, real(2000)), index = graph.input(1, whole(places.count))
    let error = graph.add(Subtract(), graph.add(GatherRows(), x, index), graph.filled(1, real(places.count)))
    let scattered = graph.add(ScatterAddRows(rowCount: 2000), index, error)
    let next = graph.add(Subtract(), x, graph.add(Multiply(), graph.constant(0.25, .f64), scattered))
    let program = Program(graph: graph, inputs: [x, index], outputs: [], carried: [(0, next)])
    let executable = try Executable(program, options: options(code: code))
    executable.setInput(1, ints: places)
    return executable
  }

  @Test(arguments: [(9, 4, -1), (60, 37, 2000), (60, 0, Int.min), (200, 199, Int.max)])
  func indexOutsideOfMany(_ count: Int, _ place: Int, _ index: Int) throws {
    var places = (0..<count).map { $0 * 7 % 2000 }
    places[place] = index
    let faults = try [false, true].map { code in
      let executable = try Self.moving(places, code)
      let fault = #expect(throws: ProgramFault.self) { try executable.run(3, advancing: []) }
      #expect(executable.hasCode == (code && Self.isAvailable))
      #expect(!code || executable.inputValues(0).allSatisfy { $0 == 0 })
      return fault.map { "\($0)" }
    }
    #expect(faults[0] == faults[1])
  }

  /// Marks are of so many steps, and then begin again.
  @Test(arguments: [false, true])
  func moreStepsThanMarksTell(_ isTwice: Bool) throws {
    let places = (0..<20).map { $0 * 1009 % 2000 } + [isTwice ? 1009 : 1]
    let runs = try [false, true].map { code in
      let executable = try Self.moving(places, code)
      try executable.run(70_000, advancing: [])
      #expect(executable.hasCode == (code && Self.isAvailable))
      return executable.inputValues(0)
    }
    #expect(runs[0] == runs[1] && runs[0].filter { $0 != 0 }.count == (isTwice ? 20 : 21))
  }

  @Test func interruptEndsAfterAWholeStep() throws {
    for code in [false, true] {
      let executable = try Self.gathering(code)
      let outcome = try withUnsafePointer(to: Int32(1)) { flag in
        executable.interrupt = flag
        return try Self.run(executable, [1, 2, 3])
      }
      #expect(outcome == .interrupted(steps: 1) && executable.inputValues(0) == [2, 3])
      executable.interrupt = nil
    }
  }

  @Test func laterCallsMayReadOtherMemory() throws {
    for code in [false, true] {
      let executable = try Self.gathering(code)
      _ = try Self.run(executable, [1])
      executable.bindInput(1, Tensor((0..<10).map { Double($0) * 100 }, shape: [5, 2]))
      _ = try Self.run(executable, [1, 2])
      #expect(executable.inputValues(0) == [602, 803])
      #expect(executable.input(2).integers() == [2])
      // Steps that are fed in another way are steps all the same.
      try executable.run(2, advancing: [])
      #expect(executable.inputValues(0) == [1402, 1803])
    }
  }
}
