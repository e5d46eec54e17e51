package import Diagnostics

// Sweeps: E066 what is wrong with one, W072 what became of its members.
extension Diagnostic {
  /// An axis of optimizers or texts, where values are to go up.
  package static func withoutOrder(_ axis: String, found: String, at span: Span) -> Diagnostic {
    .expected(
      "an axis of numbers", found: found, at: span,
      help: [
        "the values of `\(axis)` have no order: tell them apart with `color \(axis)`, `by \(axis)` in a table, or `where`"
      ])
  }

  package static func emptyAxis(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic("E0660", "the axis `\(name)` has no values", at: span, label: "empty: no run is left")
  }

  package static func emptySweep(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0660", "no combination of values meets the condition of this sweep", at: span, label: "false for all of them")
  }

  package static func sweepBody(_ message: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0661", message, at: span,
      help: ["write `sweep s over b in [4, 16] { run … batch b … }`; print results after it"])
  }

  /// A name that `by`, `color`, `band` or `facet` gives and the sweep does not have.
  package static func unknownAxis(_ name: String, known: [String], near: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      "E0662", "the sweep has no axis `\(name)`", at: span, label: "unknown axis",
      notes: ["its axes and derived values are " + known.map { "`\($0)`" }.joined(separator: ", ")],
      help: near.first.map { ["did you mean `\($0)`?"] } ?? [])
  }

  /// Values of sweeps that have no members in common.
  package static func differentMembers(_ first: [String], _ second: [String], at span: Span, help: [String] = [])
    -> Diagnostic
  {
    Diagnostic(
      "E0663", "these values belong to different members", at: span,
      notes: [
        "one goes over " + first.map { "`\($0)`" }.joined(separator: ", ") + ", the other over "
          + second.map { "`\($0)`" }.joined(separator: ", ")
      ], help: help)
  }

  /// Values of sweeps of which one has combinations of its axes that the other lacks.
  package static func lackingMembers(_ first: [String], _ second: [String], at span: Span) -> Diagnostic {
    func note(_ lacking: [String], _ owner: String) -> [String] {
      lacking.isEmpty ? [] : ["only the \(owner) has " + shown(lacking).joined(separator: "; ")]
    }
    return Diagnostic(
      "E0663", "these values belong to different members", at: span,
      notes: note(first, "first") + note(second, "second"),
      help: ["take what both have: `… where AXIS == VALUE`"])
  }

  /// Values that are no single numbers, of sweeps that share no seeds.
  package static func otherSeeds(_ kind: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0663", "these values belong to different members", at: span,
      notes: ["their seeds differ, so that only means over them can be combined, and \(kind) has none"],
      help: ["take a single number of each run before, such as `final(…)` or `plateau(…)`"])
  }

  /// Members that left the finite numbers: outcomes, told once for a sweep.
  package static func membersDiverged(_ members: [String], of count: Int, sweep: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0720", "\(members.count) of \(count) runs of the sweep `\(sweep)` diverged", at: span,
      label: "in runs of this sweep", severity: .warning,
      notes: shown(members) + ["a mean over them has no value; `where not diverged` takes the others"])
  }

  package static func membersFailed(_ members: [String], of count: Int, sweep: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0721", "\(members.count) of \(count) runs of the sweep `\(sweep)` could not be run", at: span,
      label: "in runs of this sweep", severity: .warning, notes: shown(members))
  }

  /// `until decided` where there are no seeds to draw.
  package static func nothingToDraw(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0664", "this claim speaks of no sweep over seeds, so there are none to draw", at: span,
      label: "more seeds of what?", help: ["sweep over `seed in 1...5`, and claim something about `s.loss`"])
  }

  package static func stillDrifting(_ series: String, _ change: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0723", effect: .perRun, "the plateau of `\(series)` is none yet: \(change)", at: span, label: "not settled",
      severity: .warning, help: ["run longer, or take a later part: `plateau(…, last = 0.1)`"])
  }

  /// Kept runs that could not be read: they were made again.
  package static func damagedEntries(_ count: Int, sweep: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0722", "\(count) kept run\(count == 1 ? "" : "s") of the sweep `\(sweep)` could not be read", at: span,
      label: "made again", severity: .warning)
  }

  private static let shownMax = 8

  private static func shown(_ members: [String]) -> [String] {
    let rest = members.count - shownMax
    return Array(members.prefix(shownMax)) + (rest > 0 ? ["and \(rest) more"] : [])
  }
}
