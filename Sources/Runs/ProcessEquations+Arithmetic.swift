import Arithmetic
package import Graph
import Tensors
import Values

// Arithmetic of nodes, as schemes write it.
extension ProcessEquations {
  func shape(of node: NodeID) -> Shape { evaluator.graph.shape(node) }

  func constant(_ tensor: Tensor) -> NodeID { evaluator.constantNode(tensor) }

  func product(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Multiply(), a, b) }

  package func sum(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Add(), a, b) }

  /// The node of c a, for a number c.
  package func scaled(_ a: NodeID, _ factor: Double) -> NodeID {
    let type = evaluator.graph.type(a)
    return evaluator.graph.add(Multiply(), a, evaluator.graph.filled(factor, type))
  }

  func difference(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Subtract(), a, b) }

  func quotient(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Divide(), a, b) }

  func exponential(_ a: NodeID) -> NodeID { evaluator.graph.add(Exponential(), a) }

  func logarithm(_ a: NodeID) -> NodeID { evaluator.graph.add(Logarithm(), a) }

  func sigmoid(_ a: NodeID) -> NodeID { evaluator.graph.add(Sigmoid(), a) }

  func hyperbolicTangent(_ a: NodeID) -> NodeID { evaluator.graph.add(Tanh(), a) }

  func larger(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Maximum(), a, b) }

  func smaller(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Minimum(), a, b) }

  /// The same number at each element.
  func filled(_ value: Double, like a: NodeID) -> NodeID {
    evaluator.graph.filled(value, evaluator.graph.type(a))
  }

  func absolute(_ a: NodeID) -> NodeID { evaluator.graph.add(Absolute(), a) }

  func less(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Less(), a, b) }

  func lessOrEqual(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(LessEqual(), a, b) }

  /// A number of the run's element type.
  func number(_ value: Double) -> NodeID { evaluator.graph.constant(value, evaluator.realType) }

  /// The first where a single flag is not 0, else the second.
  func select(_ flag: NodeID, _ yes: NodeID, _ no: NodeID) -> NodeID {
    evaluator.graph.add(Select(), evaluator.graph.broadcast(flag, to: shape(of: yes)), yes, no)
  }

  /// The same number, a constant to every derivative.
  func stopped(_ a: NodeID) -> NodeID { evaluator.graph.add(StopGradient(), a) }

  /// An input of the same type that nobody feeds.
  func fresh(_ node: NodeID) -> NodeID { evaluator.graph.freshInput(evaluator.graph.type(node)) }
}
