import Tensors

/// Zeroed memory on a 64-byte boundary, with room for a whole vector after the end.
final class Block {
  private let storage: Storage
  let byteCount: Int

  init(byteCount: Int) throws(EngineError) {
    self.byteCount = byteCount
    do { storage = try Storage(byteCount: byteCount + 64) } catch { throw .outOfMemory(error) }
    storage.clear()
  }

  /// A copy of a block with its contents.
  convenience init(copying other: Block) throws(EngineError) {
    try self.init(byteCount: other.byteCount)
    storage.start.copyMemory(from: other.start, byteCount: byteCount)
  }

  /// Memory whatever the limit, for a value that already exists elsewhere.
  init(beyondLimit byteCount: Int) {
    self.byteCount = byteCount
    storage = Storage(beyondLimit: byteCount + 64)
    storage.clear()
  }

  var start: UnsafeMutableRawPointer { storage.start }

  /// Its memory as a tensor; nothing is copied.
  func tensor(_ type: TensorType) -> Tensor { Tensor(in: storage, type) }

  /// Writes values in an element type.
  func fill(with values: [Double], _ dtype: DType) {
    for (index, value) in values.enumerated() { Self.write(value, at: index, of: start, dtype) }
  }

  static func write(_ value: Double, at index: Int, of start: UnsafeMutableRawPointer, _ dtype: DType) {
    switch dtype {
    case .f64: start.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
    case .f32: start.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
    case .i64: start.storeBytes(of: Int64(exactly: value) ?? 0, toByteOffset: index * 8, as: Int64.self)
    }
  }

  static func read(at index: Int, of start: UnsafeRawPointer, _ dtype: DType) -> Double {
    switch dtype {
    case .f64: start.load(fromByteOffset: index * 8, as: Double.self)
    case .f32: Double(start.load(fromByteOffset: index * 4, as: Float.self))
    case .i64: Double(start.load(fromByteOffset: index * 8, as: Int64.self))
    }
  }
}
