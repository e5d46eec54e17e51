import CKernels
import Glibc

extension Tensor {
  /// All elements in row-major order, as real numbers.
  package func doubles() -> [Double] {
    withUnsafeBytes { bytes in
      [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
        initialized = count
        guard let to = buffer.baseAddress, let from = bytes.baseAddress else { return }
        Tensor.convert(from, dtype, UnsafeMutableRawPointer(to), .f64, count)
      }
    }
  }

  /// All elements in row-major order, as whole numbers; real ones are truncated, NaN becomes 0.
  package func integers() -> [Int] {
    withUnsafeBytes { bytes in
      [Int](unsafeUninitializedCapacity: count) { buffer, initialized in
        initialized = count
        guard let to = buffer.baseAddress, let from = bytes.baseAddress else { return }
        Tensor.convert(from, dtype, UnsafeMutableRawPointer(to), .i64, count)
      }
    }
  }

  /// The element at a row-major position as a real number.
  package func double(at position: Int) -> Double {
    precondition(position >= 0 && position < count, "position \(position) of \(count)")
    return withUnsafeBytes { bytes in
      switch dtype {
      case .f64: bytes.load(fromByteOffset: position * 8, as: Double.self)
      case .f32: Double(bytes.load(fromByteOffset: position * 4, as: Float.self))
      case .i64: Double(bytes.load(fromByteOffset: position * 8, as: Int64.self))
      }
    }
  }

  /// The element at a row-major position as a whole number; a real one is truncated.
  package func integer(at position: Int) -> Int {
    guard dtype == .i64 else { return Int(Tensor.whole(double(at: position))) }
    precondition(position >= 0 && position < count, "position \(position) of \(count)")
    return withUnsafeBytes { Int($0.load(fromByteOffset: position * 8, as: Int64.self)) }
  }

  /// Writes the element at a row-major position.
  package mutating func set(_ position: Int, _ value: Double) {
    precondition(position >= 0 && position < count, "position \(position) of \(count)")
    let dtype = dtype
    withUnsafeMutableBytes { bytes in
      switch dtype {
      case .f64: bytes.storeBytes(of: value, toByteOffset: position * 8, as: Double.self)
      case .f32: bytes.storeBytes(of: Float(value), toByteOffset: position * 4, as: Float.self)
      case .i64: bytes.storeBytes(of: Tensor.whole(value), toByteOffset: position * 8, as: Int64.self)
      }
    }
  }

  /// Writes a whole number at a row-major position, exactly.
  ///
  /// Precondition: the elements are whole numbers.
  package mutating func set(_ position: Int, whole value: Int) {
    precondition(dtype == .i64 && position >= 0 && position < count, "position \(position) of \(count)")
    withUnsafeMutableBytes { $0.storeBytes(of: Int64(value), toByteOffset: position * 8, as: Int64.self) }
  }

  /// The same numbers with another element type; the tensor itself where it has that type already.
  package func converted(to dtype: DType) -> Tensor {
    if dtype == self.dtype { return self }
    if self.dtype == .f64 && dtype == .f32 { return inSinglePrecision() }
    switch dtype {
    case .i64: return Tensor(integers: integers(), shape: shape)
    case .f64, .f32: return Tensor(doubles(), shape: shape, dtype: dtype)
    }
  }

  /// A copy of real numbers in single precision.
  ///
  /// Where all are 0 over a stretch, pages that the system gives out as zeros are left as they are: nobody writes to the
  /// start of an optimizer's state, which then takes no memory.
  private func inSinglePrecision() -> Tensor {
    let storage = Storage(beyondLimit: count * 4), stretch = 1 << 20
    storage.clear()
    withUnsafeBytes { bytes in
      guard let from = bytes.baseAddress else { return }
      for first in stride(from: 0, to: count, by: stretch) {
        let part = min(stretch, count - first), start = from + first * 8
        // Comparing with itself moved by one byte: all bytes are the first, which is 0.
        if start.load(as: UInt64.self) == 0, memcmp(start, start + 1, part * 8 - 1) == 0 { continue }
        Tensor.convert(start, .f64, storage.start + first * 4, .f32, part)
      }
    }
    return Tensor(in: storage, TensorType(shape, .f32))
  }

  /// Whether every element is a finite number.
  package var isFinite: Bool {
    withUnsafeBytes { bytes in bytes.baseAddress.map { Self.isFinite($0, type) } ?? true }
  }

  /// Whether every element of a type in memory is a finite number.
  package static func isFinite(_ start: UnsafeRawPointer, _ type: TensorType) -> Bool {
    switch type.dtype {
    case .f64: ck_all_finite_f64(start.assumingMemoryBound(to: Double.self), type.count) != 0
    case .f32: ck_all_finite_f32(start.assumingMemoryBound(to: Float.self), type.count) != 0
    case .i64: true
    }
  }

  /// Whether an element is not a number; nil where `goesOn`, which is asked now and then, says no.
  package func containsNaN(while goesOn: () -> Bool = { true }) -> Bool? {
    guard dtype.isReal else { return false }
    let partMax = 1 << 20
    return withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return false }
      for first in stride(from: 0, to: count, by: partMax) {
        guard goesOn() else { return nil }
        if Self.hasNaN(start + first * dtype.byteCount, dtype, min(partMax, count - first)) { return true }
      }
      return false
    }
  }

  /// Whether no element of a tensor of whole numbers is larger than `bound` in magnitude; nil where `goesOn`, which is asked
  /// now and then, says no.
  package func isWithin(_ bound: UInt, while goesOn: () -> Bool = { true }) -> Bool? {
    guard dtype == .i64 else { return false }
    let partMax = 1 << 16
    return withUnsafeBytes { bytes in
      let numbers = bytes.bindMemory(to: Int.self)
      for first in stride(from: 0, to: count, by: partMax) {
        guard goesOn() else { return nil }
        if numbers[first..<min(first + partMax, count)].contains(where: { $0.magnitude > bound }) { return false }
      }
      return true
    }
  }

  private static func hasNaN(_ start: UnsafeRawPointer, _ dtype: DType, _ count: Int) -> Bool {
    if dtype == .f32 {
      let numbers = start.assumingMemoryBound(to: Float.self)
      return ck_all_finite_f32(numbers, count) == 0 && (0..<count).contains { numbers[$0].isNaN }
    }
    let numbers = start.assumingMemoryBound(to: Double.self)
    return ck_all_finite_f64(numbers, count) == 0 && (0..<count).contains { numbers[$0].isNaN }
  }

  /// Towards zero, saturating; 0 for NaN.
  static func whole(_ value: Double) -> Int64 {
    if let exact = Int64(exactly: value.rounded(.towardZero)) { return exact }
    return value.isNaN ? 0 : value < 0 ? .min : .max
  }

  /// Converts `count` elements between any two types.
  static func convert(
    _ from: UnsafeRawPointer, _ fromType: DType, _ to: UnsafeMutableRawPointer, _ toType: DType, _ count: Int
  ) {
    let from64 = from.assumingMemoryBound(to: Double.self), to64 = to.assumingMemoryBound(to: Double.self)
    let from32 = from.assumingMemoryBound(to: Float.self), to32 = to.assumingMemoryBound(to: Float.self)
    let fromWhole = from.assumingMemoryBound(to: Int64.self), toWhole = to.assumingMemoryBound(to: Int64.self)
    switch (fromType, toType) {
    case (.f64, .f32): ck_f32_from_f64(to32, from64, count)
    case (.f32, .f64): ck_f64_from_f32(to64, from32, count)
    case (.i64, .f64): ck_f64_from_i64(to64, fromWhole, count)
    case (.i64, .f32): ck_f32_from_i64(to32, fromWhole, count)
    case (.f64, .i64): ck_i64_from_f64(toWhole, from64, count)
    case (.f32, .i64): ck_i64_from_f32(toWhole, from32, count)
    case (.f64, .f64), (.f32, .f32), (.i64, .i64): to.copyMemory(from: from, byteCount: count * toType.byteCount)
    }
  }
}

extension Tensor: Equatable {
  /// Same shape and type, and elements equal as numbers: NaN differs from itself, -0 equals 0.
  package static func == (a: Tensor, b: Tensor) -> Bool {
    guard a.shape == b.shape, a.dtype == b.dtype else { return false }
    return a.dtype == .i64 ? a.integers() == b.integers() : a.doubles() == b.doubles()
  }
}

extension Tensor {
  /// The elements as they lie in memory, little end first.
  package var rawBytes: [UInt8] { withUnsafeBytes { Array($0) } }

  /// The tensor whose elements are these bytes; nil when there are too few or too many.
  package init?(rawBytes: ArraySlice<UInt8>, type: TensorType) {
    guard rawBytes.count == type.count * type.dtype.byteCount else { return nil }
    self.init([Double](repeating: 0, count: type.count), shape: type.shape, dtype: type.dtype)
    withUnsafeMutableBytes { target in target.copyBytes(from: rawBytes) }
  }

  /// Whether shape, type and all bits are the same: NaN is itself, and −0 is not 0.
  package func hasSameBits(as other: Tensor) -> Bool {
    guard shape == other.shape, dtype == other.dtype else { return false }
    return withUnsafeBytes { a in other.withUnsafeBytes { b in a.elementsEqual(b) } }
  }
}

extension Tensor: CustomStringConvertible {
  /// Type and up to eight elements: `f64[3] 1.0 2.0 3.0`.
  package var description: String {
    let shown = (0..<min(count, 8)).map { dtype == .i64 ? "\(integer(at: $0))" : "\(double(at: $0))" }
    return "\(type) " + shown.joined(separator: " ") + (count > 8 ? " …" : "")
  }
}
