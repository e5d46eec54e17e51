package import Diagnostics
package import Messages

extension Scope {
  /// Gives a name of a step its value.
  package func define(_ name: StepName, _ value: Value) { define(name.rawValue, value) }

  /// Gives a name of a step a value that is computed when it is first asked for.
  package func define(_ name: StepName, _ value: @escaping () throws(Diagnostic) -> Value) {
    define(name.rawValue, .deferred(Deferred(value)))
  }

  /// What a name of a step means here.
  package func lookup(_ name: StepName) -> Binding? { lookup(name.rawValue) }

  /// Takes some names of a step over from another scope, where it has them itself.
  package func adopt(_ names: [StepName], from other: Scope) {
    for name in names.map(\.rawValue) {
      if let binding = other.local(name) { define(name, binding.value) }
    }
  }
}
