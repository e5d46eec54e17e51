/// A change of each feature on its own: x ← (x − offset) · factor.
///
/// Fitted on one data set and applied to others, so that test data is scaled by the training data's numbers.
package struct FeatureScaling: Hashable, Sendable {
  /// How offsets and factors follow from data.
  package enum Rule: String, Hashable, Sendable {
    /// Mean 0.
    case center
    /// Mean 0 and standard deviation 1 (division by n); a constant feature becomes 0.
    case standardize
    /// From 0 to 1; a constant feature becomes 0.
    case unitInterval

    /// The word of the language.
    package var word: String { self == .unitInterval ? "normalize" : rawValue }
  }

  /// The rule that it follows; nil: a factor of the user's.
  package var rule: Rule?
  package var offsets: [Double]
  package var factors: [Double]

  /// The same change for `count` features: division by `divisor`.
  package init(dividingBy divisor: Double, count: Int) {
    offsets = [Double](repeating: 0, count: count)
    factors = [Double](repeating: 1 / divisor, count: count)
  }

  /// Fits a rule to rows of `width` numbers; sums run over the rows in their order.
  init(_ rule: Rule, values: [Double], width: Int) {
    self.rule = rule
    let rows = width == 0 ? 0 : values.count / width
    offsets = [Double](repeating: 0, count: width)
    factors = [Double](repeating: 1, count: width)
    guard rows > 0 else { return }
    for column in 0..<width {
      let cells = stride(from: column, to: values.count, by: width)
      switch rule {
      case .center: offsets[column] = FeatureScaling.mean(values, cells, rows)
      case .standardize:
        let mean = FeatureScaling.mean(values, cells, rows)
        let squares = cells.reduce(0.0) { $0 + (values[$1] - mean) * (values[$1] - mean) }
        let deviation = (squares / Double(rows)).squareRoot()
        offsets[column] = mean
        // Where all values are equal, rounding may leave a deviation of about 1e-16 of the mean.
        factors[column] = deviation > abs(mean) * 1e-14 ? 1 / deviation : 1
      case .unitInterval:
        let low = cells.reduce(Double.infinity) { min($0, values[$1]) }
        let high = cells.reduce(-Double.infinity) { max($0, values[$1]) }
        offsets[column] = low
        factors[column] = high > low ? 1 / (high - low) : 1
      }
    }
  }

  /// The word of the language for this change.
  var word: String { rule?.word ?? "scale" }

  private static func mean(_ values: [Double], _ cells: StrideTo<Int>, _ rows: Int) -> Double {
    cells.reduce(0.0) { $0 + values[$1] } / Double(rows)
  }
}

extension Dataset {
  /// Offsets and factors that a rule gives for this data set's features.
  package func scaling(_ rule: FeatureScaling.Rule) throws(DataError) -> FeatureScaling {
    let array = try denseFeatures(for: rule.rawValue)
    return FeatureScaling(rule, values: array.values, width: array.rowLength)
  }

  /// The features changed by a scaling that was fitted to this or another data set of the same width.
  package func scaled(by scaling: FeatureScaling) throws(DataError) -> Dataset {
    var array = try denseFeatures(for: "scale")
    let width = array.rowLength
    guard width == scaling.offsets.count else { throw DataError(name, .wrongRank(use: "scale", shape: array.sizes)) }
    var position = 0
    for _ in 0..<count {
      for column in 0..<width {
        array.values[position] = (array.values[position] - scaling.offsets[column]) * scaling.factors[column]
        position += 1
      }
    }
    var result = self
    result.features = .dense(array)
    result.changes.append(scaling)
    return result
  }

  /// All features divided by one number; sparse rows stay sparse.
  package func divided(by divisor: Double) throws(DataError) -> Dataset {
    var result = self
    result.changes.append(FeatureScaling(dividingBy: divisor, count: 1))
    switch features {
    case .dense(var array):
      for index in array.values.indices { array.values[index] /= divisor }
      result.features = .dense(array)
    case .sparse(var rows):
      for index in rows.values.indices { rows.values[index] /= divisor }
      result.features = .sparse(rows)
    }
    return result
  }

  /// The features written out with their zeros.
  package func densified() throws(DataError) -> Dataset {
    guard case .sparse(let rows) = features else { return self }
    _ = try ElementCount.product([UInt64(rows.rowCount), UInt64(rows.columnCount)], file: name)
    var result = self
    result.features = .dense(NumberArray(sizes: [rows.rowCount, rows.columnCount], values: rows.dense()))
    return result
  }

  /// Each input in another shape with equally many numbers, such as [1, 28, 28] for 784 pixels.
  package func reshaped(_ sizes: [Int]) throws(DataError) -> Dataset {
    let array = try denseFeatures(for: "reshape")
    guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(1, *) == array.rowLength else {
      throw DataError(name, .wrongRank(use: "reshape", shape: array.sizes))
    }
    var result = self
    result.features = .dense(NumberArray(sizes: [count] + sizes, values: array.values))
    return result
  }
}

extension Dataset {
  /// Each input divided by its Euclidean norm; a row of zeros stays as it is, sparse rows stay sparse.
  package func normalizedRows() -> Dataset {
    var result = self
    switch features {
    case .dense(var array):
      let width = array.rowLength
      for row in 0..<count { array.values.normalize(row * width..<(row + 1) * width) }
      result.features = .dense(array)
    case .sparse(var rows):
      for row in 0..<count { rows.values.normalize(rows.rowStarts[row]..<rows.rowStarts[row + 1]) }
      result.features = .sparse(rows)
    }
    return result
  }
}

extension [Double] {
  /// Divides a range by its Euclidean norm, summed in order after dividing by the largest magnitude.
  fileprivate mutating func normalize(_ range: Range<Int>) {
    let largest = self[range].reduce(0) { Swift.max($0, abs($1)) }
    guard largest > 0, largest.isFinite else { return }
    let squares = self[range].reduce(0.0) { $0 + ($1 / largest) * ($1 / largest) }
    let norm = squares.squareRoot()
    for index in range { self[index] = self[index] / largest / norm }
  }
}
