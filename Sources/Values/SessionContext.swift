package import Data
package import Diagnostics
package import Engine
package import Experiments
package import Library
import Messages
package import Plots
package import Syntax
package import Tensors

/// What all evaluators of one session share: texts, files, output, limits, results.
package final class SessionContext {
  package let host: any Host
  /// What scripts can say whose meaning is given above the evaluator.
  package let vocabulary: Vocabulary
  /// The functions and constants that the language provides.
  package let functions: FunctionTable
  package let limits: Limits
  package private(set) var sources = SourceMap()
  package private(set) var claims: [Claim] = []
  /// Whether a run diverged.
  package private(set) var hasDivergence = false
  package var precision = RunPrecision()
  package let defaultSeed: Int
  /// How runs are planned; a replay may change its threads.
  package var engineOptions: EngineOptions
  /// Where what the script takes is counted; nil where nobody wants to know.
  package let profile: Profile?
  /// Ticks of each statement of the script, in the order in which they were carried out.
  package var statementTicks: [(span: Span, ticks: UInt64)] = []
  /// The programs of the runs that checking has staged; nil where nobody wants to see them.
  package var plans: [PlanListing]?
  /// Whether runs are made again and compared.
  package let verifies: Bool
  /// The checkpoints of the script's runs; nil where none are kept.
  package private(set) var checkpoints: CheckpointKeeper?
  /// How loops of numbers are carried out.
  package var loops: LoopForm { options.loops }
  /// Told why a loop is walked, and where it stands.
  package var onRefusedLoop: ((String, Span) -> Void)? { options.onRefusedLoop }
  /// The release of the program, on which all numbers depend.
  package let release: String
  /// Runs that were made again, and how many of them gave another state.
  package var replays = (count: 0, different: 0)
  /// Threads that runs of a sweep are spread over; results do not depend on it.
  package var threads: Int { max(1, options.threads) }
  /// Where runs of sweeps are kept between executions.
  package let store: RunStore?
  /// Runs that were there already.
  package var storedRuns = 0
  /// The share of the script's runs that this process makes; nil for all of them.
  package var shard: ShardWork?
  /// Whether runs of sweeps that are not in the store are made.
  package var makesAbsentRuns = true
  /// Names in the store of runs of which another process has found that they cannot be run.
  package var failedKeys: Set<String> = []
  /// Of what else than this script the records are that lie in the folder of records; nil where of nothing else.
  package var otherRecords: ShardStatus.Difference?
  /// The processes that run the script together; nil for one that is alone.
  package var ranks: RankChannel? { options.ranks.flatMap { $0.count > 1 ? $0 : nil } }
  /// Members of the sweep at hand that ranks make and give to each other.
  package var share: RankShare?
  /// What the workers of runs have sent between ranks.
  package var traffic: [RunTraffic] = []
  /// The file of the script, for what a user may type.
  package var scriptName = ""
  /// Digests of large tensors that many runs share.
  package let digests = TensorDigests()
  /// Definitions of the library that have been used, by name.
  package var libraryValues: [String: Value] = [:]
  /// Inputs that the script declares.
  package var declaredInputs: [String] = []
  /// At a prompt a name may be defined anew.
  package var allowsRedefinition = false

  /// Runs that are stepped, and what is watched of them.
  package var desk = RunDesk()

  /// What layers above keep with the session.
  package var annex = Annex()
  /// Expressions that no script has written, by their text.
  var snippets: [String: (code: Code, expression: ExpressionID)] = [:]
  /// Called with what is watched while runs are stepped, and with nil when it is to be taken away.
  package var onLive: ((LiveView?) -> Bool)?
  /// Whether a live view is on the screen, which tells more than a line of progress.
  package private(set) var isLive = false
  /// The step to which runs are going on, where that is not their end.
  package var stepGoal: Int?
  /// Draws a figure as a picture by a way to run a program; false where that cannot be done.
  package var onPicture: ((Figure, ImageRendering.Runner) -> Bool)?
  /// Whether the statement at hand was interrupted where its run can go on.
  package var isSuspended = false
  /// The run that Ctrl-C stopped last.
  package var interruptedRun: RunValue?
  /// The caller's clock in seconds.
  package var clock: (@Sendable () -> Double)? { options.now }
  /// Seconds by it; 0 without one.
  package var now: Double { options.now?() ?? 0 }

  /// What plots in characters are drawn for; at a prompt the window changes.
  package var terminal: TerminalStyle

  private let options: SessionOptions
  private let output: (String) -> Void
  private let progress: ((Progress) -> Void)?
  private let interrupt: UnsafePointer<Int32>?
  private var datasets: [String: Dataset] = [:]
  /// The classes of files that name them, in the order in which they were loaded.
  private var numberedClasses: [(file: String, names: [String])] = []
  private var arrays: [(array: NumberArray, tensor: Tensor)] = []
  private var parsedFiles: [String: Code] = [:]
  private var usePath: [String] = []
  private var printedLines = 0
  /// When the session began, by the caller's clock.
  private let start: Double
  private var writtenBytes = 0

  /// What a session begins with.
  ///
  /// - Parameter interrupt: a number that becomes other than 0 when work is to stop, polled between steps.
  package init(
    host: any Host, vocabulary: Vocabulary, options: SessionOptions, output: @escaping (String) -> Void,
    progress: ((Progress) -> Void)?, interrupt: UnsafePointer<Int32>?
  ) {
    self.host = host
    self.vocabulary = vocabulary
    functions = vocabulary.table
    self.options = options
    self.output = output
    self.progress = progress
    self.interrupt = interrupt
    limits = options.limits
    terminal = options.terminal
    store =
      options.records.map { RunStore(host: $0.host, release: options.release, isForResults: true) }
      ?? options.cache.map { RunStore(host: $0, release: options.release) }
    if case .merge? = options.records?.task { makesAbsentRuns = false }
    start = options.now?() ?? 0
    defaultSeed = options.seed ?? 0
    engineOptions = EngineOptions(threads: options.threads)
    plans = options.listsPlans ? [] : nil
    verifies = options.verifies
    profile = options.profiles ? Profile() : nil
    release = options.release
    Memory.limit = limits.memoryBytes
  }

  /// Forgets what checking found out, so that running starts anew.
  package func beginRun() {
    precision = RunPrecision()
    declaredInputs = []
    numberedClasses = []
    claims = []
    hasDivergence = false
    let clock = options.now
    checkpoints = options.checkpoints.map { CheckpointKeeper($0, ranks: ranks, now: { clock?() ?? 0 }) }
    usePath = []
    libraryValues = [:]
    desk = RunDesk()
  }

  /// Polled by the engine between the steps of a run.
  package var interruptFlag: UnsafePointer<Int32>? { interrupt }

  /// Whether a run or a loop must stop: because of Ctrl-C, or because its time is over.
  package var isInterrupted: Bool { (interrupt.map { $0.pointee != 0 } ?? false) || isLate }

  /// Whether the limit on time has passed.
  var isLate: Bool {
    guard let seconds = limits.seconds else { return false }
    return (options.now?() ?? start) - start > seconds
  }

  /// Why something was stopped.
  package func interruption(at span: Span, step: Int? = nil) -> Diagnostic {
    isLate ? .timeLimit(limits.seconds ?? 0, at: span, step: step) : .interrupted(at: span, step: step)
  }

  // MARK: Texts

  /// Takes a text in, and gives the number by which places name it.
  package func addSource(_ text: SourceText) -> UInt32 { sources.add(text) }

  private var libraryTrees: [String: Tree] = [:]
  private var libraryFiles: Set<UInt32> = []
  /// Names of the places at which random numbers are drawn.
  package var drawSites = DrawSites()
  /// Told of every draw without a seed: its stream and its place.
  package var onDraw: ((StreamName, Span) -> Void)? { options.onDraw }

  /// Whether a place is in a definition of the library.
  package func isLibrary(_ span: Span) -> Bool { libraryFiles.contains(span.file) }

  /// The tree of a library entry, parsed once.
  package func parseLibrary(_ entry: LibraryEntry) -> Tree {
    if let known = libraryTrees[entry.path] { return known }
    let text = SourceText(name: "library/" + entry.path, entry.text)
    let tree = Parser.parse(text, file: sources.add(text)).tree
    libraryTrees[entry.path] = tree
    libraryFiles.insert(tree.file)
    drawSites.add(tree)
    return tree
  }

  /// What such a script is called, which nobody gets to see.
  package static let trialName = "trial"

  /// A script that nobody wrote, in which checking tries a definition.
  package func parseTrial(_ script: String) -> Code {
    let text = SourceText(name: Self.trialName, script)
    let tree = Parser.parse(text, file: sources.add(text)).tree
    drawSites.add(tree)
    return Code(tree)
  }

  /// An expression that no script has written, such as `loss`.
  package func snippet(_ text: String) -> (code: Code, expression: ExpressionID)? {
    if let known = snippets[text] { return known }
    let source = SourceText(name: "the session", text)
    let parsed = Parser.parse(source, file: addSource(source))
    guard parsed.isSound, parsed.tree.body.count == 1, case .expression(let id) = parsed.tree[parsed.tree.body[0]]
    else {
      return nil
    }
    let made = (code: Code(parsed.tree), expression: id)
    snippets[text] = made
    return made
  }

  /// A script that another one uses.
  package func parseUsed(_ path: String, at span: Span) throws(Diagnostic) -> Code {
    if let known = parsedFiles[path] { return known }
    let bytes: [UInt8]
    do { bytes = try host.read(path) } catch { throw .data(error, at: span) }
    let text = SourceText(name: path, bytes: bytes)
    let parsed = Parser.parse(text, file: sources.add(text))
    if let first = parsed.diagnostics.first(where: { $0.severity == .error }) { throw first }
    if let first = Resolver.resolve(parsed.tree, in: surroundings()).first(where: { $0.severity == .error }) {
      throw first
    }
    let code = Code(parsed.tree)
    drawSites.add(used: parsed.tree, path: path)
    parsedFiles[path] = code
    return code
  }

  /// Reads used files anew from now on: at a prompt they change between inputs.
  package func forgetFiles() { parsedFiles = [:] }

  package func isInUse(_ path: String) -> Bool { usePath.contains(path) }
  package func enter(_ path: String) { usePath.append(path) }
  package func leave() { usePath.removeLast() }

  // MARK: Inputs

  /// The text of `--set name=…`, the last one; nil without.
  package func override(of name: String) -> String? {
    options.overrides.last { Spelling.canonical($0.name) == Spelling.canonical(name) }?.text
  }

  /// `--set` of a name that no `input` declares.
  package func unusedOverrides() -> [Diagnostic] {
    options.overrides.filter { override in
      !declaredInputs.contains { Spelling.canonical($0) == Spelling.canonical(override.name) }
    }
    .map { .unknownInput($0.name, declared: declaredInputs) }
  }

  // MARK: Data

  /// A data set that comes with the program, read at its first use; nil for other names.
  package func bundledDataset(_ name: String, at span: Span) throws(Diagnostic) -> Dataset? {
    if let known = datasets[name] { return known }
    guard BundledData.names.contains(name) else { return nil }
    do {
      let dataset = try BundledData.load(name, host: host)
      datasets[name] = dataset
      return dataset
    } catch { throw .data(error, at: span) }
  }

  /// The tensor of an array; equal arrays share one tensor, so that a plan binds them once.
  package func tensor(_ array: NumberArray, wholeIfPossible: Bool) -> Value {
    if array.values.count > 64, let known = arrays.first(where: { $0.array.sharesStorage(with: array) }) {
      return .tensor(known.tensor)
    }
    let isWhole = wholeIfPossible && array.values.allSatisfy { $0 == $0.rounded() && $0.magnitude < 9e15 }
    let tensor =
      isWhole
      ? Tensor(integers: array.values.map { Int($0) }, shape: Shape(array.sizes))
      : Tensor(array.values, shape: Shape(array.sizes))
    if array.values.count > 64 { arrays.append((array, tensor)) }
    return .tensor(tensor)
  }

  /// Lets an array of real numbers that was made of a tensor be that tensor, where it is asked for.
  package func remember(_ tensor: Tensor, as array: NumberArray) {
    if array.values.count > 64, tensor.dtype == .f64, !tensor.holdsTruth { arrays.append((array, tensor)) }
  }

  private var paddedRows: [(rows: SparseRows, value: SparseValue)] = []

  /// Sparse rows padded to one width, once for each data set.
  package func sparseRows(_ rows: SparseRows) -> Value {
    if let known = paddedRows.first(where: { $0.rows == rows }) { return .sparse(known.value) }
    let (columns, values, width) = rows.padded()
    let shape: Shape = [rows.rowCount, width]
    let value = SparseValue(
      indices: .tensor(Tensor(integers: columns.map { Int($0) }, shape: shape)),
      values: .tensor(Tensor(values, shape: shape)),
      size: rows.columnCount)
    paddedRows.append((rows, value))
    return .sparse(value)
  }

  // MARK: Output

  /// Text for standard output.
  package func emit(_ text: String, at span: Span) throws(Diagnostic) {
    printedLines += 1
    guard printedLines <= limits.printedLines else { throw .printLimit(limits.printedLines, at: span) }
    tell(text)
  }

  /// Replays, shards and all ranks but the first leave out what the script itself shows and writes; so does what a rank does
  /// for its share of a sweep, which all do again.
  private var isSilent: Bool {
    verifies || shard != nil || ranks?.isFirst == false || (share.map { !$0.isComplete } ?? false)
  }

  /// Text that they leave out.
  private func tell(_ text: String) {
    if !isSilent { output(text) }
  }

  /// What a replay found.
  package func tellReplay(_ text: String) { output(text + "\n") }

  package func write(_ bytes: [UInt8], to path: String, at span: Span) throws(Diagnostic) {
    guard !verifies, shard == nil else { return }
    writtenBytes += bytes.count
    guard writtenBytes <= limits.outputBytes else {
      throw .tooLarge(
        "what is written", needs: ByteCount.text(writtenBytes), limit: ByteCount.text(limits.outputBytes), at: span)
    }
    if !isSilent {
      do { try host.write(path, bytes) } catch { throw .data(error, at: span) }
    }
    // Whoever reads it again finds it whole.
    do throws(RankFault) { try ranks?.meet() } catch { throw failure(of: error, at: span) }
    if options.showsHeaders { tell("wrote \(path)\n") }
  }

  /// A figure in characters, as wide as the caller's terminal.
  package func terminalPlot(_ figure: Figure, columnsLess free: Int = 0) -> String {
    var style = terminal
    style.width -= free
    return TerminalPlot.text(figure, style: style)
  }

  /// Shows a figure: as a picture where the caller can, else in characters.
  package func showPlot(_ figure: Figure, at span: Span) throws(Diagnostic) {
    if let onPicture, !isSilent, onPicture(figure, ImageRendering.runner { self.isInterrupted }) { return }
    if isInterrupted { throw interruption(at: span) }
    try emit(terminalPlot(figure), at: span)
  }

  /// A figure as a picture file.
  package func writePlot(_ figure: Figure, to path: String, at span: Span) throws(Diagnostic) {
    guard let format = ImageFormat(fileName: path) else { return }
    let bytes: [UInt8]
    do {
      bytes = try ImageRendering.bytes(figure, format: format, run: ImageRendering.runner { self.isInterrupted })
    } catch {
      throw error == .interrupted ? interruption(at: span) : .picture(error.message, at: span)
    }
    try write(bytes, to: path, at: span)
  }

  /// A data file below the script's folder.
  package func load(_ path: String, _ options: LoadOptions) throws(DataError) -> Dataset {
    var options = options
    options.interrupt = InterruptFlag(interrupt)
    return try DataFile.dataset(path, options: options, host: host)
  }

  /// A class that this data set and one that was loaded before from another file both have, under different numbers.
  ///
  /// Remembers the data set.
  package func numberedOtherwise(than dataset: Dataset) -> (text: String, number: Int, file: String, otherNumber: Int)?
  {
    defer {
      if !numberedClasses.contains(where: { $0.file == dataset.name }) {
        numberedClasses.append((dataset.name, dataset.classNames))
      }
    }
    for (file, names) in numberedClasses where file != dataset.name {
      for (number, text) in dataset.classNames.enumerated() {
        guard let otherNumber = names.firstIndex(of: text), otherNumber != number else { continue }
        return (text, number, file, otherNumber)
      }
    }
    return nil
  }

  /// A claim and its verdict, told at once.
  package func conclude(_ claim: Claim) {
    claims.append(claim)
    if options.showsVerdicts { tell(claim.lines.joined(separator: "\n") + "\n") }
  }

  /// Remembers that a run diverged, whatever becomes of its result.
  package func noteEnding(_ ending: RunEnding?) {
    if case .diverged = ending { hasDivergence = true }
  }

  /// What all claims say together: how many have which verdict, after a correction for their number.
  package func reportClaims() {
    guard claims.count > 1 else { return }
    if let correction = Claim.correction(of: claims) {
      if options.showsVerdicts { tell(correction.text(claims) + "\n") }
      for index in correction.withdrawn { claims[index].judgement.verdict = .undecided }
    }
    let counts = [Verdict.supported, .refuted, .undecided].map { verdict in
      (verdict, claims.count { $0.verdict == verdict })
    }
    guard options.showsVerdicts else { return }
    tell(counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ") + "\n")
  }

  /// Writes the line that heads a run, unless nobody wants such lines.
  package func announce(_ header: [String], fork: String? = nil) {
    guard options.showsHeaders else { return }
    let words = fork.map { ["fork  " + $0] } ?? []
    tell((words.isEmpty ? "run  " : "") + (words + header).joined(separator: " · ") + "\n")
  }

  /// A run without an end of its own says how far it is, and not how far of what.
  package func progressed(run: String, done: Int, total: Int) {
    guard !isLive else { return }
    progress?(Progress(run: run, step: done, steps: stepGoal ?? (total == RunDefinition.openLength ? 0 : total)))
  }

  package func showLive(_ view: LiveView) { isLive = onLive?(view) ?? false }

  /// Takes the live view away before something else is written.
  package func hideLive() {
    isLive = false
    _ = onLive?(nil)
  }
}

extension NumberArray {
  /// Whether both are one array: same sizes and the same elements in memory.
  func sharesStorage(with other: NumberArray) -> Bool {
    guard sizes == other.sizes, values.count == other.values.count else { return false }
    return values.withUnsafeBufferPointer { a in
      other.values.withUnsafeBufferPointer { b in a.baseAddress == b.baseAddress }
    }
  }
}
