import Engine
import Graph
import Tensors
import Testing

/// Programs over common inputs as one: every value must have the bits that it has apart.
struct JoiningTests {
  @Test("outputs and next values of a joint program have the bits of each program alone", arguments: 0..<150)
  func randomGraphs(_ seed: Int) throws {
    let trial = RandomGraphTests.trial(seed)
    var step = trial.program
    guard let carried = Self.carried(step) else { return }
    step.outputs = []
    step.carried = carried
    guard let joint = step.joined(with: [(trial.program, Array(trial.inputs.indices))]) else { return }
    let whole = try Executable(joint.program)
    let apart = try (Executable(step), Executable(trial.program))
    for (index, value) in trial.values.enumerated() {
      for executable in [whole, apart.0, apart.1] { executable.setInput(index, values: value.values) }
    }
    for executable in [whole, apart.0, apart.1] { try executable.run() }
    for output in trial.outputs.indices {
      #expect(whole.output(output).hasSameBits(as: apart.1.output(output)), "output \(output)")
    }
    for (input, output) in joint.next {
      #expect(whole.output(output).hasSameBits(as: apart.0.input(input)), "next value of \(input)")
    }
  }

  /// Most of the graphs above have what the test needs: it is not passed by having nothing to compare.
  @Test func mostRandomGraphsJoin() {
    let joined = (0..<150).count { seed in
      let program = RandomGraphTests.trial(seed).program
      guard let carried = Self.carried(program) else { return false }
      var step = program
      (step.outputs, step.carried) = ([], carried)
      return step.joined(with: [(program, Array(program.inputs.indices))]) != nil
    }
    #expect(joined > 50, "\(joined)")
  }

  /// An output that an input can take, if there is one.
  private static func carried(_ program: Program) -> [(input: Int, output: NodeID)]? {
    for (input, node) in program.inputs.enumerated() {
      guard let output = program.outputs.first(where: { program.graph.type($0) == program.graph.type(node) }) else {
        continue
      }
      return [(input, output)]
    }
    return nil
  }

  /// The loss |A x|² and a step along its gradient, in graphs of their own.
  private func step(_ size: Int) -> Program {
    var graph = Graph()
    let a = graph.input(0, real(size, size)), x = graph.input(1, real(size))
    let residual = graph.add(Contract(left: [0, 1], right: [1], output: [0]), a, x)
    let gradient = graph.add(Contract(left: [0, 1], right: [0], output: [1]), a, residual)
    let next = graph.add(Subtract(), x, gradient)
    return Program(graph: graph, inputs: [a, x], outputs: [], carried: [(1, next)])
  }

  private func loss(_ size: Int) -> Program {
    var graph = Graph()
    let x = graph.input(0, real(size)), a = graph.input(1, real(size, size))
    let residual = graph.add(Contract(left: [0, 1], right: [1], output: [0]), a, x)
    let sum = graph.add(ReduceSum(axes: [0]), graph.add(Square(), residual))
    return Program(graph: graph, inputs: [x, a], outputs: [sum])
  }

  @Test("what a metric has in common with the step is spared")
  func sparedWork() throws {
    let joint = try #require(step(40).joined(with: [(loss(40), [1, 0])]))
    #expect(joint.sparedWork == 40 * 40)
    #expect(joint.next.map(\.input) == [1])
    #expect(joint.program.carried.isEmpty)
    let apart = try #require(step(40).joined(with: [(loss(40), [1, 2])]))
    #expect(apart.sparedWork == 0)
    #expect(apart.program.inputs.count == 3)
  }

  @Test("a product that only one of the programs writes transposed keeps them apart")
  func turnedProducts() {
    func program(_ outputs: (inout Graph, NodeID) -> [NodeID]) -> Program {
      var graph = Graph()
      let a = graph.input(0, real(6, 6))
      let product = graph.add(Contract(left: [0, 1], right: [1, 2], output: [0, 2]), a, a)
      let results = outputs(&graph, product)
      return Program(graph: graph, inputs: [a], outputs: results)
    }
    let turned = program { graph, product in [graph.add(Transpose(permutation: [1, 0]), product)] }
    let plain = program { graph, product in [graph.add(Square(), product)] }
    #expect(turned.joined(with: [(plain, [0])]) == nil)
    #expect(turned.joined(with: [(turned, [0])]) != nil)
  }

  @Test("a step that swaps two inputs is not joined, as its next values have no memory of their own")
  func swappedInputs() {
    var graph = Graph()
    let x = graph.input(0, real(3)), y = graph.input(1, real(3))
    let swap = Program(graph: graph, inputs: [x, y], outputs: [], carried: [(0, y), (1, x)])
    #expect(swap.joined(with: []) == nil)
    let still = Program(graph: graph, inputs: [x, y], outputs: [], carried: [(0, x)])
    #expect(still.joined(with: [])?.next.isEmpty == true)
  }
}
