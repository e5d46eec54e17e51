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
    write(ending, to: &writer)
    writer.add(series.count)
    for one in series {
      writer.add(one.name)
      writer.add(one.axis.rawValue)
      writer.add(one.positions)
      writer.add(one.values)
    }
    writer.add(finals.count)
    for (path, tensor) in finals {
      writer.add(path)
      writer.add(Int(tensor.dtype.rawValue))
      writer.add(tensor.shape.sizes.map(Double.init))
      if tensor.dtype == .i64 { writer.add(whole: tensor.integers()) } else { writer.add(tensor.doubles()) }
    }
    var digest = Digest()
    digest.add(writer.bytes)
    return writer.bytes + digest.bytes
  }

  private func write(_ ending: RunEnding, to writer: inout ByteWriter) {
    switch ending {
    case .completed: writer.add(0)
    case .stopped(let step):
      writer.add(1)
      writer.add(step)
    case .diverged(let step, let slot, let operation, _):
      writer.add(2)
      writer.add(step)
      writer.add(slot)
      writer.add(operation)
    case .interrupted(let step):
      writer.add(3)
      writer.add(step)
    }
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
      stepCount = try reader.whole()
      cause = try reader.text()
      ending = try Self.ending(from: &reader)
      series = []
      for _ in 0..<(try reader.whole()) {
        let name = try reader.text()
        guard let axis = SeriesAxis(rawValue: try reader.text()) else { return nil }
        series.append(Series(name: name, axis: axis, positions: try reader.numbers(), values: try reader.numbers()))
      }
      finals = []
      for _ in 0..<(try reader.whole()) {
        let path = try reader.text()
        guard let dtype = DType(rawValue: UInt8(clamping: try reader.whole())) else { return nil }
        let shape = Shape(try reader.numbers().map { Int($0) })
        let isWhole = dtype == .i64
        let whole = isWhole ? try reader.wholeNumbers() : []
        let real = isWhole ? [] : try reader.numbers()
        guard max(whole.count, real.count) == shape.count else { return nil }
        let tensor = isWhole ? Tensor(integers: whole, shape: shape) : Tensor(real, shape: shape, dtype: dtype)
        finals.append((path, tensor))
      }
    } catch { return nil }
  }

  private static func ending(from reader: inout StoredBytes) throws(StoredBytes.Short) -> RunEnding {
    let kind = try reader.whole()
    guard kind != 0 else { return .completed }
    let step = try reader.whole()
    switch kind {
    case 1: return .stopped(step: step)
    case 2: return .diverged(step: step, slot: try reader.text(), operation: try reader.text(), origin: 0)
    default: return .interrupted(step: step)
    }
  }
}

/// Writes numbers and texts as bytes.
private struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }

  mutating func add(_ text: String) {
    add(text.utf8.count)
    bytes += text.utf8
  }

  mutating func add(_ numbers: [Double]) {
    add(numbers.count)
    bytes.reserveCapacity(bytes.count + 8 * numbers.count)
    for number in numbers { add(number.bitPattern) }
  }

  mutating func add(whole numbers: [Int]) {
    add(numbers.count)
    for number in numbers { add(number) }
  }

  private mutating func add(_ word: UInt64) {
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(shift)))) }
  }
}

/// Reads them back.
private struct StoredBytes {
  /// Fewer bytes than were announced.
  struct Short: Error {}

  let bytes: [UInt8]
  var position: Int

  mutating func word() throws(Short) -> UInt64 {
    guard position + 8 <= bytes.count else { throw Short() }
    defer { position += 8 }
    return (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[position + $1]) << (8 * UInt64($1)) }
  }

  mutating func whole() throws(Short) -> Int { Int(Int64(bitPattern: try word())) }

  mutating func text() throws(Short) -> String {
    let count = try length(of: 1)
    defer { position += count }
    return String(decoding: bytes[position..<(position + count)], as: UTF8.self)
  }

  mutating func numbers() throws(Short) -> [Double] {
    var result: [Double] = []
    for _ in 0..<(try length(of: 8)) { result.append(Double(bitPattern: try word())) }
    return result
  }

  mutating func wholeNumbers() throws(Short) -> [Int] {
    var result: [Int] = []
    for _ in 0..<(try length(of: 8)) { result.append(try whole()) }
    return result
  }

  private mutating func length(of size: Int) throws(Short) -> Int {
    let count = try whole()
    guard count >= 0, count <= (bytes.count - position) / size else { throw Short() }
    return count
  }
}
