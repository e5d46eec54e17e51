import Experiments
import Glibc
import Plots
import Testing

@Suite struct ImageTests {
  private static let hasGnuplot = ProcessRunner.path(of: "gnuplot") != nil

  private func hostileFigure(_ generator: inout SeededGenerator, canary: String) -> (figure: Figure, texts: [String]) {
    let texts = (0..<10).map { _ in HostileText.random(using: &generator, canary: canary) }
    let panel = Panel(
      title: texts[0], horizontal: Axis(label: texts[1]), vertical: Axis(label: texts[2]),
      curves: [
        Curve(name: texts[3], x: [0, 1, 2], y: [0, .nan, 1]),
        Curve(name: texts[4], x: [0, 1], y: [1, 0], mark: .points),
        Curve(name: texts[5], x: [0, 1, 2], y: [1, 0], mark: .histogram),
        Curve(name: texts[6], x: [0, 1], y: [1, 1], mark: .steps),
      ],
      references: [ReferenceLine(at: 0.5, label: texts[7]), ReferenceLine(.vertical, at: 0.5, label: texts[8])])
    return (Figure(title: texts[9], panels: [panel]), texts)
  }

  /// A name has one colour in all panels, also where others are left out.
  @Test func namesKeepTheirColours() {
    func curve(_ name: String) -> Curve { Curve(name: name, x: [0, 1], y: [0, 1]) }
    var figure = Figure(panels: [Panel(curves: ["a", "b", "c"].map(curve)), Panel(curves: [curve("b")])])
    figure.shareColours()
    #expect(figure.panels[1].curves[0].family == figure.panels[0].curves[1].family)
    #expect(figure.panels[0].curves.map { $0.family?.place } == [0, 1, 2])
  }

  // MARK: Key

  /// The names of the curves stand where neither a curve nor a line does.
  @Test func keyLeavesLinesFree() {
    let level = Curve(name: "level", x: [0, 10], y: [5, 5])
    let rising = Curve(name: "rising", x: [0, 1], y: [0, 5])
    func script(_ references: [ReferenceLine]) -> String {
      GnuplotScript.text(
        Figure(
          title: "",
          panels: [
            Panel(
              title: "", horizontal: Axis(label: "x"), vertical: Axis(label: "y"), curves: [level, rising],
              references: [ReferenceLine(at: 9.5)] + references)
          ]), format: .svg)
    }
    #expect(script([]).contains("set key inside right bottom"))
    #expect(script([ReferenceLine(at: 0.5)]).contains("set key below"))
  }

  // MARK: Hostile texts

  @Test func everyScriptLineIsACommandOfOurs() {
    var generator = SeededGenerator(seed: 21)
    for _ in 0..<100 {
      let (figure, _) = hostileFigure(&generator, canary: "/tmp/never")
      for format in ImageFormat.allCases {
        for line in GnuplotScript.text(figure, format: format).split(separator: "\n") {
          let bare = outsideQuotes(line)
          #expect(bare != nil, "a quote is left open: \(line)")
          #expect(bare?.allSatisfy(isHarmless) == true, "not ours: \(line)")
        }
      }
    }
  }

  @Test(.enabled(if: hasGnuplot))
  func aThousandHostileTextsDoNothing() throws {
    let canary = "/tmp/descent-canary-\(getpid())"
    var generator = SeededGenerator(seed: 22)
    for _ in 0..<100 {
      let (figure, _) = hostileFigure(&generator, canary: canary)
      let outcome = try ProcessRunner.run(
        "gnuplot", arguments: ["-d", "-"], input: GnuplotScript.text(figure, format: .svg))
      #expect(outcome.status == 0)
      // Long names are a tight fit: gnuplot says so and draws them.
      let complaints = outcome.complaints.split(separator: "\n").filter { line in
        line.contains { $0 != " " } && !line.contains("difficulty fitting plot titles into key")
      }
      #expect(complaints.isEmpty, "\(complaints)")
      #expect(XMLText.contents(of: String(decoding: outcome.output, as: UTF8.self)) != nil)
      #expect(access(canary, F_OK) != 0, "a text was executed")
    }
  }

  @Test func ownDrawingStaysWellFormedAndShowsEveryText() throws {
    var generator = SeededGenerator(seed: 23)
    for _ in 0..<200 {
      let (figure, texts) = hostileFigure(&generator, canary: "/tmp/never")
      let contents = try #require(XMLText.contents(of: SVGDrawing.text(figure)))
      for (index, text) in texts.enumerated() where index != 0 && !text.isEmpty {
        #expect(contents.contains(VisibleText.cut(VisibleText.visible(text), to: 160)), "lost \(text.debugDescription)")
      }
    }
  }

  /// What stands outside single-quoted strings; nil if one is not closed.
  private func outsideQuotes(_ line: Substring) -> String? {
    let parts = line.split(separator: "'", omittingEmptySubsequences: false)
    return parts.count % 2 == 1 ? parts.enumerated().filter { $0.offset % 2 == 0 }.map { $0.element }.joined() : nil
  }

  private func isHarmless(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || " .,:[]()-+/<$\\".contains(character))
  }

  // MARK: Files

  @Test(.enabled(if: hasGnuplot), arguments: ImageFormat.allCases)
  func gnuplotDrawsEverySample(_ format: ImageFormat) throws {
    for (name, figure) in Samples.all {
      let outcome = try ProcessRunner.run(
        "gnuplot", arguments: ["-d", "-"], input: GnuplotScript.text(figure, format: format))
      #expect(outcome.complaints.isEmpty, "\(name): \(outcome.complaints)")
      switch format {
      case .png: #expect(outcome.output.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      case .pdf: #expect(outcome.output.starts(with: Array("%PDF".utf8)))
      case .svg: #expect(XMLText.contents(of: String(decoding: outcome.output, as: UTF8.self)) != nil)
      }
    }
  }

  @Test(.enabled(if: hasGnuplot), arguments: ImageFormat.allCases)
  func equalFiguresGiveEqualFiles(_ format: ImageFormat) throws {
    let first = try ImageRendering.bytes(Samples.edge, format: format)
    sleepUntilTheNextSecond()
    let second = try ImageRendering.bytes(Samples.edge, format: format)
    #expect(first.count > 1000)
    #expect(first == second, "the picture depends on when it was drawn")
  }

  /// So that a date in a file would show.
  private func sleepUntilTheNextSecond() {
    let start = time(nil)
    while time(nil) == start { usleep(20_000) }
  }

  @Test func ownDrawingOfEverySampleIsWellFormed() throws {
    for (name, figure) in Samples.all {
      let text = SVGDrawing.text(figure)
      let contents = try #require(XMLText.contents(of: text), "\(name)")
      for panel in figure.panels where !panel.horizontal.label.isEmpty {
        #expect(contents.contains(panel.horizontal.label))
      }
      #expect(!text.contains("nan") && !text.contains("inf"), "\(name)")
    }
  }

  @Test func withoutGnuplotSvgIsDrawnAndOthersSayWhatToInstall() throws {
    let missing: ImageRendering.Runner = { program, _, _ throws(ProcessRunner.Failure) in
      throw ProcessRunner.Failure.notFound(program: program)
    }
    let bytes = try ImageRendering.bytes(Samples.edge, format: .svg, run: missing)
    #expect(String(decoding: bytes, as: UTF8.self) == SVGDrawing.text(Samples.edge))
    #expect(throws: ImageRendering.Failure.needsGnuplot(.png)) {
      try ImageRendering.bytes(Samples.edge, format: .png, run: missing)
    }
    #expect(ImageRendering.Failure.needsGnuplot(.png).message.contains("gnuplot-nox"))
  }

  @Test func gnuplotsLastWordsAreReported() {
    let broken: ImageRendering.Runner = { _, _, _ throws(ProcessRunner.Failure) in
      ProcessRunner.Outcome(status: 1, output: [], complaints: "\nline 3: undefined variable\u{1B}[0m\n\n")
    }
    #expect(throws: ImageRendering.Failure.failed("line 3: undefined variable\\u{1b}[0m")) {
      try ImageRendering.bytes(Samples.edge, format: .pdf, run: broken)
    }
  }

  @Test(arguments: [("a.svg", ImageFormat.svg), ("b/c.PNG", .png), ("x.y.pdf", .pdf), ("svg", nil), ("a.gif", nil)])
  func endingChoosesTheFormat(_ name: String, _ expected: ImageFormat?) {
    #expect(ImageFormat(fileName: name) == expected)
  }

  @Test func thinningKeepsExtremesAndGaps() {
    let x = (0..<100_000).map(Double.init)
    let spiked = x.map { $0 == 77_777 ? 50.0 : $0 == 12_345 ? .nan : 0 }
    let drawing = GnuplotScript.text(
      Figure(panels: [Panel(curves: [Curve(name: "", x: x, y: spiked)])]), format: .svg)
    #expect(drawing.contains("\n77777 50\n"))
    #expect(drawing.contains("\n\n"))
    #expect(drawing.utf8.count < 200_000)
  }
}

/// The texts of an XML document, unescaped; nil when it is not well-formed (as far as drawings need).
enum XMLText {
  static func contents(of document: String) -> [String]? {
    var texts: [String] = []
    var open: [Substring] = []
    var rest = document[...]
    while let start = rest.firstIndex(of: "<") {
      guard let text = unescaped(rest[..<start]) else { return nil }
      if !text.isEmpty { texts.append(text) }
      rest = rest[start...]
      if rest.hasPrefix("<!--") {
        guard let end = rest.firstRange(of: "-->") else { return nil }
        rest = rest[end.upperBound...]
        continue
      }
      guard let end = rest.firstIndex(of: ">") else { return nil }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.contains("<") { return nil }
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return nil }
      } else if !tag.hasSuffix("/"), !tag.hasPrefix("?"), !tag.hasPrefix("!") {
        open.append(tag.prefix { !$0.isWhitespace })
      }
    }
    return open.isEmpty ? texts : nil
  }

  private static func unescaped(_ text: Substring) -> String? {
    for scalar in text.unicodeScalars where scalar.value < 0x20 && !"\n\t\r".unicodeScalars.contains(scalar) {
      return nil
    }
    if text.contains("]]>") { return nil }
    var result = ""
    for (index, part) in text.split(separator: "&", omittingEmptySubsequences: false).enumerated() {
      if index == 0 {
        result += part
        continue
      }
      let names = [
        ("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("apos;", "'"), ("#39;", "'"), ("#160;", " "),
      ]
      guard let name = names.first(where: { part.hasPrefix($0.0) }) else { return nil }
      result += name.1 + part.dropFirst(name.0.count)
    }
    return result
  }
}
