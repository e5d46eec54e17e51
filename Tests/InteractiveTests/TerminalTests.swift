import Foundation
import Glibc
import Testing

/// The prompt on a terminal: keys, history, completion, signals.
@Suite(.serialized) struct TerminalTests {
  private let folder: ScratchFolder
  private let endless = "run r = rosenbrock() with gd(lr = 1e-4) for 1000000000 steps { record loss every 1000 }"

  init() throws { folder = try ScratchFolder() }

  private func started(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> Terminal {
    let terminal = try Terminal(arguments, folder: folder.path, environment: environment)
    try terminal.prompt()
    return terminal
  }

  @Test func valuesAreNumberedAndUsable() throws {
    let terminal = try started()
    try terminal.play([("6 * 7", "_1 = 42"), ("_ + _1", "_2 = 84")])
    terminal.type("\u{4}")
    #expect(try terminal.end() == 0)
  }

  @Test func blocksGoOnUntilTheirBracketCloses() throws {
    let terminal = try started()
    terminal.enter("fn f(x) {")
    try terminal.expect("… ")
    try terminal.play([("return x + 1 }", ""), ("f(1)", "_1 = 2")])
  }

  @Test func endOfInputInsideABlockDiscardsIt() throws {
    let terminal = try started()
    terminal.enter("fn f(x) {")
    try terminal.expect("… ")
    terminal.type("\u{4}")
    try terminal.expect("unfinished input discarded")
    #expect(try terminal.end() == 0)
  }

  @Test func interruptAtThePromptForgetsTheLine() throws {
    let terminal = try started()
    terminal.type("let garbage")
    try terminal.expect("garbage")
    terminal.type("\u{3}")
    try terminal.prompt()
    try terminal.play([("1 + 1", "_1 = 2")])
  }

  @Test func interruptStopsTheComputationAndNotTheSession() throws {
    let terminal = try started()
    terminal.enter(endless)
    try terminal.expect("steps/s")
    terminal.type("\u{3}")
    let told = try terminal.prompt()
    #expect(told.contains("interrupted at step"))
    try terminal.play([("1 + 1", "_1 = 2")])
  }

  @Test func interruptedStepsGoOnBitForBit() throws {
    let terminal = try started()
    try terminal.play([("start r = rosenbrock() with gd(lr = 1e-4)", "")])
    terminal.enter("step 1000000000")
    try terminal.expect("steps/s")
    terminal.type("\u{3}")
    let told = try terminal.prompt()
    let match = try #require(told.firstMatch(of: /interrupted at step (\d+)/), "\(told)")
    try terminal.play([("step 1000", "")])
    terminal.enter("print r.x")
    let printed = try terminal.prompt()
    let step = try #require(Int(match.1))
    let screen = Screen()
    screen.play(["start r = rosenbrock() with gd(lr = 1e-4)", "goto \(step + 1000)", "print r.x"])
    let expected = try #require(screen.text.split(separator: "\n").last)
    #expect(printed.contains(expected))
    // The copy of the session leads to the same state without an interrupt.
    #expect(folder.lastSession?.contains("goto r \(step)\n") == true)
  }

  @Test func interruptedRunsGoOnToo() throws {
    let terminal = try started()
    terminal.enter(endless)
    try terminal.expect("steps/s")
    terminal.type("\u{3}")
    let match = try #require(try terminal.prompt().firstMatch(of: /interrupted at step (\d+)/))
    terminal.enter("step 2")
    let step = try #require(Int(match.1))
    #expect(try terminal.prompt().contains("r  step \(step + 2)"))
  }

  @Test func watchedValuesAreRedrawnInPlace() throws {
    let terminal = try started()
    try terminal.play([("start r = rosenbrock() with gd(lr = 1e-4)", ""), ("watch norm(x)", "")])
    terminal.enter("step until step >= 1000000")
    try terminal.expect("steps/s")
    try terminal.expect("\u{1B}[3A\r\u{1B}[J")
    terminal.type("\u{3}")
    let told = try terminal.prompt()
    #expect(told.contains("norm(x)"))
  }

  @Test func twoInterruptsLeaveInOrder() throws {
    let terminal = try started()
    try terminal.play([("let kept = 1", "")])
    terminal.type("\u{3}")
    try terminal.prompt()
    terminal.type("\u{3}")
    #expect(try terminal.end() == 130)
    #expect(folder.read("state/descent/history") == "let kept = 1\n")
    #expect(folder.lastSession == "let kept = 1\n")
  }

  @Test(arguments: [SIGTERM, SIGHUP]) func signalsEndTheSessionInOrder(number: Int32) throws {
    let terminal = try started()
    try terminal.play([("let kept = 1", "")])
    terminal.send(number)
    #expect(try terminal.end() == 143)
    #expect(folder.lastSession == "let kept = 1\n")
  }

  @Test func aTerminalThatGoesAwayEndsTheSession() throws {
    let terminal = try started()
    try terminal.play([("let kept = 1", "")])
    terminal.hangUp()
    _ = try terminal.end()
    #expect(folder.lastSession == "let kept = 1\n")
  }

  @Test func historyIsPrivateAndComesBack() throws {
    let first = try started()
    try first.play([("let seven = 7", ""), (" let hidden = 8", "")])
    first.enter("fn f(x) {")
    try first.expect("… ")
    try first.play([("return x }", "")])
    first.type("\u{4}")
    #expect(try first.end() == 0)
    let file = folder.path + "/state/descent/history"
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(folder.read("state/descent/history") == "let seven = 7\nfn f(x) {\\nreturn x }\n")
    let second = try started()
    second.type("\u{12}seven\r")
    try second.prompt()
    try second.play([("seven", "_1 = 7")])
  }

  @Test(arguments: ["\u{0}\u{1}\u{FF}", String(repeating: "x", count: 100_000), "\\", "\n\n\n"])
  func aDamagedHistoryStopsNothing(text: String) throws {
    try folder.write("state/descent/history", text)
    let terminal = try started()
    try terminal.play([("1 + 1", "_1 = 2")])
  }

  @Test func aHistoryThatIsALinkIsLeftAlone() throws {
    try folder.write("state/descent/other", "let a = 1\n")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/state/descent/history", withDestinationPath: "other")
    let terminal = try started()
    try terminal.play([("let b = 2", "")])
    #expect(folder.read("state/descent/other") == "let a = 1\n")
  }

  @Test func pastedScriptIsOneInput() throws {
    let terminal = try started()
    terminal.type("\u{1B}[200~let a = 20\nlet b = 22\na + b\n\u{1B}[201~")
    terminal.type("\r")
    #expect(try terminal.prompt().contains("_1 = 42"))
    terminal.type("\u{1B}[A")
    try terminal.expect("let b = 22")
  }

  @Test func aLongPasteIsReadAtOnceAndRunAsItIs() throws {
    let terminal = try started()
    let lines = (0..<2000).map { "let name_\($0) = \($0)  # α\n" }.joined()
    terminal.type("\u{1B}[200~\(lines)\u{1B}[201~")
    try terminal.expect("[paste 1: 2000 lines]")
    terminal.type("name_1999 + 1\r")
    #expect(try terminal.prompt().contains("_1 = 2000"))
    // Deleted from the line, it is not run.
    terminal.type("\u{1B}[200~\(lines)\u{1B}[201~")
    try terminal.expect("[paste 1: 2000 lines]")
    terminal.type("\u{15}7\r")
    #expect(try terminal.prompt().contains("_2 = 7"))
  }

  /// The rest of a paste is dropped with its beginning.
  ///
  /// Ctrl-C empties the terminal too: where the program has not read the beginning yet, nobody can know that the rest is
  /// one. That it has read cannot be awaited from outside, so this is for a machine that does nothing else.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["DESCENT_LONG_TESTS"] == "1"))
  func interruptInsideAPasteRunsNothingOfIt() throws {
    let terminal = try started()
    terminal.type("\u{1B}[200~let a = 1\n")
    try terminal.waitUntilTaken()
    terminal.type("\u{3}")
    try terminal.expect("^C")
    terminal.type("print 6 * 7\nprint 6 * 7\n\u{1B}[201~")
    try terminal.prompt()
    try terminal.play([("1 + 1", "_1 = 2")])
    #expect(!terminal.all.contains("42"))
    // The paste had come: without Ctrl-C it prints.
    terminal.type("\u{1B}[200~print 6 * 7\n\u{1B}[201~\r")
    #expect(try terminal.prompt().contains("42"))
  }

  /// The terminal drops what was not read yet, which may be the rest of a character.
  @Test func interruptInsideACharacterIsAnsweredAtOnce() throws {
    let terminal = try started()
    for _ in 0..<2 {
      terminal.type(bytes: Array("let 日".utf8.dropLast()))
      try terminal.expect("let ")
      terminal.type("\u{3}")
      try terminal.prompt()
      // With an input between, the second is no wish to leave.
      try terminal.play([("print 0", "0")])
    }
    try terminal.play([("1 + 1", "_1 = 2")])
  }

  @Test func tabCompletesNamesArgumentsAndCommands() throws {
    let terminal = try started()
    terminal.type("let curve = rosenb\t")
    try terminal.expect("rosenbrock")
    try terminal.play([("()", "")])
    terminal.type("gd(\t")
    try terminal.expect("lr = ")
    terminal.type("\u{3}")
    try terminal.prompt()
    terminal.type(":mem\t\r")
    #expect(try terminal.prompt().contains("limit"))
  }

  @Test func listedArgumentsShowTheirConstraints() throws {
    let terminal = try started()
    terminal.type("heavy_ball(\t")
    let list = try terminal.expect("momentum in 0..<1 = 0.9")
    #expect(list.contains("lr > 0"))
  }

  @Test func resizeAndWideCharactersKeepTheLine() throws {
    let terminal = try started()
    terminal.type("let 日本 = 1")
    terminal.type("\u{3}")
    try terminal.prompt()
    terminal.type("let βη = 4")
    try terminal.expect("βη = 4")
    terminal.resize(rows: 30, columns: 40)
    try terminal.play([("2", ""), ("βη", "_1 = 42")])
  }

  @Test(arguments: [("NO_COLOR", "1", false), ("NO_COLOR", "", true)])
  func coloursAreTheUsersChoice(name: String, value: String, isColoured: Bool) throws {
    let terminal = try Terminal(folder: folder.path, environment: [name: value])
    try terminal.expect("> ")
    #expect(terminal.all.contains("\u{1B}[1;32m") == isColoured)
  }

  @Test func aDumbTerminalGetsNoCodes() throws {
    let terminal = try Terminal(folder: folder.path, environment: ["TERM": "dumb", "NO_COLOR": ""])
    try terminal.expect("> ")
    terminal.enter("unknown_name")
    try terminal.expect("E0301")
    try terminal.expect("> ")
    #expect(!terminal.all.contains("\u{1B}"))
  }

  @Test func theLastSessionComesBack() throws {
    let first = try started()
    try first.play([("let seven = 7", "")])
    first.send(SIGKILL)
    #expect(try first.end() == 256 + SIGKILL)
    let second = try started(["--restore"])
    try second.play([("seven", "_1 = 7")])
  }

  @Test func aSessionThatBrokeOffOutlivesOthers() throws {
    let first = try started()
    try first.play([("let seven = 7", ""), ("let seven = 8", "")])
    first.send(SIGKILL)
    #expect(try first.end() == 256 + SIGKILL)
    // Neither a pipe nor another prompt, that which ends in order or that which goes on, takes its place.
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "echo 'print 1' | \"$0\"", Terminal.program]
    process.environment = ["XDG_STATE_HOME": folder.path + "/state"]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let second = try Terminal(folder: folder.path)
    #expect(try second.prompt().contains("broke off: `descent --restore`"))
    try second.play([("let other = 1", "")])
    second.type("\u{4}")
    #expect(try second.end() == 0)
    let third = try started()
    try third.play([("let third = 1", "")])
    let fourth = try started(["--restore"])
    try fourth.play([("seven", "_1 = 8")])
    fourth.type("\u{4}")
    #expect(try fourth.end() == 0)
    // Taken up once, it is not offered again.
    let fifth = try Terminal(["--restore"], folder: folder.path)
    try fifth.prompt()
    try fifth.play([("seven", "_2 = 8")])
  }

  @Test func theProgressLineGoesBeforeAnythingElseStands() throws {
    let run = "run r = rosenbrock() with gd(lr = 1e-4) for 400_000_000 steps { record loss at end }"
    try folder.write("long.opt", run + "\nprint \"done\"\n")
    let script = try Terminal(["run", "long.opt"], folder: folder.path)
    #expect(try script.end(within: 120) == 0)
    #expect(script.all.contains("steps/s"))
    #expect(script.all.contains("\r\u{1B}[Kdone"), "\(script.all.debugDescription.suffix(300))")
    let session = try started()
    session.enter(run)
    let shown = try session.expect("\u{1B}[?2004h> ", within: 120)
    #expect(shown.contains("steps/s"))
    let tail = shown.split(separator: "\r\u{1B}[K", omittingEmptySubsequences: false).last ?? "?"
    #expect(!tail.contains("step"), "\(tail.debugDescription)")
  }

  /// A Ctrl-D that is typed while something is computed ends the session at the next prompt.
  @Test func controlDDuringAComputationIsKept() throws {
    let terminal = try started()
    terminal.enter("print 6 * 7; run r = rosenbrock() with gd(lr = 1e-4) for 300_000 steps { record loss at end }")
    try terminal.expect("42\r\n")
    terminal.type("\u{4}")
    #expect(try terminal.end() == 0)
  }

  @Test(arguments: [["-q"], ["--seed", "3"], ["--color", "never"], ["--threads", "1"], ["--allow-read", ".."]])
  func optionsWithoutAScriptOpenThePrompt(arguments: [String]) throws {
    let terminal = try started(arguments)
    try terminal.play([("40 + 2", "_1 = 42")])
  }

  @Test func aScriptMayComeFirst() throws {
    try folder.write("first.opt", "let a = 41\n")
    let terminal = try started(["-i", "first.opt"])
    try terminal.play([("a + 1", "_1 = 42")])
  }
}
