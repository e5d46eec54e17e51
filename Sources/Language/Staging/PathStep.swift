import Experiments
import Graph

/// The step of one path while it is staged.
struct PathStep {
  var slots: [Slot]
  var carried: [(input: Int, output: NodeID)]
}
