import Tensors

/// A part of a graph as a computation of its own, with what it takes from around it.
package struct Extraction {
  /// Inputs are the chosen ones, then one for each captured node.
  package var body: Subgraph
  /// Nodes of the graph that the part reads but that do not depend on the chosen inputs.
  package var captured: [NodeID]
}

extension Graph {
  /// Cuts out what lies between some nodes and the outputs, for the body of a loop.
  ///
  /// Only what depends on `inputs` goes into the body. All else stays outside and is computed once, however often
  /// the body is run: of a Hessian–vector product the forward and backward sweeps at the point, so that the body is
  /// the linearised function alone. Single numbers and other small constants are copied into the body.
  package func extracted(outputs: [NodeID], inputs: [NodeID]) -> Extraction {
    var part = PartBuilder(self, outputs: outputs, inputs: inputs)
    let results = outputs.map { part.mapped($0) }
    return Extraction(
      body: Subgraph(graph: part.graph, inputs: part.inputs + part.capturedInputs, outputs: results),
      captured: part.captured)
  }
}

/// A part of a graph under construction.
private struct PartBuilder {
  private let source: Graph
  private(set) var graph = Graph()
  private(set) var inputs: [NodeID] = []
  private(set) var captured: [NodeID] = []
  private(set) var capturedInputs: [NodeID] = []
  /// The part's node for each node of the source.
  private var map: [NodeID?]

  init(_ source: Graph, outputs: [NodeID], inputs chosen: [NodeID]) {
    self.source = source
    let isNeeded = source.requirement(of: outputs)
    map = [NodeID?](repeating: nil, count: source.nodes.count)
    for (index, input) in chosen.enumerated() {
      let node = graph.add(Input(index: index, type: source.type(input)))
      inputs.append(node)
      map[Int(input.index)] = node
    }
    let first = chosen.map { Int($0.index) }.min() ?? isNeeded.count
    var depends = map.map { $0 != nil }
    for index in isNeeded.indices.dropFirst(first) where isNeeded[index] && !depends[index] {
      let node = source.nodes[index]
      guard node.inputs.contains(where: { depends[Int($0.index)] }) else { continue }
      depends[index] = true
      copy(index)
    }
  }

  /// Adds a node of the source, with what it reads.
  private mutating func copy(_ index: Int) {
    let node = source.nodes[index]
    let arguments = node.inputs.map { mapped($0) }
    graph.origin = node.origin
    map[index] = graph.add(node.primitive, inputs: arguments)
  }

  /// The part's node for one of the source: copied where it costs nothing, else an input.
  mutating func mapped(_ id: NodeID) -> NodeID {
    if let known = map[Int(id.index)] { return known }
    if isFree(id) {
      copy(Int(id.index))
    } else {
      let input = graph.add(Input(index: inputs.count + captured.count, type: source.type(id)))
      captured.append(id)
      capturedInputs.append(input)
      map[Int(id.index)] = input
    }
    return map[Int(id.index)] ?? id
  }

  /// Whether a node is a constant that a plan lays down once, or a repetition of a single number.
  private func isFree(_ id: NodeID) -> Bool {
    let node = source[id]
    switch node.primitive {
    case is ScalarConstant, is Constant, is Iota: return true
    case is BroadcastTo: return source.scalarConstant(node.inputs[0]) != nil
    default: return false
    }
  }
}
