package import Diagnostics

/// E02: grammar.
extension Diagnostic {
  /// The codes of this stage.
  package static let grammarCodes = [
    DiagnosticCode("E0201", "a value is missing"),
    DiagnosticCode("E0202", "something else was wanted here"),
    DiagnosticCode("E0203", "an operator or a line break is missing"),
    DiagnosticCode("E0204", "a bracket that is never closed"),
    DiagnosticCode("E0205", "a closing bracket that closes nothing"),
    DiagnosticCode("E0206", "a brace that is never closed"),
    DiagnosticCode("E0207", "a misspelt word of the language"),
    DiagnosticCode("E0208", "`=` and `==` mixed up"),
    DiagnosticCode("E0209", "nested too deep"),
    DiagnosticCode("E0210", "an ambiguous power"),
    DiagnosticCode("E0211", "`%` between two values"),
    DiagnosticCode("E0212", "a comment that begins with `//`"),
    DiagnosticCode("E0213", "a chain of comparisons that turns"),
    DiagnosticCode("E0214", "a value in a string that is not complete"),
    DiagnosticCode("E0215", "an unknown number format"),
    DiagnosticCode("E0216", "a run without length or unit"),
    DiagnosticCode("E0217", "an unknown or repeated part of a run's header"),
    DiagnosticCode("E0218", "a line that does not belong in these braces"),
    DiagnosticCode("E0219", "something that cannot be assigned to"),
    DiagnosticCode("E0220", "an argument in another language's form"),
    DiagnosticCode("E0221", "an argument without name after one with a name"),
    DiagnosticCode("E0222", "a reserved word used as a name"),
    DiagnosticCode("E0223", "a prime that is missing or misplaced"),
    DiagnosticCode("E0224", "`else` out of place"),
    DiagnosticCode("E0225", "`return` outside a function"),
    DiagnosticCode("E0226", "an operator of another language"),
    DiagnosticCode("E0227", "an unknown option of `plot`"),
    DiagnosticCode("E0228", "a body in braces is missing"),
    DiagnosticCode("E0229", "a parameter named twice"),
  ]

  static func ambiguousPower(_ parts: [String], values: [Int?], at span: Span) -> Diagnostic {
    let left = "(\(parts[0])^\(parts[1]))^\(parts[2])"
    let right = "\(parts[0])^(\(parts[1])^\(parts[2]))"
    var help = ["write `\(left)` or `\(right)`"]
    if let a = values[0], let b = values[1], let c = values[2], let lower = power(a, b).flatMap({ power($0, c) }),
      let upper = power(b, c).flatMap({ power(a, $0) })
    {
      help = ["`\(left)` = \(lower), as in MATLAB", "`\(right)` = \(upper), as in Python and Julia"]
    }
    return Diagnostic(
      "E0210", effect: .grammar, "`\(parts[0])^\(parts[1])^\(parts[2])` is ambiguous", at: span, label: "two readings",
      help: help)
  }

  private static func power(_ base: Int, _ exponent: Int) -> Int? {
    guard exponent >= 0, exponent < 64 || abs(base) <= 1 else { return nil }
    var result = 1
    for _ in 0..<min(exponent, 64) {
      let (product, overflow) = result.multipliedReportingOverflow(by: base)
      if overflow { return nil }
      result = product
    }
    return result
  }

  static func argumentColon(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0220", effect: .grammar, "an argument is named with `=`, not `:`", at: span, label: "write `=`",
      help: ["as in `\(name) = …`"], edits: [Edit(span, " =")])
  }

  static func assignmentInExpression(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0208", effect: .grammar, "use `==` to compare; `=` defines", at: span, label: "write `==`",
      edits: [Edit(span, "==")])
  }

  static func assignmentTarget(_ why: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0219", effect: .grammar, "what stands before `=` must be a name, an element or a member", at: span, label: why)
  }

  /// `a //= 2`: an operator that has no form with `=`.
  static func compoundAssignment(_ operation: String, to target: Expression, at span: Span) -> Diagnostic {
    let name = if case .name(let name) = target { name } else { "x" }
    return Diagnostic(
      "E0219", effect: .grammar, "there is no `\(operation)=`", at: span,
      label: "`=` goes with `+`, `-`, `*` and `/` alone",
      help: ["write `\(name) = \(name) \(operation) …`"])
  }

  static func braceAsValue(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0201", effect: .lacking, "a value is missing before this brace", at: span,
      label: "braces hold statements, not values",
      help: ["a list is written `[1, 2, 3]`"])
  }

  static func braceNeverClosed(at brace: Span, end: Span, beforeLine: Int?) -> Diagnostic {
    Diagnostic(
      "E0206", effect: .unclosed, "this `{` is never closed", at: brace, label: "opened here",
      labels: [Label(end, "the file ends here")],
      notes: beforeLine.map { ["by its indentation the block ends before line \($0)"] } ?? [],
      help: ["add `}`"])
  }

  static func bracketNeverClosed(_ opener: String, closer: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0204", effect: .unclosed, "this `\(opener)` is never closed", at: span, label: "opened here",
      help: ["add `\(closer)`"])
  }

  static func choiceExpected(of name: String, words: [String], found: String, near: [String], at span: Span)
    -> Diagnostic
  {
    Diagnostic(
      "E0217", effect: .grammar, "`\(name)` is one of \(quoted(words)), found \(found)", at: span,
      label: "not one of them",
      help: didYouMean(near))
  }

  static func commentSlashes(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0212", effect: .grammar, "comments start with `#`", at: span, label: "`//` divides and rounds down",
      edits: [Edit(span, "#")])
  }

  static func comparisonInDefinition(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0208", effect: .grammar, "use `=` to define; `==` compares", at: span, label: "write `=`",
      edits: [Edit(span, "=")])
  }

  static func comparisonTurns(at span: Span, first: String, then: String) -> Diagnostic {
    Diagnostic(
      "E0213", effect: .grammar, "a chain of comparisons goes one way, and `\(first)` … `\(then)` turns", at: span,
      label: "turns here",
      help: ["write two comparisons joined by `and`"])
  }

  static func definitionBody(_ kind: String, found: String, at span: Span) -> Diagnostic {
    let isFunction = kind == "fn" || kind == "metric"
    return Diagnostic(
      "E0228", effect: .lacking, "this \(isFunction ? "function" : kind) has no body, found \(found)", at: span,
      label: "a body is missing",
      help: [isFunction ? "write `= value`, or `{ … return … }`" : "write `{ … }`"])
  }

  static func elseAlone(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0224", effect: .grammar, "this `else` has no `if`", at: span, label: "stands alone",
      help: ["`else` follows on the line of the closing brace: `} else {`"])
  }

  static func elseMissing(at span: Span, start: Span) -> Diagnostic {
    Diagnostic(
      "E0224", effect: .grammar, "an `if` that gives a value needs an `else`", at: span,
      label: "`else { … }` is missing",
      labels: [Label(start, "for this `if`")])
  }

  static func emptyIndex(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0201", effect: .lacking, "an index is missing", at: span, label: "nothing between the brackets",
      help: ["write `[0]`, or `[:]` for all"])
  }

  static func emptyParentheses(at span: Span) -> Diagnostic {
    Diagnostic("E0201", effect: .lacking, "a value is missing between the parentheses", at: span, label: "nothing here")
  }

  static func emptyValue(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0214", effect: .grammar, "a value is missing between the braces", at: span, label: "nothing here",
      help: ["a brace itself is written `\\{`"])
  }

  static func equationOutsideDefinition(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0223", effect: .grammar, "`\(name)'` is the next value of a state, and this is no optimizer or process",
      at: span,
      label: "no state here", help: ["write `\(name) = …`"], edits: [Edit(span, name)])
  }

  static func expected(_ wanted: String, found: String, at span: Span, label: Label? = nil) -> Diagnostic {
    Diagnostic(
      "E0202", effect: .lacking, "expected \(wanted), found \(found)", at: span, label: "wanted here: \(wanted)",
      labels: label.map { [$0] } ?? [])
  }

  static func expectedBlock(found: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0228", effect: .lacking, "expected a body in braces, found \(found)", at: span, label: "`{ … }` is missing")
  }

  static func expectedWord(_ wanted: String, found: String, near: Bool, at span: Span) -> Diagnostic {
    near
      ? misspelt("expected `\(wanted)`, found \(found)", near: [wanted], at: span)
      : Diagnostic(
        "E0202", effect: .lacking, "expected `\(wanted)`, found \(found)", at: span, label: "`\(wanted)` is missing")
  }

  static func foreignOperator(_ text: String, here: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0226", effect: .grammar, "`\(text)` is written `\(here)`", at: span, label: "write `\(here)`",
      edits: [Edit(span, here == "not" ? "not " : here)])
  }

  static func generatorNotAlone(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0221", effect: .grammar, "a `for` inside an argument makes it the first one", at: span,
      label: "arguments stand before it",
      help: ["put it into brackets: `[… for … in …]`"])
  }

  static func lengthMissing(at span: Span, gap: Span) -> Diagnostic {
    Diagnostic(
      "E0216", effect: .grammar, "this run does not say how long it goes", at: gap, label: "a length is missing",
      labels: [Label(span, "the run begins here")], help: ["write `for 1000 steps`, `for 20 epochs` or `until 10`"])
  }

  static func memberExpected(_ kind: String, found: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0218", effect: .grammar, "\(found) does not begin a line of \(article(kind))", at: span,
      label: "does not belong here",
      help: [memberForms(kind)])
  }

  static func memberMisplaced(_ word: String, in kind: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0218", effect: .grammar, "`\(word)` does not belong in \(article(kind))", at: span, label: "not here",
      help: [memberForms(kind)])
  }

  static func misspeltWord(_ word: String, near: [String], at span: Span) -> Diagnostic {
    misspelt("`\(word)` is no word that begins a statement", near: near, at: span)
  }

  private static func misspelt(_ message: String, near: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      "E0207", effect: .grammar, message, at: span, help: didYouMean(near),
      edits: near.count == 1 ? [Edit(span, near[0])] : [])
  }

  static func momentUnit(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0216", effect: .grammar, "the moment of a change needs its unit", at: span, label: "step, epoch or time?",
      help: ["write `at step 1000 { … }`"])
  }

  static func nestedTooDeep(limit: Int, at span: Span) -> Diagnostic {
    Diagnostic("E0209", effect: .grammar, "nested more than \(limit) deep", at: span, label: "one level too many")
  }

  static func nothingToClose(_ closer: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0205", effect: .grammar, "this `\(closer)` closes nothing", at: span, label: "no bracket is open",
      edits: [Edit(span, "")])
  }

  static func operatorMissing(before found: String, expected: String?, at span: Span, label: Label?) -> Diagnostic {
    let wanted = expected == nil ? "an operator or a line break" : "an operator\(expected ?? "")"
    return Diagnostic(
      "E0203", effect: .grammar, "expected \(wanted) before \(found)", at: span,
      label: "does not follow on what stands before",
      labels: label.map { [$0] } ?? [], help: groupingHelp(found))
  }

  /// `by`, `over`, `where` stand inside of brackets, so that it is seen how far they reach.
  private static func groupingHelp(_ found: String) -> [String] {
    ["`by`", "`over`", "`where`"].contains(found)
      ? ["put brackets around it and what it is of: `(… \(found.dropFirst().dropLast()) …)`"] : []
  }

  static func percentOperator(left: String, right: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0211", effect: .grammar, "`%` is only written behind a number, as in `5%`", at: span, label: "not an operator",
      help: ["for the remainder write `mod(\(left), \(right))`"])
  }

  static func plainAssignment(_ name: String, in kind: String, at span: Span) -> Diagnostic {
    let isDynamic = kind == "optimizer" || kind == "process"
    return Diagnostic(
      "E0223", effect: .grammar, "`\(name) = …` defines nothing in \(article(kind))", at: span,
      label: isDynamic ? "a prime or `let`" : "`let`",
      help: isDynamic
        ? ["for the next value of a state write `\(name)' = …`", "for an intermediate value write `let \(name) = …`"]
        : ["write `let \(name) = …`"])
  }

  static func positionalAfterNamed(at span: Span, named: Name) -> Diagnostic {
    Diagnostic(
      "E0221", effect: .grammar, "an argument without a name follows one with a name", at: span,
      label: "which parameter is this?",
      labels: [Label(named.span, "named from here on")])
  }

  static func primeOutsideDefinition(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0223", effect: .grammar, "a prime is not part of a name", at: span, label: "the next value of a state",
      help: ["only a line of an optimizer or process begins with `\(name)' = …`"])
  }

  static func primedLet(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0223", effect: .grammar, "the next value of a state is given without `let`", at: span,
      label: "a state has a prime",
      help: ["write `\(name)' = …`"])
  }

  static func repeatedClause(_ name: String, at span: Span, first: Span) -> Diagnostic {
    Diagnostic(
      "E0217", effect: .grammar, "`\(name)` is given twice", at: span, label: "again here",
      labels: [Label(first, "first here")])
  }

  static func repeatedParameter(_ name: Name, first: Span) -> Diagnostic {
    Diagnostic(
      "E0229", effect: .grammar, "two parameters are named `\(name.text)`", at: name.span, label: "again here",
      labels: [Label(first, "first here")])
  }

  static func reservedName(_ word: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0222", effect: .grammar, "`\(word)` is a word of the language and cannot be a name", at: span,
      label: "choose another name")
  }

  static func returnOutside(at span: Span) -> Diagnostic {
    Diagnostic("E0225", effect: .grammar, "`return` stands outside a function", at: span, label: "returns from nothing")
  }

  static func runItemExpected(found: String, near: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      "E0218", effect: .grammar, "\(found) does not begin a line of a run", at: span, label: "does not belong here",
      help: didYouMean(near) + ["a run holds `record …`, `at step N { … }` and `stop when …`"])
  }

  static func sampleSource(found: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0202", effect: .lacking, "where the sample comes from is missing, found \(found)", at: span,
      label: "from where?",
      help: ["write `from data`, `in 0..<n` or `~ distribution`"])
  }

  static func secondPrime(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0223", effect: .grammar, "this prime follows no name", at: span, label: "one prime, directly behind a name")
  }

  static func shapeOfBinding(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0202", effect: .lacking, "`let` takes no shape: `\(name)` has that of its value", at: span,
      label: "expected `=`")
  }

  static func unaryPlus(at span: Span) -> Diagnostic {
    Diagnostic("E0201", effect: .lacking, "a value is missing before `+`", at: span, label: "numbers have no plus sign")
  }

  static func unequalChain(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0213", effect: .grammar, "`!=` does not chain", at: span, label: "which of them are to differ?",
      help: ["write two comparisons joined by `and`"])
  }

  static func unitMissing(found: String, near: String?, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0216", effect: .grammar, "a length needs its unit, found \(found)", at: span,
      label: "`steps`, `epochs` or `time`",
      help: near.map { ["did you mean `\($0)`?"] } ?? [])
  }

  /// A word that belongs to a part of a run's header, and stands elsewhere in it.
  static func misplacedWord(_ word: String, behind part: String, example: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0217", effect: .grammar, "`\(word)` stands behind \(part)", at: span, label: "not here",
      help: ["write `\(example)`"])
  }

  static func unknownClause(_ found: String, near: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      "E0217", effect: .grammar, "\(found) is no part of a run", at: span, label: "not known",
      help: didYouMean(near)
        + [
          "a run has \((["with"] + ClauseShape.all.map(\.word)).map { "`\($0)`" }.joined(separator: ", ")), and `for` or `until`"
        ])
  }

  static func unknownFormat(_ format: String, fault: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0215", effect: .grammar, "`\(format)` is no number format: \(fault)", at: span, label: "not understood",
      help: ["formats: `.3f` fixed, `.3e` scientific, `.3g` general, `d` integer, `.1%` percent"])
  }

  static func unknownPlotOption(_ found: String, near: [String], at span: Span) -> Diagnostic {
    let file = found == "`to`" ? ["a file comes last, without a comma before: `plot … to \"x.svg\"`"] : []
    return Diagnostic(
      "E0227", effect: .grammar, "\(found) is no option of `plot`", at: span, label: "not known",
      help: file + didYouMean(near) + ["options: \((Words.valueOptions + Words.bareOptions).joined(separator: ", "))"])
  }

  /// A line of a session, with its prompt.
  static func promptInText(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0201", effect: .lacking, "a value is missing before `>`", at: span, label: "the prompt of a session?",
      help: ["leave the `> ` and the `… ` in front of lines out, and the lines of output"])
  }

  static func plotOptionNeedsValue(_ word: String, at span: Span) -> Diagnostic {
    let (what, example) =
      switch word {
      case "line": ("a height", "line 0.5")
      case "title", "xlabel", "ylabel": ("a text", "\(word) \"loss\"")
      default: ("an axis of the sweep", "\(word) seed")
      }
    return Diagnostic(
      "E0227", effect: .grammar, "`\(word)` needs \(what)", at: span, label: "nothing follows",
      help: ["write `\(example)`"])
  }

  static func valueMissing(after before: String?, found: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0201", effect: .lacking, "a value is missing\(before.map { " after " + $0 } ?? ""), found \(found)", at: span,
      label: "value wanted here")
  }

  static func valueNeverClosed(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0214", effect: .grammar, "this `{` in a string is never closed", at: span, label: "a value begins here",
      help: [
        "write `{x}`, or with a format `{x:.3f}`, `{x:.3e}`, `{x:.3g}`, `{n:d}`, `{p:.1%}`",
        "a brace itself is written `\\{`",
      ])
  }

  // MARK: - Words

  private static func didYouMean(_ near: [String]) -> [String] {
    guard let last = near.last else { return [] }
    if near.count == 1 { return ["did you mean `\(last)`?"] }
    return ["did you mean " + near.dropLast().map { "`\($0)`" }.joined(separator: ", ") + " or `\(last)`?"]
  }

  private static func quoted(_ words: [String]) -> String { words.map { "`\($0)`" }.joined(separator: ", ") }

  private static func article(_ kind: String) -> String { (kind == "optimizer" ? "an " : "a ") + kind }

  private static func memberForms(_ kind: String) -> String {
    switch kind {
    case "problem":
      "a problem holds `param`, `sample`, `batch`, `noise`, `draw`, `let`, `fn`, `loss`, `metric`, `facts`"
    case "optimizer": "an optimizer holds `state`, `noise`, `let`, `fn` and equations such as `x' = x - lr * g`"
    case "process": "a process holds `state`, `let`, `fn` and equations such as `dw = -w * dt + dB`"
    case "compressor":
      "a compressor holds `state`, `noise`, `let`, `fn`, equations of its states, `apply(v) = …` and `bits = …`"
    default: "a network holds `param`, `let`, `fn` and `apply(x) = …`"
    }
  }
}

extension Diagnostic {
  /// Values to record behind a cadence.
  static func cadenceInside(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0202", effect: .lacking,
      "expected the end of the line, found `,`: a cadence stands once, at the end, for all values of its line",
      at: span, label: "the line has its cadence already",
      help: ["write `record loss, norm(g) every 10`, or a second `record` line with a cadence of its own"])
  }
}
