package import Diagnostics
import Graph
import Messages
import Syntax
import Tensors
package import Values

extension Evaluator {
  /// Refuses an unknown value none of whose forms will do.
  package func require(
    _ kind: Kind, _ expectation: String, at span: Span, _ fits: (Kind.Form) -> Bool
  ) throws(Diagnostic) {
    guard let forms = kind.forms, !forms.contains(where: fits) else { return }
    throw .expected(expectation, found: kind.words, at: span)
  }

  /// Refuses what can be no condition.
  package func requireCondition(_ kind: Kind, at span: Span) throws(Diagnostic) {
    try require(kind, "a condition", at: span) { $0 == .truth || $0 == .judgement }
  }

  /// What is thrown for an unknown value where no value of its kind will do: nothing is said where its kind is not known.
  package func unfit(_ value: Value, _ expectation: String, at span: Span) -> Diagnostic {
    value.isOfAnyKind ? .silent(at: span) : .expected(expectation, found: value.kind, at: span)
  }

  /// The kind of a list of these members, of which some are unknown.
  func collectedKind(_ values: [Value]) -> Value {
    let kinds = values.map { kind(of: $0) }
    if kinds.allSatisfy(\.isTruth), let truths = truths(of: kinds) { return .unknown(Kind(.truths(truths))) }
    // So many they are, whatever they are.
    guard let first = kinds.first, kinds.allSatisfy({ $0.forms != nil }) else { return .list(values) }
    // With one that has an error they are a list, and numbers on an axis otherwise.
    let types = kinds.map { kind in kind.forms?.lazy.compactMap(\.typeInList).first }
    guard let type = types[0], types.allSatisfy({ $0?.shape == type.shape }) else {
      guard kinds.allSatisfy({ $0.forms?.contains(where: \.isArray) ?? false }) else { return .list(values) }
      // Of one length they are a tensor.
      return .unknown(Kind(.array(rank: nil)).joined(Kind(.list(kinds.dropFirst().reduce(first) { $0.joined($1) }))))
    }
    let isWhole = types.allSatisfy { $0?.dtype == .i64 }
    let tensor = Kind(TensorType(Shape([values.count] + type.shape.sizes), isWhole ? .i64 : .f64))
    guard kinds.contains(where: { $0.forms?.contains { $0.typeInList == nil } ?? true }) else {
      return .unknown(tensor)
    }
    return .unknown(tensor.joined(Kind(.list(kinds.dropFirst().reduce(first) { $0.joined($1) }))))
  }

  /// The shape of a list of conditions of one shape; nil of others.
  private func truths(of kinds: [Kind]) -> Shape? {
    let shapes = kinds.map { $0 == .truth ? Shape.scalar : $0.type?.shape }
    guard let first = shapes.first, let shape = first, shapes.allSatisfy({ $0 == shape }) else { return nil }
    return Shape([kinds.count] + shape.sizes)
  }
}
