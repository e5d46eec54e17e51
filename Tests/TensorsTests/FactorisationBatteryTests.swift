import CKernels
import Foundation
import Tensors
import Testing

/// Random matrices of every kind that is met, in f64 and f32: finite numbers give finite ones, which are those of a matrix
/// that differs from the given one by rounding, or the matrix is refused.
///
/// Ratios are those of `FactorisationTests`, ‖error‖ / (‖A‖ n ε), at most 10.
/// 2,000 matrices of each type; `DESCENT_MATRICES` sets another number (`scripts/factorisations` tries 100,000).
@Suite(.serialized) struct FactorisationBatteryTests {
  static let count = ProcessInfo.processInfo.environment["DESCENT_MATRICES"].flatMap(Int.init) ?? 2000
  private typealias Ratios = FactorisationTests

  /// Calls `body` with each matrix.
  private func each(
    _ dtype: DType, isSquare: Bool = false, _ body: (MatrixSample) throws -> Void
  ) rethrows {
    for number in 0..<Self.count { try body(MatrixSample(number, dtype, isSquare: isSquare)) }
  }

  /// ‖got − A‖ / (‖A‖ n ε) for an A of the battery; `got` is that of the scaled one.
  private func error(_ got: [Double], _ sample: MatrixSample) -> Double {
    Ratios.ratio(got.map { $0 / sample.scale }, sample.values, max(sample.m, sample.n)) * 0x1p-52 / sample.epsilon
  }

  private func orthogonality(_ columns: [Double], _ m: Int, _ k: Int, _ sample: MatrixSample) -> Double {
    Ratios.orthogonality(columns, m, k) * 0x1p-52 / sample.epsilon
  }

  private func transposed(_ a: [Double], _ m: Int, _ n: Int) -> [Double] {
    (0..<m * n).map { a[$0 % m * n + $0 / m] }
  }

  @Test(arguments: [DType.f64, .f32]) func singularValuesRebuildEveryMatrix(_ dtype: DType) throws {
    let rebuilt = LargestRatio("svd, U S Vᵀ = A, \(dtype)"), turned = LargestRatio("svd, orthogonality, \(dtype)")
    try each(dtype) { sample in
      let (m, n) = (sample.m, sample.n), k = min(m, n)
      let (u, s, vt) = try LinearAlgebra.singularValues(sample.tensor)
      let left = u.doubles(), values = s.doubles(), right = vt.doubles()
      let scaled = (0..<m * k).map { left[$0] * values[$0 % max(k, 1)] }
      rebuilt.take(error(Ratios.product(scaled, right, m, n, k), sample), sample)
      turned.take(orthogonality(left, m, k, sample), sample)
      turned.take(orthogonality(transposed(right, k, n), n, k, sample), sample)
      #expect(values == values.sorted(by: >) && values.allSatisfy { $0 >= 0 }, "\(sample)")
    }
  }

  @Test(arguments: [DType.f64, .f32]) func orthogonalFactorsRebuildEveryMatrix(_ dtype: DType) throws {
    let rebuilt = LargestRatio("qr, Q R = A, \(dtype)"), turned = LargestRatio("qr, orthogonality, \(dtype)")
    try each(dtype) { sample in
      let (m, n) = (sample.m, sample.n), k = min(m, n)
      let (q, r) = try LinearAlgebra.qr(sample.tensor)
      rebuilt.take(error(Ratios.product(q.doubles(), r.doubles(), m, n, k), sample), sample)
      turned.take(orthogonality(q.doubles(), m, k, sample), sample)
      #expect((0..<k).allSatisfy { r.double(at: $0 * n + $0) >= 0 }, "\(sample)")
    }
  }

  @Test(arguments: [DType.f64, .f32]) func eigenvectorsRebuildEverySymmetricMatrix(_ dtype: DType) throws {
    let rebuilt = LargestRatio("eigh, V Λ Vᵀ = A, \(dtype)"), turned = LargestRatio("eigh, orthogonality, \(dtype)")
    try each(dtype, isSquare: true) { given in
      let sample = given.number % 2 == 0 ? given.symmetrised : given.gram(shift: 0), n = sample.n
      let (values, vectors) = try LinearAlgebra.symmetricEigen(sample.tensor)
      let l = values.doubles(), v = vectors.doubles(), scaled = (0..<n * n).map { v[$0] * l[$0 % n] }
      rebuilt.take(error(Ratios.product(scaled, v, n, n, n, tb: true), sample), sample)
      turned.take(orthogonality(v, n, n, sample), sample)
      #expect(l == l.sorted(), "\(sample)")
    }
  }

  /// What is positive definite by more than rounding is factored; what is only semidefinite is factored or refused.
  @Test(arguments: [DType.f64, .f32]) func rootsRebuildEveryDefiniteMatrix(_ dtype: DType) throws {
    let rebuilt = LargestRatio("cholesky, L Lᵀ = A, \(dtype)")
    try each(dtype, isSquare: true) { given in
      let isDefinite = given.number % 2 == 0 && given.size > 0, shift = dtype == .f32 ? 1e-3 : 1e-10
      let sample = given.gram(shift: isDefinite ? shift : 0), n = sample.n
      let root = try LinearAlgebra.cholesky(sample.tensor).doubles()
      if root.contains(where: \.isNaN) {
        #expect(!isDefinite && root.allSatisfy { $0.isNaN }, "\(sample)")
      } else {
        rebuilt.take(error(Ratios.product(root, root, n, n, n, tb: true), sample), sample)
      }
    }
  }

  /// ‖A X − B‖ / ((‖A‖ ‖X‖ + ‖B‖) n ε): X solves a system within rounding of the given one.
  @Test(arguments: [DType.f64, .f32]) func solutionsSolveEverySystem(_ dtype: DType) throws {
    let backward = LargestRatio("solve, A X = B, \(dtype)")
    try each(dtype, isSquare: true) { sample in
      let n = sample.n
      var dice = Dice(UInt64(sample.number + 7))
      let b = (0..<n * 2).map { _ in Double(Float(MatrixSample.normal(&dice))) }
      let x = try LinearAlgebra.solve(sample.tensor, Tensor(b, shape: [n, 2], dtype: dtype)).doubles()
      if x.contains(where: \.isNaN) {
        #expect(x.allSatisfy { $0.isNaN }, "\(sample)")
        let isSolvable = [.gaussian, .gradedColumns, .gradedRows, .clustered, .single].contains(sample.kind)
        #expect(!isSolvable || dtype == .f32, "\(sample) is refused")
        return
      }
      let isSingular = n > 1 && [.zeroRows, .equalColumns, .nilpotent].contains(sample.kind)
      #expect(!isSingular, "\(sample) is not refused")
      let scaled = x.map { $0 * sample.scale }, rows = Double(n) * sample.size
      let size = rows * scaled.reduce(0) { max($0, abs($1)) } + b.reduce(0) { max($0, abs($1)) }
      let error = Ratios.ratio(Ratios.product(sample.values, scaled, n, 2, n), b, n, scale: max(size, 1e-300))
      backward.take(error * 0x1p-52 / sample.epsilon, sample)
    }
  }

  /// ‖A P A − A‖ / (‖A‖² ‖P‖ n ε) and the same with A and P exchanged.
  @Test(arguments: [DType.f64, .f32]) func pseudoInversesFulfilPenrosesEquations(_ dtype: DType) throws {
    let penrose = LargestRatio("pinv, A P A = A and P A P = P, \(dtype)")
    try each(dtype) { sample in
      let (m, n) = (sample.m, sample.n), a = sample.values
      let p = try LinearAlgebra.pseudoInverse(sample.tensor).doubles().map { $0 * sample.scale }
      let (left, right) = (sample.size, p.reduce(0) { max($0, abs($1)) })
      if left == 0 {
        #expect(p.allSatisfy { $0 == 0 }, "\(sample)")
        return
      }
      let large = max(left * right, 1) * Double(max(m, n)) * sample.epsilon / 0x1p-52
      let ap = Ratios.product(a, p, m, m, n), pa = Ratios.product(p, a, n, n, m)
      penrose.take(Ratios.ratio(Ratios.product(ap, a, m, n, m), a, m + n, scale: left * large), sample)
      penrose.take(Ratios.ratio(Ratios.product(pa, p, n, m, n), p, m + n, scale: right * large), sample)
    }
  }

  /// Three of 40,000 ordinary matrices of this side, whose dots never came below half of their rounding error.
  @Test(arguments: [8675, 11011, 31767] as [UInt64])
  func turningEndsWhereOnlyRoundingIsLeft(_ seed: UInt64) throws {
    var dice = Dice(seed)
    let a = (0..<64).map { _ in MatrixSample.normal(&dice) }
    #expect(try LinearAlgebra.singularValues(Tensor(a, shape: [8, 8])).s.isFinite)
  }
}
