/// Writes NumPy's NPY files: version 1.0, little-endian, row-major, the header padded to a multiple of 64 bytes.
package enum NPYWriter {
  /// An array of f64.
  ///
  /// - Precondition: `values.count` is the product of `sizes`.
  package static func encode(sizes: [Int], values: [Double]) -> [UInt8] {
    precondition(values.count == sizes.reduce(1, *), "the values must fill the shape")
    var output = header(sizes: sizes, type: "<f8")
    output.reserveCapacity(output.count + 8 * values.count)
    for value in values { append(value.bitPattern, to: &output) }
    return output
  }

  /// An array of 64-bit whole numbers.
  ///
  /// - Precondition: `integers.count` is the product of `sizes`.
  package static func encode(sizes: [Int], integers: [Int]) -> [UInt8] {
    precondition(integers.count == sizes.reduce(1, *), "the values must fill the shape")
    var output = header(sizes: sizes, type: "<i8")
    for value in integers { append(UInt64(bitPattern: Int64(value)), to: &output) }
    return output
  }

  private static func header(sizes: [Int], type: String) -> [UInt8] {
    let tuple = sizes.map(String.init).joined(separator: ", ") + (sizes.count == 1 ? "," : "")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(tuple)), }"
    // Magic, version, length and the line's end take 11 bytes.
    let padding = (64 - (text.utf8.count + 11) % 64) % 64
    text += String(repeating: " ", count: padding) + "\n"
    let length = text.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }

  private static func append(_ bits: UInt64, to output: inout [UInt8]) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) { output.append(UInt8(truncatingIfNeeded: bits >> shift)) }
  }
}
