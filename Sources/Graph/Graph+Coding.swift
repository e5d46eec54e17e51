import Tensors

/// The part of a graph that some outputs need, with its inputs, as it is digested, written and read.
///
/// Nodes keep their order and lose what is not needed; where they were written in a text is no part of it.
package struct GraphPart: Codable {
  private(set) package var graph: Graph
  private(set) package var inputs: [NodeID]
  private(set) package var outputs: [NodeID]

  /// What some outputs of a graph need; all of `inputs` are kept.
  package init(_ graph: Graph, inputs: [NodeID], outputs: [NodeID]) {
    (self.graph, self.inputs, self.outputs) = (graph, inputs, outputs)
  }

  /// The form that is written: nodes by the places of their inputs.
  private struct Form: Codable {
    var nodes: [CodedNode]
    var inputs: [Int]
    var outputs: [Int]
  }

  package func encode(to encoder: any Encoder) throws {
    var isNeeded = graph.requirement(of: outputs)
    isNeeded += [Bool](repeating: false, count: graph.nodes.count - isNeeded.count)
    for input in inputs { isNeeded[Int(input.index)] = true }
    var places = [Int](repeating: -1, count: graph.nodes.count)
    var form = Form(nodes: [], inputs: [], outputs: [])
    for index in isNeeded.indices where isNeeded[index] {
      places[index] = form.nodes.count
      let node = graph.nodes[index]
      form.nodes.append(CodedNode(primitive: node.primitive, inputs: node.inputs.map { places[Int($0.index)] }))
    }
    form.inputs = inputs.map { places[Int($0.index)] }
    form.outputs = outputs.map { places[Int($0.index)] }
    try form.encode(to: encoder)
  }

  package init(from decoder: any Decoder) throws {
    let form = try Form(from: decoder)
    var graph = Graph()
    // What is written is simplified already, and its places are those of these very nodes.
    graph.simplifies = false
    var known: [NodeID] = []
    func node(_ place: Int) throws -> NodeID {
      guard known.indices.contains(place) else { throw ByteCodingError.malformed }
      return known[place]
    }
    for coded in form.nodes {
      guard Swift.type(of: coded.primitive).arity.map({ $0 == coded.inputs.count }) ?? true else {
        throw ByteCodingError.malformed
      }
      known.append(try graph.apply(coded.primitive, coded.inputs.map(node)))
    }
    graph.simplifies = true
    (inputs, outputs) = (try form.inputs.map(node), try form.outputs.map(node))
    for input in inputs where !(graph[input].primitive is Input) { throw ByteCodingError.malformed }
    self.graph = graph
  }
}

/// A node of a part: its primitive by name and attributes, and the places of its inputs.
private struct CodedNode: Codable {
  var primitive: any Primitive
  var inputs: [Int]

  init(primitive: any Primitive, inputs: [Int]) { (self.primitive, self.inputs) = (primitive, inputs) }

  func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    try list.encode(Swift.type(of: primitive).name)
    try list.encode(inputs)
    try Self.encode(primitive, to: encoder)
  }

  /// Behind the list, since a primitive without attributes has no bytes.
  private static func encode(_ primitive: some Primitive, to encoder: any Encoder) throws {
    try primitive.encode(to: encoder)
  }

  init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    let name = try list.decode(String.self)
    inputs = try list.decode([Int].self)
    guard list.isAtEnd, let type = Primitives.named[name] else { throw ByteCodingError.malformed }
    primitive = try type.init(from: decoder)
  }
}

extension Subgraph: SharedPart {
  package func encode(to encoder: any Encoder) throws {
    try GraphPart(graph, inputs: inputs, outputs: outputs).encode(to: encoder)
  }

  package convenience init(from decoder: any Decoder) throws {
    let part = try GraphPart(from: decoder)
    self.init(graph: part.graph, inputs: part.inputs, outputs: part.outputs)
  }
}

/// The table of primitives, one for each file of `Primitives/`.
package enum Primitives {
  /// Every primitive, in the order of its files; the list is made while building.
  package static var all: [any Primitive.Type] { embedded }

  /// By the names in printed graphs.
  package static let named = Dictionary(uniqueKeysWithValues: embedded.map { ($0.name, $0) })
}
