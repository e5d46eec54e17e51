package import Diagnostics
import Syntax

// E03: names and arguments.
extension Diagnostic {
  private static func offer(_ candidates: [String], at span: Span?) -> (help: [String], edits: [Edit]) {
    guard let first = candidates.first else { return ([], []) }
    let names = candidates.map { "`\($0)`" }.joined(separator: ", ")
    return (["did you mean \(names)?"], span.map { [Edit($0, first)] } ?? [])
  }

  /// What a word of another tool is called here; nil for words that are none.
  private static func foreign(_ name: String, at span: Span) -> (help: [String], edits: [Edit])? {
    switch ForeignNames.meaning(of: name) {
    case .name(let own): offer([own], at: span)
    case .form(let text): (["here it is `\(text)`"], [])
    case .metric(let text): (["here it is `\(text)`, which a run may record"], [])
    case nil: nil
    }
  }

  /// The same of a misspelt word of another tool, where nothing here is spelt like it; of short words nobody can tell.
  private static func nearlyForeign(_ name: String, _ candidates: [String], at span: Span) -> (
    help: [String], edits: [Edit]
  )? {
    guard candidates.isEmpty, name.count > 5 else { return nil }
    return Suggestion.nearest(to: name.lowercased(), in: ForeignNames.all.map(\.word)).first.flatMap {
      foreign($0, at: span)
    }
  }

  package static func unknownName(_ name: String, near candidates: [String], at span: Span) -> Diagnostic {
    let offer = foreign(name, at: span) ?? nearlyForeign(name, candidates, at: span) ?? offer(candidates, at: span)
    return Diagnostic(
      "E0301", effect: .unknownName, "nothing here is called `\(name)`", at: span, label: "unknown name",
      help: offer.help, edits: offer.edits
    )
  }

  package static func unknownArgument(
    _ name: String, of callee: String, accepted: [String], near candidates: [String], at span: Span
  ) -> Diagnostic {
    let own = ForeignNames.arguments(for: name).compactMap { word in
      accepted.first { Spelling.canonical($0) == word }
    }.first
    let longer = name.count > 1 ? accepted.filter { $0.hasPrefix(name) } : []
    let offer = offer(own.map { [$0] } ?? (longer.count == 1 ? longer : candidates), at: span)
    return Diagnostic(
      "E0302", "`\(callee)` has no argument `\(name)`", at: span, label: "not an argument of `\(callee)`",
      notes: accepted.isEmpty
        ? ["`\(callee)` takes no arguments"] : ["`\(callee)` accepts: \(accepted.joined(separator: ", "))"],
      help: offer.help, edits: offer.edits)
  }

  package static func missingArgument(_ name: String, of callee: String, accepted: [String], at span: Span)
    -> Diagnostic
  {
    Diagnostic(
      "E0303", "`\(callee)` needs the argument `\(name)`", at: span, label: "`\(name)` is missing",
      notes: ["`\(callee)` accepts: \(accepted.joined(separator: ", "))"], help: ["write `\(name) = …`"])
  }

  package static func repeatedArgument(_ name: String, of callee: String, at span: Span) -> Diagnostic {
    Diagnostic("E0304", "the argument `\(name)` of `\(callee)` is given twice", at: span, label: "second value")
  }

  package static func tooManyArguments(of callee: String, given: Int, accepted: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      "E0305", "`\(callee)` takes \(accepted.count) argument\(accepted.count == 1 ? "" : "s"), but \(given) are given",
      at: span, label: "one too many", notes: accepted.isEmpty ? [] : ["accepted: \(accepted.joined(separator: ", "))"],
      help: callee == "round" ? ["to print so many places write `\"{x:.2f}\"`"] : [])
  }

  package static func tooManyPositional(of callee: String, name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0306", "only the first two arguments of `\(callee)` may stand without their name", at: span,
      label: "name this argument", help: ["write `\(name) = …`"])
  }

  package static func alreadyDefined(_ name: String, first: Span?, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0307", "`\(name)` is already defined", at: span, label: "second definition",
      labels: first.map { [Label($0, "first defined here")] } ?? [],
      help: ["choose another name, or declare the first one with `var` and assign to it"])
  }

  /// A name of the script where it means something else as well.
  package static func twoMeanings(_ name: String, _ meaning: String, first: Span, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0307", "`\(name)` is \(meaning), and a name of the script with another value", at: span,
      label: "which of both?", labels: [Label(first, "the script's own")],
      help: ["give one of them another name"])
  }

  /// A name that several rules of a run give different meanings.
  package static func ambiguous(_ name: String, among meanings: [String], help: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      "E0318", "`\(name)` means \(meanings.count) things in this run", at: span, label: "which of them?",
      notes: ["it is " + meanings.joined(separator: ", and ")], help: help)
  }

  /// A parameter under a name that every run has, in what is recorded.
  package static func parameterOfStepName(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0307", "`\(name)` is a parameter of this problem, and a name of the step in every run", at: span,
      label: "which of both?", help: ["give the parameter another name"])
  }

  /// A metric under a name that every run has.
  static func metricOfStepName(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0307", "every run has a `\(name)` of its own", at: span, label: "would hide it", help: ["choose another name"])
  }

  /// An axis of a sweep under a name that its runs give a meaning.
  package static func axisOfResult(_ name: String, sweep: String, isAxis: Bool, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0307", "the runs of this sweep have a `\(name)` already", at: span,
      label: "a second of this name: `\(sweep).\(name)`",
      help: ["choose another name for \(isAxis ? "this axis" : "this value"), or for what is recorded, with `as`"])
  }

  /// A name in a definition that means something of the step already.
  static func stepName(_ name: String, in kind: DefinitionKind, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0307", "`\(name)` is a name of the step in every \(kind.rawValue)", at: span, label: "would hide it",
      help: ["choose another name"])
  }

  /// A name that a used file and what stands before both define.
  package static func importedTwice(_ name: String, from path: String, first: Span, second: Span, at span: Span)
    -> Diagnostic
  {
    Diagnostic(
      "E0307", "`\(name)` of `\(path)` is already defined", at: span, label: "brings a second `\(name)`",
      labels: [Label(first, "first defined here"), Label(second, "defined again here")],
      help: ["give one of them another name"])
  }

  /// An equation that a definition has already.
  static func secondEquation(_ what: String, first: Span, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0307", "`\(what)` is already given", at: span, label: "second equation",
      labels: [Label(first, "first given here")], help: ["keep one of both"])
  }

  /// An alias of `record` under which the run has something already.
  package static func alreadyRecorded(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0307", "the run has a `\(name)` already", at: span, label: "a second of this name",
      help: ["choose another name for this series"])
  }

  /// A series under the name of a parameter that it says nothing of.
  package static func hidesParameter(_ name: String, _ path: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0307", "the run has a `\(name)` already", at: span, label: "hides the parameter `\(path)`",
      help: ["choose another name for this series"])
  }

  package static func fixedName(_ name: String, defined: Span?, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0308", "`\(name)` is fixed and cannot change", at: span, label: "assigned here",
      labels: defined.map { [Label($0, "fixed by this definition")] } ?? [],
      help: ["declare it with `var \(name) = …` to let it change"])
  }

  package static func unknownAssignment(_ name: String, near candidates: [String], at span: Span) -> Diagnostic {
    let offer = offer(candidates, at: span)
    return Diagnostic(
      "E0309", effect: .unknownTarget, "nothing called `\(name)` can be assigned", at: span, label: "not declared",
      notes: ["an assignment never makes a new variable"],
      help: offer.help.isEmpty ? ["declare it with `var \(name) = …`"] : offer.help, edits: offer.edits)
  }

  /// A name that an intervention cannot assign to; `others` are what it can besides hyper-parameters.
  package static func unknownHyperparameter(
    _ name: String, known: [String], others: [String] = [], near candidates: [String], at span: Span
  ) -> Diagnostic {
    let offer = offer(candidates, at: span)
    return Diagnostic(
      "E0309", effect: .unknownTarget, "the optimizer has no hyper-parameter `\(name)`", at: span,
      label: "cannot be changed",
      notes: [("hyper-parameters", known), ("besides them", others)].filter { !$1.isEmpty }.map {
        "\($0): \($1.joined(separator: ", "))"
      }, help: offer.help,
      edits: offer.edits)
  }

  /// A name that a value does not have.
  ///
  /// - Parameter function: the function that is called so, if there is one.
  package static func unknownMember(
    _ name: String, of owner: String, available: [String], near candidates: [String], function: String? = nil,
    at span: Span
  ) -> Diagnostic {
    var offer = offer(candidates, at: span)
    if let function, candidates.isEmpty { offer.help = ["it is a function here: `\(function)(…)`"] }
    if case .form(let text)? = ForeignNames.meaning(of: name), text.hasPrefix("x.") {
      offer = (["here it is `\(text.dropFirst())`"], [Edit(span, String(text.dropFirst(2)))])
    }
    return Diagnostic(
      "E0310", "\(owner) has no `\(name)`", at: span, label: "not found",
      notes: available.isEmpty ? [] : ["available: \(available.joined(separator: ", "))"], help: offer.help,
      edits: offer.edits
    ).following(from: .kinds)
  }

  package static func notCallable(_ kind: String, at span: Span) -> Diagnostic {
    Diagnostic("E0311", "\(kind) cannot be called", at: span, label: "this is \(kind)").following(from: .kinds)
  }

  package static func unknownGroup(_ path: String, parameters: [String], near candidates: [String], at span: Span)
    -> Diagnostic
  {
    let offer = offer(candidates, at: span)
    return Diagnostic(
      "E0312", "no parameter matches `\(path)`", at: span, label: "matches nothing",
      notes: ["parameters: \(parameters.joined(separator: ", "))"], help: offer.help, edits: offer.edits)
  }

  package static func uncoveredParameter(_ path: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0313", "the parameter `\(path)` has no update rule", at: span, label: "these rules leave it out",
      help: ["add a last rule for what remains: `, sgd(lr = …) on rest`"])
  }

  package static func doublyCoveredParameter(_ path: String, at span: Span, first: Span) -> Diagnostic {
    Diagnostic(
      "E0314", "the parameter `\(path)` has two update rules", at: span, label: "second rule",
      labels: [Label(first, "first rule")], help: ["use `on rest` for the last rule"])
  }

  package static func outerVariable(_ name: String, defined: Span?, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0317", "a function cannot change `\(name)`, which lies outside of it", at: span,
      label: "changed inside a function",
      labels: defined.map { [Label($0, "defined outside")] } ?? [],
      notes: ["functions are pure: they see the values outside and give one back"],
      help: ["use a name of its own inside, and `return` the new value"])
  }

  package static func positionalOnly(_ name: String, of callee: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0302", "the arguments of `\(callee)` have no names", at: span, label: "leave out `\(name) =`",
      edits: [])
  }

  package static func unavailableHere(_ name: String, _ why: String, at span: Span, help: [String] = []) -> Diagnostic {
    Diagnostic("E0315", "`\(name)` has no meaning here", at: span, label: why, help: help)
  }
}
