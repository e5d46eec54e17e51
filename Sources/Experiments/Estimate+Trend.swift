/// How far an estimate moves over the window that it was taken from, and whether that is more than chance.
package struct Trend: Sendable, Hashable {
  /// Windows like the one at hand for which a movement is taken to go on, in what a claim must still hold for.
  package static let horizon = 10.0

  /// What a straight line through the values gains over one window.
  package var change: Double
  /// Standard error of `change`; nil where the window is too short to give one.
  package var error: Double?
  /// How far below and above the value it may be after `horizon` more windows; both 0 where it does not move.
  package var reach: Interval

  package init(change: Double, error: Double? = nil, isMoving: Bool = false) {
    self.change = change
    self.error = error
    let far = isMoving ? Self.horizon * change : 0
    reach = Interval(low: min(0, far), high: max(0, far))
  }

  /// Whether it moves by more than chance explains.
  package var isMoving: Bool { reach.low < 0 || reach.high > 0 }

  /// The trend of `slope` times the quantity.
  func scaled(by slope: Double) -> Trend {
    var result = self
    result.change = change * slope
    result.error = error.map { $0 * slope.magnitude }
    let ends = [reach.low * slope, reach.high * slope].map { $0.isNaN ? 0 : $0 }
    result.reach = Interval(low: min(ends[0], ends[1]), high: max(ends[0], ends[1]))
    return result
  }

  /// The trend of a sum of independent quantities, each of which may go on by itself.
  func adding(_ other: Trend) -> Trend {
    var result = self
    result.change += other.change
    result.error = error.flatMap { mine in other.error.map { (mine * mine + $0 * $0).squareRoot() } }
    result.reach = Interval(low: reach.low + other.reach.low, high: reach.high + other.reach.high)
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
    let limit = StudentDistribution(degreesOfFreedom: max(1, degreesOfFreedom)).twoSidedQuantile(0.95)
    return Trend(change: mean, error: error, isMoving: mean.isFinite && mean.magnitude > limit * error)
  }
}
