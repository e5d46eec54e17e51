/// Text from scripts, data and file names made fit to be shown: nothing in it can steer a terminal.
package enum VisibleText {
  /// The text with control characters, bidirectional controls and non-characters written as `\u{1b}`.
  ///
  /// Line breaks become spaces unless `keepingLines`; tabs become spaces.
  package static func visible(_ text: String, keepingLines: Bool = false) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where keepingLines: result.append(scalar)
      case "\n", "\t": result.append(" ")
      case _ where isUnsafe(scalar): result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// C0, DEL, C1, bidirectional and other invisible format controls, line and paragraph separators, non-characters.
  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    case 0xFDD0...0xFDEF, 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
    default: scalar.value & 0xFFFE == 0xFFFE
    }
  }

  /// Terminal columns the text takes: wide characters two, combining marks none.
  package static func width(_ text: String) -> Int { text.reduce(0) { $0 + width(of: $1) } }

  /// Columns of one character: that of its widest scalar, two for an emoji sequence.
  private static func width(of character: Character) -> Int {
    var widest = 0
    for scalar in character.unicodeScalars {
      if scalar.value == 0xFE0F { return 2 }
      widest = max(widest, width(of: scalar))
    }
    return widest
  }

  private static func width(of scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0, 0x23F3, 0x25FD...0x25FE,
      0x2614...0x2615, 0x2648...0x2653, 0x267F, 0x2693, 0x26A1, 0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5,
      0x26CE, 0x26D4, 0x26EA, 0x26F2...0x26F3, 0x26F5, 0x26FA, 0x26FD, 0x2705, 0x270A...0x270B, 0x2728, 0x274C, 0x274E,
      0x2753...0x2755, 0x2757, 0x2795...0x2797, 0x27B0, 0x27BF, 0x2B1B...0x2B1C, 0x2B50, 0x2B55, 0x2E80...0x303E,
      0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18AFF, 0x1B000...0x1B2FF,
      0x1F004, 0x1F0CF, 0x1F18E, 0x1F191...0x1F19A, 0x1F1E6...0x1F320, 0x1F32D...0x1F335, 0x1F337...0x1F37C,
      0x1F37E...0x1F393, 0x1F3A0...0x1F3CA, 0x1F3CF...0x1F3D3, 0x1F3E0...0x1F3F0, 0x1F3F4, 0x1F3F8...0x1F43E, 0x1F440,
      0x1F442...0x1F4FC, 0x1F4FF...0x1F53D, 0x1F54B...0x1F54E, 0x1F550...0x1F567, 0x1F57A, 0x1F595...0x1F596, 0x1F5A4,
      0x1F5FB...0x1F64F, 0x1F680...0x1F6C5, 0x1F6CC, 0x1F6D0...0x1F6D2, 0x1F6D5...0x1F6D7, 0x1F6DC...0x1F6DF,
      0x1F6EB...0x1F6EC, 0x1F6F4...0x1F6FC, 0x1F7E0...0x1F7EB, 0x1F7F0, 0x1F90C...0x1F93A, 0x1F93C...0x1F945,
      0x1F947...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }

  /// The text cut to `columns`, the cut marked with `…` (or `~` in ASCII).
  package static func cut(_ text: String, to columns: Int, unicode: Bool = true) -> String {
    guard width(text) > columns else { return text }
    var result = ""
    var used = 0
    for character in text {
      let next = width(of: character)
      if used + next > columns - 1 { break }
      result.append(character)
      used += next
    }
    return columns > 0 ? result + (unicode ? "…" : "~") : ""
  }

  enum Alignment: Sendable { case left, right, centre }

  /// The text filled with spaces to `columns`; a longer one is left alone.
  static func padded(_ text: String, to columns: Int, _ alignment: Alignment = .left) -> String {
    let missing = max(0, columns - width(text))
    let before =
      switch alignment {
      case .left: 0
      case .right: missing
      case .centre: missing / 2
      }
    return String(repeating: " ", count: before) + text + String(repeating: " ", count: missing - before)
  }

  /// The text with every character beyond ASCII written in ASCII: letters of the field by name, others as `?`.
  static func ascii(_ text: String) -> String {
    text.map { character in
      if character.isASCII { return String(character) }
      return asciiNames.first { $0.0 == character }?.1 ?? "?"
    }.joined()
  }

  private static let asciiNames: [(Character, String)] = [
    ("α", "alpha"), ("β", "beta"), ("γ", "gamma"), ("δ", "delta"), ("ε", "eps"), ("ζ", "zeta"), ("η", "eta"),
    ("θ", "theta"), ("κ", "kappa"), ("λ", "lambda"), ("μ", "mu"), ("ν", "nu"), ("ξ", "xi"), ("π", "pi"), ("ρ", "rho"),
    ("σ", "sigma"), ("τ", "tau"), ("φ", "phi"), ("χ", "chi"), ("ψ", "psi"), ("ω", "omega"), ("Δ", "Delta"),
    ("Σ", "Sigma"), ("Λ", "Lambda"), ("Ω", "Omega"), ("∞", "inf"), ("±", "+/-"), ("≈", "~"), ("≤", "<="), ("≥", ">="),
    ("≠", "!="), ("−", "-"), ("–", "-"), ("—", "-"), ("×", "x"), ("·", "*"), ("…", "..."), ("₀", "0"), ("₁", "1"),
    ("₂", "2"), ("₃", "3"), ("²", "^2"), ("³", "^3"), ("→", "->"), ("‖", "||"), ("∇", "grad "), ("√", "sqrt "),
    ("“", "\""), ("”", "\""), ("‘", "'"), ("’", "'"), ("ö", "oe"), ("ä", "ae"), ("ü", "ue"), ("ß", "ss"), ("é", "e"),
  ]
}
