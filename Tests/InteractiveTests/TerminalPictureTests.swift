import Glibc
import Interactive
import Plots
import Testing

/// Plots at a prompt: pictures where the terminal says that it can draw them, characters everywhere else.
@Suite(.serialized) struct TerminalPictureTests {
  private let folder: ScratchFolder
  private static let question = "\u{1B}[c"
  private static let picture = "\u{1B}P"
  private static var hasGnuplot: Bool { ProcessRunner.path(of: "gnuplot") != nil }

  init() throws { folder = try ScratchFolder() }

  private func plotting() throws -> Terminal {
    let terminal = try Terminal(folder: folder.path)
    try terminal.play([("start r = rosenbrock() with gd(lr = 1e-3)", "step 0"), ("step 100", "step 100")])
    terminal.enter("plot loss")
    return terminal
  }

  @Test(.enabled(if: hasGnuplot)) func aTerminalThatKnowsSixelsGetsAPicture() throws {
    let terminal = try plotting()
    try terminal.expect(Self.question)
    terminal.type("\u{1B}[?62;4;22c")
    let shown = try terminal.prompt()
    #expect(shown.contains(Self.picture))
    #expect(shown.contains("\u{1B}\\"))
    #expect(!shown.contains("┤"))
    // It is asked once.
    terminal.enter("plot loss")
    let again = try terminal.prompt()
    #expect(again.contains(Self.picture))
    #expect(!again.contains(Self.question))
    try terminal.play([(":set plot braille", ""), ("plot loss", "┤")])
  }

  @Test(arguments: ["\u{1B}[?1;2c", "\u{1B}[?64;1;2c", "\u{1B}[?4c", "\u{1B}[?62;44;14c", ""])
  func anyOtherGetsCharacters(answer: String) throws {
    let terminal = try plotting()
    try terminal.expect(Self.question)
    terminal.type(answer)
    let shown = try terminal.prompt(within: 5)
    #expect(shown.contains("┤"))
    #expect(!shown.contains(Self.picture))
  }

  @Test func anAnswerThatComesTooLateIsNoTyping() throws {
    let terminal = try plotting()
    try terminal.expect(Self.question)
    try terminal.prompt()
    terminal.type("1 +\u{1B}[?62;4c 1\r")
    #expect(try terminal.prompt().contains("_1 = 2"))
    guard Self.hasGnuplot else { return }
    terminal.enter("plot loss")
    #expect(try terminal.prompt().contains(Self.picture))
  }

  @Test func whatIsTypedAroundTheAnswerIsKept() throws {
    let terminal = try plotting()
    try terminal.expect(Self.question)
    terminal.type("20 \u{1B}[?1;2c+ 22\r")
    try terminal.prompt()
    #expect(try terminal.prompt().contains("_1 = 42"))
  }

  @Test func nothingIsAskedWhileSomebodyTypes() throws {
    let terminal = try Terminal(folder: folder.path)
    try terminal.play([("start r = rosenbrock() with gd(lr = 1e-3)", "step 0")])
    terminal.type("step 100\rplot loss\r1 + 1\r")
    try terminal.expect("_1 = 2")
    #expect(!terminal.all.contains(Self.question))
  }

  @Test func aDumbTerminalIsAskedNothing() throws {
    let terminal = try Terminal(folder: folder.path, environment: ["TERM": "dumb"])
    for line in ["start r = rosenbrock() with gd(lr = 1e-3)", "step 100", "plot loss", "1 + 1"] {
      try terminal.expect("> ")
      terminal.enter(line)
    }
    try terminal.expect("_1 = 2")
    #expect(!terminal.all.contains("\u{1B}"))
  }

  @Test func picturesFitTheWindow() {
    let wide = PictureSize(columns: 200, rows: 50, pixels: (across: 1800, down: 900), panels: 1)
    #expect(wide.width <= 960)
    #expect(wide.height % 6 == 0)
    let low = PictureSize(columns: 100, rows: 12, pixels: (across: 0, down: 0), panels: 1)
    #expect(low.width == 800)
    #expect(low.height <= 9 * 16)
  }
}
