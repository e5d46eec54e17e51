import CReadline
import Glibc

/// Orderly ends: Ctrl-C and SIGTERM raise a flag that every computation polls, SIGPIPE is an error of a write.
enum Signals {
  /// 0, or the number of the signal that asks the program to end.
  ///
  /// SAFETY: written by the handler and by `stop(by:)` as one aligned word, which is what `sig_atomic_t` promises, read
  /// by computations that need nothing ordered around it, and never freed.
  nonisolated(unsafe) private static let flag: UnsafeMutablePointer<Int32> = {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    flag.initialize(to: 0)
    return flag
  }()

  /// The flag as computations see it.
  static var interrupt: UnsafePointer<Int32> { UnsafePointer(flag) }

  /// The signal that asked the program to end, if one did.
  static var received: Int32? { flag.pointee == 0 ? nil : flag.pointee }

  /// Makes the computations stop at their next poll, as if the signal had come.
  static func stop(by signal: Int32) {
    if flag.pointee == 0 { flag.pointee = signal }
  }

  /// Makes the computations stop at their next poll when a time is over.
  ///
  /// Those that look at the clock stop at the same moment; this is for those that cannot.
  static func stop(after seconds: Double) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      if Signals.flag.pointee == 0 { Signals.flag.pointee = SIGALRM }
    }
    sigemptyset(&action.sa_mask)
    sigaction(SIGALRM, &action, nil)
    let whole = seconds.rounded(.down)
    var time = itimerval()
    time.it_value = timeval(tv_sec: Int(whole), tv_usec: Int((seconds - whole) * 1e6))
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &time, nil)
  }

  /// Installs the handlers; the flag exists before the first signal can arrive.
  ///
  /// A signal that was ignored when the program started stays so, as `nohup` wants it. One that was blocked is let through:
  /// a parent that starts programs from a thread of its own often leaves all of them blocked.
  static func install() {
    flag.pointee = 0
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in
      // The second request is for those who cannot wait for the orderly end.
      if Signals.flag.pointee != 0 { _exit(128 + signal) }
      Signals.flag.pointee = signal
    }
    sigemptyset(&action.sa_mask)
    var awaited = sigset_t()
    sigemptyset(&awaited)
    for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) {
      sigaction(number, &action, nil)
      sigaddset(&awaited, number)
    }
    sigprocmask(SIG_UNBLOCK, &awaited, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Hands the signals to a session: Ctrl-C stops the computation at hand, and twice within a second it ends the session.
  static func beginSession() { descent_session_signals_install(flag) }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    guard let handler = action.__sigaction_handler.sa_handler else { return false }
    // SAFETY: only the address is looked at; `SIG_IGN` is the pointer with the value 1.
    return unsafeBitCast(handler, to: Int.self) == 1
  }
}

/// Thrown by what waits for input when a signal asks the program to end.
struct Interruption: Error {}
