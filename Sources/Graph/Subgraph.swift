package import Tensors

/// A computation used as a part of another: the body of a loop.
///
/// Kept by reference, and compared by identity. It sees nothing of the graph that uses it but its inputs.
package final class Subgraph: Hashable, Sendable {
  package let graph: Graph
  /// `Input` nodes of `graph`, in the order in which they are fed.
  package let inputs: [NodeID]
  package let outputs: [NodeID]

  /// A computation from some nodes of a graph to others.
  package init(graph: Graph, inputs: [NodeID], outputs: [NodeID]) {
    self.graph = graph
    self.inputs = inputs
    self.outputs = outputs
  }

  /// A computation built in a graph of its own from inputs of the given types.
  package convenience init<Failure: Error>(
    inputTypes: [TensorType], build: (inout Graph, [NodeID]) throws(Failure) -> [NodeID]
  ) throws(Failure) {
    var graph = Graph()
    let inputs = inputTypes.enumerated().map { graph.add(Input(index: $0.offset, type: $0.element)) }
    let outputs = try build(&graph, inputs)
    self.init(graph: graph, inputs: inputs, outputs: outputs)
  }

  package var inputTypes: [TensorType] { inputs.map { graph.type($0) } }
  package var outputTypes: [TensorType] { outputs.map { graph.type($0) } }

  package static func == (a: Subgraph, b: Subgraph) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
