/// One line of a text, cut and made visible, with the screen column of each of its bytes.
struct SourceLine {
  /// What is shown.
  private(set) var text = ""
  /// Bytes of the text that are shown.
  private var range: Range<Int>
  /// For each shown byte the column where its character begins, and one more for the end.
  private var columns: [Int] = []
  private var width = 0

  /// Columns shown at most; longer lines are cropped around the place that matters.
  static let widthMax = 96
  /// Columns kept before that place.
  private static let leadMax = 40
  private static let tabWidth = 4

  /// - Parameter focus: Byte offset that must be visible.
  init(_ source: SourceText, line: Int, focus: Int) {
    let start = source.lineStarts[line]
    var end = line + 1 < source.lineStarts.count ? source.lineStarts[line + 1] - 1 : source.bytes.count
    if end > start, source.bytes[end - 1] == 0x0D { end -= 1 }
    range = start..<end
    let focus = min(max(focus, start), end)
    let first = Self.cropStart(source.bytes, start, focus, end)
    if first > start { append("…", bytes: 0) }
    range = first..<first
    var position = first
    while position < end {
      if width >= Self.widthMax, end - position > 1 {
        append("…", bytes: 0)
        break
      }
      position = appendCharacter(source.bytes, at: position, before: end)
    }
    columns.append(width)
  }

  /// The column of a byte, clamped to what is shown.
  func column(of offset: Int) -> Int {
    columns[min(max(offset - range.lowerBound, 0), columns.count - 1)]
  }

  /// Where to begin so that the focus is visible: the start, unless the line is long.
  private static func cropStart(_ bytes: [UInt8], _ start: Int, _ focus: Int, _ end: Int) -> Int {
    if end - start <= widthMax || focus - start <= widthMax - leadMax { return start }
    var first = max(start, focus - leadMax)
    while first > start, bytes[first] & 0xC0 == 0x80 { first -= 1 }
    return first
  }

  private mutating func append(_ shown: String, bytes: Int) {
    for _ in 0..<bytes { columns.append(width) }
    text += shown
    for scalar in shown.unicodeScalars { width += VisibleText.width(scalar) }
    range = range.lowerBound..<range.upperBound + bytes
  }

  private mutating func appendCharacter(_ bytes: [UInt8], at position: Int, before end: Int) -> Int {
    if bytes[position] == 0x09 {
      append(String(repeating: " ", count: Self.tabWidth - width % Self.tabWidth), bytes: 1)
      return position + 1
    }
    guard let (scalar, length) = UTF8Reader.scalar(bytes, at: position), position + length <= end else {
      let digits = String(bytes[position], radix: 16, uppercase: true)
      append("\\x" + (digits.count < 2 ? "0" : "") + digits, bytes: 1)
      return position + 1
    }
    append(VisibleText.escape(scalar), bytes: length)
    return position + length
  }
}

/// Strict decoding of single characters.
package enum UTF8Reader {
  /// The character that begins at an offset and its length, or nil where the bytes are not UTF-8.
  package static func scalar(_ bytes: [UInt8], at offset: Int) -> (scalar: Unicode.Scalar, length: Int)? {
    let first = bytes[offset]
    if first < 0x80 { return (Unicode.Scalar(first), 1) }
    let (length, lowest): (Int, UInt32) =
      switch first {
      case 0xC2...0xDF: (2, 0x80)
      case 0xE0...0xEF: (3, 0x800)
      case 0xF0...0xF4: (4, 0x10000)
      default: (0, 0)
      }
    guard length > 0, offset + length <= bytes.count else { return nil }
    var value = UInt32(first) & (0x7F >> UInt32(length))
    for index in offset + 1..<offset + length {
      guard bytes[index] & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(bytes[index] & 0x3F)
    }
    guard value >= lowest, let scalar = Unicode.Scalar(value) else { return nil }
    return (scalar, length)
  }

  /// Characters from one offset to another, a byte that belongs to none counted as one.
  package static func count(_ bytes: [UInt8], _ lower: Int, _ upper: Int) -> Int {
    var position = lower
    var count = 0
    while position < upper {
      position += scalar(bytes, at: position)?.length ?? 1
      count += 1
    }
    return count
  }
}
