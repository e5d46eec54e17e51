import Diagnostics
import Evaluation
import Messages
import Syntax
import Values

/// What the clauses of a run's header give, each by its type.
package struct RunClauses {
  private var settings: [String: Any] = [:]

  /// What a clause gives; nil where the run has none and there is no value without it.
  subscript<Clause: HeaderClause>(_ clause: Clause.Type) -> Clause.Setting? { settings[Clause.word] as? Clause.Setting }

  /// What a run has without any clause.
  init(_ evaluator: Evaluator) {
    for clause in HeaderClauses.all { begin(clause, evaluator) }
  }

  private mutating func begin<Clause: HeaderClause>(_ clause: Clause.Type, _ evaluator: Evaluator) {
    if let value = Clause.initial(evaluator) { settings[Clause.word] = value }
  }

  fileprivate mutating func read<Clause: HeaderClause>(
    _ clause: Clause.Type, _ written: RunClause, by evaluator: Evaluator, in scope: Scope
  ) throws(Diagnostic) {
    if let value = try Clause.read(written, by: evaluator, in: scope) { settings[Clause.word] = value }
  }
}

extension Evaluator {
  /// The clauses of a run's header, each judged by itself.
  func clauses(_ clauses: [RunClause], in scope: Scope) throws(Diagnostic) -> RunClauses {
    var result = RunClauses(self)
    for clause in clauses {
      let before = result
      result = try tolerating(before) { () throws(Diagnostic) in
        guard let form = HeaderClauses.of(clause.name.text), !form.subjects.isEmpty else {
          throw .notAvailable(clause.name.text, "for this run", at: clause.name.span)
        }
        var next = before
        try next.read(form, clause, by: self, in: scope)
        return next
      }
    }
    try tolerating(()) { () throws(Diagnostic) in try requireMantissa(of: result) }
    return result
  }

  /// Refuses the clauses that mean nothing for what is run.
  func refuseClauses(of run: RunStatement, for subject: RunSubject) throws(Diagnostic) {
    for clause in HeaderClauses.all where !clause.subjects.isEmpty && !clause.subjects.contains(subject) {
      guard let place = clause.span(in: run, code.tree) else { continue }
      try tolerating(()) { () throws(Diagnostic) in
        throw .clauseNotTaken(clause.word, by: subject, at: place)
      }
    }
  }
}

extension Diagnostic {
  /// A clause that would be without effect on what is run.
  static func clauseNotTaken(_ word: String, by subject: RunSubject, at span: Span) -> Diagnostic {
    let words = HeaderClauses.words(of: subject).map { "`\($0)`" }
    return .meansNothing(
      word, "for a run of \(subject.rawValue)", at: span,
      help: [
        "leave it out: a run of \(subject.rawValue) takes \(words.dropLast().joined(separator: ", ")) and \(words[words.count - 1])"
      ])
  }
}
