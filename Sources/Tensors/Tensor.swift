import CKernels

/// A dense array of numbers: shape, element type, and elements in row-major order.
///
/// Tensors are values: a copy shares its elements until one of the two is written to.
package struct Tensor: Sendable {
  package private(set) var shape: Shape
  package let dtype: DType
  private var storage: Storage
  /// Whether the elements are conditions, 0 or 1, by how they came about.
  package private(set) var holdsTruth = false

  private init(_ shape: Shape, _ dtype: DType, _ storage: Storage) {
    self.shape = shape
    self.dtype = dtype
    self.storage = storage
  }

  /// Uninitialised elements that `fill` has to write, all of them.
  ///
  /// - Throws: `MemoryError` where the elements do not fit.
  package init(
    _ type: TensorType, filledBy fill: (UnsafeMutableRawPointer) -> Void
  ) throws(MemoryError) {
    let storage = try Storage(byteCount: Memory.byteCount(of: type))
    fill(storage.start)
    self.init(type.shape, type.dtype, storage)
  }

  /// A tensor of real numbers, or of whole numbers truncated from `values`, in row-major order.
  ///
  /// Precondition: as many values as the shape has elements. Counts towards the memory limit but is never
  /// refused: the values exist already.
  package init(_ values: [Double], shape: Shape, dtype: DType = .f64) {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    let storage = Storage(beyondLimit: values.count * dtype.byteCount)
    values.withUnsafeBufferPointer { buffer in
      guard let from = buffer.baseAddress else { return }
      Tensor.convert(from, .f64, storage.start, dtype, buffer.count)
    }
    self.init(shape, dtype, storage)
  }

  /// A tensor of whole numbers in row-major order.
  ///
  /// Precondition: as many values as the shape has elements.
  package init(integers values: [Int], shape: Shape) {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    let storage = Storage(beyondLimit: values.count * 8)
    values.withUnsafeBytes { bytes in
      guard let from = bytes.baseAddress else { return }
      storage.start.copyMemory(from: from, byteCount: bytes.count)
    }
    self.init(shape, .i64, storage)
  }

  /// A copy of `count` elements in memory.
  ///
  /// - Throws: `MemoryError` where the elements do not fit.
  package init(copying start: UnsafeRawPointer, _ type: TensorType) throws(MemoryError) {
    try self.init(type) { $0.copyMemory(from: start, byteCount: type.byteCount) }
  }

  /// A copy of elements that a plan holds: counts towards the memory limit but is never refused.
  package init(existing start: UnsafeRawPointer, _ type: TensorType) {
    let storage = Storage(beyondLimit: type.byteCount)
    storage.start.copyMemory(from: start, byteCount: type.byteCount)
    self.init(type.shape, type.dtype, storage)
  }

  /// The same, but nil where `flag` is set before all is copied.
  package init?(existing start: UnsafeRawPointer, _ type: TensorType, unless flag: UnsafePointer<Int32>?) {
    let storage = Storage(beyondLimit: type.byteCount), partMax = 1 << 23
    for first in stride(from: 0, to: type.byteCount, by: partMax) {
      if let flag, flag.pointee != 0 { return nil }
      (storage.start + first).copyMemory(from: start + first, byteCount: min(partMax, type.byteCount - first))
    }
    self.init(type.shape, type.dtype, storage)
  }

  /// Elements at the start of memory that is written to no longer, or by this tensor alone; nothing is copied.
  package init(in storage: Storage, _ type: TensorType) {
    precondition(storage.byteCount >= type.byteCount, "\(storage.byteCount) bytes for \(type)")
    self.init(type.shape, type.dtype, storage)
  }

  /// A single number without axes.
  package static func scalar(_ value: Double, dtype: DType = .f64) -> Tensor {
    Tensor([value], shape: .scalar, dtype: dtype)
  }

  /// All elements 0.
  ///
  /// - Throws: `MemoryError` where the elements do not fit.
  package static func zeros(_ type: TensorType) throws(MemoryError) -> Tensor {
    let storage = try Storage(byteCount: Memory.byteCount(of: type))
    storage.clear()
    return Tensor(in: storage, type)
  }

  /// All elements `value`.
  ///
  /// - Throws: `MemoryError` where the elements do not fit.
  package static func filled(_ value: Double, _ type: TensorType) throws(MemoryError) -> Tensor {
    if value.bitPattern == 0 { return try zeros(type) }
    return try Tensor(type) { start in
      switch type.dtype {
      case .f64: ck_fill_f64(start.assumingMemoryBound(to: Double.self), value, type.count)
      case .f32: ck_fill_f32(start.assumingMemoryBound(to: Float.self), Float(value), type.count)
      case .i64: ck_fill_i64(start.assumingMemoryBound(to: Int64.self), Tensor.whole(value), type.count)
      }
    }
  }

  package var type: TensorType { TensorType(shape, dtype) }
  package var count: Int { shape.count }
  package var byteCount: Int { count * dtype.byteCount }

  /// Equal for tensors that share their elements.
  package var identity: ObjectIdentifier { ObjectIdentifier(storage) }

  /// The same elements in another shape of as many; nothing is copied.
  package func reshaped(_ shape: Shape) -> Tensor {
    precondition(shape.count == count, "\(self.shape) cannot take shape \(shape)")
    var result = self
    result.shape = shape
    return result
  }

  /// The same elements as conditions.
  package func holdingTruth() -> Tensor {
    var result = self
    result.holdsTruth = true
    return result
  }

  // MARK: Memory

  /// Reads the elements.
  ///
  /// The pointer is good only within `body`.
  package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    let result = try body(UnsafeRawBufferPointer(start: storage.start, count: byteCount))
    withExtendedLifetime(storage) {}
    return result
  }

  /// Reads and writes the elements, copied first if they are shared.
  ///
  /// The pointer is good only within `body`.
  package mutating func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    makeUnique()
    let result = try body(UnsafeMutableRawBufferPointer(start: storage.start, count: byteCount))
    withExtendedLifetime(storage) {}
    return result
  }

  /// Where the elements are, valid while this tensor or a copy of it lives and is not written to.
  package var unsafeStart: UnsafeMutableRawPointer { storage.start }

  private mutating func makeUnique() {
    if isKnownUniquelyReferenced(&storage) { return }
    let copy = Storage(beyondLimit: byteCount)
    copy.start.copyMemory(from: storage.start, byteCount: byteCount)
    storage = copy
  }
}
