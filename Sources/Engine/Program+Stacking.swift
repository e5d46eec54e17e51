import Graph
import Tensors

/// Programs of one form as one program, which runs all of them at once and gives each the bits it has alone.
package struct StackedProgram: Sendable {
  /// Carried inputs, outputs, and the inputs that are stacked have an axis of members in front.
  package var program: Program
  package var memberCount: Int
}

extension Program {
  /// Programs that differ in nothing but their constants, as one; nil where they differ in more, or where their
  /// constants together would not fit the memory.
  ///
  /// - Parameter isShared: whether an input is the same for all members; carried ones never are.
  package static func stacked(_ programs: [Program], isShared: (Int) -> Bool) -> StackedProgram? {
    guard let first = programs.first,
      programs.allSatisfy({ $0.carried.map(\.input) == first.carried.map(\.input) }),
      programs.allSatisfy({ $0.outputs.count == first.outputs.count }),
      let constants = differences(programs)
    else { return nil }
    let size = programs.count
    var graph = first.graph
    var inputs = first.inputs
    var mapping: [(original: NodeID, replacement: NodeID)] = []
    for (index, input) in first.inputs.enumerated() where !isShared(index) {
      inputs[index] = graph.freshInput(TensorType(Shape([size] + graph.shape(input).sizes), graph.dtype(input)))
      mapping.append((input, inputs[index]))
    }
    for (node, values) in constants {
      guard let value = try? Tensor(members: values) else { return nil }
      mapping.append((node, graph.add(Constant(value: value))))
    }
    let results = first.computation.outputs
    let stacked = zip(results, graph.stack(outputs: results, inputs: mapping, size: size)).map { own, all in
      graph.members(all ?? own, isBatched: all != nil, size: size)
    }
    let carried = zip(first.carried, stacked.dropFirst(first.outputs.count)).map { ($0.input, $1) }
    return StackedProgram(
      program: Program(
        graph: graph, inputs: inputs, outputs: Array(stacked.prefix(first.outputs.count)), carried: carried),
      memberCount: size)
  }

  /// Constants of the first program that are not the same in all, with their values in each.
  private static func differences(_ programs: [Program]) -> [(node: NodeID, values: [Tensor])]? {
    // Copies follow each other: what differs in the seed only was made once.
    var distinct: [Program] = []
    let kinds = programs.map { program in
      if distinct.last?.isCopy(of: program) != true { distinct.append(program) }
      return distinct.count - 1
    }
    guard let first = distinct.first else { return nil }
    return first.computation.differences(from: distinct.dropFirst().map(\.computation))?.map { node, values in
      (node, kinds.map { values[$0] })
    }
  }

  /// Whether another program differs from this one in nothing but its constants.
  func isLike(_ other: Program) -> Bool {
    isCopy(of: other)
      || carried.map(\.input) == other.carried.map(\.input) && outputs.count == other.outputs.count
        && computation.differences(from: [other.computation]) != nil
  }

  /// Whether another is this very program, which is quick to tell.
  private func isCopy(of other: Program) -> Bool {
    inputs == other.inputs && outputs == other.outputs && graph.nodes.count == other.graph.nodes.count
      && carried.elementsEqual(other.carried, by: ==)
      && graph.nodes.withUnsafeBufferPointer { own in
        other.graph.nodes.withUnsafeBufferPointer { own.baseAddress == $0.baseAddress }
      }
  }

  private var computation: Computation {
    Computation(graph: graph, inputs: inputs, outputs: outputs + carried.map(\.output))
  }
}
