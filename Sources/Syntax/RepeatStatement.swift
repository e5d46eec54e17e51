package import Diagnostics

/// A loop of so many turns: `repeat 10 truncate 3 recompute { … }`.
package struct RepeatStatement: Sendable {
  package var count: ExpressionID
  /// The number of last turns that gradients go through; nil for all.
  package var truncation: ExpressionID?
  /// Where it says that derivatives compute turns again rather than keep what they made.
  package var recomputation: Span?
  package var body: [StatementID]

  package init(count: ExpressionID, truncation: ExpressionID?, recomputation: Span?, body: [StatementID]) {
    self.count = count
    self.truncation = truncation
    self.recomputation = recomputation
    self.body = body
  }
}
