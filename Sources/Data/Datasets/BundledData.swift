import Diagnostics

/// The data sets that scripts name directly, and where their files are.
package enum BundledData {
  /// One named data set.
  private struct Entry {
    var name: String
    var source: Source
    var classNames: [String] = []
  }

  private enum Source {
    /// Text with the label in the last column.
    case table(String, header: CSVOptions.Header)
    /// Two IDX files of Debian's package.
    case images(String, labels: String)
  }

  private static let entries = [
    Entry(
      name: "breast_cancer", source: .table("breast_cancer.csv.gz", header: .present),
      classNames: ["malignant", "benign"]),
    Entry(name: "digits", source: .table("digits.csv.gz", header: .absent)),
    Entry(
      name: "fashion_mnist", source: .images("train-images-idx3-ubyte.gz", labels: "train-labels-idx1-ubyte.gz"),
      classNames: clothes),
    Entry(
      name: "fashion_mnist_test", source: .images("t10k-images-idx3-ubyte.gz", labels: "t10k-labels-idx1-ubyte.gz"),
      classNames: clothes),
    Entry(name: "khan", source: .table("khan_train.csv.gz", header: .present)),
    Entry(name: "khan_test", source: .table("khan_test.csv.gz", header: .present)),
    Entry(name: "mnist5k", source: .table("mnist_5k.csv.gz", header: .absent)),
  ]

  private static let clothes = [
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
  ]

  /// The names of all data sets, sorted; those of Debian's package are there even where it is not installed.
  package static let names: [String] = entries.map(\.name)

  /// Reads a data set by its name: labels are class numbers from 0, features as in the source, [n, d].
  package static func load(_ name: String, host: some Host) throws(DataError) -> Dataset {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw DataError(name, .missing(similar: Suggestion.nearest(to: name, in: names, limit: 3)))
    }
    var dataset: Dataset
    switch entry.source {
    case .table(let file, let header):
      var options = CSVOptions()
      options.header = header
      let bytes = try read(file, of: name, host)
      dataset = try Dataset(try CSVReader.read(bytes, file: name, options: options), labels: .last)
    case .images(let images, let labels):
      let features = try IDXReader.read(try read(images, of: name, host), file: name)
      let targets = try IDXReader.read(try read(labels, of: name, host), file: name)
      dataset = try Dataset(name: name, features: .dense(features), labels: targets)
      dataset = try dataset.reshaped([dataset.featureCount])
    }
    dataset.classNames = entry.classNames
    return dataset
  }

  /// The decompressed content of a file in the first folder that has it.
  private static func read(_ file: String, of name: String, _ host: some Host) throws(DataError) -> [UInt8] {
    for folder in host.dataDirectories where host.exists(folder + "/" + file) {
      return try Gzip.expanded(try host.read(folder + "/" + file), file: name)
    }
    let isFetched = name.hasPrefix("fashion_mnist")
    let command = isFetched ? "scripts/fetch-fashion-mnist" : "export DESCENT_DATA=FOLDER"
    throw DataError(name, .notInstalled(searched: host.dataDirectories, command: command))
  }

  /// Folders that may hold bundled data, best first.
  ///
  /// - Parameters:
  ///   - executable: absolute path of the program, links resolved.
  ///   - override: the value of `DESCENT_DATA`, if it is set.
  ///   - isThere: whether a file exists; asked so that no unrelated `data` folder above the program is opened to
  ///     scripts.
  package static func directories(
    executable: String, override: String?, isThere: (String) -> Bool = SystemHost.isThere
  ) -> [String] {
    var folders: [String] = []
    if let override, !override.isEmpty { folders.append(override) }
    var above = FilePath.parent(executable)
    folders.append(FilePath.parent(above) + "/share/descent/data")
    while above != "/" && above != "." {
      if isThere(above + "/data/digits.csv.gz") {
        folders.append(above + "/data")
        folders.append(above + "/.deps/root" + debianFolder)
      }
      above = FilePath.parent(above)
    }
    folders.append(debianFolder)
    return folders
  }

  private static let debianFolder = "/usr/share/datasets/fashion-mnist"
}
