import Interactive
import Language
import Testing
import Values

/// Watched values in place.
@Suite struct LiveDisplayTests {
  private func view(_ step: Int) -> LiveView {
    let value = LiveView.Value(name: "loss", value: 0.25, history: [1, 0.5, 0.25])
    return LiveView(rows: [LiveView.Row(run: "r", step: step, values: [value])], stepsPerSecond: 1200)
  }

  @Test func aRowHasItsStepItsRateAndASparklineForEachValue() {
    #expect(LiveDisplay.lines(view(40), columns: 80) == ["r  step 40  1200 steps/s", "  loss  0.25          █▃▁"])
  }

  @Test(arguments: [1, 10, 25, 40]) func noLineIsLongerThanTheWindow(columns: Int) {
    for line in LiveDisplay.lines(view(123_456_789), columns: columns) { #expect(line.count < max(2, columns)) }
  }

  @Test func eachViewTakesTheLastOneAway() {
    var written = ""
    let display = LiveDisplay { written += $0 }
    display.show(view(1))
    #expect(!written.contains("\u{1B}"))
    written = ""
    display.show(view(2))
    #expect(written.hasPrefix("\u{1B}[2A\r\u{1B}[J"))
    written = ""
    display.show(nil)
    #expect(written == "\u{1B}[2A\r\u{1B}[J")
    written = ""
    display.show(nil)
    #expect(written.isEmpty)
  }
}
