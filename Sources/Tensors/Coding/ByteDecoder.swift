/// Bytes that are not those of a value.
package enum ByteCodingError: Error, Hashable, Sendable {
  /// Fewer bytes than were announced.
  case short
  /// A number, name or size that the value cannot have.
  case malformed
  /// Parts of parts of parts, more than any value has.
  case deep
}

/// Reads what `ByteEncoder` has written.
///
/// Counts are held against the bytes that are left, so that bytes of another origin end in an error. What is read has the
/// form that its declaration says; whether its numbers go together is for the type to look at.
package final class ByteDecoder {
  private let bytes: [UInt8]
  package private(set) var position: Int
  private let tensors: [Tensor]?
  private var objects: [any SharedPart] = []
  private var depth = 0
  /// Set where a value was read that the form does not know, by what cannot throw.
  fileprivate var isMalformed = false

  private static let depthMax = 200

  /// - Parameters:
  ///   - position: where the first value begins.
  ///   - tensors: what places stand for; nil where tensors are written with their elements.
  package init(_ bytes: [UInt8], from position: Int = 0, tensors: [Tensor]? = nil) {
    (self.bytes, self.position, self.tensors) = (bytes, position, tensors)
  }

  /// The next value.
  ///
  /// - Throws: `ByteCodingError`, or what the type itself refuses.
  package func read<T: Decodable>(_ type: T.Type) throws -> T {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.depthMax else { throw ByteCodingError.deep }
    let value = try unchecked(type)
    if isMalformed { throw ByteCodingError.malformed }
    return value
  }

  private func unchecked<T: Decodable>(_ type: T.Type) throws -> T {
    if type is any OptionalValue.Type { return try T(from: ByteSource(self)) }
    let value: Any? =
      switch type {
      case is Int.Type: try whole()
      case is Double.Type: Double(bitPattern: try word())
      case is Bool.Type: try flag()
      case is UInt8.Type: try byte()
      case is Int32.Type: Int32(exactly: try whole())
      case is UInt64.Type: try word()
      case is String.Type: try text()
      case is [Double].Type: try numbers()
      case is Tensor.Type: try tensor()
      default: nil
      }
    if let known = value as? T { return known }
    if let shared = type as? any SharedPart.Type {
      guard let object = try sharedPart(shared) as? T else { throw ByteCodingError.malformed }
      return object
    }
    if value == nil, type is Int32.Type { throw ByteCodingError.malformed }
    return try T(from: ByteSource(self))
  }

  func byte() throws(ByteCodingError) -> UInt8 {
    guard position < bytes.count else { throw .short }
    defer { position += 1 }
    return bytes[position]
  }

  func flag() throws(ByteCodingError) -> Bool {
    switch try byte() {
    case 0: false
    case 1: true
    default: throw .malformed
    }
  }

  func word() throws(ByteCodingError) -> UInt64 {
    guard bytes.count - position >= 8 else { throw .short }
    defer { position += 8 }
    return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self)) }
  }

  private func whole() throws(ByteCodingError) -> Int { Int(Int64(bitPattern: try word())) }

  /// A number of things that take at least `size` bytes each, so that there can be as many in what is left.
  func count(of size: Int) throws(ByteCodingError) -> Int {
    let count = try whole()
    guard count >= 0, count <= (bytes.count - position) / size else { throw .short }
    return count
  }

  private func text() throws(ByteCodingError) -> String {
    let count = try count(of: 1)
    defer { position += count }
    guard let text = String(validating: bytes[position..<(position + count)], as: UTF8.self) else { throw .malformed }
    return text
  }

  private func numbers() throws(ByteCodingError) -> [Double] {
    let count = try count(of: 8)
    var result: [Double] = []
    result.reserveCapacity(count)
    for _ in 0..<count { result.append(Double(bitPattern: try word())) }
    return result
  }

  private func tensor() throws(ByteCodingError) -> Tensor {
    guard let tensors else { return try elements() }
    let place = try whole()
    guard tensors.indices.contains(place) else { throw .malformed }
    return tensors[place]
  }

  private func elements() throws(ByteCodingError) -> Tensor {
    guard let dtype = DType(rawValue: UInt8(clamping: try whole())) else { throw .malformed }
    var sizes: [Int] = []
    // Strides are products of the sizes too, so those beside a 0 must not overflow either.
    var product = dtype.byteCount
    for _ in 0..<(try count(of: 8)) {
      let size = try whole()
      let (next, overflow) = product.multipliedReportingOverflow(by: max(1, size))
      guard size >= 0, !overflow else { throw .malformed }
      sizes.append(size)
      product = next
    }
    let type = TensorType(Shape(sizes), dtype)
    guard type.shape.count <= (bytes.count - position) / dtype.byteCount else { throw .short }
    defer { position += type.byteCount }
    guard let tensor = Tensor(rawBytes: bytes[position..<(position + type.byteCount)], type: type) else {
      throw .malformed
    }
    return tensor
  }

  private func sharedPart(_ type: any SharedPart.Type) throws -> any SharedPart {
    let number = try whole()
    guard number == 0 else {
      guard objects.indices.contains(number - 1) else { throw ByteCodingError.malformed }
      return objects[number - 1]
    }
    let object = try type.init(from: ByteSource(self))
    objects.append(object)
    return object
  }
}

/// The form in which `Codable` takes its parts.
struct ByteSource: Decoder {
  let decoder: ByteDecoder
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  init(_ decoder: ByteDecoder) { self.decoder = decoder }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(KeyedSource(decoder: decoder))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try ListSource(decoder) }
  func singleValueContainer() -> any SingleValueDecodingContainer { SingleSource(decoder: decoder) }
}

private final class CaseName {
  var text: String?
}

private struct KeyedSource<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: ByteDecoder
  let codingPath: [any CodingKey] = []
  /// The case of an enum, once it has been asked for.
  private let name = CaseName()

  init(decoder: ByteDecoder) { self.decoder = decoder }

  /// Asked for by enums alone: the one case that is there.
  var allKeys: [Key] {
    if name.text == nil { name.text = try? decoder.read(String.self) }
    return name.text.flatMap { Key(stringValue: $0) }.map { [$0] } ?? []
  }

  func contains(_ key: Key) -> Bool { true }
  func decodeNil(forKey key: Key) throws -> Bool { try !decoder.flag() }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder.read(type) }
  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? { try decoder.read(T?.self) }
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try decoder.read(Bool?.self) }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try decoder.read(String?.self) }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try decoder.read(Double?.self) }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try decoder.read(Int?.self) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    if name.text == nil { name.text = try decoder.read(String.self) }
    guard name.text == key.stringValue else { throw ByteCodingError.malformed }
    return KeyedDecodingContainer(KeyedSource<Nested>(decoder: decoder))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try ListSource(decoder) }
  func superDecoder() -> any Decoder { ByteSource(decoder) }
  func superDecoder(forKey key: Key) -> any Decoder { ByteSource(decoder) }
}

private struct ListSource: UnkeyedDecodingContainer {
  private let decoder: ByteDecoder
  let count: Int?
  private(set) var currentIndex = 0
  let codingPath: [any CodingKey] = []

  /// Elements without any bytes are not written in lists, so that a list has no more elements than bytes.
  init(_ decoder: ByteDecoder) throws {
    self.decoder = decoder
    count = try decoder.count(of: 1)
  }

  var isAtEnd: Bool { currentIndex >= (count ?? 0) }

  private mutating func next() throws {
    guard !isAtEnd else { throw ByteCodingError.short }
    currentIndex += 1
  }

  mutating func decodeNil() throws -> Bool {
    try next()
    return try !decoder.flag()
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try next()
    return try decoder.read(type)
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try next()
    return KeyedDecodingContainer(KeyedSource<Nested>(decoder: decoder))
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next()
    return try ListSource(decoder)
  }

  mutating func superDecoder() throws -> any Decoder {
    try next()
    return ByteSource(decoder)
  }
}

private struct SingleSource: SingleValueDecodingContainer {
  let decoder: ByteDecoder
  let codingPath: [any CodingKey] = []

  func decodeNil() -> Bool {
    do { return try !decoder.flag() } catch {
      decoder.isMalformed = true
      return true
    }
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.read(type) }
}
