import Glibc

/// Buffered text to a descriptor that checks every write and remembers the first failure.
///
/// A terminal gets whole lines at once. A pipe or file gets what there is when a twentieth of a second has passed since
/// it last got something, so that a follower sees a slow script at work and a fast one costs few calls. After a failure
/// the rest is dropped.
final class Output {
  static let standard = 1 as Int32
  static let error = 2 as Int32

  private let descriptor: Int32
  private let isTerminal: Bool
  private var buffer: [UInt8] = []
  private var lastFlush = Clock.seconds
  private static let capacity = 64 << 10
  private static let patienceSeconds = 0.05

  /// Error number of the first write that failed.
  private(set) var failure: Int32?

  /// Called once, when a write fails.
  var onFailure: (Int32) -> Void = { _ in }

  /// Called before a text is taken or handed to the system: the place to take away what stands on the screen for a
  /// moment only.
  var willWrite: () -> Void = {}

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
    buffer.reserveCapacity(Self.capacity)
  }

  /// Appends a text.
  func write(_ text: String) {
    guard failure == nil else { return }
    willWrite()
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.capacity || (isTerminal && text.utf8.last == UInt8(ascii: "\n")) { return flush() }
    flushWhenDue()
  }

  /// Flushes when the last time is long enough ago; cheap enough for the inside of a loop.
  func flushWhenDue() {
    if !buffer.isEmpty, Clock.seconds - lastFlush > Self.patienceSeconds { flush() }
  }

  /// Hands everything to the system.
  func flush() {
    guard failure == nil, !buffer.isEmpty else { return }
    willWrite()
    if let code = writeAll(descriptor, buffer) {
      failure = code
      onFailure(code)
    }
    buffer.removeAll(keepingCapacity: true)
    lastFlush = Clock.seconds
  }

  /// Flushes, and closes the descriptor: some systems report a full disk only then.
  func finish() {
    flush()
    if close(descriptor) == -1, failure == nil, errno == ENOSPC || errno == EIO || errno == EDQUOT { failure = errno }
    _ = open("/dev/null", O_WRONLY)
  }
}

/// Writes all bytes, again after an interruption or a short write; gives the error number where that fails.
func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32? {
  var position = 0
  while position < bytes.count {
    // SAFETY: the pointer is used only inside the closure and for no more bytes than there are.
    let written = bytes.withUnsafeBytes { buffer in
      write(descriptor, buffer.baseAddress?.advanced(by: position), buffer.count - position)
    }
    if written >= 0 {
      position += written
    } else if errno != EINTR {
      return errno
    }
  }
  return nil
}

/// What the system says about an error number, such as "No space left on device".
func systemText(_ code: Int32) -> String { String(cString: strerror(code)) }
