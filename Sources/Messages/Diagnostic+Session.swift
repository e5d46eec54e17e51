package import Diagnostics
package import Engine
package import Experiments
import Graph
package import Plots
package import Tensors

// Findings about a session as a whole, and those that are never shown.
extension Diagnostic {
  /// A failure that has already been reported, or that only the run can judge: shown nowhere.
  package static func silent(at span: Span) -> Diagnostic { Diagnostic("", effect: .silent, "", at: span) }

  /// Checking has looked at enough of a loop: the rest is left to the run.
  package static func checkBudget(at span: Span) -> Diagnostic { Diagnostic("", effect: .silent, "", at: span) }

  package static func interrupted(at span: Span, step: Int? = nil) -> Diagnostic {
    let moment = step.map { " at step \($0)" } ?? ""
    return Diagnostic("E0904", effect: .interrupt, "interrupted\(moment); what was recorded is kept", at: span)
  }

  /// The limit on time has passed.
  package static func timeLimit(_ seconds: Double, at span: Span, step: Int?) -> Diagnostic {
    let moment = step.map { " at step \($0)" } ?? ""
    return Diagnostic(
      "E0909", effect: .limit, "stopped\(moment) after \(NumberText.short(seconds)) seconds", at: span,
      help: ["raise the limit with `--max-time`"])
  }

  package static func printLimit(_ limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0910", effect: .limit, "more than \(limit) lines are printed", at: span,
      help: ["raise the limit with `--max-lines`"])
  }

  package static func unknownInput(_ name: String, declared: [String]) -> Diagnostic {
    Diagnostic(
      "E0316", "the script declares no input `\(name)`", at: nil,
      notes: [declared.isEmpty ? "it declares no inputs" : "inputs: \(declared.joined(separator: ", "))"],
      help: Suggestion.help(for: name, in: declared).map { [$0] } ?? ["declare it with `input \(name) = …`"])
  }

  package static func unsuitableInput(_ name: String, text: String, expected: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0605", "`--set \(name)=\(text)` does not give \(expected)", at: span, label: "declared as \(expected)")
  }

  /// A run that left the finite numbers: an outcome, told as a warning.
  package static func diverged(run: String, step: Int, tensor: String, operation: String, seed: Int, at span: Span)
    -> Diagnostic
  {
    let isCount = tensor.hasPrefix(StepSpec.counterPrefix)
    let name = isCount ? String(tensor.dropFirst(StepSpec.counterPrefix.count).prefix { $0 != "@" }) : tensor
    let what = name.isEmpty ? "a value" : "`\(name)`"
    let label =
      switch operation {
      case Run.given: "\(what) did not come out of an update: it was given so"
      case Loop.name: "a turn of this loop gave the first value that is not finite"
      default: "`\(operation)` gave the first value that is not finite"
      }
    let help =
      if isCount {
        "a compressor's `bits` have to be a number of 0 or more at every step"
      } else if operation == Run.given {
        "look at what \(what) begins with, and at what changes it"
      } else if step <= 1, withoutValues.contains(operation) {
        "what it is given may be 0 or negative there, where it has no finite value"
      } else {
        "try a smaller step size"
      }
    return Diagnostic(
      "W0701", "run `\(run)` diverged at step \(step): \(what) is not finite", at: span,
      label: label, severity: .warning,
      notes: ["seed \(seed); recorded values up to that step are kept"], help: [help])
  }

  /// Operations that have no finite value at some finite numbers.
  private static let withoutValues: Set<String> = [Divide.name, Power.name, Logarithm.name, SquareRoot.name]

  package static func memory(_ error: MemoryError, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0907", effect: .memory,
      "this needs \(ByteCount.text(error.requested)) more than the \(ByteCount.text(error.inUse)) in use; the limit is \(ByteCount.text(error.limit))",
      at: span, label: "too large", help: ["raise the limit with `--max-memory`"])
  }

  /// A derivative that a primitive does not have.
  package static func derivative(_ error: any Error, at span: Span) -> Diagnostic {
    guard let error = error as? DerivativeError else { return .refused(error, at: span) }
    return .noDerivative(error.operation, reason: error.reason, at: span)
  }

  package static func picture(_ reason: String, at span: Span) -> Diagnostic {
    Diagnostic("E0850", effect: .data, "the picture could not be drawn: \(reason)", at: span)
  }

  package static func engine(_ error: EngineError, at span: Span) -> Diagnostic {
    switch error {
    case .outOfMemory(let error):
      return .memory(error, at: span)
    default: return Diagnostic("E0906", effect: .limit, "this computation cannot be planned: \(error)", at: span)
    }
  }
}

/// Amounts of memory for people.
package enum ByteCount {
  /// An amount in binary units: `7.3 TiB`.
  package static func text(_ bytes: Int) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return unit == 0 ? "\(bytes) bytes" : "\(NumberFormat.significant(2).text(value)) \(units[unit])"
  }
}

extension Diagnostic {
  /// Values that a logarithmic axis leaves out.
  package static func hiddenByScale(_ hidden: Panel.Hidden, at span: Span) -> Diagnostic {
    let values = hidden.curve.isEmpty ? "values" : "values of `\(hidden.curve)`"
    return Diagnostic(
      "W0850",
      "\(hidden.count) of \(hidden.total) \(values) are not above 0 and are not shown", at: span,
      label: "has no place for them", severity: .warning, help: ["leave the logarithmic axis out, or plot `abs(…)`"])
  }

  /// Values that are not finite, which no picture shows.
  package static func gaps(_ hidden: Panel.Hidden, at span: Span) -> Diagnostic {
    let values = hidden.curve.isEmpty ? "values" : "values of `\(hidden.curve)`"
    return Diagnostic(
      "W0852", "\(hidden.count) of \(hidden.total) \(values) are not finite and are not shown",
      at: span, label: "has gaps", severity: .warning, help: ["`count(is_finite(…))` says how many are"])
  }

  /// Two series of which the values at few positions meet in a picture.
  package static func unmatched(
    _ count: Int, of total: Int, _ name: String, _ otherCount: Int, of otherTotal: Int, _ other: String,
    axis: SeriesAxis, at span: Span
  ) -> Diagnostic {
    Diagnostic(
      "W0853",
      "\(count) of \(total) values of `\(name)` and \(otherCount) of \(otherTotal) of `\(other)` are not shown",
      at: span,
      label: "recorded at other \(axis.plural) than `\(other)`", severity: .warning,
      help: ["record both at the same \(axis.plural), or one at some of those of the other"])
  }

  /// A network that no problem has among its parameters.
  package static func networkWithoutParameters(_ name: String, made place: Span, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0315", "this `\(name)` has no parameters: it is a value of the script, not a `param` of a problem", at: span,
      label: "called here", labels: [Label(place, "made here")],
      help: ["call it inside of the problem whose parameters it has, in a `metric` there: `param net = \(name)(…)`"])
  }

  /// A weight that is a vector where the weight of one index is meant.
  package static func expectedWeight(_ shape: Shape, of index: String, text: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0508", "the weight of one sample is a number, got shape \(shape)", at: span, label: "shape \(shape)",
      help: ["write it as an expression of `\(index)`: `weight \(text)[\(index)]`"])
  }
}
