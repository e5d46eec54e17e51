/// Arithmetic on independent estimates by first-order propagation of errors:
///
///     error² = Σ (∂f/∂xᵢ)² errorᵢ²       allowance = Σ |∂f/∂xᵢ| allowanceᵢ
/// (shortages alike; trends keep their signs)
///
/// with Welch–Satterthwaite degrees of freedom, ν = error⁴ / Σ (contributionᵢ⁴ / νᵢ). What comes from the same run is
/// not independent: combine it before aggregating over runs.
///
/// - Reference: B. L. Welch, "The generalization of 'Student's' problem …", Biometrika 34 (1947).
extension Estimate {
  package static func + (left: Estimate, right: Estimate) -> Estimate {
    combined(left.value + right.value, [(left, 1), (right, 1)])
  }

  package static func - (left: Estimate, right: Estimate) -> Estimate {
    combined(left.value - right.value, [(left, 1), (right, -1)])
  }

  package static func * (left: Estimate, right: Estimate) -> Estimate {
    combined(left.value * right.value, [(left, right.value), (right, left.value)])
  }

  package static func / (left: Estimate, right: Estimate) -> Estimate {
    let quotient = left.value / right.value
    return combined(quotient, [(left, 1 / right.value), (right, -quotient / right.value)])
  }

  package static func * (left: Double, right: Estimate) -> Estimate { right.mapped(left * right.value, slope: left) }

  /// The estimate of f(x), given its value f(`self.value`) and derivative there.
  package func mapped(_ value: Double, slope: Double) -> Estimate { Self.combined(value, [(self, slope)]) }

  private static func combined(_ value: Double, _ parts: [(estimate: Estimate, slope: Double)]) -> Estimate {
    var result = Estimate(value, source: parts[0].estimate.source)
    var variance = 0.0
    var weighted = 0.0
    var hasError = false
    for (estimate, slope) in parts {
      // What an estimate does not enter cannot weaken the result, however little is known of it.
      if slope != 0 {
        result.allowance += estimate.allowance * slope.magnitude
        result.shortage += estimate.shortage * slope.magnitude
        if let own = estimate.trend?.scaled(by: slope) { result.trend = result.trend?.adding(own) ?? own }
      }
      for remark in estimate.remarks where !result.remarks.contains(remark) { result.remarks.append(remark) }
      guard let error = estimate.error else { continue }
      hasError = true
      let contribution = error * error * slope * slope
      variance += contribution
      weighted += contribution * contribution / estimate.degreesOfFreedom
    }
    // A constant has no source of its own worth naming: the first part with a spread speaks.
    if let speaking = parts.first(where: { !$0.estimate.isExact }) {
      result.source = speaking.estimate.source
      result.runs = parts.filter { !$0.estimate.isExact }.map(\.estimate.runs).min() ?? 1
    }
    guard hasError else { return result }
    result.error = variance.squareRoot()
    result.degreesOfFreedom = weighted > 0 ? variance * variance / weighted : .infinity
    return result
  }
}
