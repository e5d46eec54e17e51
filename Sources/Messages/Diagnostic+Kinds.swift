package import Diagnostics
package import Tensors

// E0407 and E0604: a value that cannot be used this way, and something that is not allowed here.
//
// What is wrong is of few kinds, and each kind has its sentence here and nowhere else: the two constructors at the end are
// seen by this file alone. Whoever meets a mistake names its kind and says of what.

// MARK: E0604: forms, clauses, options

extension Diagnostic {
  /// A form that is read, and that is not to be had here.
  ///
  /// - Parameter place: with its preposition: "in this version", "for this plot".
  package static func notAvailable(_ form: String, _ place: String, at span: Span, help: String? = nil) -> Diagnostic {
    .notAllowed("`\(form)` is not available \(place)", at: span, help: help.map { [$0] } ?? [])
  }

  /// A form that this version does not have.
  package static func notInThisVersion(_ form: String, at span: Span, help: String? = nil) -> Diagnostic {
    .notAvailable(form, "in this version", at: span, help: help)
  }

  /// A word that would be without effect where it stands.
  ///
  /// - Parameter place: with its preposition: "for a run of a process", "without a sweep".
  package static func meansNothing(_ word: String, _ place: String, at span: Span, help: [String] = []) -> Diagnostic {
    .notAllowed("`\(word)` means nothing \(place)", at: span, help: help)
  }

  /// A form, a statement or a definition without what belongs to it.
  package static func needs(_ form: String, _ companion: String, at span: Span, help: [String] = []) -> Diagnostic {
    .notAllowed("\(form) needs \(companion)", at: span, help: help)
  }

  /// A form that has one kind of things in it.
  package static func takesOnly(_ form: String, _ things: String, at span: Span, help: [String]) -> Diagnostic {
    .notAllowed("\(form) takes only \(things)", at: span, help: help)
  }

  /// Two sources of one thing, of which one would undo the other.
  ///
  /// - Parameters:
  ///   - other: who says it besides, where no place in the text shows it: "by the axis `seed`".
  ///   - first: where it was said before.
  package static func givenTwice(
    _ what: String, also other: String? = nil, first: Span? = nil, at span: Span,
    help: String = "leave one of them out"
  ) -> Diagnostic {
    var finding = Diagnostic.notAllowed(
      "\(what) is given twice" + (other.map { ", also \($0)" } ?? ""), at: span, help: [help])
    finding.labels = first.map { [Label($0, "first here")] } ?? []
    return finding
  }
}

// MARK: E0604: numbers and files that are written

extension Diagnostic {
  /// A file name whose ending says no format that would do.
  package static func unknownEnding(_ path: String, _ fault: String, endings: String, at span: Span) -> Diagnostic {
    .notAllowed("`\(path)` \(fault)", at: span, help: ["use \(endings)"])
  }

  /// A result in a format that cannot hold it.
  package static func cannotBeSaved(
    _ what: String, as format: ExportFormat, _ reason: String, at span: Span, help: String
  )
    -> Diagnostic
  {
    .notAllowed("\(what) cannot be saved as .\(format.rawValue): \(reason)", at: span, help: [help])
  }

  /// A run of which nothing but its results is there.
  package static func cannotBeSaved(asRun name: String, at span: Span) -> Diagnostic {
    .cannotBeSaved(
      "`\(name)`", as: .run, "only its results are there", at: span,
      help: "save a run that this script makes, or the results as .csv, .jsonl or .npz")
  }

  /// A result in a format that people read, for which there is another statement.
  package static func savedForReaders(_ what: String, as format: ExportFormat, at span: Span) -> Diagnostic {
    .cannotBeSaved(
      what, as: format, "that is for readers, and `save` writes for programs", at: span,
      help: "use .csv, .jsonl or .npz, or write `table … to \"x.md\"`")
  }

  /// A fraction in a format of whole numbers.
  package static func fractionAsWhole(_ number: Double, at span: Span) -> Diagnostic {
    .notAllowed(
      "`d` writes whole numbers, and this is \(NumberText.short(number))", at: span,
      help: ["`{x:.0f}` rounds, `{floor(x):d}` cuts"])
  }

  /// A script that is run while it is being run.
  package static func usesItself(_ path: String, at span: Span) -> Diagnostic {
    .notAllowed("`\(path)` uses itself", at: span)
  }
}

// MARK: E0604: draws and time

extension Diagnostic {
  /// `draw` among the members of a process whose equations are maps.
  package static func drawInMap(_ name: String, at span: Span) -> Diagnostic {
    .notAllowed(
      "`draw \(name)` in the map of a process: new at every step, or one for the run?", at: span,
      help: [
        "for new numbers at every step, write `noise \(name) ~ …`",
        "for one draw, make it before and give it to the process: `let \(name) = draw(…)`",
      ])
  }

  /// `draw` among the members of a process of which an ensemble has many paths.
  package static func drawInEnsemble(_ name: String, of subject: RunSubject, at span: Span) -> Diagnostic {
    let noun = subject == .problem ? "problem" : "process"
    return .notAllowed(
      "`draw \(name)` in the \(noun) of an ensemble: one for all paths, or one for each?", at: span,
      help: [
        "for one draw, make it before and give it to the \(noun): `let \(name) = draw(…)`",
        subject == .problem
          ? "for one of each path, write `sweep NAME over seed in 1...100 { run … }`"
          : "for one of each path, write `state \(name) ~ …` without an equation",
      ])
  }

  /// `noise` among the members of a process in continuous time.
  package static func noiseBesideTime(_ name: String, at span: Span) -> Diagnostic {
    .notAllowed(
      "`noise` is for maps (`x' = …`): beside `dt` its size would depend on the step of time", at: span,
      help: ["write `dB` in the equation: a Brownian motion"])
  }

  /// A draw in what every step evaluates.
  package static func drawWhileRunning(_ function: String, isRule: Bool, at span: Span) -> Diagnostic {
    let name = function.split(separator: ".").last.map(String.init) ?? function
    return .notAllowed(
      isRule
        ? "`\(name)` in an update rule would give the same numbers at every step"
        : "`\(name)` in what is evaluated at every step would give the same numbers each time", at: span,
      label: "a draw is made once",
      help: [
        "for one draw, make it before and use its name: `let v = \(name)(…)`",
        isRule
          ? "for new numbers at every step, write `noise ξ ~ normal()` in the optimizer, the problem or the map of a process, "
            + "or `dB` beside `dt`"
          : "for new numbers at every step, write `noise ξ ~ normal()` in the problem, or "
            + "`expect(normal(), n = 32) { z => … }` in a metric",
      ])
  }

  /// A differential equation with a term that stands before neither `dt` nor a Brownian increment.
  package static func withoutTime(_ name: String, at span: Span) -> Diagnostic {
    .notAllowed(
      "`d\(name)` is not 0 where `dt` and `dB` are: it would be added at every step, however short", at: span,
      label: "a term has neither `dt` nor `dB`", help: ["write `d\(name) = (…) * dt`, or `\(name)' = …` for a map"])
  }

  /// A differential equation with a term that is no number times one `dt` or one Brownian increment.
  package static func nonlinearIncrement(_ name: String, hasNoise: Bool, at span: Span) -> Diagnostic {
    .requires(
      "`d\(name)`", "a sum of terms with one `dt`\(hasNoise ? " or one `dB`" : "") each", at: span,
      help: [
        "write `(…) * dt\(hasNoise ? " + (…) * dB" : "")`; the further terms of a scheme are those of "
          + (hasNoise ? "`scheme milstein`" : "`scheme rk4`"),
        "for a step as it is written, make it a map: `\(name)' = …`",
      ])
  }

  /// Members that a condition leaves out which hangs on the step, so that how many stay is not known.
  package static func leavesOutWhileRunning(_ callee: String, at span: Span) -> Diagnostic {
    .notAllowed(
      "\(callee) cannot leave out members by a condition while a step is running", at: span,
      help: ["choose values with `where(condition, a, b)` instead of `if`"])
  }
}

// MARK: E0407: values without what is asked of them

extension Diagnostic {
  /// A value or a definition without a part that is asked for.
  package static func lacks(_ owner: String, _ part: String, at span: Span, help: [String] = []) -> Diagnostic {
    .unusable("\(owner) has no \(part)", at: span, help: help)
  }

  /// A problem that was to be looked at as a function, and says no loss.
  package static func withoutLoss(_ problem: String, at span: Span) -> Diagnostic {
    .lacks("the problem `\(problem)`", "loss", at: span, help: ["write `loss = …`"])
  }

  /// Values that an operation cannot do its work with.
  package static func requires(_ operation: String, _ condition: String, at span: Span, help: [String] = [])
    -> Diagnostic
  {
    .unusable("\(operation) needs \(condition)", at: span, help: help)
  }

  /// What is asked of an event that did not happen until its run ended.
  package static func eventToCome(_ what: String, _ event: String, count: Int = 1, at span: Span) -> Diagnostic {
    .requires(
      what,
      count == 1
        ? "an event that happened: `\(event)` may come after the end"
        : "events that happened: in \(count) places `\(event)` may come after the end",
      at: span, help: ["follow it for longer, or ask what its end decides"])
  }

  /// What is drawn, without what it is drawn from.
  package static func withoutDistribution(_ word: String, example name: String? = nil, at span: Span) -> Diagnostic {
    .requires(
      "`\(word)`", "a distribution", at: span, help: name.map { ["write `\(word) \($0) ~ normal(0, σ)`"] } ?? [])
  }

  /// A call without the block that it is about.
  package static func withoutBlock(_ name: String, example: String, at span: Span) -> Diagnostic {
    .requires("`\(name)`", "a block", at: span, help: ["write `\(example)`"])
  }

  /// A function that is called with more values than it takes, or with fewer.
  package static func takes(_ function: String, _ arguments: String, at span: Span) -> Diagnostic {
    .unusable("\(function) takes \(arguments)", at: span)
  }

  /// A name whose value needs that value.
  package static func throughItself(_ name: String, at span: Span) -> Diagnostic {
    .unusable("`\(name)` is defined through itself", at: span, label: "needed for its own value")
  }
}

// MARK: E0407: counts that do not agree

extension Diagnostic {
  /// More names than there are parts, or fewer.
  package static func wrongNameCount(_ count: Int, for parts: String, at span: Span) -> Diagnostic {
    .unusable("\(count) names for \(parts)", at: span)
  }

  /// Two indices for what has one axis.
  package static func oneAxis(of kind: String, at span: Span) -> Diagnostic {
    .unusable("\(kind) has one axis", at: span)
  }

  /// More indices than a tensor has axes.
  package static func tooManyIndices(_ count: Int, rank: Int, at span: Span) -> Diagnostic {
    .unusable("\(count) indices for a tensor of rank \(rank)", at: span)
  }

  /// A tensor in a shape of another number of elements.
  package static func wrongElementCount(_ old: Shape, as new: Shape, at span: Span) -> Diagnostic {
    .unusable("\(old.count) elements of shape \(old) do not fit the shape \(new) of \(new.count)", at: span)
  }
}

// MARK: E0407: assignments, data, errors

extension Diagnostic {
  /// A target of which no part can be replaced.
  package static func notAssignable(_ target: String, at span: Span) -> Diagnostic {
    .unusable(
      "\(target) cannot be assigned to", at: span, help: ["assign to a name, `x = …`, or to an element, `x[i] = …`"])
  }

  /// Rows of a sparse data set where tensors are wanted.
  package static func sparseRows(of dataset: String, at span: Span) -> Diagnostic {
    .unusable(
      "rows of the sparse data set `\(dataset)` are taken by `sample`", at: span,
      help: ["`.dense()` gives the data set with their zeros written out"])
  }

  /// Two series of which the values do not belong together.
  ///
  /// - Parameters:
  ///   - first: how many values the one has.
  ///   - second: how many the other has.
  package static func differentSteps(_ first: Int, _ second: Int, at span: Span) -> Diagnostic {
    .unusable(
      "these series were recorded at different steps (\(first) and \(second) values)", at: span,
      help: ["`.values` gives the numbers without their steps"]
    ).following(from: .shapes)
  }

  /// A function of so many numbers with errors that their slopes would take too long.
  package static func tooManyErrors(_ count: Int, in function: String, at span: Span) -> Diagnostic {
    .unusable(
      "the errors of \(count) numbers in `\(function)` are too many to follow: write `.value` behind the estimates to go "
        + "on without their errors", at: span)
  }

  /// A judgement about all runs of a sweep, of which some have nothing to say.
  package static func leavesRunsOut(_ remark: String, at span: Span) -> Diagnostic { .unusable(remark, at: span) }

  /// A refusal of the parts below, which know no scripts, in their own words.
  package static func refused(_ error: any Error, at span: Span) -> Diagnostic { .unusable("\(error)", at: span) }
}

// MARK: The two codes

extension Diagnostic {
  private static func unusable(_ message: String, at span: Span, label: String = "", help: [String] = []) -> Diagnostic
  {
    Diagnostic("E0407", message, at: span, label: label, help: help)
  }

  private static func notAllowed(_ message: String, at span: Span, label: String = "", help: [String] = [])
    -> Diagnostic
  {
    Diagnostic("E0604", message, at: span, label: label, help: help)
  }
}
