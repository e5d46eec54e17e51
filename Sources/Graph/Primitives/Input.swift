package import Tensors

/// A value fed from outside; `index` tells inputs of one graph apart.
package struct Input: Leaf {
  package static let name = "input"
  package var index: Int
  package var type: TensorType

  package init(index: Int, type: TensorType) {
    self.index = index
    self.type = type
  }

  package var attributes: String { "\(index)" }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    preconditionFailure("input \(index) has no value of its own")
  }
}
