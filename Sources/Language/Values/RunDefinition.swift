package import Diagnostics
package import Syntax

/// A run statement where it stood, so that it can be staged again with something added.
package struct RunDefinition {
  var statement: RunStatement
  var code: Code
  var scope: Scope
  var span: Span
  /// What forks and the session add to the body.
  var additions: [RunAddition] = []
  /// `r at step 25` for a fork; nil for a run itself.
  var origin: String?
  /// The step at which a fork begins; 0 for a run itself.
  var firstStep = 0
  /// Whether it has no end of its own: `start`.
  var isOpen: Bool
  /// Where it stood, so that what it draws is the same when it is staged again.
  var place = DrawPlace()
  /// What is added to a hyper-parameter of its optimizers.
  var shift: HyperparameterShift?

  /// Steps that a run without an end may have.
  static let openLength = 1 << 50

  /// A statement in the text and the scope it stands in.
  package init(statement: RunStatement, code: Code, scope: Scope, span: Span, isOpen: Bool = false) {
    self.statement = statement
    self.code = code
    self.scope = scope
    self.span = span
    self.isOpen = isOpen
  }
}

/// Something added to a run's body from another place of the text.
struct RunAddition {
  enum Kind {
    case change(at: Int, [StatementID])
    case record(Recording)
  }
  var kind: Kind
  var code: Code
  var scope: Scope
  var span: Span
}

/// A number that is added to a hyper-parameter, to differentiate by it.
struct HyperparameterShift {
  var name: String
  /// The feed that gives it.
  var feed: String
  var place: Span
}
