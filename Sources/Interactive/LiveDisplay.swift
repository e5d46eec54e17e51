import Language
import Plots
package import Values

/// Watched values redrawn in place on a terminal: value, sparkline, rate.
package final class LiveDisplay {
  private let write: (String) -> Void
  private var lineCount = 0

  /// - Parameter write: to the terminal, at once.
  package init(write: @escaping (String) -> Void) { self.write = write }

  /// Draws a view over the last one; takes that away for nil.
  package func show(_ view: LiveView?) {
    var text = lineCount > 0 ? "\u{1B}[\(lineCount)A\r\u{1B}[J" : ""
    lineCount = 0
    if let view {
      for line in Self.lines(view, columns: LineEditor.columns).suffix(max(1, LineEditor.rows - 1)) {
        text += line + "\n"
        lineCount += 1
      }
    }
    if !text.isEmpty { write(text) }
  }

  /// One line for each value of each run, none longer than the window.
  package static func lines(_ view: LiveView, columns: Int) -> [String] {
    var lines = view.picture
    let width = view.rows.flatMap { $0.values.map(\.name.count) }.max() ?? 0
    for row in view.rows {
      var head = "\(row.run)  step \(row.step)" + (row.goal.map { " of \($0)" } ?? "")
      if let rate = view.stepsPerSecond { head += "  \(Int(rate.rounded())) steps/s" }
      if let seconds = view.secondsLeft { head += "  \(ProgressLine.durationText(seconds)) left" }
      lines.append(head)
      for value in row.values {
        let gap = String(repeating: " ", count: width - value.name.count)
        let number = ValueNumber.short(value.value)
        let pad = String(repeating: " ", count: max(0, 12 - number.count))
        let room = max(0, min(48, columns - width - 18))
        lines.append("  \(value.name)\(gap)  \(number)\(pad)  \(Sparkline.text(value.history, width: room))")
      }
    }
    return lines.map { String($0.prefix(max(1, columns - 1))) }
  }
}
