import Tensors

/// Evaluates a graph by each primitive's `reference`: slow, obvious, the oracle of the engine.
package enum Interpreter {
  /// Values of the outputs for values of the `Input` nodes that they need.
  package static func evaluate(
    _ graph: Graph, outputs: [NodeID], inputs: [NodeID: ReferenceTensor]
  ) -> [ReferenceTensor] {
    let isNeeded = graph.requirement(of: outputs)
    var values = [ReferenceTensor?](repeating: nil, count: isNeeded.count)
    for index in values.indices where isNeeded[index] {
      let node = graph.nodes[index]
      if let value = inputs[NodeID(index)] {
        precondition(value.type == node.type, "value of \(value.type) for an input of \(node.type)")
        values[index] = value
      } else {
        values[index] = node.primitive.reference(node.inputs.compactMap { values[Int($0.index)] })
      }
    }
    return outputs.compactMap { values[Int($0.index)] }
  }

  /// The outputs of a subgraph for values of its inputs.
  package static func evaluate(_ subgraph: Subgraph, _ inputs: [ReferenceTensor]) -> [ReferenceTensor] {
    var values: [NodeID: ReferenceTensor] = [:]
    for (node, value) in zip(subgraph.inputs, inputs) { values[node] = value }
    return evaluate(subgraph.graph, outputs: subgraph.outputs, inputs: values)
  }
}
