import Diagnostics
import Foundation
import Language
import Testing
import Values

/// What the documentation shows is true: examples run, and explanations explain.
@Suite struct ExampleTests {
  /// The numbered essays and the papers; large ones need data that is installed apart.
  static let examples = GoldenTests.paths(below: "examples", ending: ".opt").filter { !$0.contains("/large/") }
  /// The claims of the papers, by their numbers.
  static let claims = GoldenTests.paths(below: "Tests/Scripts/papers", ending: ".opt")

  /// As users run them, each in a process of its own: some hold tables of a gigabyte.
  @Test(arguments: claims) func claimsOfPapersHold(path: String) throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let script = GoldenTests.root + "/" + path
    let run = try ProgramCall(["run", script, "--no-cache", "--json", "-q", "--out", folder.path], in: folder.path)
      .run()
    #expect(run.status == 0 && run.error.isEmpty, "\(path): \(run.output) \(run.error)")
    let lines = run.output.split(separator: "\n")
    #expect(!lines.contains { $0.contains("\"severity\"") }, "\(path): \(run.output)")
    let verdicts = lines.filter { $0.hasPrefix("{\"claim\"") }
    #expect(!verdicts.isEmpty, "\(path): \(run.output)")
    for verdict in verdicts { #expect(verdict.contains("\"verdict\":\"supported\""), "\(path): \(verdict)") }
  }

  @Test(arguments: examples) func exampleRunsAndItsClaimsHold(path: String) throws {
    let run = try ScriptRun(path: GoldenTests.root + "/" + path)
    #expect(run.outcome == .finished, "\(path): \(run.rendered)")
    #expect(run.messages.isEmpty, "\(path): \(run.rendered)")
    #expect(run.unsupported == 0, "\(path): \(run.outputLines)")
    // Every draw has a key of its own.
    var places: [StreamName: Span] = [:]
    for (stream, place) in run.draws {
      #expect(places.updateValue(place, forKey: stream).map { $0 == place } ?? true, "\(path): \(stream.detail) twice")
      #expect(!stream.detail.contains("elsewhere"), "\(path): \(stream.detail)")
    }
    #expect(Set(places.keys.map(\.key)).count == places.count, "\(path): two streams with one key")
  }

  @Test(arguments: Explanations.codes) func explanationExplains(code: String) throws {
    let page = try #require(Explanations.text(for: code).flatMap(Explanation.init(page:)), "\(code) has no fixed form")
    #expect(page.code == code)
    #expect(!page.text.isEmpty)
    // Examples that are command lines, and data files that are not there, are tested where files are made.
    if page.wrong.hasPrefix("$ ") { return }
    let wrong = try ScriptRun(SourceText(name: "wrong.opt", page.wrong + "\n"), folder: GoldenTests.root)
    // An error may come after a warning of the run that it is about.
    #expect(
      wrong.messages.first { $0.code.first == code.first }?.code == code, "\(page.wrong)\ngives \(wrong.rendered)")
    if page.right.hasPrefix("$ ") { return }
    let right = try ScriptRun(SourceText(name: "right.opt", page.right + "\n"), folder: GoldenTests.root)
    #expect(right.messages.isEmpty, "\(page.right)\ngives \(right.rendered)")
    #expect(right.outcome == .finished)
  }
}
