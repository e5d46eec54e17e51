/// How far an estimate moves over the window that it was taken from, and whether that is more than chance.
package struct Trend: Sendable, Hashable {
  /// Windows like the one at hand for which a movement is taken to go on, in what a claim must still hold for.
  package static let horizon = 10.0

  /// What a straight line through the values gains over one window.
  package var change: Double
  /// Standard error of `change`; nil where the window is too short to give one.
  package var error: Double?
  /// What moves: how far it gets in `horizon` more windows, and how often chance alone would move so much.
  fileprivate var drifts: [Drift] = []

  fileprivate struct Drift: Hashable {
    var far: Double
    var chance: Double
  }

  /// - Parameter chance: how often a series that does not move changes as much; below 1 it counts as far as a level asks.
  package init(change: Double, error: Double? = nil, chance: Double = 1) {
    self.change = change
    self.error = error
    if chance < Judgement.standardRisk { drifts = [Drift(far: Self.horizon * change, chance: chance)] }
  }

  /// Whether it moves by more than chance explains, at a level of 95% or more.
  package func isMoving(level: Double = 0.95) -> Bool { drifts.contains { $0.counts(level) && $0.far != 0 } }

  /// How far below and above the value it may be after `horizon` more windows; both 0 where it does not move.
  ///
  /// Where m judgements are made together each has the level 1 − 5%/m, and the tests of whether the m series move have it
  /// too: of many plateaus that are none the worse some move by chance.
  package func reach(level: Double = 0.95) -> Interval {
    var result = Interval(low: 0, high: 0)
    for drift in drifts where drift.counts(level) {
      result.low += min(0, drift.far)
      result.high += max(0, drift.far)
    }
    return result
  }

  /// The trend of `slope` times the quantity.
  func scaled(by slope: Double) -> Trend {
    var result = self
    result.change = change * slope
    result.error = error.map { $0 * slope.magnitude }
    for place in drifts.indices {
      let far = drifts[place].far * slope
      result.drifts[place].far = far.isNaN ? 0 : far
    }
    return result
  }

  /// The trend of a sum of independent quantities, each of which may go on by itself.
  func adding(_ other: Trend) -> Trend {
    var result = self
    result.change += other.change
    result.error = error.flatMap { mine in other.error.map { (mine * mine + $0 * $0).squareRoot() } }
    result.drifts += other.drifts
    return result
  }

  /// The trend of a mean over independent members, judged by all of them together: one that moves by chance is no news.
  ///
  /// The mean change is compared at the 5% level with its error: from the members' own errors where all have one, else
  /// from their spread with n − 1 degrees of freedom.
  static func mean(of members: [Trend]) -> Trend {
    let count = Double(members.count)
    let changes = members.map(\.change)
    let mean = Statistics.mean(changes)
    let own = members.compactMap(\.error)
    let error: Double
    var degreesOfFreedom = Double.infinity
    if own.count == members.count {
      error = Statistics.sum(own.map { $0 * $0 }).squareRoot() / count
    } else {
      error = Statistics.standardDeviation(changes) / count.squareRoot()
      degreesOfFreedom = count - 1
    }
    let law = StudentDistribution(degreesOfFreedom: max(1, degreesOfFreedom))
    return Trend(change: mean, error: error, chance: chance(of: mean, error, law))
  }

  /// How often chance alone changes something by as much; 1 for what is not finite or did not change.
  static func chance(of change: Double, _ error: Double, _ law: StudentDistribution) -> Double {
    guard change.isFinite, change != 0 else { return 1 }
    return error > 0 ? 2 * law.upperTail(change.magnitude / error) : 0
  }
}

extension Trend.Drift {
  /// Rounding does not make two tests of one level.
  fileprivate func counts(_ level: Double) -> Bool { chance < (1 - level) * (1 + 1e-12) }
}
