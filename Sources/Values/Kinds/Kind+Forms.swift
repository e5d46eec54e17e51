import Graph
package import Tensors

extension Kind.Form {
  /// The type of numbers of a known one.
  var type: TensorType? { if case .tensor(let type) = self { type } else { nil } }

  /// The same, or that of a truth among numbers.
  package var typeInList: TensorType? { self == .truth ? TensorType(.scalar, .f64) : type }

  /// Whether it is one number.
  package var isNumber: Bool {
    switch self {
    case .tensor(let type): type.shape.rank == 0
    case .estimate: true
    default: false
    }
  }

  /// Whether it is one number, or several.
  package var isNumbers: Bool {
    switch self {
    case .tensor, .array, .estimate: true
    default: false
    }
  }
}
