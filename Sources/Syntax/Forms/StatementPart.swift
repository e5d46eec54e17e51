/// A part of a statement, as a walk over names and values meets it.
package enum StatementPart: Sendable {
  /// An expression that is evaluated where the statement stands.
  case value(ExpressionID)
  /// The call of an optimizer: its arguments may speak of the step.
  case rule(ExpressionID)
  /// A parameter with its bound and default.
  case parameter(Parameter)
  /// What is assigned to.
  case target(ExpressionID)
  /// A name that is defined from here on.
  case name(Name, isVariable: Bool)
  /// A definition, and its name.
  case definition(Definition)
  /// Statements with names of their own.
  case block([StatementID])
  /// Parts whose names end with them.
  case scope([StatementPart])
  /// Parts that are evaluated with a run at hand, of whose names they may speak.
  case measured([StatementPart])
  /// Changes of a run: their targets are its own.
  case changes([StatementID])
}

/// A statement of which its word says all that others need: it is a type of its own, and one entry of
/// `StatementForm.all`.
///
/// What it does is `ExecutableStatement` in `Evaluation`.
package protocol StatementNode: Sendable {
  /// Its entry in the table of forms.
  static var form: StatementForm { get }
  /// What it consists of, in the order in which it is evaluated.
  var parts: [StatementPart] { get }
}
