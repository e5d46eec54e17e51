/// A number that becomes other than 0 when work is to stop, looked at by loops over files.
package struct InterruptFlag: Hashable, Sendable {
  // SAFETY: one aligned word that outlives the program's work, written by a signal handler and only read here.
  nonisolated(unsafe) private let flag: UnsafePointer<Int32>?

  /// The word; other than 0 when work is to stop.
  package var pointer: UnsafePointer<Int32>? { flag }

  /// - Parameter flag: nil where nobody interrupts.
  package init(_ flag: UnsafePointer<Int32>? = nil) { self.flag = flag }

  /// Stops the reading of a file where that is wanted.
  func check(_ file: String) throws(DataError) {
    if let flag, flag.pointee != 0 { throw DataError(file, .interrupted) }
  }
}
