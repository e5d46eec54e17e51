package import Tensors

/// U diag(y) Vᵀ for a matrix A = U diag(s) Vᵀ [..., m, n] and yᵢ = f(sᵢ): a function of the singular values, or of the
/// eigenvalues of a symmetric matrix, differentiated as a function of A.
///
/// Inputs: the value itself, A, U [..., m, k], s [..., k], Vᵀ [..., k, n], y [..., k] and f′(s) [..., k]. The value is passed
/// on; the others are read by derivatives alone. Those go through the map, not through U and V, which have none where
/// singular values are equal (Daleckii and Krein 1965; for singular values Noferini 2017). With P = Uᵀ Ȧ V,
///
///     Ḟ = U (Γ⁻ ∘ sym P + Γ⁺ ∘ skew P + diag ẏ) Vᵀ + (1 − U Uᵀ) Ȧ V diag(y/s) Vᵀ + U diag(y/s) Uᵀ Ȧ (1 − V Vᵀ)
///
/// where Γ⁻ᵢⱼ = (yᵢ − yⱼ)/(sᵢ − sⱼ) off the diagonal and Γ⁺ᵢⱼ = (yᵢ + yⱼ)/(sᵢ + sⱼ); for a symmetric A with U = V, Γ⁻ alone.
/// Quotients of values within 1e-5 of each other (in f32 4e-3) and those with divisor 0 are the mean of f′ at both. The
/// diagonal comes by ẏ, which is of y as it was computed. The map is its own transpose. f′ not a number says that the
/// map has no derivative there.
package struct SpectralMap: LeadingAxesPrimitive {
  package static let name = "spectral"
  package static let arity: Int? = 7

  /// Whether s are eigenvalues of a symmetric matrix, of any sign, and U = V.
  package let isSymmetric: Bool

  package init(isSymmetric: Bool) { self.isSymmetric = isSymmetric }

  package var attributes: String { isSymmetric ? "symmetric" : "" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (m, n) = try matrixSizes(inputs[1], operation: Self.name)
    let k = inputs[3].shape.sizes.last ?? 0
    let leading = inputs[1].shape.leading(without: 2)
    let expected = [[m, n], [m, n], [m, k], [k], [k, n], [k], [k]]
    for (input, sizes) in zip(inputs, expected) where input.shape != Shape(leading + sizes) {
      throw .mismatch(operation: Self.name, left: Shape(leading + sizes), right: input.shape)
    }
    return inputs[0]
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let ut = graph.matrixTranspose(inputs[2]), v = graph.matrixTranspose(inputs[4])
    let inner = graph.product(graph.product(ut, adjoint), v)
    return [nil, graph.spectralRule(self, inputs, adjoint), nil, nil, nil, graph.diagonal(inner), nil]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    var parts: [NodeID] = []
    if let tangent = tangents[1] { parts.append(graph.spectralRule(self, inputs, tangent)) }
    if let tangent = tangents[5] {
      parts.append(graph.product(graph.scaleColumns(inputs[2], by: tangent), inputs[4]))
    }
    return graph.total(parts)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor { inputs[0] }
}

/// A matrix taken apart: A = U diag(s) Vᵀ.
package struct SpectralParts {
  package var matrix: NodeID
  package var isSymmetric: Bool
  var u: NodeID
  /// Singular values, 0 where they are below the cut; eigenvalues of a symmetric matrix.
  package var s: NodeID
  var vt: NodeID
  /// Where a singular value counts as 0.
  var isCut: NodeID?
}

extension Graph {
  /// A matrix [..., m, n] taken apart for a function of its singular values, or of its eigenvalues.
  ///
  /// Singular values up to max(m, n) ε σ₁ count as 0, with ε of the type of A.
  package mutating func spectralParts(_ a: NodeID, isSymmetric: Bool) throws(ShapeError) -> SpectralParts {
    if isSymmetric {
      let (values, v) = try symmetricEigen(a)
      return SpectralParts(matrix: a, isSymmetric: true, u: v, s: values, vt: matrixTranspose(v))
    }
    _ = try SingularValues().type(of: [type(a)])
    return spectralParts(ofSingularValues: a)
  }

  /// The same of a matrix of any sizes, by its singular values.
  mutating func spectralParts(ofSingularValues a: NodeID) -> SpectralParts {
    let (u, s, vt) = unpackSVD(add(SingularValues(), a), of: a)
    let sizes = shape(a).sizes.suffix(2), last = shape(s).rank - 1
    let share = Double(sizes.max() ?? 0) * (dtype(a) == .f32 ? 0x1p-23 : 0x1p-52)
    let cut = add(Multiply(), add(ReduceMax(axes: [last]), s), constant(share, like: s))
    let isCut = convert(add(LessEqual(), s, expand(cut, over: [last], of: shape(s))), to: dtype(s))
    // The derivative passes where the value is cut off.
    let rest = add(StopGradient(), add(Select(), isCut, s, constant(0, like: s)))
    return SpectralParts(matrix: a, isSymmetric: false, u: u, s: add(Subtract(), s, rest), vt: vt, isCut: isCut)
  }

  /// The function of the matrix that has values y and slopes f′ at its singular values or eigenvalues.
  ///
  /// A singular value 0 gives 0, whatever f(0) is: its singular vectors are one choice of many. Where f(0) is not 0, the
  /// function jumps there and has no derivative.
  package mutating func spectralMap(_ parts: SpectralParts, y: NodeID, slope: NodeID) throws(ShapeError) -> NodeID {
    if let factor = polarFactor(parts, y: y) { return factor }
    let (y, slope) = atZeros(parts, y: y, slope: slope)
    let value = product(scaleColumns(parts.u, by: y), parts.vt)
    let map = SpectralMap(isSymmetric: parts.isSymmetric)
    return try apply(map, [value, parts.matrix, parts.u, parts.s, parts.vt, y, slope])
  }

  /// Values and slopes with those at singular values that count as 0: there the function is 0, and where it jumps to that it
  /// has no slope.
  mutating func atZeros(_ parts: SpectralParts, y: NodeID, slope: NodeID) -> (y: NodeID, slope: NodeID) {
    guard let isCut = parts.isCut else { return (y, slope) }
    let zero = constant(0, like: y)
    let jumps = add(Select(), convert(add(Equal(), y, zero), to: dtype(y)), zero, isCut)
    return (add(Select(), jumps, zero, y), add(Select(), jumps, constant(.nan, like: y), slope))
  }

  /// The map of a tangent of A, and as well of an adjoint, without the part that goes by y.
  mutating func spectralRule(_ map: SpectralMap, _ inputs: [NodeID], _ x: NodeID) -> NodeID {
    let (u, s, vt, y, slope) = (inputs[2], inputs[3], inputs[4], inputs[5], inputs[6])
    let v = matrixTranspose(vt), ut = matrixTranspose(u)
    let image = product(x, v)
    let inner = product(ut, image), even = symmetricPart(inner)
    var core = add(ScaleAdjoint(), even, dividedDifferences(s, y, slope))
    if map.isSymmetric { return product(product(u, core), vt) }
    core = add(Add(), core, add(ScaleAdjoint(), add(Subtract(), inner, even), dividedSums(s, y, slope)))
    var whole = product(product(u, core), vt)
    let isZero = convert(add(Equal(), s, constant(0, like: s)), to: dtype(s))
    let divisor = add(Select(), isZero, constant(1, like: s), s)
    let ratio = add(Select(), isZero, slope, add(Divide(), y, divisor))
    if let rest = outside(u, of: image) {
      whole = add(Add(), whole, product(scaledColumns(rest, by: ratio), vt))
    }
    if let rest = outside(v, of: matrixTranspose(product(ut, x))) {
      whole = add(Add(), whole, product(u, matrixTranspose(scaledColumns(rest, by: ratio))))
    }
    return whole
  }

  /// Γ⁻ with 0 on the diagonal, or no number where f′ is none.
  private mutating func dividedDifferences(_ s: NodeID, _ y: NodeID, _ slope: NodeID) -> NodeID {
    let zero = constant(0, like: s)
    let size = pairs(add(Absolute(), s)) { $0.add(Add(), $1, $2) }
    let distance = pairs(s) { $0.add(Subtract(), $1, $2) }
    let bound = add(Multiply(), size, constant(dtype(s) == .f32 ? 4e-3 : 1e-5, like: s))
    let isClose = convert(add(LessEqual(), add(Absolute(), distance), bound), to: dtype(s))
    let divisor = add(Select(), isClose, constant(1, like: s), distance)
    let quotient = add(Divide(), pairs(y) { $0.add(Subtract(), $1, $2) }, divisor)
    let differences = add(Select(), isClose, meanSlopes(slope), quotient)
    let isDiagonal = broadcast(identity(shape(s).sizes.last ?? 0, dtype(s)), to: shape(differences))
    let own = pairs(add(Multiply(), slope, zero)) { $0.add(Add(), $1, $2) }
    return add(Select(), isDiagonal, own, differences)
  }

  /// Γ⁺.
  private mutating func dividedSums(_ s: NodeID, _ y: NodeID, _ slope: NodeID) -> NodeID {
    let sum = pairs(s) { $0.add(Add(), $1, $2) }
    let isZero = convert(add(Equal(), sum, constant(0, like: s)), to: dtype(s))
    let divisor = add(Select(), isZero, constant(1, like: s), sum)
    let quotient = add(Divide(), pairs(y) { $0.add(Add(), $1, $2) }, divisor)
    return add(Select(), isZero, meanSlopes(slope), quotient)
  }

  private mutating func meanSlopes(_ slope: NodeID) -> NodeID {
    let sum = pairs(slope) { $0.add(Add(), $1, $2) }
    return add(Multiply(), sum, constant(0.5, like: slope))
  }

  /// f(xᵢ, xⱼ) as a matrix [..., i, j].
  private mutating func pairs(_ x: NodeID, _ f: (inout Graph, NodeID, NodeID) -> NodeID) -> NodeID {
    let matrix = Shape(shape(x).sizes + [shape(x).sizes.last ?? 0]), rank = matrix.rank
    let rows = expand(x, over: [rank - 1], of: matrix), columns = expand(x, over: [rank - 2], of: matrix)
    return f(&self, rows, columns)
  }

  /// X diag(c), where nothing stays nothing whatever c is.
  private mutating func scaledColumns(_ x: NodeID, by c: NodeID) -> NodeID {
    add(ScaleAdjoint(), x, expand(c, over: [shape(x).rank - 2], of: shape(x)))
  }
}
