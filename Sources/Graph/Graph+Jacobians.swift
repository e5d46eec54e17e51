import Tensors

// Whole matrices of derivatives, by batching a sweep over the rows of an identity matrix.

extension Graph {
  /// The Hessian of a scalar with respect to all inputs, flattened and joined in order: [N, N].
  ///
  /// - Complexity: N Hessian–vector products at once.
  package mutating func hessian(of scalar: NodeID, withRespectTo inputs: [NodeID]) throws(DerivativeError) -> NodeID {
    let gradients = try gradient(of: scalar, withRespectTo: inputs)
    return try forwardJacobian(of: gradients, withRespectTo: inputs, dtype: dtype(scalar))
  }

  /// ∂output/∂input for each input: [shape of the output, shape of the input].
  ///
  /// Uses reverse sweeps, one for each element of the output, when there are not more of them than elements of
  /// all inputs; else forward sweeps.
  package mutating func jacobian(
    of output: NodeID, withRespectTo inputs: [NodeID]
  ) throws(DerivativeError) -> [NodeID] {
    let size = shape(output).count
    let counts = inputs.map { shape($0).count }
    guard size > counts.reduce(0, +) else {
      return try reverseJacobian(of: output, withRespectTo: inputs)
    }
    let columns = try forwardJacobian(of: [output], withRespectTo: inputs, dtype: dtype(output))
    let rows = matrixTranspose(columns)
    var start = 0
    return zip(inputs, counts).map { input, count in
      let part = add(Slice(starts: [0, start], stops: [size, start + count]), rows)
      start += count
      return reshape(part, to: Shape(shape(output).sizes + shape(input).sizes))
    }
  }

  private mutating func reverseJacobian(
    of output: NodeID, withRespectTo inputs: [NodeID]
  ) throws(DerivativeError) -> [NodeID] {
    let size = shape(output).count
    let adjoint = freshInput(type(output))
    let products = try vectorJacobianProduct(of: [output], adjoints: [adjoint], withRespectTo: inputs)
    let basis = reshape(identity(size, dtype(output)), to: Shape([size] + shape(output).sizes))
    let rows = batch(outputs: products, inputs: [(original: adjoint, replacement: basis)], size: size)
    return zip(rows, inputs).map { reshape($0, to: Shape(shape(output).sizes + shape($1).sizes)) }
  }

  /// The transposed Jacobian of flattened outputs by flattened inputs: row j is the derivative along input j.
  private mutating func forwardJacobian(
    of outputs: [NodeID], withRespectTo inputs: [NodeID], dtype: DType
  ) throws(DerivativeError) -> NodeID {
    let tangents = inputs.map { freshInput(type($0)) }
    let products = try jacobianVectorProduct(of: outputs, withRespectTo: inputs, tangents: tangents.map { $0 })
    let size = inputs.reduce(0) { $0 + shape($1).count }
    let basis = unpack(identity(size, dtype), inputs.map { shape($0).sizes })
    let pairs = zip(tangents, basis).map { (original: $0, replacement: $1) }
    return pack(batch(outputs: products, inputs: pairs, size: size), leadingRank: 1)
  }
}
