/// Times of steps, which are products with whole numbers and never sums.
package enum StepTime {
  /// Decimal places that are tried before dt is taken as the binary number that it is.
  private static let placesMax = 15

  /// The time k·dt at which step k ends, rounded once.
  ///
  /// dt is taken as what was written: 1/n where n is whole, else as a decimal fraction of up to 15 places, so that the
  /// third step of 0.1 ends at 0.3. Another dt is the binary number that it is.
  package static func time(ofStep step: Double, dt: Double) -> Double {
    let inverse = (1 / dt).rounded()
    if inverse >= 1, inverse < 0x1p53, 1 / inverse == dt { return step / inverse }
    var scale = 1.0
    for _ in 0..<placesMax {
      let digits = (dt * scale).rounded()
      if digits < 0x1p53, digits / scale == dt, (step * digits).magnitude < 0x1p53 { return step * digits / scale }
      scale *= 10
    }
    return step * dt
  }
}

extension Series {
  /// Its positions as numbers of steps.
  package var steps: [Double] {
    guard axis == .time, let timeStep else { return positions }
    return positions.map { position in
      // Times of whole steps are rounded; events lie between them.
      let count = position / timeStep, whole = count.rounded()
      return abs(count - whole) <= 8 * whole.ulp ? whole : count
    }
  }

  /// A series that counts in steps, as a run records it, as it is shown: along the time where its axis is that.
  package func shown(timeStep: Double?) -> Series {
    guard self.timeStep == nil, let timeStep else { return self }
    var result = self
    result.timeStep = timeStep
    if axis == .time { result.positions = positions.map { StepTime.time(ofStep: $0, dt: timeStep) } }
    result.companions = companions.map { $0.shown(timeStep: timeStep) }
    return result
  }

  /// Along the numbers of steps, where it is along their times; others as they are.
  package var alongSteps: Series {
    guard axis == .time, timeStep != nil else { return self }
    var result = self
    (result.axis, result.positions) = (.step, steps)
    result.companions = companions.map(\.alongSteps)
    return result
  }

  /// Along the times of steps; others, and those of steps without a time, as they are.
  package var alongTime: Series {
    guard axis == .step, let timeStep else { return self }
    var result = self
    (result.axis, result.positions) = (.time, positions.map { StepTime.time(ofStep: $0, dt: timeStep) })
    result.companions = companions.map(\.alongTime)
    return result
  }
}
