package import Data
package import Diagnostics
package import Engine
package import Plots

/// Limits of a script, each a flag of the command line.
package struct Limits: Sendable {
  package var sourceBytes = 4 << 20
  package var callDepth = 1000
  package var tensorElements = 1 << 31
  /// All tensors together.
  package var memoryBytes = 4 << 30
  /// Operations outside runs; nil for no limit.
  package var operations: Int?
  package var seconds: Double?
  package var outputBytes = 1 << 30
  package var printedLines = 1_000_000

  package init() {}
}

/// What a caller chooses for a session.
package struct SessionOptions: Sendable {
  /// Seed of runs that name none.
  package var seed: Int?
  package var threads = 1
  package var outputDirectory = ""
  /// Values of inputs that replace the script's: `--set lr=0.1`.
  package var overrides: [(name: String, text: String)] = []
  package var limits = Limits()
  /// Seconds of a clock that only goes forward; without one there is no limit on time.
  package var now: (@Sendable () -> Double)?
  package var showProgress = false
  /// Whether a line is written on every run that begins and every file that was written.
  package var showsHeaders = true
  /// Whether claims are written with their evidence as they are judged; a caller that wants another form has them in the
  /// report.
  package var showsVerdicts = true
  /// Whether every run is made again, without its metrics and with other numbers of threads, and compared; what the
  /// script itself shows and writes is left out.
  package var verifies = false
  /// Where the runs of the script are kept to go on later; nil keeps none.
  package var checkpoints: CheckpointOptions?
  /// The folders in which runs of sweeps are kept between executions; nil keeps none.
  package var cache: (any Host)?
  /// The folder in which the runs of many processes come together, and what this one does there; nil for one that is
  /// alone.
  package var records: RecordsOptions?
  /// The processes that run the script together; nil for one that is alone.
  package var ranks: RankChannel?
  /// The release of the program, on which all numbers depend.
  package var release = ""
  /// Told of every draw without a seed while a script runs: its stream and its place.
  package var onDraw: (@Sendable (StreamName, Span) -> Void)?
  /// How loops of numbers are carried out, with the same results.
  package var loops = LoopForm.best
  /// Told why a loop that could not be compiled is walked.
  package var onRefusedLoop: (@Sendable (String, Span) -> Void)?
  /// Size and abilities of the terminal that plots are drawn for.
  package var terminal = TerminalStyle()
  /// Whether it is counted what each line of the script takes.
  package var profiles = false
  /// Whether checking lists the instructions of every run's programs.
  package var listsPlans = false

  package init() {}
}

/// How loops of numbers are carried out.
package enum LoopForm: Sendable {
  /// By a walk over the tree.
  case walk
  /// As programs of typed instructions; as machine code from the first turn on.
  case instructions, code
  /// As instructions, and as machine code once that pays.
  case best
}

/// How far a run is.
package struct Progress: Sendable {
  package var run: String
  package var step: Int
  /// All of them; 0 where nobody has said how many.
  package var steps: Int
}
