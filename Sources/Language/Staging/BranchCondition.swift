import Graph

/// A condition under which something is staged.
struct BranchCondition {
  var node: NodeID
  /// Whether the branch is that of a condition that holds.
  var holds: Bool
}
