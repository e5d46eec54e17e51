import Engine
import Graph
import Tensors
import Testing

/// A run that is broken off is at the end of a whole step.
struct BreakingTests {
  /// x ← A x for a matrix, an instruction that lasts where the matrix is large.
  private func powers(_ n: Int) throws -> Executable {
    var graph = Graph()
    let x = graph.input(0, real(n, n)), a = graph.input(1, real(n, n))
    let next = graph.add(Add(), graph.product(a, x), x)
    let executable = try Executable(Program(graph: graph, inputs: [x, a], outputs: [x], carried: [(0, next)]))
    executable.setInput(0, values: (0..<n * n).map { Double($0 % 7) })
    executable.setInput(1, values: (0..<n * n).map { Double($0 % 5) / Double(n) })
    return executable
  }

  @Test("a long step that is broken off leaves the state before it")
  func longStep() throws {
    let executable = try powers(640)
    #expect(executable.hasLongSteps)
    try executable.run()
    let before = executable.inputValues(0)
    var flag: Int32 = 1
    let outcome = try withUnsafePointer(to: &flag) { flag in
      executable.interrupt = flag
      return try executable.run(3, advancing: [])
    }
    #expect(outcome == .interrupted(steps: 0))
    executable.interrupt = nil
    #expect(executable.inputValues(0) == before)
    // It goes on as one that was never broken off.
    let other = try powers(640)
    try other.run(2, advancing: [])
    try executable.run()
    #expect(executable.inputValues(0) == other.inputValues(0))
  }

  /// Fields of instructions that are no sizes, such as addresses, must not count as work.
  @Test("a step of numbers and an index is short")
  func indexedStep() throws {
    var graph = Graph()
    let x = graph.input(0, real()), table = graph.input(1, real(100)), index = graph.input(2, whole())
    let entry = graph.add(GatherRows(), table, index)
    let next = graph.add(Add(), graph.add(Multiply(), x, entry), x)
    let executable = try Executable(
      Program(graph: graph, inputs: [x, table, index], outputs: [x], carried: [(0, next)]))
    #expect(!executable.hasLongSteps)
  }

  @Test("a short step is not broken off: the run ends after it")
  func shortStep() throws {
    let executable = try powers(6), other = try powers(6)
    #expect(!executable.hasLongSteps)
    var flag: Int32 = 1
    let outcome = try withUnsafePointer(to: &flag) { flag in
      executable.interrupt = flag
      return try executable.run(3, advancing: [])
    }
    #expect(outcome == .interrupted(steps: 1))
    try other.run()
    #expect(executable.inputValues(0) == other.inputValues(0))
  }
}
