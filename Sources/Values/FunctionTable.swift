/// The functions and constants that the language provides, by name.
package struct FunctionTable: Sendable {
  /// All functions, sorted by name; methods of data sets carry the prefix `dataset.`, those of values with coordinates
  /// `series.`.
  package let all: [Builtin]
  /// Names of all functions, methods and constants, in no order.
  package let names: [String]
  private let byName: [String: Builtin]
  private let constantNames: Set<String>

  package init(_ functions: [Builtin]) {
    all = functions.sorted { $0.name < $1.name }
    byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let constants = Builtin.constants.map(\.name)
    names = all.map(\.name) + constants
    constantNames = Set(constants)
  }

  package func named(_ name: String) -> Builtin? { byName[name] }

  /// What a name means before anyone has defined it; nil where it means nothing.
  package func value(named name: String) -> Value? {
    if let builtin = byName[name] { return .function(.builtin(builtin)) }
    return constantNames.contains(name) ? Builtin.constants.first { $0.name == name }?.value : nil
  }
}
