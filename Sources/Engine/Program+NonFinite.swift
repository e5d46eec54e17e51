package import Graph
package import Tensors

extension Program {
  /// The first application, in the order of the graph, whose result is not finite for the given inputs.
  ///
  /// Plans the program once more with every real value as an output: for the explanation of a divergence, not
  /// for a step.
  ///
  /// - Parameter values: one for each input of the program.
  package func firstNonFinite(_ values: [Tensor]) -> (operation: String, origin: Origin)? {
    let isNeeded = graph.requirement(of: outputs + carried.map(\.output))
    let inner = isNeeded.indices.filter {
      isNeeded[$0] && graph.nodes[$0].type.dtype.isReal && !graph.nodes[$0].inputs.isEmpty
    }
    let traced = Program(graph: graph, inputs: inputs, outputs: inner.map { NodeID($0) })
    guard let executable = try? Executable(traced) else { return nil }
    for (index, value) in values.enumerated() { executable.setInput(index, value) }
    guard (try? executable.run()) != nil else { return nil }
    for (position, index) in inner.enumerated() where !executable.output(position).isFinite {
      let node = graph.nodes[index]
      return (type(of: node.primitive).name, node.origin)
    }
    return nil
  }
}
