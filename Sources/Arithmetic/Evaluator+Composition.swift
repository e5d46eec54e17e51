import Diagnostics
import Messages
import Syntax
import Values

extension Evaluator {
  /// `A after B`: the compressor A of what B keeps.
  ///
  /// It is A's call that knows B; who applies it applies B first.
  func composition(_ left: Value, _ right: Value, at place: OperandPlaces) throws(Diagnostic) -> Value {
    switch (left, right) {
    case (.unknown(let kind), _) where kind.forms == nil: return left
    case (_, .unknown(let kind)) where kind.forms == nil: return right
    case (.group, _), (_, .group):
      return try overMembers([left, right], at: place.whole) { (parts) throws(Diagnostic) in
        try self.composition(parts[0] ?? .unknown(.any), parts[1] ?? .unknown(.any), at: place)
      }
    default: break
    }
    let first = try compressor(right, "behind", at: place.right)
    return .instance(try compressor(left, "before", at: place.left).after(first, at: place.whole))
  }

  /// A compressor; one without parameters is its name.
  private func compressor(_ value: Value, _ side: String, at span: Span) throws(Diagnostic) -> Instance {
    switch value {
    case .instance(let instance) where instance.definition.kind == .compressor: return instance
    case .function(.definition(let bare)) where bare.definition.kind == .compressor:
      guard bare.definition.parameters.isEmpty else { break }
      return Instance(definition: bare.definition, code: bare.code, scope: Scope(parent: bare.scope), span: span)
    default: break
    }
    throw .expected(
      "a compressor \(side) `after`", found: value.kind, at: span,
      help: ["write calls of compressors: `quantised(4) after top(10)`"])
  }
}

extension Instance {
  /// The call behind another one, and behind those that it comes after itself.
  fileprivate func after(_ first: Instance, at span: Span) -> Instance {
    let result = Instance(
      definition: definition, code: code, scope: scope, span: span, inner: inner?.after(first, at: span) ?? first)
    result.thunks = thunks
    return result
  }
}
