import Data
import Diagnostics
import Interactive
import Language
import Testing

/// What an input leaves behind, and what a mistake does not.
@Suite struct SessionTests {
  private func screen(_ lines: [String], files: [String: [UInt8]] = [:]) -> Screen {
    let screen = Screen(files: files)
    screen.play(lines)
    return screen
  }

  @Test func aLineThatFailsHalfWayChangesNothing() {
    let screen = screen(["var k = 1", "k += 1; let a = 1; let b = 1 // 0; let c = 2", "k", "a", "c"])
    #expect(screen.text.contains("E0701") || screen.text.contains("E07"))
    #expect(screen.text.contains("_1 = 1\n"))
    #expect(screen.session?.variables.map(\.name) == ["k"])
  }

  @Test func checkingChangesNoVariable() {
    #expect(screen(["var k = 0", "k += 1", "k += 1", "k"]).text.contains("_1 = 2\n"))
  }

  @Test func nothingRunsWhenALaterLineOfAPasteIsWrong() {
    let screen = Screen()
    let report = screen.session?.run(Array("let a = 1\nlet b = nonsense\n".utf8))
    #expect(report?.hasFailed == true)
    #expect(screen.session?.variables.isEmpty == true)
  }

  @Test func linesOfAPasteBeforeAFailureStay() {
    let screen = Screen()
    _ = screen.session?.run(Array("let a = 1\nlet b = 1 // 0; let c = 3\nlet d = 1\n".utf8))
    #expect(screen.session?.variables.map(\.name) == ["a"])
    #expect(screen.session?.journal == ["let a = 1"])
  }

  @Test func namesMayBeDefinedAnewButNotTwiceInAnInput() {
    #expect(screen(["let a = 1", "let a = 2", "a"]).text.contains("_1 = 2\n"))
    #expect(screen(["let a = 1; let a = 2"]).text.contains("E0307"))
  }

  @Test func undoTakesBackDefinitionsAndResults() {
    let screen = screen(["let a = 1", "a + 1", "let a = 5", ":undo", ":undo", "a + 2"])
    #expect(screen.text.hasSuffix("_1 = 3\n"))
    #expect(screen.session?.journal == ["let a = 1", "a + 2"])
  }

  @Test func undoWithoutAnythingIsAComplaint() {
    #expect(screen([":undo"]).text.contains("there is nothing to undo"))
  }

  @Test func savedSessionGivesTheSameOutput() throws {
    let typed = [
      "let η = 0.1", "nonsense", "fn double(x) = 2 * x", "double(η)",
      "run r = rosenbrock() with gd(lr = 1e-3) for 20 steps { record loss every 5 }", "print final(r.loss)",
      ":save \"s.opt\"",
    ]
    let screen = screen(typed)
    let script = try screen.host.read("/out/s.opt")
    let again = Screen()
    let report = again.session?.run(SourceText(name: "s.opt", bytes: script))
    #expect(report?.hasFailed == false)
    let printed = screen.text.split(separator: "\n").dropLast(2).last
    #expect(again.text.split(separator: "\n").last == printed)
  }

  @Test func triedExampleLeavesNoTrace() {
    let screen = screen(["let r = 5", ":try adam", "r"])
    #expect(screen.text.contains("supported"))
    #expect(screen.text.hasSuffix("_1 = 5\n"))
    #expect(screen.session?.journal == ["let r = 5", "r"])
  }

  @Test func loadedScriptIsPartOfTheSession() {
    let files: [String: [UInt8]] = ["a.opt": Array("let a = 4\n".utf8)]
    #expect(screen([":load a.opt", "a"], files: files).text.contains("_1 = 4\n"))
    #expect(screen([":load b.opt"], files: files).text.contains("E08"))
  }

  @Test(arguments: [
    (":hel", "Statements are those"), (":t", "`:t` may be :time, :tree, :try"), (":nonsens", "there is no command"),
    (":save", "needs FILE"), (":set timing maybe", "on` or `"), (":set timin", "did you mean"), ("?adam", "Kingma"),
    ("adam?", "Kingma"), ("help sum", "sum("), ("??momentum", "heavy_ball"), ("?nonsense", "there is no help"),
    ("show gd", "optimizer gd"), ("show nonsense", "The library has no"), ("explain E0301", "wrong:"),
    ("explain E9999", "There is no code"), (":memory", "limit"), (":time 1 + 1", "0.00 ms"), ("?E0301", "wrong:"),
  ]) func requestsAreAnswered(line: String, expected: String) {
    let text = screen([line]).text
    #expect(text.contains(expected), "\(text)")
  }

  @Test func definitionsOfTheSessionAreShown() {
    let screen = screen(["## Twice.\nfn double(x) = 2 * x", "show double", "?double"])
    #expect(screen.text.contains("fn double(x) = 2 * x"))
    #expect(screen.text.contains("Twice."))
  }

  @Test func wordsOfThePromptAreStillNames() {
    #expect(screen(["let help = 3", "help"]).text.contains("_1 = 3\n"))
  }
}
