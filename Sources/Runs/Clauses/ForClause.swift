import Diagnostics
import Messages
import Syntax
import Values

/// What `for 100 steps`, `for 3 epochs`, `for 2 time` and `until 2` give: the length of a run.
enum ForClause: HeaderClause {
  static let word = "for"
  static let help = "the length, in steps, epochs or time"
  static let subjects: Set<RunSubject> = [.problem, .process]
  static let place = HeaderPlace.length

  static func words(of subject: RunSubject) -> [String] { subject == .process ? [word, "until"] : [word] }

  static func span(in run: RunStatement, _ tree: Tree) -> Span? { run.length.map { tree.span($0) } }

  static func header(of run: BoundRun) -> String? {
    guard run.length != RunDefinition.openLength else { return nil }
    return run.length == 1 ? "1 step" : "\(run.length) steps"
  }
}
