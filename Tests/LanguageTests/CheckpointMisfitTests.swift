import Data
import Experiments
import Language
import Tensors
import Testing
import Values

/// Checkpoints whose digest is right and whose content the run cannot have: refused, whatever they hold.
@Suite struct CheckpointMisfitTests {
  private static let script = """
    run r = quadratic([1, 2]) with heavy_ball(lr = 0.1) for 6 steps { record loss; at step 3 { lr /= 2 } }
    print final(r.loss)
    """

  private static func run(_ host: MemoryHost, resumes: Bool) -> ScriptOutcome {
    var options = SessionOptions()
    options.checkpoints = CheckpointOptions(host: host, seconds: 0, resumes: resumes)
    return outcome(of: script, options: options)
  }

  private static func host() -> MemoryHost { MemoryHost(currentDirectory: "/kept", outputDirectory: "/kept") }

  private static func change(_ snapshot: inout RunSnapshot, _ what: String) {
    switch what {
    case "behind the end": snapshot.state.step = 7
    case "no such segment": snapshot.state.segment = 2
    case "a segment before it begins": snapshot.state.step = 2
    case "too few slots": snapshot.state.slots.removeLast()
    case "too many slots": snapshot.state.slots.append(snapshot.state.slots[0])
    case "another shape": snapshot.state.slots[0] = Tensor([1], shape: [1])
    case "another precision": snapshot.state.slots[0] = Tensor([1, 2], shape: [2], dtype: .f32)
    case "another metric": snapshot.series[0].name = "size"
    case "no metric": snapshot.series = []
    default: break
    }
  }

  @Test(arguments: [
    "as it was", "behind the end", "no such segment", "a segment before it begins", "too few slots", "too many slots",
    "another shape", "another precision", "another metric", "no metric",
  ])
  func contentThatDoesNotFitIsRefused(what: String) throws {
    let host = Self.host()
    let whole = Self.run(host, resumes: false)
    #expect(whole.outcome == .finished && !host.list("/kept").isEmpty)
    for name in host.list("/kept") {
      var checkpoint = try RunCheckpoint(bytes: try host.read(name))
      Self.change(&checkpoint.snapshot, what)
      try host.write(name, checkpoint.encoded)
    }
    let resumed = Self.run(host, resumes: true)
    if what == "as it was" { return #expect(resumed.outcome == .finished && resumed.lines == whole.lines) }
    #expect(resumed.codes == ["E1002"] && resumed.words.contains("no state that this run can be in"), "\(what)")
  }

  /// Programs have changed since, so that a run would not go on to the bytes that it would have had.
  @Test func aCheckpointOfAnEarlierFormatIsRefusedAsSuch() throws {
    let host = Self.host()
    _ = Self.run(host, resumes: false)
    for name in host.list("/kept") {
      let bytes = try host.read(name)
      let end = try #require(bytes.firstIndex(of: 10))
      #expect(String(decoding: bytes[..<end], as: UTF8.self) == "descent checkpoint 3")
      try host.write(name, Array("descent checkpoint 2".utf8) + bytes[end...])
    }
    let resumed = Self.run(host, resumes: true)
    #expect(resumed.codes == ["E1002"] && resumed.words.contains("format 2, which an earlier release made"))
  }
}
