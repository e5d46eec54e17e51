import Loops
import Syntax
import Values

extension LoopCompiler {
  /// Whether an expression may be walked from inside a program: it draws nothing, as what is drawn depends on the turn.
  func isShown(_ id: ExpressionID, _ state: LoopState) -> Bool {
    switch tree[id] {
    case .integer, .real, .boolean: true
    case .name(let name): state.slot(of: name) != nil || isPlain(name)
    case .string(let parts):
      parts.allSatisfy { part in
        if case .value(let value, _) = part { isShown(value, state) } else { true }
      }
    case .negate(let a), .not(let a), .member(let a, _): isShown(a, state)
    case .binary(_, let a, let b, _), .and(let a, let b), .or(let a, let b): isShown(a, state) && isShown(b, state)
    case .comparison(let all, _), .list(let all), .tuple(let all): all.allSatisfy { isShown($0, state) }
    case .conditional(let a, let b, let c): [a, b, c].allSatisfy { isShown($0, state) }
    case .index(let base, let subscripts):
      isShown(base, state)
        && subscripts.allSatisfy { part in
          switch part {
          case .item(let a): isShown(a, state)
          case .slice(let a, let b): [a, b].compactMap(\.self).allSatisfy { isShown($0, state) }
          }
        }
    case .call(let callee, let arguments, nil):
      isFixed(callee) && arguments.allSatisfy { isShown($0.value, state) } || isTaken(id, state)
    default: false
    }
  }

  /// Whether a name that is none of the program's is a value, known already.
  private func isPlain(_ name: String) -> Bool {
    guard let binding = frame.scope.lookup(name), binding.rival == nil else { return false }
    switch binding.value {
    case .integer, .real, .boolean, .text, .tensor, .range: return true
    case .list(let values), .tuple(let values): return values.allSatisfy(\.isPlain)
    default: return false
    }
  }

  /// Whether a program could compute it, too: a function of numbers that draws nothing.
  private func isTaken(_ id: ExpressionID, _ state: LoopState) -> Bool {
    let outer = (frame.assembler, frame.free)
    defer { (frame.assembler, frame.free) = outer }
    return (try? value(id, state)) != nil
  }

  /// Whether a built-in function is called that draws nothing.
  private func isFixed(_ callee: ExpressionID) -> Bool {
    guard case .name(let name) = tree[callee], let binding = frame.scope.lookup(name),
      case .function(.builtin(let builtin)) = binding.value, !builtin.draws
    else { return false }
    require(name, binding.value)
    return true
  }
}
