extension StatementForm {
  /// Every form of statement that begins with a word.
  package static let all: [StatementForm] = reserved + definitions + statements + prompt

  private static let reserved = [
    StatementForm(["let"], .reserved, "Binding", help: "a name for a value") { $0.parseBinding() },
    StatementForm(["fn"], .reserved, "Definition", help: "a function") { .definition($0.parseDefinition(.function)) },
    StatementForm(["if"], .reserved, "If", help: "a choice") { $0.parseIf() },
    StatementForm(["for"], .reserved, "For", help: "a loop over values") { $0.parseFor() },
    StatementForm(["while"], .reserved, "While", help: "a loop as long as a condition holds") { $0.parseWhile() },
    StatementForm(["repeat"], .reserved, "Repeat", help: "a loop of so many turns") { $0.parseRepeat() },
    StatementForm(["return"], .reserved, "Return", help: "the value of a function") { $0.parseReturn() },
  ]

  private static let definitions = [
    definition(.problem, help: "a loss, the data it is over, and its parameters"),
    definition(.optimizer, help: "an update rule for parameters"),
    definition(.metric, help: "a function of a run's state that can be recorded"),
    definition(.process, help: "an equation in time, with or without noise"),
    definition(.network, help: "a function with parameters"),
    definition(.compressor, help: "what is sent of a vector, and what that costs"),
  ]

  private static func definition(_ kind: DefinitionKind, help: String) -> StatementForm {
    StatementForm([kind.rawValue], .definition, "Definition", help: help) { .definition($0.parseDefinition(kind)) }
  }

  private static let statements = [
    StatementForm(["var"], .statement, "Binding", help: "a name whose value may change") { $0.parseBinding() },
    StatementForm(["input"], .statement, "Input", help: "a value that `--set` may replace") { $0.parseInput() },
    StatementForm(["run"], .statement, "Run", help: "a problem, an optimizer, a seed, a number of steps") {
      .run($0.parseRun())
    },
    StatementForm(["ensemble"], .statement, "Ensemble", help: "many paths of a process that step together") {
      .run($0.parseEnsemble())
    },
    StatementForm(["fork"], .statement, "Fork", help: "a run that begins at a step of another, with one change") {
      $0.parseFork()
    },
    StatementForm(["sweep"], .statement, "Sweep", help: "a run for each combination of values") { $0.parseSweep() },
    StatementForm(["print"], .statement, "Print", openings: [.nothing], help: "values, in words of one's own") {
      $0.parsePrint()
    },
    StatementForm(["table"], .statement, "Table", help: "results as rows and columns") { $0.parseTable() },
    StatementForm(["plot"], .statement, "Plot", help: "series as curves") { $0.parsePlot() },
    StatementForm(["claim"], .statement, "Claim", help: "a comparison with a verdict") { $0.parseClaim() },
    StatementForm(["save"], .statement, "Save", help: "results in files") { $0.parseSave() },
    StatementForm(["use"], .statement, "Use", help: "definitions and results of another file") { $0.parseUse() },
    StatementForm(["precision"], .statement, "Precision", help: "the number format of all runs of the file") {
      $0.parsePrecision()
    },
    CompareStatement.form,
  ]

  private static let prompt = [
    StatementForm(["start"], .prompt, "Start", help: "a run at step 0, to be stepped") {
      .session(.start($0.parseStart()))
    },
    StatementForm(["step"], .prompt, "Step", openings: [.nothing, .value], help: "steps of the present run") {
      .session($0.parseStep())
    },
    StatementForm(["back"], .prompt, "Travel", openings: [.nothing], help: "so many steps back, bit for bit") {
      .session($0.parseTravel())
    },
    StatementForm(["goto"], .prompt, "Travel", help: "to a step of the present run") { .session($0.parseTravel()) },
    StatementForm(
      ["watch"], .prompt, "Watch", openings: [.nothing, .value], help: "values that are shown whenever a run has moved"
    ) { .session($0.parseWatch()) },
    StatementForm(["unwatch"], .prompt, "Watch", openings: [.nothing], help: "watched values that are shown no more") {
      .session($0.parseWatch())
    },
    StatementForm(["switch"], .prompt, "Switch", help: "the run that is meant where none is named") {
      .session($0.parseSwitch())
    },
    StatementForm(["diff"], .prompt, "Difference", help: "in what two runs differ") { .session($0.parseDifference()) },
    StatementForm(["when"], .prompt, "When", openings: [.value], help: "the first step at which a condition holds") {
      .session($0.parseWhen())
    },
    StatementForm(["record"], .prompt, "Record", help: "values of all steps, also of those that have been made") {
      .session(.record($0.parseRecord(defaultUnit: .steps)))
    },
    StatementForm(["change"], .prompt, "Change", openings: [.brace], help: "other values for the present run") {
      .session($0.parseChange())
    },
    StatementForm(
      ["inspect"], .prompt, "Inspect", openings: [.nothing, .value], help: "a value of the present run, where it is"
    ) { .session($0.parseInspect()) },
    StatementForm(
      ["spectrum"], .prompt, "Spectrum", openings: [.nothing], help: "the largest eigenvalues of the Hessian"
    ) { .session($0.parseSpectrum()) },
    StatementForm(["why"], .prompt, "Why", openings: [.nothing], help: "what the last step did to the loss") {
      .session($0.parseWhy())
    },
  ]
}
