import Data
import Testing

/// Data sets: columns, rows, scaling, labels.
@Suite struct DatasetTests {
  private func table() throws -> ColumnTable {
    let text = "a,b,kind,y\n1,10,u,0\n2,20,v,1\n3,30,u,2\n4,40,w,1\n"
    return try CSVReader.read(bytes(text), file: "t.csv")
  }

  private func plain() throws -> Dataset { try Dataset(table(), labels: .last, features: [.name("a"), .name("b")]) }

  @Test func columnsBecomeFeaturesAndLabels() throws {
    let data = try plain()
    #expect(data.count == 4 && data.featureSizes == [2] && data.featureCount == 2 && data.featureNames == ["a", "b"])
    #expect(try data.denseFeatures(for: "test").values == [1, 10, 2, 20, 3, 30, 4, 40])
    #expect(data.labels == NumberArray(sizes: [4], values: [0, 1, 2, 1]) && data.classCount == 3)
    let named = try Dataset(table(), labels: .name("kind"), features: [.number(1)])
    #expect(named.classNames == ["u", "v", "w"] && named.labels?.values == [0, 1, 0, 2] && named.classCount == 3)
    #expect(try Dataset(table(), labels: nil, features: [.name("a")]).labels == nil)
  }

  @Test func textIsNoFeature() {
    #expect(message { () throws(DataError) in try Dataset(try readTable(), labels: .last) }.hasPrefix("E0822"))
    let missing = message { () throws(DataError) in try Dataset(try readTable(), labels: .name("knd")) }
    #expect(missing.hasPrefix("E0821") && missing.contains("`kind`"), "\(missing)")
  }

  private func readTable() throws(DataError) -> ColumnTable {
    try CSVReader.read(bytes("a,kind,y\n1,u,0\n2,v,1\n"), file: "t.csv")
  }

  @Test func rowsMustAgree() {
    let features = Dataset.Features.dense(NumberArray(sizes: [2, 1], values: [1, 2]))
    let message = message { () throws(DataError) in
      try Dataset(name: "x", features: features, labels: NumberArray(sizes: [3], values: [1, 2, 3]))
    }
    #expect(message.hasPrefix("E0828 `features` of `x` has 2 rows, but `labels` has 3"))
  }

  @Test func splitsArePartsWithoutCommonRows() throws {
    let data = try plain()
    let (first, second) = try data.split(fraction: 0.5, seed: 1)
    #expect(first.count == 2 && second.count == 2)
    let rows = try (first.denseFeatures(for: "").values + second.denseFeatures(for: "").values)
    #expect(rows.sorted() == [1, 2, 3, 4, 10, 20, 30, 40])
    #expect(try data.split(fraction: 0.5, seed: 1).first.labels == first.labels)
    #expect(try data.split(count: 3, seed: nil).first.labels?.values == [0, 1, 2])
    let orders = try (0..<20).map { try data.permuted(seed: $0).denseFeatures(for: "").values }
    #expect(Set(orders).count > 5)
    for fraction in [0, 1, -0.5, .nan, 0.01] {
      #expect(message { () throws(DataError) in try data.split(fraction: fraction, seed: 1) }.hasPrefix("E0823"))
    }
    #expect(message { () throws(DataError) in try data.split(count: 4, seed: 1) }.hasPrefix("E0823"))
  }

  @Test func rowsAreTaken() throws {
    let data = try plain()
    #expect(try data.first(2).labels?.values == [0, 1] && data.rows(1..<3).labels?.values == [1, 2])
    #expect(message { () throws(DataError) in try data.first(5) }.hasPrefix("E0823"))
    #expect(message { () throws(DataError) in try data.rows(2..<5) }.hasPrefix("E0823"))
    #expect(try data.keeping(classes: [1]).denseFeatures(for: "").values == [2, 20, 4, 40])
    #expect(message { () throws(DataError) in try data.keeping(classes: [9]) }.hasPrefix("E0809"))
    #expect(try data.appending(data).count == 8)
  }

  @Test func featuresAreScaled() throws {
    let data = try plain()
    let centred = try data.scaled(by: data.scaling(.center)).denseFeatures(for: "").values
    #expect(centred == [-1.5, -15, -0.5, -5, 0.5, 5, 1.5, 15])
    let standard = try data.scaled(by: data.scaling(.standardize)).denseFeatures(for: "").values
    for column in 0..<2 {
      let values = stride(from: column, to: 8, by: 2).map { standard[$0] }
      #expect(abs(values.reduce(0, +)) < 1e-15 && abs(values.map { $0 * $0 }.reduce(0, +) / 4 - 1) < 1e-15)
    }
    let third = 1.0 / 3
    let unit = try data.scaled(by: data.scaling(.unitInterval)).denseFeatures(for: "").values
    #expect(unit.prefix(4).elementsEqual([0, 0, third, 10 * (1.0 / 30)]) && unit.last == 1)
    #expect(try data.divided(by: 10).denseFeatures(for: "").values.prefix(2) == [0.1, 1])
    // The test part is scaled by the training part's numbers.
    let (train, test) = try data.split(count: 2, seed: nil)
    #expect(try test.scaled(by: train.scaling(.center)).denseFeatures(for: "").values == [1.5, 15, 2.5, 25])
    let narrow = FeatureScaling(dividingBy: 2, count: 3)
    #expect(message { () throws(DataError) in try data.scaled(by: narrow) }.hasPrefix("E0829"))
  }

  @Test func constantFeaturesStayFinite() throws {
    let array = NumberArray(sizes: [3, 1], values: [0.1, 0.1, 0.1])
    let data = try Dataset(name: "x", features: .dense(array), labels: nil)
    for rule in [FeatureScaling.Rule.standardize, .unitInterval, .center] {
      let values = try data.scaled(by: data.scaling(rule)).denseFeatures(for: "").values
      #expect(values.allSatisfy { abs($0) < 1e-16 }, "\(rule) \(values)")
    }
  }

  @Test func labelsBecomeRowsOfOnes() throws {
    let data = try plain().oneHot()
    #expect(data.labels == NumberArray(sizes: [4, 3], values: [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0]))
    #expect(data.classCount == 3)
    #expect(try plain().oneHot(classes: 5).labels?.sizes == [4, 5])
    let tooFew = message { () throws(DataError) in try plainOrFail().oneHot(classes: 2) }
    #expect(tooFew.hasPrefix("E0824 the label of row 2"))
    let signs = try plain().mappingLabels { $0 == 1 ? 1 : -1 }
    #expect(signs.classCount == nil)
    #expect(message { () throws(DataError) in try signs.oneHot() }.hasPrefix("E0824"))
    #expect(try signs.relabelled([(-1, 0)]).classCount == 2)
    let unlabelled = try Dataset(table(), labels: nil, features: [.number(0)])
    #expect(message { () throws(DataError) in try unlabelled.oneHot() }.hasPrefix("E0829"))
  }

  private func plainOrFail() throws(DataError) -> Dataset {
    let features = Dataset.Features.dense(NumberArray(sizes: [3, 1], values: [1, 2, 3]))
    return try Dataset(name: "x", features: features, labels: NumberArray(sizes: [3], values: [0, 1, 2]))
  }

  @Test func sparseRowsStaySparse() throws {
    let (rows, labels) = try LIBSVMReader.read(bytes("1 1:2 4:6\n-1 2:4\n"), file: "s")
    let data = try Dataset(name: "s", features: .sparse(rows), labels: NumberArray(sizes: [2], values: labels))
    #expect(data.isSparse && data.featureCount == 4 && data.count == 2 && data.classCount == nil)
    let half = try data.divided(by: 2)
    #expect(half.isSparse)
    #expect(try half.densified().denseFeatures(for: "").values == [1, 0, 0, 3, 0, 2, 0, 0])
    #expect(data.selecting([1]).labels?.values == [-1])
    #expect(message { () throws(DataError) in try data.scaling(.center) }.hasPrefix("E0829"))
    let wide = SparseRows(columnCount: 1 << 31, rowStarts: [0, 0, 0], columns: [], values: [])
    let widest = try Dataset(name: "w", features: .sparse(wide), labels: nil)
    #expect(message { () throws(DataError) in try widest.densified() }.hasPrefix("E0816"))
  }

  @Test func inputsAreReshaped() throws {
    let data = try plain().reshaped([1, 2, 1])
    #expect(data.featureSizes == [1, 2, 1] && data.featureCount == 2)
    #expect(message { () throws(DataError) in try data.reshaped([3]) }.hasPrefix("E0829"))
  }
}

extension DatasetTests {
  @Test func featuresAreChosen() throws {
    let table = try CSVReader.read(bytes("a,b,y\n1,2,0\n3,4,1\n"), file: "t")
    let data = try Dataset(table, labels: .last)
    let chosen = try data.choosingFeatures([.last, .name("a"), .number(1)])
    #expect(try chosen.denseFeatures(for: "").values == [2, 1, 2, 4, 3, 4] && chosen.labels == data.labels)
    #expect(chosen.featureNames == ["b", "a", "b"])
    #expect(message { () throws(DataError) in try data.choosingFeatures([.number(2)]) }.hasPrefix("E0821"))
  }

  @Test func twoClassesBecomeSigns() throws {
    let table = try CSVReader.read(bytes("1,3\n2,7\n3,3\n"), file: "t")
    #expect(try Dataset(table, labels: .last).signedLabels().labels?.values == [-1, 1, -1])
    for text in ["1,3\n2,7\n3,5\n", "1,3\n2,3\n"] {
      let other = try Dataset(CSVReader.read(bytes(text), file: "t"), labels: .last)
      #expect(message { () throws(DataError) in try other.signedLabels() }.hasPrefix("E0824"))
    }
  }

  @Test func rowsAreNormalized() throws {
    let array = NumberArray(sizes: [3, 2], values: [3, 4, 0, 0, 1e200, 1e200])
    let data = try Dataset(name: "x", features: .dense(array), labels: nil).normalizedRows()
    let values = try data.denseFeatures(for: "").values
    #expect(abs(values[0] - 0.6) < 1e-15 && abs(values[1] - 0.8) < 1e-15 && values[2] == 0 && values[3] == 0)
    #expect(abs(values[4] - 0.5.squareRoot()) < 1e-15)
  }
}
