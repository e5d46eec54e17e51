package import Diagnostics
package import Syntax

/// The body of a sweep: what it derives, and the run.
package struct SweepBody {
  package var preparation: [StatementID]
  package var derived: [String]
  package var run: RunStatement
  package var span: Span

  package init(preparation: [StatementID], derived: [String], run: RunStatement, span: Span) {
    self.preparation = preparation
    self.derived = derived
    self.run = run
    self.span = span
  }
}

/// A sweep statement where it stood, so that members can be added to it.
package struct SweepRecipe {
  package var statement: SweepStatement
  package var body: SweepBody
  package var code: Code
  package var scope: Scope
  package var span: Span
  /// The calls and turns of loops in which it stood.
  package var place: DrawPlace
  /// Whether its axes or its condition ask for the seed.
  package var axesUseSeed: Bool

  package init(
    statement: SweepStatement, body: SweepBody, code: Code, scope: Scope, span: Span, place: DrawPlace,
    axesUseSeed: Bool
  ) {
    self.statement = statement
    self.body = body
    self.code = code
    self.scope = scope
    self.span = span
    self.place = place
    self.axesUseSeed = axesUseSeed
  }
}
