import Data
import Diagnostics
import Testing

/// The pages of the data codes: their wrong examples give just this code, their right ones none.
///
/// An example shows its files by `$ cat NAME`; the call of `load` in its script is read here by hand, because the
/// language lies above.
@Suite struct ExplanationTests {
  static let pages: [Explanation] = Diagnostic.dataCodes.compactMap { code in
    Explanations.text(for: code.code).flatMap(Explanation.init(page:))
  }

  @Test func everyCodeHasAPageOfItsOwnTitle() {
    for code in Diagnostic.dataCodes {
      let page = Self.pages.first { $0.code == code.code }
      #expect(page?.title == code.title, "\(code.code)")
    }
  }

  @Test(arguments: pages.filter { Transcript($0.wrong).canRun })
  func wrongExamplesAreWrongAndRightOnesRight(_ page: Explanation) {
    let wrong = message { () throws(DataError) in try Transcript(page.wrong).load() }
    #expect(wrong.hasPrefix(page.code), "\(page.wrong)\n\(wrong)")
    guard Transcript(page.right).canRun else { return }
    let right = message { () throws(DataError) in try Transcript(page.right).load() }
    #expect(right == "no error", "\(page.right)\n\(right)")
  }

  @Test func mostPagesAreTried() {
    #expect(Self.pages.filter { Transcript($0.wrong).canRun }.count >= 13)
  }
}

/// An example of a page: files and the call of `load` in its script.
private struct Transcript {
  private var files: [String: [UInt8]] = [:]
  private var call: Substring?

  init(_ example: String) {
    var name: String?
    for line in example.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("$ ") {
        name = line.hasPrefix("$ cat ") ? String(line.dropFirst(6)) : nil
      } else if let name {
        files[name, default: []] += bytes(line + "\n")
      }
      if let match = line.firstMatch(of: /load\((.*?)\)/) { call = match.1 }
    }
  }

  /// Whether the example shows the file that it loads.
  var canRun: Bool { call != nil && files.keys.contains { !$0.hasSuffix(".opt") } }

  func load() throws(DataError) -> Int {
    var options = LoadOptions()
    var path = ""
    for part in (call ?? "").split(separator: ",") {
      let words = part.split(separator: "=").map { $0.filter { $0 != " " && $0 != "\"" } }
      guard words.count == 2 else {
        path = words[0]
        continue
      }
      switch words[0] {
      case "labels": options.labels = words[1] == "last" ? .last : .name(words[1])
      case "missing": options.csv.missing = words[1] == "drop" ? .dropRow : .refuse
      case "format": options.format = FileFormat(rawValue: words[1])
      case "labels_file": options.labelsFile = words[1]
      default: Issue.record("`\(words[0])` is not tried here")
      }
    }
    let dataset = try DataFile.dataset(path, options: options, host: MemoryHost(files: files))
    return call?.base.contains("one_hot") == true ? try dataset.oneHot(classes: 2).count : dataset.count
  }
}
