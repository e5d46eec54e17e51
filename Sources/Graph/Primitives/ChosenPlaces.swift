package import Tensors

/// k different places of `count`, from k independent uniform numbers in [0, 1): each ordered choice is as likely.
///
/// It shuffles the numbers 0 ..< count as far as the first k, and keeps of them the moved ones alone: O(k), whatever the count.
///
/// [..., k] → i64 [..., k].
package struct ChosenPlaces: FlatPrimitive, LeadingAxesPrimitive {
  package static let name = "choose"
  package var count: Int

  package init(count: Int) { self.count = count }

  package var attributes: String { "\(count)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = inputs[0].shape
    guard let k = shape.sizes.last, k <= count else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "at most \(count) places")
    }
    return TensorType(shape, .i64)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(resultType(of: inputs), inputs[0].lastRows.flatMap { places($0).map(Double.init) })
  }

  /// The first numbers of 0 ..< count once they are shuffled.
  private func places(_ row: [Double]) -> [Int] {
    var moved: [Int: Int] = [:]
    moved.reserveCapacity(2 * row.count)
    return row.enumerated().map { position, u in
      let left = count - position
      // A product may be rounded up to its bound; what is no number in [0, 1) chooses an end.
      let share = u > 0 ? min(u, 1) * Double(left) : 0
      let other = position + min(Int(share), left - 1)
      let chosen = moved[other] ?? other
      moved[other] = moved[position] ?? position
      return chosen
    }
  }
}
