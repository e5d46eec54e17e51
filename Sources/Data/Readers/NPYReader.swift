/// Reads NumPy's NPY files, versions 1.0 to 3.0, as f64.
///
/// Read: `f2 f4 f8`, `i1 i2 i4 i8`, `u1 u2 u4 u8`, `b1`, little- and big-endian, C and Fortran order (transposed to
/// row-major). Whole numbers that f64 cannot hold exactly are refused, as are object arrays (they are programs),
/// complex numbers, texts, dates and records.
///
///     \x93NUMPY  major minor  header length (2 or 4 bytes)  {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
///
/// Reference: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
package enum NPYReader {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Whether the bytes start like an NPY file.
  package static func matches(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic) }

  /// Reads one array.
  package static func read(_ bytes: [UInt8], file: String) throws(DataError) -> NumberArray {
    guard matches(bytes) else {
      throw DataError(
        file, .notThisFormat(format: "an NPY", expected: "93 4E 55 4D 50 59", found: hexStart(bytes)))
    }
    let reader = ByteReader(bytes)
    let header = try headerRange(reader, file)
    let description = try NPYHeader(bytes, header, file: file)
    let count = try ElementCount.product(description.sizes, file: file)
    let expected = ElementCount.byteCount(count, width: description.kind.width)
    guard bytes.count - header.upperBound == expected else {
      let meaning = "\(count) elements of \(description.kind.width) bytes after a header of \(header.upperBound)"
      throw DataError(
        file, .wrongByteCount(expected: header.upperBound + expected, found: bytes.count, meaning: meaning))
    }
    let values = try description.kind.doubles(
      reader, offset: header.upperBound, count: count, bigEndian: description.isBigEndian, file: file)
    let sizes = description.sizes.map { Int($0) }
    return NumberArray(sizes: sizes, values: description.isFortran ? rowMajor(values, sizes) : values)
  }

  /// Where the header's text lies.
  private static func headerRange(_ reader: ByteReader, _ file: String) throws(DataError) -> Range<Int> {
    guard let major = reader.unsigned(at: 6, width: 1), (1...3).contains(major) else {
      throw DataError(file, .badHeader(format: "NPY", reason: "its version is none of 1, 2, 3", offset: 6))
    }
    let width = major == 1 ? 2 : 4
    let start = 8 + width
    guard let length = reader.unsigned(at: 8, width: width), length <= UInt64(max(0, reader.bytes.count - start)) else {
      let reason = "the header is said to be longer than the file of \(reader.bytes.count) bytes"
      throw DataError(file, .badHeader(format: "NPY", reason: reason, offset: 8))
    }
    return start..<start + Int(length)
  }

  /// Reorders values whose first index runs fastest.
  private static func rowMajor(_ values: [Double], _ sizes: [Int]) -> [Double] {
    guard sizes.count > 1, !values.isEmpty else { return values }
    var strides = [Int](repeating: 1, count: sizes.count)
    for axis in 1..<sizes.count { strides[axis] = strides[axis - 1] * sizes[axis - 1] }
    var result = [Double](repeating: 0, count: values.count)
    var position = [Int](repeating: 0, count: sizes.count)
    var source = 0
    for target in 0..<values.count {
      result[target] = values[source]
      var axis = sizes.count - 1
      while axis >= 0 {
        position[axis] += 1
        source += strides[axis]
        if position[axis] < sizes[axis] { break }
        source -= strides[axis] * sizes[axis]
        position[axis] = 0
        axis -= 1
      }
    }
    return result
  }
}

/// The first six bytes in hexadecimal, for messages.
func hexStart(_ bytes: [UInt8]) -> String {
  if bytes.isEmpty { return "nothing" }
  let digits = Array("0123456789ABCDEF")
  return bytes.prefix(6).map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined(separator: " ")
}
