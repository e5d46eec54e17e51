import Experiments
import Tensors

extension Series {
  /// Its numbers, or conditions, as a vector.
  var tensor: Tensor {
    let numbers = Tensor(values, shape: [values.count])
    return holdsTruth ? numbers.holdingTruth() : numbers
  }
}
