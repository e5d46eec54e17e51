/// The formats that are read.
package enum FileFormat: String, Hashable, Sendable, CaseIterable {
  case csv, npy, npz, idx, cifar10, cifar100, libsvm

  /// The format that a file's first bytes or else its name say; nil where neither does.
  ///
  /// A final `.gz` does not count. `.bin` is CIFAR-10.
  package static func of(name: String, bytes: [UInt8]) -> FileFormat? {
    if NPYReader.matches(bytes) { return .npy }
    if NPZReader.matches(bytes) { return .npz }
    let file = FilePath.name(name).lowercased()
    let plain = file.hasSuffix(".gz") ? String(file.dropLast(3)) : file
    if plain.hasSuffix("-ubyte") { return .idx }
    switch plain.split(separator: ".").last.map(String.init) {
    case "csv", "tsv", "txt", "dat", "tab": return .csv
    case "npy": return .npy
    case "npz": return .npz
    case "idx", "idx1", "idx2", "idx3", "idx4": return .idx
    case "bin": return .cifar10
    case "libsvm", "svm", "svmlight": return .libsvm
    default: return nil
    }
  }
}

extension FileFormat {
  /// What messages call a file of this format.
  private var title: String {
    switch self {
    case .csv: "a table"
    case .npy: "an NPY array"
    case .npz: "an NPZ archive"
    case .idx: "an IDX array"
    case .cifar10, .cifar100: "CIFAR images"
    case .libsvm: "LIBSVM rows"
    }
  }

  /// The options of `load` that say something about a file of this format.
  private var options: [String] {
    switch self {
    case .csv: ["labels", "header", "separator", "missing", "features", "text", "labels_file", "like"]
    case .npy, .idx: ["labels", "features", "labels_file", "like"]
    case .npz: ["array", "labels_file", "like"]
    case .cifar10, .cifar100: ["labels_file", "like"]
    case .libsvm: ["features", "labels_file", "like"]
    }
  }

  /// Refuses an option that would be passed over in silence.
  fileprivate func check(_ given: LoadOptions, file: String) throws(DataError) {
    for name in given.given where name != "format" && !options.contains(name) {
      throw DataError(file, .needlessOption(name: name, format: title, takes: options))
    }
    guard given.given.contains("features") else { return }
    if self == .libsvm, given.features != nil {
      throw DataError(file, .needlessOption(name: "features = [...]", format: title, takes: ["features = NUMBER"]))
    }
    if self != .libsvm, let count = given.featureCount {
      throw DataError(
        file, .needlessOption(name: "features = \(count)", format: title, takes: ["features = [\(count)]"]))
    }
  }
}

/// Choices of `load`.
package struct LoadOptions: Sendable {
  /// Nil: by the file's name and first bytes.
  package var format: FileFormat?
  package var csv = CSVOptions()
  /// The column of a table that holds the labels; nil: none does.
  package var labels: ColumnChoice?
  /// The columns of a table that are features; nil: all but the label.
  package var features: [ColumnChoice]?
  /// Which array of an NPZ file.
  package var array: String?
  /// A second file with the labels: one array, or a table of one column.
  package var labelsFile: String?
  /// The number of features of sparse rows; nil: the largest index.
  package var featureCount: Int?
  /// The data set that this one belongs to: same features in the same order, classes of the same numbers.
  package var like: Dataset?
  /// The options that the script gave, by name, so that one that says nothing about a format is refused.
  package var given: [String] = []
  package var interrupt = InterruptFlag()

  package init() {}
}

/// What a file held.
package enum LoadedFile: Sendable {
  case table(ColumnTable)
  case array(NumberArray)
  case arrays([(name: String, array: NumberArray)])
  case dataset(Dataset)
}

/// Reads files of any known format through a host.
package enum DataFile {
  /// What a file holds: a table for text, arrays for NPY, NPZ and IDX, a data set for CIFAR and LIBSVM.
  ///
  /// The name of a bundled data set, in place of a path, gives that.
  package static func load(
    _ path: String, options: LoadOptions = LoadOptions(), host: some Host
  ) throws(DataError) -> LoadedFile {
    if BundledData.names.contains(path), !host.exists(path) { return .dataset(try BundledData.load(path, host: host)) }
    let packed = try host.read(path)
    guard !packed.isEmpty else { throw DataError(path, .empty(what: "it is empty")) }
    let bytes = try Gzip.expanded(packed, file: path, interrupt: options.interrupt)
    let format = try format(path, bytes, options)
    try format.check(options, file: path)
    switch format {
    case .csv:
      var csv = options.csv
      csv.interrupt = options.interrupt
      csv.labels = options.labels
      csv.features = options.features
      let isTabs = path.hasSuffix(".tsv") || path.hasSuffix(".tsv.gz")
      if csv.separator == nil && isTabs { csv.separator = UInt8(ascii: "\t") }
      return .table(try CSVReader.read(bytes, file: path, options: csv))
    case .npy: return .array(try NPYReader.read(bytes, file: path))
    case .npz:
      if let name = options.array { return .array(try NPZReader.read(bytes, array: name, file: path)) }
      // Texts and objects that stand beside the numbers do no harm.
      let names = try NPZReader.names(bytes, file: path)
      let wanted = [featureNames, labelNames].compactMap { group in group.first { names.contains($0) } }
      guard names.count == 1 || featureNames.contains(where: { names.contains($0) }) else {
        throw DataError(path, .noSuchArray(wanted: "", available: names))
      }
      return .arrays(try NPZReader.read(bytes, only: names.count == 1 ? nil : wanted, file: path))
    case .idx: return .array(try IDXReader.read(bytes, file: path))
    case .cifar10: return .dataset(try cifar(bytes, .cifar10, path))
    case .cifar100: return .dataset(try cifar(bytes, .cifar100, path))
    case .libsvm:
      let (rows, labels) = try LIBSVMReader.read(
        bytes, file: path, features: options.featureCount, interrupt: options.interrupt)
      let targets = NumberArray(sizes: [labels.count], values: labels)
      return .dataset(try Dataset(name: path, features: .sparse(rows), labels: targets))
    }
  }

  /// A file as samples: a table's or array's rows, with the labels that the options name.
  ///
  /// An NPZ file gives `x` or `X` (or `features`, `data`) as features and `y` (or `labels`) as labels.
  package static func dataset(
    _ path: String, options: LoadOptions = LoadOptions(), host: some Host
  ) throws(DataError) -> Dataset {
    var options = options
    if let like = options.like {
      if options.features == nil, !like.featureNames.isEmpty { options.features = like.featureNames.map { .name($0) } }
      if options.featureCount == nil { options.featureCount = like.featureCount }
    }
    var dataset = try samples(path, options, host)
    if let (labels, classNames) = try secondFile(options, host) {
      dataset = try dataset.withLabels(labels)
      dataset.classNames = classNames
    }
    return try options.like.map { (like) throws(DataError) in try dataset.numbered(like: like) } ?? dataset
  }

  /// Names of features and of labels in an NPZ file.
  private static let featureNames = ["x", "X", "features", "data"]
  private static let labelNames = ["y", "Y", "labels", "target"]

  private static func samples(
    _ path: String, _ options: LoadOptions, _ host: some Host
  ) throws(DataError) -> Dataset {
    switch try load(path, options: options, host: host) {
    case .table(let table): return try Dataset(table, labels: options.labels, features: options.features)
    case .dataset(let dataset): return dataset
    case .array(let array): return try samples(of: array, path, options)
    case .arrays(let arrays):
      guard let features = first(featureNames, arrays) ?? (arrays.count == 1 ? arrays[0].array : nil)
      else { throw DataError(path, .noSuchArray(wanted: "", available: arrays.map(\.name))) }
      return try Dataset(name: path, features: .dense(features), labels: first(labelNames, arrays))
    }
  }

  /// An array's rows as samples; the columns of a matrix can be chosen as those of a table.
  private static func samples(
    of array: NumberArray, _ path: String, _ options: LoadOptions
  ) throws(DataError) -> Dataset {
    let isChosen = options.given.contains("features") || options.given.contains("labels")
    guard isChosen else { return try Dataset(name: path, features: .dense(array), labels: nil) }
    guard array.sizes.count == 2 else { throw DataError(path, .wrongRank(use: "features", shape: array.sizes)) }
    let table = ColumnTable(
      file: path, rowCount: array.sizes[0], columnCount: array.sizes[1], values: array.values)
    return try Dataset(table, labels: options.labels, features: options.features)
  }

  private static func format(
    _ path: String, _ bytes: [UInt8], _ options: LoadOptions
  ) throws(DataError) -> FileFormat {
    if let format = options.format ?? FileFormat.of(name: path, bytes: bytes) { return format }
    let name = FilePath.name(path)
    let ending = name.contains(".") ? "." + (name.split(separator: ".").last ?? "") : ""
    throw DataError(path, .unknownFormat(ending: ending))
  }

  private static func cifar(_ bytes: [UInt8], _ kind: CIFARReader.Kind, _ path: String) throws(DataError) -> Dataset {
    let (images, labels) = try CIFARReader.read(bytes, kind: kind, file: path)
    return try Dataset(name: path, features: .dense(images), labels: labels)
  }

  private static func secondFile(
    _ options: LoadOptions, _ host: some Host
  ) throws(DataError) -> (labels: NumberArray, classNames: [String])? {
    guard let path = options.labelsFile else { return nil }
    switch try load(path, options: LoadOptions(), host: host) {
    case .array(let array): return (array, [])
    case .table(let table) where table.columnCount == 1:
      return (NumberArray(sizes: [table.rowCount], values: table.values), table.classNames(of: 0) ?? [])
    default: throw DataError(path, .notThisFormat(format: "a label", expected: "one array", found: "several columns"))
    }
  }

  private static func first(_ names: [String], _ arrays: [(name: String, array: NumberArray)]) -> NumberArray? {
    for name in names {
      if let found = arrays.first(where: { $0.name == name }) { return found.array }
    }
    return nil
  }
}
