import Data
import Diagnostics
import Foundation
import Language
import Testing
import Values

/// What a message advises exists: the script that is wrong is told the advice, and the one that follows it runs.
@Suite struct AdviceTests {
  private struct Case {
    var wrong: String
    /// Words of the help, which the right script takes over.
    var advice: [String]
    var right: [String]

    init(_ wrong: String, _ advice: [String], right: [String]) {
      self.wrong = wrong
      self.advice = advice
      self.right = right
    }
  }

  private static let files: [String: String] = [
    "holes.csv": "a,b\n1,10\n2,\n", "notes.csv": "a,kind\n1,\n2,x\n", "mixed.csv": "a,b,c\n1,2,3\nx,4,5\n",
    "codes.csv": "a,code\n1,7\n2,x7\n", "head.csv": "x,y\n1,2\n", "twice.csv": "a,a\n1,2\n",
    "text.csv": "a,kind\n1,red\n2,blue\n", "rows.svm": "1 1:2\n0 2:3\n", "points.unknown": "1,2\n3,4\n",
    "large.csv": "x\n9007199254740993\n", "rounded.csv": "x\n9007199254740993.0\n", "years.csv": "1990,1991\n1,2.5\n",
    "train.csv": "x,kind\n1,ant\n2,bee\n", "test.csv": "x,kind\n2,bee\n", "counted.svm": "1 1:2\n2 2:3\n",
    "comma.csv": "x\n\"1,5\"\n",
  ]

  private static func loading(_ file: String, _ options: String = "") -> String {
    "print load(\"\(file)\"\(options.isEmpty ? "" : ", " + options)).count\n"
  }

  private static let cases: [Case] = [
    Case(
      loading("holes.csv"),
      ["missing = \"drop\"", "missing = \"mean\"", "missing = \"keep\"", "missing = 0"],
      right: ["missing = \"drop\"", "missing = \"mean\"", "missing = \"keep\"", "missing = 0"].map {
        loading("holes.csv", $0)
      }),
    Case(
      loading("notes.csv", "labels = \"kind\""), ["missing = \"drop\"", "missing = \"keep\""],
      right: ["missing = \"drop\"", "missing = \"keep\""].map { loading("notes.csv", "labels = \"kind\", " + $0) }),
    Case(
      loading("mixed.csv"), ["features = [\"b\", \"c\"]"], right: [loading("mixed.csv", "features = [\"b\", \"c\"]")]),
    Case(
      loading("codes.csv", "labels = \"code\""), ["text = [\"code\"]"],
      right: [loading("codes.csv", "labels = \"code\", text = [\"code\"]")]),
    Case(loading("head.csv", "header = false"), ["header = true"], right: [loading("head.csv", "header = true")]),
    Case(loading("twice.csv"), ["features = [0, 1]"], right: [loading("twice.csv", "features = [0, 1]")]),
    Case(loading("text.csv"), ["labels = \"kind\""], right: [loading("text.csv", "labels = \"kind\"")]),
    Case(loading("points.unknown"), ["format = \"csv\""], right: [loading("points.unknown", "format = \"csv\"")]),
    Case(loading("large.csv"), ["9007199254740993.0"], right: [loading("rounded.csv")]),
    Case(
      loading("years.csv"), ["header = true", "header = false"],
      right: [loading("years.csv", "header = true"), loading("years.csv", "header = false")]),
    Case(
      "let a = load(\"train.csv\", labels = \"kind\")\nlet b = load(\"test.csv\", labels = \"kind\")\n", ["like = …"],
      right: [
        "let a = load(\"train.csv\", labels = \"kind\")\nlet b = load(\"test.csv\", labels = \"kind\", like = a)\n"
      ]),
    Case(
      loading("rows.svm", "features = [0]"), ["features = NUMBER"], right: [loading("rows.svm", "features = 2")]),
    Case(
      loading("twice.csv", "features = 1"), ["features = [1]"], right: [loading("twice.csv", "features = [1]")]),
    Case(loading("arrays.npz"), ["array = \"p\""], right: [loading("arrays.npz", "array = \"p\"")]),
    Case(
      "print load(\"head.csv\").one_hot(2)\n", ["labels = last"],
      right: ["print load(\"head.csv\", labels = last).one_hot(3)\n"]),
    Case(
      "print load(\"rows.svm\").standardize()\n", ["D.dense()"],
      right: ["let D = load(\"rows.svm\")\nprint D.dense().standardize()\n"]),
    Case(
      "print load(\"counted.svm\").one_hot(2)\n", ["data(D.X, D.labels - 1)"],
      right: ["let D = load(\"counted.svm\")\nprint data(D.X, D.labels - 1).one_hot(2)\n"]),
    Case(
      "run r = quadratic([1]) with gd(lr = 0.001) for 99 steps { record loss }\nprint plateau(r.loss)\n",
      ["last = 0.1"],
      right: [
        "run r = quadratic([1]) with gd(lr = 0.4) for 99 steps { record loss }\nprint plateau(r.loss, last = 0.1)\n"
      ]),
    Case(
      "problem p { param w = 0.0\n sample i in 0..<2 weight [1.0, 3.0]\n loss = (w - i)^2 }\n"
        + "run r = p with gd(lr = 0.1) for 1 steps\n", ["weight [1.0, 3.0][i]"],
      right: [
        "problem p { param w = 0.0\n sample i in 0..<2 weight [1.0, 3.0][i]\n loss = (w - i)^2 }\n"
          + "run r = p with gd(lr = 0.1) for 1 steps\n"
      ]),
    Case(
      "run q = quadratic([1 for i in 0..<5000]) with gd(lr = 0.1) for 2 steps { record g }\n",
      ["norm(g)", "mean(g)", "g[0]"],
      right: [
        "run q = quadratic([1, 2]) with gd(lr = 0.1) for 2 steps { record norm(g) as a, mean(g) as b, g[0] as c }\n"
      ]),
    Case(
      "optimizer o(lr > 0) { m' = 0.9 * m + g\n x' = x - lr * m' }\n", ["state m = 0"],
      right: ["optimizer o(lr > 0) { state m = 0\n m' = 0.9 * m + g\n x' = x - lr * m' }\n"]),
  ]

  private func made(_ script: String) -> ScriptOutcome {
    var files = Self.files.mapValues { Array($0.utf8) }
    let arrays = [(name: "p", sizes: [2, 1], values: [1.0, 2.0]), (name: "q", sizes: [2, 1], values: [3.0, 4.0])]
    files["arrays.npz"] = try? NPZWriter.encode(arrays, file: "arrays.npz")
    return outcome(of: script, host: MemoryHost(files: files))
  }

  @Test(arguments: cases.indices) func whatIsAdvisedExists(index: Int) {
    let one = Self.cases[index]
    let wrong = made(one.wrong)
    #expect(!wrong.codes.isEmpty, "\(one.wrong) is not wrong")
    for words in one.advice { #expect(wrong.words.contains(words), "\(one.wrong)\n\(wrong.words)") }
    for script in one.right {
      let right = made(script)
      #expect(right.codes == [], "\(script)\n\(right.words)")
    }
  }

  /// Every option that the texts of the readers' messages name is one that the table above tries.
  @Test func everyOptionThatIsAdvisedIsTried() throws {
    let folder = root + "/Sources/Data/"
    let sources = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("DataMessage") }
    var options: Set<String> = []
    for file in sources + ["Readers/DataRemark.swift"] {
      let text = try String(contentsOfFile: folder + file, encoding: .utf8)
      for match in text.matches(of: #/`([a-z_]+) = /#) { options.insert(String(match.1)) }
    }
    #expect(options.count >= 6)
    let tried = Self.cases.flatMap(\.right).joined()
    for option in options.sorted() {
      #expect(tried.contains("\(option) = "), "`\(option) = …` is advised and not tried")
    }
  }

  /// Pages show options that exist: whatever stands as `option = value` in a page about data is taken by `load`.
  @Test func optionsOnPagesAreThoseOfLoad() throws {
    let parameters = Set(Builtin.named("load")?.parameters.map(\.name) ?? [])
    for code in Explanations.codes where code.hasPrefix("E08") || code.hasPrefix("W08") {
      guard code != "E0850", code != "W0850", let page = Explanations.text(for: code) else { continue }
      for match in page.matches(of: #/`([a-z_]+) = [^`]+`/#) {
        #expect(parameters.contains(String(match.1)), "\(code): \(match.0)")
      }
    }
  }
}
