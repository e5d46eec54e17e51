import Data
import Language
import Testing

/// Data files as scripts read them: what is chosen, what is missing, what carries over from one file to another.
@Suite struct DataFileTests {
  private static let files: [String: String] = [
    "holes.csv": "a,b,note\n1,10,\n2,20,x\n3,30,\n4,,y\n",
    "train.csv": "x,kind\n1,ant\n2,bee\n3,cat\n",
    "test.csv": "x,kind\n2.1,bee\n2.9,cat\n",
    "swapped.csv": "kind,z,x\nbee,7,2.1\ncat,8,2.9\n",
    "other.csv": "x,kind\n2.1,dog\n",
    "truth.csv": "x,y\nTrue,FALSE\nfalse,TRUE\n",
    "yes.csv": "x,y\n1,True\n2,True\n",
    "train.svm": "1 1:0.5 3:2\n0 2:1\n",
    "test.svm": "1 1:0.5\n0 2:1\n",
    "four.svm": "1 1:0.5\n2 2:1\n3 1:2\n4 1:1\n",
    "years.csv": "1978,1979,1980\n0.1,0.2,0.3\n4,5,7\n",
    "frame.csv": "0,1,2\n0.5,0.25,1\n0.1,0.2,0.3\n",
    "counts.csv": "1,2,3\n4,5,6\n",
    "plain.csv": "3,1,2\n0.1,0.2,0.3\n",
    "twice.csv": "a,a,b\n1,2,3\n4,5,6\n",
    "comma.csv": "y;x\n1,5;2\n2,5;3\n",
    "grouped.csv": "x,y\n\"1,234\",2\n\"5,678\",3\n",
    "large.csv": "id,x\n9007199254740993,1\n-9007199254740992,2\n",
    "zips.csv": "zip,x\n90210,1\n10001,2\n90210,3\n",
    "salary.tsv": "x\tsalary\n1\t18701\n2\t9000\n3\t12000\n",
    "names.csv": "kind\nbee\nant\n",
    "pairs.csv": "1,2\n3,4\n",
  ]

  private var host: MemoryHost { MemoryHost(files: Self.files.mapValues { Array($0.utf8) }) }

  @Test(arguments: [
    // Columns are chosen before holes are judged.
    ("load(\"holes.csv\", features = [\"a\"], labels = \"b\", missing = \"drop\").count", ["3"]),
    ("load(\"holes.csv\", features = [\"a\"]).count", ["4"]),
    ("load(\"holes.csv\", features = [0]).X.T", ["[[1, 2, 3, 4]]"]),
    ("load(\"twice.csv\", features = [0, 2]).X", ["[[1, 3],", " [4, 6]]"]),
    ("load(\"large.csv\", features = [\"x\"]).X.T", ["[[1, 2]]"]),
    // What stands for a hole.
    ("load(\"holes.csv\", features = [\"b\"], missing = \"keep\").X.T", ["[[10, 20, 30, nan]]"]),
    ("load(\"holes.csv\", features = [\"b\"], missing = \"nan\").X.T", ["[[10, 20, 30, nan]]"]),
    ("load(\"holes.csv\", features = [\"b\"], missing = \"mean\").X.T", ["[[10, 20, 30, 20]]"]),
    ("load(\"holes.csv\", features = [\"b\"], missing = \"zero\").X.T", ["[[10, 20, 30, 0]]"]),
    ("load(\"holes.csv\", features = [\"b\"], missing = -1.5).X.T", ["[[10, 20, 30, -1.5]]"]),
    ("load_table(\"holes.csv\", features = [\"b\"], missing = 0).T", ["[[10, 20, 30, 0]]"]),
    // Truth values.
    ("load(\"truth.csv\").X", ["[[1, 0],", " [0, 1]]"]),
    ("load(\"truth.csv\", labels = \"y\").labels", ["[0, 1]"]),
    ("load(\"yes.csv\", labels = \"y\").labels", ["[1, 1]"]),
    // Texts as labels.
    ("load(\"zips.csv\", labels = \"zip\", text = [\"zip\"]).labels", ["[1, 0, 1]"]),
    ("load(\"pairs.csv\", labels_file = \"names.csv\")", ["pairs.csv: 2 samples of 2 features, 2 classes"]),
    // Sparse rows.
    ("load(\"test.svm\", features = 3).features", ["3"]),
    ("load(\"test.svm\", like = load(\"train.svm\")).features", ["3"]),
    ("load(\"test.svm\").dense().X", ["[[0.5, 0],", " [0, 1]]"]),
    ("load(\"four.svm\")", ["four.svm: 4 samples of 2 features, labels from 1 to 4"]),
    ("load(\"salary.tsv\", labels = last)", ["salary.tsv: 3 samples of 1 feature, labels from 9000 to 18701"]),
    // Another file like the first.
    (
      "load(\"test.csv\", labels = \"kind\", like = load(\"train.csv\", labels = \"kind\")).labels",
      ["[1, 2]"]
    ),
    (
      "load(\"swapped.csv\", labels = \"kind\", like = load(\"train.csv\", labels = \"kind\")).X.T",
      ["[[2.1, 2.9]]"]
    ),
    ("load(\"years.csv\", header = true).count", ["2"]),
    ("load(\"counts.csv\").count", ["2"]),
    ("load(\"plain.csv\").count", ["2"]),
  ])
  func valuesAreThoseOfTheFile(expression: String, lines: [String]) {
    let result = outcome(of: "print \(expression)\n", host: host)
    #expect(result.lines == lines && result.codes == [], "\(expression)\n\(result.lines)\n\(result.words)")
  }

  @Test(arguments: [
    ("load(\"holes.csv\", features = [\"b\"])", "E0812", "line 5, column 2 `b`"),
    ("load(\"large.csv\")", "E0817", "9007199254740993"),
    ("load(\"comma.csv\")", "E0811", "decimal points"),
    ("load(\"comma.csv\", labels = \"y\")", "E0811", "decimal points"),
    ("load(\"grouped.csv\")", "E0811", "no grouping"),
    ("load(\"train.csv\", header = false)", "E0811", "`header = true`"),
    ("load(\"twice.csv\", features = [\"a\"])", "E0821", "two columns named `a`"),
    ("load(\"twice.csv\")", "E0821", "two columns named `a`"),
    ("load(\"test.svm\", features = 1)", "E0820", "beyond the 1 feature"),
    ("load(\"train.svm\", like = load(\"test.svm\"))", "E0820", "beyond the 2 features"),
    ("load(\"test.svm\", labels = last)", "E0829", "says nothing"),
    ("load(\"test.svm\", features = [0])", "E0829", "`features = NUMBER`"),
    ("load(\"pairs.csv\", features = 1)", "E0829", "`features = [1]`"),
    ("load(\"pairs.csv\", array = \"x\")", "E0829", "says nothing"),
    ("load(\"other.csv\", labels = \"kind\", like = load(\"train.csv\", labels = \"kind\"))", "E0824", "`dog`"),
    ("load(\"pairs.csv\", like = load(\"train.csv\", labels = \"kind\"))", "E0821", "no column `x`"),
    ("load(\"counts.csv\", like = load(\"pairs.csv\"))", "E0828", "has 3 features, but `pairs.csv`"),
    ("data(zeros([0, 3]))", "E0809", "no rows"),
    ("data(ones([2, 2])).scale(0)", "E0603", "not 0"),
    ("data(ones([2, 2])).normalize().standardize(like = data(ones([2, 2])))", "E0828", "changed by `normalize`"),
    ("data(ones([2, 3])).standardize(like = data(ones([2, 2])))", "E0828", "has 3 features"),
  ])
  func whatCannotBeReadIsRefused(expression: String, code: String, words: String) {
    let result = outcome(of: "print \(expression)\n", host: host)
    #expect(result.codes == [code] && result.words.contains(words), "\(expression): \(result.codes)\n\(result.words)")
  }

  @Test(arguments: [("years.csv", true), ("frame.csv", true), ("counts.csv", false), ("plain.csv", false)])
  func aRowOfRunningNumbersIsQuestioned(file: String, isQuestioned: Bool) {
    let result = outcome(of: "print load(\"\(file)\").count\n", host: host)
    #expect(result.codes == (isQuestioned ? ["W0801"] : []), "\(file)")
    let told = outcome(of: "print load(\"\(file)\", header = false).count\n", host: host)
    #expect(told.codes == [] && told.lines == result.lines)
  }

  @Test func classesOfTwoFilesAreCompared() {
    let alone = "let a = load(\"train.csv\", labels = \"kind\")\nlet b = load(\"test.csv\", labels = \"kind\")\n"
    #expect(outcome(of: alone, host: host).codes == ["W0802"])
    let together = alone.replacing("let b = load(\"test.csv\",", with: "let b = load(\"test.csv\", like = a,")
    #expect(outcome(of: together, host: host).codes == [])
  }

  @Test(arguments: ["standardize", "center", "normalize"])
  func testDataIsChangedByTheNumbersOfTheTrainingData(rule: String) {
    let script = """
      let train = data([[1.0, 10.0], [2.0, 10.0], [6.0, 10.0]])
      let test = data([[3.0, 11.0], [4.0, 9.0]])
      let moved = data(concat(train.X, test.X)).X
      let changed = train.\(rule)()
      let a = test.\(rule)(like = train)
      let b = test.\(rule)(like = changed)
      # An affine map that takes the raw training data to the changed ones takes the test data along.
      let slope = (changed.X[2, 0] - changed.X[0, 0]) / (train.X[2, 0] - train.X[0, 0])
      print max(abs(a.X - b.X)), max(abs(a.X[:, 0] - changed.X[0, 0] - slope * (test.X[:, 0] - train.X[0, 0]))) < 1e-12
      print a.X[:, 1]
      """
    let result = outcome(of: script, host: host)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.lines == ["0  true", "[1, -1]"], "\(result.lines)")
  }

  @Test func anArchiveMayHoldTextsBesideNumbers() throws {
    var arrays = try NPZWriter.encode(
      [
        (name: "X", sizes: [2, 3], values: [0, 1, 2, 3, 4, 5]), (name: "y", sizes: [2], values: [0, 1]),
        (name: "names", sizes: [1], values: [0]),
      ], file: "a.npz")
    // The element type of the third array becomes that of texts, in the header alone.
    let type = Array("'<f8'".utf8)
    let texts = Array("'<U2'".utf8)
    let last = try #require((0...arrays.count - 5).last { Array(arrays[$0..<$0 + 5]) == type })
    arrays.replaceSubrange(last..<last + 5, with: texts)
    let host = MemoryHost(files: ["a.npz": arrays])
    let result = outcome(of: "print load(\"a.npz\")\n", host: host)
    #expect(result.lines == ["a.npz: 2 samples of 3 features, 2 classes"], "\(result.words)")
    let refused = outcome(of: "print load(\"a.npz\", array = \"names\")\n", host: host)
    #expect(refused.outcome == .dataError)
  }

  @Test(arguments: ["shuffled", "cyclic", "replacement"])
  func anEpochIsAsLongForEverySampler(order: String) {
    let script = """
      problem p(D) { param w = 0.0
        sample a from D
        loss = (w - a[0])^2 }
      run r = p(data(ones([10, 1]))) with gd(lr = 0.01) batch 4 \(order) for 3 epochs { record w every 1 epochs }
      print r.steps, r.w.positions
      """
    #expect(outcome(of: script).lines == ["6  [0, 2, 4, 6]"])
  }

  @Test(arguments: [
    "for 3 epochs { at step 1 { batch = 2 } }", "for 9 steps { record w every 1 epochs\n at step 1 { batch = 2 } }",
  ])
  func epochsOfChangingBatchesAreRefused(run: String) {
    let script = """
      problem p(D) { param w = 0.0
        sample a from D
        loss = (w - a[0])^2 }
      run r = p(data(ones([4, 1]))) with gd(lr = 0.01) batch 1 \(run)
      """
    let result = outcome(of: script)
    #expect(result.codes == ["E0604"] && result.words.contains("4 steps before step 1 and 2"), "\(result.words)")
    let counted = script.replacing("3 epochs", with: "3 steps").replacing("1 epochs", with: "1 steps")
    #expect(outcome(of: counted).codes == [])
  }
}
