import Diagnostics
import Graph
import Syntax
import Tensors

extension Builtin {
  static let linearAlgebra: [Builtin] = [
    Builtin("svd", ["A"], "thin singular value decomposition (U, σ, V) with A = U diag(σ) V.T, σ decreasing") {
      (e, a) throws(Diagnostic) in
      let (rows, columns) = try e.matrix(a)
      let k = min(rows, columns)
      let parts = try e.unpacked(a, SingularValues(), [[rows, k], [k], [k, columns]])
      return .tuple([parts[0], parts[1], try e.transpose(parts[2], at: a.span)])
    },
    Builtin("qr", ["A"], "thin factors (Q, R) with A = Q R, the diagonal of R not negative") {
      (e, a) throws(Diagnostic) in
      let (rows, columns) = try e.matrix(a)
      let k = min(rows, columns)
      return .tuple(try e.unpacked(a, QRDecomposition(), [[rows, k], [k, columns]]))
    },
    Builtin("eigh", ["A"], "eigenvalues (increasing) and eigenvectors (columns) of a symmetric matrix") {
      (e, a) throws(Diagnostic) in
      let n = try e.squareMatrix(a)
      return .tuple(try e.unpacked(a, SymmetricEigen(), [[n], [n, n]]))
    },
    Builtin("eigvalsh", ["A"], "eigenvalues of a symmetric matrix, increasing") { (e, a) throws(Diagnostic) in
      let n = try e.squareMatrix(a)
      return try e.unpacked(a, SymmetricEigen(), [[n], [n, n]])[0]
    },
    Builtin("cholesky", ["A"], "lower triangular L with A = L L.T") { (e, a) throws(Diagnostic) in
      _ = try e.squareMatrix(a)
      return try e.apply(Cholesky(), [a.real(0, e)], at: a.span)
    },
    Builtin("solve", ["A", "b"], "x with A x = b") { (e, a) throws(Diagnostic) in
      let n = try e.squareMatrix(a)
      let b = try a.real(1, e)
      guard let shape = e.shape(of: b) else { return .unknown }
      guard shape.rank >= 1, shape.rank <= 2, shape[0] == n else {
        throw .innerSizes([n, n], shape, at: a.span, labels: [Diagnostic.Label(a.place(1), "this is \(shape)")])
      }
      let column = shape.rank == 1 ? try e.apply(Reshape(shape: [n, 1]), [b], at: a.span) : b
      let x = try e.apply(Solve(), [a.real(0, e), column], at: a.span)
      return shape.rank == 1 ? try e.apply(Reshape(shape: shape), [x], at: a.span) : x
    },
    Builtin("inv", ["A"], "inverse matrix") { (e, a) throws(Diagnostic) in
      let n = try e.squareMatrix(a)
      return try e.apply(Solve(), [a.real(0, e), .tensor(Evaluator.identity(n))], at: a.span)
    },
    Builtin("pinv", ["A"], "pseudo-inverse (Moore and Penrose), singular values below 1e-13 of the largest taken as 0")
    { (e, a) throws(Diagnostic) in
      try e.pseudoInverse(a)
    },
    Builtin("det", ["A"], "determinant") { (e, a) throws(Diagnostic) in
      _ = try e.squareMatrix(a)
      return try e.apply(Determinant(), [a.real(0, e)], at: a.span)
    },
  ]
}

extension Evaluator {
  func matrix(_ a: BoundArguments) throws(Diagnostic) -> (Int, Int) {
    guard let shape = try a.shape(0, self) else { throw .silent(at: a.span) }
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

  /// The factors of a decomposition, which one node gives packed in a vector.
  func unpacked(
    _ a: BoundArguments, _ primitive: some Primitive, _ shapes: [Shape]
  ) throws(Diagnostic) -> [Value] {
    let packed = try apply(primitive, [a.real(0, self)], at: a.span)
    if case .unknown = packed { return shapes.map { _ in .unknown } }
    var offset = 0
    var parts: [Value] = []
    for shape in shapes {
      let piece = try sliced(packed, offset, offset + shape.count, axis: 0, at: a.span)
      parts.append(try apply(Reshape(shape: shape), [piece], at: a.span))
      offset += shape.count
    }
    return parts
  }

  func pseudoInverse(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let (rows, columns) = try matrix(a)
    let k = min(rows, columns)
    let parts = try unpacked(a, SingularValues(), [[rows, k], [k], [k, columns]])
    let places = a.places
    let limit = try binary(.multiply, .real(1e-13), apply(ReduceMax(axes: [0]), [parts[1]], at: a.span), at: places)
    let large = try compare(.greater, parts[1], limit, at: places)
    let inverse = try select(
      large, binary(.divide, .real(1), select(large, parts[1], .real(1), at: a.span), at: places), .real(0), at: a.span)
    let scaled = try elementwise(Multiply(), "*", transpose(parts[2], at: a.span), inverse, at: places)
    return try matrixProduct(scaled, transpose(parts[0], at: a.span), at: places)
  }
}
