import Arithmetic
import Diagnostics
import Engine
import Experiments
import Graph
import Staging
import Tensors
import Values

/// The objective of a problem and its gradient as functions of all parameters in one vector, in f64.
final class GradientField {
  let shapes: [Shape]
  private let feeder: Feeder
  /// Draws that stand for the expectation over what is drawn anew at every step; nil where it is not drawn.
  let drawCount: Int?

  fileprivate init(shapes: [Shape], feeder: Feeder, drawCount: Int?) {
    self.shapes = shapes
    self.feeder = feeder
    self.drawCount = drawCount
  }

  /// The objective at a point.
  func value(at point: [Double]) throws(ProgramFault) -> Double {
    try evaluate(at: point)
    return feeder.executable.outputScalar(0)
  }

  /// ∇L at a point.
  func gradient(at point: [Double]) throws(ProgramFault) -> [Double] {
    try evaluate(at: point)
    return feeder.executable.output(1).doubles()
  }

  private func evaluate(at point: [Double]) throws(ProgramFault) {
    feeder.feed(FeedMoment(step: 0, slots: .tensors(tensors(point, shapes))))
    try feeder.executable.run()
  }
}

/// A vector cut into tensors of the given shapes.
func tensors(_ vector: [Double], _ shapes: [Shape], dtype: DType = .f64) -> [Tensor] {
  var offset = 0
  return shapes.map { shape in
    defer { offset += shape.count }
    return Tensor(Array(vector[offset..<(offset + shape.count)]), shape: shape, dtype: dtype)
  }
}

extension Evaluator {
  /// Fresh samples that stand for the expectation where a problem has no data and no closed form.
  static let freshSamplesOfTheory = 1024

  /// The samples that stand for a problem's whole objective.
  ///
  /// - Parameter purpose: what they are drawn for, where they are draws.
  func wholeView(of problem: StagedProblem, drawnFor purpose: String) -> BatchView {
    let count = problem.sampleCount ?? (problem.drawsEveryStep ? Self.freshSamplesOfTheory : 1)
    return BatchView(
      indices: nil, count: count, isWhole: true, key: { [unowned self] in builder.key(purpose, $0) })
  }

  /// Plans the objective that a run with these settings minimises, and its gradient.
  func gradientField(of problem: StagedProblem, _ settings: StepSettings, seed: Int, at span: Span) throws(Diagnostic)
    -> GradientField
  {
    var drawCount: Int?
    let program = try staging(real: .f64) { () throws(Diagnostic) in
      let leaves = parameterInputs(of: problem)
      let expectation = try expectation(of: problem, settings, drawnFor: "flow", at: span)
      if expectation.isDrawn { drawCount = expectation.view.count }
      let loss = try meanLoss(problem, at: leaves.map(Value.node), expectation.view)
      let gradient = try node(flattened(gradients(of: loss, at: leaves, span), at: span), at: span)
      return builder.program(outputs: [loss, gradient])
    }
    return GradientField(
      shapes: problem.leaves.map(\.shape), feeder: try feeder(program, at: span) { $0.key(seed: seed) },
      drawCount: drawCount)
  }
}
