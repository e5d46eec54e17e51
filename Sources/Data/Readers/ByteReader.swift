/// Reads whole numbers from bytes without ever leaving them.
struct ByteReader {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The unsigned number in `width` bytes (at most 8) at `offset`, or nil where the bytes end before.
  func unsigned(at offset: Int, width: Int, bigEndian: Bool = false) -> UInt64? {
    guard offset >= 0, offset <= bytes.count - width else { return nil }
    var value: UInt64 = 0
    for index in 0..<width {
      value = value << 8 | UInt64(bytes[offset + (bigEndian ? index : width - 1 - index)])
    }
    return value
  }

  /// Little-endian, 2 bytes.
  func short(at offset: Int) -> Int? { unsigned(at: offset, width: 2).map(Int.init) }

  /// Little-endian, 4 bytes.
  func word(at offset: Int) -> Int? { unsigned(at: offset, width: 4).map(Int.init) }
}

/// Products and limits of counts that a file promises.
enum ElementCount {
  /// Most elements of one tensor: 2³¹.
  static let limit = 1 << 31

  /// The product of sizes from a file, refused where it overflows or exceeds the limit of one tensor.
  ///
  /// Sizes beside a 0 are refused where their own product overflows: strides are products of them too.
  static func product(_ sizes: [UInt64], file: String) throws(DataError) -> Int {
    var product: UInt64 = 1
    for size in sizes {
      let (value, overflow) = product.multipliedReportingOverflow(by: max(1, size))
      guard !overflow, value <= UInt64(Int.max) else {
        throw DataError(file, .dimensionsOverflow(dimensions: sizes))
      }
      product = value
    }
    let count = sizes.contains(0) ? 0 : Int(product)
    guard count <= limit else { throw DataError(file, .tooManyElements(count: count, limit: limit)) }
    return count
  }

  /// `count × width` bytes; the count is within `limit`, so this cannot overflow.
  static func byteCount(_ count: Int, width: Int) -> Int { count * width }
}

/// The kinds of number that binary files hold, and their conversion to f64.
enum ElementKind: Hashable {
  case unsigned(Int)
  case signed(Int)
  case real(Int)
  case truth

  /// Bytes of one element.
  var width: Int {
    switch self {
    case .unsigned(let width), .signed(let width), .real(let width): width
    case .truth: 1
    }
  }

  /// Converts the element whose bytes, most significant first, are `bits`; nil where f64 cannot hold it exactly.
  func double(_ bits: UInt64) -> Double? {
    switch self {
    case .truth: return bits == 0 ? 0 : 1
    case .unsigned: return Double(exactly: bits)
    case .signed(let width):
      let shift = UInt64(64 - 8 * width)
      return Double(exactly: Int64(bitPattern: bits << shift) >> Int64(shift))
    case .real(2): return ElementKind.half(UInt16(truncatingIfNeeded: bits))
    case .real(4): return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .real: return Double(bitPattern: bits)
    }
  }

  /// The value of an IEEE 754 half-precision number.
  private static func half(_ bits: UInt16) -> Double {
    let sign: Double = bits >> 15 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Double(bits & 0x3FF)
    if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
    if exponent == 0 { return sign * fraction * 0x1p-24 }
    return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
  }

  /// Converts `count` elements that start at `offset`; the caller has checked that they are there.
  func doubles(
    _ reader: ByteReader, offset: Int, count: Int, bigEndian: Bool, file: String
  ) throws(DataError) -> [Double] {
    var values = [Double](repeating: 0, count: count)
    if self == .unsigned(1) {
      for index in 0..<count { values[index] = Double(reader.bytes[offset + index]) }
      return values
    }
    let width = self.width
    for index in 0..<count {
      let bits = reader.unsigned(at: offset + index * width, width: width, bigEndian: bigEndian) ?? 0
      guard let value = double(bits) else {
        let isSigned = self == .signed(8)
        let text = isSigned ? String(Int64(bitPattern: bits)) : String(bits)
        throw DataError(file, .inexactInteger(element: index, value: text))
      }
      values[index] = value
    }
    return values
  }
}
