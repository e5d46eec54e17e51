import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Syntax
import Tensors
import Values

extension Builtin {
  static let linearAlgebra: [Builtin] = decompositions + spectra + systems

  private static let decompositions: [Builtin] = [
    Builtin(
      "svd", ["A"], "thin singular value decomposition (U, σ, V) with A = U diag(σ) V.T, σ decreasing",
      details: """
        A: [m, n], k = min(m, n); U: [m, k], σ: [k], V: [n, k]. In each column of U the first component of largest magnitude is
        positive. nan for a matrix that is not finite. Columns that belong to equal σ are one choice of many: they have no
        derivative, σ has one.
        """
    ) { (e, a) throws(Diagnostic) in
      let (rows, columns) = try e.matrix(a)
      let k = min(rows, columns)
      let parts = try e.unpacked(a, SingularValues(), [[rows, k], [k], [k, columns]])
      return .tuple([parts[0], parts[1], try e.transpose(parts[2], at: a.span)])
    },
    Builtin(
      "qr", ["A"], "thin factors (Q, R) with A = Q R, the diagonal of R not negative",
      details: """
        A: [m, n], k = min(m, n); Q: [m, k] with orthonormal columns, R: [k, n] upper triangular. The derivative at a matrix of
        smaller rank is refused (E0706): there is none.
        """
    ) { (e, a) throws(Diagnostic) in
      let (rows, columns) = try e.matrix(a)
      let k = min(rows, columns)
      return .tuple(try e.unpacked(a, QRDecomposition(), [[rows, k], [k, columns]]))
    },
    Builtin(
      "cholesky", ["A"], "lower triangular L with A = L L.T",
      details: "A: [n, n], symmetric and positive definite; another is refused (E0706).\n\n" + symmetryText
    ) { (e, a) throws(Diagnostic) in
      _ = try e.squareMatrix(a)
      return try e.apply(Cholesky(), [e.factored(a)], at: a.span)
    },
  ]

  private static let spectra: [Builtin] = [
    Builtin(
      "eigh", ["A"], "eigenvalues (increasing) and eigenvectors (columns) of a symmetric matrix",
      details: """
        A: [n, n]; (λ, V) with λ: [n] and A = V diag(λ) V.T. In each column of V the first component of largest magnitude is
        positive. Columns that belong to equal λ are one choice of many: they have no derivative, λ has one.


        """ + symmetryText
    ) { (e, a) throws(Diagnostic) in
      let n = try e.squareMatrix(a)
      return .tuple(try e.unpacked(a, SymmetricEigen(), [[n], [n, n]]))
    },
    Builtin("eigvalsh", ["A"], "eigenvalues of a symmetric matrix, increasing", details: symmetryText) {
      (e, a) throws(Diagnostic) in
      let n = try e.squareMatrix(a)
      return try e.unpacked(a, SymmetricEigen(), [[n], [n, n]])[0]
    },
    Builtin(
      "eigvals", ["A"], "eigenvalues of any square matrix: [n, 2], a row (real part, imaginary part) for each",
      details: """
        Rows are in order of their real parts, equal ones of their imaginary parts; conjugates have exactly equal real parts. By
        balancing, Hessenberg form and QR steps with double shifts: each is an eigenvalue of a matrix within rounding of A, which
        moves a k-fold one by the kth root of that. Without derivative (E0704). For a symmetric matrix take `eigvalsh`.

        Example: `eigvals([[0.0, -2.0], [2.0, 0.0]])` is `[[0, -2], [0, 2]]`, the pair −2i and 2i;
        `eigvals([[1.0, 5.0], [0.0, 3.0]])[:, 0]` is `[1, 3]`.
        """
    ) { (e, a) throws(Diagnostic) in
      _ = try e.squareMatrix(a)
      return try e.apply(Eigenvalues(.pairs), [a.real(0, e)], at: a.span)
    },
    Builtin(
      "spectral_radius", ["A"], "the largest magnitude of an eigenvalue of a square matrix",
      details: """
        max |λ| over the eigenvalues λ of A, which may be complex: powers of A die out where it is below 1. Not the norm, which is
        larger unless A is normal: `max(svd(A)[1])`. Without derivative (E0704).

        Example: `spectral_radius([[0.0, -2.0], [0.5, 0.0]])` is 1.
        """
    ) { (e, a) throws(Diagnostic) in
      _ = try e.squareMatrix(a)
      return try e.apply(Eigenvalues(.radius), [a.real(0, e)], at: a.span)
    },
  ]

  private static let symmetryText = """
    A matrix with |A[i, j] − A[j, i]| above 1.5e-8 (in f32 3.5e-4) of its largest element is refused (E0707); below, such
    differences come from rounding, and (A + A.T) / 2 is used.
    """

  private static let systems: [Builtin] = [
    Builtin(
      "solve", ["A", "b"], "x with A x = b",
      details: """
        A: [n, n]; b and x: [n] or [n, k]. By elimination with row exchanges: x solves a system within rounding of this one.
        A is refused as singular to working precision (E0706) where its reciprocal condition, in the 1-norm and estimated, is below
        2.2e-16 (in f32 1.2e-7) after rows and columns have been brought to one size; units do not matter.
        """
    ) { (e, a) throws(Diagnostic) in
      let n = try e.squareMatrix(a)
      let b = try a.real(1, e)
      let shape = try e.shape(b, of: a)
      guard shape.rank >= 1, shape.rank <= 2, shape[0] == n else {
        throw .innerSizes([n, n], shape, at: a.span, labels: [Diagnostic.Label(a.place(1), "this is \(shape)")])
      }
      let column = shape.rank == 1 ? try e.apply(Reshape(shape: [n, 1]), [b], at: a.span) : b
      let x = try e.apply(Solve(), [e.factored(a), column], at: a.span)
      return shape.rank == 1 ? try e.apply(Reshape(shape: shape), [x], at: a.span) : x
    },
    Builtin(
      "inv", ["A"], "inverse matrix",
      details: "A matrix that is singular to working precision is refused, as by `solve`."
    ) { (e, a) throws(Diagnostic) in
      let n = try e.squareMatrix(a)
      return try e.apply(Solve(), [e.factored(a), .tensor(Evaluator.identity(n))], at: a.span)
    },
    Builtin(
      "pinv", ["A"], "pseudo-inverse (Moore and Penrose): singular values up to max(m, n) ε σ₁ are taken as 0",
      details: """
        A: [m, n] gives [n, m]. ε is 2.2e-16 (in f32 1.2e-7) and σ₁ the largest singular value; `matrix_rank(A)` says how many are
        above that cut. `pinv(A) @ b` is the shortest of the x with the least ‖A x − b‖. The derivative is the one along
        matrices of the same rank; at a smaller rank than it could have, the pseudo-inverse jumps in the other directions.
        """
    ) { (e, a) throws(Diagnostic) in
      _ = try e.matrix(a)
      return try e.apply(PseudoInverse(), [a.real(0, e)], at: a.span)
    },
    Builtin(
      "matrix_rank", ["A"], "the number of singular values above max(m, n) ε σ₁, the cut of `pinv`",
      details: "A: [m, n]; a whole number from 0 to min(m, n). ε is 2.2e-16 (in f32 1.2e-7), σ₁ the largest of them."
    ) { (e, a) throws(Diagnostic) in
      try e.matrixRank(a)
    },
    Builtin(
      "det", ["A"], "determinant",
      details: """
        Its derivative is the matrix of cofactors, which a singular matrix has too; the second derivative as well. Those from the
        third on need an inverse, and a singular matrix is refused there (E0706).
        """
    ) { (e, a) throws(Diagnostic) in
      _ = try e.squareMatrix(a)
      return try e.apply(Determinant(), [a.real(0, e)], at: a.span)
    },
  ]
}

extension Evaluator {
  func matrix(_ a: BoundArguments) throws(Diagnostic) -> (Int, Int) {
    let shape = try a.shape(0, self)
    guard shape.rank == 2, shape[0] > 0, shape[1] > 0 else {
      throw .unsuitableShape(a.callee, shape, expected: "a matrix", at: a.place(0))
    }
    return (shape[0], shape[1])
  }

  func squareMatrix(_ a: BoundArguments) throws(Diagnostic) -> Int {
    let (rows, columns) = try matrix(a)
    guard rows == columns else {
      throw .unsuitableShape(a.callee, [rows, columns], expected: "a square matrix", at: a.place(0))
    }
    return rows
  }

  /// The matrix that a function factorises: where its branch is not taken, one that can be.
  fileprivate func factored(_ a: BoundArguments) throws(Diagnostic) -> Value {
    try guardedMatrix(a.real(0, self), at: a.span)
  }

  /// The factors of a decomposition, which one node gives packed in a vector.
  fileprivate func unpacked(
    _ a: BoundArguments, _ primitive: some Primitive, _ shapes: [Shape]
  ) throws(Diagnostic) -> [Value] {
    let packed = try apply(primitive, [factored(a)], at: a.span)
    var offset = 0
    var parts: [Value] = []
    for shape in shapes {
      let piece = try sliced(packed, offset, offset + shape.count, axis: 0, at: a.span)
      parts.append(try apply(Reshape(shape: shape), [piece], at: a.span))
      offset += shape.count
    }
    return parts
  }

  fileprivate func matrixRank(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let (rows, columns) = try matrix(a)
    let k = min(rows, columns)
    let sizes = try unpacked(a, SingularValues(), [[rows, k], [k], [k, columns]])[1]
    let isSingle = if case .node(let id) = sizes { graph.dtype(id) == .f32 } else { false }
    let share = Double(max(rows, columns)) * (isSingle ? 0x1p-23 : 0x1p-52)
    let cut = try binary(.multiply, .real(share), apply(ReduceMax(axes: [0]), [sizes], at: a.span), at: a.places)
    let isAbove = try compare(.greater, sizes, cut, at: a.places)
    return try apply(ReduceSum(axes: [0]), [apply(Convert(dtype: .i64), [isAbove], at: a.span)], at: a.span)
  }
}
