/// Reads CIFAR's binary files: records of a label (CIFAR-100: coarse and fine label), then 3 × 32 × 32 bytes.
///
/// Channels come first, as stored: features are [n, 3, 32, 32] with values 0 to 255.
///
/// Reference: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
package enum CIFARReader {
  /// Which of the two data sets a file belongs to.
  package enum Kind: String, Hashable, Sendable {
    case cifar10, cifar100

    var labelBytes: Int { self == .cifar10 ? 1 : 2 }
    /// The classes of the last label byte, which is the one that is read.
    package var classCount: Int { self == .cifar10 ? 10 : 100 }
  }

  private static let pixels = 3 * 32 * 32

  /// Images [n, 3, 32, 32] and labels [n].
  package static func read(
    _ bytes: [UInt8], kind: Kind, file: String
  ) throws(DataError) -> (images: NumberArray, labels: NumberArray) {
    let record = kind.labelBytes + pixels
    guard !bytes.isEmpty else { throw DataError(file, .empty(what: "it is empty")) }
    guard bytes.count % record == 0 else {
      let meaning = "a record is \(kind.labelBytes == 1 ? "1 label byte" : "2 label bytes") and 3072 pixel bytes"
      throw DataError(file, .notAMultiple(bytes: bytes.count, record: record, meaning: meaning))
    }
    let count = bytes.count / record
    _ = try ElementCount.product([UInt64(count), UInt64(pixels)], file: file)
    try checkLabels(bytes, kind, record, file)
    var labels = [Double](repeating: 0, count: count)
    var images = [Double](repeating: 0, count: count * pixels)
    for row in 0..<count {
      let start = row * record + kind.labelBytes
      labels[row] = Double(bytes[start - 1])
      for pixel in 0..<pixels { images[row * pixels + pixel] = Double(bytes[start + pixel]) }
    }
    return (
      NumberArray(sizes: [count, 3, 32, 32], values: images), NumberArray(sizes: [count], values: labels)
    )
  }

  private static func checkLabels(_ bytes: [UInt8], _ kind: Kind, _ record: Int, _ file: String) throws(DataError) {
    for row in 0..<bytes.count / record {
      let label = Int(bytes[row * record + kind.labelBytes - 1])
      guard label < kind.classCount else {
        throw DataError(file, .badLabel(record: row, label: label, range: 0...kind.classCount - 1))
      }
      if kind == .cifar100, bytes[row * record] > 19 {
        throw DataError(file, .badLabel(record: row, label: Int(bytes[row * record]), range: 0...19))
      }
    }
  }
}
