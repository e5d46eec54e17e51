import Engine
import Graph
import Tensors
import Testing

struct DiagnosisTests {
  @Test("the first node that is not finite is found, with its origin, and inputs stay as they are")
  func firstNonFinite() throws {
    var graph = Graph()
    let x = graph.input(0, real(4))
    graph.origin = 7
    let shifted = graph.add(Subtract(), x, graph.constant(1, .f64))
    graph.origin = 8
    let logarithm = graph.add(Logarithm(), shifted)
    graph.origin = 9
    let next = graph.add(Add(), x, graph.add(Multiply(), graph.constant(0.5, .f64), logarithm))
    let harmless = graph.add(Divide(), x, graph.add(Subtract(), x, x))
    let loss = graph.add(ReduceSum(axes: [0]), next), comparison = graph.add(Less(), x, harmless)
    let executable = try Executable(
      Program(graph: graph, inputs: [x], outputs: [loss, comparison], carried: [(0, next)]))
    executable.setInput(0, values: [2, 3, 4, 5])
    #expect(try executable.firstNonFinite() == nil)
    executable.setInput(0, values: [2, 3, 1, 5])
    let found = try #require(try executable.firstNonFinite())
    #expect(found.node == logarithm && found.origin == 8 && found.operation == Logarithm.name)
    #expect(executable.inputValues(0) == [2, 3, 1, 5])
  }

  @Test("an input that is not finite is itself the first")
  func input() throws {
    var graph = Graph()
    let x = graph.input(0, real())
    let square = graph.add(Square(), x)
    let executable = try Executable(Program(graph: graph, inputs: [x], outputs: [square]))
    executable.setInput(0, .infinity)
    #expect(try executable.firstNonFinite()?.node == x)
  }
}
