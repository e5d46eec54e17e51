import Data
import Diagnostics
import Language
import Runs
import Syntax
import Testing
import Values

/// Every clause of a run's header does something, or is refused: none is taken in silence.
@Suite struct ClauseTests {
  /// What a run may be of, with the clauses that it must have.
  struct Subject: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var definition: String
    var call = "it"
    var clauses = ["with": "with gd(lr = 0.25)"]
    var recorded = "loss"
    var isStepped = false
    var isSwept = false

    /// A script that runs it, with one more clause or another.
    func script(_ word: String = "", _ clause: String = "") -> String {
      var clauses = clauses
      var length = isStepped ? "" : " for 3 steps"
      switch word {
      case "": break
      case "for", "until": length = " " + clause
      default: clauses[word] = clause
      }
      let header = clauses.sorted { $0.key < $1.key }.map(\.value).joined(separator: " ")
      let name = isSwept ? "" : "r = "
      let run = "\(isStepped ? "start" : "run") \(name)\(call) \(header)\(length) { record \(recorded) }"
      if isSwept { return "\(definition)\nsweep s over a in [1, 2] { \(run) }\ntable s: final(\(recorded)) by a" }
      return "\(definition)\n\(run)\n\(isStepped ? "step 3" : "")\nprint r.\(recorded).values"
    }
  }

  static let subjects = [
    Subject(
      testDescription: "a problem over data",
      definition: "problem it { param w = 0.5; sample (x, y) from chebyshev(degree = 1, points = 9); "
        + "loss = (dot(x, [w]) - y[0])^2 }"),
    Subject(
      testDescription: "a problem with fresh samples",
      definition: "problem it { param w = 0.5; sample x ~ normal(0, 1); loss = (w - x)^2 }",
      clauses: ["with": "with gd(lr = 0.25)", "batch": "batch 3"]),
    Subject(testDescription: "a problem without samples", definition: "", call: "quadratic([1, 2])"),
    Subject(
      testDescription: "a problem that is stepped", definition: "problem it { param w = 0.5; loss = w^2 }",
      isStepped: true),
    Subject(
      testDescription: "a problem in a sweep", definition: "problem it { param w = 0.5; loss = w^2 }", isSwept: true),
    Subject(
      testDescription: "a map", definition: "process it { state y = 1; y' = y / 2 + t }", clauses: [:], recorded: "y"),
    Subject(
      testDescription: "an equation in time", definition: "process it { state y = 1; dy = -y * dt }",
      clauses: ["dt": "dt 0.5"], recorded: "y"),
  ]

  /// Each clause of the grammar with a value and a word, and those with a form of their own.
  static let clauses: [(word: String, text: String)] =
    ClauseShape.all.map { shape in
      (shape.word, ([shape.word] + (shape.takesValue ? ["2"] : []) + shape.choices.prefix(1)).joined(separator: " "))
    } + [("with", "with gd(lr = 0.125)"), ("until", "until 1"), ("for", "for 1 time"), ("for", "for 2 epochs")]

  private func played(_ script: String) -> (output: String, errors: [Diagnostic]) {
    var output = ""
    let session = Session(
      host: MemoryHost(), options: SessionOptions(), output: { output += $0 }, progress: nil, interrupt: nil)
    let report = session.run(SourceText(name: "t.opt", script))
    return (output, report.diagnostics.filter { $0.severity == .error })
  }

  @Test(arguments: subjects, clauses.indices)
  func everyClauseIsUsedOrRefused(subject: Subject, number: Int) {
    let clause = Self.clauses[number]
    let plain = played(subject.script())
    #expect(plain.errors.isEmpty, "\(plain.errors.map(\.message))")
    let other = played(subject.script(clause.word, clause.text))
    #expect(!other.errors.isEmpty || other.output != plain.output, "`\(clause.text)` does nothing:\n\(other.output)")
    // A value of another kind is refused as such.
    #expect(
      other.errors.allSatisfy { $0.code.hasPrefix("E06") || ["E0403", "E0407"].contains($0.code) },
      "\(clause.text): \(other.errors.map(\.message))")
  }

  @Test func everyClauseOfTheGrammarHasAMeaning() {
    let words = ClauseSummary.all.map(\.word)
    for shape in ClauseShape.all {
      #expect(words.contains(shape.word), "\(shape.word) is in no file of Runs/Clauses")
    }
    #expect(ClauseSummary.all.allSatisfy { !$0.help.isEmpty && ($0.isOfProblem || $0.isOfProcess) })
  }

  @Test(arguments: [
    ("run quadratic([1]) with gd(lr = 0.1) dt 0.5 for 3 steps", "dt", "`with`, `batch`, `seed`"),
    ("run decay() batch 3 shuffled for 1 time dt 0.5", "batch", "`seed`, `precision`, `mantissa`, `dt`"),
    ("run decay() with gd(lr = 1) for 1 time dt 0.5", "with", "`seed`, `precision`, `mantissa`, `dt`"),
    ("run decay() sampler cyclic for 1 time dt 0.5", "sampler", "`seed`, `precision`, `mantissa`, `dt`"),
  ]) func whatMeansNothingIsRefusedWithWhatDoes(run: String, word: String, taken: String) {
    let found = checking("process decay(k = 1) { state y = 1; dy = -k * y * dt }\n" + run)
    #expect(found.codes == ["E0604"], "\(found.words)")
    #expect(found.words.contains("`\(word)` means nothing") && found.words.contains(taken), "\(found.words)")
  }

  @Test func anOrderIsGivenOnce() {
    let problem = "problem p { param w = 0.5; sample (x, y) from chebyshev(degree = 1, points = 9); loss = w^2 }\n"
    let run = "run p with gd(lr = 0.1) batch 2 cyclic sampler shuffled for 3 steps"
    #expect(checking(problem + run).codes == ["E0604"])
  }
}
