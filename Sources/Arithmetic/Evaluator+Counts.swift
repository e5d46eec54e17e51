package import Diagnostics
import Messages
package import Syntax
package import Values

// Every number that a clause takes comes through here, so that no arithmetic on it can overflow.

extension Evaluator {
  /// The largest number that a clause takes: up to it reals tell all whole numbers apart, and a thousand of them can be
  /// added, or one be multiplied by a thousand.
  package static let wholeMax = 1 << 53

  /// A whole number of a clause, within the given bounds.
  package func whole(_ value: Value, what: String, in range: ClosedRange<Int>, at span: Span) throws(Diagnostic) -> Int
  {
    let n = try whole(value, what: what, at: span)
    if range.contains(n) { return n }
    let isUnbounded = range.upperBound >= RunDefinition.openLength && n < range.lowerBound
    throw .outOfRange(
      what, "\(n)",
      expected: isUnbounded
        ? "\(Self.text(range.lowerBound)) or more"
        : "between \(Self.text(range.lowerBound)) and \(Self.text(range.upperBound))", at: span)
  }

  private static func text(_ bound: Int) -> String {
    bound == wholeMax ? "2^53" : bound == -wholeMax ? "-2^53" : "\(bound)"
  }

  /// A number of steps that is given as such, or in epochs; at least `first`.
  package func stepCount(
    _ value: Value, _ unit: Unit, _ stepsPerEpoch: Int?, _ what: String, from first: Int, at span: Span
  )
    throws(Diagnostic) -> Int
  {
    let count = try whole(value, what: what, in: first...RunDefinition.openLength, at: span)
    guard unit == .epochs else { return count }
    let (steps, overflow) = count.multipliedReportingOverflow(by: stepsPerEpoch ?? 1)
    guard !overflow, steps <= RunDefinition.openLength else {
      throw .outOfRange(what, "\(count)", expected: "fewer epochs", at: span)
    }
    return steps
  }
}
