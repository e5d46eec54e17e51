import Data
import Library
package import Messages
import Syntax

extension SessionContext {
  /// What a script sees before its first line: built-in functions and constants, the library, data sets.
  package func surroundings() -> Surroundings {
    var names = Set(functions.all.map(\.name).filter { !$0.contains(".") })
    names.formUnion(Builtin.constants.map(\.name))
    names.formUnion(LibraryEntries.all.map(\.name))
    names.formUnion(BundledData.names)
    return Surroundings(names: names, signature: { [unowned self] in signature(of: $0) }, canonical: Spelling.canonical)
  }

  /// How a definition of the library, or a built-in function of fixed arity, may be called.
  private func signature(of name: String) -> Signature? {
    if let builtin = functions.named(name) {
      if builtin.isVariadic { return nil }
      return Signature(
        name: name, parameters: builtin.parameters.map(\.name),
        required: builtin.parameters.filter(\.isRequired).map(\.name), positionalMax: builtin.parameters.count)
    }
    guard let entry = LibraryEntries.entry(named: name) else { return nil }
    let tree = parseLibrary(entry)
    for case .definition(let definition) in tree.body.map({ tree[$0] }) where definition.name.text == name {
      return Signature(definition)
    }
    return nil
  }
}
