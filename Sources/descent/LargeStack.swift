import Glibc

/// Runs the program on a thread with room for a thousand calls of a script inside each other.
enum LargeStack {
  private static let byteCount = 512 << 20

  /// What the thread runs and what came of it.
  private final class Task {
    let body: @Sendable () -> Int32
    var status = ExitStatus.internalError.rawValue
    init(_ body: @escaping @Sendable () -> Int32) { self.body = body }
  }

  /// The result of `body`; where no thread can be made it runs on the stack at hand.
  static func run(_ body: @escaping @Sendable () -> Int32) -> Int32 {
    let task = Task(body)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, byteCount)
    var thread = pthread_t()
    // SAFETY: `task` outlives the thread, which is joined before this function returns.
    let failure = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        let task = Unmanaged<Task>.fromOpaque(argument).takeUnretainedValue()
        task.status = task.body()
        return nil
      }, Unmanaged.passUnretained(task).toOpaque())
    pthread_attr_destroy(&attributes)
    guard failure == 0 else { return body() }
    pthread_join(thread, nil)
    return withExtendedLifetime(task) { task.status }
  }
}
