package import Diagnostics
package import Experiments
import Graph
import Messages
import Tensors
package import Values

// Conditions are 0 and 1 in a real type. What holds them is known from how a value came about, never from its numbers: a
// vector that happens to be of zeros and ones is one of numbers.
//
// Note [Truth travels with the value]
// Comparisons, `is_finite`, `any`, `all`, `and`, `or` and `not` make conditions: `Value.boolean`, a tensor or series that
// says so, `Value.condition` where only the run knows them, `Kind.Form.truth` and its like while checking. What moves
// elements moves conditions (`keepsTruth`); arithmetic and sums make numbers of them. Whoever needs conditions asks
// `requireTruth`, whoever needs numbers `requireNumbers`.
extension Evaluator {
  /// Whether a value holds conditions: comparisons, what `and`, `or` and `not` make of them, and their parts.
  package func holdsTruth(_ value: Value) -> Bool {
    switch value {
    case .boolean, .condition: true
    case .tensor(let tensor): tensor.holdsTruth
    case .series(let series): series.holdsTruth
    case .along(let vector): vector.holdsTruth
    case .tensorSeries(let series): series.holdsTruth
    case .list(let values), .tuple(let values): !values.isEmpty && values.allSatisfy { holdsTruth($0) }
    case .unknown(let kind): kind.isTruth
    default: false
    }
  }

  /// Whether the result of a primitive on these operands holds conditions: that of one which moves elements does.
  func keepsTruth(_ primitive: some Primitive, of operands: [Value]) -> Bool {
    switch primitive {
    case is Reshape, is BroadcastTo, is Transpose, is Slice, is Reverse, is GatherRows, is TakeAlongLast:
      holdsTruth(operands[0])
    case is Concatenate: operands.allSatisfy { holdsTruth($0) }
    case let convert as Convert: convert.dtype.isReal && holdsTruth(operands[0])
    default: false
    }
  }

  /// The same zeros and ones as conditions.
  package func asTruth(_ value: Value) -> Value {
    switch value {
    case .node(let id): .condition(id)
    case .tensor(let tensor): .tensor(tensor.holdingTruth())
    case .real(let x): .boolean(x != 0)
    case .unknown(let kind): .unknown(kind.asTruth)
    default: value
    }
  }

  /// Refuses what holds no conditions.
  ///
  /// A tensor without elements holds whatever is asked for.
  package func requireTruth(_ value: Value, _ expectation: String = "a condition", at span: Span) throws(Diagnostic) {
    switch value {
    case .unknown(let kind): try require(kind, expectation, at: span, \.isTruth)
    case .tensor(let tensor) where tensor.count == 0: return
    default:
      guard holdsTruth(value) else { throw .expected(expectation, found: value.kind, at: span) }
    }
  }

  /// Refuses conditions where numbers are needed.
  package func requireNumbers(_ value: Value, _ expectation: String, at span: Span) throws(Diagnostic) {
    if case .unknown(let kind) = value { return try require(kind, expectation, at: span) { !$0.isTruth } }
    guard !holdsTruth(value) else { throw .expected(expectation, found: value.kind, at: span) }
  }

  // MARK: Series

  /// Where both, or one, of two conditions holds, of which one at least is a series; nil for others.
  ///
  /// - Parameters:
  ///   - combined: `Series.both` or `Series.either`.
  ///   - rule: the same for two conditions.
  package func combinedConditions(
    _ a: Value, _ b: Value, at span: Span, _ combined: (Series, Series) -> Series, _ rule: (Bool, Bool) -> Bool
  ) throws(Diagnostic) -> Value? {
    switch (a, b) {
    case (.tensorSeries, _), (_, .tensorSeries):
      return try overElements([a, b], at: span) { (parts) throws(Diagnostic) in
        try combinedConditions(parts[0], parts[1], at: span, combined, rule) ?? .nothing
      }
    case (.along(let first), .along(let second)):
      return .along(first.combined(try aligned(second, with: first, at: span), rule))
    case (.along(let vector), .boolean(let flag)), (.boolean(let flag), .along(let vector)):
      let flags = vector.values.map { _ in flag }
      return .along(vector.combined(vector.conditions(flags, surely: flags, possibly: flags), rule))
    case (.along(let vector), _), (_, .along(let vector)):
      throw .differentMembers([vector.places.title], ["no axis of a sweep"], at: span)
    case (.series(let first), .series(let second)):
      guard first.positions == second.positions else {
        throw .differentSteps(first.positions.count, second.positions.count, at: span)
      }
      return .series(combined(first, second))
    case (.series(let series), .boolean(let flag)), (.boolean(let flag), .series(let series)):
      return .series(combined(series, series.constant(flag)))
    default: return nil
    }
  }
}

extension Kind {
  /// Whether each of its forms holds conditions.
  package var isTruth: Bool { forms.map { !$0.isEmpty && $0.allSatisfy(\.isTruth) } ?? false }

  /// The kind of the same zeros and ones as conditions.
  package var asTruth: Kind {
    Kind(
      forms: forms?.map { form in
        switch form {
        case .tensor(let type): type.shape.rank == 0 ? .truth : .truths(type.shape)
        case .array: .truths(nil)
        default: form
        }
      })
  }
}

extension Kind.Form {
  /// Whether it holds conditions, or is a judgement, which stands for one.
  package var isTruth: Bool {
    switch self {
    case .truth, .truths, .truthSeries, .judgement, .along(_, isTruth: true): true
    case .list(let member): member.isTruth
    case .tensorSeries(let form): form.isTruth
    default: false
    }
  }
}
