package import Diagnostics

/// E01: characters and tokens.
extension Diagnostic {
  /// The codes of this stage.
  package static let lexicalCodes = [
    DiagnosticCode("E0101", "bytes that are not UTF-8"),
    DiagnosticCode("E0102", "a NUL byte"),
    DiagnosticCode("E0103", "a control character"),
    DiagnosticCode("E0104", "a carriage return without a newline"),
    DiagnosticCode("E0105", "a character that reorders what is seen"),
    DiagnosticCode("E0106", "a character that cannot be seen"),
    DiagnosticCode("E0107", "a combining mark on its own"),
    DiagnosticCode("E0108", "a character that looks like another"),
    DiagnosticCode("E0109", "a character outside the language"),
    DiagnosticCode("E0110", "a string without its closing quote"),
    DiagnosticCode("E0111", "an unknown escape in a string"),
    DiagnosticCode("E0112", "an escape that is not complete"),
    DiagnosticCode("E0113", "a number that ends in a point"),
    DiagnosticCode("E0114", "a number that begins with a point"),
    DiagnosticCode("E0115", "a number in another base"),
    DiagnosticCode("E0116", "an exponent without digits"),
    DiagnosticCode("E0117", "leading zeros"),
    DiagnosticCode("E0118", "a misplaced underscore in a number"),
    DiagnosticCode("E0119", "digits of another script"),
    DiagnosticCode("E0120", "an integer beyond 64 bits"),
    DiagnosticCode("E0121", "a real beyond the largest"),
    DiagnosticCode("E0122", "a number that runs into a name"),
    DiagnosticCode("E0123", "nan written as a number"),
    DiagnosticCode("E0124", "a single quote"),
    DiagnosticCode("E0901", "a text that is too large"),
    DiagnosticCode("E0902", "too many tokens"),
    DiagnosticCode("E0903", "a name that is too long"),
    DiagnosticCode("W0101", "a real that rounds to zero"),
  ]

  static func bidirectionalControl(_ scalar: Unicode.Scalar, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0105", "bidirectional control character \(hexadecimal(scalar)) in the text", at: span,
      label: "cannot be seen, and reorders what is",
      notes: ["such characters make a script look different from what it does"],
      help: ["delete it, or write `\\u{\(String(scalar.value, radix: 16, uppercase: true))}` inside a string"],
      edits: [Edit(span, "")])
  }

  static func controlCharacter(_ scalar: Unicode.Scalar, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0103", "control character \(hexadecimal(scalar)) in the text", at: span, label: "delete it",
      edits: [Edit(span, "")])
  }

  static func curlyQuotes(open: Span, close: Span) -> Diagnostic {
    Diagnostic(
      "E0108", "typographic quotes look like `\"` but are other characters", at: open,
      label: "a string begins with `\"`", labels: [Label(close, "and ends with `\"`")],
      help: ["write straight quotes"], edits: [Edit(open, "\""), Edit(close, "\"")])
  }

  static func exponentWithoutDigits(_ digits: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0116", "this number's exponent has no digits", at: span, label: "digits are missing after `e`",
      help: ["write an integer exponent: `\(digits)e-3`"])
  }

  static func foreignDigits(_ text: String, ascii: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0119", "`\(text)` is written in digits of another script", at: span, label: "digits are 0 to 9",
      help: ["write `\(ascii)`"], edits: [Edit(span, ascii)])
  }

  static func integerTooLarge(_ digits: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0120", "\(digits) does not fit in a 64-bit integer", at: span, label: "at most \(Int.max)",
      help: ["a real may be larger: write `\(digits).0`"])
  }

  static func invisibleCharacter(_ scalar: Unicode.Scalar, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0106", "invisible character \(hexadecimal(scalar)) in the text", at: span, label: "delete it",
      edits: [Edit(span, "")])
  }

  static func leadingPoint(_ text: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0114", "a number begins with a digit", at: span, label: "a digit is missing before the point",
      help: ["write `0\(text)`"], edits: [Edit(span, "0" + text)])
  }

  static func leadingZeros(_ text: String, at span: Span) -> Diagnostic {
    let rest = text.drop { $0 == "0" || $0 == "_" }
    let plain = rest.first.map { $0.isNumber } == true ? String(rest) : "0" + rest
    return Diagnostic(
      "E0117", "`\(text)` has leading zeros, which other languages read as octal", at: span,
      label: "a number begins with its first digit that counts", help: ["write `\(plain)`"],
      edits: [Edit(span, plain)])
  }

  static func loneCarriageReturn(offset: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0104", "a carriage return stands alone at byte \(offset)", at: span,
      label: "lines end in a newline, or in carriage return and newline", edits: [Edit(span, "\n")])
  }

  static func lookAlike(_ scalar: Unicode.Scalar, here: String, at span: Span) -> Diagnostic {
    let isBlank = here == " "
    let shown = isBlank ? "a space" : "`\(here)`"
    let what = isBlank ? hexadecimal(scalar) : "`\(scalar)` (\(hexadecimal(scalar)))"
    return Diagnostic(
      "E0108", "\(what) looks like \(shown) but is another character", at: span, label: "write \(shown)",
      edits: [Edit(span, here)])
  }

  static func malformedEscape(_ text: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0112", "the escape `\(text)` is not complete", at: span, label: "names no character",
      help: ["write two hexadecimal digits `\\x41`, or a code point `\\u{3B7}`"])
  }

  static func misplacedUnderscore(_ text: String, at span: Span) -> Diagnostic {
    let plain = text.filter { $0 != "_" }
    return Diagnostic(
      "E0118", "an underscore in a number stands between two digits", at: span, label: "not so here",
      help: ["write `\(plain)`, or group it as in `1_000`"], edits: [Edit(span, plain)])
  }

  static func nameTooLong(bytes: Int, limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0903", effect: .limit, "this name has \(bytes) bytes; at most \(limit) are allowed", at: span,
      label: "shorten it")
  }

  static func nanLiteral(_ text: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0123", "`\(text)` is a result, not a number to write down", at: span, label: "cannot be written",
      help: ["`0.0/0.0` gives it"])
  }

  static func notUTF8(_ bytes: [UInt8], line: Int, column: Int, at span: Span) -> Diagnostic {
    let shown = bytes.prefix(4).map { hexadecimal($0) }.joined(separator: " ") + (bytes.count > 4 ? " …" : "")
    return Diagnostic(
      "E0101", "not valid UTF-8: \(bytes.count == 1 ? "byte" : "bytes") \(shown) at line \(line), column \(column)",
      at: span, label: "not a character", help: ["save the file as UTF-8"])
  }

  static func nulByte(at span: Span) -> Diagnostic {
    Diagnostic("E0102", "a NUL byte in the text", at: span, label: "delete it", edits: [Edit(span, "")])
  }

  static func numberRunsIntoName(_ number: String, _ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0122", "the number `\(number)` runs into the name `\(name)`", at: span, label: "an operator is missing",
      help: ["for a product write `\(number) * \(name)`"], edits: [Edit(span, "\(number) * \(name)")])
  }

  static func otherBase(_ text: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0115", "`\(text)` is written in another base", at: span, label: "numbers are decimal",
      help: ["accepted forms: `12`, `1_000`, `0.5`, `1e-3`, `20%`"])
  }

  static func realRoundsToZero(_ text: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0101", "`\(text)` rounds to 0", at: span, label: "the smallest real above 0 is 5e-324", severity: .warning)
  }

  static func realTooLarge(_ text: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0121", "`\(text)` is too large for a real", at: span, label: "the largest is 1.7976931348623157e308",
      help: ["`inf` is the name of infinity"])
  }

  static func secondPoint(at span: Span) -> Diagnostic {
    Diagnostic("E0114", "a number has one decimal point", at: span, label: "the second is here")
  }

  static func singleQuotes(open: Span, close: Span) -> Diagnostic {
    Diagnostic(
      "E0124", "strings are written in double quotes", at: open, label: "write `\"`",
      labels: [Label(close, "and `\"`")], notes: ["`'` marks the next value of a name: `m'`"],
      edits: [Edit(open, "\""), Edit(close, "\"")])
  }

  static func strayMark(_ scalar: Unicode.Scalar, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0107", "combining mark \(hexadecimal(scalar)) on its own", at: span, label: "belongs to no name",
      help: ["delete it; an accented letter in a name is one character"], edits: [Edit(span, "")])
  }

  static func strayQuote(_ quote: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0124", "`\(quote)` stands directly after a name, as in `m'`", at: span, label: "no name before it",
      help: ["strings are written in double quotes"])
  }

  static func sourceTooLarge(bytes: Int, limit: Int) -> Diagnostic {
    Diagnostic("E0901", effect: .limit, "the text has \(bytes) bytes; at most \(limit) are read", at: nil)
  }

  static func tooManyTokens(limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0902", effect: .limit, "the text has more than \(limit) tokens", at: span, label: "the rest was not read")
  }

  static func trailingPoint(_ digits: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0113", "a number does not end in a point", at: span, label: "a digit is missing behind the point",
      help: ["write `\(digits).0`, or `\(digits)` for an integer"], edits: [Edit(span, digits + ".0")])
  }

  static func unknownEscape(_ text: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0111", "`\(text)` is no escape", at: span, label: "for a backslash write `\\\\`",
      help: ["escapes: `\\n` `\\t` `\\r` `\\0` `\\\\` `\\\"` `\\{` `\\}` `\\x41` `\\u{3B7}`"])
  }

  static func unreadableCharacter(_ scalar: Unicode.Scalar, at span: Span) -> Diagnostic {
    let what = scalar.isASCII ? "`\(scalar)`" : "`\(scalar)` (\(hexadecimal(scalar)))"
    let isLetter = scalar.properties.isAlphabetic
    return Diagnostic(
      "E0109", isLetter ? "\(what) is not a letter of names" : "\(what) means nothing here", at: span,
      label: isLetter ? "names are written in Latin and Greek letters" : "not part of the language")
  }

  static func unterminatedString(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0110", "this string has no closing quote on its line", at: span, label: "the string begins here",
      help: ["close it with `\"`; a line break inside a string is written `\\n`"])
  }

  // MARK: - Showing what cannot be shown

  private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count < 2 ? "0" + digits : digits
  }
}
