package import Tensors

/// Values along the axes of a tensor, one for each element.
extension AxisPlaces {
  /// The shape of the tensor with several axes of which these are the elements; nil for other places.
  package var tensorShape: Shape? {
    guard axes.count > 1, axes == TensorSeriesForm.axes(rank: axes.count), let last = coordinates?.last else {
      return nil
    }
    let shape = Shape(last.map { Int($0) + 1 })
    return shape.count == count ? shape : nil
  }
}

extension AxisVector {
  /// Some elements, as a tensor of this shape.
  ///
  /// - Precondition: as many numbers of elements as the shape has.
  package func only(_ elements: [Int], of shape: Shape) -> AxisVector {
    var result = self
    result.places = TensorSeriesForm(shape: shape, positions: []).places
    result.points = elements.map { points[$0] }
    result.condition = condition.map { own in
      Condition(surely: elements.map { own.surely[$0] }, possibly: elements.map { own.possibly[$0] })
    }
    return result
  }
}
