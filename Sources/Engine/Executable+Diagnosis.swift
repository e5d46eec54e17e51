package import Graph
import Tensors

/// Where a step first left the finite numbers.
package struct NonFiniteValue: Hashable, Sendable {
  /// The node whose value is infinite or not a number though none of its operands is, or an input.
  package var node: NodeID
  /// Name of its primitive.
  package var operation: String
  package var origin: Origin
}

extension Executable {
  /// Finds which node first becomes infinite or not a number in a step from the inputs' current values.
  ///
  /// The step is planned once more with all values kept, and run apart: inputs stay as they are. A caller that
  /// wants to know about a step that has been done sets the inputs to what they were before it. Only nodes are
  /// considered on which some output or carried value that is not finite depends; nil where all are finite.
  ///
  /// - Throws: `EngineError.outOfMemory` where all values of a step together do not fit.
  package func firstNonFinite() throws(EngineError) -> NonFiniteValue? {
    let results = program.outputs + program.carried.map(\.output)
    let end = try finiteness(of: results)
    guard let bad = zip(results, end).first(where: { !$0.1 })?.0 else { return nil }
    let needed = program.graph.requirement(of: [bad])
    let nodes = needed.indices.filter { needed[$0] && program.graph.type(NodeID($0)).dtype.isReal }.map { NodeID($0) }
    guard let first = zip(nodes, try finiteness(of: nodes)).first(where: { !$0.1 && isComputed($0.0) })?.0 else {
      return nil
    }
    let node = program.graph[first]
    return NonFiniteValue(node: first, operation: type(of: node.primitive).name, origin: node.origin)
  }

  /// A constant that is infinite was meant to be.
  private func isComputed(_ node: NodeID) -> Bool {
    let primitive = program.graph[node].primitive
    return !(primitive is ScalarConstant || primitive is Constant || primitive is BroadcastTo)
  }

  /// Whether each of some values is finite in a step from the current inputs.
  private func finiteness(of nodes: [NodeID]) throws(EngineError) -> [Bool] {
    let replay = try Executable(
      Program(graph: program.graph, inputs: program.inputs, outputs: nodes),
      options: EngineOptions(fusesElementwise: false))
    for index in program.inputs.indices { replay.setInput(index, input(index)) }
    // Where an index is outside nothing can be said.
    do { try replay.run() } catch { return nodes.indices.map { _ in true } }
    return nodes.indices.map { replay.output($0).isFinite }
  }
}
