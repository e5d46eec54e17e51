package import Tensors

/// One operation of the graph with all its rules side by side, one file each in `Primitives/`.
///
/// A primitive is a value: its attributes (axes, strides, a constant) are its stored properties, which the compiler
/// writes and reads (`Codable`), and two equal primitives on equal inputs are one node. All derivative and batching rules are written in
/// primitives again, so they compose to any order.
package protocol Primitive: Hashable, Sendable, Codable {
  /// Name in printed graphs and profiles, lower case: `add`, `contract`.
  static var name: String { get }

  /// Number of inputs; nil where it varies.
  static var arity: Int? { get }

  /// Whether ordinary operands can give something infinite or no number; see `Graph.times`.
  static var isSingular: Bool { get }

  /// Whether the result can have zeros in places that no operand reaches; see `Graph.times`.
  static var leavesOut: Bool { get }

  /// Attributes in printed graphs, `axes: [0, 1]`; empty where there are none.
  var attributes: String { get }

  /// Computations that the primitive contains, with their titles in printed graphs.
  var subgraphs: [(title: String, body: Subgraph)] { get }

  /// Shape and element type of the result. `inputs` has `arity` elements.
  func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType

  /// An earlier or simpler node that always has the same value as the application, or nil.
  func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID?

  /// Reverse rule: given the adjoint of the output, the adjoint of each input (nil where it is zero or
  /// the input is an index).
  func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?]

  /// Forward rule: tangent of the output for tangents of the inputs (nil is zero).
  func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID?

  /// Batching rule: the same operation for `size` members at once. Batched inputs carry the members on
  /// axis 0; at least one is batched. The result carries them on axis 0.
  func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID

  /// Plain, slow, obvious evaluation: the oracle of the engine, and the fallback for factorisations.
  func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor
}

extension Primitive {
  package static var isSingular: Bool { false }
  package static var leavesOut: Bool { false }
  package var attributes: String { "" }
  package var subgraphs: [(title: String, body: Subgraph)] { [] }
  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? { nil }

  /// Whether another primitive is this one with the same attributes.
  func equals(_ other: any Primitive) -> Bool { (other as? Self) == self }

  /// The type for inputs that are known to fit.
  func resultType(of inputs: [ReferenceTensor]) -> TensorType {
    do { return try type(of: inputs.map(\.type)) } catch { preconditionFailure("\(Self.name): \(error)") }
  }
}

extension ElementwiseUnary { package static var arity: Int? { 1 } }
extension ElementwiseBinary { package static var arity: Int? { 2 } }

/// A derivative that does not exist or is not provided, with the primitive's name.
package struct DerivativeError: Error, Hashable, Sendable {
  package var operation: String
  package var reason: String
  /// Where the operation was written; filled in by the transformation.
  package var origin: Origin = 0
  package init(operation: String, reason: String) {
    self.operation = operation
    self.reason = reason
  }
}
