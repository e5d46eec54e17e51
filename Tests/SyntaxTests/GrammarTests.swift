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

  private static let files = [
    "Expressions", "Values", "Statements", "Definitions", "Members", "Runs", "Session", "Outputs",
  ]

  @Test func everyProductionIsAParserFunctionAndConversely() {
    var functions: Set<String> = ["Sequence"]
    for file in Self.files {
      for match in Self.read("Sources/Syntax/Parser+\(file).swift").matches(of: /func parse(\w+)\(/) {
        functions.insert(String(match.1))
      }
    }
    let names = Set(Self.productions.map(\.name).filter { $0.first?.isUppercase == true })
    #expect(functions.count > 80)
    #expect(functions.subtracting(names) == [], "functions without production")
    #expect(names.subtracting(functions) == [], "productions without function")
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
      let text = Self.read("Sources/Syntax/Parser+\(file).swift")
      for match in text.matches(of: /(?:at|consume|expectWord)\("(\w+)"\)|case "(\w+)"/) {
        let word = String(match.1 ?? match.2 ?? "")
        #expect(known.contains(word), "\(word) is in no list")
      }
    }
  }
}
