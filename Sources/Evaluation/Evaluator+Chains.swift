import Diagnostics
import Syntax
import Values

// `A.T.T.T…`, `f(x)(y)…`, `D.a().b()…`: chains that lean to the left without end. What stands at the start of a long one
// is evaluated before what stands behind it, so that no chain takes more of the stack than a short one.

extension Evaluator {
  /// Links of a chain that are evaluated inside each other.
  private static let linksMax = 64

  /// The value of the part of a chain that has been evaluated already.
  func knownPart(_ id: ExpressionID, in scope: Scope) -> Value? {
    guard let known, known.id == id, known.scope === scope, known.code === code else { return nil }
    return known.value
  }

  /// Whether an expression is applied to what is applied to something, and so on, more often than the stack is to know.
  func isLongChain(_ id: ExpressionID, in scope: Scope) -> Bool {
    var part = id
    for _ in 0..<Self.linksMax {
      guard let before = startOfChain(part), knownPart(before, in: scope) == nil else { return false }
      part = before
    }
    return true
  }

  /// The value of a long chain, from its start on.
  func evaluateChain(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> Value {
    let outer = known
    defer { known = outer }
    // What an expression is applied to, outermost first.
    var links: [ExpressionID] = []
    var part = id
    while let before = startOfChain(part) {
      part = before
      links.append(part)
    }
    for position in stride(from: links.count - 1, through: 2, by: -Self.linksMax / 2) {
      // `D.split` is no value of its own, only the way to `D.split(…)`.
      let link = isMethod(links[position], of: links[position - 1]) ? position - 1 : position
      let value = try evaluate(links[link], in: scope)
      known = KnownPart(id: links[link], code: code, scope: scope, value: value)
    }
    return try evaluate(id, in: scope)
  }

  private func isMethod(_ link: ExpressionID, of next: ExpressionID) -> Bool {
    guard case .member = code.tree[link], case .call = code.tree[next] else { return false }
    return true
  }

  /// What an expression of a chain is applied to.
  private func startOfChain(_ id: ExpressionID) -> ExpressionID? {
    switch code.tree[id] {
    case .member(let owner, _), .transpose(let owner), .index(let owner, _), .call(let owner, _, _): owner
    default: nil
    }
  }
}
