import Engine
import Graph
import Tensors
import Testing

struct LoopTests {
  /// h ← tanh(W h + sᵢ), collecting h · i.
  private func recurrence(reverse: Bool) -> Loop {
    let body = Subgraph(inputTypes: [whole(), real(2), real(2), real(2, 2)]) { graph, inputs in
      let product = graph.add(Contract(left: [0, 1], right: [1], output: [0]), inputs[3], inputs[1])
      let next = graph.add(Tanh(), graph.add(Add(), product, inputs[2]))
      return [next, graph.add(Multiply(), next, graph.convert(inputs[0], to: .f64))]
    }
    return Loop(count: 5, reverse: reverse, carryCount: 1, scannedCount: 1, body: body)
  }

  @Test("loops carry, scan and collect as the reference does", arguments: [false, true])
  func recurrence(_ reverse: Bool) throws {
    var random = SeededGenerator(seed: 11)
    var trial = Trial()
    let h = trial.input(random.values(real(2))), rows = trial.input(random.values(real(5, 2)))
    let w = trial.input(random.values(real(2, 2)))
    let out = trial.graph.add(recurrence(reverse: reverse), h, rows, w)
    let total = trial.graph.add(ReduceSum(axes: [0]), trial.graph.add(Square(), out))
    trial.outputs = [out, total] + (try trial.graph.gradient(of: total, withRespectTo: [h, rows, w]))
    try trial.check("loop, reverse \(reverse)")
  }

  @Test("a loop on numbers and one that turns zero times", arguments: [0, 1, 7])
  func numbers(_ count: Int) throws {
    let body = Subgraph(inputTypes: [whole(), real(), real()]) { graph, inputs in
      [graph.add(Multiply(), inputs[1], inputs[2]), graph.add(Add(), inputs[1], inputs[2])]
    }
    var trial = Trial()
    let a = trial.input(ReferenceTensor(real(), [1.25])), b = trial.input(ReferenceTensor(real(), [0.5]))
    trial.outputs = [trial.graph.add(Loop(count: count, carryCount: 2, body: body), a, b)]
    try trial.check("\(count) turns")
  }

  @Test("a conditional loop stops when the condition fails, or at its limit", arguments: [3, 100])
  func conditional(_ limit: Int) throws {
    let condition = Subgraph(inputTypes: [real(3), real()]) { graph, inputs in
      [graph.add(Less(), graph.add(ReduceSum(axes: [0]), inputs[0]), inputs[1])]
    }
    let body = Subgraph(inputTypes: [real(3), real()]) { graph, inputs in
      [graph.add(Multiply(), inputs[0], graph.constant(1.5, .f64))]
    }
    var trial = Trial()
    let x = trial.input(ReferenceTensor(real(3), [1, 2, 3])), bound = trial.input(ReferenceTensor(real(), [100]))
    trial.outputs = [trial.graph.add(WhileLoop(condition: condition, body: body, limit: limit), x, bound)]
    try trial.check("limit \(limit)")
  }
}
