import Graph
import Tensors

extension Kind.Form {
  /// The type of numbers of a known one.
  var type: TensorType? { if case .tensor(let type) = self { type } else { nil } }

  /// The same, or that of a truth among numbers.
  var typeInList: TensorType? { self == .truth ? TensorType(.scalar, .f64) : type }

  /// Whether it is one number.
  var isNumber: Bool {
    switch self {
    case .tensor(let type): type.shape.rank == 0
    case .estimate: true
    default: false
    }
  }

  /// Whether it is one number, or several.
  var isNumbers: Bool {
    switch self {
    case .tensor, .array, .estimate: true
    default: false
    }
  }
}
