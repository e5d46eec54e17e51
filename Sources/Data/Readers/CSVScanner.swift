/// Walks over the cells of delimited text without copying them.
///
/// Cells end at the separator or the line's end (LF, CR LF or CR); a cell whose first character is `"` runs to the
/// closing quote, line breaks included, and `""` inside stands for one quote (RFC 4180). Spaces around cells do not
/// count. Blank lines and lines that start with `#` are no rows. With a space as separator, runs of spaces and
/// tabs separate.
struct CSVScanner {
  let bytes: [UInt8]
  let separator: UInt8
  let file: String
  private var index: Int
  /// The line that comes next, from 1.
  private var line = 1
  private var rowEnded = true

  /// The last cell: its bytes without quotes, where it starts, its number in the row from 1.
  private(set) var cell = 0..<0
  private(set) var isQuoted = false
  private(set) var cellLine = 1
  private(set) var column = 0

  init(_ bytes: [UInt8], separator: UInt8, file: String) {
    self.bytes = bytes
    self.separator = separator
    self.file = file
    index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// Goes to the next row and says whether there is one; its first line is then `cellLine`.
  mutating func startRow() -> Bool {
    while index < bytes.count {
      let start = index
      skipBlanks(tabs: separator == .space)
      guard index < bytes.count else { return false }
      if CSVScanner.isLineEnd(bytes[index]) {
        skipLineEnd()
      } else if bytes[index] == UInt8(ascii: "#") {
        while index < bytes.count, !CSVScanner.isLineEnd(bytes[index]) { index += 1 }
        skipLineEnd()
      } else {
        index = start
        column = 0
        rowEnded = false
        cellLine = line
        return true
      }
    }
    return false
  }

  /// Reads the next cell of the row into `cell`; false where the row has ended.
  mutating func nextCell() throws(DataError) -> Bool {
    guard !rowEnded else { return false }
    column += 1
    cellLine = line
    skipBlanks(tabs: separator == .space)
    isQuoted = index < bytes.count && bytes[index] == UInt8(ascii: "\"")
    if isQuoted { try scanQuoted() } else { scanPlain() }
    endCell()
    return true
  }

  /// Steps over the rest of the row and returns how many cells it had, where it holds no quotes; nil, and nothing
  /// done, where it does.
  mutating func skipPlainRow() -> Int? {
    guard !rowEnded, separator != .space else { return nil }
    var cells = 1
    var end = index
    while end < bytes.count {
      let byte = bytes[end]
      if byte == separator { cells += 1 }
      if byte == 0x0A || byte == 0x0D { break }
      if byte == UInt8(ascii: "\"") { return nil }
      end += 1
    }
    index = end
    skipLineEnd()
    rowEnded = true
    return cells
  }

  /// Reads a cell of one to nine digits and nothing else, the most frequent kind; nil, and nothing done, for others.
  mutating func nextDigits() -> Double? {
    guard !rowEnded, separator != .space else { return nil }
    var value = 0
    var end = index
    let limit = min(bytes.count, index + 9)
    while end < limit {
      let digit = bytes[end] &- UInt8(ascii: "0")
      if digit > 9 { break }
      value = value * 10 + Int(digit)
      end += 1
    }
    guard end > index, end < bytes.count, bytes[end] == separator || CSVScanner.isLineEnd(bytes[end]) else {
      return nil
    }
    column += 1
    index = end
    endCell()
    return Double(value)
  }

  /// The text of the last cell, doubled quotes made single.
  func text() -> String {
    var content = Array(bytes[cell])
    if isQuoted {
      var kept: [UInt8] = []
      var skips = false
      for byte in content {
        skips = byte == UInt8(ascii: "\"") && !skips && kept.last == byte
        if !skips { kept.append(byte) }
      }
      content = kept
    }
    return String(decoding: content, as: UTF8.self)
  }

  private mutating func scanPlain() {
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte == separator || byte == 0x0A || byte == 0x0D { break }
      if separator == .space, byte == 0x09 { break }
      index += 1
    }
    var end = index
    while end > start, bytes[end - 1] == .space || bytes[end - 1] == 0x09 { end -= 1 }
    cell = start..<end
  }

  private mutating func scanQuoted() throws(DataError) {
    let quote = UInt8(ascii: "\"")
    index += 1
    let start = index
    while true {
      guard index < bytes.count else {
        throw DataError(file, .badQuote(TextPlace(line: cellLine, column: column), reason: "the quote is never closed"))
      }
      if bytes[index] == quote {
        guard index + 1 < bytes.count, bytes[index + 1] == quote else { break }
        index += 1
      } else if CSVScanner.isLineEnd(bytes[index]) {
        skipLineEnd()
        continue
      }
      index += 1
    }
    cell = start..<index
    index += 1
    skipBlanks(tabs: separator == .space)
    let isEnd = index >= bytes.count || bytes[index] == separator || CSVScanner.isLineEnd(bytes[index])
    guard isEnd || separator == .space else {
      throw DataError(
        file, .badQuote(TextPlace(line: line, column: column), reason: "text follows the closing quote"))
    }
  }

  /// Steps over what ends the cell.
  private mutating func endCell() {
    if separator == .space { skipBlanks(tabs: true) }
    if index >= bytes.count {
      rowEnded = true
    } else if CSVScanner.isLineEnd(bytes[index]) {
      skipLineEnd()
      rowEnded = true
    } else if separator != .space {
      index += 1
    }
  }

  private mutating func skipBlanks(tabs: Bool) {
    while index < bytes.count, bytes[index] == .space || (tabs && bytes[index] == 0x09) { index += 1 }
  }

  private mutating func skipLineEnd() {
    guard index < bytes.count else { return }
    let isPair = bytes[index] == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
    index += isPair ? 2 : 1
    line += 1
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  /// The separator used most in the first row outside quotes, of tab, comma, semicolon; a space where there are
  /// none of them but words; else a comma.
  static func guessSeparator(_ bytes: [UInt8]) -> UInt8 {
    var scanner = CSVScanner(bytes, separator: UInt8(ascii: ","), file: "")
    guard scanner.startRow() else { return UInt8(ascii: ",") }
    var counts = [UInt8: Int]()
    var isInside = false
    for byte in bytes[scanner.index...] {
      if byte == UInt8(ascii: "\"") { isInside.toggle() }
      if isInside { continue }
      if isLineEnd(byte) { break }
      counts[byte, default: 0] += 1
    }
    let candidates = [UInt8(ascii: "\t"), UInt8(ascii: ","), UInt8(ascii: ";")]
    let best = candidates.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) } ?? UInt8(ascii: ",")
    if (counts[best] ?? 0) > 0 { return best }
    return (counts[.space] ?? 0) > 0 ? .space : UInt8(ascii: ",")
  }
}

extension UInt8 {
  fileprivate static let space = UInt8(ascii: " ")
}
