import Foundation
import Glibc
import Testing

/// The prompt when things go wrong around it: signals in a run, state folders that cannot be used, odd bytes, odd windows.
@Suite(.serialized) struct TerminalTroubleTests {
  private let folder: ScratchFolder
  private static let start = "start r = rosenbrock() with gd(lr = 1e-4)"

  init() throws { folder = try ScratchFolder() }

  @Test(arguments: [SIGHUP, SIGTERM]) func aSignalInTheMiddleOfARunEndsInOrder(number: Int32) throws {
    let terminal = try Terminal(folder: folder.path)
    try terminal.play([(Self.start, "step 0"), ("step 10", "step 10")])
    terminal.enter("step 1000000000")
    try terminal.expect("steps/s")
    terminal.send(number)
    #expect(try terminal.end() == 143)
    // The copy of the session is whole, and ends where the run was stopped.
    let kept = folder.lastSession ?? ""
    #expect(kept.hasPrefix(Self.start + "\nstep 10\ngoto r "), "\(kept)")
    let again = try Terminal(["--restore"], folder: folder.path)
    try again.play([("step", "r  step")])
  }

  @Test(arguments: ["/proc/none", "state/file", ""]) func withoutAStateFolderNothingIsKeptAndAllWorks(path: String)
    throws
  {
    try folder.write("state/file", "")
    let state = path.hasPrefix("/") || path.isEmpty ? path : folder.path + "/" + path
    let terminal = try Terminal(folder: folder.path, environment: ["XDG_STATE_HOME": state, "HOME": "/proc/none"])
    try terminal.play([("let a = 41", ""), ("a + 1", "_1 = 42"), (":undo", "took back")])
    terminal.type("\u{4}")
    #expect(try terminal.end() == 0)
  }

  @Test func anUnreadableHistoryStopsNothing() throws {
    try folder.write("state/descent/history/inside", "a folder in its place")
    let terminal = try Terminal(folder: folder.path)
    try terminal.play([("1 + 1", "_1 = 2")])
  }

  @Test func bytesThatAreNoTextAreAMistake() throws {
    let terminal = try Terminal(folder: folder.path)
    try terminal.prompt()
    terminal.type(bytes: Array("let a = ".utf8) + [0xFF, 0xFE, 0xC3, 0x0D])
    #expect(try terminal.prompt().contains("error E01"))
    try terminal.play([("1 + 1", "_1 = 2")])
  }

  @Test func controlDWithinALineDeletes() throws {
    let terminal = try Terminal(folder: folder.path)
    try terminal.prompt()
    terminal.type("12\u{1}\u{4}\r")
    #expect(try terminal.prompt().contains("_1 = 2"))
    // At the end of a line that is not empty it does nothing.
    terminal.type("3\u{4}\r")
    #expect(try terminal.prompt().contains("_2 = 3"))
  }

  @Test func aWindowThatShrinksKeepsTheLiveViewWithinIt() throws {
    let terminal = try Terminal(folder: folder.path)
    try terminal.play([(Self.start, ""), ("watch norm(x), norm(g)", "")])
    terminal.enter("step 1000000000")
    try terminal.expect("steps/s")
    terminal.resize(rows: 8, columns: 30)
    // Sooner or later it is drawn within the new window, and from then on always.
    func lines(_ drawing: String) -> [String] {
      drawing.split(whereSeparator: \.isNewline).map { $0.filter { $0 != "\r" } }
    }
    func fits(_ drawing: String) -> Bool {
      let lines = lines(drawing)
      return lines.count > 1 && lines.allSatisfy { $0.count <= 30 }
    }
    var drawing = ""
    repeat { drawing = try terminal.expect("\u{1B}[J") } while !fits(drawing)
    for _ in 0..<3 {
      drawing = try terminal.expect("\u{1B}[J")
      #expect(lines(drawing).allSatisfy { $0.count <= 30 }, "\(drawing.debugDescription)")
    }
    terminal.type("\u{3}")
    try terminal.prompt()
  }

  @Test func viKeysAreTheUsersChoice() throws {
    try folder.write("inputrc", "set editing-mode vi\nset keyseq-timeout 50\n")
    let terminal = try Terminal(folder: folder.path, environment: ["INPUTRC": folder.path + "/inputrc"])
    try terminal.prompt()
    terminal.type("40 + 23")
    try terminal.expect("40 + 23")
    terminal.type("\u{1B}")
    usleep(200_000)
    terminal.type("x\r")
    #expect(try terminal.prompt().contains("_1 = 42"))
    // A paste is one input in this mode too.
    terminal.type("\u{1B}[200~let a = 20\nlet b = 22\na + b\n\u{1B}[201~\r")
    #expect(try terminal.prompt().contains("_2 = 42"))
  }

  @Test func aLongInputIsSearchedAndTakenBackWhole() throws {
    let terminal = try Terminal(folder: folder.path)
    try terminal.prompt()
    terminal.type("fn twice(x) {\r")
    try terminal.expect("… ")
    terminal.type("return 2 * x }\r")
    try terminal.prompt()
    try terminal.play([("twice(4)", "_1 = 8"), (":undo", "took back"), (":undo", "took back: fn twice(x) { …")])
    terminal.type("\u{12}fn tw\r")
    try terminal.prompt()
    try terminal.play([("twice(5)", "_1 = 10")])
  }
}
