import ArgumentParser
import Glibc
import Language
import Values

/// When messages are coloured.
enum ColourChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never
}

/// How messages look; shared by all subcommands that read a script.
struct MessageOptions: ParsableArguments {
  @Option(help: "Colour messages: auto, always or never. NO_COLOR is respected.")
  var color: ColourChoice = .auto

  @Flag(help: "Give messages, and verdicts of claims, as JSON, one object a line.")
  var json = false
}

/// `--set name=value`.
struct InputOverride {
  let name: String
  let text: String

  init(argument: String) throws {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      throw ValidationError("write name=value, for instance --set lr=0.1.")
    }
    name = String(argument[..<equals])
    text = String(argument[argument.index(after: equals)...])
  }
}

/// What a script is run with; shared by all subcommands that run one.
struct ScriptOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Value of an input that the script declares; repeatable.", valueName: "name=value"),
    transform: InputOverride.init(argument:))
  var set: [InputOverride] = []

  @Option(
    parsing: .unconditional, help: "Seed of everything random, where the script names none.",
    transform: { try WholeNumber.parse($0) })
  var seed: Int?

  @Option(
    parsing: .unconditional, help: "Threads to use; results do not depend on it (default: all processors).",
    transform: { try WholeNumber.parse($0, from: 1, to: 1024) })
  var threads: Int?

  @Flag(help: "Walk loops of numbers rather than compile them; results do not depend on it.")
  var walkLoops = false

  /// Options of a session with these, and with the clock that its limits go by.
  func options(_ limits: LimitOptions? = nil) -> SessionOptions {
    var options = SessionOptions()
    options.seed = seed
    options.threads = threads ?? Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    options.overrides = set.map { (name: $0.name, text: $0.text) }
    if walkLoops { options.loops = .walk }
    if let limits { options.limits = limits.limits }
    options.now = { Clock.seconds }
    return options
  }
}

/// Limits of a run; 0 takes a limit away.
struct LimitOptions: ParsableArguments {
  @Option(help: "Bytes of a script.", transform: { try WholeNumber.parse($0) })
  var maxSource: Int?

  @Option(help: "Calls inside each other.", transform: { try WholeNumber.parse($0, from: 1) })
  var maxDepth: Int?

  @Option(help: "Elements of one tensor.", transform: { try WholeNumber.parse($0) })
  var maxElements: Int?

  @Option(help: "Bytes of all tensors together.", transform: { try WholeNumber.parse($0) })
  var maxMemory: Int?

  @Option(help: "Operations outside runs (default: no limit).", transform: { try WholeNumber.parse($0) })
  var maxOperations: Int?

  @Option(help: "Seconds of wall time (default: no limit).", transform: { try WholeNumber.parse($0) })
  var maxTime: Int?

  @Option(help: "Bytes written to files.", transform: { try WholeNumber.parse($0) })
  var maxOutput: Int?

  @Option(help: "Lines printed.", transform: { try WholeNumber.parse($0) })
  var maxLines: Int?

  /// The language's limits with what the command line says instead.
  var limits: Limits {
    var limits = Limits()
    if let maxSource { limits.sourceBytes = unlimited(maxSource) }
    if let maxDepth { limits.callDepth = maxDepth }
    if let maxElements { limits.tensorElements = unlimited(maxElements) }
    if let maxMemory { limits.memoryBytes = unlimited(maxMemory) }
    if let maxOperations { limits.operations = maxOperations == 0 ? nil : maxOperations }
    if let maxTime { limits.seconds = maxTime == 0 ? nil : Double(maxTime) }
    if let maxOutput { limits.outputBytes = unlimited(maxOutput) }
    if let maxLines { limits.printedLines = unlimited(maxLines) }
    return limits
  }

  /// Starts the clock of a limit on time, after the session has looked at its own.
  func startClock() {
    let margin = 0.01
    if let seconds = limits.seconds { Signals.stop(after: seconds + margin) }
  }

  private func unlimited(_ value: Int) -> Int { value == 0 ? Int.max : value }
}

/// Whole numbers of the command line, with messages that say what is accepted.
enum WholeNumber {
  static func parse(_ text: String, from lowest: Int = 0, to highest: Int = Int.max) throws -> Int {
    let isDigits = !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if isDigits, let value = Int(text), value >= lowest, value <= highest { return value }
    throw ValidationError("a whole number from \(lowest) to \(highest) is needed.")
  }
}

/// `--allow-read DIR`.
enum AllowedFolder {
  /// The folder's absolute path.
  static func path(_ name: String) throws -> String {
    if let path = absolutePath(name) { return path }
    throw ValidationError("'--allow-read': there is no folder '\(name)'.")
  }
}
