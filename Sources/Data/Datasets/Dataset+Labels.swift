// Changes of labels: one-hot rows, other numbers for classes.
extension Dataset {
  /// Labels as rows of zeros with a one at the class: [n, classes].
  ///
  /// - Parameter classes: how many; nil: one more than the largest label.
  package func oneHot(classes: Int? = nil) throws(DataError) -> Dataset {
    let labels = try requiredLabels(for: "one_hot")
    guard labels.sizes.count == 1 else { throw DataError(name, .wrongRank(use: "one_hot", shape: labels.sizes)) }
    let width: Int
    if let classes { width = classes } else { width = try requiredClassCount(labels) }
    guard width > 0 else { throw DataError(name, .badCount(what: "classes", value: width, available: count)) }
    let size = try ElementCount.product([UInt64(count), UInt64(width)], file: name)
    var rows = [Double](repeating: 0, count: size)
    for (row, value) in labels.values.enumerated() {
      guard let label = Int(exactly: value), label >= 0, label < width else {
        throw DataError(name, .badClass(row: row, value: value, classes: width))
      }
      rows[row * width + label] = 1
    }
    var result = self
    result.labels = NumberArray(sizes: [count, width], values: rows)
    return result
  }

  private func requiredClassCount(_ labels: NumberArray) throws(DataError) -> Int {
    if let classCount { return classCount }
    for (row, value) in labels.values.enumerated() where Int(exactly: value) == nil || value < 0 || value >= 0x1p31 {
      throw DataError(name, .badClass(row: row, value: value, classes: nil))
    }
    return 0
  }

  /// Labels replaced by the second of the pair whose first they are; others stay, class names go.
  package func relabelled(_ pairs: [(from: Double, to: Double)]) throws(DataError) -> Dataset {
    try mappingLabels { value in pairs.first { $0.from == value }?.to ?? value }
  }

  /// Labels changed by a function; class names go.
  package func mappingLabels(_ change: (Double) -> Double) throws(DataError) -> Dataset {
    var labels = try requiredLabels(for: "relabel")
    for index in labels.values.indices { labels.values[index] = change(labels.values[index]) }
    var result = self
    result.labels = labels
    result.classNames = []
    return result
  }

  /// Other labels: [n] or [n, k].
  package func withLabels(_ labels: NumberArray) throws(DataError) -> Dataset {
    var result = try Dataset(name: name, features: features, labels: labels, featureNames: featureNames)
    result.remarks = remarks
    return result
  }
}

extension Dataset {
  /// Labels as signs: −1, 0 and 1 are taken for what they say, other two classes by their order.
  ///
  /// A part of the data may have one class only.
  package func signs() throws(DataError) -> Dataset {
    let values = Set(try requiredLabels(for: "signs").values)
    if values.isSubset(of: [0, 1]) || values.isSubset(of: [-1, 1]) { return try mappingLabels { $0 <= 0 ? -1 : 1 } }
    return try signedLabels()
  }

  /// The same data where all labels are −1 or 1.
  package func havingSigns() throws(DataError) -> Dataset {
    let values = try requiredLabels(for: "signs").values
    guard let row = values.firstIndex(where: { $0.magnitude != 1 }) else { return self }
    throw DataError(name, .notASign(row: row, value: values[row]))
  }

  /// Two classes as −1 and +1: the smaller label becomes −1.
  package func signedLabels() throws(DataError) -> Dataset {
    let values = try requiredLabels(for: "signs").values
    let low = values.min() ?? 0
    let high = values.max() ?? 0
    if let row = values.firstIndex(where: { $0 != low && $0 != high }) {
      throw DataError(name, .severalClasses(row: row, value: values[row], others: [low, high]))
    }
    guard low < high else { throw DataError(name, .notASign(row: 0, value: low)) }
    return try mappingLabels { $0 == low ? -1 : 1 }
  }
}
