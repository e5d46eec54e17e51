import CKernels

/// Elements of a tensor: memory aligned to 64 bytes that counts in `Memory` and is given back at the end.
///
/// Several tensors may share one storage; a tensor writes only into a storage that it alone refers to, which
/// is what makes sharing between threads sound.
package final class Storage: @unchecked Sendable {
  /// The first byte.
  package let start: UnsafeMutableRawPointer
  /// Bytes that may be used.
  package let byteCount: Int

  /// Uninitialised memory within the limit.
  package init(byteCount: Int) throws(MemoryError) {
    guard let start = ck_allocate(byteCount) else { throw Memory.error(byteCount) }
    self.start = start
    self.byteCount = byteCount
  }

  /// Uninitialised memory for a value that already exists elsewhere, whatever the limit.
  ///
  /// Traps where the machine itself has no memory left, as an array would.
  package init(beyondLimit byteCount: Int) {
    guard let start = ck_allocate_beyond_limit(byteCount) else {
      preconditionFailure("no memory for \(byteCount) bytes")
    }
    self.start = start
    self.byteCount = byteCount
  }

  /// Makes zeros of all bytes; for memory that nothing has been written to.
  package func clear() { ck_clear(start, byteCount) }

  deinit { ck_release(start, byteCount) }
}
