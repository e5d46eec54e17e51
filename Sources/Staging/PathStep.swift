package import Experiments
package import Graph

/// The step of one path while it is staged.
package struct PathStep {
  package var slots: [Slot]
  package var carried: [(input: Int, output: NodeID)]
}
