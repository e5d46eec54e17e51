import CReadline
import Glibc

/// What a source of lines gives.
package enum InputLine: Sendable {
  case line([UInt8])
  /// The end of the input: Ctrl-D, or the end of a pipe.
  case end
  /// Ctrl-C: what was typed is forgotten.
  case interrupted
  /// A signal asks the session to end.
  case leave
}

/// Where the lines of a session come from: a terminal, a pipe, or a test.
package protocol LineSource: AnyObject {
  /// The next line without its newline; the prompt is shown where somebody can see it.
  func next(prompt: String) -> InputLine

  /// Keeps an input for the arrow keys.
  func remember(_ entry: String)
}

/// A candidate for the word before the cursor.
package struct Candidate: Hashable, Sendable {
  /// What takes the word's place.
  package var text: String
  /// What is shown beside it in a list.
  package var remark: String

  package init(_ text: String, remark: String = "") {
    self.text = text
    self.remark = remark
  }
}

/// Lines from a terminal by GNU Readline, with history and completion.
///
/// The only Swift file that speaks to `CReadline`'s editor. There is one terminal, so there is one editor.
package final class LineEditor: LineSource {
  /// The candidates for a word, by what stands before it.
  package typealias Completer = (_ before: String, _ word: String) -> [Candidate]

  // SAFETY: set before the first line is read, and called by Readline on the thread that reads lines.
  nonisolated(unsafe) private static var completer: Completer = { _, _ in [] }

  /// Prepares the terminal's editor.
  package init(completer: @escaping Completer) {
    Self.completer = completer
    descent_editor_start { before, word in
      guard let before, let word else { return }
      for candidate in LineEditor.completer(String(cString: before), String(cString: word)) {
        descent_editor_offer(candidate.text, candidate.remark)
      }
    }
  }

  package func next(prompt: String) -> InputLine {
    var outcome: Int32 = 0
    let line = descent_editor_read(prompt, &outcome)
    guard let line else {
      switch Int(outcome) {
      case DESCENT_INTERRUPTED: return .interrupted
      case DESCENT_LEAVE: return .leave
      default: return .end
      }
    }
    defer { free(line) }
    // The bytes as they are: what is no UTF-8 is the lexer's to report.
    return .line((0..<strlen(line)).map { UInt8(bitPattern: line[$0]) })
  }

  package func remember(_ entry: String) { descent_editor_remember(entry) }

  /// Lines of the terminal.
  package static var rows: Int { Int(descent_editor_rows()) }

  /// Columns of the terminal.
  package static var columns: Int { Int(descent_editor_columns()) }

  /// Pixels of the terminal's window; 0 where it does not say.
  static var pixels: (across: Int, down: Int) {
    (Int(descent_editor_pixels_across()), Int(descent_editor_pixels_down()))
  }

  /// Whether the terminal says that it draws sixel pictures; asks it the first time that nothing is typed meanwhile.
  static var hasSixel: Bool { descent_terminal_has_sixel(patience) != 0 }

  /// Milliseconds to wait for a terminal's answer; later ones count the next time.
  private static let patience: Int32 = 150
}

/// Lines from a pipe or a file, without a prompt.
package final class PipedLines: LineSource {
  private var block = [UInt8](repeating: 0, count: 64 << 10)
  private var rest: ArraySlice<UInt8> = []
  private var isAtEnd = false

  package init() {}

  package func remember(_ entry: String) {}

  package func next(prompt: String) -> InputLine {
    var line: [UInt8] = []
    while true {
      if let newline = rest.firstIndex(of: 0x0A) {
        line += rest[..<newline]
        rest = rest[(newline + 1)...]
        return .line(line)
      }
      line += rest
      rest = []
      if isAtEnd { return line.isEmpty ? .end : .line(line) }
      let count = Glibc.read(0, &block, block.count)
      if count > 0 {
        rest = block[..<count]
      } else if count == 0 || errno != EINTR {
        isAtEnd = true
      } else if SessionSignals.leaving != nil {
        return .leave
      } else if SessionSignals.isInterrupted {
        return .interrupted
      }
    }
  }
}

/// Signals while a session is open.
package enum SessionSignals {
  /// The signal by which the session is to end: Ctrl-C twice within a second, SIGTERM or SIGHUP.
  package static var leaving: Int32? {
    let signal = descent_session_signals_leaving()
    return signal == 0 ? nil : signal
  }

  /// Whether Ctrl-C was pressed since the last `clear`.
  package static var isInterrupted: Bool { descent_session_signals_interrupted() != 0 }

  /// Notes that an input was typed: Ctrl-C stops that, and does not count with one before.
  package static func settle() { descent_session_signals_settle() }

  /// Lets the next computation run.
  package static func clear() { descent_session_signals_clear() }
}
