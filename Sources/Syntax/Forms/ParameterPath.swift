/// A path into a tree of parameters: `net.layer1.W`, and `net.layer[k].W` for a member of a family.
///
/// It is written like a value, and read from the tree of that: blanks and brackets around it are nothing.
package struct ParameterPath: Sendable {
  /// A step of the path.
  package enum Part: Sendable {
    case name(Name)
    /// The number of a member of a family; it stands behind a name.
    case number(ExpressionID)
  }

  package let parts: [Part]

  /// The path that an expression writes; nil for other expressions.
  package init?(_ id: ExpressionID, in tree: Tree) {
    var parts: [Part] = []
    var here = id
    while true {
      switch tree[here] {
      case .name(let name):
        self.parts = [.name(Name(name, tree.span(here)))] + parts.reversed()
        return
      case .member(let owner, let name):
        parts.append(.name(name))
        here = owner
      // A parameter may be called T.
      case .transpose(let owner):
        parts.append(.name(Name("T", tree.span(here))))
        here = owner
      case .index(let owner, let places):
        guard places.count == 1, case .item(let number) = places[0] else { return nil }
        parts.append(.number(number))
        here = owner
      default: return nil
      }
    }
  }
}
