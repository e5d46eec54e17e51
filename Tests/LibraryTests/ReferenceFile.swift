import Glibc

/// A table of reference numbers in `Tests/References`.
enum ReferenceFile {
  /// The rows after the header; a cell may be quoted, and holds no quotes itself.
  static func rows(_ name: String) -> [[String]] {
    let text = contents(ScriptRunner.root + "/Tests/References/" + name)
    return text.split(separator: "\n").dropFirst().map { cells(String($0)) }
  }

  private static func cells(_ line: String) -> [String] {
    var cells = [""]
    var isQuoted = false
    for character in line {
      if character == "\"" {
        isQuoted.toggle()
      } else if character == ",", !isQuoted {
        cells.append("")
      } else {
        cells[cells.count - 1].append(character)
      }
    }
    return cells
  }

  private static func contents(_ path: String) -> String {
    guard let file = fopen(path, "rb") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
