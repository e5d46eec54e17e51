package import Diagnostics
package import Syntax

/// What a script can say whose meaning is given above the evaluator: functions, statements, calls of definitions.
///
/// Each layer adds what it knows (`addStaging()`, `addMetrics()`, …), and a session is given all of it.
package struct Vocabulary: Sendable {
  /// Executes a statement; false where it is none of this layer's.
  package typealias Execution = @Sendable (Evaluator, StatementID, Scope, Span) throws(Diagnostic) -> Bool
  /// The value of a call of an instance, such as a network; the scope of who calls it, where there is one.
  package typealias Call = @Sendable (Evaluator, Instance, [Value], Scope?, Span) throws(Diagnostic) -> Value
  /// The value of `E over axes by names`.
  package typealias Gathering =
    @Sendable (Evaluator, ExpressionID, [Name], [Name], Scope, Span) throws(Diagnostic) ->
    Value
  /// The value of a function of values of which one stands along axes of a sweep.
  package typealias Statistic = @Sendable (Evaluator, Builtin, BoundArguments) throws(Diagnostic) -> Value
  /// The value of a metric that a rule asks for, at the state before the update.
  package typealias Measuring = @Sendable (Evaluator, DefinitionValue, [Value?], Span) throws(Diagnostic) -> Value
  /// Looks whether an expression of a prompt means something at the present run, where it failed by itself or, without a
  /// failure, before it is tried.
  package typealias Look = @Sendable (Evaluator, StatementID, Scope, Diagnostic?) throws(Diagnostic) -> Bool

  package var functions: [Builtin] = []
  /// The functions and constants by name, once all are there.
  package private(set) var table = FunctionTable([])
  package private(set) var statements: [Execution] = []
  package private(set) var calls: [DefinitionKind: Call] = [:]
  package var gathering: Gathering?
  package var statistic: Statistic?
  package var measuring: Measuring?
  package var look: Look?

  /// No words yet.
  package init() {}

  /// Puts all functions into one table, after the last layer has added its own.
  package mutating func close() { table = FunctionTable(functions) }

  /// Adds what a call of a definition of this kind is.
  package mutating func addCalls(of kind: DefinitionKind, _ call: @escaping Call) { calls[kind] = call }

  /// Adds what executes some statements.
  package mutating func addStatements(_ execution: @escaping Execution) { statements.append(execution) }
}
