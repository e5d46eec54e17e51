package import Tensors

/// A tensor of the program.
///
/// Two constants are one node when they share their elements, not when these happen to be equal.
package struct Constant: Leaf {
  package static let name = "constant"
  package let value: Tensor

  package init(value: Tensor) { self.value = value }

  package var type: TensorType { value.type }

  package static func == (a: Constant, b: Constant) -> Bool {
    a.value.identity == b.value.identity && a.type == b.type
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(value.identity)
    hasher.combine(type)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor { ReferenceTensor(type, value.doubles()) }
}
