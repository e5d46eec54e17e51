import Syntax

/// The value of a part of an expression that is being evaluated.
struct KnownPart {
  var id: ExpressionID
  var code: Code
  var scope: Scope
  var value: Value
}
