import Syntax

extension Tree {
  /// The names that a statement gives to the scope it stands in.
  func names(definedBy id: StatementID) -> [Name] {
    switch self[id] {
    case .binding(let bound, _, _): bound
    case .input(let parameter): [parameter.name]
    case .run(let run), .session(.start(let run)): run.name.map { [$0] } ?? []
    case .fork(_, _, _, let name, _), .session(.fork(_, let name, _)): [name]
    case .sweep(let sweep): sweep.name.map { [$0] } ?? []
    case .definition(let definition): [definition.name]
    default: []
    }
  }
}
