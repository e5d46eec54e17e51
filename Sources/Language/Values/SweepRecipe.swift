import Diagnostics
import Syntax

/// The body of a sweep: what it derives, and the run.
struct SweepBody {
  var preparation: [StatementID]
  var derived: [String]
  var run: RunStatement
  var span: Span
}

/// A sweep statement where it stood, so that members can be added to it.
struct SweepRecipe {
  var statement: SweepStatement
  var body: SweepBody
  var code: Code
  var scope: Scope
  var span: Span
  /// The calls and turns of loops in which it stood.
  var place: DrawPlace
  /// Whether its axes or its condition ask for the seed.
  var axesUseSeed: Bool
}
