import Glibc

/// An explicit Runge–Kutta method of order 5 with an embedded one of order 4 that chooses the step.
///
///     y' = f(y)
///
/// A step h is accepted where the root mean square of error / (absolute + relative · |y|) is at most 1; the next step
/// follows from the last two errors. Values between steps come from an interpolant of order 4, so the places at which
/// values are wanted do not shorten the steps.
///
/// Edge cases: where the step would fall below 1e-14 of the time the solution is said to have no finite continuation.
/// Reference: J. R. Dormand, P. J. Prince, Journal of Computational and Applied Mathematics 6 (1980), 19–26; E. Hairer,
///   S. P. Nørsett, G. Wanner, "Solving Ordinary Differential Equations I", 1993, sections II.4 (step control, with
///   exponents 0.7/5 and 0.4/5) and II.6 (dense output).
/// Differs in: nothing.
package struct DormandPrince {
  /// How an integration ended.
  package enum Outcome: Sendable, Hashable {
    case reached
    /// The solution left the finite numbers behind this time.
    case blewUp(time: Double)
    case interrupted(time: Double)
  }

  /// Right side of the equation.
  package typealias Field = ([Double]) throws -> [Double]

  package let relativeTolerance: Double
  package let absoluteTolerance: Double
  /// Evaluations of the right side so far.
  package private(set) var evaluationCount = 0

  package init(relativeTolerance: Double, absoluteTolerance: Double) {
    self.relativeTolerance = relativeTolerance
    self.absoluteTolerance = absoluteTolerance
  }

  /// Integrates from time 0 and hands over the solution at each of the increasing `times`.
  ///
  /// - Parameter onValue: the number of a time and the solution there; false stops the integration.
  package mutating func integrate(
    from start: [Double], times: [Double], _ field: Field, onValue: (Int, [Double]) throws -> Bool
  ) throws -> Outcome {
    var next = 0
    while next < times.count, times[next] <= 0 {
      guard try onValue(next, start) else { return .interrupted(time: 0) }
      next += 1
    }
    guard let end = times.last, next < times.count else { return .reached }
    var time = 0.0
    var y = start
    var slope = try evaluate(field, y)
    var step = min(end, try firstStep(y, slope, field, end: end))
    var lastError = 1e-4
    while next < times.count {
      guard step > 1e-14 * max(time, end * 1e-6), step.isFinite else { return .blewUp(time: time) }
      let trial = try stages(y, slope, step: step, field)
      let error = norm(trial.error, y, trial.end)
      guard error <= 1 else {
        step *= error.isFinite ? max(0.2, 0.9 * pow(error, -0.2)) : 0.1
        continue
      }
      while next < times.count, times[next] <= time + step {
        let value = times[next] == time + step ? trial.end : trial.value((times[next] - time) / step)
        guard try onValue(next, value) else { return .interrupted(time: times[next]) }
        next += 1
      }
      time += step
      y = trial.end
      slope = trial.endSlope
      let bounded = max(error, 1e-10)
      step *= min(5, max(0.2, 0.9 * pow(bounded, -0.7 / 5) * pow(lastError, 0.4 / 5)))
      lastError = max(bounded, 1e-4)
    }
    return .reached
  }

  private mutating func evaluate(_ field: Field, _ y: [Double]) throws -> [Double] {
    evaluationCount += 1
    return try field(y)
  }

  /// A first step from the sizes of the solution and its derivatives.
  private mutating func firstStep(_ y: [Double], _ slope: [Double], _ field: Field, end: Double) throws -> Double {
    let size = norm(y, y, y)
    let speed = norm(slope, y, y)
    guard speed > 0 else { return end }
    let guess = size > 1e-5 ? 0.01 * size / speed : 1e-6
    let ahead = try evaluate(field, combination(y, guess, [(1, slope)]))
    let change = norm(zip(ahead, slope).map { $0 - $1 }, y, y) / guess
    let curved = pow(0.01 / max(speed, change), 0.2)
    return min(100 * guess, curved)
  }

  /// Root mean square of a vector in units of the tolerance.
  private func norm(_ v: [Double], _ before: [Double], _ after: [Double]) -> Double {
    var sum = 0.0
    for i in v.indices {
      let unit = absoluteTolerance + relativeTolerance * max(before[i].magnitude, after[i].magnitude)
      sum += (v[i] / unit) * (v[i] / unit)
    }
    return (sum / Double(max(1, v.count))).squareRoot()
  }
}

/// One trial step: its end, the error of order 4, and what the interpolant needs.
private struct Trial {
  var start: [Double]
  var end: [Double]
  var endSlope: [Double]
  var error: [Double]
  /// Hairer's coefficients of the dense output, without the first, which is `start`.
  var dense: [[Double]]

  /// The solution at a share of the step.
  func value(_ share: Double) -> [Double] {
    let rest = 1 - share
    return start.indices.map { i in
      let inner = dense[2][i] + rest * dense[3][i]
      let middle = dense[1][i] + share * inner
      return start[i] + share * (dense[0][i] + rest * middle)
    }
  }
}

/// y + h Σ a_j k_j.
private func combination(_ y: [Double], _ step: Double, _ terms: [(Double, [Double])]) -> [Double] {
  var result = y
  for (coefficient, slope) in terms {
    let factor = step * coefficient
    for i in result.indices { result[i] += factor * slope[i] }
  }
  return result
}

extension DormandPrince {
  /// The six further stages of a step of size `step` from y with slope k1.
  fileprivate mutating func stages(_ y: [Double], _ k1: [Double], step h: Double, _ field: Field) throws -> Trial {
    let k2 = try evaluate(field, combination(y, h, [(1 / 5, k1)]))
    let k3 = try evaluate(field, combination(y, h, [(3 / 40, k1), (9 / 40, k2)]))
    let k4 = try evaluate(field, combination(y, h, [(44 / 45, k1), (-56 / 15, k2), (32 / 9, k3)]))
    let k5 = try evaluate(
      field, combination(y, h, [(19372 / 6561, k1), (-25360 / 2187, k2), (64448 / 6561, k3), (-212 / 729, k4)]))
    let k6 = try evaluate(
      field,
      combination(
        y, h,
        [(9017 / 3168, k1), (-355 / 33, k2), (46732 / 5247, k3), (49 / 176, k4), (-5103 / 18656, k5)]))
    let end = combination(
      y, h, [(35 / 384, k1), (500 / 1113, k3), (125 / 192, k4), (-2187 / 6784, k5), (11 / 84, k6)])
    let k7 = try evaluate(field, end)
    let zero = [Double](repeating: 0, count: y.count)
    let error = combination(
      zero, h,
      [
        (71 / 57600, k1), (-71 / 16695, k3), (71 / 1920, k4), (-17253 / 339200, k5), (22 / 525, k6), (-1 / 40, k7),
      ])
    let fourth = combination(
      zero, h,
      [
        (-12_715_105_075 / 11_282_082_432, k1), (87_487_479_700 / 32_700_410_799, k3),
        (-10_690_763_975 / 1_880_347_072, k4), (701_980_252_875 / 199_316_789_632, k5),
        (-1_453_857_185 / 822_651_844, k6), (69_997_945 / 29_380_423, k7),
      ])
    let change = zip(end, y).map { $0 - $1 }
    let bend = y.indices.map { h * k1[$0] - change[$0] }
    let twist = y.indices.map { change[$0] - h * k7[$0] - bend[$0] }
    return Trial(start: y, end: end, endSlope: k7, error: error, dense: [change, bend, twist, fourth])
  }
}
