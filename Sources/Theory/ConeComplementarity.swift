import Tensors

/// The symmetric matrix X with X ⪰ 0, B[X] − A ⪰ 0 and ⟨X, B[X] − A⟩ = 0.
///
/// B[X]ᵢⱼ = Σₖₗ ⟨Vᵢⱼ, Vₖₗ⟩ Xₖₗ is symmetric and positive semi-definite, so X is where ½⟨X, B[X]⟩ − ⟨A, X⟩ is smallest on
/// the cone: accelerated projected gradient steps, started anew whenever the objective rises.
///
/// Reference: Y. Nesterov, Soviet Mathematics Doklady 27 (1983); B. O'Donoghue, E. Candès, Foundations of Computational
///   Mathematics 15 (2015), 715–732 (restarts).
struct ConeComplementarity {
  /// Rows of A and X.
  let size: Int
  /// A, symmetric, by rows.
  let right: [Double]
  /// ⟨Vᵢⱼ, Vₖₗ⟩ [size², size²], by rows.
  let gram: [Double]

  private static let iterationsMax = 5000
  /// Change of X, relative to its size, at which the iteration ends.
  private static let tolerance = 1e-12

  func solution() throws(MemoryError) -> [Double] {
    if size == 1 { return [gram[0] > 0 ? max(0, right[0] / gram[0]) : 0] }
    let largest = norm(gram)
    guard largest > 0 else { return [Double](repeating: 0, count: size * size) }
    let step = 1 / largest
    var x = [Double](repeating: 0, count: size * size)
    var ahead = x
    var weight = 1.0
    for _ in 0..<Self.iterationsMax {
      let slope = residual(ahead)
      let next = try projected(zip(ahead, slope).map { $0 - step * $1 })
      let change = zip(next, x).map { $0 - $1 }
      // Against the way the step went: the momentum is spent.
      let isRising = zip(slope, change).reduce(0) { $0 + $1.0 * $1.1 } > 0
      let nextWeight = isRising ? 1 : (1 + (1 + 4 * weight * weight).squareRoot()) / 2
      let momentum = isRising ? 0 : (weight - 1) / nextWeight
      ahead = zip(next, change).map { $0 + momentum * $1 }
      x = next
      weight = nextWeight
      if norm(change) <= Self.tolerance * norm(x) { break }
    }
    return x
  }

  /// B[X] − A.
  func residual(_ x: [Double]) -> [Double] {
    let count = size * size
    return (0..<count).map { row in
      var sum = -right[row]
      for column in 0..<count { sum += gram[row * count + column] * x[column] }
      return sum
    }
  }

  /// The nearest positive semi-definite matrix.
  private func projected(_ x: [Double]) throws(MemoryError) -> [Double] {
    let (values, vectors) = try LinearAlgebra.symmetricEigen(Tensor(x, shape: [size, size]))
    let (eigenvalues, basis) = (values.doubles(), vectors.doubles())
    var result = [Double](repeating: 0, count: size * size)
    for k in 0..<size where eigenvalues[k] > 0 {
      for i in 0..<size {
        for j in 0..<size { result[i * size + j] += eigenvalues[k] * basis[i * size + k] * basis[j * size + k] }
      }
    }
    return result
  }

  private func norm(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
