package import Graph
package import Tensors

// The program at hand, as the evaluator speaks of it.
extension Evaluator {
  /// The graph that symbolic values refer to.
  package var graph: Graph {
    get { builder.graph }
    _modify { yield &builder.graph }
  }

  /// Element type of real constants that enter the current graph.
  package var realType: DType { builder.realType }

  /// Above 0 while a graph is being staged for a plan.
  package var stagingDepth: Int { builder.depth }
}
