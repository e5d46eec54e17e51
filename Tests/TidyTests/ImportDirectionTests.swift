import Testing

/// The table of `Sources/README.md` is the law: who imports whom, and nobody else.
@Suite struct ImportDirectionTests {
  private static let table: [(target: String, allowed: [String])] = {
    guard let readme = SourceTree.file("Sources/README.md") else { return [] }
    return readme.lines.compactMap { line in
      let cells = line.split(separator: "|").map { trimmed($0) }
      guard cells.count == 3, cells[0].hasPrefix("`"), cells[0].hasSuffix("`") else { return nil }
      let allowed = cells[2] == "–" ? [] : cells[2].split(separator: ",").map { trimmed($0) }
      return (String(cells[0].dropFirst().dropLast()), allowed)
    }
  }()

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  private static let system = ["Glibc", "Musl", "Dispatch", "Synchronization"]

  @Test func everyTargetHasARow() {
    let folders = Set(SourceTree.sources.filter { $0.path.split(separator: "/").count > 2 }.map(\.target))
    #expect(folders.sorted() == Self.table.map(\.target).sorted())
  }

  @Test func rowsOnlyNameRowsAbove() {
    var above: [String] = ["ArgumentParser"]
    for row in Self.table {
      for name in row.allowed { #expect(above.contains(name), "\(row.target) may import \(name), which is below it") }
      above.append(row.target)
    }
  }

  @Test func importsFollowTheTable() throws {
    for file in SourceTree.swiftSources {
      let row = try #require(Self.table.first { $0.target == file.target })
      for module in imports(of: file) where !Self.system.contains(module) {
        if module == "Foundation", file.target == "EmbedTextTool" { continue }
        #expect(row.allowed.contains(module), "\(file) imports \(module)")
      }
    }
  }

  private func imports(of file: SourceFile) -> [String] {
    file.code.compactMap { line in
      let words = line.split(separator: " ")
      guard let keyword = words.firstIndex(of: "import"), words.count > keyword + 1 else { return nil }
      guard words[..<keyword].allSatisfy({ $0.hasPrefix("@") || $0 == "package" || $0 == "public" }) else { return nil }
      return words.last.map(String.init)
    }
  }
}
