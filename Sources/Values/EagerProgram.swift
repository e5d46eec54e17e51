package import Engine
package import Tensors

/// One primitive on operands of known types: planned once, run for every such application.
package struct EagerKey: Hashable {
  package var primitive: AnyHashable
  package var types: [TensorType]

  package init(primitive: AnyHashable, types: [TensorType]) {
    self.primitive = primitive
    self.types = types
  }
}

/// The plan of an eager application.
package final class EagerProgram {
  package let executable: Executable
  /// Whether it runs for later applications as well.
  package let isKept: Bool

  package init(_ executable: Executable, isKept: Bool) { (self.executable, self.isKept) = (executable, isKept) }
}
