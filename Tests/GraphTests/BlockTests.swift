import Testing

import Graph
import Tensors

/// Members a block at a time: the numbers of all at once.
@Suite struct BlockTests {
  /// log Σⱼ exp(uⱼ · (W v)) and the place of the largest, for each of the rows v of a matrix.
  private func answers(_ rows: Int, wholeMax: Int, blockMax: Int) throws -> TestFunction {
    var graph = Graph()
    let u = graph.add(Input(index: 0, type: TensorType([5, 3], .f64)))
    let w = graph.add(Input(index: 1, type: TensorType([3, 3], .f64)))
    let v = graph.add(Input(index: 2, type: TensorType([rows, 3], .f64)))
    let member = graph.freshInput(TensorType([3], .f64))
    let image = try graph.apply(Contract(left: [0, 1], right: [1], output: [0]), [w, member])
    let logits = try graph.apply(Contract(left: [0, 1], right: [1], output: [0]), [u, image])
    let outputs = [graph.add(LogSumExp(), logits), graph.add(ArgMax(), logits)]
    let results = graph.batchInBlocks(
      outputs: outputs, inputs: [(member, v)], size: rows, wholeMax: wholeMax, blockMax: blockMax)
    return TestFunction(graph: graph, inputs: [u, w, v], outputs: results)
  }

  private func values(_ rows: Int) -> [ReferenceTensor] {
    [[5, 3], [3, 3], [rows, 3]].enumerated().map { seed, sizes in
      let shape = Shape(sizes)
      return ReferenceTensor(TensorType(shape, .f64), Domain.range(-1...1).values(shape, seed: UInt64(seed)))
    }
  }

  @Test(arguments: [1, 4, 8, 11]) func sameNumbers(rows: Int) throws {
    let whole = try answers(rows, wholeMax: .max, blockMax: 1)
    for blockMax in [1, 5, 10, 20, 1000] {
      let blocks = try answers(rows, wholeMax: 0, blockMax: blockMax)
      let (found, expected) = (blocks(values(rows)), whole(values(rows)))
      #expect(relativeError(found[0], expected[0]) <= 1e-15)
      #expect(found[1] == expected[1])
    }
  }

  @Test func sameGradients() throws {
    func gradient(_ function: TestFunction) throws -> [ReferenceTensor] {
      var function = function
      let total = function.graph.add(ReduceSum(axes: [0]), function.outputs[0])
      function.outputs = try function.graph.gradient(of: total, withRespectTo: function.inputs)
      return function(values(11))
    }
    let whole = try gradient(answers(11, wholeMax: .max, blockMax: 1))
    let blocks = try gradient(answers(11, wholeMax: 0, blockMax: 20))
    for (a, b) in zip(blocks, whole) { #expect(relativeError(a, b) <= 1e-14) }
  }

  /// Only what would be too large is cut; the size of a block hangs on the shapes alone.
  @Test func smallOnesStayWhole() throws {
    let loops = { (function: TestFunction) in function.graph.nodes.filter { $0.primitive is Loop } }
    #expect(loops(try answers(11, wholeMax: 55, blockMax: 20)).isEmpty)
    let loop = loops(try answers(11, wholeMax: 54, blockMax: 20)).first?.primitive as? Loop
    #expect(loop?.count == 2)
    #expect(loop?.body.inputTypes[1].shape == [4, 3])
  }
}
