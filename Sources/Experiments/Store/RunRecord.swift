package import Tensors

/// What a run that has ended leaves behind, as it is kept between executions of a program.
package struct RunRecord: Sendable {
  package var series: [Series]
  /// Last value of every slot, by path.
  package var finals: [(path: String, tensor: Tensor)]
  package var ending: RunEnding
  package var stepCount: Int
  /// For a divergence the words of the script that gave the first value that is not finite.
  package var cause: String

  package init(
    series: [Series], finals: [(path: String, tensor: Tensor)], ending: RunEnding, stepCount: Int, cause: String = ""
  ) {
    self.series = series
    self.finals = finals
    self.ending = ending
    self.stepCount = stepCount
    self.cause = cause
  }
}

// MARK: - As bytes

/// The form of an entry:
///
///     entry  ::= "descent run 1\n" key length payload digest
///     series ::= name axis count position* value*
///     final  ::= path dtype rank size* element*
///
/// Whole numbers have 64 bits, little end first, texts and lists their length before them, and the digest is that of all
/// bytes before it.
extension RunRecord {
  private static let magic = Array("descent run 1\n".utf8)

  /// The bytes of an entry under a key.
  package func encoded(key: String) -> [UInt8] {
    var writer = ByteWriter()
    writer.bytes = Self.magic
    writer.add(key)
    writer.add(stepCount)
    writer.add(cause)
    writer.add(ending)
    writer.add(series)
    writer.add(finals.count)
    for (path, tensor) in finals {
      writer.add(path)
      writer.add(tensor)
    }
    var digest = Digest()
    digest.add(writer.bytes)
    return writer.bytes + digest.bytes
  }

  /// The record of an entry; nil where the bytes are not one for this key, whole and undamaged.
  package init?(bytes: [UInt8], key: String) {
    guard bytes.count > Self.magic.count + 32, bytes.starts(with: Self.magic) else { return nil }
    var digest = Digest()
    digest.add(Array(bytes.dropLast(32)))
    guard digest.bytes == Array(bytes.suffix(32)) else { return nil }
    var reader = StoredBytes(bytes: bytes, position: Self.magic.count)
    do {
      guard try reader.text() == key else { return nil }
      stepCount = try reader.count()
      cause = try reader.text()
      ending = try reader.ending()
      series = try reader.series()
      finals = []
      for _ in 0..<(try reader.length(of: 24)) { finals.append((try reader.text(), try reader.tensor())) }
    } catch { return nil }
  }
}
