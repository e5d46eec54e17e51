import CKernels
import Foundation
import Tensors
import Testing

/// Random matrices of every kind that is met: finite numbers give finite ones, which rebuild the matrix.
///
/// Ratios are those of `FactorisationTests`: ‖error‖ / (‖A‖ n ε), at most 10.
/// 2,000 matrices; `DESCENT_MATRICES` sets another number (`scripts/factorisations` tries 100,000).
@Suite(.serialized) struct FactorisationBatteryTests {
  static let count = ProcessInfo.processInfo.environment["DESCENT_MATRICES"].flatMap(Int.init) ?? 2000
  private typealias Ratios = FactorisationTests

  /// A matrix of the battery, by number: its kind, its size and its elements follow from it.
  struct Sample: CustomStringConvertible {
    enum Kind: CaseIterable {
      case gaussian, gradedColumns, gradedRows, rankDeficient, clustered, zeroRows, equalColumns, smallWholes, single
    }
    let number: Int
    let kind: Kind
    let m: Int
    let n: Int
    var values: [Double]

    var description: String { "matrix \(number): \(kind), \(m) × \(n)" }

    init(_ number: Int) {
      var dice = Dice(UInt64(number + 1))
      self.number = number
      kind = Kind.allCases[number % Kind.allCases.count]
      let most = number % 7 == 0 ? 65 : 11
      m = dice.below(most)
      n = number % 3 == 0 ? m : dice.below(most)
      let (m, n) = (m, n)
      func made(_ value: (Int, Int) -> Double) -> [Double] { (0..<m * n).map { value($0 / n, $0 % n) } }
      let normal = (0..<m * n).map { _ in Self.normal(&dice) }
      switch kind {
      case .gaussian: values = normal
      case .gradedColumns: values = made { normal[$0 * n + $1] * pow(10, -12 * Double($1) / Double(max(n - 1, 1))) }
      case .gradedRows: values = made { normal[$0 * n + $1] * pow(10, -12 * Double($0) / Double(max(m - 1, 1))) }
      case .rankDeficient:
        let rank = dice.below(max(min(m, n), 1))
        values = made { i, j in (0..<rank).reduce(0) { $0 + normal[i * n + $1] * normal[$1 * n + j] } }
      case .clustered: values = made { ($0 == $1 ? 1 : 0) + 1e-9 * normal[$0 * n + $1] }
      case .zeroRows:
        let row = dice.below(max(m, 1)), column = dice.below(max(n, 1))
        values = made { $0 == row || $1 == column ? 0 : normal[$0 * n + $1] }
      case .equalColumns: values = made { i, j in normal[i * n + j / 2] }
      case .smallWholes: values = normal.map { ($0 * 2).rounded() }
      case .single: values = normal.map { Double(Float($0)) }
      }
      if number % 11 == 5 { values = values.map { $0 * 0x1p-520 } }
      if number % 13 == 7 { values = values.map { $0 * 0x1p1010 } }
    }

    static func normal(_ dice: inout Dice) -> Double {
      (-2 * log(dice.uniform(0, 1) + 0x1p-60)).squareRoot() * cos(dice.uniform(-.pi, .pi))
    }
  }

  @Test func singularValuesRebuildEveryMatrix() throws {
    for number in 0..<Self.count {
      let sample = Sample(number), (m, n) = (sample.m, sample.n), k = min(m, n)
      let (u, s, vt) = try LinearAlgebra.singularValues(Tensor(sample.values, shape: [m, n]))
      let left = u.doubles(), values = s.doubles(), right = vt.doubles()
      let scaled = (0..<m * k).map { left[$0] * values[$0 % max(k, 1)] }
      #expect(
        Ratios.ratio(Ratios.product(scaled, right, m, n, k), sample.values, max(m, n)) <= 10, "\(sample)")
      #expect(Ratios.orthogonality(left, m, k) <= 10, "\(sample)")
      let rows = (0..<n * k).map { right[$0 % max(k, 1) * n + $0 / max(k, 1)] }
      #expect(Ratios.orthogonality(rows, n, k) <= 10, "\(sample)")
      #expect(values == values.sorted(by: >) && values.allSatisfy { $0 >= 0 }, "\(sample)")
    }
  }

  /// Three of 40,000 ordinary matrices of this side, whose dots never came below half of their rounding error.
  @Test(arguments: [8675, 11011, 31767] as [UInt64])
  func turningEndsWhereOnlyRoundingIsLeft(_ seed: UInt64) throws {
    var dice = Dice(seed)
    let a = (0..<64).map { _ in Sample.normal(&dice) }
    #expect(try LinearAlgebra.singularValues(Tensor(a, shape: [8, 8])).s.isFinite)
  }
}
