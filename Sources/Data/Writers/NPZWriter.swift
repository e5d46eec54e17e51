/// Writes NumPy's NPZ files: a zip archive of stored NPY arrays with fixed dates, so that equal data gives equal bytes.
package enum NPZWriter {
  /// Arrays in the given order, each under its name.
  ///
  /// - Throws: where the archive would exceed the 4 GiB of plain zip.
  package static func encode(
    _ arrays: [(name: String, sizes: [Int], values: [Double])], file: String
  ) throws(DataError) -> [UInt8] {
    try encode(files: arrays.map { ($0.name, NPYWriter.encode(sizes: $0.sizes, values: $0.values)) }, file: file)
  }

  /// NPY files in the given order, each under its name.
  ///
  /// - Throws: where the archive would exceed the 4 GiB of plain zip.
  package static func encode(files: [(name: String, content: [UInt8])], file: String) throws(DataError) -> [UInt8] {
    var output: [UInt8] = []
    var directory: [UInt8] = []
    for (name, content) in files {
      let offset = output.count
      guard offset + content.count < 0xFFFF_FFFF, files.count < 0xFFFF else {
        throw DataError(file, .unwritable(reason: "an archive holds at most 4 GiB; save arrays one by one as .npy"))
      }
      let fields = common(name: name + ".npy", content)
      output += bytes(0x0403_4B50, 4) + fields + Array((name + ".npy").utf8) + content
      // Version made by, the common fields, comment, disk, attributes, offset, name.
      directory += bytes(0x0201_4B50, 4) + bytes(20, 2) + fields + bytes(0, 2) + bytes(0, 2) + bytes(0, 2)
      directory += bytes(0, 4) + bytes(offset, 4) + Array((name + ".npy").utf8)
    }
    let end = bytes(0x0605_4B50, 4) + bytes(0, 4) + bytes(files.count, 2) + bytes(files.count, 2)
    return output + directory + end + bytes(directory.count, 4) + bytes(output.count, 4) + bytes(0, 2)
  }

  /// The fields that an entry and its directory record share: version, UTF-8 flag, stored, 1980-01-01 00:00,
  /// checksum, both sizes, length of the name, no extra field.
  private static func common(name: String, _ content: [UInt8]) -> [UInt8] {
    let version = bytes(20, 2) + bytes(0x0800, 2) + bytes(0, 2)
    let date = bytes(0, 2) + bytes(0x0021, 2)
    let sizes = bytes(Int(Gzip.checksum(content[...])), 4) + bytes(content.count, 4) + bytes(content.count, 4)
    return version + date + sizes + bytes(name.utf8.count, 2) + bytes(0, 2)
  }

  private static func bytes(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
