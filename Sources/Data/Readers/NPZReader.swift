/// Reads NumPy's NPZ files: zip archives of NPY arrays, as `savez` and `savez_compressed` write them.
package enum NPZReader {
  /// Whether the bytes start like a zip archive.
  package static func matches(_ bytes: [UInt8]) -> Bool { ZipReader.matches(bytes) }

  /// The names of the arrays in the order of the file.
  package static func names(_ bytes: [UInt8], file: String) throws(DataError) -> [String] {
    try archive(bytes, file).entries.map { name($0) }
  }

  /// Some arrays, or all, in the order of the file; the others are not looked at, whatever they hold.
  package static func read(
    _ bytes: [UInt8], only wanted: [String]? = nil, file: String
  ) throws(DataError) -> [(name: String, array: NumberArray)] {
    let archive = try archive(bytes, file)
    var arrays: [(name: String, array: NumberArray)] = []
    for entry in archive.entries where wanted?.contains(name(entry)) ?? true {
      arrays.append((name(entry), try array(of: entry, in: archive)))
    }
    return arrays
  }

  /// One array by its name.
  package static func read(_ bytes: [UInt8], array wanted: String, file: String) throws(DataError) -> NumberArray {
    let archive = try archive(bytes, file)
    guard let entry = archive.entries.first(where: { name($0) == wanted }) else {
      throw DataError(file, .noSuchArray(wanted: wanted, available: archive.entries.map { name($0) }))
    }
    return try array(of: entry, in: archive)
  }

  private static func archive(_ bytes: [UInt8], _ file: String) throws(DataError) -> ZipReader {
    guard matches(bytes) else {
      throw DataError(file, .notThisFormat(format: "an NPZ", expected: "50 4B 03 04", found: hexStart(bytes)))
    }
    return try ZipReader(bytes, file: file)
  }

  private static func array(of entry: ZipReader.Entry, in archive: ZipReader) throws(DataError) -> NumberArray {
    try NPYReader.read(try archive.content(of: entry), file: "\(archive.file)/\(entry.name)")
  }

  private static func name(_ entry: ZipReader.Entry) -> String {
    entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
  }
}
