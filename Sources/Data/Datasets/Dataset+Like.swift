// Test data that is read, numbered and scaled as the training data was.
extension Dataset {
  /// The change that makes this data set what a rule made of another: fitted to the other, never to this one.
  ///
  /// Where the other was changed by that rule last, it is that very change; where it was not, the rule is fitted to it as
  /// it is. What else was done to both must be the same.
  package func scaling(_ rule: FeatureScaling.Rule, like other: Dataset) throws(DataError) -> FeatureScaling {
    guard featureCount == other.featureCount else {
      throw DataError(
        name, .widthsDisagree(width: featureCount, other: other.name, otherWidth: other.featureCount))
    }
    if other.changes == changes { return try other.scaling(rule) }
    if let last = other.changes.last, last.rule == rule, Array(other.changes.dropLast()) == changes { return last }
    throw DataError(
      name,
      .changesDisagree(
        rule: rule.word, other: other.name, done: changes.map(\.word), otherDone: other.changes.map(\.word)))
  }

  /// This data set, just read, with the classes numbered as in another, whose features it must have.
  ///
  /// A class that the other does not have is refused. Numbers as labels stay as they are.
  package func numbered(like other: Dataset) throws(DataError) -> Dataset {
    guard featureSizes == other.featureSizes else {
      throw DataError(
        name, .widthsDisagree(width: featureCount, other: other.name, otherWidth: other.featureCount))
    }
    var result = self
    guard !classNames.isEmpty else {
      result.classNames = other.classNames
      return result
    }
    var numbers: [Double] = []
    for text in classNames {
      guard let number = other.classNames.firstIndex(of: text) else {
        throw DataError(name, .unknownClass(text: text, classes: other.classNames))
      }
      numbers.append(Double(number))
    }
    if var labels {
      for index in labels.values.indices {
        // A label that is missing, and was kept, stays not a number.
        if let old = Int(exactly: labels.values[index]) { labels.values[index] = numbers[old] }
      }
      result.labels = labels
    }
    result.classNames = other.classNames
    return result
  }
}
