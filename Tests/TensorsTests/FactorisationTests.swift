import CKernels
import Tensors
import Testing

/// Residuals in the manner of LAPACK's own tests: ‖error‖ / (‖A‖ n ε), at most 10 (theirs allow 30).
@Suite(.serialized) struct FactorisationTests {
  static let sizes = [0, 1, 2, 3, 5, 10, 33, 50]

  /// Matrices that stress a factorisation in different ways.
  enum Kind: CaseIterable, Sendable {
    case uniform, identity, zero, graded, lowRank, large, tiny, diagonal
  }

  static func matrix(_ kind: Kind, _ m: Int, _ n: Int) -> [Double] {
    var dice = Dice(UInt64(m * 100 + n))
    let a = dice.uniforms(m * n)
    func made(_ value: (Int, Int) -> Double) -> [Double] { (0..<m * n).map { value($0 / n, $0 % n) } }
    switch kind {
    case .uniform: return a
    case .identity: return made { $0 == $1 ? 1 : 0 }
    case .zero: return made { _, _ in 0 }
    case .graded: return made { a[$0 * n + $1] * Double(sign: .plus, exponent: -$0 - $1, significand: 1) }
    case .lowRank: return made { a[$0 * n] * a[$1] + ($0 == 0 && $1 == 0 ? 1 : 0) }
    case .large: return a.map { $0 * 0x1p300 }
    case .tiny: return a.map { $0 * 0x1p-300 }
    case .diagonal: return made { $0 == $1 ? Double($0 % 3) : 0 }
    }
  }

  static func product(_ a: [Double], _ b: [Double], _ m: Int, _ n: Int, _ k: Int, tb: Bool = false) -> [Double] {
    var c = [Double](repeating: 0, count: m * n)
    ck_gemm_own_f64(0, tb ? 1 : 0, m, n, k, 1, a, k, b, tb ? k : n, 0, &c, n)
    return c
  }

  /// Largest difference over the largest element and n ε.
  static func ratio(_ got: [Double], _ expected: [Double], _ n: Int, scale: Double? = nil) -> Double {
    let size = scale ?? expected.reduce(0) { max($0, abs($1)) }
    let error = zip(got, expected).reduce(0.0) { max($0, ($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1)) }
    return error == 0 ? 0 : error / (size * Double(max(n, 1)) * Double.ulpOfOne)
  }

  static func orthogonality(_ q: [Double], _ m: Int, _ k: Int) -> Double {
    let columns = (0..<k * m).map { q[$0 % m * k + $0 / m] }
    return ratio(
      product(columns, columns, k, k, m, tb: true), (0..<k * k).map { $0 / k == $0 % k ? 1 : 0 }, m, scale: 1)
  }

  /// Runs with the library, if it is there, and without.
  private func bothWays(_ body: (String) throws -> Void) rethrows {
    try body("as installed")
    ck_blas_allow(0)
    defer { ck_blas_allow(1) }
    try body("without library")
  }

  @Test(arguments: Kind.allCases)
  func qrIsOrthogonalTimesTriangularWithPositiveDiagonal(_ kind: Kind) throws {
    try bothWays { how in
      for n in Self.sizes {
        for m in Set([n, n + 3, max(0, n - 2)]).sorted() {
          let a = Self.matrix(kind, m, n), k = min(m, n)
          let (q, r) = try LinearAlgebra.qr(Tensor(a, shape: [m, n]))
          #expect(
            Self.ratio(Self.product(q.doubles(), r.doubles(), m, n, k), a, max(m, n)) <= 10, "\(kind) \(m) \(n) \(how)")
          #expect(Self.orthogonality(q.doubles(), m, k) <= 10, "\(kind) \(m) \(n) \(how)")
          for i in 0..<k {
            #expect(r.double(at: i * n + i) >= 0)
            for j in 0..<i { #expect(r.double(at: i * n + j) == 0) }
          }
        }
      }
    }
  }

  @Test(arguments: Kind.allCases)
  func singularValuesDescendAndRebuildTheMatrix(_ kind: Kind) throws {
    try bothWays { how in
      for n in Self.sizes {
        for m in Set([n, n + 3, max(0, n - 2)]).sorted() {
          let a = Self.matrix(kind, m, n), k = min(m, n)
          let (u, s, vt) = try LinearAlgebra.singularValues(Tensor(a, shape: [m, n]))
          let values = s.doubles(), left = u.doubles(), right = vt.doubles()
          let scaled = (0..<m * k).map { left[$0] * values[$0 % max(k, 1)] }
          let what = "\(kind) \(m) \(n) \(how)"
          #expect(Self.ratio(Self.product(scaled, right, m, n, k), a, max(m, n)) <= 10, "\(what)")
          #expect(Self.orthogonality(left, m, k) <= 10, "\(what)")
          #expect(
            Self.orthogonality((0..<n * k).map { right[$0 % max(k, 1) * n + $0 / max(k, 1)] }, n, k) <= 10, "\(what)")
          #expect(values == values.sorted(by: >) && values.allSatisfy { $0 >= 0 }, "\(what)")
          Self.expectFixedSigns(left, m, k)
        }
      }
    }
  }

  @Test(arguments: Kind.allCases)
  func eigenvectorsDiagonaliseSymmetricMatrices(_ kind: Kind) throws {
    try bothWays { how in
      for n in Self.sizes {
        let half = Self.matrix(kind, n, n)
        let a = (0..<n * n).map { 0.5 * half[$0] + 0.5 * half[$0 % n * n + $0 / n] }
        let (values, vectors) = try LinearAlgebra.symmetricEigen(Tensor(half, shape: [n, n]))
        let l = values.doubles(), v = vectors.doubles(), scaled = (0..<n * n).map { v[$0] * l[$0 % n] }
        #expect(Self.ratio(Self.product(scaled, v, n, n, n, tb: true), a, n) <= 10, "\(kind) \(n) \(how)")
        #expect(Self.orthogonality(v, n, n) <= 10, "\(kind) \(n) \(how)")
        #expect(l == l.sorted(), "\(kind) \(n) \(how)")
        Self.expectFixedSigns(v, n, n)
      }
    }
  }

  private static func expectFixedSigns(_ columns: [Double], _ m: Int, _ k: Int) {
    for j in 0..<k {
      let column = (0..<m).map { columns[$0 * k + j] }
      guard let largest = column.map({ abs($0) }).max() else { continue }
      #expect((column.first { abs($0) == largest } ?? 0) > 0)
    }
  }

  @Test(arguments: [Kind.uniform, .identity, .large, .tiny])
  func systemsAreSolvedAndDefiniteMatricesFactored(_ kind: Kind) throws {
    try bothWays { how in
      for n in Self.sizes {
        let base = Self.matrix(kind, n, n), size = base.reduce(0) { max($0, abs($1)) }
        let a = (0..<n * n).map { base[$0] + ($0 / n == $0 % n ? 2 * size * Double(n) : 0) }
        let b = Self.matrix(.uniform, n, 3)
        let x = try LinearAlgebra.solve(Tensor(a, shape: [n, n]), Tensor(b, shape: [n, 3])).doubles()
        #expect(Self.ratio(Self.product(a, x, n, 3, n), b, n) <= 10, "\(kind) \(n) \(how)")
        let symmetric = (0..<n * n).map { 0.5 * a[$0] + 0.5 * a[$0 % n * n + $0 / n] }
        let l = try LinearAlgebra.cholesky(Tensor(a, shape: [n, n])).doubles()
        #expect(Self.ratio(Self.product(l, l, n, n, n, tb: true), symmetric, n) <= 10, "\(kind) \(n) \(how)")
        for i in 0..<n { for j in (i + 1)..<max(n, i + 1) { #expect(l[i * n + j] == 0) } }
      }
    }
  }

  @Test func whatDoesNotExistIsNaN() throws {
    try bothWays { (_: String) throws in
      for n in [2, 40] {
        let zero = Tensor([Double](repeating: 0, count: n * n), shape: [n, n])
        #expect(try LinearAlgebra.cholesky(zero).doubles().allSatisfy { $0.isNaN })
        #expect(try LinearAlgebra.solve(zero, zero).doubles().allSatisfy { $0.isNaN })
        let bad = Tensor([Double](repeating: .nan, count: n * n), shape: [n, n])
        #expect(try LinearAlgebra.cholesky(bad).doubles().allSatisfy { $0.isNaN })
        #expect(try LinearAlgebra.symmetricEigen(bad).values.doubles().allSatisfy { $0.isNaN })
        #expect(try LinearAlgebra.singularValues(bad).s.doubles().allSatisfy { $0.isNaN })
      }
    }
  }

  @Test func trianglesAreSolvedInAllFourWays() {
    let n = 7,
      t = Self.matrix(.uniform, n, n).enumerated().map { $0.offset / n == $0.offset % n ? 3 + $0.element : $0.element }
    let b = Self.matrix(.uniform, n, 2)
    for lower in [false, true] {
      for transposed in [false, true] {
        let triangle = (0..<n * n).map { (lower ? $0 % n <= $0 / n : $0 % n >= $0 / n) ? t[$0] : 0 }
        let turned = transposed ? (0..<n * n).map { triangle[$0 % n * n + $0 / n] } : triangle
        var x = b
        ck_triangular_solve(lower ? 1 : 0, transposed ? 1 : 0, n, 2, t, b, &x)
        #expect(Self.ratio(Self.product(turned, x, n, 2, n), b, n) <= 10, "lower \(lower) transposed \(transposed)")
      }
    }
  }

  @Test func batchesAndSinglePrecisionKeepShapeAndType() throws {
    let a = Tensor([4, 1, 1, 3, 2, 0, 0, 5], shape: [2, 2, 2], dtype: .f32)
    let (values, vectors) = try LinearAlgebra.symmetricEigen(a)
    #expect(values.shape == [2, 2] && vectors.shape == [2, 2, 2] && values.dtype == .f32)
    #expect(abs(values.double(at: 2) - 2) < 1e-6 && abs(values.double(at: 3) - 5) < 1e-6)
    let x = try LinearAlgebra.solve(a, Tensor([1, 2, 3, 4], shape: [2, 2, 1], dtype: .f32))
    #expect(x.shape == [2, 2, 1] && abs(x.double(at: 3) - 0.8) < 1e-6)
  }
}
