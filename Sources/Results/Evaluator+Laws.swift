import Arithmetic
package import Diagnostics
import Evaluation
import Experiments
import Glibc
import Messages
import Tensors
package import Values

extension Evaluator {
  /// The form `same_law(values, law, within = 5%)`: values against a distribution, a density or other values.
  package func sameLaw(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let tolerance = a.given(2) == nil ? 0.05 : try a.number(2, "the tolerance", self)
    guard tolerance > 0, tolerance < 1 else {
      throw .outOfRange("the tolerance", NumberText.short(tolerance), expected: "between 0 and 1", at: a.place(2))
    }
    guard let sample = try sample(a[0], "same_law", at: a.place(0)) else { return .unknown(.any) }
    switch a[1] {
    case .unknown: return .unknown(.any)
    case .distribution(let distribution):
      guard let law = try distributionFunction(distribution, at: a.place(1)) else { return .unknown(.any) }
      return .judgement(
        .sameLaw(
          sample.values, as: law, within: tolerance, size: sample.size, level: claimLevel, seenUpTo: seenUpTo(a[0])))
    case let function where function.isCallable:
      guard let law = try distributionFunction(ofDensity: function, a, around: sample.values) else {
        return .unknown(.any)
      }
      return .judgement(
        .sameLaw(
          sample.values, as: law.callAsFunction, within: tolerance, size: sample.size, level: claimLevel,
          seenUpTo: seenUpTo(a[0]), error: 2 * law.error))
    default:
      guard let other = try self.sample(a[1], "same_law", at: a.place(1)) else { return .unknown(.any) }
      return .judgement(
        .sameLaw(
          sample.values, as: other.values, within: tolerance, sizes: (sample.size, other.size), level: claimLevel,
          seenUpTo: min(seenUpTo(a[0]), seenUpTo(a[1]))))
    }
  }

  /// Values, and how many independent ones they are worth: those of a series may be correlated.
  func sample(_ value: Value, _ function: String, at span: Span) throws(Diagnostic) -> (values: [Double], size: Double)?
  {
    switch value {
    case .series(let series): return ordered(series.values)
    case .along(let vector):
      guard vector.diverged.count == 0 else {
        throw .divergedMembers(of: vector, function, at: span)
      }
      guard vector.places.isSample else {
        throw .expected(
          "values of one law", found: "values along `\(vector.places.title)`, each of its own", at: span,
          help: ["take independent repetitions: `… over seed`"])
      }
      return (vector.values, Double(vector.count))
    case .tensor(let tensor): return ordered(tensor.doubles())
    case .list(let values) where values.allSatisfy({ scalar($0) != nil }): return ordered(values.compactMap(scalar))
    case .group(let group):
      if group.members.contains(where: \.value.isSymbolic) { return nil }
      try requireAveraged(group, by: group.by ?? [], at: span)
      guard group.members.allSatisfy(\.isSound) else {
        throw .leavesRunsOut(
          EstimateRemark.leftOut(group.members.count { !$0.isSound }, of: group.members.count).text, at: span)
      }
      let values = group.members.map(\.value)
      guard values.allSatisfy({ scalar($0) != nil }) else {
        throw .expected("a single number for each run", found: (values.first ?? .nothing).kind, at: span)
      }
      return (values.compactMap(scalar), Double(values.count))
    case .unknown: return nil
    default: throw .expected("values", found: value.kind, at: span)
    }
  }

  /// Up to where all of some values are known: the end of what was watched for events that did not happen.
  private func seenUpTo(_ value: Value) -> Double {
    let points: [Estimate]
    switch value {
    case .along(let vector): points = vector.points
    case .group(let group): points = group.members.compactMap { estimate($0.value) }
    default: return .infinity
    }
    return points.reduce(.infinity) { end, point in
      guard point.value == .infinity, let known = point.floor.first?.value else { return end }
      return min(end, known)
    }
  }

  /// Values in the order in which they came, which tells how far they depend on each other.
  private func ordered(_ values: [Double]) -> (values: [Double], size: Double) {
    (values, Statistics.independentCount(forLawOf: values))
  }

  private func distributionFunction(_ distribution: DistributionValue, at span: Span) throws(Diagnostic)
    -> ((Double) -> Double)?
  {
    if distribution.parameters.contains(where: \.isSymbolic) { return nil }
    let numbers = distribution.parameters.compactMap(scalar)
    guard numbers.count == distribution.parameters.count else {
      throw .expected("a distribution of single numbers", found: "one of tensors", at: span)
    }
    switch distribution.kind {
    case .normal where numbers.count == 2: return { 0.5 * erfc((numbers[0] - $0) / (numbers[1] * 2.0.squareRoot())) }
    case .uniform where numbers.count == 2:
      return { min(1, max(0, ($0 - numbers[0]) / (numbers[1] - numbers[0]))) }
    case .exponential where numbers.count == 1: return { $0 < 0 ? 0 : -expm1(-numbers[0] * $0) }
    default:
      throw .expected(
        "`normal`, `uniform` or `exponential_law`, a density or values", found: "`\(distribution.kind.rawValue)`",
        at: span)
    }
  }

  /// Where a distribution function may be off by more than this, nothing is said of a law.
  private static let integralError = 1e-3

  /// The integral of a density, scaled to end at 1; what is not finite counts as 0.
  private func distributionFunction(ofDensity density: Value, _ a: BoundArguments, around values: [Double])
    throws(Diagnostic) -> DensityLaw?
  {
    let finite = values.filter(\.isFinite)
    let (least, most) = (finite.min() ?? 0, finite.max() ?? 1)
    let reach = max(most - least, 1e-9)
    let low = a.given(3) == nil ? least - reach : try a.number(3, "the start", self)
    let high = a.given(4) == nil ? most + reach : try a.number(4, "the end", self)
    guard high > low else {
      throw .outOfRange("the end", NumberText.short(high), expected: "after the start", at: a.span)
    }
    guard (high - low).isFinite else {
      throw .outOfRange("the length of the density's interval", "infinite", expected: "finite", at: a.span)
    }
    if try call(density, [.real(low)], at: a.place(1)).isSymbolic { return nil }
    let law = try DensityLaw(from: low, to: high, near: finite) { (x) throws(Diagnostic) -> Double in
      let height = try number(call(density, [.real(x)], at: a.place(1)), what: "a density", at: a.place(1))
      guard !(height < 0) else {
        throw .outOfRange(
          "the density at \(NumberText.short(x))", NumberText.short(height), expected: "0 or more", at: a.place(1))
      }
      return height.isFinite ? height : 0
    }
    guard law.total > 0 else {
      throw .outOfRange("the density", "0 everywhere", expected: "positive somewhere", at: a.place(1))
    }
    guard law.error <= Self.integralError, law.total.isFinite else {
      throw .requires(
        "`same_law`",
        "a density with an integral, and that from \(NumberText.short(low)) to \(NumberText.short(high)) is not found"
          + (law.error.isFinite ? " to better than \(NumberText.short(law.error)) of it" : ""), at: a.place(1),
        help: ["leave out with `from` and `to` where it is infinite or jumps without end"])
    }
    return law
  }
}
