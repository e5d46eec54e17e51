package import Tensors

/// A computation used as a part of another: the body of a loop.
///
/// Kept by reference, and compared by identity. It sees nothing of the graph that uses it but its inputs.
package final class Subgraph: Hashable, Sendable {
  package let graph: Graph
  /// `Input` nodes of `graph`, in the order in which they are fed.
  package let inputs: [NodeID]
  package let outputs: [NodeID]

  package init(graph: Graph, inputs: [NodeID], outputs: [NodeID]) {
    self.graph = graph
    self.inputs = inputs
    self.outputs = outputs
  }

  package var inputTypes: [TensorType] { inputs.map { graph.type($0) } }
  package var outputTypes: [TensorType] { outputs.map { graph.type($0) } }

  package static func == (a: Subgraph, b: Subgraph) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
