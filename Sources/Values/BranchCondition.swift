package import Graph

/// A condition under which something is staged.
package struct BranchCondition {
  package var node: NodeID
  /// Whether the branch is that of a condition that holds.
  package var holds: Bool

  package init(node: NodeID, holds: Bool) {
    self.node = node
    self.holds = holds
  }
}
