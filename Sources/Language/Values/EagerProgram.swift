import Engine
import Tensors

/// One primitive on operands of known types: planned once, run for every such application.
struct EagerKey: Hashable {
  var primitive: AnyHashable
  var types: [TensorType]
}

/// The plan of an eager application.
final class EagerProgram {
  let executable: Executable
  init(_ executable: Executable) { self.executable = executable }
}
