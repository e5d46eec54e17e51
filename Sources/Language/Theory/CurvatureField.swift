import Diagnostics
import Engine
import Graph
import Tensors

/// The objective of a problem with its derivatives up to the third, as functions of all parameters in one vector.
final class CurvatureField {
  private let shapes: [Shape]
  private let second: Executable
  private let third: Executable

  fileprivate init(shapes: [Shape], second: Executable, third: Executable) {
    self.shapes = shapes
    self.second = second
    self.third = third
  }

  /// L, ∇L and the eigenvalues (ascending) and eigenvectors (columns, by rows) of its Hessian.
  func curvature(at point: [Double]) throws(MemoryError) -> Curvature {
    for (input, tensor) in tensors(point, shapes).enumerated() { second.setInput(input, tensor) }
    second.run()
    let hessian = second.output(2)
    let (values, vectors) = try LinearAlgebra.symmetricEigen(hessian)
    return Curvature(
      loss: second.outputScalar(0), gradient: second.output(1).doubles(), eigenvalues: values.doubles(),
      vectors: vectors.doubles())
  }

  /// ∇(uᵀ H v).
  func curvatureSlope(at point: [Double], _ u: [Double], _ v: [Double]) -> [Double] {
    for (input, tensor) in tensors(point, shapes).enumerated() { third.setInput(input, tensor) }
    third.setInput(shapes.count, Tensor(u, shape: [u.count]))
    third.setInput(shapes.count + 1, Tensor(v, shape: [v.count]))
    third.run()
    return third.output(0).doubles()
  }
}

/// Value, slope and spectrum of an objective at a point.
struct Curvature {
  var loss: Double
  var gradient: [Double]
  var eigenvalues: [Double]
  var vectors: [Double]

  /// The eigenvector of a number.
  func vector(_ index: Int) -> [Double] {
    let n = gradient.count
    return (0..<n).map { vectors[$0 * n + index] }
  }
}

extension Evaluator {
  /// Plans a problem's derivatives up to the third.
  func curvatureField(of problem: StagedProblem, at span: Span) throws(Diagnostic) -> CurvatureField {
    let shapes = problem.leaves.map(\.shape)
    let second = try staging(real: .f64) { () throws(Diagnostic) in
      let inputs = ProgramInputs()
      let leaves = shapes.map { inputs.add(TensorType($0, .f64), to: &graph) }
      let loss = try meanLoss(problem, at: leaves.map(Value.node), wholeView(of: problem, inputs))
      let gradient = try node(flattened(gradients(of: loss, at: leaves, span), at: span), at: span)
      let hessian = try differentiated(span) { try $0.hessian(of: loss, withRespectTo: leaves) }
      return self.program(inputs: inputs.nodes, outputs: [loss, gradient, hessian])
    }
    let third = try staging(real: .f64) { () throws(Diagnostic) in
      let inputs = ProgramInputs()
      let leaves = shapes.map { inputs.add(TensorType($0, .f64), to: &graph) }
      let count = problem.parameterCount
      let u = inputs.add(TensorType([count], .f64), to: &graph)
      let v = inputs.add(TensorType([count], .f64), to: &graph)
      let loss = try meanLoss(problem, at: leaves.map(Value.node), wholeView(of: problem, inputs))
      let product = try hessianProduct(of: loss, at: leaves, with: split(v, into: shapes, at: span), span)
      let form = try node(flattened(product, at: span), at: span)
      let value = graph.add(ReduceSum(axes: [0]), graph.add(Multiply(), u, form))
      let slope = try node(flattened(gradients(of: value, at: leaves, span), at: span), at: span)
      return self.program(inputs: inputs.nodes, outputs: [slope])
    }
    return CurvatureField(
      shapes: shapes, second: try compiled(second, at: span), third: try compiled(third, at: span))
  }
}
