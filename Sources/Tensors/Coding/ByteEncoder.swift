/// A class whose instances are written once, however many values hold them, and are one again when they are read.
package protocol SharedPart: AnyObject, Codable {}

/// How the elements of tensors are written.
package enum TensorForm {
  /// Element type, sizes and elements.
  case elements
  /// Their place in a list of different tensors, which `ByteEncoder.tensors` holds.
  case places
  /// A digest of each, given by the caller, who may remember those of large ones.
  case digests((Tensor) -> [UInt8])
}

/// Writes values as bytes: all stored properties in the order in which they are declared.
///
/// The compiler derives what is written from the declarations (`Codable`), so that no property can be forgotten, neither
/// in a digest nor in a file. Whole numbers have 64 bits, little end first, real numbers their bits, texts and lists
/// their length before them, and enums the name of their case.
package final class ByteEncoder {
  package private(set) var bytes: [UInt8] = []
  /// Different tensors in the order in which they came, where they are written as places.
  package private(set) var tensors: [Tensor] = []
  private let form: TensorForm
  private var places: [TensorKey: Int] = [:]
  private var objects: [ObjectIdentifier: Int] = [:]

  /// An encoder that has written nothing.
  package init(_ form: TensorForm = .elements) { self.form = form }

  /// The bytes of a value.
  package static func bytes(of value: some Encodable, _ form: TensorForm = .elements) -> [UInt8] {
    let encoder = ByteEncoder(form)
    encoder.write(value)
    return encoder.bytes
  }

  /// Writes a value behind what is there.
  ///
  /// Nothing that is written this way can fail: an error is a mistake of the program.
  package func write(_ value: some Encodable) {
    do { try add(value) } catch { preconditionFailure("\(type(of: value)): \(error)") }
  }

  func add<T: Encodable>(_ value: T) throws {
    switch value {
    // An optional whose type is `T` is told apart by its type: as a value it passes for what is in it.
    case _ where T.self is any OptionalValue.Type: try value.encode(to: ByteSink(self, isOptional: true))
    case let number as Int: add(UInt64(bitPattern: Int64(number)))
    case let number as Double: add(number.bitPattern)
    case let text as String:
      add(UInt64(text.utf8.count))
      bytes += text.utf8
    case let numbers as [Double]:
      add(UInt64(numbers.count))
      bytes.reserveCapacity(bytes.count + 8 * numbers.count)
      for number in numbers { add(number.bitPattern) }
    case let tensor as Tensor: add(tensor)
    case let object as any SharedPart: try addShared(object)
    default: try value.encode(to: ByteSink(self))
    }
  }

  func add(_ word: UInt64) {
    withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
  }

  func add(byte: UInt8) { bytes.append(byte) }

  /// Room for a number that is not known yet.
  func reserveCount() -> Int {
    add(0 as UInt64)
    return bytes.count - 8
  }

  func set(count: Int, at place: Int) {
    withUnsafeBytes(of: UInt64(count).littleEndian) { bytes.replaceSubrange(place..<(place + 8), with: $0) }
  }

  private func add(_ tensor: Tensor) {
    switch form {
    case .elements: addElements(of: tensor)
    case .places:
      let key = TensorKey(identity: tensor.identity, type: tensor.type)
      let place = places[key] ?? tensors.count
      if place == tensors.count {
        places[key] = place
        tensors.append(tensor)
      }
      add(UInt64(place))
    case .digests(let digest): bytes += digest(tensor)
    }
  }

  /// Element type, number of sizes, sizes and elements.
  private func addElements(of tensor: Tensor) {
    add(UInt64(tensor.dtype.rawValue))
    add(UInt64(tensor.shape.rank))
    for size in tensor.shape.sizes { add(UInt64(size)) }
    tensor.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// One more than the number of an object that was written before, or 0 and the object.
  private func addShared(_ object: any SharedPart) throws {
    if let number = objects[ObjectIdentifier(object)] { return add(UInt64(number + 1)) }
    add(0 as UInt64)
    try object.encode(to: ByteSink(self))
    objects[ObjectIdentifier(object)] = objects.count
  }
}

/// What two tensors must share to be one.
private struct TensorKey: Hashable {
  var identity: ObjectIdentifier
  var type: TensorType
}

/// Any `Optional`.
protocol OptionalValue {}
extension Optional: OptionalValue {}

/// The form in which `Codable` hands its parts over.
struct ByteSink: Encoder {
  let encoder: ByteEncoder
  private let isOptional: Bool
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  init(_ encoder: ByteEncoder, isOptional: Bool = false) {
    (self.encoder, self.isOptional) = (encoder, isOptional)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(KeyedSink(encoder: encoder))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer { ListSink(encoder) }
  func singleValueContainer() -> any SingleValueEncodingContainer {
    SingleSink(encoder: encoder, isOptional: isOptional)
  }
}

/// Properties one after the other; what has names is a case of an enum.
private struct KeyedSink<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: ByteEncoder
  let codingPath: [any CodingKey] = []

  func encodeNil(forKey key: Key) { encoder.add(byte: 0) }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try encoder.add(value) }

  func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws { try encoder.add(value) }
  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try encoder.add(value) }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws { try encoder.add(value) }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try encoder.add(value) }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try encoder.add(value) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested>
  {
    encoder.write(key.stringValue)
    return KeyedEncodingContainer(KeyedSink<Nested>(encoder: encoder))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { ListSink(encoder) }
  func superEncoder() -> any Encoder { ByteSink(encoder) }
  func superEncoder(forKey key: Key) -> any Encoder { ByteSink(encoder) }
}

/// The number of elements, then the elements.
private struct ListSink: UnkeyedEncodingContainer {
  private let encoder: ByteEncoder
  private let place: Int
  private(set) var count = 0
  let codingPath: [any CodingKey] = []

  init(_ encoder: ByteEncoder) {
    self.encoder = encoder
    place = encoder.reserveCount()
  }

  private mutating func next() {
    count += 1
    encoder.set(count: count, at: place)
  }

  mutating func encodeNil() {
    next()
    encoder.add(byte: 0)
  }

  mutating func encode<T: Encodable>(_ value: T) throws {
    next()
    try encoder.add(value)
  }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    next()
    return KeyedEncodingContainer(KeyedSink<Nested>(encoder: encoder))
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    next()
    return ListSink(encoder)
  }

  mutating func superEncoder() -> any Encoder {
    next()
    return ByteSink(encoder)
  }
}

/// One value; that of an optional behind a byte that says whether there is one.
private struct SingleSink: SingleValueEncodingContainer {
  let encoder: ByteEncoder
  let isOptional: Bool
  let codingPath: [any CodingKey] = []

  func encodeNil() { encoder.add(byte: 0) }

  func encode<T: Encodable>(_ value: T) throws {
    if isOptional { encoder.add(byte: 1) }
    switch value {
    case let flag as Bool: encoder.add(byte: flag ? 1 : 0)
    case let number as UInt8: encoder.add(byte: number)
    case let number as Int32: encoder.add(UInt64(bitPattern: Int64(number)))
    case let number as UInt64: encoder.add(number)
    default: try encoder.add(value)
    }
  }
}
