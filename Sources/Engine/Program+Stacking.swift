import Graph
import Tensors

extension Program {
  /// Programs that differ in nothing but their constants, as one that runs all of them at once and gives each the bits
  /// it has alone; nil where they differ in more, or where their constants together would not fit the memory.
  ///
  /// Carried inputs, outputs, and the inputs that are not shared have an axis of members in front.
  ///
  /// - Parameter isShared: whether an input is the same for all members; carried ones never are.
  package static func stacked(_ programs: [Program], isShared: (Int) -> Bool) -> Program? {
    guard let members = OrderedMembers(programs), let constants = members.differences else { return nil }
    let first = members.distinct[0], size = programs.count
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
    return Program(
      graph: graph, inputs: inputs, outputs: Array(stacked.prefix(first.outputs.count)), carried: carried
    ).withOrderedProducts()
  }

  /// Whether another program differs from this one in nothing but its constants.
  func isLike(_ other: Program) -> Bool {
    isCopy(of: other)
      || carried.map(\.input) == other.carried.map(\.input) && outputs.count == other.outputs.count
        && computation.differences(from: [other.computation]) != nil
  }

  /// Whether another is this very program, which is quick to tell.
  func isCopy(of other: Program) -> Bool {
    inputs == other.inputs && outputs == other.outputs && graph.nodes.count == other.graph.nodes.count
      && carried.elementsEqual(other.carried, by: ==)
      && graph.nodes.withUnsafeBufferPointer { own in
        other.graph.nodes.withUnsafeBufferPointer { own.baseAddress == $0.baseAddress }
      }
  }

  fileprivate var computation: Subgraph {
    Subgraph(graph: graph, inputs: inputs, outputs: outputs + carried.map(\.output))
  }
}

/// Programs with their products in the order in which each of them computes them.
private struct OrderedMembers {
  /// Copies follow each other, since what differs in the seed only was made once: one of each row of them.
  private(set) var distinct: [Program] = []
  /// Which of these each program is.
  private let kinds: [Int]

  /// Nil where there are none, or their inputs and outputs are not alike.
  init?(_ programs: [Program]) {
    guard let first = programs.first,
      programs.allSatisfy({ $0.carried.map(\.input) == first.carried.map(\.input) }),
      programs.allSatisfy({ $0.outputs.count == first.outputs.count })
    else { return nil }
    var sources: [Program] = []
    kinds = programs.map { program in
      if sources.last?.isCopy(of: program) != true { sources.append(program) }
      return sources.count - 1
    }
    distinct = sources.map { $0.withCheaperProducts() }
  }

  /// Constants of the first program that are not the same in all, with their values in each; nil where the programs
  /// differ in more.
  var differences: [(node: NodeID, values: [Tensor])]? {
    distinct[0].computation.differences(from: distinct.dropFirst().map(\.computation))?.map { node, values in
      (node, kinds.map { values[$0] })
    }
  }
}
