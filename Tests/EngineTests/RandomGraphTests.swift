import Engine
import Graph
import Tensors
import Testing

struct RandomGraphTests {
  @Test("random graphs give what the interpreter gives, fused or not", arguments: 0..<150)
  func matchesInterpreter(_ seed: Int) throws {
    let trial = Self.trial(seed)
    let isSingle = trial.values[0].type.dtype == .f32
    try trial.check(tolerance: isSingle ? 1e-4 : 1e-10, "seed \(seed)")
  }

  /// A random graph with values for its inputs.
  static func trial(_ seed: Int) -> Trial {
    var random = SeededGenerator(seed: seed)
    var trial = Trial()
    let dtype: DType = seed % 4 == 3 ? .f32 : .f64
    var pool = [[], [3], [4, 3], [3, 1], [4, 1], [40, 30], [30], [1200]].map {
      trial.input(random.values(TensorType(Shape($0), dtype), in: 0.2...1.5))
    }
    for _ in 0..<40 {
      if let node = Self.application(&trial.graph, pool, &random) { pool.append(node) }
    }
    trial.outputs = (0..<4).map { _ in pool[Int.random(in: 0..<pool.count, using: &random)] } + [pool[pool.count - 1]]
    return trial
  }

  /// A random application of something that fits, keeping values tame.
  private static func application(
    _ graph: inout Graph, _ pool: [NodeID], _ random: inout SeededGenerator
  ) -> NodeID? {
    let a = pool[Int.random(in: 0..<pool.count, using: &random)],
      b = pool[Int.random(in: 0..<pool.count, using: &random)]
    let shape = graph.shape(a)
    switch Int.random(in: 0..<14, using: &random) {
    case 0: return graph.add(Tanh(), a)
    case 1: return graph.add(Sigmoid(), a)
    case 2...5:
      return fitting([Add(), Subtract(), Multiply(), Maximum(), ScaleAdjoint(), Less()], a, b, &graph, &random)
    case 6: return shape.rank > 0 ? graph.add(ReduceMax(axes: [0]), a) : nil
    case 7: return shape.rank > 0 ? scaledSum(&graph, a) : nil
    case 8: return graph.add(Reshape(shape: [shape.count]), a)
    case 9: return shape.rank == 2 ? graph.add(Transpose(permutation: [1, 0]), a) : nil
    case 10: return product(&graph, a, b)
    case 11: return shape.rank == 1 ? graph.add(Slice(starts: [shape[0] / 3], stops: [shape[0]]), a) : nil
    case 12: return shape.rank > 0 ? graph.add(Softmax(), a) : nil
    default: return graph.add(Sine(), a)
    }
  }

  private static func fitting(
    _ operations: [any Primitive], _ a: NodeID, _ b: NodeID, _ graph: inout Graph, _ random: inout SeededGenerator
  ) -> NodeID? {
    guard let shape = graph.shape(a).broadcast(with: graph.shape(b)), shape.count <= 5000 else { return nil }
    let operation = operations[Int.random(in: 0..<operations.count, using: &random)]
    let sum = graph.add(operation, inputs: [a, b])
    return Bool.random(using: &random) ? sum : graph.add(Tanh(), sum)
  }

  private static func scaledSum(_ graph: inout Graph, _ a: NodeID) -> NodeID {
    let sum = graph.add(ReduceSum(axes: [graph.shape(a).rank - 1]), a)
    return graph.add(Tanh(), sum)
  }

  private static func product(_ graph: inout Graph, _ a: NodeID, _ b: NodeID) -> NodeID? {
    let (x, y) = (graph.shape(a), graph.shape(b))
    guard x.rank == 2, y.rank >= 1 else { return nil }
    if y[0] == x[1] {
      let extra = y.rank == 2 ? [2] : []
      return graph.add(Tanh(), graph.add(Contract(left: [0, 1], right: [1] + extra, output: [0] + extra), a, b))
    }
    guard y[0] == x[0], y.rank == 2 else { return nil }
    return graph.add(Tanh(), graph.add(Contract(left: [1, 0], right: [1, 2], output: [2, 0]), a, b))
  }
}
