import Tensors
import Values

/// Points and probabilities that give the expectation of every polynomial of degree below 2 · count exactly.
///
/// The points are the eigenvalues of the symmetric tridiagonal matrix of the law's orthogonal polynomials, and the
/// probabilities the squares of the first components of its eigenvectors.
///
/// Reference: G. Golub and J. Welsch, "Calculation of Gauss quadrature rules", Mathematics of Computation 23 (1969),
///   221–230, doi:10.1090/S0025-5718-69-99647-1.
struct GaussRule {
  var points: [Double]
  var weights: [Double]

  /// The rule of a standard law: N(0, 1), uniform on [0, 1), ±1, exponential with mean 1.
  ///
  /// - Parameter count: points, 1 or more; ±1 always has its two.
  init(_ law: DistributionValue.Kind, count: Int) throws(MemoryError) {
    let diagonal: (Int) -> Double
    let beside: (Int) -> Double
    switch law {
    case .rademacher:
      (points, weights) = ([-1, 1], [0.5, 0.5])
      return
    case .normal: (diagonal, beside) = ({ _ in 0 }, { Double($0).squareRoot() })
    // Places are no numbers to integrate over, and nobody asks.
    case .uniform, .subset:
      diagonal = { _ in 0.5 }
      beside = { 0.5 * Double($0) / Double(4 * $0 * $0 - 1).squareRoot() }
    case .exponential: (diagonal, beside) = ({ Double(2 * $0 + 1) }, { Double($0) })
    }
    var matrix = [Double](repeating: 0, count: count * count)
    for row in 0..<count {
      matrix[row * count + row] = diagonal(row)
      guard row > 0 else { continue }
      matrix[row * count + row - 1] = beside(row)
      matrix[(row - 1) * count + row] = beside(row)
    }
    let (values, vectors) = try LinearAlgebra.symmetricEigen(Tensor(matrix, shape: [count, count]))
    points = values.doubles()
    let first = vectors.doubles().prefix(count)
    weights = first.map { $0 * $0 }
  }
}
