import CKernels

/// Factorisations of matrices on the last two axes of a tensor; leading axes are a batch.
///
/// Everything is computed in f64 and rounded once to the type of the operand. Matrices above 32 × 32 go to
/// LAPACK where it is installed. Signs are fixed, so that the results are determined by the operand.
package enum LinearAlgebra {
  /// The Debian package that brings OpenBLAS and LAPACK.
  package static let libraryPackage = "libopenblas0-pthread"

  /// Name of the kernels that OpenBLAS chose for this processor; nil where the library is not installed.
  ///
  /// Loads the library if that has not been tried.
  package static var libraryKernels: String? {
    ck_blas_load() == 0 ? nil : String(cString: ck_blas_kernels())
  }

  /// The lower triangular L with L Lᵀ = (A + Aᵀ)/2 for A [..., n, n]; NaN where that is not positive definite.
  package static func cholesky(_ a: Tensor) throws(MemoryError) -> Tensor {
    let n = a.shape[a.shape.rank - 1]
    return try map(a, [[n, n]]) { from, to in _ = ck_cholesky(n, from, to[0]) }[0]
  }

  /// The X with A X = B for A [..., n, n] and B [..., n, k]; NaN where A is singular.
  ///
  /// A counts as singular where its estimated reciprocal condition is below `precision`, that of its type if nil. Rows
  /// and columns are brought to one size before that is estimated: units do not matter.
  package static func solve(_ a: Tensor, _ b: Tensor, precision: Double? = nil) throws(MemoryError) -> Tensor {
    let n = a.shape[a.shape.rank - 1], k = b.shape[b.shape.rank - 1]
    let right = b.converted(to: .f64), precision = precision ?? epsilon(of: a)
    defer { withExtendedLifetime(right) {} }
    return try map(a, [[n, k]]) { from, to, index in
      let b = right.unsafeStart.assumingMemoryBound(to: Double.self) + index * n * k
      var reciprocal = 0.0
      _ = ck_solve(n, k, precision, from, b, to[0], &reciprocal)
    }[0]
  }

  /// Q [..., m, k] with orthonormal columns and upper triangular R [..., k, n] with Q R = A, k = min(m, n);
  /// the diagonal of R is not negative.
  package static func qr(_ a: Tensor) throws(MemoryError) -> (q: Tensor, r: Tensor) {
    let (m, n) = matrixSizes(a), k = min(m, n)
    let parts = try map(a, [[m, k], [k, n]]) { from, to in _ = ck_qr(m, n, from, to[0], to[1]) }
    return (parts[0], parts[1])
  }

  /// Eigenvalues [..., n] of (A + Aᵀ)/2, ascending, and eigenvectors in columns.
  ///
  /// In each vector the first component of largest magnitude is positive. NaN where A is not finite.
  package static func symmetricEigen(_ a: Tensor) throws(MemoryError) -> (values: Tensor, vectors: Tensor) {
    let n = a.shape[a.shape.rank - 1]
    let parts = try map(a, [[n], [n, n]]) { from, to in _ = ck_symmetric_eigen(n, from, to[0], to[1]) }
    return (parts[0], parts[1])
  }

  /// U [..., m, k], s [..., k] descending and Vᵀ [..., k, n] with U diag(s) Vᵀ = A, k = min(m, n).
  ///
  /// In each column of U the first component of largest magnitude is positive. NaN where A is not finite.
  package static func singularValues(_ a: Tensor) throws(MemoryError) -> (u: Tensor, s: Tensor, vt: Tensor) {
    let (m, n) = matrixSizes(a), k = min(m, n)
    let parts = try map(a, [[m, k], [k], [k, n]]) { from, to in _ = ck_svd(m, n, from, to[0], to[1], to[2]) }
    return (parts[0], parts[1], parts[2])
  }

  /// The pseudo-inverse A⁺ [..., n, m] of A [..., m, n]: singular values up to max(m, n) ε of the largest count as 0.
  package static func pseudoInverse(_ a: Tensor) throws(MemoryError) -> Tensor {
    let (m, n) = matrixSizes(a), cut = Double(max(m, n)) * epsilon(of: a)
    return try map(a, [[n, m]]) { from, to in _ = ck_pseudo_inverse(m, n, cut, from, to[0]) }[0]
  }

  /// Eigenvalues [..., n, 2] of any square A [..., n, n], as real and imaginary part.
  ///
  /// By growing real part, then by growing imaginary part. NaN where A is not finite.
  package static func eigenvalues(_ a: Tensor) throws(MemoryError) -> Tensor {
    let n = a.shape[a.shape.rank - 1]
    return try map(a, [[n, 2]]) { from, to in _ = ck_eigenvalues(n, from, a.dtype == .f32 ? 1 : 0, to[0]) }[0]
  }

  /// Distance from 1 to the next number of the tensor's type.
  package static func epsilon(of a: Tensor) -> Double { a.dtype == .f32 ? 0x1p-23 : 0x1p-52 }

  private static func matrixSizes(_ a: Tensor) -> (rows: Int, columns: Int) {
    precondition(a.shape.rank >= 2, "a matrix has two axes")
    return (a.shape[a.shape.rank - 2], a.shape[a.shape.rank - 1])
  }

  private typealias Results = [UnsafeMutablePointer<Double>]

  private static func map(
    _ a: Tensor, _ shapes: [[Int]], _ body: (UnsafePointer<Double>, Results) -> Void
  ) throws(MemoryError) -> [Tensor] {
    try map(a, shapes) { from, to, _ in body(from, to) }
  }

  /// Applies `body` to each matrix of the batch: it reads one matrix and writes one result of each shape.
  private static func map(
    _ a: Tensor, _ shapes: [[Int]], _ body: (UnsafePointer<Double>, Results, Int) -> Void
  ) throws(MemoryError) -> [Tensor] {
    let (m, n) = matrixSizes(a)
    let batch = Array(a.shape.sizes.dropLast(2)), source = a.converted(to: .f64)
    var results: [Tensor] = []
    for shape in shapes { results.append(try Tensor(TensorType(Shape(batch + shape), .f64), filledBy: { _ in })) }
    let from = source.unsafeStart.assumingMemoryBound(to: Double.self)
    for index in 0..<batch.reduce(1, *) {
      let to = zip(results, shapes).map { result, shape in
        result.unsafeStart.assumingMemoryBound(to: Double.self) + index * shape.reduce(1, *)
      }
      body(from + index * m * n, to, index)
    }
    withExtendedLifetime(source) {}
    return results.map { $0.converted(to: a.dtype) }
  }
}
