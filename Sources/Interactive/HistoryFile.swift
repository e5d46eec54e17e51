/// Inputs of earlier sessions: one a line, newlines and backslashes escaped.
///
/// A history that is missing, damaged or not ours is an empty one. Inputs that begin with a blank are not kept.
struct HistoryFile {
  private let file: PrivateFile
  private static let entriesMax = 10_000
  private static let byteCountMax = 8 << 20
  /// A pasted script longer than this is no input that one looks for again.
  private static let entryBytesMax = 64 << 10

  init(path: String) { file = PrivateFile(path: path) }

  /// The entries, oldest first; what is too much is dropped from the file as well.
  func load() -> [String] {
    guard let bytes = file.read(byteCountMax: Self.byteCountMax) else { return [] }
    let lines = bytes.split(separator: 0x0A)
    let entries = lines.suffix(Self.entriesMax).map { Self.decoded(String(decoding: $0, as: UTF8.self)) }
      .filter { !$0.unicodeScalars.contains { $0.value == 0 } }
    if lines.count > Self.entriesMax + Self.entriesMax / 10 || bytes.count == Self.byteCountMax {
      file.replace(Array(entries.map { Self.encoded($0) + "\n" }.joined().utf8))
    }
    return entries
  }

  /// Adds an entry.
  func append(_ entry: String) {
    guard entry.utf8.count <= Self.entryBytesMax else { return }
    file.append(Array((Self.encoded(entry) + "\n").utf8))
  }

  static func encoded(_ entry: String) -> String {
    var text = ""
    for character in entry.unicodeScalars {
      switch character {
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }

  static func decoded(_ line: String) -> String {
    var text = ""
    var isEscaped = false
    for character in line.unicodeScalars {
      if isEscaped {
        text.unicodeScalars.append(character == "n" ? "\n" : character == "r" ? "\r" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
