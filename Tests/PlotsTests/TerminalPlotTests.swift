import Experiments
import Plots
import Testing

@Suite struct TerminalPlotTests {
  @Test(arguments: Samples.all.map(\.name))
  func looksAsDrawnBefore(_ name: String) throws {
    let figure = try #require(Samples.all.first { $0.name == name }).figure
    let styles = [
      ("braille", TerminalStyle()), ("ascii", TerminalStyle(width: 70, height: 20, unicode: false)),
    ]
    for (styleName, style) in styles {
      let text = TerminalPlot.text(figure, style: style)
      let expected = try #require(Golden.expected("\(name).\(styleName)", actual: text), "no golden file")
      #expect(text == expected)
    }
  }

  @Test(arguments: [1, 20, 33, 80, 200], [1, 8, 24, 60])
  func neverWiderThanAsked(_ width: Int, _ height: Int) {
    for (name, figure) in Samples.all {
      for unicode in [true, false] {
        let style = TerminalStyle(width: width, height: height, unicode: unicode)
        let lines = TerminalPlot.lines(figure, style: style)
        let widest = lines.map { VisibleText.width($0) }.max() ?? 0
        #expect(widest <= max(20, width), "\(name) at \(width) × \(height)")
        if figure.panels.count == 1 { #expect(lines.count <= max(9, height), "\(name) at \(width) × \(height)") }
        if !unicode { #expect(lines.allSatisfy { line in line.allSatisfy { $0.isASCII } }) }
      }
    }
  }

  /// Panels that share their axes show all data of all of them.
  @Test func panelsShareTheirAxes() {
    func panel(_ x: [Double], _ y: [Double]) -> Panel { Panel(curves: [Curve(name: "c", x: x, y: y)]) }
    var figure = Figure(panels: [panel([0, 1], [1, 2]), panel([0, 5], [-3, 0])])
    figure.shareAxes()
    let (first, second) = (figure.panels[0], figure.panels[1])
    #expect(first.horizontal.range == second.horizontal.range && first.vertical.range == second.vertical.range)
    #expect(first.horizontal.range == Interval(low: 0, high: 5))
    #expect(
      first.vertical.range.map { $0.low < -3 && $0.high > 2 } == true, "\(String(describing: first.vertical.range))")
  }

  @Test func colourOnlyAddsSequences() {
    for (_, figure) in Samples.all where figure.panels.allSatisfy({ $0.curves.count == 1 }) {
      let plain = TerminalPlot.text(figure, style: TerminalStyle())
      let coloured = TerminalPlot.text(figure, style: TerminalStyle(colour: true))
      #expect(withoutSequences(coloured) == plain)
    }
    #expect(TerminalPlot.text(Samples.sweep, style: TerminalStyle(colour: true)).contains("\u{1B}[38;5;"))
    #expect(!TerminalPlot.text(Samples.sweep).contains("\u{1B}"))
  }

  @Test func noSpikeIsLost() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let place = Int.random(in: 0..<20_000, using: &generator)
      let x = (0..<20_000).map(Double.init)
      let y = x.indices.map { $0 == place ? 100.0 : 0 }
      let panel = Panel(
        vertical: Axis(range: Interval(low: 0, high: 100)), curves: [Curve(name: "", x: x, y: y)])
      let lines = TerminalPlot.lines(Figure(panels: [panel]), style: TerminalStyle())
      let rows = lines.filter { $0.contains { $0 == "┤" || $0 == "│" } }
      #expect(rows.allSatisfy { $0.contains(where: isBraille) }, "the spike at \(place) has holes")
    }
  }

  @Test func gapsAreNotBridged() throws {
    let x = (0...100).map(Double.init)
    let y = x.map { (40...60).contains($0) ? Double.nan : 1 }
    let lines = TerminalPlot.lines(
      Figure(panels: [Panel(curves: [Curve(name: "", x: x, y: y)])]), style: TerminalStyle())
    let row = try #require(lines.first { $0.contains(where: isBraille) })
    let middle = Array(row)[row.count / 2]
    #expect(middle == " ")
    #expect(lines.last == "21 points not shown: not finite")
  }

  @Test func labelsCannotSteerTheTerminal() {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<300 {
      func text() -> String { HostileText.random(using: &generator, canary: "/tmp/never") }
      let panel = Panel(
        title: text(), horizontal: Axis(label: text()), vertical: Axis(label: text()),
        curves: [Curve(name: text(), x: [0, 1], y: [0, 1]), Curve(name: text(), x: [0, 1], y: [1, 0])],
        references: [ReferenceLine(at: 0.5, label: text()), ReferenceLine(.vertical, at: 0.5, label: text())])
      let output = TerminalPlot.text(Figure(title: text(), panels: [panel]))
      for scalar in output.unicodeScalars where scalar != "\n" {
        #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar.value != 0x202E)
      }
      #expect(output.split(separator: "\n").allSatisfy { VisibleText.width(String($0)) <= 80 })
    }
  }

  @Test func randomFiguresNeverTrap() {
    var generator = SeededGenerator(seed: 4)
    let values = [
      0, 1, -1, .nan, .infinity, -.infinity, 1e308, -1e308, Double.leastNonzeroMagnitude, 1e-300, 3, 1e16, 1e16 + 2,
    ]
    for _ in 0..<400 {
      func some() -> [Double] {
        (0..<Int.random(in: 0...6, using: &generator)).map { _ in values.randomElement(using: &generator) ?? 0 }
      }
      let marks: [Curve.Mark] = [.line, .points, .steps, .histogram]
      let curves = (0..<Int.random(in: 0...3, using: &generator)).map { index in
        let y = some()
        let band = Bool.random(using: &generator) ? Curve.Band(low: y.map { $0 - 1 }, high: y.map { $0 + 1 }) : nil
        return Curve(
          name: "c\(index)", x: some(), y: y, mark: marks.randomElement(using: &generator) ?? .line, band: band)
      }
      let scales: [Axis.Scale] = [.linear, .logarithmic]
      let panel = Panel(
        horizontal: Axis(label: "x", scale: scales.randomElement(using: &generator) ?? .linear),
        vertical: Axis(label: "y", scale: scales.randomElement(using: &generator) ?? .linear), curves: curves,
        references: [ReferenceLine(at: values.randomElement(using: &generator) ?? 0, label: "r")])
      let figure = Figure(panels: [panel])
      #expect(!TerminalPlot.text(figure).isEmpty)
      #expect(SVGDrawing.text(figure).hasSuffix("</svg>\n"))
      #expect(GnuplotScript.text(figure, format: .svg).contains("\nplot "))
    }
  }

  private func isBraille(_ character: Character) -> Bool {
    character.unicodeScalars.contains { (0x2801...0x28FF).contains($0.value) }
  }

  private func withoutSequences(_ text: String) -> String {
    text.split(separator: "\u{1B}[", omittingEmptySubsequences: false).enumerated().map { index, part in
      index == 0 ? String(part) : String(part.drop { $0 != "m" }.dropFirst())
    }.joined()
  }
}
