import Arithmetic
import Data
package import Diagnostics
import Library
import Messages
import Syntax
package import Values

// What names mean, and what is told of those that mean nothing.
extension Evaluator {
  /// The value of a name: scope, then library.
  package func value(of name: String, in scope: Scope, at span: Span) throws(Diagnostic) -> Value {
    if let binding = scope.lookup(name) {
      let value = try resolved(binding.value, name, span)
      if let rival = binding.rival { try requireAgreement(value, with: rival, on: name, at: span) }
      return value
    }
    if let special = point?.names.lookup(name) { return try resolved(special.value, name, span) }
    if let definition = try libraryDefinition(name) { return try resolved(definition, name, span) }
    if let dataset = try bundledDataset(name, at: span) { return dataset }
    throw .unknownName(name, near: nearNames(to: name, in: scope), at: span)
  }

  /// A parameter leaf is its tensor at the current point; a deferred value is computed; a metric named
  /// without arguments is its value wherever there is a point.
  func resolved(_ value: Value, _ name: String, _ span: Span) throws(Diagnostic) -> Value {
    switch value {
    case .leaf(let index):
      guard let point else { throw .unavailableHere(name, "a parameter has a value only inside a run", at: span) }
      return point.parameters[index]
    case .unknown: return entered(value)
    case .deferred(let deferred):
      guard let axisReads, !deferred.isKnown else { return try deferred.force(name, at: span) }
      return try axisReads.keeping { () throws(Diagnostic) in try deferred.force(name, at: span) }
    case .function(.definition(let definition)) where definition.definition.kind == .metric && point != nil:
      let parameters = definition.definition.parameters
      guard parameters.allSatisfy({ $0.initial != nil }) else { return value }
      return try metricValue(definition, [], at: span)
    default: return value
    }
  }

  /// The value of a metric at the current point; silent while only probing.
  package func metricValue(_ metric: DefinitionValue, _ values: [Value?], at span: Span) throws(Diagnostic) -> Value {
    guard let point, !point.isProbe else { return .unknown(.any) }
    if point.isMeasured, let measuring = session.vocabulary.measuring {
      return try measuring(self, metric, values, span)
    }
    let outer = point.metric
    point.metric = metric.definition.name.text
    defer { point.metric = outer }
    return try entering(metric.definition.name.text, at: span) { () throws(Diagnostic) in
      try pointing(from: span, "in this metric") { () throws(Diagnostic) in
        let scope = try bind(metric, values, spans: values.map { _ in span }, at: span)
        return try within(metric.code) { () throws(Diagnostic) in try body(metric.definition, in: scope, at: span) }
      }
    }
  }

  /// Findings that can be shown at once, and as many again that may turn out to be the same.
  private static let suggestionsMax = 64

  func nearNames(to name: String, in scope: Scope) -> [String] {
    // What is not shown needs no advice.
    guard diagnostics.count < Self.suggestionsMax else { return [] }
    let special = point?.names.names ?? []
    // A metric is a function of the state: what compares two steps looks ahead.
    if point?.isMetric ?? false, ["previous", "prev", "last", "before"].contains(name) { return ["next"] }
    return Suggestion.nearest(to: name, in: scope.names(like: name) + LibraryEntries.all.map(\.name) + special)
  }

  /// The library's definition of a name, parsed at the first use.
  package func libraryDefinition(_ name: String) throws(Diagnostic) -> Value? {
    if let known = session.libraryValues[name] { return known }
    guard let entry = LibraryEntries.entry(named: name) else { return nil }
    let tree = session.parseLibrary(entry)
    let code = Code(tree)
    for id in tree.body {
      guard case .definition(let definition) = tree[id] else { continue }
      let value = Value.function(.definition(DefinitionValue(definition, code: code, scope: builtins)))
      session.libraryValues[definition.name.text] = value
    }
    return session.libraryValues[name]
  }

  private func bundledDataset(_ name: String, at span: Span) throws(Diagnostic) -> Value? {
    guard let dataset = try session.bundledDataset(name, at: span) else { return nil }
    return .dataset(dataset)
  }

  /// Runs `body`; while checking, a finding in it is kept and checking goes on with `fallback`, so that several
  /// mistakes of one statement are told at once.
  package func tolerating<T>(_ fallback: T, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    do { return try body() } catch {
      guard mode == .check else { throw error }
      if Self.isCheckFinding(error) { report(error) }
      return fallback
    }
  }

  /// Runs `body`; a finding in another text, such as the library's, is told together with the place in this one
  /// that led there.
  package func pointing<T>(from span: Span, _ words: String, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T
  {
    do { return try body() } catch {
      guard let place = error.span, place.file != span.file else { throw error }
      if error.labels.contains(where: { $0.span.file == span.file }) { throw error }
      var located = error
      // Of a chain of calls inside the library only the outermost place tells a reader something.
      located.labels.removeAll { $0.span.file != place.file }
      located.labels.append(Diagnostic.Label(span, words))
      throw located
    }
  }
}
