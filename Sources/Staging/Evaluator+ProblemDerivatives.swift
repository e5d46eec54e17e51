import Arithmetic
package import Diagnostics
package import Graph
import Tensors
import Values

extension Evaluator {
  /// Gradients of a problem's loss at any point: taken at fresh inputs, into which the point is put afterwards.
  package func gradients(of problem: StagedProblem, at point: [NodeID], _ view: BatchView, _ span: Span)
    throws(Diagnostic)
    -> [NodeID]
  {
    let fresh = point.map { graph.freshInput(graph.type($0)) }
    let loss = try meanLoss(problem, at: fresh.map(Value.node), view)
    let results = try gradients(of: loss, at: fresh, span)
    return graph.substitute(outputs: results, mapping: zip(fresh, point).map { (original: $0, replacement: $1) })
  }

  /// Inputs that are the parameters of a problem, where these are all of the state.
  package func parameterInputs(of problem: StagedProblem) -> [NodeID] {
    problem.leaves.enumerated().map { parameterInput($0, $1.shape) }
  }
}
