/// What the embedded texts are to their target.
enum EmbeddedForm: String {
  case library, explanations
  /// The clauses of a run, from the grammar.
  case grammar
  /// Swift files, each of which declares the type that it is named after.
  case clauses, primitives
}

/// One text file: its path below the target's folder and its content.
struct EmbeddedText {
  var path: String
  var content: String

  /// The file's name without folder and ending.
  var name: String {
    let file = path.split(separator: "/").last ?? ""
    return String(file.prefix { $0 != "." })
  }

  /// The folder the file lies in.
  var folder: String {
    let parts = path.split(separator: "/")
    return parts.count > 1 ? String(parts[parts.count - 2]) : ""
  }
}

/// The Swift file for `texts`, which are sorted by name.
func swiftSource(_ texts: [EmbeddedText], as form: EmbeddedForm) -> String {
  var source = "// Generated while building; the texts are the files named below.\n\n"
  switch form {
  case .library:
    source += "extension LibraryEntries {\n  static let embedded: [LibraryEntry] = [\n"
    for text in texts {
      source += "    LibraryEntry(\n      name: \(escaped(text.name)), kind: \(escaped(text.folder)), "
      source += "path: \(escaped(text.path)),\n      source: \(literal(text.content))),\n"
    }
  case .explanations:
    source += "extension Explanations {\n  static let embedded: [(code: String, page: StaticString)] = [\n"
    for text in texts {
      source += "    (code: \(escaped(text.name)), page: \(literal(text.content))),\n"
    }
  case .grammar:
    source += "extension ClauseShape {\n  static let embedded: [ClauseShape] = [\n"
    for clause in texts.flatMap({ grammarClauses($0.content) }) {
      source += "    ClauseShape(\n      word: \(escaped(clause.word)), takesValue: \(clause.takesValue), "
      source += "choices: [\(clause.choices.map(escaped).joined(separator: ", "))], "
      source += "mayLackChoice: \(clause.mayLackChoice), "
      source += "options: [\(clause.options.map(escaped).joined(separator: ", "))], "
      source += "isRepeated: \(clause.isRepeated)),\n"
    }
  case .clauses:
    source += "extension HeaderClauses {\n  static let embedded: [any HeaderClause.Type] = [\n"
    for text in texts { source += "    \(text.name).self,\n" }
  case .primitives:
    source += "extension Primitives {\n  static let embedded: [any Primitive.Type] = [\n"
    for text in texts { source += "    \(text.name).self,\n" }
  }
  return source + "  ]\n}\n"
}

/// A literal with exactly this content: raw and readable where possible, escaped where the text holds control
/// characters that a raw literal would change or refuse.
func literal(_ text: String) -> String {
  let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" || $0 == "\t" }
  guard isPlain else { return escaped(text) }
  let fence = String(repeating: "#", count: longestRun(of: "#", in: text) + 1)
  return "\(fence)\"\"\"\n\(text)\n\"\"\"\(fence)"
}

/// A one-line literal in which everything but printable ASCII is escaped.
func escaped(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\" + String(scalar)
    case " "..."~": result.unicodeScalars.append(scalar)
    default: result += "\\u{" + String(scalar.value, radix: 16) + "}"
    }
  }
  return result + "\""
}

/// Length of the longest run of `scalar`.
func longestRun(of scalar: Unicode.Scalar, in text: String) -> Int {
  var longest = 0
  var current = 0
  for candidate in text.unicodeScalars {
    current = candidate == scalar ? current + 1 : 0
    longest = max(longest, current)
  }
  return longest
}
