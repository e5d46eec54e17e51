import Diagnostics
import Syntax

extension Tree {
  /// The tree as a text that says everything but where its nodes stand: two texts that differ in layout alone have the
  /// same one.
  var outline: String {
    var text = ""
    Self.add(body, to: &text)
    Self.add(statements, to: &text)
    Self.add(expressions, to: &text)
    return text
  }

  private static func add(_ value: Any, to text: inout String) {
    switch value {
    case is Span: return
    case let id as ExpressionID: text += "e\(id.index)"
    case let id as StatementID: text += "s\(id.index)"
    case let string as String: text += string.debugDescription
    default:
      let parts = Mirror(reflecting: value)
      if parts.children.isEmpty {
        text += String(describing: value)
        return
      }
      text += "("
      for part in parts.children {
        text += (part.label ?? "") + " "
        add(part.value, to: &text)
      }
      text += ")"
    }
  }
}
