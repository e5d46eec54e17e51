/// A function or initialiser with a body, as far as sizes are concerned.
struct FunctionSize: Sendable {
  let name: String
  /// One-based line of its declaration.
  let line: Int
  /// Lines strictly between the braces.
  let bodyLines: Int
  let parameters: Int
}

/// Finds functions in blanked code by matching brackets; enough of Swift's grammar to measure sizes.
struct FunctionScanner {
  private struct Token {
    let text: Substring
    let line: Int
  }

  static func functions(in code: [String]) -> [FunctionSize] {
    let tokens = tokens(of: code)
    return tokens.indices.compactMap { function(at: $0, in: tokens) }
  }

  /// Words and single punctuation characters.
  private static func tokens(of code: [String]) -> [Token] {
    var tokens: [Token] = []
    for (number, line) in code.enumerated() {
      var rest = line[...]
      while let first = rest.first {
        if first.isLetter || first == "_" {
          let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
          tokens.append(Token(text: word, line: number + 1))
          rest = rest[word.endIndex...]
        } else {
          if !first.isWhitespace { tokens.append(Token(text: rest.prefix(1), line: number + 1)) }
          rest = rest.dropFirst()
        }
      }
    }
    return tokens
  }

  private static func function(at index: Int, in tokens: [Token]) -> FunctionSize? {
    let isFunction = tokens[index].text == "func"
    guard isFunction || isInitialiser(at: index, in: tokens), index + 1 < tokens.count else { return nil }
    guard let open = tokens[index...].firstIndex(where: { $0.text == "(" }),
      let (parameters, afterParameters) = countParameters(from: open, in: tokens),
      let (first, last) = body(from: afterParameters, in: tokens)
    else { return nil }
    let name = isFunction ? String(tokens[index + 1].text) : "init"
    return FunctionSize(
      name: name, line: tokens[index].line, bodyLines: max(0, last - first - 1), parameters: parameters)
  }

  /// `init` that declares, not `.init(…)` or `self.init(…)`.
  private static func isInitialiser(at index: Int, in tokens: [Token]) -> Bool {
    guard tokens[index].text == "init" else { return false }
    return index == 0 || tokens[index - 1].text != "."
  }

  private static func countParameters(from open: Int, in tokens: [Token]) -> (count: Int, after: Int)? {
    var depth = 0
    var colons = 0
    for index in open..<tokens.count {
      switch tokens[index].text {
      case "(", "[", "{": depth += 1
      case ")", "]", "}":
        depth -= 1
        if depth == 0 { return (colons, index + 1) }
      case ":" where depth == 1: colons += 1
      default: break
      }
    }
    return nil
  }

  /// The lines of the braces of the body; nil for a requirement of a protocol.
  private static func body(from start: Int, in tokens: [Token]) -> (first: Int, last: Int)? {
    var index = start
    while index < tokens.count, tokens[index].text != "{" {
      if ["func", "var", "let", "init", "static", "}", "package", "mutating", "case"].contains(tokens[index].text) {
        return nil
      }
      index += 1
    }
    guard index < tokens.count else { return nil }
    var depth = 0
    for end in index..<tokens.count {
      if tokens[end].text == "{" { depth += 1 }
      if tokens[end].text == "}" {
        depth -= 1
        if depth == 0 { return (tokens[index].line, tokens[end].line) }
      }
    }
    return nil
  }
}
