/// Exact identities applied when a node is added.
enum Simplification {
  /// The node that already equals the application, or nil.
  static func replacement(for primitive: some Primitive, _ inputs: [NodeID], in graph: inout Graph) -> NodeID? { nil }
}
