/// The form `compare r, flow(r)`: runs beside each other, and a run beside its theory.
package struct CompareStatement: StatementNode {
  package var runs: [ExpressionID]

  package static let form = StatementForm(
    ["compare"], .statement, "Compare", help: "runs beside each other, and a run beside its theory",
    node: CompareStatement.self
  ) { .node($0.parseCompare()) }

  package var parts: [StatementPart] { runs.map { .value($0) } }
}

extension Parser {
  func parseCompare() -> CompareStatement {
    advance()
    return CompareStatement(runs: parseExpressions())
  }
}
