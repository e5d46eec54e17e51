import Experiments
import Plots
import Testing

@Suite struct TextTests {
  // MARK: Tables

  @Test func numbersAlignAtTheirPoints() {
    let table = Table(
      columns: ["b", "η", "plateau · η", "verdict"],
      rows: [
        [.integer(4), .number(0.01), .estimate(0.40123, error: 0.0031), .text("supported")],
        [.integer(256), .number(0.0316227766), .estimate(2.796, error: 0.02), .text("損失")],
        [.integer(16), .number(1e-7), .estimate(1.449, error: 0), .empty],
        [.integer(-1), .number(.nan), .empty, .text("x")],
      ])
    #expect(
      TableText.lines(table) == [
        "  b         η    plateau · η  verdict",
        "───  ────────  ─────────────  ─────────",
        "  4  0.01      0.401 ± 0.003  supported",
        "256  0.031623  2.80  ± 0.02   損失",
        " 16  1e-07     1.449",
        " -1       nan                 x",
      ])
  }

  @Test func asciiTablesAreAscii() {
    let table = Table(columns: ["η"], rows: [[.estimate(0.5, error: 0.1)], [.text("λ≥1")]])
    let text = TableText.text(table, style: TableText.Style(unicode: false))
    #expect(text.allSatisfy { $0.isASCII })
    #expect(text.contains("0.50 +/- 0.10"))
    #expect(text.contains("lambda>=1"))
  }

  @Test func wideTablesContinueBelow() {
    let columns = (0..<12).map { "column\($0)" }
    let table = Table(columns: ["seed"] + columns, rows: [[.integer(1)] + columns.map { _ in .number(0.125) }])
    let lines = TableText.lines(table, style: TableText.Style(width: 60))
    #expect(lines.allSatisfy { VisibleText.width($0) <= 60 })
    #expect(lines.filter { $0.hasPrefix("seed") }.count == 2)
    #expect(columns.allSatisfy { name in lines.filter { $0.contains(name) }.count >= 1 })
  }

  @Test func wideTablesRepeatWhatARowIsAbout() {
    let columns = (0..<12).map { "column\($0)" }
    let row: [Cell] = [.integer(1), .integer(64)] + columns.map { _ in .number(0.125) }
    let lines = TableText.lines(
      Table(columns: ["seed", "batch"] + columns, rows: [row], keyCount: 2), style: TableText.Style(width: 60))
    #expect(lines.allSatisfy { VisibleText.width($0) <= 60 })
    let heads = lines.filter { $0.hasPrefix("seed") }
    #expect(heads.count == 3 && heads.allSatisfy { $0.hasPrefix("seed  batch") }, "\(lines)")
    #expect(columns.allSatisfy { name in heads.filter { $0.contains(name) }.count >= 1 })
  }

  @Test func oddTablesAreFine() {
    #expect(TableText.lines(Table(columns: [])).isEmpty)
    #expect(TableText.lines(Table(columns: ["a"])) == ["a", "─"])
    let ragged = Table(columns: ["a", "b"], rows: [[.integer(1)], [.integer(1), .integer(2), .integer(3)]])
    #expect(TableText.lines(ragged) == ["a  b", "─  ─", "1", "1  2"])
    let hostile = Table(columns: ["\u{1B}[31m"], rows: [[.text("\u{7}\n\u{202E}")]])
    #expect(TableText.text(hostile).unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x202E })
  }

  @Test func markdownEscapesItsOwnMarks() {
    let table = Table(columns: ["a|b", "n"], rows: [[.text("`x`|y"), .estimate(0.5, error: 0.02)]])
    #expect(TableMarkdown.text(table) == "| a\\|b | n |\n| :--- | ---: |\n| \\`x\\`\\|y | 0.50 ± 0.02 |\n")
  }

  // MARK: Progress

  @Test(arguments: [
    (1240, 4000 as Int?, 0.59, "fit  ━━━━━━━━━╸────────────────────  1240/4000 steps  31%  2.1k/s  1.3s left"),
    (0, 4000, 0.0, "fit  ╸─────────────────────────────  0/4000 steps  0%"),
    (4000, 4000, 61.2, "fit  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  4000/4000 steps  100%  65/s  1m 01s"),
    (5000, 4000, 2.0, "fit  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  4000/4000 steps  100%  2.5k/s  2s"),
    (123, nil, 3.0, "fit  123 steps  41/s  3s"),
  ])
  func progressTellsRateAndTimeLeft(_ done: Int, _ total: Int?, _ seconds: Double, _ expected: String) {
    let line = ProgressLine(label: "fit", width: 77)
    #expect(line.text(done: done, total: total, seconds: seconds) == expected)
  }

  @Test(arguments: [
    (0.0004, "0.001s"), (0.42, "0.42s"), (9.949, "9.9s"), (9.96, "10s"), (59.6, "1m 00s"), (78, "1m 18s"),
    (7530, "2h 05m"), (273_600, "3d 4h"), (.infinity, "?"), (.nan, "?"), (-1, "?"),
  ])
  func durations(_ seconds: Double, _ expected: String) {
    #expect(ProgressLine.durationText(seconds) == expected)
  }

  @Test func progressFitsEveryWidth() {
    for width in 1...120 {
      let line = ProgressLine(label: "a long η label", width: width)
      #expect(VisibleText.width(line.text(done: 17, total: 40_000, seconds: 1)) <= width)
    }
  }

  // MARK: Sparklines and widths

  @Test(arguments: [
    ([0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"), ([3, 3, 3], 8, "▅▅▅"), ([], 8, ""), ([0, .nan, 1], 8, "▁ █"),
    ([0, 0, 1, 1], 2, "▁█"), ([.nan, .infinity], 4, "  "),
  ])
  func sparklines(_ values: [Double], _ width: Int, _ expected: String) {
    #expect(Sparkline.text(values, width: width) == expected)
  }

  @Test(arguments: [
    ("loss", 4), ("損失", 4), ("e\u{301}", 1), ("λ₁", 2), ("👩‍🔬", 2), ("", 0), ("ｱ", 1), ("Ａ", 2), ("⠿", 1), ("❤️", 2),
  ])
  func columnsOfText(_ text: String, _ expected: Int) {
    #expect(VisibleText.width(text) == expected)
  }

  @Test func cutTextsFit() {
    for width in 0...8 {
      #expect(VisibleText.width(VisibleText.cut("a損失b損失", to: width)) <= width)
    }
    #expect(VisibleText.cut("short", to: 5) == "short")
    #expect(VisibleText.cut("longer", to: 5) == "long…")
  }
}
