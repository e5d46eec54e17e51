import Arithmetic
import Diagnostics
import Graph
import Tensors
import Values

/// The second-order expansion of a batch's loss around a fixed point.
///
///     m(θ) = L(θ₀) + ⟨∇L(θ₀), θ − θ₀⟩ + ½ ⟨θ − θ₀, H(θ₀) (θ − θ₀)⟩
///
/// Its Hessian is that of the loss at θ₀ everywhere; each batch has an expansion of its own.
struct QuadraticModel {
  let point: [NodeID]
  let loss: NodeID
  let gradient: [NodeID]
  let span: Span

  /// m(θ).
  func value(at parameters: [NodeID], _ stager: StepStager) throws(Diagnostic) -> NodeID {
    let graph = stager.evaluator
    let moved = try displacement(of: parameters, graph)
    let curved = try product(with: moved, stager)
    var total = Value.node(loss)
    for index in moved.indices {
      // ⟨g + ½ H d, d⟩
      let half = try graph.apply(Multiply(), [.node(curved[index]), .real(0.5)], at: span)
      let slope = try graph.apply(Add(), [.node(gradient[index]), half], at: span)
      let term = try graph.apply(Multiply(), [slope, .node(moved[index])], at: span)
      let axes = Array(0..<(graph.shape(of: term)?.rank ?? 0))
      let sum = axes.isEmpty ? term : try graph.apply(ReduceSum(axes: axes), [term], at: span)
      total = try graph.apply(Add(), [total, sum], at: span)
    }
    return try graph.node(total, at: span)
  }

  /// ∇m(θ) = ∇L(θ₀) + H(θ₀) (θ − θ₀).
  func gradient(at parameters: [NodeID], _ stager: StepStager) throws(Diagnostic) -> [NodeID] {
    let curved = try product(with: displacement(of: parameters, stager.evaluator), stager)
    var result: [NodeID] = []
    for (slope, bend) in zip(gradient, curved) {
      result.append(
        try stager.evaluator.node(
          stager.evaluator.apply(Add(), [.node(slope), .node(bend)], at: span), at: span))
    }
    return result
  }

  /// H(θ₀) times a direction.
  func product(with direction: [NodeID], _ stager: StepStager) throws(Diagnostic) -> [NodeID] {
    try stager.evaluator.hessianProduct(of: loss, at: point, with: direction, span)
  }

  private func displacement(of parameters: [NodeID], _ evaluator: Evaluator) throws(Diagnostic) -> [NodeID] {
    var result: [NodeID] = []
    for (end, start) in zip(parameters, point) {
      result.append(
        try evaluator.node(evaluator.apply(Subtract(), [.node(end), .node(start)], at: span), at: span))
    }
    return result
  }
}
