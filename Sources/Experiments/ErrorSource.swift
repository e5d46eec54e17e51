/// A name for something that equals nothing but itself: a run, or a measurement without a content to know it by.
package final class Identity: Sendable, Hashable {
  /// The seed of a run: two runs of one seed draw the same samples where they ask for the same, and are measured together.
  package let seed: Int?

  package init(seed: Int? = nil) { self.seed = seed }
  package static func == (left: Identity, right: Identity) -> Bool { left === right }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// One estimator of one run, or of one group of runs: where an error comes from.
///
/// Estimates that are computed from each other carry, beside value and error, how much each source contributes with its
/// sign. So what comes from one source cancels or adds up as it must, and what several sources of one run have in common is
/// measured where it can be (see `Estimate.init(_:of:)`).
package final class ErrorSource: Sendable, Hashable {
  /// How the number was read off, which says what can be paired with it.
  package enum Kind: Sendable, Hashable {
    /// The mean of `values` at `positions`, which `history` precedes.
    case mean
    /// The slope of `values` along `positions`.
    case slope
    /// The means of runs, `members`, told apart by the seeds in `labels`.
    case seeds
    /// A value with an error that was recorded beside it at this position; its draws are its own.
    case recorded(Double)
    /// One of several independent parts of the error of a fit, which share one estimate of their size.
    case pooled(Identity)
    /// Anything else, told apart by this text.
    case other(String)
  }

  /// The independent parts of the error of a fit: of standard error 1, from residuals with `degreesOfFreedom`.
  static func pooled(_ count: Int, degreesOfFreedom: Double, source: String) -> [ErrorSource] {
    let fit = Identity()
    return (0..<count).map { index in
      let unit = Estimate(Double(index), error: 1, degreesOfFreedom: degreesOfFreedom, source: source)
      return ErrorSource(unit, .pooled(fit), of: Series(name: "", axis: .index))
    }
  }

  /// The number itself, with an error that is all its own.
  package let estimate: Estimate
  package let kind: Kind
  /// The run it was read off; nil for what belongs to none.
  package let run: Identity?
  package let positions: [Double]
  package let values: [Double]
  package let history: [Double]
  package let labels: [String]
  package let members: [Estimate]
  /// The value without each of the seeds, where that is another number than the members say to first order.
  package let replicates: [Double]
  /// What it is known by where it has no content.
  private let identity: Identity?

  /// - Parameter series: what it was read off; the positions of `window`, and the values that `history` precedes.
  init(_ estimate: Estimate, _ kind: Kind, of window: Series, history: [Double] = []) {
    self.estimate = estimate
    self.kind = kind
    self.run = window.run
    self.positions = window.positions
    self.values = window.values
    self.history = history
    self.labels = []
    self.members = []
    self.replicates = []
    self.identity = nil
  }

  /// The mean over runs that are told apart by their seeds.
  init(_ estimate: Estimate, members: [Estimate], labels: [String], replicates: [Double] = []) {
    self.estimate = estimate
    self.kind = .seeds
    self.run = nil
    self.positions = []
    self.values = members.map(\.value)
    self.history = []
    self.labels = labels
    self.members = members
    self.replicates = replicates
    self.identity = nil
  }

  /// A measurement of which nothing is known but value and error.
  ///
  /// - Parameter isBend: whether it is what statistics over seeds do together beyond what each does.
  init(_ estimate: Estimate, identity: Identity, isBend: Bool = false) {
    self.estimate = estimate
    self.kind = isBend ? Self.bend : .other("")
    self.run = nil
    self.positions = []
    self.values = []
    self.history = []
    self.labels = []
    self.members = []
    self.replicates = []
    self.identity = identity
  }

  private static let bend = Kind.other("bend")

  /// Whether it is what statistics over seeds do together beyond what each does: no seed has a share in it.
  var isBend: Bool { kind == Self.bend }

  package static func == (left: ErrorSource, right: ErrorSource) -> Bool {
    if left === right { return true }
    guard left.identity == right.identity, left.kind == right.kind else { return false }
    return left.identity != nil
      || left.positions == right.positions && left.values == right.values && left.labels == right.labels
        && left.estimate.value == right.estimate.value
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(identity)
    hasher.combine(kind)
    hasher.combine(estimate.value)
  }

  /// What else depends on the same chance, in a way that nobody knows: the run, or the draws of one of its steps.
  var dependence: Dependence? {
    guard let run else { return nil }
    if case .recorded(let position) = kind { return Dependence(run: run, draws: position) }
    return Dependence(run: run, draws: nil)
  }

  /// Whether both were read off one run, or off runs that may share their chance.
  func sharesChance(with other: ErrorSource) -> Bool {
    if run == other.run { return true }
    guard let seed = run?.seed else { return false }
    return seed == other.run?.seed
  }

  /// How it changes without one of the seeds that it is a mean or another statistic over.
  ///
  /// Of a mean of n values it is (mean − value) / (n − 1).
  ///
  /// - Precondition: more than one seed.
  func change(without place: Int) -> Double {
    if !replicates.isEmpty { return replicates[place] - estimate.value }
    return (estimate.value - values[place]) / Double(labels.count - 1)
  }

  struct Dependence: Hashable {
    var run: Identity
    var draws: Double?
  }

  /// Half of the width over which the source is likely to lie, as far as it is known: two errors, and every doubt.
  var reach: Double { estimate.reach }
}

/// What one source contributes to an estimate: a small change of the source changes the estimate `slope` times as much.
package struct ErrorPart: Sendable, Hashable {
  package var source: ErrorSource
  /// Where the estimate is no linear function of the source: the steepest line to where the source may lie.
  package var slope: Double
}
