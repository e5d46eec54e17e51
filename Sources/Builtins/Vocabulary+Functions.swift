import Evaluation
import Values

extension Vocabulary {
  /// Functions of numbers, tensors and data.
  package mutating func addFunctions() {
    functions +=
      Builtin.elementwise + Builtin.reductions + Builtin.construction + Builtin.arrays + Builtin.linearAlgebra
      + Builtin.spectral + Builtin.networks + Builtin.random + Builtin.operators + Builtin.conjugates + Builtin.data
      + Builtin.corruptions + Builtin.estimators + Builtin.coordinates
  }
}
