import Language
import Values

/// One line on a terminal's standard error that says how far a run is; nothing anywhere else.
final class ProgressLine {
  /// Of its own: what goes through those of the console takes the line away.
  private let output = Output(Output.error)
  private var isShown = false
  private var lastDrawn = 0.0
  private var run = ""
  private var started = 0.0
  private var startStep = 0
  private static let intervalSeconds = 0.1
  /// A run shorter than this needs no line.
  private static let patienceSeconds = 0.4

  /// Nil where standard error is no terminal that can redraw a line.
  init?() {
    guard StandardStreams.isCapableTerminal(2) else { return nil }
  }

  /// Shows the state of a run, ten times a second at most.
  func show(_ state: Progress) {
    let now = Clock.seconds
    if state.run != run || state.step < startStep {
      (run, started, startStep) = (state.run, now, state.step)
    }
    guard now - started > Self.patienceSeconds, now - lastDrawn > Self.intervalSeconds else { return }
    lastDrawn = now
    isShown = true
    output.write("\r\u{1B}[K" + Self.text(state, rate: Double(state.step - startStep) / (now - started)))
    output.flush()
  }

  /// Takes the line away.
  func clear() {
    // What goes on afterwards has a speed of its own.
    run = ""
    guard isShown else { return }
    isShown = false
    output.write("\r\u{1B}[K")
    output.flush()
  }

  /// `r  step 1200 of 4000  30%  2400 steps/s  1 s left`.
  static func text(_ state: Progress, rate: Double) -> String {
    var parts = [state.run, "step \(state.step)" + (state.steps > 0 ? " of \(state.steps)" : "")]
    if state.steps > 0 { parts.append("\(100 * state.step / state.steps)%") }
    if rate > 0 {
      parts.append("\(Int(rate.rounded())) steps/s")
      let seconds = Double(state.steps - state.step) / rate
      if state.steps > 0 { parts.append("\(duration(seconds)) left") }
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "  ")
  }

  /// Seconds below two minutes, then minutes, then hours with minutes.
  private static func duration(_ seconds: Double) -> String {
    guard seconds < 1e9 else { return "very long" }
    let whole = Int(seconds.rounded(.up))
    if whole < 120 { return "\(whole) s" }
    if whole < 7200 { return "\((whole + 59) / 60) min" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
