package import Tensors

/// What is known of a series of tensors without its numbers.
package struct TensorSeriesForm: Sendable, Hashable {
  /// The shape of each value.
  package var shape: Shape
  /// Where it is recorded; empty where that is not known.
  package var positions: [Double]
  package var isTruth: Bool
  /// The axes of the tensor along which the next statistic goes at each position, ascending: `W over index`; nil where it
  /// goes along the positions.
  package var elementAxes: [Int]?

  package init(shape: Shape, positions: [Double], isTruth: Bool = false, elementAxes: [Int]? = nil) {
    self.shape = shape
    self.positions = positions
    self.isTruth = isTruth
    self.elementAxes = elementAxes
  }

  /// Names of the axes of a recorded tensor: its index, of a matrix row and column.
  package static func axes(rank: Int) -> [String] {
    switch rank {
    case 1: ["index"]
    case 2: ["row", "column"]
    default: (0..<rank).map { "index\($0)" }
    }
  }

  /// The elements as places along those axes.
  package var places: AxisPlaces {
    var index = [Int](repeating: 0, count: shape.rank)
    var rows: [[Int]] = []
    for _ in 0..<shape.count {
      rows.append(index)
      for axis in index.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
    return AxisPlaces(
      axes: Self.axes(rank: shape.rank), labels: rows.map { $0.map(String.init) },
      coordinates: rows.map { $0.map(Double.init) }, isWhole: true)
  }
}

/// A tensor that was recorded: a series for each of its elements, all at the same positions.
package struct TensorSeries: Sendable {
  package var name: String
  /// The shape of each value.
  package var shape: Shape
  /// The elements in row-major order.
  package var elements: [Series]
  /// The axes of the tensor along which the next statistic goes at each position; nil where it goes along the positions.
  package var elementAxes: [Int]?

  /// - Precondition: one element for each place of `shape`, at least one, all at the same positions.
  package init(_ name: String, shape: Shape, _ elements: [Series]) {
    precondition(elements.count == shape.count && !elements.isEmpty, "a series for each element")
    self.name = name
    self.shape = shape
    self.elements = elements
  }

  package var positions: [Double] { elements[0].positions }
  package var axis: SeriesAxis { elements[0].axis }
  package var holdsTruth: Bool { elements.allSatisfy(\.holdsTruth) }

  package var form: TensorSeriesForm {
    TensorSeriesForm(shape: shape, positions: positions, isTruth: holdsTruth, elementAxes: elementAxes)
  }

  /// What an element is called: `w[0]`, `W[1, 2]`.
  package static func elementNames(_ name: String, _ shape: Shape) -> [String] {
    let places = TensorSeriesForm(shape: shape, positions: []).places
    return places.labels.map { "\(name)[\($0.joined(separator: ", "))]" }
  }

  /// The value at a position, by its number.
  package func tensor(at index: Int) -> Tensor {
    let tensor = Tensor(elements.map { $0.values[index] }, shape: shape)
    return holdsTruth ? tensor.holdingTruth() : tensor
  }

  /// All values, positions first.
  package var tensor: Tensor {
    let count = positions.count
    var values: [Double] = []
    values.reserveCapacity(count * shape.count)
    for place in 0..<count { for element in elements { values.append(element.values[place]) } }
    let tensor = Tensor(values, shape: Shape([count] + shape.sizes))
    return holdsTruth ? tensor.holdingTruth() : tensor
  }
}

/// A tensor among what a run records: its elements are series of their own, by `TensorSeries.elementNames`.
package struct RecordedTensor: Sendable, Hashable, Codable {
  package var name: String
  package var sizes: [Int]

  package init(_ name: String, _ sizes: [Int]) { (self.name, self.sizes) = (name, sizes) }
}

/// What the series of a run are besides numbers.
package struct RecordedForms: Sendable {
  /// Names of those that hold conditions.
  package var truths: Set<String> = []
  /// Tensors by name, of which the elements are series.
  package var tensors: [RecordedTensor] = []

  package init() {}

  /// What these metrics record.
  package init(of metrics: some Sequence<MetricSpec>) {
    for one in metrics {
      truths.formUnion(one.truths)
      for tensor in one.tensors where !tensors.contains(tensor) { tensors.append(tensor) }
    }
  }

  /// The shape of a tensor that was recorded under a name.
  package func shape(of name: String) -> Shape? {
    tensors.first { $0.name == name }.map { Shape($0.sizes) }
  }

  /// Names of series with those of tensors in place of their elements.
  package func collapsed(_ names: [String]) -> [String] {
    var result: [String] = []
    var owners: [String: String] = [:]
    for tensor in tensors {
      for element in TensorSeries.elementNames(tensor.name, Shape(tensor.sizes)) { owners[element] = tensor.name }
    }
    for name in names {
      let shown = owners[name] ?? name
      if result.last != shown, owners[name] == nil || !result.contains(shown) { result.append(shown) }
    }
    return result
  }
}
