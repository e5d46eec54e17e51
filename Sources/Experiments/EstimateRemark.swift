/// Something a reader must know before believing an estimate.
package enum EstimateRemark: Sendable, Hashable {
  /// The trend over the window, the value, and how many windows more it takes to settle if it goes on as it does.
  case drifting(Double, of: Double, settling: Double?)
  /// Neighbours depend on each other so much that the window is worth this many independent values of the needed ones.
  case correlated(worth: Double, of: Double)
  /// Too few values for an error.
  case tooFew(Int)
  /// So many values are infinite or not numbers.
  case notFinite(Int, of: Int)
  /// So many points could not enter a fit on logarithmic axes.
  case skipped(Int, of: Int)
  /// So many runs diverged, so that there is no mean over all.
  case leftOut(Int, of: Int)
  /// So many runs diverged and may lie on either side of the others.
  case eitherSide(Int, of: Int)
  /// So many runs diverged and were taken out by the script.
  case takenOut(Int, of: Int)
  /// So many of the values were chosen by the script.
  case chosen(Int, of: Int)
  /// The mean of so few runs of a quantity that may be skewed.
  case fewRuns(Int)
  /// Several quantities of one run entered, of which nobody knows what they have in common.
  case addedUp
  /// Runs of one seed entered, over different windows or by different estimators.
  case oneSeed
  /// The function of this name has no value somewhere within the error of what it was given.
  case outside(String)
  /// So many values cannot bound a quantile of this order; so many could.
  case unbounded(order: Double, Int, needed: Int)
  /// A variance of so few values.
  case fewForVariance(Int)
  /// A variance, whose interval covers as often as it says where values are about normal.
  case variance
  /// Places of a grid that are as good as the best one, as far as the noise lets one tell.
  case tied([String])
  /// Parameters of a fit that came to a bound.
  case atBound(String)
  /// An event did not happen in so many runs, within what this says.
  case censored(Int, of: Int, by: String?)

  /// The remark as a sentence without a full stop.
  package var text: String {
    let short = NumberFormat.significant(2)
    switch self {
    case .drifting(let change, let value, let settling):
      let verb = change < 0 ? "falls" : "rises"
      let share = (change / value).magnitude
      let amount = share.isFinite && share < 10 ? short.text(share * 100) + "%" : short.text(change.magnitude)
      return "the series still \(verb) by \(amount) over the window; \(Self.advice(settling))"
    case .correlated(let worth, let needed):
      return "values stay correlated across the whole window, which is worth \(short.text(worth)) independent ones: "
        + "no error can be given, run about \(short.text((needed / worth).rounded(.up))) times as long"
    case .tooFew(let count):
      return "\(count) value\(count == 1 ? "" : "s") in the window: no error can be given; record more of them"
    case .notFinite(let count, let total): return "\(count) of \(total) values are not finite"
    case .skipped(let count, let total): return "\(count) of \(total) points have no logarithm and were left out"
    case .eitherSide(let count, let total):
      return "\(count) of \(total) runs diverged: they may lie on either side of all others"
    case .leftOut(let count, let total):
      return
        "\(count) of \(total) runs diverged and \(count == 1 ? "has" : "have") no value, so that there is no mean; "
        + "`where not diverged` judges the others"
    case .takenOut(let count, let total): return "of the \(total - count) of \(total) runs that did not diverge"
    case .chosen(let count, let total): return "of \(count) of \(total) values, those that the script has chosen"
    case .fewRuns(let count):
      return "\(count) runs: the interval takes their values as normal; for skewed ones, such as losses, use 10 or more"
    case .addedUp: return "what these quantities of one run have in common is not known: their errors are added up"
    case .oneSeed:
      return "these runs share a seed, and what they have in common over different windows is not known: they are "
        + "taken as independent"
    case .outside(let name):
      return "`\(name)` has no value somewhere within the error of what it is given: no error can be given"
    case .unbounded(let order, let count, let needed):
      return "\(count) values do not bound the quantile of order \(NumberFormat.standard.text(order)) on both sides: "
        + "\(needed) do"
    case .fewForVariance(let count): return "\(count) seeds: a variance has an interval from 5 on"
    case .variance: return "the interval of a variance takes the values of the seeds as about normal"
    case .tied(let labels): return "as good at this noise: \(labels.joined(separator: ", "))"
    case .atBound(let text): return "the fit came to a bound, \(text): its interval is not to be trusted"
    case .censored(let count, let total, let end):
      let within = end.map { " within \($0)" } ?? ""
      return total == 1 ? "did not happen\(within)" : "did not happen\(within) in \(count) of \(total) runs"
    }
  }

  /// What would let a series that moves settle.
  private static func advice(_ settling: Double?) -> String {
    guard let settling, settling < 1000 else { return "it has not settled: run at least twice as long" }
    let windows = max(1, Int(settling.rounded(.up)))
    return "at this pace it settles after about \(windows) window\(windows == 1 ? "" : "s") more"
  }

  /// Whether the remark about one member also weakens a mean over members.
  package var concernsMean: Bool {
    switch self {
    case .notFinite, .skipped, .leftOut, .eitherSide, .takenOut, .chosen, .outside, .censored, .atBound: true
    case .drifting, .correlated, .tooFew, .fewRuns, .addedUp, .oneSeed, .unbounded, .fewForVariance, .variance, .tied:
      false
    }
  }
}
