package import Tensors

/// A tensor of the program, kept by reference: two constants are one node when they share their elements.
package struct Constant: Leaf {
  package static let name = "constant"
  package let value: ConstantTensor

  package init(value: ConstantTensor) { self.value = value }

  package var type: TensorType { value.type }

  package static func == (a: Constant, b: Constant) -> Bool { a.value === b.value }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(value)) }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor { ReferenceTensor(type, value.values) }
}

/// The elements of a constant, shared by every graph that mentions it.
package final class ConstantTensor: Sendable {
  package let type: TensorType
  package let values: [Double]

  package init(_ type: TensorType, _ values: [Double]) {
    precondition(type.count == values.count)
    self.type = type
    self.values = values
  }
}
