import Data
import Diagnostics
import Interactive
import Language
import Testing

/// Expressions that only the present run has a value for, and what the saved script makes of results and looks.
@Suite struct LookingTests {
  private static let begin = [
    "let X = draw(normal(), [24, 3])", "let Y = draw(normal(), [24], 1)",
    "start r = least_squares(X, Y) with heavy_ball(0.1, 0.9) batch 8", "step 10",
  ]

  private func screen(_ lines: [String]) -> Screen {
    let screen = Screen()
    screen.play(Self.begin + lines)
    return screen
  }

  /// The lines of a screen that were not typed.
  private func answers(_ screen: Screen) -> [Substring] {
    screen.text.split(separator: "\n").filter { !$0.hasPrefix("> ") }
  }

  /// The same as `inspect` says, word for word, and the run stays where it is.
  @Test(arguments: [
    "sharpness", "loss", "norm(x)", "g", "sharpness * lr", "2 / lr", "gradient_norm()", "batch_sharpness(4)", "-loss",
  ])
  func whatOnlyTheRunHasIsLookedUp(expression: String) {
    let bare = screen([expression, "inspect \(expression)", "step"])
    let lines = answers(bare).suffix(3)
    #expect(
      lines.first == lines.dropFirst().first && lines.first?.hasPrefix("\(expression) = ") == true, "\(bare.text)")
    #expect(lines.last == answers(screen(["step"])).last)
  }

  @Test func namesOfTheSessionHideThoseOfTheRun() {
    #expect(screen(["let loss = 3", "loss + 1"]).text.hasSuffix("_1 = 4\n"))
    #expect(screen(["metric slow = norm(g)", "slow"]).text.contains("\nslow = 0"))
  }

  /// What is wrong is told once, about the part that neither the session nor the run knows.
  @Test(arguments: [
    ("los", "`loss`"), ("g + y", "called `y`"), ("sharpness(tol = 3)", "no argument `tol`"), ("1 + \"x\"", "E0401"),
    ("2 + loss @ 3", "E0508"), ("X @ X", "E0503"),
  ])
  func mistakesInALookAreTheRuns(expression: String, words: String) {
    let text = screen([expression]).text
    #expect(text.contains(words) && text.split(separator: "\n").count { $0.hasPrefix("error") } == 1, "\(text)")
  }

  @Test func withoutARunAMetricIsItsDefinition() {
    let screen = Screen()
    screen.play(["sharpness", "loss"])
    #expect(screen.text.contains("_1 = metric sharpness") && screen.text.contains("nothing here is called `loss`"))
  }

  @Test func looksAreLooksInTheSavedScript() throws {
    let typed = ["sharpness; step 5", "norm(g)", ":save s.opt"]
    let screen = screen(typed)
    #expect(screen.session?.journal.suffix(2) == ["inspect sharpness; step 5", "inspect norm(g)"])
    let again = Screen()
    let report = again.session?.run(SourceText(name: "s.opt", bytes: try screen.host.read("/out/s.opt")))
    #expect(report?.hasFailed == false)
    #expect(answers(again).suffix(3) == answers(screen).dropLast().suffix(3))
  }

  /// A result has a name in the script where a later line speaks of it, and only there.
  @Test func resultsThatAreUsedHaveNamesInTheSavedScript() throws {
    let screen = Screen()
    screen.play(["1 + 1", "2 + 3; _ + 1", "40 // 4", "print \"_1\"", "let y = _2 + _", "print y, _2"])
    #expect(
      screen.session?.journal == [
        "1 + 1", "let _2 = 2 + 3; _2 + 1", "let _4 = 40 // 4", "print \"_1\"", "let y = _2 + _4", "print y, _2",
      ])
  }

  @Test func namedResultsOfALoadedScriptAreNotGivenAgain() throws {
    let first = Screen()
    first.play(["1 + 1", "7", "let y = _1 + 1", ":save s.opt"])
    let again = Screen()
    _ = again.session?.run(SourceText(name: "s.opt", bytes: try first.host.read("/out/s.opt")))
    again.play(["8", "_1 + _", "y"])
    #expect(answers(again) == ["_2 = 7", "_3 = 8", "_4 = 10", "_5 = 3"], "\(again.text)")
  }
}
