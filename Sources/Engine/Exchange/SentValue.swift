/// How numbers travel: exactly, and in as few bytes as one of three plain forms takes.
///
///     form ::= 0 elements                               as they are
///            | 1 count (place)* (element)*              those that are not 0, behind each other
///            | 2 count (element)* (number of element)*  few different ones, in 1, 2, 4 or 8 bits each
///
/// Compressors give vectors of which most entries are 0, or of few different values; all other values go as they are. The
/// zero that is left out is +0; −0 is kept.
package enum SentValue {
  /// The most bytes that so many elements take.
  package static func bound(count: Int, width: Int) -> Int { 1 + count * width }

  private static let plain: UInt8 = 0
  private static let sparse: UInt8 = 1
  private static let coded: UInt8 = 2
  private static let codesMax = 256

  /// Appends elements of `Element`, a word of bits.
  package static func append<Word: FixedWidthInteger & UnsignedInteger>(
    _ words: UnsafeBufferPointer<Word>, to bytes: inout [UInt8]
  ) {
    let width = MemoryLayout<Word>.size
    let filled = words.reduce(into: 0) { count, word in if word != 0 { count += 1 } }
    let sparseBytes = 4 + filled * (4 + width), plainBytes = words.count * width
    let table = sparseBytes > plainBytes / 4 ? table(words, below: min(sparseBytes, plainBytes)) : nil
    if let table { return append(coded: words, table, to: &bytes) }
    guard sparseBytes < plainBytes, words.count <= Int(UInt32.max) else {
      bytes.append(plain)
      bytes += UnsafeRawBufferPointer(words)
      return
    }
    bytes.append(sparse)
    add(UInt32(filled), to: &bytes)
    for (place, word) in words.enumerated() where word != 0 { add(UInt32(place), to: &bytes) }
    for word in words where word != 0 { add(word, to: &bytes) }
  }

  /// Reads elements back from a place on; false where the bytes are of something else.
  package static func read<Word: FixedWidthInteger & UnsignedInteger>(
    _ bytes: UnsafeRawBufferPointer, _ place: inout Int, into words: UnsafeMutableBufferPointer<Word>
  ) -> Bool {
    guard place < bytes.count else { return false }
    let form = bytes[place]
    place += 1
    switch form {
    case plain: return readPlain(bytes, &place, into: words)
    case sparse: return readSparse(bytes, &place, into: words)
    case coded: return readCoded(bytes, &place, into: words)
    default: return false
    }
  }

  // MARK: As they are, and without zeros

  private static func readPlain<Word: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _ place: inout Int, into words: UnsafeMutableBufferPointer<Word>
  ) -> Bool {
    let size = words.count * MemoryLayout<Word>.size
    guard place + size <= bytes.count else { return false }
    UnsafeMutableRawBufferPointer(words).copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[place..<place + size]))
    place += size
    return true
  }

  private static func readSparse<Word: FixedWidthInteger & UnsignedInteger>(
    _ bytes: UnsafeRawBufferPointer, _ place: inout Int, into words: UnsafeMutableBufferPointer<Word>
  ) -> Bool {
    guard let count = number(bytes, &place, UInt32.self).map(Int.init),
      place + count * (4 + MemoryLayout<Word>.size) <= bytes.count
    else { return false }
    words.update(repeating: 0)
    var places = place
    place += 4 * count
    for _ in 0..<count {
      guard let at = number(bytes, &places, UInt32.self).map(Int.init), at < words.count,
        let word = number(bytes, &place, Word.self)
      else { return false }
      words[at] = word
    }
    return true
  }

  // MARK: Few different ones

  /// The different words, in the order in which they first stand; nil where coding them spares nothing.
  private static func table<Word: FixedWidthInteger & UnsignedInteger>(
    _ words: UnsafeBufferPointer<Word>, below limit: Int
  ) -> [Word: Int]? {
    guard words.count >= 32 else { return nil }
    var table: [Word: Int] = [:]
    var last: Word?
    for word in words where word != last {
      last = word
      if table[word] == nil { table[word] = table.count }
      if table.count > codesMax { return nil }
    }
    let size = 4 + table.count * MemoryLayout<Word>.size + (words.count * bits(for: table.count) + 7) / 8
    return size < limit ? table : nil
  }

  private static func bits(for count: Int) -> Int { count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8 }

  private static func append<Word: FixedWidthInteger & UnsignedInteger>(
    coded words: UnsafeBufferPointer<Word>, _ table: [Word: Int], to bytes: inout [UInt8]
  ) {
    bytes.append(coded)
    add(UInt32(table.count), to: &bytes)
    for (word, _) in table.sorted(by: { $0.value < $1.value }) { add(word, to: &bytes) }
    let size = bits(for: table.count)
    var (byte, filled) = (0, 0)
    for word in words {
      byte |= (table[word] ?? 0) << filled
      filled += size
      if filled == 8 {
        bytes.append(UInt8(byte))
        (byte, filled) = (0, 0)
      }
    }
    if filled > 0 { bytes.append(UInt8(byte)) }
  }

  private static func readCoded<Word: FixedWidthInteger & UnsignedInteger>(
    _ bytes: UnsafeRawBufferPointer, _ place: inout Int, into words: UnsafeMutableBufferPointer<Word>
  ) -> Bool {
    guard let count = number(bytes, &place, UInt32.self).map(Int.init), (1...codesMax).contains(count) else {
      return false
    }
    var table: [Word] = []
    for _ in 0..<count {
      guard let word = number(bytes, &place, Word.self) else { return false }
      table.append(word)
    }
    let size = bits(for: count), length = (words.count * size + 7) / 8
    guard place + length <= bytes.count else { return false }
    for index in words.indices {
      let bit = index * size
      let code = Int(bytes[place + bit / 8] >> UInt8(bit % 8)) & (1 << size - 1)
      guard code < count else { return false }
      words[index] = table[code]
    }
    place += length
    return true
  }

  // MARK: Numbers

  private static func add(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }

  private static func number<Number: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _ place: inout Int, _ type: Number.Type
  ) -> Number? {
    let size = MemoryLayout<Number>.size
    guard place + size <= bytes.count else { return nil }
    defer { place += size }
    return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
  }
}
