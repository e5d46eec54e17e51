/// Reads zip archives as NumPy writes them: entries stored or deflated, sizes of up to 4 GiB each.
///
/// The central directory at the end is what counts; every offset and size in it is checked against the bytes that
/// are there, and the checksum of each entry against its content.
struct ZipReader {
  /// One file in the archive.
  struct Entry {
    var name: String
    var method: Int
    var checksum: UInt32
    var compressedSize: Int
    var size: Int
    var headerOffset: Int
  }

  let file: String
  private let reader: ByteReader
  private(set) var entries: [Entry] = []

  /// Whether the bytes start like a zip archive (or are an empty one).
  static func matches(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4B, 0x05, 0x06])
  }

  /// Reads the directory.
  init(_ bytes: [UInt8], file: String) throws(DataError) {
    self.file = file
    reader = ByteReader(bytes)
    guard let end = directoryEnd() else { throw fault("it has no directory at its end; it may be cut off") }
    guard let count = reader.short(at: end + 10), let size = reader.word(at: end + 12),
      let offset = reader.word(at: end + 16)
    else { throw fault("its directory is cut off") }
    guard count != 0xFFFF, offset != 0xFFFF_FFFF else { throw fault("it uses the 64-bit form of zip") }
    guard offset <= end, size <= end - offset else { throw fault("its directory lies outside the file") }
    var position = offset
    for _ in 0..<count {
      let (entry, next) = try entry(at: position, limit: end)
      entries.append(entry)
      position = next
    }
    // Each entry has exactly the size that the directory says, or is refused: their sum bounds the whole file.
    let (total, most) = (entries.reduce(0) { $0 + $1.size }, Gzip.limit(compressedBytes: bytes.count))
    guard total <= most else { throw DataError(file, .expandsTooFar(limit: most, compressed: bytes.count)) }
  }

  private func fault(_ reason: String) -> DataError { DataError(file, .badArchive(reason: reason)) }

  /// The record at the end; a comment of up to 65,535 bytes may follow it.
  private func directoryEnd() -> Int? {
    var position = reader.bytes.count - 22
    let lowest = max(0, position - 0xFFFF)
    while position >= lowest {
      if reader.word(at: position) == 0x0605_4B50, reader.short(at: position + 20) == reader.bytes.count - position - 22
      {
        return position
      }
      position -= 1
    }
    return nil
  }

  private func entry(at position: Int, limit: Int) throws(DataError) -> (Entry, next: Int) {
    guard position <= limit - 46, reader.word(at: position) == 0x0201_4B50,
      let flags = reader.short(at: position + 8), let method = reader.short(at: position + 10),
      let checksum = reader.word(at: position + 16), let compressedSize = reader.word(at: position + 20),
      let size = reader.word(at: position + 24), let nameLength = reader.short(at: position + 28),
      let extraLength = reader.short(at: position + 30), let commentLength = reader.short(at: position + 32),
      let offset = reader.word(at: position + 42)
    else { throw fault("an entry of its directory is damaged") }
    let nameStart = position + 46
    let next = nameStart + nameLength + extraLength + commentLength
    guard next <= limit else { throw fault("an entry of its directory is cut off") }
    guard flags & 1 == 0 else { throw fault("it is encrypted") }
    guard compressedSize != 0xFFFF_FFFF, size != 0xFFFF_FFFF else { throw fault("an entry is larger than 4 GiB") }
    let name = String(decoding: reader.bytes[nameStart..<nameStart + nameLength], as: UTF8.self)
    let entry = Entry(
      name: name, method: method, checksum: UInt32(truncatingIfNeeded: checksum), compressedSize: compressedSize,
      size: size, headerOffset: offset)
    return (entry, next)
  }

  /// The content of an entry.
  func content(of entry: Entry) throws(DataError) -> [UInt8] {
    guard reader.word(at: entry.headerOffset) == 0x0403_4B50,
      let nameLength = reader.short(at: entry.headerOffset + 26),
      let extraLength = reader.short(at: entry.headerOffset + 28)
    else { throw fault("the entry `\(entry.name)` is not where the directory says") }
    let start = entry.headerOffset + 30 + nameLength + extraLength
    guard start <= reader.bytes.count, entry.compressedSize <= reader.bytes.count - start else {
      throw fault("the entry `\(entry.name)` is cut off")
    }
    let packed = reader.bytes[start..<start + entry.compressedSize]
    let content: [UInt8]
    switch entry.method {
    case 0: content = Array(packed)
    case 8:
      content = try Gzip.inflate(packed, framing: .rawDeflate, file: file)
    default: throw fault("the entry `\(entry.name)` is compressed by method \(entry.method); only deflate is read")
    }
    guard content.count == entry.size, Gzip.checksum(content[...]) == entry.checksum else {
      throw fault("the entry `\(entry.name)` is damaged: its checksum or size is wrong")
    }
    return content
  }
}
