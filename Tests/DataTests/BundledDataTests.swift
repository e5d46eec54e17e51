import Data
import Testing

/// The bundled data sets are what their page says, and are found where it says.
@Suite struct BundledDataTests {
  private static let root = FilePath.parent(FilePath.parent(FilePath.parent(#filePath)))
  private let host = SystemHost(
    currentDirectory: "/nowhere", outputDirectory: "/nowhere",
    dataDirectories: BundledData.directories(executable: root + "/.build/release/descent", override: nil))

  @Test(arguments: [
    ("digits", 1797, 64, 10, 0.0, 16.0, 561_718.0), ("breast_cancer", 569, 30, 2, 0.0, 4254.0, 1_056_474.4596356),
    ("khan", 63, 2308, 4, -5.991465, 3.486154, -81_721.212237938),
    ("khan_test", 20, 2308, 4, -5.5214609179, 3.192392209, -31_427.2474835762),
  ])
  func theSmallSetsAreWhatTheyShouldBe(
    _ name: String, _ count: Int, _ features: Int, _ classes: Int, _ low: Double, _ high: Double, _ sum: Double
  ) throws {
    let data = try BundledData.load(name, host: host)
    #expect(data.count == count && data.featureSizes == [features] && data.classCount == classes && data.name == name)
    let values = try data.denseFeatures(for: "test").values
    #expect(values.min() == low && values.max() == high)
    #expect(abs(values.reduce(0, +) / sum - 1) < 1e-12, "\(values.reduce(0, +))")
  }

  @Test func labelsAndNamesAreRight() throws {
    let cancer = try BundledData.load("breast_cancer", host: host)
    #expect(cancer.labels?.values.filter { $0 == 0 }.count == 212 && cancer.classNames == ["malignant", "benign"])
    #expect(cancer.featureNames.first == "mean_radius" && cancer.featureNames.last == "worst_fractal_dimension")
    let khan = try BundledData.load("khan", host: host)
    let sizes = (0..<4).map { label in khan.labels?.values.filter { $0 == Double(label) }.count }
    #expect(sizes == [8, 23, 12, 20])
  }

  @Test func mnistIsSortedByClass() throws {
    let data = try BundledData.load("mnist5k", host: host)
    #expect(data.count == 5000 && data.featureCount == 784)
    #expect(data.labels?.values == (0..<5000).map { Double($0 / 500) })
    let values = try data.denseFeatures(for: "test").values
    #expect(values.max() == 255 && values.min() == 0 && values.reduce(0, +) == 131_267_102)
  }

  @Test func unknownAndMissingSetsSayWhatToDo() {
    let unknown = message { () throws(DataError) in try BundledData.load("digts", host: host) }
    #expect(unknown.hasPrefix("E0801") && unknown.contains("did you mean `digits`?"), "\(unknown)")
    let missing = message { () throws(DataError) in try BundledData.load("fashion_mnist", host: MemoryHost()) }
    #expect(missing.hasPrefix("E0826") && missing.contains("scripts/fetch-fashion-mnist"), "\(missing)")
  }

  @Test func fashionIsReadFromItsPackage() throws {
    let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28] + [UInt8](repeating: 9, count: 2 * 784)
    let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 9, 0]
    let host = MemoryHost(files: [
      "/data/train-images-idx3-ubyte.gz": images.gzipped(), "/data/train-labels-idx1-ubyte.gz": labels.gzipped(),
    ])
    let data = try BundledData.load("fashion_mnist", host: host)
    #expect(data.featureSizes == [784] && data.labels?.values == [9, 0] && data.classNames[9] == "ankle boot")
    #expect(data.classCount == 10)
  }

  @Test func foldersAreSearchedInOrder() {
    let there = ["/repo/data/digits.csv.gz"]
    let folders = BundledData.directories(
      executable: "/repo/.build/release/descent", override: "/mine", isThere: { there.contains($0) })
    #expect(folders.prefix(3) == ["/mine", "/repo/.build/share/descent/data", "/repo/data"])
    #expect(!folders.contains("/repo/.build/data") && !folders.contains("/data"))
  }

  @Test func filesOfAllFormatsAreLoaded() throws {
    let archive = try NPZWriter.encode([("X", [2, 1], [1, 2]), ("y", [2], [0, 1])], file: "x")
    let host = MemoryHost(files: [
      "a.csv": bytes("x,y\n1,0\n2,1\n"), "a.tsv": bytes("x\ty\n1\t0\n2\t1\n"),
      "a.csv.gz": bytes("x,y\n1,0\n2,1\n").gzipped(),
      "a.npz": archive, "a.svm": bytes("0 1:1\n1 1:2\n"), "a.npy": NPYWriter.encode(sizes: [2, 1], values: [1, 2]),
      "y-ubyte": [0, 0, 8, 1, 0, 0, 0, 2, 0, 1], "a.xyz": bytes("1"), "empty.csv": [],
    ])
    for name in ["a.csv", "a.tsv", "a.csv.gz", "a.npz", "a.svm", "a.npy"] {
      var options = LoadOptions()
      if name.contains("sv") { options.labels = .last }
      if name == "a.npy" { options.labelsFile = "y-ubyte" }
      let data = try DataFile.dataset(name, options: options, host: host).densified()
      #expect(try data.denseFeatures(for: "").values == [1, 2] && data.labels?.values == [0, 1], "\(name)")
    }
    #expect(message { () throws(DataError) in try DataFile.load("a.xyz", host: host) }.hasPrefix("E0808"))
    #expect(message { () throws(DataError) in try DataFile.load("empty.csv", host: host) }.hasPrefix("E0809"))
    #expect(message { () throws(DataError) in try DataFile.load("a.cvs", host: host) }.contains("did you mean `a.csv`"))
    #expect(throws: DataError.self) { try host.write("../x", []) }
    try host.write("sub/x", [1])
    #expect(try host.read("/out/sub/x") == [1] && host.list("/out/sub") == ["x"])
  }
}
