import CKernels
import Tensors
import Testing

/// Factorisations have the same bits on every instruction set, where they are computed here.
@Suite(.serialized) struct FactorisationLevelTests {
  private func expectEqualBits(_ what: String, _ body: () throws -> [Tensor]) rethrows {
    ck_blas_allow(0)
    defer { ck_blas_allow(1) }
    let results = try onEachLevel { try body().flatMap { $0.doubles().map { pattern($0) } } }
    for (level, result) in results.dropFirst() { #expect(result == results[0].result, "\(what) on level \(level)") }
  }

  @Test(arguments: 0..<120) func everyFactorisation(_ number: Int) throws {
    let sample = MatrixSample(number, .f64, isSquare: true), n = sample.n, a = sample.tensor
    try expectEqualBits("svd, \(sample)") {
      let (u, s, vt) = try LinearAlgebra.singularValues(a)
      return [u, s, vt]
    }
    try expectEqualBits("qr, \(sample)") {
      let (q, r) = try LinearAlgebra.qr(a)
      return [q, r]
    }
    try expectEqualBits("eigh, \(sample)") {
      let (values, vectors) = try LinearAlgebra.symmetricEigen(sample.symmetrised.tensor)
      return [values, vectors]
    }
    try expectEqualBits("solve, \(sample)") { [try LinearAlgebra.solve(a, a)] }
    try expectEqualBits("pinv and eigvals, \(sample)") {
      [try LinearAlgebra.pseudoInverse(a), try LinearAlgebra.eigenvalues(a)]
    }
    expectEqualBits("cofactors, \(sample)") {
      var room = [Double](repeating: 0, count: 2 * n * n + 5 * n + 2)
      var (cofactors, slope) = ([Double](repeating: 0, count: n * n), [Double](repeating: 0, count: n * n))
      ck_cofactors(n, sample.values, &cofactors, &room)
      ck_cofactor_slope(n, sample.values, sample.values, &slope, &room)
      return [Tensor(cofactors, shape: [n * n]), Tensor(slope, shape: [n * n])]
    }
  }
}
