package import Tensors

/// A number of the program.
///
/// Constants are equal when their bits are: −0 is not +0, and NaN is NaN.
package struct ScalarConstant: Leaf {
  package static let name = "scalar"
  private let bits: UInt64
  package let dtype: DType

  /// The value, rounded to single precision for f32.
  package init(value: Double, dtype: DType) {
    bits = (dtype == .f32 ? Double(Float(value)) : value).bitPattern
    self.dtype = dtype
  }

  package var value: Double { Double(bitPattern: bits) }
  package var type: TensorType { TensorType(.scalar, dtype) }
  package var attributes: String { "\(value)" }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor { ReferenceTensor(type, [value]) }
}
