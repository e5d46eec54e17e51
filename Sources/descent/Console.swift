import Diagnostics
import Glibc

/// Where results and messages go: data to standard output, talk to standard error.
final class Console {
  let output = Output(Output.standard)
  let error = Output(Output.error)
  /// The line that says how far a run is; nil until a subcommand wants one.
  ///
  /// It has no place beside anything else: whatever is written to either stream takes it away before.
  private(set) var progress: ProgressLine?

  /// Set by the subcommand from its options.
  var usesColour = StandardStreams.usesColour(.auto)
  var usesJSON = false

  init() {
    // A run whose reader has gone, or whose disk is full, ends at its next step.
    output.onFailure = { code in Signals.stop(by: code == EPIPE ? SIGPIPE : SIGTERM) }
  }

  /// Begins to show progress, where standard error is a terminal that can redraw a line.
  func showProgress() {
    guard let line = ProgressLine() else { return }
    progress = line
    for stream in [output, error] { stream.willWrite = { line.clear() } }
  }

  /// Takes over the options of a subcommand.
  func apply(_ options: MessageOptions) {
    usesColour = StandardStreams.usesColour(options.color)
    usesJSON = options.json
  }

  /// Writes a script's text to standard output, with what would steer a terminal made visible.
  func write(_ text: String) {
    output.write(VisibleText.escaped(text, keepsLayout: true))
  }

  /// Shows diagnostics on standard error.
  func report(_ diagnostics: [Diagnostic], _ sources: SourceMap) {
    guard !diagnostics.isEmpty else { return }
    // What was printed before the mistake stands before it where both go to one place.
    output.flush()
    error.write(text(of: diagnostics, sources))
    error.flush()
  }

  /// Diagnostics as a user or a program reads them.
  func text(of diagnostics: [Diagnostic], _ sources: SourceMap) -> String {
    if usesJSON { return diagnostics.map { Renderer.json($0, in: sources) + "\n" }.joined() }
    return Renderer(style: usesColour ? .ansi : .plain).render(diagnostics, in: sources)
  }

  /// Flushes and turns what happened to standard output into the final status.
  func finish(_ status: ExitStatus) -> ExitStatus {
    output.finish()
    defer { error.flush() }
    guard let code = output.failure else { return status }
    if code == EPIPE { return .brokenPipe }
    report([.standardOutput(systemText(code))], SourceMap())
    return .dataError
  }
}
