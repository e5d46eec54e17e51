import Tensors

/// Large tensors of a script in another element type, those that were asked for last: a step, its metrics, and the
/// members of a sweep then read one copy.
package struct RecentConversions {
  private var known: [(original: Tensor, converted: Tensor)] = []
  private static let countMax = 4

  /// A tensor in an element type; the same copy as before where the tensor was among the last few.
  mutating func converted(_ tensor: Tensor, to dtype: DType) -> Tensor {
    let place = known.firstIndex {
      $0.original.identity == tensor.identity && $0.original.shape == tensor.shape && $0.converted.dtype == dtype
    }
    let entry = place.map { known.remove(at: $0) } ?? (original: tensor, converted: tensor.converted(to: dtype))
    known.append(entry)
    if known.count > Self.countMax { known.removeFirst() }
    return entry.converted
  }
}
