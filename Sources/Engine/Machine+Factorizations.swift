import CKernels
import Glibc
import Tensors

extension Machine {
  /// Factorises or solves each matrix of a batch; results are packed as the primitives say.
  func factorize(_ i: Instruction) {
    let layout = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: FactorizationLayout.self).pointee
    let (m, n, k) = (layout.m, layout.n, min(layout.m, layout.n))
    for member in 0..<layout.batch where !isInterrupted {
      let a = f64(i.a) + member * m * n, out = f64(i.out) + member * layout.resultCount
      switch Factorization(rawValue: i.flags) {
      case .cholesky: _ = ck_cholesky(n, a, out)
      case .solve: _ = ck_solve(n, layout.columns, a, f64(i.b) + member * n * layout.columns, out)
      case .triangularSolve:
        ck_triangular_solve(
          layout.isLower ? 1 : 0, layout.isTransposed ? 1 : 0, n, layout.columns, a,
          f64(i.b) + member * n * layout.columns, out)
      case .qr: _ = ck_qr(m, n, a, out, out + m * k)
      case .symmetricEigen: _ = ck_symmetric_eigen(n, a, out, out + n)
      case .singularValues: _ = ck_svd(m, n, a, out, out + m * k, out + m * k + k)
      case .determinant: out.pointee = determinant(a, n, f64(i.c))
      case nil: break
      }
    }
  }

  /// The product of the pivots, with the sign of the row exchanges.
  private func determinant(
    _ a: UnsafeMutablePointer<Double>, _ n: Int, _ room: UnsafeMutablePointer<Double>
  ) -> Double {
    memcpy(room, a, n * n * 8)
    var sign: Int32 = 1
    let pivots = UnsafeMutableRawPointer(room + n * n).assumingMemoryBound(to: Int64.self)
    _ = ck_lu(n, room, pivots, &sign)
    var result = Double(sign)
    for row in 0..<n { result *= room[row * n + row] }
    return result
  }
}
