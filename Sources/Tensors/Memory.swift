import CKernels

/// A tensor that does not fit: into the limit that was set, or into the machine.
package struct MemoryError: Error, Hashable, Sendable {
  /// Bytes that were asked for.
  package var requested: Int
  /// Bytes in use before.
  package var inUse: Int
  /// The limit in force; `Int.max` where none was set.
  package var limit: Int
}

/// Account of the memory that elements occupy, over all threads.
package enum Memory {
  /// Bytes in use now.
  package static var inUse: Int { ck_memory_in_use() }

  /// The most bytes that were in use at any time.
  package static var peak: Int { ck_memory_peak() }

  /// Number of allocations since the program started.
  package static var allocationCount: Int { ck_memory_allocations() }

  /// Most bytes that may be in use; `Int.max` until set.
  package static var limit: Int {
    get { ck_memory_limit() }
    set { ck_set_memory_limit(newValue) }
  }

  /// Whether values made by an initialiser that cannot throw have taken more than the limit.
  package static var isBeyondLimit: Bool { inUse > limit }

  /// Throws if `byteCount` more bytes would pass the limit.
  package static func check(_ byteCount: Int) throws(MemoryError) {
    let used = inUse
    if byteCount > limit - used { throw error(byteCount) }
  }

  /// Bytes of a tensor of this type, with sizes that may come from a user.
  ///
  /// - Throws: `MemoryError` where the product of the sizes overflows.
  package static func byteCount(of type: TensorType) throws(MemoryError) -> Int {
    var bytes = type.dtype.byteCount
    for size in type.shape.sizes {
      let (product, isOverflow) = bytes.multipliedReportingOverflow(by: max(size, 0))
      if isOverflow { throw error(.max) }
      bytes = product
    }
    return bytes
  }

  static func error(_ byteCount: Int) -> MemoryError {
    MemoryError(requested: byteCount, inUse: inUse, limit: limit)
  }
}
