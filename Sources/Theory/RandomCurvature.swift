import Tensors

/// A random matrix of second derivatives: finitely many values with probabilities, averaged over a batch.
///
///     H_B = (1/b) Σ_{i ∈ B} H_i,   P(H_i = matrices[k]) = weights[k],   Cov H_B = share · Cov H_i
///
/// `share` is 1/b for independent samples, (n − b)/(b (n − 1)) for n equal ones without replacement.
struct RandomCurvature {
  /// Entries of x.
  var dimension: Int
  /// Symmetric [dimension, dimension] matrices, by rows.
  var matrices: [[Double]]
  /// Probabilities; their sum is 1.
  var weights: [Double]
  /// Covariance of one step's curvature as a multiple of that of one sample.
  var share = 1.0

  /// Mean and mean square of a number that is given by them: its two values have them only up to rounding.
  private var given: (mean: Double, square: Double)?

  /// A number h with a variance, as two values that have these moments: h ± √variance.
  init(mean: Double, variance: Double) {
    dimension = 1
    given = (mean, mean * mean + variance)
    let spread = variance.squareRoot()
    matrices = variance > 0 ? [[mean - spread], [mean + spread]] : [[mean]]
    weights = variance > 0 ? [0.5, 0.5] : [1]
  }

  init(dimension: Int, matrices: [[Double]], weights: [Double]) {
    self.dimension = dimension
    self.matrices = matrices
    self.weights = weights
  }

  /// E h² of a number.
  var square: Double { given?.square ?? meanSquare[0] }

  /// Whether every value is a diagonal matrix.
  var isDiagonal: Bool {
    matrices.allSatisfy { matrix in
      matrix.indices.allSatisfy { matrix[$0] == 0 || $0 % (dimension + 1) == 0 }
    }
  }

  /// E H.
  var mean: [Double] {
    if let given { return [given.mean] }
    var result = [Double](repeating: 0, count: dimension * dimension)
    for (matrix, weight) in zip(matrices, weights) {
      for i in result.indices { result[i] += weight * matrix[i] }
    }
    return result
  }

  /// E |H|, entry by entry: roundings of E H are a share of it.
  var meanSize: [Double] {
    if let given { return [given.mean.magnitude] }
    var result = [Double](repeating: 0, count: dimension * dimension)
    for (matrix, weight) in zip(matrices, weights) {
      for i in result.indices { result[i] += weight * matrix[i].magnitude }
    }
    return result
  }

  /// E H².
  private var meanSquare: [Double] {
    let n = dimension
    var result = [Double](repeating: 0, count: n * n)
    for (matrix, weight) in zip(matrices, weights) {
      for i in 0..<n {
        for j in 0..<n {
          let entry = weight * matrix[i * n + j]
          guard entry != 0 else { continue }
          for k in 0..<n { result[i * n + k] += entry * matrix[j * n + k] }
        }
      }
    }
    return result
  }

  /// √pₖ Hₖ as rows [samples, dimension²], of which the Gram matrix is E[H ⊗ H].
  var weightedRows: Tensor {
    var rows: [Double] = []
    rows.reserveCapacity(matrices.count * dimension * dimension)
    for (matrix, weight) in zip(matrices, weights) {
      let root = weight.squareRoot()
      for entry in matrix { rows.append(root * entry) }
    }
    return Tensor(rows, shape: [matrices.count, dimension * dimension])
  }

  /// The curvature of a batch whose samples draw something anew: the values are `draws` ones for each sample, in turn.
  ///
  /// Only its mean and E[H ⊗ H] matter. They are those of H̄ + √(2 between) (H̄ᵢ − H̄) or H̄ + √(2 (within + whole pᵢ)) (Hᵢₖ −
  /// H̄ᵢ), each with probability ½.
  ///
  /// - Parameter isDrawn: whether the values of a sample are independent draws, of which the mean is not exact.
  func ofBatch(_ shares: NoiseShares, draws: Int, isDrawn: Bool) -> RandomCurvature {
    let centre = mean
    let bias = isDrawn ? 1 / Double(draws) : 0
    let hasBetween = shares.between > 0 && matrices.count > draws
    let kinds = hasBetween ? 2.0 : 1.0
    var parts: [(matrix: [Double], weight: Double)] = []
    for first in stride(from: 0, to: matrices.count, by: draws) {
      let own = first..<(first + draws)
      let share = own.map { weights[$0] }.reduce(0, +)
      guard share > 0 else { continue }
      var average = [Double](repeating: 0, count: centre.count)
      for index in own {
        for entry in centre.indices { average[entry] += weights[index] / share * matrices[index][entry] }
      }
      if hasBetween {
        let scale = (kinds * shares.between).squareRoot()
        parts.append((zip(centre, average).map { $0 + scale * ($1 - $0) }, share / kinds))
      }
      let inside = (shares.within + shares.whole * share - (hasBetween ? shares.between : 0) * bias) / (1 - bias)
      let scale = (kinds * max(0, inside)).squareRoot()
      for index in own {
        let matrix = centre.indices.map { centre[$0] + scale * (matrices[index][$0] - average[$0]) }
        parts.append((matrix, weights[index] / kinds))
      }
    }
    return RandomCurvature(dimension: dimension, matrices: parts.map(\.matrix), weights: parts.map(\.weight))
  }

  /// Whether every step has the same curvature.
  var isFixed: Bool { matrices.count == 1 || share == 0 }

  func scaled(by factor: Double) -> RandomCurvature {
    var result = self
    result.matrices = matrices.map { $0.map { $0 * factor } }
    result.given = given.map { ($0.mean * factor, $0.square * factor * factor) }
    return result
  }

  /// The eigenvalues of a fixed curvature, each on its own.
  func modes() throws(MemoryError) -> [Double] {
    guard dimension > 1 else { return mean }
    return try LinearAlgebra.symmetricEigen(Tensor(mean, shape: [dimension, dimension])).values.doubles()
  }

  /// The same curvature on the directions in which E H² does not vanish, in coordinates along its eigenvectors.
  ///
  /// In the others no H does anything. An update rule that treats all coordinates alike does not see the change of
  /// coordinates.
  func restricted() throws(MemoryError) -> RandomCurvature {
    guard dimension > 1 else { return self }
    let (values, vectors) = try LinearAlgebra.symmetricEigen(Tensor(meanSquare, shape: [dimension, dimension]))
    let eigenvalues = values.doubles()
    let basis = vectors.doubles()
    let limit = 1e-14 * (eigenvalues.map(\.magnitude).max() ?? 0)
    let kept = eigenvalues.indices.filter { eigenvalues[$0].magnitude > limit }
    let n = dimension
    let turned = matrices.map { matrix in
      var image = [Double](repeating: 0, count: n * kept.count)
      for row in 0..<n {
        for (column, vector) in kept.enumerated() {
          var sum = 0.0
          for j in 0..<n { sum += matrix[row * n + j] * basis[j * n + vector] }
          image[row * kept.count + column] = sum
        }
      }
      var result = [Double](repeating: 0, count: kept.count * kept.count)
      for (row, vector) in kept.enumerated() {
        for column in kept.indices {
          var sum = 0.0
          for j in 0..<n { sum += basis[j * n + vector] * image[j * kept.count + column] }
          result[row * kept.count + column] = sum
        }
      }
      return result
    }
    var result = RandomCurvature(dimension: kept.count, matrices: turned, weights: weights)
    result.share = share
    return result
  }
}
