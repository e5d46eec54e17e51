/// Samples with their labels: what `sample (x, y) from D` draws from.
///
/// Row i of `features` is the input of sample i, row i of `labels` its target. Labels of a classification are whole
/// numbers from 0 where the source numbers classes; targets of a regression are any numbers, one or several a sample.
package struct Dataset: Sendable {
  /// Inputs, one row a sample.
  package enum Features: Sendable {
    /// [n, …]
    case dense(NumberArray)
    /// n rows of which most entries are zero.
    case sparse(SparseRows)
  }

  /// What the user calls it, for messages: a file or a bundled name.
  package var name: String
  package var features: Features
  /// [n] or [n, k]; nil without labels.
  package var labels: NumberArray?
  /// One name for each feature; empty where the source has none.
  package var featureNames: [String]
  /// The name of each class; empty where the source has none.
  package var classNames: [String]
  /// What was done to the features since they were read, in order.
  package var changes: [FeatureScaling] = []
  /// What the reader wants to have said.
  package var remarks: [DataRemark] = []

  /// Inputs [n, …] with labels [n] or [n, k], refused where their rows disagree.
  package init(
    name: String, features: Features, labels: NumberArray?, featureNames: [String] = [], classNames: [String] = []
  ) throws(DataError) {
    self.name = name
    self.features = features
    self.labels = labels
    self.featureNames = featureNames
    self.classNames = classNames
    if case .dense(let array) = features, array.sizes.isEmpty {
      throw DataError(name, .wrongRank(use: "load", shape: array.sizes))
    }
    guard count > 0 else { throw DataError(name, .empty(what: "it has no rows")) }
    guard let labels else { return }
    guard let labelCount = labels.sizes.first else {
      throw DataError(name, .wrongRank(use: "labels", shape: labels.sizes))
    }
    guard labelCount == count else {
      throw DataError(
        name, .rowsDisagree(first: "features", firstCount: count, second: "labels", secondCount: labelCount))
    }
  }

  /// Number of samples.
  package var count: Int {
    switch features {
    case .dense(let array): array.sizes.first ?? 0
    case .sparse(let rows): rows.rowCount
    }
  }

  /// Sizes of one sample's input; `[d]` for a table of d features.
  package var featureSizes: [Int] {
    switch features {
    case .dense(let array): Array(array.sizes.dropFirst())
    case .sparse(let rows): [rows.columnCount]
    }
  }

  /// Numbers in one sample's input.
  package var featureCount: Int { featureSizes.reduce(1, *) }

  package var isSparse: Bool {
    if case .sparse = features { return true }
    return false
  }

  /// How many classes there are: one more than the largest label, or the width of one-hot rows.
  ///
  /// Labels need not use all of them: 1 and 3 alone are two of 4 classes, as an output for each is needed.
  /// Nil without labels and where a label is not a whole number from 0 (a regression, or classes −1 and 1).
  package var classCount: Int? {
    guard let labels, !labels.values.isEmpty else { return nil }
    if labels.sizes.count == 2 { return labels.sizes[1] }
    var largest = 0
    for value in labels.values {
      guard let label = Int(exactly: value), label >= 0, label < 1 << 31 else { return nil }
      largest = max(largest, label)
    }
    return max(largest + 1, classNames.count)
  }

  /// Whether the inputs of both are the same numbers.
  package func hasSameFeatures(as other: Dataset) -> Bool {
    switch (features, other.features) {
    case (.dense(let mine), .dense(let theirs)): mine == theirs
    case (.sparse(let mine), .sparse(let theirs)): mine == theirs
    default: false
    }
  }

  /// The dense inputs, or the error that `use` cannot do with sparse ones.
  package func denseFeatures(for use: String) throws(DataError) -> NumberArray {
    guard case .dense(let array) = features else { throw DataError(name, .notDense(use: use)) }
    return array
  }

  /// The labels, or the error that `use` needs them.
  package func requiredLabels(for use: String) throws(DataError) -> NumberArray {
    guard let labels else { throw DataError(name, .noLabels(use: use)) }
    return labels
  }
}

extension Dataset {
  /// A table of which one column is the label and others are features.
  ///
  /// - Parameters:
  ///   - labels: the label's column; nil: the data set has no labels.
  ///   - features: the columns that are inputs, in this order; nil: all but the label.
  /// - Throws: a column is not there, or a feature is text.
  package init(
    _ table: ColumnTable, labels: ColumnChoice?, features: [ColumnChoice]? = nil
  ) throws(DataError) {
    var label: Int?
    if let labels { label = try table.index(of: labels) }
    var columns: [Int] = []
    if let features {
      for choice in features { columns.append(try table.index(of: choice)) }
    } else {
      columns = (0..<table.columnCount).filter { $0 != label }
    }
    for column in columns {
      guard let texts = table.texts(of: column) else { continue }
      throw DataError(table.file, .textColumn(name: table.name(of: column), example: texts.first ?? ""))
    }
    let inputs = NumberArray(
      sizes: [table.rowCount, columns.count], values: table.gathering(columns))
    try self.init(
      name: table.file, features: .dense(inputs),
      labels: label.map { NumberArray(sizes: [table.rowCount], values: table.column($0)) },
      featureNames: table.names.isEmpty ? [] : columns.map { table.names[$0] },
      classNames: label.flatMap { table.classNames(of: $0) } ?? [])
    remarks = table.remarks
  }
}

extension ColumnTable {
  /// What the numbers of a text column, or of one of truth values, stand for.
  package func classNames(of column: Int) -> [String]? {
    texts(of: column) ?? (truths.contains(column) ? ["False", "True"] : nil)
  }

  /// The values of some columns, row-major.
  fileprivate func gathering(_ columns: [Int]) -> [Double] {
    if columns.elementsEqual(0..<columnCount) { return values }
    var result = [Double](repeating: 0, count: rowCount * columns.count)
    var target = 0
    for row in 0..<rowCount {
      let start = row * columnCount
      for column in columns {
        result[target] = values[start + column]
        target += 1
      }
    }
    return result
  }
}
