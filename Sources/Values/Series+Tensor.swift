import Experiments
package import Tensors

extension Series {
  /// Its numbers, or conditions, as a vector.
  package var tensor: Tensor {
    let numbers = Tensor(values, shape: [values.count])
    return holdsTruth ? numbers.holdingTruth() : numbers
  }
}
