import Foundation
import Glibc
import Testing

/// The list of bad inputs, by the built program: status, code, words, time, memory, and nothing left behind.
@Suite struct BadInputTests {
  static let all = BadInput.tokens + BadInput.grammar + BadInput.values + BadInput.dataFiles

  @Test(arguments: all) func badInputGetsItsMessage(input: BadInput) throws {
    try input.verify()
  }

  /// Rows that need more than a script and a status: signals, links, streams, folders.
  static let rowsElsewhere = ["V43", "V44", "V45", "V46", "V47"]

  @Test func everyRowOfTheListIsTried() {
    let rows = (1...47).map { $0 < 10 ? "V0\($0)" : "V\($0)" }
    let tried = Set(Self.all.map(\.row)).union(Self.rowsElsewhere)
    #expect(rows.filter { !tried.contains($0) } == [])
  }

  @Test func emptyScriptsAreCheckedWithANote() throws {
    let run = try call(["check", "script.opt"], script: "# nothing\n")
    #expect(run.status == 0)
    #expect((run.output + run.error).contains("nothing to run"))
  }

  @Test(arguments: [SIGINT, SIGTERM]) func endlessLoopIsInterrupted(signal: Int32) throws {
    let folder = try folder("print \"begun\"\nwhile true { print 1 }\n")
    defer { folder.remove() }
    var call = ProgramCall(["script.opt", "--max-lines", "0"], in: folder.path)
    call.signal = (signal, after: 0)
    call.signalsAtOutput = true
    let run = try call.run()
    #expect(run.status == 128 + signal, "\(run)")
    #expect(run.error.contains("E0904"))
    #expect(run.secondsAfterSignal != nil)
  }

  @Test func namedPipesAreRefusedAtOnce() throws {
    let folder = try folder("let D = load(\"pipe.csv\")\nprint D.count\n")
    defer { folder.remove() }
    try #require(mkfifo(folder.path + "/pipe.csv", 0o644) == 0)
    let run = try ProgramCall(["script.opt"], in: folder.path).run()
    #expect(run.status == 4, "\(run)")
    #expect(run.error.contains("E08"))
  }

  @Test func linksOutOfTheFolderAreRefused() throws {
    let folder = try folder("let D = load(\"link.csv\")\nprint D.count\n")
    defer { folder.remove() }
    try #require(symlink("/etc/passwd", folder.path + "/link.csv") == 0)
    let run = try ProgramCall(["script.opt"], in: folder.path).run()
    #expect(run.status == 4, "\(run)")
    #expect(run.error.contains("E11"))
  }

  @Test(.enabled(if: getuid() != 0, "root may read everything"))
  func unreadableFilesAreNamed() throws {
    let folder = try folder("let D = load(\"a.csv\")\nprint D.count\n")
    defer { folder.remove() }
    chmod(try folder.write("a.csv", Array("a\n1\n".utf8)), 0)
    let run = try ProgramCall(["script.opt"], in: folder.path).run()
    #expect(run.status == 4, "\(run)")
    #expect(run.error.contains("E0803"))
  }

  /// V43: ten megabytes that would become ten gigabytes.
  @Test func compressionBombsAreRefused() throws {
    let folder = try folder("let D = load(\"bomb.csv.gz\")\nprint D.count\n")
    defer { folder.remove() }
    let member = try compressed([UInt8](repeating: UInt8(ascii: "1"), count: 1 << 20))
    let count = (10 << 20) / member.count
    try folder.write("bomb.csv.gz", (0..<count).flatMap { _ in member })
    let run = try ProgramCall(["script.opt"], in: folder.path).run()
    #expect(run.status == 4, "\(run)")
    #expect(run.error.contains("E08") && run.error.contains("expands more than"), "\(run)")
    #expect(run.seconds < 5)
    #expect(run.peakMebibytes < 512, "\(run.peakMebibytes) MiB")
  }

  /// Bytes as `gzip` compresses them.
  private func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-9", try folder.write("member", bytes)]
    try process.run()
    process.waitUntilExit()
    return FileManager.default.contents(atPath: folder.path + "/member.gz").map { Array($0) } ?? []
  }

  private func folder(_ script: String) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write("script.opt", Array(script.utf8))
    return folder
  }

  private func call(_ arguments: [String], script: String) throws -> ProgramRun {
    let folder = try folder(script)
    defer { folder.remove() }
    return try ProgramCall(arguments, in: folder.path).run()
  }
}
