import Foundation
import Glibc
import Testing

/// Statements from a pipe: no prompt, no codes, and the first that fails ends the session with status 1.
@Suite struct PipeTests {
  private struct Ended {
    var status: Int32
    var output: String
    var error: String
  }

  private func piped(_ input: [UInt8]) throws -> Ended {
    let folder = try ScratchFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Terminal.program)
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    var variables = ProcessInfo.processInfo.environment
    variables["HOME"] = folder.path
    variables["XDG_STATE_HOME"] = nil
    process.environment = variables
    try Data(input).write(to: URL(fileURLWithPath: folder.path + "/input"))
    for name in ["output", "error"] { try folder.write(name, "") }
    process.standardInput = FileHandle(forReadingAtPath: folder.path + "/input")
    process.standardOutput = FileHandle(forWritingAtPath: folder.path + "/output")
    process.standardError = FileHandle(forWritingAtPath: folder.path + "/error")
    try process.run()
    process.waitUntilExit()
    return Ended(
      status: process.terminationStatus, output: folder.read("output") ?? "", error: folder.read("error") ?? "")
  }

  @Test func statementsRunWithoutPrompt() throws {
    let ended = try piped(Array("let a = 2\nfn f(x) {\n  return x * a\n}\nf(21)\n".utf8))
    #expect(ended.output == "_1 = 42\n")
    #expect(ended.error.isEmpty)
    #expect(ended.status == 0)
  }

  @Test(arguments: ["let a = 1 // 0\n", "foo\n", "let q = (1 +\n", ":nonsense\n"])
  func theFirstFailureEndsWithStatusOne(line: String) throws {
    let ended = try piped(Array("1\n\(line)2\n".utf8))
    #expect(ended.output.hasPrefix("_1 = 1\n"))
    #expect(!ended.output.contains("_2"))
    #expect(!ended.error.isEmpty)
    #expect(ended.status == 1)
  }

  @Test func placesCountTheLinesOfThePipe() throws {
    let ended = try piped(Array("let a = 1\n\nlet b = c\n".utf8))
    #expect(ended.error.contains("standard input:3:9"))
  }

  @Test func bytesThatAreNoTextAreAMistake() throws {
    let ended = try piped(Array("let a = ".utf8) + [0xFF, 0xFE, 0x0A])
    #expect(ended.status == 1)
    #expect(ended.error.contains("E01"))
  }

  @Test func aLongBlockCostsNoSquareOfItsLength() throws {
    let lines = (0..<20_000).map { "  s += \($0)\n" }.joined()
    let ended = try piped(Array(("var s = 0\nif true {\n" + lines + "}\ns\n").utf8))
    #expect(ended.output == "_1 = 199990000\n")
  }
}
