import Arithmetic
import Data
package import Diagnostics
import Messages
import Syntax
import Tensors
package import Values

extension Evaluator {
  /// Refuses a name with two meanings, unless both are the same value or one is not known yet.
  func requireAgreement(_ value: Value, with rival: Rival, on name: String, at span: Span) throws(Diagnostic) {
    let other = try resolved(rival.value, name, span)
    guard try !isSame(value, other, at: span) else { return }
    throw .twoMeanings(name, rival.meaning, first: rival.span, at: span)
  }

  /// Whether two values are certainly, or may be, the same: numbers by value, calls of a definition by their arguments.
  func isSame(_ a: Value, _ b: Value, at span: Span) throws(Diagnostic) -> Bool {
    if case .integer(let x) = a, case .integer(let y) = b { return x == y }
    if let x = scalar(a), let y = scalar(b) { return x == y || (x.isNaN && y.isNaN) }
    switch (a, b) {
    case (.unknown, _), (_, .unknown): return true
    case (.node(let x), .node(let y)), (.condition(let x), .condition(let y)): return x == y
    case (.node, _), (_, .node), (.condition, _), (_, .condition): return false
    case (.tensor(let x), .tensor(let y)):
      guard x.shape == y.shape else { return false }
      if x.dtype == .i64, y.dtype == .i64 { return x == y }
      return x.identity == y.identity || x.doubles() == y.doubles()
    case (.boolean(let x), .boolean(let y)): return x == y
    case (.text(let x), .text(let y)): return x == y
    case (.range(let x), .range(let y)): return x == y
    case (.dataset(let x), .dataset(let y)):
      return x.name == y.name && x.count == y.count && x.featureSizes == y.featureSizes
        && x.labels?.values == y.labels?.values && x.hasSameFeatures(as: y)
    case (.list(let x), .list(let y)), (.tuple(let x), .tuple(let y)):
      guard x.count == y.count else { return false }
      for (one, other) in zip(x, y) where try !isSame(one, other, at: span) { return false }
      return true
    case (.distribution(let x), .distribution(let y)):
      guard x.kind == y.kind else { return false }
      return try isSame(.list(x.parameters), .list(y.parameters), at: span)
    case (.function(let x), .function(let y)): return Self.isSame(x, y)
    case (.instance(let x), .instance(let y)): return try isSame(x, y, at: span)
    case (.run(let x), .run(let y)): return x === y
    case (.sweep(let x), .sweep(let y)): return x === y
    default: return false
    }
  }

  private static func isSame(_ a: Function, _ b: Function) -> Bool {
    switch (a, b) {
    case (.builtin(let x), .builtin(let y)): x === y
    case (.closure(let x), .closure(let y)): x === y || (x.body == y.body && x.code === y.code && x.scope === y.scope)
    case (.definition(let x), .definition(let y)): x.definition.name.span == y.definition.name.span
    case (.native(let x), .native(let y)): x === y
    default: false
    }
  }

  /// Two calls are the same when they are of one definition with the same arguments.
  private func isSame(_ a: Instance, _ b: Instance, at span: Span) throws(Diagnostic) -> Bool {
    guard a !== b else { return true }
    guard a.definition.name.span == b.definition.name.span else { return false }
    switch (a.inner, b.inner) {
    case (nil, nil): break
    case (let x?, let y?): guard try isSame(x, y, at: span) else { return false }
    default: return false
    }
    for name in a.definition.parameters.map(\.name.text) {
      let (mine, theirs) = (try argument(name, of: a), try argument(name, of: b))
      guard let mine, let theirs else {
        if mine == nil, theirs == nil { continue }
        return false
      }
      guard try isSame(mine, theirs, at: span) else { return false }
    }
    // Arguments that speak of the step are compared by what is written.
    for ((name, x), (_, y)) in zip(a.thunks, b.thunks) {
      guard try argument(name, of: a)?.isSymbolic ?? true else { continue }
      guard x.code.tree.isAlike(x.expression, y.expression, of: y.code.tree) else { return false }
    }
    return true
  }

  /// An argument of a call, given or by default; nil where it was left out, unknown where only the step says.
  package func argument(_ name: String, of instance: Instance) throws(Diagnostic) -> Value? {
    guard instance.definition.kind == .optimizer else { return instance.scope.local(name)?.value }
    guard let thunk = instance.thunks.first(where: { $0.name == name })?.thunk else { return nil }
    let scope = Scope(parent: thunk.scope)
    if thunk.scope === instance.scope {
      // A default may speak of the other arguments.
      for other in instance.definition.parameters.map(\.name.text) where other != name {
        guard instance.thunks.first(where: { $0.name == other })?.thunk.scope !== instance.scope else { continue }
        if let value = try argument(other, of: instance) { scope.define(other, value) }
      }
    }
    return try at(.probe, in: thunk.code) { () throws(Diagnostic) in try evaluate(thunk.expression, in: scope) }
  }

  // MARK: is

  /// `value is name`: whether a value is a call of that definition, or the function itself, whatever its arguments.
  func isCall(_ value: Value, of kind: Value, at place: OperandPlaces) throws(Diagnostic) -> Value {
    switch (value, kind) {
    case (.unknown, _), (_, .unknown): return .unknown(.any)
    case (.group, _):
      return try overMembers([value], at: place.whole) { (parts) throws(Diagnostic) in
        try self.isCall(parts[0] ?? .unknown(.any), of: kind, at: place)
      }
    case (.instance(let instance), .function(.definition(let wanted))):
      return .boolean(instance.inner == nil && instance.definition.name.span == wanted.definition.name.span)
    case (.instance, .function): return .boolean(false)
    case (.function(let one), .function(let other)): return .boolean(Self.isSame(one, other))
    case (.instance, _), (.function, _):
      throw .expected("a definition's name behind `is`", found: kind.kind, at: place.right)
    default:
      throw .expected("an optimizer, a problem, a network or a function before `is`", found: value.kind, at: place.left)
    }
  }
}
