import Testing

/// Everything that another target can use says what it is.
///
/// What is wholly written on one line says it by itself, a requirement says it where its protocol states it, and a
/// constructor of a diagnostic by its message.
@Suite struct DocumentationTests {
  private static let kinds = ["func", "struct", "enum", "class", "protocol", "actor", "typealias", "subscript"]

  /// Requirements of the standard library, which documents them.
  private static let known = [
    "==", "<", "+", "-", "*", "/", "hash", "description", "encode", "next", "makeIterator", "index",
  ]

  /// Names of functions that protocols of this package require.
  private static let requirements: Set<String> = {
    var names: Set<String> = []
    for file in SourceTree.swiftSources {
      var isInProtocol = false
      for line in file.code {
        let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        if line.first != " ", words.contains("protocol") { isInProtocol = true }
        if line.first == "}" { isInProtocol = false }
        guard isInProtocol, let keyword = words.firstIndex(of: "func"), words.count > keyword + 1 else { continue }
        names.insert(String(words[keyword + 1]))
      }
    }
    return names
  }()

  @Test func packageDeclarationsAreDocumented() {
    for file in SourceTree.swiftSources
    where !file.name.hasPrefix("Diagnostic+") && !file.name.hasPrefix("DataMessage+") {
      for (number, line) in file.code.enumerated() {
        let words = line.split(separator: " ")
        guard let access = words.firstIndex(where: { $0 == "package" || $0 == "public" }) else { continue }
        guard let kind = words[access...].firstIndex(where: { Self.kinds.contains(String($0.prefix { $0.isLetter })) })
        else { continue }
        if words[access + 1] == "import" || line.hasSuffix(" }") { continue }
        let next = words.count > kind + 1 ? words[kind + 1] : ""
        let name = String(next.prefix { $0 != "(" && $0 != "<" })
        if next == "<" || Self.known.contains(name) || Self.requirements.contains(name) { continue }
        #expect(isDocumented(line: number, in: file), "\(file):\(number + 1) has no documentation")
      }
    }
  }

  /// Whether the line above, attributes aside, is a documentation comment.
  private func isDocumented(line: Int, in file: SourceFile) -> Bool {
    for above in file.lines[..<line].reversed() {
      let text = above.drop { $0 == " " }
      if text.hasPrefix("@") || text.hasPrefix(")") { continue }
      return text.hasPrefix("///") || text.hasSuffix("*/")
    }
    return false
  }
}
