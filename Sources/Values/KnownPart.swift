package import Syntax

/// The value of a part of an expression that is being evaluated.
package struct KnownPart {
  package var id: ExpressionID
  package var code: Code
  package var scope: Scope
  package var value: Value

  package init(id: ExpressionID, code: Code, scope: Scope, value: Value) {
    self.id = id
    self.code = code
    self.scope = scope
    self.value = value
  }
}
