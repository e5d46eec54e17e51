import Testing

/// What is wrong with a value (E0407) or a form (E0604) is said by kinds, each at one place, and each is shown by a script.
///
/// That nobody writes such a sentence elsewhere the compiler sees to: the constructors of the two codes are private to one
/// file.
@Suite struct SentenceTests {
  private static let home = "Sources/Messages/Diagnostic+Kinds.swift"
  private static let codes = ["E0407", "E0604"]

  @Test func theCodesAreWrittenInOneFile() {
    let others = [Self.home, "Sources/Messages/Diagnostic+Codes.swift"]
    for file in SourceTree.swiftSources where !others.contains(file.path) {
      for (number, line) in file.lines.enumerated() {
        for code in Self.codes where line.contains("\"\(code)\"") {
          Issue.record("\(file):\(number + 1) says \(code) by itself: name its kind in \(Self.home)")
        }
      }
    }
  }

  @Test func everySentenceIsShownByAScript() throws {
    let source = try #require(SourceTree.file(Self.home)).text
    let shown = SourceTree.all
      .filter { $0.path.hasPrefix("Tests/Scripts/") && ($0.path.hasSuffix(".txt") || $0.path.hasSuffix(".opt")) }
      .flatMap(\.lines).filter { line in Self.codes.contains { line.contains($0) } }.map(String.init)
    let sentences = Self.sentences(in: source)
    #expect(sentences.count > 20, "the sentences were not found: \(sentences)")
    for sentence in sentences {
      #expect(shown.contains { Self.holds($0, sentence) }, "no script shows the sentence \(sentence)")
    }
  }

  /// The texts that are handed to the two constructors as messages, each as the parts between its interpolations.
  private static func sentences(in source: String) -> [[String]] {
    var result: [[String]] = []
    for name in ["notAllowed(", "unusable("] {
      var rest = source[...]
      while let call = rest.firstRange(of: "." + name) {
        rest = rest[call.upperBound...]
        let message = rest[..<(rest.firstRange(of: ", at:")?.lowerBound ?? rest.endIndex)]
        result += literals(in: message)
      }
    }
    // What another layer says in its own words has no words here.
    return result.filter { $0.contains { $0.contains(where: \.isLetter) } }
  }

  private static func literals(in text: Substring) -> [[String]] {
    var (result, parts, part) = ([[String]](), [String](), "")
    var (isInside, depth) = (false, 0)
    var previous: Character = " "
    for character in text {
      if depth > 0 {
        depth += character == "(" ? 1 : character == ")" ? -1 : 0
      } else if isInside, previous == "\\", character == "(" {
        part.removeLast()
        parts.append(part)
        (part, depth) = ("", 1)
      } else if character == "\"" {
        if isInside {
          result.append((parts + [part]).filter { !$0.isEmpty })
          (parts, part) = ([], "")
        }
        isInside.toggle()
      } else if isInside {
        part.append(character)
      }
      previous = character
    }
    return result
  }

  /// Whether a line holds the parts one behind the other.
  private static func holds(_ line: String, _ parts: [String]) -> Bool {
    var rest = line[...]
    for part in parts {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
