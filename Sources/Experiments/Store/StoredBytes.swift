import Tensors

/// Writes numbers and texts as bytes.
struct ByteWriter {
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

  mutating func add(_ series: [Series]) {
    add(series.count)
    for one in series {
      add(one.name)
      add(one.axis.rawValue)
      add(one.positions)
      add(one.values)
    }
  }

  mutating func add(_ tensor: Tensor) {
    add(Int(tensor.dtype.rawValue))
    add(tensor.shape.sizes.map(Double.init))
    bytes += tensor.rawBytes
  }

  mutating func add(_ ending: RunEnding) {
    switch ending {
    case .completed: add(0)
    case .stopped(let step):
      add(1)
      add(step)
    case .diverged(let step, let slot, let operation, _):
      add(2)
      add(step)
      add(slot)
      add(operation)
    case .interrupted(let step):
      add(3)
      add(step)
    }
  }

  private mutating func add(_ word: UInt64) {
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(shift)))) }
  }
}

/// Reads them back.
struct StoredBytes {
  /// Fewer bytes than were announced, or others than were expected.
  struct Short: Error {}

  let bytes: [UInt8]
  var position: Int

  mutating func word() throws(Short) -> UInt64 {
    guard position + 8 <= bytes.count else { throw Short() }
    defer { position += 8 }
    return (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[position + $1]) << (8 * UInt64($1)) }
  }

  mutating func whole() throws(Short) -> Int { Int(Int64(bitPattern: try word())) }

  /// A whole number that counts something that has happened: from 0 on, and small enough to be added to.
  mutating func count() throws(Short) -> Int {
    let count = try whole()
    guard count >= 0, count <= 1 << 53 else { throw Short() }
    return count
  }

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

  mutating func series() throws(Short) -> [Series] {
    var result: [Series] = []
    // Two texts and two lists, each with a length at least.
    for _ in 0..<(try length(of: 32)) {
      let name = try text()
      guard let axis = SeriesAxis(rawValue: try text()) else { throw Short() }
      let (positions, values) = (try numbers(), try numbers())
      guard positions.count == values.count else { throw Short() }
      result.append(Series(name: name, axis: axis, positions: positions, values: values))
    }
    return result
  }

  mutating func tensor() throws(Short) -> Tensor {
    guard let dtype = DType(rawValue: UInt8(clamping: try whole())) else { throw Short() }
    let shape = Shape(try sizes())
    // Strides are products of the sizes too, so those beside a 0 must not overflow either.
    let (_, overflow) = shape.sizes.reduce((dtype.byteCount, false)) { total, next in
      let (product, over) = total.0.multipliedReportingOverflow(by: max(1, next))
      return (product, total.1 || over)
    }
    guard !overflow, shape.count <= (bytes.count - position) / dtype.byteCount else { throw Short() }
    let size = shape.count * dtype.byteCount
    defer { position += size }
    guard let tensor = Tensor(rawBytes: bytes[position..<(position + size)], type: TensorType(shape, dtype)) else {
      throw Short()
    }
    return tensor
  }

  /// Sizes of a tensor, each a whole number from 0 on that is written as f64.
  private mutating func sizes() throws(Short) -> [Int] {
    var sizes: [Int] = []
    for number in try numbers() {
      guard let size = Int(exactly: number), size >= 0 else { throw Short() }
      sizes.append(size)
    }
    return sizes
  }

  mutating func ending() throws(Short) -> RunEnding {
    let kind = try whole()
    guard kind != 0 else { return .completed }
    let step = try whole()
    switch kind {
    case 1: return .stopped(step: step)
    case 2: return .diverged(step: step, slot: try text(), operation: try text(), origin: 0)
    default: return .interrupted(step: step)
    }
  }

  /// A number of things that take at least `size` bytes each, so that there can be as many in what is left.
  mutating func length(of size: Int) throws(Short) -> Int {
    let count = try whole()
    guard count >= 0, count <= (bytes.count - position) / size else { throw Short() }
    return count
  }
}
