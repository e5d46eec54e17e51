package import Diagnostics
package import Engine

// Counting what a script takes: `descent run --profile`.

extension SessionContext {
  /// Runs `body` and counts what it takes as a phase, where that is wanted.
  package func counting<T, E: Error>(_ phase: Profile.Phase, _ body: () throws(E) -> T) throws(E) -> T {
    guard let profile else { return try body() }
    return try profile.during(phase, body)
  }

  /// Runs a statement of the script and counts what it takes, where that is wanted.
  package func counting<E: Error>(_ statement: @autoclosure () -> Span, _ body: () throws(E) -> Void) throws(E) {
    guard profile != nil else { return try body() }
    let start = Profile.now
    defer { statementTicks.append((statement(), Profile.now &- start)) }
    try body()
  }
}

extension Evaluator {
  /// Runs `body` and counts what it takes as a phase of running; while checking all is one phase.
  package func counting<T>(_ phase: Profile.Phase, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    mode == .run ? try session.counting(phase, body) : try body()
  }
}
