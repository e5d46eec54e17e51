import Graph
import Tensors

/// What an elementwise node does to its elements, in the terms of the tile and scalar interpreters.
enum ElementOperation: Hashable {
  case unary(UnaryOpcode)
  case binary(BinaryOpcode)
  case select
  case broadcast
  case convert
  case draw(Draw)
  /// One element of an input or constant, by an index that is computed.
  case element

  /// The operation of a node that can join a tile program (one real element type throughout), or a scalar
  /// program (one element, any types); nil for all else.
  init?(_ node: PlanNode, in graph: PlanGraph) {
    let inputs = node.inputs.map { graph.nodes[$0].type }
    guard node.type.count > 0 else { return nil }
    switch node.primitive {
    case let unary as any ElementwiseUnary: self = .unary(type(of: unary).opcode)
    case let binary as any ElementwiseBinary: self = .binary(type(of: binary).opcode)
    case is Select: self = .select
    case is BroadcastTo: self = .broadcast
    case is Convert where node.type.count == 1: self = .convert
    case is GatherRows where Self.isElement(node, in: graph): self = .element
    case let draw as Draw where Self.isFusable(draw, key: inputs[0]): self = .draw(draw)
    default: return nil
    }
    if case .draw = self { return }
    if node.type.count == 1 { return }
    let isUniform = node.type.dtype.isReal && inputs.allSatisfy { $0.dtype == node.type.dtype }
    if !isUniform { return nil }
  }

  /// Whether a gathering reads one element of memory that exists before the step.
  ///
  /// Of computed arrays it would wait for the array, which scalar programs must not.
  private static func isElement(_ node: PlanNode, in graph: PlanGraph) -> Bool {
    let table = graph.nodes[node.inputs[0]].type.count
    return node.type.count == 1 && table > 1 && table <= Int32.max
      && graph.nodes[graph.root(node.inputs[0])].role == .leaf
  }

  /// A draw for one key of reals: its elements are numbered as those of the program.
  private static func isFusable(_ draw: Draw, key: TensorType) -> Bool {
    key.count == 3 && draw.dtype.isReal
  }
}
