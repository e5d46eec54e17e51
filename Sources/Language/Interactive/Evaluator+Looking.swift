import Diagnostics
import Evaluation
import Syntax
import Values

/// Expressions at a prompt that mean something at the present run only, such as `loss`, `sharpness * lr` or `norm(g)`.
///
/// They are shown as by `inspect`. What means something by itself stays what it is: a name of the session hides one of
/// the run.
extension Evaluator {
  /// While checking an input: whether a metric is named or called, which alone would only show its definition.
  func namesMetric(_ id: StatementID, in scope: Scope) -> Bool {
    guard isOfInput, case .expression(let value) = code.tree[id] else { return false }
    var callee = value
    if case .call(let function, _, _) = code.tree[value] { callee = function }
    guard case .name = code.tree[callee] else { return false }
    do {
      guard case .function(.definition(let known)) = try evaluate(callee, in: scope) else { return false }
      return known.definition.kind == .metric
    } catch { return false }
  }

  /// While checking an input: notes an expression that the present run has a value for, and true.
  ///
  /// - Throws: what is wrong with it there, where it got further than by itself.
  func looks(at id: StatementID, in scope: Scope, insteadOf failure: Diagnostic? = nil) throws(Diagnostic) -> Bool {
    guard isOfInput, case .expression(let value) = code.tree[id], !beginsWithVerb(id) else { return false }
    let known = diagnostics
    do { try inspect(value, in: scope, at: code.tree.span(id)) } catch {
      guard error.identity != failure?.identity || error.effect == .unknownName else {
        diagnostics = known
        return false
      }
      checking.looks.append(id)
      throw error
    }
    checking.looks.append(id)
    return true
  }

  /// Whether it reads like an order that is not spelt as one, such as `step -1`.
  private func beginsWithVerb(_ id: StatementID) -> Bool {
    guard case .expression(var first) = code.tree[id] else { return false }
    while true {
      switch code.tree[first] {
      case .binary(_, let left, _, _), .and(let left, _), .or(let left, _), .range(let left, _, _),
        .member(let left, _), .index(let left, _), .call(let left, _, _), .transpose(let left):
        first = left
      case .comparison(let operands, _): first = operands[0]
      case .name(let name): return Words.session.contains(name)
      default: return false
      }
    }
  }

  private var isOfInput: Bool {
    mode == .check && code.tree.file == checking.lookFile && session.desk.current != nil
  }
}

extension Tree {
  /// The tree with statements that consist of an expression as looks at the present run.
  func inspecting(_ ids: [StatementID]) -> Tree {
    var tree = self
    for id in ids {
      if case .expression(let value) = tree[id] { tree.replace(id, with: .session(.inspect(value))) }
    }
    return tree
  }
}
