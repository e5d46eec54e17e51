import CKernels
import Foundation
import Tensors
import Testing

/// Eigenvalues of matrices without symmetry, and determinants with their slopes, over the matrices of the battery.
@Suite(.serialized) struct SpectrumBatteryTests {
  private static let count = FactorisationBatteryTests.count
  private typealias Ratios = FactorisationTests

  /// The smallest singular value of A − λ, also for a complex λ: how far A is from a matrix that has λ.
  private func distance(_ a: [Double], _ n: Int, _ re: Double, _ im: Double) throws -> Double {
    let size = im == 0 ? n : 2 * n
    var whole = [Double](repeating: 0, count: size * size)
    for i in 0..<n {
      for j in 0..<n {
        let element = a[i * n + j] - (i == j ? re : 0)
        whole[i * size + j] = element
        if im != 0 { whole[(i + n) * size + j + n] = element }
      }
      if im != 0 { (whole[i * size + i + n], whole[(i + n) * size + i]) = (im, -im) }
    }
    return try LinearAlgebra.singularValues(Tensor(whole, shape: [size, size])).s.doubles().last ?? 0
  }

  @Test(arguments: [DType.f64, .f32]) func everyEigenvalueIsOneOfAMatrixNearby(_ dtype: DType) throws {
    let near = LargestRatio("eigvals, σ_min(A − λ), \(dtype)"), traces = LargestRatio("eigvals, trace, \(dtype)")
    for number in 0..<Self.count {
      let sample = MatrixSample(number, dtype, isSquare: true), n = sample.n, unit = sample.frobenius * sample.epsilon
      let pairs = try LinearAlgebra.eigenvalues(sample.tensor).doubles().map { $0 / sample.scale }
      let (re, im) = ((0..<n).map { pairs[2 * $0] }, (0..<n).map { pairs[2 * $0 + 1] })
      expectOrder(re, im, sample)
      if unit == 0 { continue }
      let trace = (0..<n).reduce(0) { $0 + re[$1] - sample.values[$1 * n + $1] }
      traces.take(trace.magnitude / (unit * Double(n)), sample)
      var dice = Dice(UInt64(number + 3))
      for _ in 0..<(n > 12 ? 1 : 3) {
        let i = dice.below(n)
        near.take(try distance(sample.values, n, re[i], im[i]) / (unit * Double(n)), sample)
      }
    }
  }

  /// By growing real, then imaginary part; conjugates are exact and stand together.
  private func expectOrder(_ re: [Double], _ im: [Double], _ sample: MatrixSample) {
    for i in re.indices.dropFirst() {
      #expect(re[i - 1] < re[i] || (re[i - 1] == re[i] && im[i - 1] <= im[i]), "\(sample)")
    }
    let above = re.indices.filter { im[$0] > 0 }.map { [re[$0], im[$0]] }
    let below = re.indices.filter { im[$0] < 0 }.map { [re[$0], -im[$0]] }
    let order = { (a: [Double], b: [Double]) in (a[0], a[1]) < (b[0], b[1]) }
    #expect(above.sorted(by: order) == below.sorted(by: order), "\(sample)")
    #expect((re + im).allSatisfy { $0.isFinite }, "\(sample)")
  }

  @Test(arguments: [DType.f64, .f32]) func symmetricMatricesHaveTheirRealEigenvalues(_ dtype: DType) throws {
    let apart = LargestRatio("eigvals, those of eigvalsh, \(dtype)")
    for number in 0..<Self.count / 4 {
      let sample = MatrixSample(number, dtype, isSquare: true).symmetrised, n = sample.n
      let pairs = try LinearAlgebra.eigenvalues(sample.tensor).doubles().map { $0 / sample.scale }
      let values = try LinearAlgebra.symmetricEigen(sample.tensor).values.doubles().map { $0 / sample.scale }
      let difference = (0..<n).reduce(0) { max($0, hypot(pairs[2 * $1] - values[$1], pairs[2 * $1 + 1])) }
      if sample.size > 0 { apart.take(difference / (sample.frobenius * Double(n) * sample.epsilon), sample) }
    }
  }

  /// Against products of singular values σ: errors are at most those of changes of A by rounding, which move the determinant
  /// by ε σ₁ Σᵢ ∏ of the others, and A Cᵀ by ε σ₁² ∏ of all σ but the smallest two; σ below n ε σ₁ are rounding.
  @Test func determinantsAndCofactorsBelongToAMatrixNearby() throws {
    let products = LargestRatio("det, ∏ σ"), slopes = LargestRatio("cofactors, A Cᵀ = det A")
    for number in 0..<Self.count {
      let sample = MatrixSample(number, .f64, isSquare: true), n = sample.n
      if n == 0 || sample.size == 0 { continue }
      let s = try LinearAlgebra.singularValues(Tensor(sample.values, shape: [n, n])).s.doubles(), unit = s[0]
      let rounding = 0x1p-52 * Double(n)
      let a = sample.values.map { $0 / unit }, sizes = s.map { max($0 / unit, rounding) }
      var room = [Double](repeating: 0, count: 2 * n * n + 5 * n + 2), cofactors = [Double](repeating: 0, count: n * n)
      let det = ck_determinant(n, a, &room)
      let without = (0..<n).map { i in (0..<n).reduce(1.0) { $1 == i ? $0 : $0 * sizes[$1] } }
      let product = sizes.reduce(1, *)
      products.take((abs(det) - product).magnitude / max(rounding * without.reduce(0, +), 1e-300), sample)
      ck_cofactors(n, a, &cofactors, &room)
      var rest = Ratios.product(a, cofactors, n, n, n, tb: true)
      for i in 0..<n { rest[i * n + i] -= det }
      let largest = rest.reduce(0) { max($0, abs($1)) }, others = sizes.dropLast(2).reduce(1, *)
      slopes.take(largest / max(rounding * Double(n) * others, 1e-300), sample)
    }
  }

  @Test func determinantsOverflowOnlyAtTheEnd() {
    var room = [Double](repeating: 0, count: 20)
    let a = (0..<16).map { $0 % 5 == 0 ? ($0 < 8 ? 1e200 : 1e-200) : 0.0 }
    #expect(abs(ck_determinant(4, a, &room) - 1) < 1e-15)
    #expect(ck_determinant(0, [], &room) == 1)
  }

  /// The Hager–Higham estimate is below the condition, and within a factor of 10 of it.
  @Test func conditionsAreEstimated() {
    for number in 0..<Self.count / 4 {
      let sample = MatrixSample(number, .f64, isSquare: true), n = sample.n
      if ![.gaussian, .clustered, .single].contains(sample.kind) || n == 0 { continue }
      var inverse = [Double](repeating: 0, count: n * n), reciprocal = 0.0
      let eye = (0..<n * n).map { $0 / n == $0 % n ? 1.0 : 0 }
      #expect(ck_solve(n, n, 0, sample.values, eye, &inverse, &reciprocal) == 0)
      func norm(_ a: [Double]) -> Double {
        (0..<n).map { j in (0..<n).reduce(0) { $0 + abs(a[$1 * n + j]) } }.max() ?? 0
      }
      // Rows and columns are scaled first, by less than the factors that their sizes differ by.
      let condition = norm(sample.values) * norm(inverse)
      #expect(reciprocal * condition > 0.02 && reciprocal * condition < 200 * Double(n), "\(sample)")
    }
  }
}
