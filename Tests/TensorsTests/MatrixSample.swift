import Foundation
import Tensors
import Testing

/// A matrix of the battery, by number: its kind, its size and its elements follow from it.
struct MatrixSample: CustomStringConvertible {
  enum Kind: CaseIterable {
    case gaussian, gradedColumns, gradedRows, rankDeficient, clustered, zeroRows, equalColumns, smallWholes, single
    case nilpotent, triangular
  }
  let number: Int
  let kind: Kind
  let m: Int
  let n: Int
  /// Elements before they are multiplied by `scale`.
  var values: [Double]
  /// A power of 2.
  let scale: Double
  let dtype: DType

  var description: String { "matrix \(number): \(kind), \(m) × \(n), \(dtype)" }
  /// Distance from 1 to the next number of its type.
  var epsilon: Double { dtype == .f32 ? 0x1p-23 : 0x1p-52 }
  var tensor: Tensor { Tensor(values.map { $0 * scale }, shape: [m, n], dtype: dtype) }
  /// The largest magnitude of an element, before it is scaled.
  var size: Double { values.reduce(0) { max($0, abs($1)) } }
  var frobenius: Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  init(_ number: Int, _ dtype: DType, isSquare: Bool = false) {
    var dice = Dice(UInt64(number + 1))
    (self.number, self.dtype) = (number, dtype)
    kind = Kind.allCases[number % Kind.allCases.count]
    let most = number % 7 == 0 ? 65 : 11
    m = dice.below(most)
    n = isSquare || number % 3 == 0 ? m : dice.below(most)
    values = Self.values(kind, m, n, &dice)
    let isWide = dtype == .f64
    scale = isWide && number % 11 == 5 ? 0x1p-520 : isWide && number % 13 == 7 ? 0x1p1010 : 1
    if dtype == .f32 { values = values.map { Double(Float($0)) } }
  }

  private static func values(_ kind: Kind, _ m: Int, _ n: Int, _ dice: inout Dice) -> [Double] {
    func made(_ value: (Int, Int) -> Double) -> [Double] { (0..<m * n).map { value($0 / n, $0 % n) } }
    let normal = (0..<m * n).map { _ in Self.normal(&dice) }
    switch kind {
    case .gaussian: return normal
    case .gradedColumns: return made { normal[$0 * n + $1] * pow(10, -12 * Double($1) / Double(max(n - 1, 1))) }
    case .gradedRows: return made { normal[$0 * n + $1] * pow(10, -12 * Double($0) / Double(max(m - 1, 1))) }
    case .rankDeficient:
      let rank = dice.below(max(min(m, n), 1))
      return made { i, j in (0..<rank).reduce(0) { $0 + normal[i * n + $1] * normal[$1 * n + j] } }
    case .clustered: return made { ($0 == $1 ? 1 : 0) + 1e-9 * normal[$0 * n + $1] }
    case .zeroRows:
      let row = dice.below(max(m, 1)), column = dice.below(max(n, 1))
      return made { $0 == row || $1 == column ? 0 : normal[$0 * n + $1] }
    case .equalColumns: return made { i, j in normal[i * n + j / 2] }
    case .smallWholes: return normal.map { ($0 * 2).rounded() }
    case .single: return normal.map { Double(Float($0)) }
    case .nilpotent: return made { $1 == $0 + 1 ? 1 : 0 }
    case .triangular: return made { $0 <= $1 ? normal[$0 * n + $1] : 0 }
    }
  }

  static func normal(_ dice: inout Dice) -> Double {
    (-2 * log(dice.uniform(0, 1) + 0x1p-60)).squareRoot() * cos(dice.uniform(-.pi, .pi))
  }

  /// The same size and scale with other elements.
  func with(_ values: [Double]) -> MatrixSample {
    var result = self
    result.values = dtype == .f32 ? values.map { Double(Float($0)) } : values
    return result
  }

  /// Its symmetric part (A + Aᵀ)/2.
  var symmetrised: MatrixSample { with((0..<n * n).map { 0.5 * values[$0] + 0.5 * values[$0 % n * n + $0 / n] }) }

  /// A Aᵀ with a multiple of its largest element added to the diagonal.
  func gram(shift: Double) -> MatrixSample {
    let product = FactorisationTests.product(values, values, m, m, n, tb: true)
    let size = product.reduce(0, max)
    return with((0..<m * m).map { product[$0] + ($0 / m == $0 % m ? shift * size : 0) })
  }
}

/// The largest ratio that a battery met, and where; printed where the number of matrices is chosen by hand.
final class LargestRatio {
  let what: String
  private var ratio = 0.0
  private var sample = "none"

  init(_ what: String) { self.what = what }

  /// Takes a ratio, which must be at most 10.
  func take(_ ratio: Double, _ sample: MatrixSample) {
    #expect(ratio <= 10, "\(what), \(sample)")
    if !(ratio > self.ratio) { return }
    (self.ratio, self.sample) = (ratio, "\(sample)")
  }

  deinit {
    if ProcessInfo.processInfo.environment["DESCENT_MATRICES"] == nil { return }
    print("largest ratio of \(what): \((ratio * 100).rounded() / 100), \(sample)")
  }
}
