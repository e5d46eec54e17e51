import Syntax
import Values

extension Instance {
  /// Names of the states that its update rule keeps.
  package var stateNames: [String] {
    guard case .members(let members) = definition.body else { return [] }
    return members.flatMap { member -> [String] in
      guard case .state(let declarations, _, _) = member else { return [] }
      return declarations.map(\.name.text)
    }
  }
}
