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
  /// E H, and the sum of the magnitudes it is made of.
  let mean: [Double]
  let meanSize: [Double]
  /// E[Hᵢₐ Hⱼᵦ] of a batch at [(i, a), (j, b)].
  let moment: [Double]
  /// A size of the curvature.
  let scale: Double

  /// Relative precision of the edge.
  private static let precision = 1e-13

  private var ownPrecision: Double { dimension > 1 ? Self.precision : 0 }
  private var growth: Double { dimension > 1 ? 2 : 1.25 }

  /// The largest step size up to which E|z|² dies out.
  func stepSize() throws(MemoryError) -> Double {
    try StabilityEdge.edge(from: 1e-3 / scale, growth: growth, precision: ownPrecision) { (value) throws(MemoryError) in
      try isStable(stepSize: value, factor: 1)
    }
  }

  /// The largest factor on the curvature up to which E|z|² dies out, at the optimizer's own step size.
  func factor() throws(MemoryError) -> Double {
    try StabilityEdge.edge(from: 1e-3 / scale, growth: growth, precision: ownPrecision) { (value) throws(MemoryError) in
      try isStable(stepSize: 0, factor: value)
    }
  }

  /// Whether rounding moves the edge by more than it may.
  func isBlurred(_ edge: Double, isStepSize: Bool) throws(MemoryError) -> Bool {
    try StabilityEdge.isBlurred(edge) { (value, noise) throws(MemoryError) in
      try isStable(stepSize: isStepSize ? value : 0, factor: isStepSize ? 1 : value, noise: noise)
    }
  }

  /// - Parameter noise: by how much of themselves the numbers of the step may be off.
  private func isStable(stepSize: Double, factor: Double, noise: Double = 0) throws(MemoryError) -> Bool {
    let still = step.matrix([0], stepSize: stepSize)
    let response = step.response(stepSize: stepSize, still).map { $0 * factor }
    let size = step.stateCount * dimension
    return try SecondMoment.diesOut(size: size, system: system(still, response, size, noise))
  }

  /// I − M on the upper triangles of symmetric matrices; entry (p, i) of the state is number p · dimension + i.
  ///
  /// What does not depend on the curvature is taken from I first: for an iterate that stays, 1 − 1 is exactly 0, and what
  /// is left of a small step keeps its digits.
  private func system(_ still: [Double], _ response: [Double], _ size: Int, _ noise: Double) -> [Double] {
    let pairs = size * (size + 1) / 2
    var system = [Double](repeating: 0, count: pairs * pairs)
    var row = 0
    for left in 0..<size {
      for right in left..<size {
        var column = 0
        for first in 0..<size {
          for second in first..<size {
            var (fixed, moving) = coefficient(still, response, left, right, first, second, noise)
            if first != second {
              let other = coefficient(still, response, left, right, second, first, noise)
              (fixed, moving) = (fixed + other.fixed, moving + other.moving)
            }
            let blur = noise * (fixed == 1 && row == column ? 0 : fixed.magnitude)
            system[row * pairs + column] = ((row == column ? 1 : 0) - fixed) - moving * (1 + noise) - blur
            column += 1
          }
        }
        row += 1
      }
    }
    return system
  }

  /// E[T_{left,first} T_{right,second}]: what the curvature has no part in, and the rest.
  private func coefficient(
    _ still: [Double], _ response: [Double], _ left: Int, _ right: Int, _ first: Int, _ second: Int, _ noise: Double
  ) -> (fixed: Double, moving: Double) {
    let (d, m) = (dimension, step.stateCount)
    let (i, a) = (left % d, first % d)
    let (j, b) = (right % d, second % d)
    let one = left / d * m + first / d
    let other = right / d * m + second / d
    var sum = response[one] * response[other] * moment[(i * d + a) * d * d + j * d + b]
    if i == a { sum += still[one] * response[other] * (mean[j * d + b] + noise * meanSize[j * d + b]) }
    if j == b { sum += response[one] * (mean[i * d + a] + noise * meanSize[i * d + a]) * still[other] }
    return (i == a && j == b ? still[one] * still[other] : 0, sum)
  }
}

extension LinearStep {
  /// What a curvature of 1 adds to the step in one dimension, `still` being that of none: C in A + C h.
  ///
  /// It is taken at a curvature that moves the step by about 1, so that a small step size leaves its digits.
  fileprivate func response(stepSize: Double, _ still: [Double]) -> [Double] {
    var curvature = 1.0
    for _ in 0..<64 {
      let moved = matrix([curvature], stepSize: stepSize)
      let change = zip(moved, still).map { $0 - $1 }
      let largest = change.map(\.magnitude).max() ?? 0
      // Powers of 2 are exact.
      if largest >= 0.25 || curvature > 0x1p900 || largest.isNaN { return change.map { $0 / curvature } }
      curvature *= largest > 0x1p-20 ? 0x1p-1 / largest.binade : 0x1p20
    }
    return [Double](repeating: 0, count: still.count)
  }

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
