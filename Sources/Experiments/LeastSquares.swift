import Glibc

/// What a model says at some parameters: a value for each point, and its derivative by each parameter.
package struct ModelValues: Sendable {
  package var values: [Double]
  /// One row for each point.
  package var slopes: [[Double]]

  package init(values: [Double], slopes: [[Double]]) {
    self.values = values
    self.slopes = slopes
  }
}

/// Nonlinear least squares within bounds.
///
/// The parameters θ that make Σ wᵢ (yᵢ − f(xᵢ; θ))² least, by the method of Levenberg and Marquardt: steps
/// (A + λ diag A) δ = Jᵀ W (y − f) with A = Jᵀ W J, λ smaller after a step that helps and larger after one that does not.
/// A parameter at a bound beyond which it would go stays there.
///
/// - Reference: D. W. Marquardt, "An algorithm for least-squares estimation of nonlinear parameters", 1963.
package struct LeastSquares: Sendable {
  package var targets: [Double]
  package var weights: [Double]
  /// One for each parameter.
  package var bounds: [Interval]

  package init(targets: [Double], weights: [Double], bounds: [Interval]) {
    self.targets = targets
    self.weights = weights
    self.bounds = bounds
  }

  /// Where the search has ended.
  package struct Solution: Sendable {
    package var parameters: [Double]
    /// Σ w (y − f)².
    package var cost: Double
    /// Whether nothing near it is better.
    package var isSettled: Bool
    var matrix: [[Double]]
    /// Σ w y².
    var size: Double

    /// Whether the model meets every point, up to rounding.
    var isMet: Bool { cost <= 1e-26 * size }

    /// The covariance of the parameters with residuals of unit weight and variance 1: the inverse of JᵀWJ; nil where it has
    /// none.
    package var covariance: [[Double]]? { PositiveMatrix(matrix)?.inverse }
  }

  private static let stepsMax = 500

  /// The least sum that is found from a start; nil where the model is not finite there.
  package func solution<E: Error>(
    from start: [Double], _ model: ([Double]) throws(E) -> ModelValues
  ) throws(E) -> Solution? {
    var place = clipped(start)
    var here = try model(place)
    var cost = self.cost(here)
    guard cost.isFinite else { return nil }
    var damping = 1e-3
    for _ in 0..<Self.stepsMax {
      let (matrix, pull) = normalEquations(here)
      let free = place.indices.filter { !isHeld(place[$0], pull[$0], bounds[$0]) }
      func ended(_ isSettled: Bool) -> Solution {
        Solution(parameters: place, cost: cost, isSettled: isSettled, matrix: matrix, size: size)
      }
      guard matrix.joined().allSatisfy(\.isFinite) else { return ended(false) }
      if isStill(free, matrix, pull, cost) { return ended(true) }
      var accepted = false
      while !accepted, damping < 1e16 {
        if let step = Self.step(free, matrix, pull, damping) {
          let next = clipped(zip(place, step).map { $0 + $1 })
          let there = try model(next)
          let better = self.cost(there)
          if better < cost {
            (place, here, cost, accepted) = (next, there, better, true)
            damping = max(damping / 10, 1e-12)
            continue
          }
        }
        damping *= 4
      }
      // Rounding hides what is left to be won.
      guard accepted else { return ended(isStill(free, matrix, pull, cost, within: 1e-3)) }
    }
    return Solution(parameters: place, cost: cost, isSettled: false, matrix: normalEquations(here).matrix, size: size)
  }

  private var size: Double {
    Statistics.sum(targets.indices.map { weights[$0] * targets[$0] * targets[$0] })
  }

  private func clipped(_ place: [Double]) -> [Double] {
    zip(place, bounds).map { min(max($0, $1.low), $1.high) }
  }

  /// Whether a parameter stands at a bound and would go beyond it.
  private func isHeld(_ value: Double, _ pull: Double, _ bound: Interval) -> Bool {
    value <= bound.low && pull <= 0 || value >= bound.high && pull >= 0
  }

  private func cost(_ model: ModelValues) -> Double {
    Statistics.sum(
      targets.indices.map { index in
        let residual = targets[index] - model.values[index]
        return weights[index] * residual * residual
      })
  }

  /// JᵀWJ and JᵀW(y − f).
  private func normalEquations(_ model: ModelValues) -> (matrix: [[Double]], pull: [Double]) {
    let count = bounds.count
    let matrix = (0..<count).map { row in
      (0..<count).map { column in
        Statistics.sum(targets.indices.map { weights[$0] * model.slopes[$0][row] * model.slopes[$0][column] })
      }
    }
    let pull = (0..<count).map { row in
      Statistics.sum(
        targets.indices.map { weights[$0] * model.slopes[$0][row] * (targets[$0] - model.values[$0]) })
    }
    return (matrix, pull)
  }

  /// Whether the residuals have next to nothing in common with what a parameter could change.
  private func isStill(
    _ free: [Int], _ matrix: [[Double]], _ pull: [Double], _ cost: Double, within share: Double = 1e-12
  ) -> Bool {
    if cost <= 1e-28 * size { return true }
    return free.allSatisfy { pull[$0].magnitude <= share * (matrix[$0][$0] * cost).squareRoot() }
  }

  private static func step(_ free: [Int], _ matrix: [[Double]], _ pull: [Double], _ damping: Double) -> [Double]? {
    let part = free.map { row in
      free.map { column in
        matrix[row][column] * (row == column ? 1 + damping : 1) + (row == column ? Double.leastNormalMagnitude : 0)
      }
    }
    guard let solved = PositiveMatrix(part)?.solved(free.map { pull[$0] }) else { return nil }
    var result = [Double](repeating: 0, count: pull.count)
    for (place, value) in zip(free, solved) { result[place] = value }
    return result.allSatisfy(\.isFinite) ? result : nil
  }
}

/// A small symmetric positive matrix by its factor L, A = L Lᵀ.
package struct PositiveMatrix: Sendable {
  /// L, row by row.
  package private(set) var factor: [[Double]]

  /// nil where it is not positive.
  package init?(_ matrix: [[Double]]) {
    factor = matrix
    for row in matrix.indices {
      for column in 0...row {
        var sum = matrix[row][column]
        for inner in 0..<column { sum -= factor[row][inner] * factor[column][inner] }
        if row == column {
          guard sum > 1e-14 * matrix[row][row], sum.isFinite else { return nil }
          factor[row][row] = sum.squareRoot()
        } else {
          factor[row][column] = sum / factor[column][column]
          factor[column][row] = 0
        }
      }
    }
  }

  /// A⁻¹ b.
  package func solved(_ right: [Double]) -> [Double] {
    var result = right
    for row in factor.indices {
      for column in 0..<row { result[row] -= factor[row][column] * result[column] }
      result[row] /= factor[row][row]
    }
    for row in factor.indices.reversed() {
      for column in factor.indices where column > row { result[row] -= factor[column][row] * result[column] }
      result[row] /= factor[row][row]
    }
    return result
  }

  package var inverse: [[Double]] {
    factor.indices.map { index in solved(factor.indices.map { $0 == index ? 1 : 0 }) }
  }
}
