/// Reads IDX files, the format of MNIST: big-endian, magic `00 00 type rank`, sizes of 4 bytes each, then elements.
///
/// Types: 08 unsigned byte, 09 signed byte, 0B 2-byte and 0C 4-byte whole numbers, 0D f32, 0E f64.
package enum IDXReader {
  private static let kinds: [UInt8: ElementKind] = [
    0x08: .unsigned(1), 0x09: .signed(1), 0x0B: .signed(2), 0x0C: .signed(4), 0x0D: .real(4), 0x0E: .real(8),
  ]

  /// Reads one array.
  package static func read(_ bytes: [UInt8], file: String) throws(DataError) -> NumberArray {
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, let kind = kinds[bytes[2]], bytes[3] > 0 else {
      throw DataError(
        file, .notThisFormat(format: "an IDX", expected: "00 00, a type from 08 to 0E, a rank", found: hexStart(bytes)))
    }
    let reader = ByteReader(bytes)
    let rank = Int(bytes[3])
    var sizes: [UInt64] = []
    for axis in 0..<rank {
      guard let size = reader.unsigned(at: 4 + 4 * axis, width: 4, bigEndian: true) else {
        throw DataError(
          file, .wrongByteCount(expected: 4 + 4 * rank, found: bytes.count, meaning: "the header of \(rank) dimensions")
        )
      }
      sizes.append(size)
    }
    let start = 4 + 4 * rank
    let count = try ElementCount.product(sizes, file: file)
    let expected = start + ElementCount.byteCount(count, width: kind.width)
    guard bytes.count == expected else {
      let product = sizes.map(String.init).joined(separator: " × ")
      throw DataError(
        file, .wrongByteCount(expected: expected, found: bytes.count, meaning: "dimensions \(product) after the header")
      )
    }
    let values = try kind.doubles(reader, offset: start, count: count, bigEndian: true, file: file)
    return NumberArray(sizes: sizes.map { Int($0) }, values: values)
  }
}
