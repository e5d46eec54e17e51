import Foundation

/// One text file of the repository.
struct SourceFile: Sendable, CustomStringConvertible {
  /// From the repository's root, with `/` between folders.
  let path: String
  let text: String
  let lines: [Substring]
  /// The lines of a Swift file with comments and the contents of strings blanked, so that words in them are no code.
  let code: [String]

  init(path: String, text: String) {
    self.path = path
    self.text = text
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    code = path.hasSuffix(".swift") ? CodeScanner.blank(text) : []
  }

  var description: String { path }
  var name: String { (path as NSString).lastPathComponent }
  var isSwift: Bool { path.hasSuffix(".swift") }

  /// The folder below `Sources` or `Tests`: the target that the file belongs to.
  var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
}

/// The repository as its own tests read it.
enum SourceTree {
  /// The targets of which the language is made, from the lowest.
  static let layers = [
    "Messages", "Values", "Arithmetic", "Evaluation", "Builtins", "Staging", "Metrics", "Runs", "Results", "Theory",
    "Language",
  ]

  static let root: String = {
    let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    return here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  }()

  /// Everything that a reader of the repository sees: no build folders, nothing hidden but `.ci`.
  static let all: [SourceFile] =
    [
      "Package.swift", "Makefile", "README.md", ".ci", "scripts", "grammar", "examples", "Plugins", "Sources", "Tests",
      "Benchmarks", "docs",
    ].flatMap(files(below:))

  static let sources = all.filter { $0.path.hasPrefix("Sources/") }
  static let swift = all.filter { $0.isSwift && $0.path != "Package.swift" }
  static let swiftSources = sources.filter(\.isSwift)

  /// Fewer than these were never there: a tree that was not found is no tidy one.
  static let countMin = 400

  static func file(_ path: String) -> SourceFile? { all.first { $0.path == path } }

  private static func files(below path: String) -> [SourceFile] {
    let full = root + "/" + path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) else { return [] }
    guard isFolder.boolValue else {
      guard let text = try? String(contentsOfFile: full, encoding: .utf8) else { return [] }
      return [SourceFile(path: path, text: text)]
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: full)) ?? []
    return names.filter { !$0.hasPrefix(".") && $0 != "__pycache__" }.sorted().flatMap { files(below: path + "/" + $0) }
  }
}
