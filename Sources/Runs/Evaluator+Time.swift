import Arithmetic
package import Diagnostics
import Evaluation
import Messages
package import Syntax
import Values

extension Evaluator {
  /// The steps of a stretch of time, which must be a whole number of them.
  ///
  /// A time is whole where it is within a few roundings of a multiple of `dt`: 3 is 30 times 0.1.
  ///
  /// - Parameters:
  ///   - dt: nil where a step has no time.
  ///   - least: the fewest steps allowed.
  func steps(ofTime id: ExpressionID, dt: Double?, what: String, least: Int, in scope: Scope) throws(Diagnostic) -> Int
  {
    let place = code.tree.span(id)
    let value = try evaluate(id, in: scope)
    if case .unknown(let kind) = value {
      try require(kind, "\(what) as a single number", at: place, \.isNumber)
      throw .silent(at: place)
    }
    guard let dt else {
      throw .needs(
        "\(what) in `time`", "a step of time", at: place, help: ["write `dt 0.01` in a process, or count in `steps`"])
    }
    let time = try number(value, what: what, at: place)
    let count = time / dt
    guard time >= 0, count < 1e15 else {
      throw .outOfRange(what, NumberText.short(time), expected: "0 or more", at: place)
    }
    let steps = count.rounded()
    guard (count - steps).magnitude <= 1e-9 * max(1, steps), Int(steps) >= least else {
      throw .brokenTime(what, time, dt: dt, at: place)
    }
    return Int(steps)
  }

  /// A moment or an interval that is given in steps or epochs.
  package func refuseTime(_ unit: Unit, _ what: String, at span: Span) throws(Diagnostic) {
    guard unit == .time else { return }
    throw .meansNothing("time", "for \(what)", at: span, help: ["count in `steps`"])
  }
}

extension Diagnostic {
  /// A time that no whole number of steps reaches.
  static func brokenTime(_ what: String, _ time: Double, dt: Double, at span: Span) -> Diagnostic {
    let below = (time / dt).rounded(.down), above = max(1, (time / dt).rounded(.up))
    let near = (below > 0 ? "\(NumberText.short(below * dt)) or " : "") + NumberText.short(above * dt)
    return Diagnostic(
      "E0603", "\(what) must be a whole number of steps of time, got \(NumberText.short(time))", at: span,
      label: "\(NumberText.short(time / dt)) steps of dt = \(NumberText.short(dt))",
      help: ["write \(near), or `dt \(NumberText.short(time))\(above == 1 ? "" : " / \(NumberText.short(above))")`"])
  }
}
