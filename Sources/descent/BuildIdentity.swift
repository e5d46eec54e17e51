import Glibc

/// The digest of its content that the linker has written into the program.
///
/// It is the descriptor of the note `NT_GNU_BUILD_ID` of the program's file (System V ABI, ELF-64, little end first).
enum BuildIdentity {
  /// As hexadecimal digits; nil where the program has none.
  static let text: String? = {
    let file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let header = bytes(of: file, at: 0, 64)
    guard header.count == 64 else { return nil }
    let (start, size, count) = (number(header, 32, 8), number(header, 54, 2), number(header, 56, 2))
    for index in 0..<count {
      let segment = bytes(of: file, at: start + index * size, 56)
      guard segment.count == 56, number(segment, 0, 4) == noteSegment else { continue }
      let notes = bytes(of: file, at: number(segment, 8, 8), min(number(segment, 32, 8), notesMax))
      if let found = identity(in: notes) { return found }
    }
    return nil
  }()

  private static let noteSegment = 4
  private static let identityNote = 3
  private static let notesMax = 1 << 16

  private static func identity(in notes: [UInt8]) -> String? {
    var place = 0
    while place + 12 <= notes.count {
      let (name, size, kind) = (number(notes, place, 4), number(notes, place + 4, 4), number(notes, place + 8, 4))
      let start = place + 12 + (name + 3) / 4 * 4
      guard start + size <= notes.count else { return nil }
      if kind == identityNote, Array(notes[(place + 12)..<(place + 12 + name)]) == Array("GNU\0".utf8) {
        let digits = Array("0123456789abcdef")
        return String(notes[start..<(start + size)].flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
      }
      place = start + (size + 3) / 4 * 4
    }
    return nil
  }

  private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
  }

  private static func bytes(of file: Int32, at place: Int, _ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = pread(file, &bytes, count, place)
    return Array(bytes.prefix(max(0, got)))
  }
}
