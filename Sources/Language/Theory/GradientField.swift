import Diagnostics
import Engine
import Graph
import Tensors

/// The objective of a problem and its gradient as functions of all parameters in one vector, in f64.
final class GradientField {
  let shapes: [Shape]
  private let executable: Executable
  private let keys: [(position: Int, key: Int)]
  /// Draws that stand for the expectation over what is drawn anew at every step; nil where it is not drawn.
  let drawCount: Int?

  fileprivate init(shapes: [Shape], executable: Executable, keys: [(position: Int, key: Int)], drawCount: Int?) {
    self.shapes = shapes
    self.executable = executable
    self.keys = keys
    self.drawCount = drawCount
  }

  /// The objective at a point.
  func value(at point: [Double]) throws(ProgramFault) -> Double {
    try evaluate(at: point)
    return executable.outputScalar(0)
  }

  /// ∇L at a point.
  func gradient(at point: [Double]) throws(ProgramFault) -> [Double] {
    try evaluate(at: point)
    return executable.output(1).doubles()
  }

  private func evaluate(at point: [Double]) throws(ProgramFault) {
    for (input, tensor) in tensors(point, shapes).enumerated() { executable.setInput(input, tensor) }
    for key in keys { executable.setInput(key.position, ints: [key.key, 0, 0]) }
    try executable.run()
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

/// Inputs of a staged program by what they stand for.
final class ProgramInputs {
  private(set) var nodes: [NodeID] = []
  private(set) var keys: [(name: String, position: Int)] = []

  func add(_ type: TensorType, to graph: inout Graph) -> NodeID {
    let node = graph.add(Input(index: nodes.count, type: type))
    nodes.append(node)
    return node
  }

  /// The key of a named source of noise, made when first asked for.
  func key(_ name: String, in evaluator: Evaluator) -> NodeID {
    if let known = keys.first(where: { $0.name == name }) { return nodes[known.position] }
    keys.append((name, nodes.count))
    return add(TensorType([3], .i64), to: &evaluator.graph)
  }
}

extension Evaluator {
  /// Fresh samples that stand for the expectation where a problem has no data and no closed form.
  static let freshSamplesOfTheory = 1024

  /// The samples that stand for a problem's whole objective.
  func wholeView(of problem: StagedProblem, _ inputs: ProgramInputs) -> BatchView {
    let count = problem.sampleCount ?? (problem.drawsEveryStep ? Self.freshSamplesOfTheory : 1)
    return BatchView(indices: nil, count: count, isWhole: true, key: { [unowned self] in inputs.key($0, in: self) })
  }

  /// Plans the objective that a run with these settings minimises, and its gradient.
  func gradientField(of problem: StagedProblem, _ settings: StepSettings, seed: Int, at span: Span) throws(Diagnostic)
    -> GradientField
  {
    let inputs = ProgramInputs()
    var drawCount: Int?
    let program = try staging(real: .f64) { () throws(Diagnostic) in
      let leaves = problem.leaves.map { inputs.add(TensorType($0.shape, .f64), to: &graph) }
      let expectation = try expectation(of: problem, settings, inputs, at: span)
      if expectation.isDrawn { drawCount = expectation.view.count }
      let loss = try meanLoss(problem, at: leaves.map(Value.node), expectation.view)
      let gradient = try node(flattened(gradients(of: loss, at: leaves, span), at: span), at: span)
      return self.program(inputs: inputs.nodes, outputs: [loss, gradient])
    }
    return GradientField(
      shapes: problem.leaves.map(\.shape), executable: try compiled(program, at: span),
      keys: inputs.keys.map { ($0.position, StreamName(seed: seed, purpose: "flow", detail: $0.name).key) },
      drawCount: drawCount)
  }
}
