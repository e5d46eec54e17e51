package import Tensors

// Choices of rows: parts, splits, classes. Each returns a new data set and leaves the old as it was.
extension Dataset {
  /// The rows with the given numbers, in that order; a number may occur several times.
  ///
  /// - Precondition: all numbers are in `0..<count`.
  package func selecting(_ rows: [Int]) -> Dataset {
    var result = self
    switch features {
    case .dense(let array): result.features = .dense(array.selecting(rows))
    case .sparse(let sparse): result.features = .sparse(sparse.selecting(rows))
    }
    result.labels = labels?.selecting(rows)
    return result
  }

  /// The rows `range`, refused where there are fewer.
  package func rows(_ range: Range<Int>) throws(DataError) -> Dataset {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      throw DataError(name, .badCount(what: "row", value: range.upperBound - 1, available: count))
    }
    return selecting(Array(range))
  }

  /// The first `number` rows, in their order.
  package func first(_ number: Int) throws(DataError) -> Dataset {
    guard number > 0, number <= count else {
      throw DataError(name, .badCount(what: "the first", value: number, available: count))
    }
    return selecting(Array(0..<number))
  }

  /// All rows in a random order that depends on `seed` alone.
  package func permuted(seed: UInt64) -> Dataset {
    permuted(by: RandomStream(seed: seed, purpose: RandomStream.purpose("data")))
  }

  /// All rows in the random order that a stream gives.
  package func permuted(by stream: RandomStream) -> Dataset { selecting(stream.permutation(count)) }

  /// Two parts without common rows: the first holds `fraction` of the rows, rounded to the nearest count.
  ///
  /// With a seed the rows are permuted first, without one the first part is the beginning.
  package func split(fraction: Double, seed: UInt64?) throws(DataError) -> (first: Dataset, second: Dataset) {
    guard fraction > 0, fraction < 1 else {
      let reason = "the fraction is \(DataMessage.number(fraction)), expected above 0 and below 1"
      throw DataError(name, .badSplit(reason: reason))
    }
    return try split(count: Int((Double(count) * fraction).rounded()), seed: seed)
  }

  /// Two parts without common rows: the first holds `number` rows.
  package func split(count number: Int, seed: UInt64?) throws(DataError) -> (first: Dataset, second: Dataset) {
    guard number > 0, number < count else {
      let reason = "the first part would hold \(number) of \(DataMessage.count(count, "row")); both need at least 1"
      throw DataError(name, .badSplit(reason: reason))
    }
    let stream = seed.map { RandomStream(seed: $0, purpose: RandomStream.purpose("data")) }
    let rows = stream?.permutation(count) ?? Array(0..<count)
    return (selecting(Array(rows[..<number])), selecting(Array(rows[number...])))
  }

  /// The rows whose label is one of `classes`; labels keep their values.
  package func keeping(classes: [Double]) throws(DataError) -> Dataset {
    let labels = try requiredLabels(for: "keep")
    guard labels.sizes.count == 1 else { throw DataError(name, .wrongRank(use: "keep", shape: labels.sizes)) }
    let rows = (0..<count).filter { classes.contains(labels.values[$0]) }
    guard !rows.isEmpty else { throw DataError(name, .empty(what: "no row has one of the classes that were kept")) }
    for number in classes where !labels.values.contains(number) {
      throw DataError(name, .absentClass(number, classes: Array(Set(labels.values)).sorted()))
    }
    return selecting(rows)
  }

  /// Both data sets one after the other.
  package func appending(_ other: Dataset) throws(DataError) -> Dataset {
    let first = try denseFeatures(for: "append")
    let second = try other.denseFeatures(for: "append")
    guard first.sizes.dropFirst() == second.sizes.dropFirst() else {
      throw DataError(other.name, .wrongRank(use: "append", shape: second.sizes))
    }
    var labels: NumberArray?
    if let mine = self.labels {
      let theirs = try other.requiredLabels(for: "append")
      guard mine.sizes.dropFirst() == theirs.sizes.dropFirst() else {
        throw DataError(other.name, .wrongRank(use: "append", shape: theirs.sizes))
      }
      labels = mine.appending(theirs)
    }
    return try Dataset(
      name: name, features: .dense(first.appending(second)), labels: labels, featureNames: featureNames,
      classNames: classNames)
  }
}

extension NumberArray {
  /// Numbers in one row.
  var rowLength: Int { sizes.dropFirst().reduce(1, *) }

  /// The rows with the given numbers, in that order.
  func selecting(_ rows: [Int]) -> NumberArray {
    let length = rowLength
    var selected: [Double] = []
    selected.reserveCapacity(rows.count * length)
    for row in rows { selected.append(contentsOf: values[row * length..<(row + 1) * length]) }
    return NumberArray(sizes: [rows.count] + sizes.dropFirst(), values: selected)
  }

  /// The rows of both.
  fileprivate func appending(_ other: NumberArray) -> NumberArray {
    NumberArray(sizes: [sizes[0] + other.sizes[0]] + sizes.dropFirst(), values: values + other.values)
  }
}

extension Dataset {
  /// Some of the features, in the order given, by number, name or as the last; labels stay.
  package func choosingFeatures(_ choices: [ColumnChoice]) throws(DataError) -> Dataset {
    let array = try denseFeatures(for: "columns")
    guard array.sizes.count == 2 else { throw DataError(name, .wrongRank(use: "columns", shape: array.sizes)) }
    let table = ColumnTable(
      file: name, names: featureNames, rowCount: count, columnCount: array.sizes[1], values: array.values)
    var result = try Dataset(table, labels: nil, features: choices)
    result.labels = labels
    result.classNames = classNames
    return result
  }
}
