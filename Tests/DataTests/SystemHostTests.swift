import Data
import Foundation
import Testing

/// What may be touched, and what a path may be, on a real file system.
@Suite struct SystemHostTests {
  private let scratch: ScratchFolder
  private let host: SystemHost

  init() throws {
    scratch = try ScratchFolder()
    try scratch.write("script/data.csv", bytes("1,2\n"))
    try scratch.write("script/sub/deep.csv", bytes("3\n"))
    try scratch.write("secret/key.txt", bytes("secret"))
    try scratch.write("allowed/extra.csv", bytes("5\n"))
    host = SystemHost(
      currentDirectory: scratch.path + "/script", outputDirectory: scratch.path + "/out",
      allowedDirectories: [scratch.path + "/allowed"])
  }

  @Test func filesBelowTheScriptAreRead() throws {
    #expect(try host.read("data.csv") == bytes("1,2\n"))
    #expect(try host.read("sub/deep.csv") == bytes("3\n"))
    #expect(try host.read("sub/../data.csv") == bytes("1,2\n"))
    #expect(try host.read(scratch.path + "/allowed/extra.csv") == bytes("5\n"))
    #expect(host.exists("data.csv") && !host.exists("none.csv") && !host.exists("sub"))
    #expect(host.list(".") == ["data.csv", "sub"])
  }

  @Test func everyWayOutIsRefused() throws {
    let script = scratch.path + "/script"
    let links = [("file", "../secret/key.txt"), ("folder", "../secret"), ("root", "/"), ("chain", "file")]
    for (name, target) in links {
      try FileManager.default.createSymbolicLink(atPath: script + "/" + name, withDestinationPath: target)
    }
    let attempts = [
      "../secret/key.txt", scratch.path + "/secret/key.txt", "file", "chain", "folder/key.txt",
      "sub/../../secret/key.txt",
      "./../secret/key.txt", "root/etc/passwd", "/etc/passwd", "/proc/self/root/etc/passwd",
      "/proc/self/cwd/../etc/passwd",
      "sub//..//..//secret/key.txt", scratch.path + "/script/../secret/key.txt", "/proc/self/environ",
    ]
    for attempt in attempts {
      let message = message { () throws(DataError) in try host.read(attempt) }
      #expect(message.hasPrefix("E1101"), "\(attempt): \(message)")
      #expect(!host.exists(attempt), "\(attempt) is said to exist")
    }
    #expect(host.list("folder").isEmpty && host.list("..").isEmpty)
  }

  @Test func aFolderWhoseNameOnlyBeginsLikeTheScriptsIsOutside() throws {
    try scratch.write("script-other/x.csv", bytes("1"))
    #expect(message { () throws(DataError) in try host.read("../script-other/x.csv") }.hasPrefix("E1101"))
  }

  /// Names below `out/runs` that are left after the folder was tidied.
  private func leftAfterTidying(_ bytesMax: Int) -> [String] {
    host.tidy("runs", bytesMax: bytesMax)
    return (try? FileManager.default.subpathsOfDirectory(atPath: scratch.path + "/out/runs"))?.sorted() ?? []
  }

  private func write(_ name: String, _ count: Int, daysAgo: Double) throws {
    let path = try scratch.write("out/runs/" + name, [UInt8](repeating: 1, count: count))
    let date = Date(timeIntervalSinceNow: -daysAgo * 86_400)
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
  }

  @Test func tidyingDropsTheOldestAndWhatWasLeftHalfWritten() throws {
    try write("a/old", 60, daysAgo: 9)
    try write("a/older", 60, daysAgo: 20)
    try write("b/new", 60, daysAgo: 1)
    try write("b/.new.17.part", 500, daysAgo: 2)
    try write("b/.other.18.part", 500, daysAgo: 0)
    #expect(leftAfterTidying(130) == ["a", "a/old", "b", "b/.other.18.part", "b/new"])
    #expect(leftAfterTidying(0).count == 5, "once a day is enough")
  }

  @Test func onlyRegularFilesAreRead() throws {
    let fifo = scratch.path + "/script/fifo"
    #expect(mkfifo(fifo, 0o600) == 0)
    // Whoever opened it to read would wait for ever.
    #expect(fault { () throws(DataError) in try host.read("fifo") } == .notRegular(kind: "a named pipe"))
    #expect(fault { () throws(DataError) in try host.read("sub") } == .notRegular(kind: "a directory"))
    let everything = SystemHost(currentDirectory: "/", outputDirectory: scratch.path + "/out")
    #expect(fault { () throws(DataError) in try everything.read("/dev/zero") } == .notRegular(kind: "a device"))
    let asksForASlash = message { () throws(DataError) in try host.read("data.csv/") }
    #expect(asksForASlash.hasPrefix("E0801"))
  }

  @Test func missingFilesNameTheirNeighbours() {
    #expect(fault { () throws(DataError) in try host.read("dta.csv") } == .missing(similar: ["data.csv"]))
    #expect(fault { () throws(DataError) in try host.read("sub/dep.csv") } == .missing(similar: ["sub/deep.csv"]))
    #expect(fault { () throws(DataError) in try host.read("entirely-different") } == .missing(similar: []))
    #expect(message { () throws(DataError) in try host.read("a\0b") }.hasPrefix("E0803"))
  }

  @Test func sizesAreLimited() throws {
    #expect(try host.read("data.csv", limit: 4).count == 4)
    #expect(fault { () throws(DataError) in try host.read("data.csv", limit: 3) } == .tooLarge(bytes: 4, limit: 3))
  }

  @Test(.enabled(if: geteuid() != 0, "the administrator may read everything"))
  func unreadableFilesSayWhy() throws {
    chmod(scratch.path + "/script/data.csv", 0)
    #expect(fault { () throws(DataError) in try host.read("data.csv") } == .unreadable(reason: "Permission denied"))
  }

  @Test func writingReplacesAtOnceAndMakesFolders() throws {
    try host.write("a/b/run.csv", bytes("old"))
    let old = open(scratch.path + "/out/a/b/run.csv", O_RDONLY)
    defer { close(old) }
    try host.write("a/b/run.csv", bytes("newer"))
    #expect(try host.read(scratch.path + "/out/a/b/run.csv") == bytes("newer"))
    // Whoever had the old file open still sees all of it.
    var content = [UInt8](repeating: 0, count: 10)
    #expect(read(old, &content, 10) == 3 && content.prefix(3) == bytes("old")[...])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/out/a/b") == ["run.csv"])
  }

  @Test func nothingIsWrittenOutside() throws {
    try host.write("first", [])
    let out = scratch.path + "/out"
    for (name, target) in [("link", "../secret"), ("self", "."), ("file", "../secret/key.txt")] {
      try FileManager.default.createSymbolicLink(atPath: out + "/" + name, withDestinationPath: target)
    }
    for attempt in ["../x", scratch.path + "/x", "/dev/null", "", ".", "a/../../x", "link/x", "link/new/x", "self/x"] {
      let message = message { () throws(DataError) in try host.write(attempt, [1]) }
      #expect(message.hasPrefix("E1102") || message.hasPrefix("E0805"), "\(attempt): \(message)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/secret") == ["key.txt"])
    // A link in the place of the file itself is replaced, not followed.
    try host.write("file", bytes("mine"))
    #expect(FileManager.default.contents(atPath: scratch.path + "/secret/key.txt") == Foundation.Data(bytes("secret")))
  }

  @Test func whatCannotBeWrittenSaysWhyAndLeavesNothing() throws {
    try host.write("taken/x", [1])
    #expect(message { () throws(DataError) in try host.write("taken", [1]) }.hasPrefix("E0805"))
    #expect(message { () throws(DataError) in try host.write("taken/x/y", [1]) }.hasPrefix("E0805"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/out") == ["taken"])
  }

  @Test func pathsAreJoinedByText() {
    let cases = [
      ("a", "/x", "/x/a"), ("../a", "/x/y", "/x/a"), ("/a/./b//c", "/x", "/a/b/c"), ("../../..", "/x", "/"),
      ("", "/x", "/x"),
    ]
    for (path, directory, expected) in cases { #expect(FilePath.absolute(path, from: directory) == expected) }
    #expect(FilePath.contains("/a", "/a/b") && FilePath.contains("/a", "/a") && FilePath.contains("/", "/a"))
    #expect(!FilePath.contains("/a", "/ab") && !FilePath.contains("/a/b", "/a"))
    #expect(FilePath.name("/a/b.csv") == "b.csv" && FilePath.parent("/a/b") == "/a" && FilePath.parent("b") == ".")
  }
}
