import Graph
import Tensors

// The live part of a program's graph, renumbered densely, with each node's role for planning:
//
//     leaf ........ a value that exists before the step: input, constant, counting sequence
//     view ........ the same bytes under another shape: no work
//     element ..... one function of elements, fused with its neighbours into tile programs
//     whole ....... a product, reduction, gather, …: one or more instructions of its own
//     copy ........ an input's old value kept, where the step overwrites the input

/// What a node is to the planner.
enum Role: Hashable {
  case leaf, view, element, whole, copy
}

/// A live node, with inputs as positions in `PlanGraph.nodes`.
struct PlanNode {
  var primitive: any Primitive
  var inputs: [Int]
  var type: TensorType
  var origin: Origin
  var role: Role
  /// Where it stands in the program's graph.
  var source: NodeID
}

/// The part of a program that its outputs and carried values need, in topological order.
struct PlanGraph {
  var nodes: [PlanNode] = []
  /// Position of each program input.
  var inputs: [Int] = []
  var outputs: [Int] = []
  var carried: [(input: Int, output: Int)] = []

  init(_ program: Program) throws(EngineError) {
    try check(program)
    let program = program.withCheaperProducts().withSparseUpdates().withDirectConvolutions()
    let live = Self.liveNodes(of: program)
    var position = [Int](repeating: -1, count: program.graph.nodes.count)
    for index in live {
      let node = program.graph.nodes[index]
      position[index] = nodes.count
      nodes.append(
        PlanNode(
          primitive: node.primitive, inputs: Self.read(by: node).map { position[Int($0.index)] }, type: node.type,
          origin: node.origin, role: .whole, source: NodeID(index)))
    }
    inputs = program.inputs.map { position[Int($0.index)] }
    outputs = program.outputs.map { position[Int($0.index)] }
    carried = program.carried.map { ($0.input, position[Int($0.output.index)]) }
    foldTranspositions()
    for index in nodes.indices { nodes[index].role = role(of: index) }
    keepOverwrittenInputs()
    dropUnused()
  }

  /// The leaf or computed value whose bytes a node shows; itself unless it is a view.
  func root(_ index: Int) -> Int {
    var index = index
    while nodes[index].role == .view { index = nodes[index].inputs[0] }
    return index
  }

  private func check(_ program: Program) throws(EngineError) {
    var seen = Set<NodeID>()
    for id in program.inputs {
      guard program.graph[id].primitive is Input, seen.insert(id).inserted else { throw .notAnInput(id) }
    }
    for (input, output) in program.carried {
      let expected = program.graph.type(program.inputs[input]), found = program.graph.type(output)
      if expected != found { throw .carriedTypeDiffers(input: input, expected: expected, found: found) }
    }
    for index in Self.liveNodes(of: program) where program.graph.nodes[index].primitive is Input {
      if !seen.contains(NodeID(index)) { throw .missingInput(NodeID(index)) }
    }
  }

  /// Positions of the nodes that outputs and carried values need, and of all inputs, ascending.
  private static func liveNodes(of program: Program) -> [Int] {
    let nodes = program.graph.nodes
    var needed = [Bool](repeating: false, count: nodes.count)
    for id in program.inputs + program.outputs + program.carried.map(\.output) { needed[Int(id.index)] = true }
    for index in nodes.indices.reversed() where needed[index] {
      for input in read(by: nodes[index]) { needed[Int(input.index)] = true }
    }
    return nodes.indices.filter { needed[$0] }
  }

  /// The inputs that a node's value is made of; others are there for derivatives alone.
  private static func read(by node: Node) -> ArraySlice<NodeID> {
    node.primitive is SpectralMap ? node.inputs.prefix(1) : node.inputs[...]
  }
}

// MARK: - Roles

extension PlanGraph {
  private func role(of index: Int) -> Role {
    let node = nodes[index]
    switch node.primitive {
    case is Input, is Constant, is ScalarConstant, is Iota: return .leaf
    case is Reshape, is StopGradient, is SpectralMap: return .view
    case let slice as Slice:
      return isContiguous(slice, of: nodes[node.inputs[0]].type.shape) && nodes[root(node.inputs[0])].role == .leaf
        ? .view : .whole
    case is BroadcastTo, is ReduceSum, is ReduceMax, is ReduceMin, is ReduceProduct:
      if node.type.count == nodes[node.inputs[0]].type.count { return .view }
      return ElementOperation(node, in: self) == nil ? .whole : .element
    default: return ElementOperation(node, in: self) == nil ? .whole : .element
    }
  }

  /// Whether a slice is one run of consecutive elements.
  func isContiguous(_ slice: Slice, of shape: Shape) -> Bool {
    var cut = false
    for axis in (0..<shape.rank).reversed() {
      let size = slice.stops[axis] - slice.starts[axis]
      if cut && size != 1 { return false }
      if size != shape[axis] { cut = true }
    }
    return true
  }
}

// MARK: - Reductions to one number

extension PlanGraph {
  /// Whether a node is the sum of all elements of one array of reals, or of their products with another's.
  func isFullReduction(_ index: Int) -> Bool {
    let node = nodes[index]
    guard node.type.dtype.isReal, node.type.count == 1 else { return false }
    switch node.primitive {
    case let sum as ReduceSum: return sum.axes.count == nodes[node.inputs[0]].type.shape.rank
    case let contract as Contract: return contract.output.isEmpty && contract.left == contract.right
    default: return false
    }
  }
}

// MARK: - Rewriting before planning

extension PlanGraph {
  /// Products read transposed operands, and write transposed results, in place: the labels move instead.
  private mutating func foldTranspositions() {
    let uses = useCounts()
    for index in nodes.indices {
      if var contract = nodes[index].primitive as? Contract {
        // Not in place: all nodes would be copied while one of them is being changed.
        var operands = nodes[index].inputs
        contract.left = labels(contract.left, through: &operands[0])
        contract.right = labels(contract.right, through: &operands[1])
        nodes[index].inputs = operands
        nodes[index].primitive = contract
      } else if let transpose = nodes[index].primitive as? Transpose {
        let source = nodes[index].inputs[0]
        guard var contract = nodes[source].primitive as? Contract, uses[source] == 1 else { continue }
        contract.output = transpose.permutation.map { contract.output[$0] }
        nodes[index].primitive = contract
        nodes[index].inputs = nodes[source].inputs
      }
    }
  }

  /// Labels of the operand under any transpositions; `operand` becomes that operand.
  private func labels(_ labels: [Int], through operand: inout Int) -> [Int] {
    var labels = labels
    while let transpose = nodes[operand].primitive as? Transpose {
      var moved = labels
      for (to, from) in transpose.permutation.enumerated() { moved[from] = labels[to] }
      labels = moved
      operand = nodes[operand].inputs[0]
    }
    return labels
  }

  private func useCounts() -> [Int] {
    var uses = [Int](repeating: 0, count: nodes.count)
    for node in nodes { for input in node.inputs { uses[input] += 1 } }
    for output in outputs { uses[output] += 1 }
    for (_, output) in carried { uses[output] += 1 }
    return uses
  }

  /// Inserts copies where a value that is read after the step, or carried, is the storage of an input
  /// (or is carried twice): what is carried then always is a value of its own.
  private mutating func keepOverwrittenInputs() {
    let replaced = Set(carried.map { inputs[$0.input] })
    var taken = Set<Int>()
    for position in carried.indices {
      let output = carried[position].output, root = root(output)
      if output == inputs[carried[position].input] { continue }
      if nodes[root].role == .leaf || !taken.insert(root).inserted || root != output && isPart(output) {
        carried[position].output = appendCopy(of: output)
      }
    }
    carried.removeAll { $0.output == inputs[$0.input] }
    for position in outputs.indices where replaced.contains(root(outputs[position])) {
      outputs[position] = appendCopy(of: outputs[position])
    }
  }

  /// Whether a view shows only some of its root's elements.
  private func isPart(_ index: Int) -> Bool { nodes[index].type.count != nodes[root(index)].type.count }

  private mutating func appendCopy(of index: Int) -> Int {
    var copy = nodes[index]
    copy.inputs = [index]
    copy.role = .copy
    nodes.append(copy)
    return nodes.count - 1
  }

  /// Drops what rewriting left without a reader.
  private mutating func dropUnused() {
    var needed = [Bool](repeating: false, count: nodes.count)
    for index in inputs + outputs + carried.map(\.output) { needed[index] = true }
    for index in nodes.indices.reversed() where needed[index] {
      for input in nodes[index].inputs { needed[input] = true }
    }
    var position = [Int](repeating: -1, count: nodes.count)
    var kept: [PlanNode] = []
    for index in nodes.indices where needed[index] {
      position[index] = kept.count
      var node = nodes[index]
      node.inputs = node.inputs.map { position[$0] }
      kept.append(node)
    }
    nodes = kept
    inputs = inputs.map { position[$0] }
    outputs = outputs.map { position[$0] }
    carried = carried.map { ($0.input, position[$0.output]) }
  }
}
