import Engine
import Graph
import Tensors
import Testing

struct CarriedStateTests {
  /// Runs a program of two carried vectors and returns them after each of `steps` steps.
  private func trajectory(
    _ type: TensorType, steps: Int, fuses: Bool = true, _ update: (inout Graph, NodeID, NodeID) -> (NodeID, NodeID)
  ) throws -> [[Double]] {
    var graph = Graph()
    let x = graph.input(0, type), y = graph.input(1, type)
    let (nextX, nextY) = update(&graph, x, y)
    let executable = try Executable(
      Program(graph: graph, inputs: [x, y], outputs: [x], carried: [(0, nextX), (1, nextY)]),
      options: EngineOptions(fusesElementwise: fuses))
    executable.setInput(0, values: (0..<type.count).map { Double($0) + 1 })
    executable.setInput(1, values: (0..<type.count).map { Double($0) * 10 + 5 })
    return try (0..<steps).map { _ in
      try executable.run()
      return executable.inputValues(0) + executable.inputValues(1)
    }
  }

  static let sizes = [real(), real(3), real(700), single(9), real(2, 5)]

  @Test("two inputs exchange their values", arguments: sizes)
  func swap(_ type: TensorType) throws {
    let x = (0..<type.count).map { Double($0) + 1 }, y = (0..<type.count).map { Double($0) * 10 + 5 }
    #expect(try trajectory(type, steps: 3) { _, x, y in (y, x) } == [y + x, x + y, y + x])
  }

  @Test("each new value is computed from the old ones", arguments: sizes)
  func simultaneous(_ type: TensorType) throws {
    let found = try trajectory(type, steps: 2) { graph, x, y in
      (graph.add(Add(), x, y), graph.add(Subtract(), x, y))
    }
    var x = (0..<type.count).map { Double($0) + 1 }, y = (0..<type.count).map { Double($0) * 10 + 5 }
    for step in 0..<2 {
      (x, y) = (zip(x, y).map { $0 + $1 }, zip(x, y).map { $0 - $1 })
      #expect(found[step] == x + y)
    }
  }

  @Test("an input keeps what another takes over", arguments: sizes)
  func delay(_ type: TensorType) throws {
    // y remembers the x before; x grows by itself.
    let found = try trajectory(type, steps: 3) { graph, x, _ in (graph.add(Add(), x, x), x) }
    let x = (0..<type.count).map { Double($0) + 1 }
    #expect(found[2] == x.map { $0 * 8 } + x.map { $0 * 4 })
  }

  @Test("one value carried twice reaches both inputs", arguments: sizes)
  func duplicate(_ type: TensorType) throws {
    let found = try trajectory(type, steps: 1) { graph, x, y in
      let sum = graph.add(Add(), x, y)
      return (sum, sum)
    }
    let sum = (0..<type.count).map { Double($0) * 11 + 6 }
    #expect(found[0] == sum + sum)
  }

  @Test("a matrix is replaced only after its last reader, transposed ones too")
  func matrix() throws {
    for fuses in [true, false] {
      var graph = Graph()
      let w = graph.input(0, real(3, 3)), v = graph.input(1, real(3))
      let product = graph.add(Contract(left: [0, 1], right: [1], output: [0]), w, v)
      let outer = graph.add(Contract(left: [0], right: [1], output: [0, 1]), product, v)
      let next = graph.add(Subtract(), w, outer)
      let back = graph.add(Contract(left: [0, 1], right: [0], output: [1]), w, product)
      let executable = try Executable(
        Program(graph: graph, inputs: [w, v], outputs: [w], carried: [(0, next), (1, back)]),
        options: EngineOptions(fusesElementwise: fuses))
      let start = (0..<9).map { Double($0) - 3 }
      executable.setInput(0, values: start)
      executable.setInput(1, values: [1, 2, -1])
      try executable.run()
      let old = [NodeID: ReferenceTensor](uniqueKeysWithValues: [
        (w, ReferenceTensor(real(3, 3), start)), (v, ReferenceTensor(real(3), [1, 2, -1])),
      ])
      let expected = Interpreter.evaluate(graph, outputs: [next, back], inputs: old)
      #expect(executable.inputValues(0) == expected[0].values)
      #expect(executable.inputValues(1) == expected[1].values)
      #expect(executable.outputValues(0) == start)
    }
  }

  @Test("parts of an input are read before the whole is replaced")
  func parts() throws {
    var graph = Graph()
    let x = graph.input(0, real(4))
    let first = graph.add(Slice(starts: [0], stops: [2]), x), last = graph.add(Slice(starts: [2], stops: [4]), x)
    let next = graph.add(Concatenate(axis: 0), graph.add(Add(), last, last), graph.add(Add(), first, last))
    let executable = try Executable(Program(graph: graph, inputs: [x], outputs: [last], carried: [(0, next)]))
    executable.setInput(0, values: [1, 2, 3, 4])
    try executable.run()
    #expect(executable.inputValues(0) == [6, 8, 4, 6])
    #expect(executable.outputValues(0) == [3, 4])
    try executable.run()
    #expect(executable.inputValues(0) == [8, 12, 10, 14])
  }
}
