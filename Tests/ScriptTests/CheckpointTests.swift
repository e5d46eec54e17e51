import Foundation
import Glibc
import Testing

/// V50, V51 and what is promised of checkpoints: a run that was killed goes on to the bytes of one that was not.
@Suite struct CheckpointTests {
  private static let script = """
    problem fit {
      param w: [6] ~ normal(0, 1)
      sample i in 0..<50
      loss = (dot([1, i/10, (i/10)^2/10, sin(i), cos(i), 1/(i+1)], w) - 1)^2 / 20
    }
    run r = fit with heavy_ball(lr = 0.01, momentum = 0.8) batch 3 seed 3 for 300_000 steps {
      record loss every 1000
      at step 100_000 { lr /= 2; batch = 5; v = 0 }
    }
    fork r at 50_000 as s { v = 0 }
    save r to "r.csv"
    save s to "s.npz"

    """

  private struct Setting {
    let folder: ScratchFolder

    init(_ script: String = CheckpointTests.script) throws {
      folder = try ScratchFolder()
      try folder.write("script.opt", Array(script.utf8))
    }

    func run(_ arguments: [String] = [], killedAfter seconds: Double? = nil) throws -> ProgramRun {
      var call = ProgramCall(
        ["script.opt", "--checkpoint", "kept", "--checkpoint-every", "0"] + arguments, in: folder.path)
      if let seconds { call.signal = (SIGKILL, seconds) }
      return try call.run()
    }

    func bytes(_ name: String) -> Data? { FileManager.default.contents(atPath: folder.path + "/" + name) }

    func change(_ name: String, _ body: (inout [UInt8]) -> Void) throws {
      var bytes = Array(try #require(self.bytes("kept/" + name)))
      body(&bytes)
      try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/kept/" + name))
    }

    /// Files of checkpoints, sorted.
    var kept: [String] { folder.contents.filter { $0.hasPrefix("kept/") }.map { String($0.dropFirst(5)) } }
  }

  @Test func runKilledTwentyTimesGivesTheSameBytes() throws {
    let whole = try Setting()
    let killed = try Setting()
    defer { for setting in [whole, killed] { setting.folder.remove() } }
    let reference = try whole.run()
    #expect(reference.status == 0, "\(reference)")
    var generator = SplitMix(state: 11)
    var kills = 0
    while kills < 20 {
      let run = try killed.run(
        kills == 0 ? [] : ["--resume"], killedAfter: 0.02 + generator.unit() * reference.seconds / 4)
      // One that was not hit in time has ended; the next goes on from its end.
      if run.signal != nil || run.status == 0 { kills += 1 } else if run.status != 0 { Issue.record("\(run)"); break }
    }
    #expect(try killed.run(["--resume"]).status == 0)
    for name in ["r.csv", "s.npz"] { #expect(killed.bytes(name) == whole.bytes(name), "\(name)") }
    #expect(killed.kept.allSatisfy { !$0.hasSuffix(".part") || $0.hasPrefix(".") })
  }

  @Test func damagedCheckpointIsNeverUsed() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    #expect(try setting.run().status == 0)
    let files = setting.kept.filter { $0.hasPrefix("1-r") }
    #expect(files.count == 2)
    let whole = Array(try #require(setting.bytes("kept/" + files[0])))
    try setting.change(files[0]) { $0[$0.count / 2] ^= 4 }
    let older = try setting.run(["--resume"])
    #expect(older.status == 0)
    #expect(older.error.contains("W1001") && older.error.contains("does not match its checksum"))
    for (damage, words) in [
      ({ (bytes: inout [UInt8]) in bytes.removeLast(17) }, "shorter than it says"),
      ({ $0[3] = 0 }, "it is not a checkpoint"),
      ({ $0[19] = UInt8(ascii: "7") }, "format 7"),
      ({ $0 = [] }, "shorter than it says"),
    ] {
      for file in files {
        try setting.change(file) { bytes in
          bytes = whole
          damage(&bytes)
        }
      }
      let run = try setting.run(["--resume"])
      #expect(run.status == 4)
      #expect(run.error.contains("E1002") && run.error.contains(words), "\(run.error)")
    }
  }

  @Test func checkpointOfAnotherRunIsRefused() throws {
    let script = "run r = quadratic([1, 2]) with gd(lr = 0.1) for 50 steps { record loss }\n"
    let setting = try Setting(script)
    defer { setting.folder.remove() }
    #expect(try setting.run().status == 0)
    let seeded = try setting.run(["--resume", "--seed", "5"])
    #expect(seeded.status == 4)
    #expect(seeded.error.contains("E1003") && seeded.error.contains("seed 0, this run has seed 5"))
    try setting.folder.write("script.opt", Array(script.replacing("0.1", with: "0.2").utf8))
    let changed = try setting.run(["--resume"])
    #expect(changed.status == 4)
    #expect(
      changed.error.contains("E1003")
        && changed.error.contains("its equations, hyper-parameters, batches or data changed"))
    #expect(changed.error.contains("gd(lr = 0.1)") && changed.error.contains("gd(lr = 0.2)"))
    #expect(changed.error.contains("`fork r at 50 as other { lr /= 2 }`"))
    try setting.folder.write("script.opt", Array(script.replacing("50 steps", with: "80 steps").utf8))
    let longer = try setting.run(["--resume"])
    #expect(longer.status == 0 || longer.error.contains("its length (50 steps, now 80) changed"), "\(longer)")
    // What does not bear on the run's numbers may change.
    try setting.folder.write("script.opt", Array(("# Words.\n" + script + "print r.steps\n").utf8))
    let extended = try setting.run(["--resume"])
    #expect(extended.status == 0)
    #expect(extended.output.hasSuffix("50\n"))
  }

  /// A run on its way does not know how long it will be: what was kept of it serves a longer one, to the same bytes.
  @Test func aLongerRunGoesOnFromAShorterOne() throws {
    let short = try Setting()
    let long = try Setting(Self.script.replacing("for 300_000 steps", with: "for 310_000 steps"))
    defer { for setting in [short, long] { setting.folder.remove() } }
    #expect(try short.run().status == 0)
    #expect(try long.run().status == 0)
    try short.folder.write("script.opt", try #require(long.bytes("script.opt")).map(\.self))
    let resumed = try short.run(["--resume"])
    #expect(resumed.status == 0, "\(resumed)")
    for name in ["r.csv", "s.npz"] { #expect(short.bytes(name) == long.bytes(name), "\(name)") }
  }

  /// What lies there of an execution that was not gone on from is out of the way of the next `--resume`, and not lost.
  @Test func anExecutionThatBeginsAnewSetsEarlierCheckpointsAside() throws {
    let runs = "run r = quadratic([1, 2]) with gd(lr = 0.1) for 50 steps { record loss }\n"
    let setting = try Setting(runs + runs.replacing("run r", with: "run later"))
    defer { setting.folder.remove() }
    #expect(try setting.run().status == 0)
    let before = setting.kept
    // Ends behind its first run, as if it had been killed there.
    let changed = runs.replacing("0.1", with: "0.3")
    try setting.folder.write("script.opt", Array((changed + "print 1 // 0\n").utf8))
    #expect(try setting.run().status == 3)
    #expect(setting.kept.filter { $0.hasPrefix("earlier/") } == before.map { "earlier/" + $0 })
    try setting.folder.write(
      "script.opt", Array((changed + changed.replacing("run r", with: "run later")).utf8))
    let resumed = try setting.run(["--resume"])
    #expect(resumed.status == 0, "\(resumed)")
  }

  @Test func folderThatCannotBeWrittenStopsTheScriptAfterThreeAttempts() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    try setting.folder.write("kept", [])
    let run = try setting.run()
    #expect(run.status == 4)
    #expect(run.error.contains("W1002"))
    #expect(run.error.contains("the next is tried again"))
    #expect(setting.bytes("r.csv") == nil)
  }
}

/// Random numbers of a test.
private struct SplitMix {
  var state: UInt64

  mutating func unit() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ z >> 31) >> 11) * 0x1p-53
  }
}
