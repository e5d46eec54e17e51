package import Tensors

// A graph is a flat array of nodes in topological order:
//
//     graph ::= node*
//     node  ::= primitive(input*) : type @ origin      -- inputs are earlier nodes
//
// A transformation (differentiate, batch) appends nodes; nothing is ever removed, and what no output
// needs is dropped when a plan is made.

/// Index of a node in `Graph.nodes`.
package struct NodeID: Hashable, Sendable, Comparable, Codable {
  package let index: Int32
  package init(_ index: Int) { self.index = Int32(index) }
  package static func < (a: NodeID, b: NodeID) -> Bool { a.index < b.index }
}

/// An opaque number that the creator of a node can map back to a place in its own text; 0 is nowhere.
package typealias Origin = UInt32

/// One application of a primitive.
package struct Node: Sendable {
  package var primitive: any Primitive
  package var inputs: [NodeID]
  package var type: TensorType
  package var origin: Origin
}

/// A computation as a flat array of nodes.
///
/// Equal applications are shared (hash consing), and a few exact identities (x + 0, x · 1, double
/// transposition, reshape of reshape, …) are applied on entry.
package struct Graph: Sendable {
  package private(set) var nodes: [Node] = []
  /// Attached to nodes added from now on.
  package var origin: Origin = 0
  /// Whether identities are applied on entry; off only to test that they change no value.
  package var simplifies = true
  private var known: [Key: NodeID] = [:]
  private var formTraits: [NodeTraits] = []

  private struct Key: Hashable, Sendable {
    var primitive: any Primitive
    var inputs: [NodeID]

    static func == (left: Key, right: Key) -> Bool {
      left.inputs == right.inputs && left.primitive.equals(right.primitive)
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(ObjectIdentifier(Swift.type(of: primitive)))
      primitive.hash(into: &hasher)
      hasher.combine(inputs)
    }
  }

  /// A graph without nodes.
  package init() {}

  package subscript(id: NodeID) -> Node { nodes[Int(id.index)] }
  package func type(_ id: NodeID) -> TensorType { nodes[Int(id.index)].type }
  package func shape(_ id: NodeID) -> Shape { nodes[Int(id.index)].type.shape }
  package func dtype(_ id: NodeID) -> DType { nodes[Int(id.index)].type.dtype }
  /// What the form of a node says of its zeros and infinities.
  package func traits(_ id: NodeID) -> NodeTraits { formTraits[Int(id.index)] }

  /// Adds an application, or returns the node that already is this application.
  ///
  /// - Throws: `ShapeError` where the inputs do not fit the primitive.
  package mutating func apply(_ primitive: some Primitive, _ inputs: [NodeID]) throws(ShapeError) -> NodeID {
    let key = Key(primitive: primitive, inputs: inputs)
    if let old = known[key] { return old }
    let type = try checkedType(of: primitive, inputs)
    if simplifies, let simpler = primitive.simplified(&self, inputs: inputs) {
      assert(self.type(simpler) == type, "\(Swift.type(of: primitive).name): simplified to another type")
      known[key] = simpler
      return simpler
    }
    nodes.append(Node(primitive: primitive, inputs: inputs, type: type, origin: origin))
    formTraits.append(traits(of: primitive, inputs))
    let id = NodeID(nodes.count - 1)
    known[key] = id
    return id
  }

  /// The result's type, after checking the number of inputs and that sizes can be counted.
  private func checkedType(of primitive: some Primitive, _ inputs: [NodeID]) throws(ShapeError) -> TensorType {
    let name = Swift.type(of: primitive).name
    if let arity = Swift.type(of: primitive).arity {
      precondition(inputs.count == arity, "\(name): \(inputs.count) inputs")
    }
    let type = try primitive.type(of: inputs.map { self.type($0) })
    guard type.shape.hasCountableSize else { throw .tooLarge(operation: name, shape: type.shape) }
    return type
  }

  /// As `apply`, for rules that only combine what already fits; a misfit is a bug and traps.
  package mutating func add(_ primitive: some Primitive, _ inputs: NodeID...) -> NodeID {
    add(primitive, inputs: inputs)
  }

  /// As `add`, for inputs in an array.
  package mutating func add(_ primitive: some Primitive, inputs: [NodeID]) -> NodeID {
    do { return try apply(primitive, inputs) } catch { preconditionFailure("\(Swift.type(of: primitive)): \(error)") }
  }
}

/// Inputs that a primitive cannot take, in terms of shapes; the language dresses it with spans.
package enum ShapeError: Error, Hashable, Sendable {
  /// Two operands that cannot be combined.
  case mismatch(operation: String, left: Shape, right: Shape)
  /// One operand of a rank or size that the operation does not take.
  case unsuitable(operation: String, shape: Shape, expected: String)
  case dtype(operation: String, DType)
  case axis(operation: String, axis: Int, rank: Int)
  /// A result whose number of elements or bytes is not a 64-bit number.
  case tooLarge(operation: String, shape: Shape)
}

extension Shape {
  /// Whether no size is negative and the number of bytes fits an `Int`, whatever the element type.
  var hasCountableSize: Bool {
    var bytes = 8
    for size in sizes where size != 0 {
      guard size > 0 else { return false }
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      if overflow { return false }
      bytes = product
    }
    return true
  }
}
