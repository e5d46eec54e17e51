package import Diagnostics
package import Language

/// How an interactive session ended.
package enum SessionEnding: Hashable, Sendable {
  case finished
  /// An input from a pipe failed.
  case failed
  /// A signal asked for the end.
  case left(signal: Int32)
}

/// What the executable lends to a session.
package struct SessionSurroundings {
  /// Writes to standard output.
  package var write: (String) -> Void
  /// Shows diagnostics on standard error.
  package var report: ([Diagnostic], SourceMap) -> Void
  /// Writes out what is buffered.
  package var flush: () -> Void = {}
  /// Whether what is written still reaches somebody.
  package var canWrite: () -> Bool = { true }
  /// Seconds of a clock that only goes forward.
  package var now: () -> Double
  /// Draws on the terminal, codes included, where it can move its cursor.
  package var draw: ((String) -> Void)?
  /// Whether somebody sits at a terminal.
  package var isTerminal = false
  package var usesColour = false
  /// Whether an input that fails ends the session, as in a pipe.
  package var stopsAtFailure = false
  /// Whether places count the lines of the whole text, as in a pipe, and not of the input at hand.
  package var countsLines = false
  /// The folder of history and autosave; nil keeps neither.
  package var stateFolder: String?

  package init(
    write: @escaping (String) -> Void, report: @escaping ([Diagnostic], SourceMap) -> Void,
    now: @escaping () -> Double
  ) {
    self.write = write
    self.report = report
    self.now = now
  }
}

/// The prompt: reads inputs, runs them, and answers commands until the end.
package final class InteractiveProgram {
  let session: InteractiveSession
  let surroundings: SessionSurroundings
  var settings = Settings()
  /// Set by `:quit`.
  var isLeaving = false

  private let history: HistoryFile?
  private let sessions: KeptSessions?
  private let autosave: Autosave?
  private var source: (any LineSource)?
  /// The number of the line that the input at hand begins on.
  private var firstLine = 1

  package init(session: InteractiveSession, surroundings: SessionSurroundings) {
    self.session = session
    self.surroundings = surroundings
    history = surroundings.stateFolder.map { HistoryFile(path: $0 + "/history") }
    sessions = surroundings.stateFolder.map { KeptSessions(folder: $0 + "/sessions") }
    // What comes from a pipe can be piped again; it takes no session's place.
    autosave = surroundings.isTerminal ? sessions.map { Autosave($0) } : nil
    if let draw = surroundings.draw {
      let display = LiveDisplay(write: draw)
      session.onLive = { [weak self] view in
        guard view == nil || self?.settings.isLive == true else { return false }
        display.show(view)
        return view != nil
      }
      session.onPicture = { [weak self] (figure, run) in self?.draw(figure, run) ?? false }
    }
  }

  /// Runs to the end of the source.
  package func run(_ source: any LineSource) -> SessionEnding {
    let ending = play(source)
    // One that a signal ended is offered again, as after a crash.
    if ending == .finished { sessions?.end() }
    return ending
  }

  private func play(_ source: any LineSource) -> SessionEnding {
    self.source = source
    if surroundings.isTerminal {
      for entry in history?.load() ?? [] { source.remember(entry) }
    }
    var pending = PendingInput()
    var lineNumber = 0
    while true {
      SessionSignals.clear()
      if let signal = SessionSignals.leaving { return .left(signal: signal) }
      surroundings.flush()
      guard surroundings.canWrite() else { return .failed }
      switch source.next(prompt: pending.isEmpty ? prompt("> ") : prompt("… ")) {
      case .leave: return .left(signal: SessionSignals.leaving ?? 0)
      case .interrupted: pending.clear()
      case .end: return end(pending)
      case .line(let line):
        SessionSignals.settle()
        lineNumber += 1
        if pending.isEmpty { firstLine = lineNumber }
        if pending.isEmpty, isBlank(line) { continue }
        let isWhole = pending.isEmpty && isOfOneLine(line)
        guard pending.add(line) || isWhole else { continue }
        let input = pending.bytes
        pending.clear()
        let isGood = accept(input)
        if isLeaving { return .finished }
        if !isGood, surroundings.stopsAtFailure { return SessionSignals.leaving.map { .left(signal: $0) } ?? .failed }
      }
    }
  }

  /// What is open at the end of a terminal's input is forgotten; in a pipe it is a mistake that is told.
  private func end(_ pending: PendingInput) -> SessionEnding {
    if surroundings.isTerminal {
      surroundings.write("\n")
      if !pending.isEmpty { surroundings.write("unfinished input discarded\n") }
      return .finished
    }
    if pending.isEmpty { return .finished }
    return accept(pending.bytes) ? .finished : .failed
  }

  private func prompt(_ text: String) -> String {
    // Readline counts no columns between the bytes 1 and 2.
    surroundings.usesColour ? "\u{1}\u{1B}[1;32m\u{2}\(text)\u{1}\u{1B}[0m\u{2}" : text
  }

  private func isBlank(_ line: [UInt8]) -> Bool { line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }

  /// Commands and questions end with their line, whatever brackets they hold.
  private func isOfOneLine(_ line: [UInt8]) -> Bool {
    Request(String(decoding: line, as: UTF8.self), isDefined: session.defines) != nil
  }

  /// Runs one input; false when something of it failed.
  private func accept(_ input: [UInt8]) -> Bool {
    let text = String(decoding: input, as: UTF8.self)
    if surroundings.isTerminal { session.columns = max(20, LineEditor.columns) }
    keep(text)
    if let request = Request(text, isDefined: session.defines) { return answer(request) }
    return run(input)
  }

  private func keep(_ text: String) {
    guard surroundings.isTerminal, text.first != " " else { return }
    let entry = String(text.reversed().drop(while: \.isWhitespace).reversed())
    source?.remember(entry)
    history?.append(entry)
  }

  /// Runs statements.
  func run(_ input: [UInt8]) -> Bool {
    // At a terminal nobody counts the lines; in a pipe they are those of the text that somebody wrote.
    if !surroundings.countsLines { return timed { session.run(input) } }
    let source = SourceText(name: "standard input", bytes: input, firstLine: firstLine)
    return timed { session.run(source) }
  }

  /// Runs `body`, tells what came of it, and how long it took where that is wanted.
  func timed(always: Bool = false, _ body: () -> EntryReport) -> Bool {
    let start = surroundings.now()
    let showsTime = always || settings.showsTime
    let places = showsTime ? session.runSteps : [:]
    let report = body()
    let seconds = surroundings.now() - start
    surroundings.report(report.diagnostics, session.sources)
    if showsTime {
      let steps = session.stepsMade(since: places)
      let rate = steps > 0 && seconds > 0 ? ", \(Int((Double(steps) / seconds).rounded())) steps/s" : ""
      surroundings.write(Duration.text(seconds) + rate + "\n")
    }
    autosave?.update(session.journal, revision: session.journalRevision)
    return !report.hasFailed
  }

  /// What Tab offers.
  package func candidates(before: String, word: String) -> [Candidate] {
    Completion(session).candidates(before: before, word: word)
  }

  /// What the greeting adds where the session before this one broke off; nil elsewhere.
  package var remarkOnLastSession: String? {
    sessions?.hasBrokenOff == true ? "the last session broke off: `descent --restore` takes it up again" : nil
  }

  /// Runs what the last session did that broke off, or where none did, the last one.
  package func restoreLastSession() -> Bool {
    guard let sessions, let kept = sessions.latest, let script = sessions.script(of: kept), !script.isEmpty else {
      surroundings.write("there is no session to restore\n")
      return true
    }
    let isGood = timed { session.run(SourceText(name: "last session", bytes: script)) }
    if isGood, surroundings.isTerminal { sessions.settle(kept) }
    return isGood
  }

  /// Runs a script before the first prompt.
  package func begin(with script: SourceText) -> Bool { timed { session.run(script) } }
}

/// Times for people.
enum Duration {
  /// `3.2 ms`, `1.25 s`, `2 min 5 s`.
  static func text(_ seconds: Double) -> String {
    if seconds < 1 { return "\(rounded(seconds * 1e3)) ms" }
    if seconds < 120 { return "\(rounded(seconds)) s" }
    let whole = Int(seconds.rounded())
    return "\(whole / 60) min \(whole % 60) s"
  }

  /// Three significant digits.
  private static func rounded(_ value: Double) -> String {
    if value >= 100 { return String(Int(value.rounded())) }
    let digits = value >= 10 ? 10.0 : 100.0
    let scaled = Int((value * digits).rounded())
    let fraction = String(scaled % Int(digits))
    let zeros = String(repeating: "0", count: (digits == 10 ? 1 : 2) - fraction.count)
    return "\(scaled / Int(digits)).\(zeros)\(fraction)"
  }
}
