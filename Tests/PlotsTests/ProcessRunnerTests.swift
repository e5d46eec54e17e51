import Glibc
import Plots
import Testing

@Suite struct ProcessRunnerTests {
  @Test func passesInputThroughWhateverItsSize() throws {
    let input = String(repeating: "all work and no play\n", count: 100_000)
    let outcome = try ProcessRunner.run("cat", arguments: [], input: input)
    #expect(outcome.status == 0)
    #expect(outcome.output == Array(input.utf8))
  }

  @Test func keepsComplaintsAndStatusApart() throws {
    let outcome = try ProcessRunner.run(
      "sh", arguments: ["-c", "echo out; echo complaint >&2; exit 7"], input: "")
    #expect(outcome.status == 7)
    #expect(outcome.output == Array("out\n".utf8))
    #expect(outcome.complaints == "complaint\n")
    #expect(try ProcessRunner.run("sh", arguments: ["-c", "kill -9 $$"], input: "").status == 137)
  }

  @Test func survivesAProgramThatDoesNotRead() throws {
    let input = String(repeating: "x", count: 4_000_000)
    #expect(try ProcessRunner.run("true", arguments: [], input: input).status == 0)
  }

  @Test(arguments: ["sleep 30", "exec 1>&- 2>&-; sleep 30", "sleep 30 & sleep 30", "yes > /dev/null"])
  func endsWhatTakesTooLong(_ script: String) {
    // A program that it waited for to the end would not be said to have taken too long.
    #expect(throws: ProcessRunner.Failure.tookTooLong(program: "sh", seconds: 1)) {
      try ProcessRunner.run("sh", arguments: ["-c", script], input: "", secondsMax: 1)
    }
  }

  @Test func missingProgramIsNamed() {
    #expect(throws: ProcessRunner.Failure.notFound(program: "no-such-program")) {
      try ProcessRunner.run("no-such-program", arguments: [], input: "")
    }
  }

  @Test func childSeesASmallFixedEnvironment() throws {
    setenv("DESCENT_SECRET", "1", 1)
    defer { unsetenv("DESCENT_SECRET") }
    let outcome = try ProcessRunner.run("env", arguments: [], input: "")
    let names = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n").map { $0.prefix { $0 != "=" } }
    #expect(names.allSatisfy { ["LC_ALL", "PATH", "HOME"].contains($0) }, "\(names)")
  }

  @Test func descriptorsAreGivenBack() throws {
    func openCount() -> Int { (0..<1024).count { fcntl($0, F_GETFD) >= 0 } }
    _ = try ProcessRunner.run("true", arguments: [], input: "")
    let before = openCount()
    for _ in 0..<20 { _ = try ProcessRunner.run("true", arguments: [], input: "x") }
    // Other tests of this process may hold a few at this moment.
    #expect(openCount() < before + 15)
  }
}
