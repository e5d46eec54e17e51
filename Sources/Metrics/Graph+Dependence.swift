package import Graph

extension Graph {
  /// Whether a node is computed from one of others.
  package func depends(_ node: NodeID, on others: [NodeID]) -> Bool {
    let isNeeded = requirement(of: [node])
    return others.contains { Int($0.index) < isNeeded.count && isNeeded[Int($0.index)] }
  }
}
