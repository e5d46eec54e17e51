/// How the program ends; the only statuses that it ever ends with.
enum ExitStatus: Int32 {
  /// Everything ran; a diverged run is a result unless `--fail-on-diverge` says otherwise.
  case finished = 0
  /// The script was rejected before anything ran.
  case rejected = 1
  /// An error of the script while it ran, or a refuted claim.
  case runtimeError = 3
  /// A data file, a checkpoint or an output failed.
  case dataError = 4
  /// A limit was reached.
  case limitReached = 5
  /// The command line makes no sense.
  case usage = 64
  /// A program or library that is needed is missing.
  case unavailable = 69
  /// A defect of this program.
  case internalError = 70
  /// Ctrl-C.
  case interrupted = 130
  /// Who read the output has gone.
  case brokenPipe = 141
  /// SIGTERM.
  case terminated = 143
}
