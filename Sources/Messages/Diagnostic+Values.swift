package import Diagnostics

// E06: argument values; W06: suspicious ones.
extension Diagnostic {
  package static func constraintViolated(
    _ name: String, of callee: String, constraint: String, found: String, at span: Span
  )
    -> Diagnostic
  {
    Diagnostic(
      "E0601", "`\(name)` of `\(callee)` must satisfy \(constraint), got \(found)", at: span, label: "got \(found)")
  }

  package static func batchSize(_ batch: Int, rows: Int, data: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0602", "the batch holds \(batch) samples, but \(data) has \(rows) rows", at: span,
      label: "larger than the data",
      help: [
        "use at most \(rows), or leave `batch` out for the full batch",
        "or write `sampler replacement`, whose draws are independent of each other",
      ])
  }

  package static func outOfRange(_ what: String, _ found: String, expected: String, at span: Span?) -> Diagnostic {
    Diagnostic("E0603", "\(what) must be \(expected), got \(found)", at: span, label: "got \(found)")
      .following(from: .numbers)
  }

  /// Batches of a weighted problem in which all samples count the same.
  package static func samplerIgnoresWeights(_ word: String, of problem: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0602",
      "`\(word)` leaves out the weights of `\(problem)`: the run follows the plain mean of the losses, `loss` is weighted",
      at: span, label: "takes all samples equally", severity: .warning,
      help: ["write `weighted`, or leave the sampler out: it is the default here"])
  }

  package static func idlePrecision(_ word: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0603", "`precision \(word)` has no run to rule", at: span, label: "statements compute with f64",
      severity: .warning,
      help: ["leave it out, or round a printed number by its format: `\"{1.0 / 3.0:.7g}\"`"])
  }

  package static func zeroStep(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0601", "`\(name)` is 0: nothing will move", at: span, label: "step size 0", severity: .warning)
  }
}

// E07: arithmetic while running.
extension Diagnostic {
  package static func integerOverflow(_ operation: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0701", effect: .arithmetic, "the result of `\(operation)` does not fit in a 64-bit integer", at: span,
      label: "overflow",
      help: ["write one operand as a real number, for instance `2.0`"])
  }

  package static func integerDivisionByZero(at span: Span) -> Diagnostic {
    Diagnostic("E0702", effect: .arithmetic, "integer division by zero", at: span, label: "the divisor is 0")
  }

  package static func noWholeValue(_ text: String, at span: Span) -> Diagnostic {
    let fractional = !(text.contains("nan") || text.contains("inf") || text.contains("e"))
    return Diagnostic(
      "E0703", effect: .arithmetic, "\(text) has no whole-number value", at: span, label: "not a 64-bit whole number",
      help: fractional ? ["say how to round: `round(x)`, `floor(x)` or `trunc(x)`"] : [])
  }

  package static func noDerivative(_ operation: String, reason: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0704", effect: .arithmetic, "`\(operation)` has no derivative here: \(reason)", at: span,
      label: "differentiated here")
  }

  /// A Hessian that is 0 wherever it exists, because the gradient changes in steps only.
  package static func noSecondDerivative(of problem: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0622", "the loss of `\(problem)` has no second derivatives", at: span, label: "needs the Hessian",
      notes: ["its gradient is constant except where it jumps, as that of `abs`, `max` or `sort` alone"],
      help: ["measure `gradient_norm`, or smooth the loss: `sqrt(x^2 + ε)`, `softplus`, `huber`"])
  }

  package static func notANumber(_ operation: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0705", effect: .arithmetic, "`\(operation)` refuses values that are not a number", at: span, label: "holds nan")
  }

}

// E09: limits.
extension Diagnostic {
  package static func callDepth(_ limit: Int, trace: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      "E0905", effect: .limit, "call depth \(limit) reached: the recursion does not end", at: span, notes: trace)
  }

  package static func tooLarge(_ what: String, needs: String, limit: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0907", effect: .memory, "\(what) needs \(needs), the limit is \(limit)", at: span, label: "too large",
      help: ["raise the limit with `--max-memory`"])
  }

  package static func operationLimit(_ limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0908", effect: .limit, "more than \(limit) operations", at: span,
      help: ["raise the limit with `--max-operations`"])
  }
}

// Theory: what has no closed answer.
extension Diagnostic {
  /// An update rule that is no fixed linear map on a quadratic.
  ///
  /// - Parameter frozen: states that, held fixed, leave a linear update.
  package static func noThreshold(_ optimizer: String, reason: String, frozen: [String] = [], at span: Span)
    -> Diagnostic
  {
    let names = frozen.map { "\"\($0)\"" }.joined(separator: ", ")
    let help =
      frozen.isEmpty
      ? "a threshold exists for updates that are linear in x, g and the state, such as `heavy_ball`"
      : "hold what it divides by at 1: `frozen = \(frozen.count == 1 ? names : "[\(names)]")`"
    return Diagnostic(
      "E0620", "`\(optimizer)` has no linear stability threshold: \(reason)", at: span,
      label: "no threshold", help: [help])
  }
  /// A limit whose digits are lost in the roundings of the numbers that it is computed from.
  package static func blurredLimit(_ function: String, _ value: Double, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0727", "fewer than 6 digits of `\(function)` are right here", at: span,
      label: "\(NumberText.short(value)), but roundings move it", severity: .warning,
      help: ["bring its numbers closer together: they differ by too many orders of magnitude"])
  }
}
