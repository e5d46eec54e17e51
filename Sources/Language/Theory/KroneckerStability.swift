import Tensors

/// The edge of stability in many dimensions, for an update rule that treats all coordinates alike.
///
///     T(H) = A ⊗ I + C ⊗ H
///
/// A and C belong to one coordinate, and of H only E H and E[H ⊗ H] matter: the work for a step size does not depend on
/// the number of samples.
struct KroneckerEdge {
  /// The step in one dimension.
  let step: LinearStep
  let dimension: Int
  /// E H.
  let mean: [Double]
  /// E[Hᵢₐ Hⱼᵦ] of a batch at [(i, a), (j, b)].
  let moment: [Double]
  /// A size of the curvature.
  let scale: Double

  /// Relative precision of the edge.
  private static let precision = 1e-13

  /// The largest step size up to which E|z|² dies out.
  func stepSize() throws(MemoryError) -> Double {
    try StabilityEdge.edge(from: 1e-3 / scale, growth: 2, precision: Self.precision) { (value) throws(MemoryError) in
      try isStable(stepSize: value, factor: 1)
    }
  }

  /// The largest factor on the curvature up to which E|z|² dies out, at the optimizer's own step size.
  func factor() throws(MemoryError) -> Double {
    try StabilityEdge.edge(from: 1e-3 / scale, growth: 2, precision: Self.precision) { (value) throws(MemoryError) in
      try isStable(stepSize: 0, factor: value)
    }
  }

  private func isStable(stepSize: Double, factor: Double) throws(MemoryError) -> Bool {
    let still = step.matrix([0], stepSize: stepSize)
    let moved = step.matrix([1], stepSize: stepSize)
    let response = zip(moved, still).map { ($0 - $1) * factor }
    let size = step.stateCount * dimension
    return try SecondMoment.diesOut(size: size, system: system(still, response, size))
  }

  /// I − M on the upper triangles of symmetric matrices; entry (p, i) of the state is number p · dimension + i.
  private func system(_ still: [Double], _ response: [Double], _ size: Int) -> [Double] {
    let pairs = size * (size + 1) / 2
    var system = [Double](repeating: 0, count: pairs * pairs)
    var row = 0
    for left in 0..<size {
      for right in left..<size {
        var column = 0
        for first in 0..<size {
          for second in first..<size {
            var entry = coefficient(still, response, left, right, first, second)
            if first != second { entry += coefficient(still, response, left, right, second, first) }
            system[row * pairs + column] = (row == column ? 1 : 0) - entry
            column += 1
          }
        }
        row += 1
      }
    }
    return system
  }

  /// E[T_{left,first} T_{right,second}].
  private func coefficient(
    _ still: [Double], _ response: [Double], _ left: Int, _ right: Int, _ first: Int, _ second: Int
  ) -> Double {
    let (d, m) = (dimension, step.stateCount)
    let (i, a) = (left % d, first % d)
    let (j, b) = (right % d, second % d)
    let one = left / d * m + first / d
    let other = right / d * m + second / d
    var sum = response[one] * response[other] * moment[(i * d + a) * d * d + j * d + b]
    if i == a { sum += still[one] * response[other] * mean[j * d + b] }
    if j == b { sum += response[one] * mean[i * d + a] * still[other] }
    if i == a, j == b { sum += still[one] * still[other] }
    return sum
  }
}

extension LinearStep {
  /// Whether the step is A ⊗ I + C ⊗ H with the A and C of the same rule in one dimension.
  func isAlike(_ scalar: LinearStep) -> Bool {
    let m = scalar.stateCount
    guard stateCount == m * dimension else { return false }
    let curvature = probeCurvature(1)
    let whole = matrix(curvature, stepSize: 0.1)
    let still = scalar.matrix([0], stepSize: 0.1)
    let moved = scalar.matrix([1], stepSize: 0.1)
    for row in 0..<stateCount {
      for column in 0..<stateCount {
        let place = row / dimension * m + column / dimension
        let (i, j) = (row % dimension, column % dimension)
        let expected = (i == j ? still[place] : 0) + (moved[place] - still[place]) * curvature[i * dimension + j]
        let found = whole[row * stateCount + column]
        if !((found - expected).magnitude <= 1e-12 * (1 + expected.magnitude)) { return false }
      }
    }
    return true
  }
}
