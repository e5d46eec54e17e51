import Testing

import Graph
import Tensors

/// Graphs made at random: what holds for each primitive alone holds for any of them together.
@Suite struct RandomGraphTests {
  private let pointTypes = [TensorType(.scalar, .f64), TensorType([3], .f64), TensorType([2, 3], .f64)]

  /// Bits of values stay.
  ///
  /// Gradients may differ by rounding: where simplification joins two nodes, their adjoints
  /// are added in another order.
  @Test(arguments: 0..<200 as Range<UInt64>)
  func simplificationChangesNoValueAndNoGradient(seed: UInt64) throws {
    let point = point(seed: seed)
    let with = try randomFunction(seed: seed, simplifies: true)(point)
    let without = try randomFunction(seed: seed, simplifies: false)(point)
    #expect(with[0].bits == without[0].bits)
    #expect(with.count == without.count && with.count > 1)
    for (a, b) in zip(with, without) { #expect(relativeError(a, b) <= 1e-13, "\(a) and \(b)") }
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func gradientEqualsDifferences(seed: UInt64) throws {
    let function = try randomFunction(seed: seed, simplifies: true)
    let point = point(seed: seed)
    let results = function(point)
    for (input, gradient) in results.dropFirst().enumerated() {
      for i in gradient.values.indices {
        let expected = differentiate { step in
          var moved = point
          moved[input] = point[input].moved(at: i, by: step)
          return function(moved)[0].values[0]
        }
        let error = relativeError(gradient.values[i], expected.value, scale: max(1, gradient.largest))
        #expect(error <= max(1e-8, 10 * expected.error), "\(gradient.values[i]), differences \(expected)")
      }
    }
  }

  private func point(seed: UInt64) -> [ReferenceTensor] {
    var random = SeededGenerator(seed: seed ^ 0xABCD)
    return pointTypes.map { ReferenceTensor($0, Domain.range(0.3...1.2).values($0.shape, &random)) }
  }

  /// A scalar of twelve random applications of smooth primitives, then its gradient by each input.
  private func randomFunction(seed: UInt64, simplifies: Bool) throws -> TestFunction {
    var random = SeededGenerator(seed: seed)
    var graph = Graph()
    graph.simplifies = simplifies
    let inputs = pointTypes.enumerated().map { graph.add(Input(index: $0.offset, type: $0.element)) }
    var nodes = inputs + [0, 1, 2, 0.5].map { graph.constant($0, .f64) }
    for _ in 0..<12 { nodes.append(Self.randomApplication(&graph, nodes, &random)) }
    let parts = nodes.map { graph.add(ReduceSum(axes: Array(0..<graph.shape($0).rank)), graph.add(Tanh(), $0)) }
    let total = graph.total(parts) ?? nodes[0]
    let gradients = try graph.gradient(of: total, withRespectTo: inputs)
    return TestFunction(graph: graph, inputs: inputs, outputs: [total] + gradients)
  }

  private static func randomApplication(
    _ graph: inout Graph, _ nodes: [NodeID], _ random: inout SeededGenerator
  ) -> NodeID {
    let unary: [any ElementwiseUnary] = [Sine(), Tanh(), Square(), Negate(), Sigmoid(), Softplus(), Erf()]
    let binary: [any ElementwiseBinary] = [Add(), Subtract(), Multiply(), ScaleAdjoint()]
    let a = nodes[Int.random(in: 0..<nodes.count, using: &random)]
    let b = nodes[Int.random(in: 0..<nodes.count, using: &random)]
    let function = unary[Int.random(in: 0..<unary.count, using: &random)]
    let operation = binary[Int.random(in: 0..<binary.count, using: &random)]
    let shape = graph.shape(a)
    switch Int.random(in: 0..<8, using: &random) {
    case 0, 1: return graph.add(function, a)
    case 2, 3: return graph.add(operation, a, b)
    case 4:
      let turned = graph.add(Transpose(permutation: Array((0..<shape.rank).reversed())), graph.add(Sine(), a))
      return graph.reshape(turned, to: shape)
    case 5 where shape.rank > 0: return graph.add(ReduceSum(axes: [0]), a)
    case 6 where shape.rank > 0:
      return graph.add(Contract(left: [0, 1].suffix(shape.rank), right: [1], output: []), a, nodes[1])
    default: return graph.add(Power(), graph.add(Sigmoid(), a), graph.constant(Double(random.next() % 4), .f64))
    }
  }
}
