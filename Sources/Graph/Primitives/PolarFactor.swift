package import Tensors

/// The polar factor U Vᵀ of A = U diag(s) Vᵀ [..., m, n] over the singular values above max(m, n) ε s₁, with ε of the type of A:
/// a partial isometry, 0 for A = 0.
///
/// It is the function 1 of the singular values (`SpectralMap`) as one primitive, for kernels that need no singular values.
package struct PolarFactor: LeadingAxesPrimitive {
  package static let name = "polar"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    _ = try matrixSizes(inputs[0], operation: Self.name)
    return inputs[0]
  }

  /// The map of a tangent is its own transpose.
  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] { [graph.polarRule(inputs[0], adjoint)] }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? { tangents[0].map { graph.polarRule(inputs[0], $0) } }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let precision = inputs[0].type.dtype == .f32 ? 0x1p-23 : 0x1p-52
    let values = inputs[0].matrices.flatMap { matrix in
      let (u, s, vt) = matrix.svd()
      let cut = precision * Double(max(matrix.rows, matrix.columns)) * (s.first ?? 0)
      return (0..<matrix.rows).flatMap { i in
        (0..<matrix.columns).map { j in
          s.indices.reduce(0.0) { s[$1] > cut ? $0 + u[i, $1] * vt[$1, j] : $0 }
        }
      }
    }
    return ReferenceTensor(rounding: values, to: resultType(of: inputs))
  }
}

extension Graph {
  /// From this size on a polar factor in single precision is made by products alone.
  private static let sizeByProducts = 64

  /// The polar factor of a matrix taken apart, where that is what values y at its singular values give and where it is sooner
  /// made by itself; nil elsewhere.
  mutating func polarFactor(_ parts: SpectralParts, y: NodeID) -> NodeID? {
    let sizes = shape(parts.matrix).sizes.suffix(2)
    guard !parts.isSymmetric, dtype(parts.matrix) == .f32, sizes.min() ?? 0 >= Self.sizeByProducts, isOne(y) else {
      return nil
    }
    return add(PolarFactor(), parts.matrix)
  }

  /// Whether all elements of a constant are 1.
  private func isOne(_ id: NodeID) -> Bool {
    switch self[id].primitive {
    case is BroadcastTo, is Reshape, is Convert: isOne(self[id].inputs[0])
    case let scalar as ScalarConstant: scalar.value == 1
    default: false
    }
  }

  /// The derivative of the polar factor of A along x.
  fileprivate mutating func polarRule(_ a: NodeID, _ x: NodeID) -> NodeID {
    let parts = spectralParts(ofSingularValues: a)
    let one = broadcast(constant(1, like: parts.s), to: shape(parts.s))
    let zero = broadcast(constant(0, like: parts.s), to: shape(parts.s))
    let (y, slope) = atZeros(parts, y: one, slope: zero)
    return spectralRule(SpectralMap(isSymmetric: false), [a, a, parts.u, parts.s, parts.vt, y, slope], x)
  }
}
