package import Diagnostics
package import Syntax

/// A run statement where it stood, so that it can be staged again with something added.
package struct RunDefinition {
  package var statement: RunStatement
  package var code: Code
  package var scope: Scope
  package var span: Span
  /// What forks and the session add to the body.
  package var additions: [RunAddition] = []
  /// `r at step 25` for a fork; nil for a run itself.
  package var origin: String?
  /// The step at which a fork begins; 0 for a run itself.
  package var firstStep = 0
  /// Whether it has no end of its own: `start`.
  package var isOpen: Bool
  /// Where it stood, so that what it draws is the same when it is staged again.
  package var place = DrawPlace()
  /// Whether it is a member of a sweep, whose numbers may become inputs.
  package var isMember = false
  /// What is added to a hyper-parameter of its optimizers.
  package var shift: HyperparameterShift?

  /// Steps that a run without an end may have.
  package static let openLength = 1 << 50

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
package struct RunAddition {
  /// What is added.
  package enum Kind {
    case change(at: Int, [StatementID])
    case record(Recording)
  }
  package var kind: Kind
  package var code: Code
  package var scope: Scope
  package var span: Span

  package init(kind: Kind, code: Code, scope: Scope, span: Span) {
    self.kind = kind
    self.code = code
    self.scope = scope
    self.span = span
  }
}

/// A number that is added to a hyper-parameter, to differentiate by it.
package struct HyperparameterShift {
  package var name: String
  /// The feed that gives it.
  package var feed: String
  package var place: Span

  package init(name: String, feed: String, place: Span) {
    self.name = name
    self.feed = feed
    self.place = place
  }
}
