import Arithmetic
import Data
import Diagnostics
import Evaluation
import Messages
import Tensors
import Values

extension Builtin {
  static let data: [Builtin] =
    [
      Builtin(
        "load",
        loadParameters.map { BuiltinParameter(stringLiteral: $0) },
        "a data set from a CSV, NPY, NPZ, IDX, CIFAR or LIBSVM file", details: loadDetails
      ) { (e, a) throws(Diagnostic) in try e.load(a, loadParameters) },
      Builtin(
        "load_table", tableParameters.map { BuiltinParameter(stringLiteral: $0) },
        "the numbers of a CSV file as a matrix", details: "The options are those of `load`."
      ) { (e, a) throws(Diagnostic) in try e.loadMatrix(a, tableParameters) },
      Builtin("data", ["X", "y?"], "a data set of the rows of X with labels y") { (e, a) throws(Diagnostic) in
        try e.dataset(a)
      },
    ] + datasetMethods

  private static let loadParameters = [
    "path", "labels?", "header?", "separator?", "missing?", "format?", "array?", "labels_file?", "features?", "text?",
    "like?",
  ]
  private static let tableParameters = ["path", "header?", "separator?", "missing?", "features?"]

  private static let datasetMethods: [Builtin] = [
    Builtin(
      "dataset.split", ["data", "at", "seed?"],
      "two data sets: the first `at` samples (a number, or a share below 1) and the rest"
    ) {
      (e, a) throws(Diagnostic) in
      let seed = a.given(2) == nil ? nil : UInt64(bitPattern: Int64(try a.whole(2, "a seed", e)))
      if case .node = a[1] { throw .unknownCondition(at: a.place(1)) }
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
      guard factor.isFinite, factor != 0, (1 / factor).isFinite else {
        throw .outOfRange("the factor", "\(factor)", expected: "a finite number that is not 0", at: a.place(1))
      }
      return try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.divided(by: 1 / factor)) }
    },
    Builtin("dataset.one_hot", ["data", "classes?"], "labels as rows with a 1 at the class") {
      (e, a) throws(Diagnostic) in
      let classes = a.given(1) == nil ? nil : try a.whole(1, "the number of classes", e)
      return try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.oneHot(classes: classes)) }
    },
    Builtin("dataset.signs", ["data"], "labels of two classes as -1 and 1, the smaller one as -1") {
      (e, a) throws(Diagnostic) in
      try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.signs()) }
    },
    Builtin("dataset.signed", ["data"], "the data, whose labels have to be -1 and 1") { (e, a) throws(Diagnostic) in
      try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.havingSigns()) }
    },
    Builtin("dataset.only", ["data", "classes"], "the samples of some classes") { (e, a) throws(Diagnostic) in
      let classes = try e.tensor(a.real(1, e), at: a.place(1)).doubles()
      return try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.keeping(classes: classes)) }
    },
    Builtin("dataset.dense", ["data"], "sparse rows with their zeros written out") { (e, a) throws(Diagnostic) in
      try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.densified()) }
    },
    Builtin("dataset.flatten", ["data"], "the features of a sample as one vector") { (e, a) throws(Diagnostic) in
      try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.reshaped([d.featureCount])) }
    },
  ]

  private static func rule(_ name: String, _ summary: String, _ rule: FeatureScaling.Rule) -> Builtin {
    Builtin("dataset.\(name)", ["data", "like?"], summary, details: likeDetails) { (e, a) throws(Diagnostic) in
      guard let model = a.given(1) else {
        return try e.onDataset(a) { (d) throws(DataError) in .dataset(try d.scaled(by: try d.scaling(rule))) }
      }
      guard case .dataset(let other) = model else { throw .expected("a data set", found: model.kind, at: a.place(1)) }
      return try e.onDataset(a) { (d) throws(DataError) in
        .dataset(try d.scaled(by: try d.scaling(rule, like: other)))
      }
    }
  }

  private static let likeDetails = """
    `test.standardize(like = train)` changes test by the numbers of train: those that train was changed by itself, where
    that was the last thing done to it, else those that it would be changed by. Both must have the same features, and
    what was done to them before must be the same. A feature that is constant is only moved. Variances divide by n.
    """
}

extension Evaluator {
  /// Runs an operation on the data set that is the first argument.
  func onDataset(_ a: BoundArguments, _ body: (Dataset) throws(DataError) -> Value) throws(Diagnostic) -> Value {
    guard case .dataset(let dataset) = a[0] else {
      throw .expected("a data set", found: a[0].kind, at: a.place(0))
    }
    do { return try body(dataset) } catch { throw .data(error, at: a.span) }
  }

  /// The form `data(X, y)`.
  func dataset(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let features = try tensor(a.real(0, self), at: a.place(0))
    let labels = try a.given(1).map { (value) throws(Diagnostic) in try tensor(value, at: a.place(1)) }
    let array = NumberArray(sizes: features.shape.sizes, values: features.doubles())
    session.remember(features, as: array)
    do {
      return .dataset(
        try Dataset(
          name: "data", features: .dense(array),
          labels: labels.map { NumberArray(sizes: $0.shape.sizes, values: $0.doubles()) }))
    } catch { throw .data(error, at: a.span) }
  }

  // MARK: load

  /// The form `load(path, …)` with arguments for `parameters`.
  func load(_ a: BoundArguments, _ parameters: [String]) throws(Diagnostic) -> Value {
    let path = try a.text(0, "a file name")
    let options = try loadOptions(a, parameters)
    let dataset: Dataset
    do { dataset = try session.load(path, options) } catch { throw .data(error, at: a.place(0)) }
    remark(on: dataset, isNumberedAlone: options.like == nil, at: a.place(0))
    return .dataset(dataset)
  }

  /// Tells what is suspicious about a file, and where two files number their classes differently.
  private func remark(on dataset: Dataset, isNumberedAlone: Bool, at span: Span) {
    for remark in dataset.remarks { report(.remark(remark, on: dataset.name, at: span)) }
    guard isNumberedAlone, !dataset.classNames.isEmpty else { return }
    if let other = session.numberedOtherwise(than: dataset) {
      report(
        .classesDisagree(
          other.text, file: dataset.name, number: other.number, other: other.file, otherNumber: other.otherNumber,
          at: span))
    }
  }

  /// The form `load_table(path, …)`.
  func loadMatrix(_ a: BoundArguments, _ parameters: [String]) throws(Diagnostic) -> Value {
    let path = try a.text(0, "a file name")
    do {
      let dataset = try session.load(path, loadOptions(a, parameters))
      remark(on: dataset, isNumberedAlone: true, at: a.place(0))
      return session.tensor(try dataset.denseFeatures(for: "load_table"), wholeIfPossible: false)
    } catch let error as DataError {
      throw .data(error, at: a.place(0))
    } catch let error as Diagnostic {
      throw error
    } catch { throw .refused(error, at: a.span) }
  }

  private func loadOptions(_ a: BoundArguments, _ parameters: [String]) throws(Diagnostic) -> LoadOptions {
    var options = LoadOptions()
    for (index, parameter) in parameters.enumerated().dropFirst() {
      guard let value = a.given(index) else { continue }
      let name = parameter.hasSuffix("?") ? String(parameter.dropLast()) : parameter
      options.given.append(name)
      try set(name, to: value, at: a.place(index), in: &options)
    }
    return options
  }

  private func set(_ name: String, to value: Value, at span: Span, in options: inout LoadOptions) throws(Diagnostic) {
    func text(_ what: String) throws(Diagnostic) -> String {
      switch value {
      case .text(let text): return text
      default: throw .expected(what, found: value.kind, at: span)
      }
    }
    switch name {
    case "labels": options.labels = try column(value, at: span)
    case "header":
      guard case .boolean(let flag) = value else {
        throw .expected("`true` or `false`", found: value.kind, at: span)
      }
      options.csv.header = flag ? .present : .absent
    case "separator":
      let separator = try text("a separator such as `\";\"`")
      guard separator.utf8.count == 1, let byte = separator.utf8.first else {
        throw .outOfRange("the separator", "`\(separator)`", expected: "one ASCII character", at: span)
      }
      options.csv.separator = byte
    case "missing": options.csv.missing = try missing(value, at: span)
    case "format":
      let format = try text("a format such as `\"csv\"`")
      options.format = FileFormat(rawValue: format)
      if options.format == nil {
        let formats = FileFormat.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        throw .outOfRange("the format", "`\(format)`", expected: formats, at: span)
      }
    case "array": options.array = try text("the name of an array")
    case "labels_file": options.labelsFile = try text("a file name")
    case "features":
      if case .integer(let count) = value {
        guard (1...Int(Int32.max)).contains(count) else {
          throw .outOfRange("the number of features", "\(count)", expected: "1 or more", at: span)
        }
        options.featureCount = count
      } else {
        options.features = try columnChoices(value, at: span)
      }
    case "text": options.csv.text = try columnChoices(value, at: span)
    case "like":
      guard case .dataset(let other) = value else { throw .expected("a data set", found: value.kind, at: span) }
      options.like = other
    default: break
    }
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
    for member in try knownMembers(of: value, at: span) { choices.append(try column(member, at: span)) }
    return choices
  }

  private func missing(_ value: Value, at span: Span) throws(Diagnostic) -> CSVOptions.Missing {
    switch value {
    case .text("refuse"): return .refuse
    case .text("drop"): return .dropRow
    case .text("keep"), .text("nan"): return .keep
    case .text("mean"): return .mean
    case .text("zero"): return .value(0)
    case .text(let policy):
      let expected = "`drop`, `mean`, `keep`, `zero`, `refuse` or a number"
      throw .outOfRange("the rule for missing values", "`\(policy)`", expected: expected, at: span)
    default:
      let number = try number(
        value, what: "the rule for missing values, `\"drop\"`, `\"mean\"`, `\"keep\"` or a number", at: span)
      return number.isNaN ? .keep : .value(number)
    }
  }
}

private let loadDetails = """
  labels: the column of labels, by name, by number from 0, or `last`; without it a table has no labels. Texts as labels
  are numbered in alphabetical order.
  features: the columns that are features, as `["x", "y"]` or `[0, 2]`; without it all but the label. Other columns are
  not looked at. For LIBSVM rows the number of features.
  missing: what stands for an empty cell, `NA`, `nan`, `null` or `?`: `"refuse"` (unless said), `"drop"` (the row is left
  out), `"mean"` (of the column), `"keep"` (not a number), or a number.
  text: columns that are text although they hold numbers, as `["zip"]`.
  header: `true` or `false`; without it a first row without numbers is one.
  separator: one character; without it comma, semicolon, tab or space, by the first row.
  format: "csv", "npy", "npz", "idx", "cifar10", "cifar100" or "libsvm"; without it by ending and first bytes.
  array: one array of an NPZ file; without it x or X with y or Y.
  labels_file: a second file with the labels.
  like: the data set that this one belongs to: the same features are taken, and classes get the same numbers.

  True and False are 1 and 0. A whole number in digits that a 64-bit real number cannot hold is refused. An option that
  says nothing about the file's format is refused.
  """
