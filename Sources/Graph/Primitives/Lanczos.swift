package import Tensors

/// The upper end of the spectrum of a symmetric operator that is given only by its product with a vector.
///
/// Inputs are the start vector [N] and any number of tensors that the product reads. The body's inputs are
/// (v [N], other…) and its output A v [N]; A must be symmetric. With q₁ the normalised start, αⱼ = qⱼᵀA qⱼ and
/// βⱼ qⱼ₊₁ what is left of A qⱼ when all earlier q are taken out (twice), T = tridiag(β, α, β) = QᵀA Q.
///
/// - `pairs`: the largest eigenvalues θ of T, descending, with their residual bounds βₘ|sₘ| ≥ |θ − λ| for some
///   eigenvalue λ of A, the number of products, and the vectors Q s where they are wanted:
///   θ [k], bounds [k], count [1], vectors [k, N], in one vector. The iteration ends when all bounds are below
///   `tolerance` times |θ|, unless that is 0, and at the latest after `steps` products. In each vector the first
///   component of largest magnitude is positive. A start without a component along an eigenvector does not see it; a
///   repeated eigenvalue is found again only where the iteration ends in an invariant subspace and starts anew beside it.
/// - `quadrature`: the nodes θ [steps] and weights s₁² [steps] of the Gauss rule for Σ (qᵀuᵢ)² f(λᵢ), ascending; where
///   the iteration ends early the rest has weight 0. Then the nodes [steps] and weights [steps] of the rule with
///   one step less; the same where the iteration ends in an invariant subspace. Of one step it is NaN.
///
/// With a `metric` J, symmetric and positive semi-definite, the spectrum is that of J A, without a root or inverse of J:
/// vectors come as pairs (u, v = J u), and the product of two pairs is u · v′ = u · J u′, in which A J is symmetric. The
/// metric's inputs are (u [N], other…), the others after those of the body. Directions that J takes to 0 have no part in
/// it: where J takes the start to 0 the result is 0 after 0 products. It is NaN where u · J u is negative. Vectors that
/// are wanted are the v.
///
/// There is no derivative. Source: C. Lanczos (1950); full re-orthogonalisation and bounds: B. N. Parlett, The
/// Symmetric Eigenvalue Problem (1980), 13.1–13.2; quadrature: G. H. Golub, J. H. Welsch (1969).
package struct Lanczos: Primitive {
  package static let name = "lanczos"
  package static let arity: Int? = nil

  /// What is wanted of the spectrum.
  package enum Result: Hashable, Sendable, Codable {
    case pairs(count: Int, vectors: Bool)
    case quadrature
  }

  package var body: Subgraph
  package var steps: Int
  package var tolerance: Double
  package var result: Result
  /// J; nil for the identity.
  package var metric: Subgraph?

  package init(body: Subgraph, steps: Int, tolerance: Double, result: Result, metric: Subgraph? = nil) {
    self.body = body
    self.steps = steps
    self.tolerance = tolerance
    self.result = result
    self.metric = metric
  }

  package var attributes: String { "at most \(steps)" }
  package var subgraphs: [(title: String, body: Subgraph)] {
    [("product", body)] + (metric.map { [("metric", $0)] } ?? [])
  }

  /// Shapes of the parts of the packed result for vectors of `size` elements.
  package func partShapes(size: Int) -> [[Int]] {
    switch result {
    case .pairs(let count, let vectors): [[count], [count], [1]] + (vectors ? [[count, size]] : [])
    case .quadrature: [[steps], [steps], [steps], [steps]]
    }
  }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let others = metric.map { Array($0.inputTypes.dropFirst()) } ?? []
    guard inputs == body.inputTypes + others, let start = inputs.first, body.outputTypes == [start],
      metric.map({ $0.inputTypes.first == start && $0.outputTypes == [start] }) ?? true
    else {
      throw .unsuitable(operation: Self.name, shape: inputs.first?.shape ?? [0], expected: "a product of its own shape")
    }
    guard start.dtype.isReal else { throw .dtype(operation: Self.name, start.dtype) }
    guard start.shape.rank == 1, start.count > 0, steps > 0 else {
      throw .unsuitable(operation: Self.name, shape: start.shape, expected: "a vector")
    }
    if case .pairs(let count, _) = result, count < 1 || count > min(steps, start.count) {
      throw .unsuitable(operation: Self.name, shape: start.shape, expected: "at least \(count) elements and steps")
    }
    let total = partShapes(size: start.count).reduce(0) { $0 + $1.reduce(1, *) }
    return TensorType([total], start.dtype)
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    throw DerivativeError(
      operation: Self.name, reason: "eigenvalues that are found by iteration are not differentiated")
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    throw DerivativeError(
      operation: Self.name, reason: "eigenvalues that are found by iteration are not differentiated")
  }

  /// One member after the other, in a loop.
  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.memberByMember(self, inputs, isBatched, size: size)
  }

  /// From the whole matrix, which is built column by column.
  ///
  /// Bounds are 0 and the count is the matrix's size; the quadrature's nodes are all eigenvalues.
  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let a = Self.matrix(of: body, Array(inputs.prefix(body.inputTypes.count)))
    guard let metric else {
      let (values, vectors) = a.symmetricEigen()
      return ReferenceTensor(rounding: packed(values, vectors, start: inputs[0].values), to: resultType(of: inputs))
    }
    // J^½ A J^½ has the eigenvalues of J A, whose vectors are J^½ y.
    let (squares, basis) = Self.matrix(of: metric, [inputs[0]] + inputs.dropFirst(body.inputTypes.count))
      .symmetricEigen()
    var scaled = basis
    for row in squares.indices {
      for column in squares.indices { scaled[row, column] *= max(squares[column], 0).squareRoot() }
    }
    let root = scaled * basis.transposed
    let (values, y) = (root * a * root).symmetricPart.symmetricEigen()
    return ReferenceTensor(rounding: packed(values, root * y, start: inputs[0].values), to: resultType(of: inputs))
  }

  /// The symmetric part of the matrix that a subgraph multiplies its first input with.
  private static func matrix(of product: Subgraph, _ inputs: [ReferenceTensor]) -> DenseMatrix {
    let size = inputs[0].values.count
    var columns: [Double] = []
    for index in 0..<size {
      var unit = ReferenceTensor(inputs[0].type, [Double](repeating: 0, count: size))
      unit.values[index] = 1
      columns += Interpreter.evaluate(product, [unit] + inputs.dropFirst())[0].values
    }
    return DenseMatrix(rows: size, columns: size, values: columns).symmetricPart
  }

  private func packed(_ values: [Double], _ vectors: DenseMatrix, start: [Double]) -> [Double] {
    let size = values.count
    func vector(_ index: Int) -> [Double] { (0..<size).map { vectors.values[$0 * size + index] } }
    switch result {
    case .pairs(let count, let wantsVectors):
      let top = (0..<count).map { size - 1 - $0 }
      return top.map { values[$0] } + [Double](repeating: 0, count: count) + [Double(size)]
        + (wantsVectors ? top.flatMap(vector) : [])
    case .quadrature:
      let length = start.reduce(0) { $0 + $1 * $1 }
      let weights = values.indices.map { index in
        let product = zip(vector(index), start).reduce(0) { $0 + $1.0 * $1.1 }
        return product * product / length
      }
      let rest = [Double](repeating: 0, count: max(0, steps - size))
      let rule = Array((values + rest).prefix(steps)) + Array((weights + rest).prefix(steps))
      return rule + rule
    }
  }
}
