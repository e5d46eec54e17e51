package import Tensors

/// 0, 1, …, count − 1.
package struct Iota: Leaf {
  package static let name = "iota"
  package var count: Int
  package var dtype: DType

  package init(count: Int, dtype: DType) {
    self.count = count
    self.dtype = dtype
  }

  package var type: TensorType { TensorType([count], dtype) }
  package var attributes: String { "\(count)" }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(rounding: (0..<count).map(Double.init), to: type)
  }
}
