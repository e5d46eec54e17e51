import Diagnostics
import Messages
import Metrics
import Staging
import Syntax
import Values

/// Where in the line that heads a run a clause is said.
enum HeaderPlace: Int, Comparable {
  case rules, seed, precision, length, samples, rest

  static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A clause of a run's header: what is given with it, which runs take it, and what it makes of them.
///
/// Each is one file of `Clauses/`, from which `HeaderClauses.all` is made while building. How it is written stands in the
/// production `Clause` of the grammar.
protocol HeaderClause: SendableMetatype {
  /// What the clause gives, evaluated.
  associatedtype Setting = Never

  static var word: String { get }
  /// What it is for, in one line.
  static var help: String { get }
  /// Which runs take it; none of those that this version does not have.
  static var subjects: Set<RunSubject> { get }
  static var place: HeaderPlace { get }
  /// The words that write it, of a kind of run.
  static func words(of subject: RunSubject) -> [String]

  /// Where a run has the clause; nil where it has not.
  static func span(in run: RunStatement, _ tree: Tree) -> Span?
  /// The value of a run without the clause.
  static func initial(_ evaluator: Evaluator) -> Setting?
  /// Evaluates the clause; nil where what follows its word was refused by the parser.
  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Setting?
  /// Puts it into the steps of a problem's run, and refuses it where it does not go together with the problem.
  ///
  /// In the order of the grammar: a clause finds in the settings what those before it have put there.
  static func apply(
    _ clauses: RunClauses, to settings: inout StepSettings, of problem: StagedProblem, by evaluator: Evaluator,
    at span: Span
  ) throws(Diagnostic)
  /// Puts it into the steps of a problem's run where it is about the rules, which are known after all clauses.
  static func apply(
    _ clauses: RunClauses, to settings: inout StepSettings, of rules: [RulePlan], by evaluator: Evaluator
  ) throws(Diagnostic)
  /// How the line that heads a run says it; nil where nothing is said.
  static func header(of run: BoundRun) -> String?

  /// Whether an intervention may assign to it: `at step 100 { batch = 8 }`.
  static var isChangeable: Bool { get }
  /// What such an assignment makes of the steps from there on.
  static func change(_ change: ClauseChange, of settings: inout StepSettings, by evaluator: Evaluator)
    throws(Diagnostic)
}

/// An assignment to a clause at a step of a run.
struct ClauseChange {
  var operation: BinaryOperator?
  var value: ExpressionID
  var target: InterventionTarget
  var scope: Scope
  var place: OperandPlaces
}

extension HeaderClause {
  static var place: HeaderPlace { .rest }

  static func words(of subject: RunSubject) -> [String] { [word] }
  static var isChangeable: Bool { false }

  static func span(in run: RunStatement, _ tree: Tree) -> Span? {
    run.clauses.first { $0.name.text == word }?.name.span
  }

  static func initial(_ evaluator: Evaluator) -> Setting? { nil }

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Setting? { nil }

  static func apply(
    _ clauses: RunClauses, to settings: inout StepSettings, of problem: StagedProblem, by evaluator: Evaluator,
    at span: Span
  ) throws(Diagnostic) {}

  static func apply(
    _ clauses: RunClauses, to settings: inout StepSettings, of rules: [RulePlan], by evaluator: Evaluator
  ) throws(Diagnostic) {}

  static func header(of run: BoundRun) -> String? { nil }

  static func change(_ change: ClauseChange, of settings: inout StepSettings, by evaluator: Evaluator)
    throws(Diagnostic)
  {}
}

/// The table of clauses.
enum HeaderClauses {
  /// Every clause: `with`, those of the grammar in its order, and the length.
  static let all: [any HeaderClause.Type] = {
    let order = [WithClause.word] + ClauseShape.all.map(\.word) + [ForClause.word]
    return embedded.sorted { (order.firstIndex(of: $0.word) ?? 0) < (order.firstIndex(of: $1.word) ?? 0) }
  }()

  /// In the order in which the line that heads a run says them.
  static let byPlace = all.sorted { $0.place < $1.place }

  /// The clause of a word; nil for other words.
  static func of(_ word: String) -> (any HeaderClause.Type)? { all.first { $0.word == word } }

  /// The words of the clauses that a kind of run takes.
  static func words(of subject: RunSubject) -> [String] {
    all.filter { $0.subjects.contains(subject) }.flatMap { $0.words(of: subject) }
  }
}

/// A clause of a run's header as help and completion show it.
package struct ClauseSummary: Sendable {
  package var word: String
  package var help: String
  package var isOfProblem: Bool
  package var isOfProcess: Bool

  /// Those that a run of this version takes.
  package static let all: [ClauseSummary] = HeaderClauses.all.filter { !$0.subjects.isEmpty }.map { clause in
    ClauseSummary(
      word: clause.word, help: clause.help, isOfProblem: clause.subjects.contains(.problem),
      isOfProcess: clause.subjects.contains(.process))
  }
}
