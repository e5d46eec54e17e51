import Glibc
import Syntax
import Testing

/// The grammar and the parser say the same.
@Suite struct GrammarTests {
  private static let root: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  static func read(_ path: String) -> String {
    guard let file = fopen(root + "/" + path, "rb") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The grammar without comments; a `#` inside quotes is text.
  private static let productions: [(name: String, body: String)] = {
    var text = ""
    for line in read("grammar/opt.ebnf").split(separator: "\n", omittingEmptySubsequences: false) {
      var isQuoted = false
      for character in line {
        if character == "\"" { isQuoted.toggle() }
        if character == "#", !isQuoted { break }
        text.append(character)
      }
      text += "\n"
    }
    return text.matches(of: /(?m)^(\w+) +=((?:[^"\n.]|\n(?!\w)|"[^"]*"|"\\"")*)\./).map {
      (String($0.1), String($0.2))
    }
  }()

  private static let files =
    [
      "Expressions", "Values", "Statements", "Definitions", "Members", "Runs", "Session", "Outputs",
    ].map { "Sources/Syntax/Parser+\($0).swift" } + names(in: "Sources/Syntax/Statements")

  /// The files of a folder.
  private static func names(in path: String) -> [String] {
    guard let folder = opendir(root + "/" + path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(".swift") { names.append(path + "/" + name) }
    }
    return names.sorted()
  }

  /// Whether a production is a choice among words and nothing else: the table of clauses reads it.
  private static func isList(_ body: String) -> Bool {
    body.split { $0 == "|" || $0.isWhitespace }.allSatisfy { $0.first == "\"" }
  }

  @Test func everyFormOfStatementIsAProduction() {
    let names = Set(Self.productions.map(\.name))
    for form in StatementForm.all {
      #expect(names.contains(form.production), "\(form.words) has no production \(form.production)")
      #expect(!form.help.isEmpty)
    }
    #expect(Self.files.count > 8)
  }

  @Test func clausesAreThoseOfTheGrammar() throws {
    let body = try #require(Self.productions.first { $0.name == "Clause" }?.body)
    let words = body.matches(of: /"(\w+)"/).map { String($0.1) }
    #expect(ClauseShape.all.map(\.word) == words)
    #expect(ClauseShape.of("batch")?.choices == ["cyclic", "replacement", "shuffled", "subset", "weighted"])
    #expect(ClauseShape.of("batch")?.mayLackChoice == true)
    #expect(ClauseShape.of("sampler")?.mayLackChoice == false)
  }

  @Test func everyProductionIsAParserFunctionAndConversely() {
    var functions: Set<String> = ["Sequence"]
    for file in Self.files {
      for match in Self.read(file).matches(of: /func parse(\w+)\(/) { functions.insert(String(match.1)) }
    }
    let upper = Self.productions.filter { $0.name.first?.isUppercase == true }
    let names = Set(upper.map(\.name))
    let lists = Set(upper.filter { Self.isList($0.body) }.map(\.name))
    #expect(functions.count > 80)
    #expect(functions.subtracting(names) == [], "functions without production")
    #expect(names.subtracting(lists).subtracting(functions) == [], "productions without function")
  }

  @Test func everyProductionIsUsed() {
    let text = Self.productions.map(\.body).joined(separator: " ")
    let used = Set(text.matches(of: /\b[A-Z]\w+\b/).map { String($0.0) })
    for production in Self.productions where production.name.first?.isUppercase == true {
      let isRoot = ["Script", "TopLevelStatement", "Member", "RunItem"].contains(production.name)
      #expect(isRoot || used.contains(production.name), "\(production.name) is never used")
    }
    let names = Set(Self.productions.map(\.name))
    for name in used.subtracting(["LF", "CR", "Latin", "Greek"]) where name.count > 1 {
      #expect(names.contains(name), "\(name) is not defined")
    }
  }

  @Test func wordsOfTheGrammarAreTheWordsOfTheParser() {
    var words: Set<String> = []
    for production in Self.productions where production.name.first?.isUppercase == true {
      for match in production.body.matches(of: /"([a-z_][a-z0-9_]*)"/) { words.insert(String(match.1)) }
    }
    #expect(words.subtracting(Words.all) == [], "in the grammar only")
    #expect(Set(Words.all).subtracting(words) == [], "in the word list only")
  }

  @Test func reservedWordsAreListedInTheGrammar() {
    let line = "#   " + Words.reserved.joined(separator: " ") + "\n"
    #expect(Self.read("grammar/opt.ebnf").contains(line))
  }

  @Test func theParserAsksForNoOtherWords() {
    let known = Set(Words.all + ["nan", "NaN", "T"])
    for file in Self.files {
      let text = Self.read(file)
      for match in text.matches(of: /(?:at|consume|expectWord)\("(\w+)"\)|case "(\w+)"/) {
        let word = String(match.1 ?? match.2 ?? "")
        #expect(known.contains(word), "\(word) is in no list")
      }
    }
  }
}
