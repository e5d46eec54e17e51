import Data
import Diagnostics
import Tensors

extension Builtin {
  static let data: [Builtin] =
    [
      Builtin(
        "load",
        ["path", "labels?", "header?", "separator?", "missing?", "format?", "array?", "labels_file?", "features?"],
        "a data set from a CSV, NPY, NPZ, IDX, CIFAR or LIBSVM file"
      ) { (e, a) throws(Diagnostic) in try e.load(a) },
      Builtin("load_table", ["path", "header?", "separator?", "missing?"], "the numbers of a CSV file as a matrix") {
        (e, a) throws(Diagnostic) in
        var reordered = a
        reordered.values = [a.given(0), nil, a.given(1), a.given(2), a.given(3)]
        reordered.spans = [a.place(0), a.span, a.place(1), a.place(2), a.place(3)]
        return try e.loadMatrix(reordered)
      },
      Builtin("data", ["X", "y?"], "a data set of the rows of X with labels y") { (e, a) throws(Diagnostic) in
        try e.dataset(a)
      },
    ] + datasetMethods

  private static let datasetMethods: [Builtin] = [
    Builtin(
      "dataset.split", ["data", "at", "seed?"],
      "two data sets: the first `at` samples (a number, or a share below 1) and the rest"
    ) {
      (e, a) throws(Diagnostic) in
      let seed = a.given(2) == nil ? nil : UInt64(bitPattern: Int64(try a.whole(2, "a seed", e)))
      if a[1].isSymbolic { return .unknown }
      guard let share = e.scalar(a[1]) else { throw .expected("a number or a share", found: a[1].kind, at: a.place(1)) }
      return try e.onDataset(a) { (d) throws(DataError) in
        let parts: (first: Dataset, second: Dataset)
        if case .integer(let count) = a[1] {
          parts = try d.split(count: count, seed: seed)
        } else {
          parts = try d.split(fraction: share, seed: seed)
        }
        return .tuple([.dataset(parts.first), .dataset(parts.second)])
      }
    },
    Builtin("dataset.take", ["data", "count"], "the first samples") { (e, a) throws(Diagnostic) in
      let count = try a.whole(1, "the number of samples", e)
      return try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.first(count)) }
    },
    Builtin("dataset.shuffle", ["data", "seed?"], "the samples in random order") { (e, a) throws(Diagnostic) in
      let stream = try e.drawStream(a, seed: 1, law: "shuffle")
      return try e.onDataset(a) { (d) throws(DataError) in
        .dataset(d.permuted(by: RandomStream(key: UInt64(bitPattern: Int64(stream.key)))))
      }
    },
    rule("standardize", "features with mean 0 and variance 1", .standardize),
    rule("center", "features with mean 0", .center),
    rule("normalize", "features between 0 and 1", .unitInterval),
    Builtin("dataset.scale", ["data", "factor"], "features times a number") { (e, a) throws(Diagnostic) in
      let factor = try a.number(1, "the factor", e)
      return try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.divided(by: 1 / factor)) }
    },
    Builtin("dataset.one_hot", ["data", "classes?"], "labels as rows with a 1 at the class") {
      (e, a) throws(Diagnostic) in
      let classes = a.given(1) == nil ? nil : try a.whole(1, "the number of classes", e)
      return try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.oneHot(classes: classes)) }
    },
    Builtin("dataset.signs", ["data"], "labels 0 and 1 as -1 and 1") { (e, a) throws(Diagnostic) in
      try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.relabelled([(from: 0, to: -1), (from: 1, to: 1)])) }
    },
    Builtin("dataset.only", ["data", "classes"], "the samples of some classes") { (e, a) throws(Diagnostic) in
      let classes = try e.tensor(a.real(1, e), at: a.place(1)).doubles()
      return try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.keeping(classes: classes)) }
    },
    Builtin("dataset.flatten", ["data"], "the features of a sample as one vector") { (e, a) throws(Diagnostic) in
      try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.reshaped([d.featureCount])) }
    },
  ]

  private static func rule(_ name: String, _ summary: String, _ rule: FeatureScaling.Rule) -> Builtin {
    Builtin("dataset.\(name)", ["data"], summary) { (e, a) throws(Diagnostic) in
      try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.scaled(by: try d.scaling(rule))) }
    }
  }
}

extension Evaluator {
  /// Runs an operation on the data set that is the first argument.
  func onDataset(_ a: BoundArguments, _ body: (Dataset) throws(DataError) -> Value) throws(Diagnostic) -> Value {
    guard case .dataset(let dataset) = a[0] else {
      if case .unknown = a[0] { return .unknown }
      throw .expected("a data set", found: a[0].kind, at: a.place(0))
    }
    do { return try body(dataset) } catch { throw .data(error, at: a.span) }
  }

  /// The form `data(X, y)`.
  func dataset(_ a: BoundArguments) throws(Diagnostic) -> Value {
    if a[0].isSymbolic || a.given(1)?.isSymbolic == true { return .unknown }
    let features = try tensor(a.real(0, self), at: a.place(0))
    let labels = try a.given(1).map { (value) throws(Diagnostic) in try tensor(value, at: a.place(1)) }
    do {
      return .dataset(
        try Dataset(
          name: "data", features: .dense(NumberArray(sizes: features.shape.sizes, values: features.doubles())),
          labels: labels.map { NumberArray(sizes: $0.shape.sizes, values: $0.doubles()) }))
    } catch { throw .data(error, at: a.span) }
  }

  // MARK: load

  func load(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let path = try a.text(0, "a file name") else { return .unknown }
    let options = try loadOptions(a)
    do { return .dataset(try session.load(path, options)) } catch { throw .data(error, at: a.place(0)) }
  }

  func loadMatrix(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let path = try a.text(0, "a file name") else { return .unknown }
    do {
      let dataset = try session.load(path, loadOptions(a))
      return session.tensor(try dataset.denseFeatures(for: "load_table"), wholeIfPossible: false)
    } catch let error as DataError {
      throw .data(error, at: a.place(0))
    } catch let error as Diagnostic {
      throw error
    } catch { throw .unusable("\(error)", at: a.span) }
  }

  private func loadOptions(_ a: BoundArguments) throws(Diagnostic) -> LoadOptions {
    var options = LoadOptions()
    if let labels = a.given(1) { options.labels = try column(labels, at: a.place(1)) }
    if let header = a.given(2) {
      guard case .boolean(let flag) = header else {
        throw .expected("`true` or `false`", found: header.kind, at: a.place(2))
      }
      options.csv.header = flag ? .present : .absent
    }
    if let separator = try a.optionalText(3, "a separator such as `\";\"`") {
      guard separator.utf8.count == 1, let byte = separator.utf8.first else {
        throw .outOfRange("the separator", "`\(separator)`", expected: "one ASCII character", at: a.place(3))
      }
      options.csv.separator = byte
    }
    if let policy = try a.optionalText(4, "a rule such as `\"drop\"`") {
      options.csv.missing = try missing(policy, at: a.place(4))
    }
    if let name = try a.optionalText(5, "a format such as `\"csv\"`") {
      guard let format = FileFormat(rawValue: name) else {
        throw .outOfRange(
          "the format", "`\(name)`", expected: FileFormat.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "),
          at: a.place(5))
      }
      options.format = format
    }
    options.array = try a.optionalText(6, "the name of an array") ?? options.array
    options.labelsFile = try a.optionalText(7, "a file name") ?? options.labelsFile
    if let value = a.given(8) { options.features = try columnChoices(value, at: a.place(8)) }
    return options
  }

  private func column(_ value: Value, at span: Span) throws(Diagnostic) -> ColumnChoice {
    switch value {
    case .text("last"): return .last
    case .text(let name): return .name(name)
    case .integer(let n): return .number(n)
    default: throw .expected("a column: its name, its number, or `last`", found: value.kind, at: span)
    }
  }

  private func columnChoices(_ value: Value, at span: Span) throws(Diagnostic) -> [ColumnChoice] {
    var choices: [ColumnChoice] = []
    for member in try members(of: value, at: span) ?? [] { choices.append(try column(member, at: span)) }
    return choices
  }

  private func missing(_ policy: String, at span: Span) throws(Diagnostic) -> CSVOptions.Missing {
    switch policy {
    case "refuse": return .refuse
    case "drop": return .dropRow
    case "nan": return .keep
    case "mean": return .mean
    case "zero": return .value(0)
    default:
      throw .outOfRange(
        "the rule for missing values", "`\(policy)`", expected: "`refuse`, `drop`, `mean`, `zero` or `nan`", at: span)
    }
  }
}
