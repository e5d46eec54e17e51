import Graph
import Tensors

// What is read of a state and the step that leads on from it, as one computation: both need the same products.

/// A program whose outputs are those of several others, and the values that one of them hands to its next run.
package struct JointProgram {
  package var program: Program
  /// Carried inputs of the first program, with the output that holds the next value; the others keep theirs.
  package var next: [(input: Int, output: Int)] = []
  /// Operations on single numbers that a run spares, compared with all programs apart.
  package var sparedWork = 0.0
  /// Nodes that are computed.
  package var nodeCount = 0
}

extension Program {
  /// This program and others over the same inputs as one, in which what is common to them is computed once.
  ///
  /// Nothing is carried: the outputs are those of the others, one after the other, then this program's next values.
  /// Each has the bits that it has in a program of its own: products keep the orders of their own programs.
  ///
  /// - Parameter others: programs with the place of each of their inputs among those of the whole, which begin with
  ///   this program's; places beyond are new, and are used in their order.
  /// - Returns: Nil where a product would be laid out in another way than in a program of its own, or where a next
  ///   value is nothing but the old one of another input.
  package func joined(with others: [(program: Program, places: [Int])]) -> JointProgram? {
    let own = withCheaperProducts()
    var joint = own
    joint.graph.simplifies = false
    joint.outputs = []
    joint.carried = []
    var parts = [(program: own, map: own.graph.nodes.indices.map { NodeID($0) })]
    for (program, places) in others {
      let part = program.withCheaperProducts()
      let map = joint.take(part, places)
      joint.outputs += part.outputs.map { map[Int($0.index)] }
      parts.append((part, map))
    }
    var result = JointProgram(program: joint)
    for (input, output) in own.carried where output != own.inputs[input] {
      guard own.isComputed(output) else { return nil }
      result.next.append((input, result.program.outputs.count))
      result.program.outputs.append(output)
    }
    result.program = result.program.withOrderedProducts()
    let whole = result.program
    let turned = whole.turnedProducts
    for (program, map) in parts {
      let (needed, own) = (program.isNeeded, program.turnedProducts)
      guard needed.indices.allSatisfy({ !needed[$0] || own[$0] == turned[Int(map[$0].index)] }) else { return nil }
    }
    result.sparedWork = parts.reduce(-whole.work) { $0 + $1.program.work }
    result.nodeCount = whole.isNeeded.count { $0 }
    return result
  }

  /// Adds the nodes of a program; gives the node that each has become.
  private mutating func take(_ part: Program, _ places: [Int]) -> [NodeID] {
    var map = part.graph.nodes.indices.map { NodeID($0) }
    for (input, place) in zip(part.inputs, places) {
      if place >= inputs.count { inputs.append(graph.freshInput(part.graph.type(input))) }
      map[Int(input.index)] = inputs[place]
    }
    let origin = graph.origin
    defer { graph.origin = origin }
    let needed = part.isNeeded, constants = constants
    for index in needed.indices where needed[index] {
      let node = part.graph.nodes[index]
      if node.primitive is Input { continue }
      if let value = (node.primitive as? Constant)?.value,
        let known = constants.first(where: { $0.value.hasSameBits(as: value) })
      {
        map[index] = known.node
        continue
      }
      graph.origin = node.origin
      map[index] = graph.add(node.primitive, inputs: node.inputs.map { map[Int($0.index)] })
    }
    return map
  }

  /// Small tensors of the script, which may be other copies in other programs.
  private var constants: [(node: NodeID, value: Tensor)] {
    graph.nodes.indices.compactMap { index in
      (graph.nodes[index].primitive as? Constant).map { (NodeID(index), $0.value) }
    }
  }

  /// Whether a value has memory that is not an input's.
  private func isComputed(_ node: NodeID) -> Bool {
    var node = node
    while graph[node].inputs.count == 1, graph.type(graph[node].inputs[0]).dtype == graph.dtype(node) {
      node = graph[node].inputs[0]
    }
    return !(graph[node].primitive is Input)
  }

  /// Transpositions that a plan makes by writing a product transposed, which needs that nothing else reads it; see
  /// `PlanGraph`.
  private var turnedProducts: [Bool] {
    let needed = isNeeded
    var uses = [Int](repeating: 0, count: graph.nodes.count)
    for output in outputs + carried.map(\.output) { uses[Int(output.index)] += 1 }
    for index in needed.indices where needed[index] {
      for input in graph.nodes[index].inputs { uses[Int(input.index)] += 1 }
    }
    var turned = [Bool](repeating: false, count: graph.nodes.count)
    for index in needed.indices where needed[index] && graph.nodes[index].primitive is Transpose {
      let source = Int(graph.nodes[index].inputs[0].index)
      turned[index] = uses[source] == 1 && (graph.nodes[source].primitive is Contract || turned[source])
    }
    return turned
  }

  /// Which nodes are computed.
  private var isNeeded: [Bool] { graph.requirement(of: outputs + carried.map(\.output)) }

  /// Multiplications of all products, and elements of all other values.
  private var work: Double {
    let needed = isNeeded
    return needed.indices.reduce(0) { sum, index in
      let node = NodeID(index)
      if !needed[index] || graph[node].inputs.isEmpty { return sum }
      return sum + (graph[node].primitive is Contract ? graph.multiplications(node) : Double(graph.shape(node).count))
    }
  }
}
