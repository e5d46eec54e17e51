import CKernels
import Tensors
import Testing

/// Polar factors in single precision, by products alone and by singular values.
@Suite(.serialized) struct PolarFactorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var m: Int
    var n: Int
    /// The singular values, as a function of their place in 0 ..< 1.
    var spectrum: Spectrum
    var testDescription: String { "\(m) × \(n), \(spectrum)" }
  }

  enum Spectrum: CaseIterable {
    case alike, decades3, decades4, half, tiny

    func value(_ share: Double) -> Double {
      switch self {
      case .alike: 1 + share / 1000
      case .decades3: Self.power(share, 3)
      case .decades4: Self.power(share, 4)
      case .half: share < 0.5 ? 1 : 0
      case .tiny: 1e-30 * (1 - share / 2)
      }
    }

    /// 10^(−decades · share), by steps of a thousandth of a decade.
    private static func power(_ share: Double, _ decades: Double) -> Double {
      var result = 1.0
      for _ in 0..<Int(1000 * decades * share) { result *= 0.997700063822553 }
      return result
    }
  }

  static let cases = [(64, 64), (100, 80), (70, 150), (40, 60), (256, 256)].flatMap { m, n in
    Spectrum.allCases.map { Case(m: m, n: n, spectrum: $0) }
  }

  /// A matrix with the singular values of a case, rounded to single precision, and its polar factor by singular values.
  private static func sample(_ test: Case) throws -> (a: [Float], factor: [Double]) {
    let (m, n, k) = (test.m, test.n, min(test.m, test.n))
    var dice = Dice(UInt64(m * 1000 + n))
    let parts = try LinearAlgebra.singularValues(Tensor(dice.uniforms(m * n), shape: [m, n]))
    let u = parts.u.doubles(), vt = parts.vt.doubles()
    var a = [Double](repeating: 0, count: m * n)
    product(u, (0..<k).map { test.spectrum.value(Double($0) / Double(k)) }, vt, &a, m, n)
    let single = a.map { Float($0) }
    let own = try LinearAlgebra.singularValues(Tensor(single.map { Double($0) }, shape: [m, n]))
    let s = own.s.doubles(), cut = 0x1p-23 * Double(max(m, n)) * s[0]
    var factor = a
    product(own.u.doubles(), s.map { $0 > cut ? 1 : 0 }, own.vt.doubles(), &factor, m, n)
    return (single, factor)
  }

  /// U diag(s) Vᵀ.
  private static func product(_ u: [Double], _ s: [Double], _ vt: [Double], _ out: inout [Double], _ m: Int, _ n: Int) {
    let k = s.count, scaled = u.indices.map { u[$0] * s[$0 % k] }
    ck_gemm_f64(0, 0, m, n, k, 1, scaled, k, vt, n, 0, &out, n)
  }

  private static func factor(_ a: [Float], _ m: Int, _ n: Int) -> [Float] {
    var p = [Float](repeating: 7, count: m * n)
    _ = ck_polar_f32(m, n, a, &p)
    return p
  }

  /// A − P H for H = (Pᵀ A + Aᵀ P)/2, and 1 − Pᵀ P where no singular value is 0, in units of rounding.
  @Test(arguments: cases) func residuesAreRounding(_ test: Case) throws {
    let (m, n) = (test.m, test.n), (a, expected) = try Self.sample(test)
    let p = Self.factor(a, m, n).map { Double($0) }, real = a.map { Double($0) }
    var h = [Double](repeating: 0, count: n * n), gram = h, back = real
    ck_gemm_f64(1, 0, n, n, m, 1, p, n, real, n, 0, &h, n)
    for i in 0..<n {
      for j in 0...i {
        (h[i * n + j], h[j * n + i]) = ((h[i * n + j] + h[j * n + i]) / 2, (h[i * n + j] + h[j * n + i]) / 2)
      }
    }
    ck_gemm_f64(0, 0, m, n, n, -1, p, n, h, n, 1, &back, n)
    let size = norm(real), unit = 0x1p-23 * Double(min(m, n))
    #expect(norm(back) <= 10 * unit * size, "\(norm(back) / unit / size)")
    // Pᵀ P is the projection on what the factor's rows are of.
    ck_gemm_f64(1, 0, n, n, m, 1, p, n, p, n, 0, &gram, n)
    var projection = gram
    ck_gemm_f64(1, 0, n, n, m, 1, expected, n, expected, n, 0, &projection, n)
    let apart = norm(zip(gram, projection).map { $0 - $1 })
    #expect(m < n || apart <= 10 * unit, "\(apart / unit)")
    // As far from the factor as one rounding of A moves it.
    let least = test.spectrum == .decades4 ? 1e-4 : test.spectrum == .decades3 ? 1e-3 : 0.5
    #expect(norm(zip(p, expected).map { $0 - $1 }) <= 10 * unit / least)
  }

  private func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  @Test(arguments: [Case(m: 600, n: 500, spectrum: .decades3), Case(m: 256, n: 256, spectrum: .half)])
  func bitsDoNotGoByThreads(_ test: Case) throws {
    let a = try Self.sample(test).a
    defer { ck_set_threads(1) }
    let all = (1...3).map { threads in
      ck_set_threads(Int32(threads))
      return Self.factor(a, test.m, test.n).map(\.bitPattern)
    }
    #expect(all[0] == all[1] && all[0] == all[2])
  }

  @Test func whatHasNoFactor() {
    #expect(Self.factor([Float](repeating: 0, count: 80 * 70), 80, 70).allSatisfy { $0 == 0 })
    var a = [Float](repeating: 1, count: 80 * 70)
    a[7] = .nan
    #expect(Self.factor(a, 80, 70).allSatisfy { $0.isNaN })
    a[7] = .infinity
    #expect(Self.factor(a, 80, 70).allSatisfy { $0.isNaN })
  }
}
