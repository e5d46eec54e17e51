import Data
import Experiments
import Language
import Tensors
import Testing

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

  @Test(
    arguments: [
      ("as it was", { (_: inout RunSnapshot) in }), ("behind the end", { $0.state.step = 7 }),
      ("no such segment", { $0.state.segment = 2 }), ("a segment before it begins", { $0.state.step = 2 }),
      ("too few slots", { $0.state.slots.removeLast() }), ("too many", { $0.state.slots.append($0.state.slots[0]) }),
      ("another shape", { $0.state.slots[0] = Tensor([1], shape: [1]) }),
      ("another precision", { $0.state.slots[0] = Tensor([1, 2], shape: [2], dtype: .f32) }),
      ("another metric", { $0.series[0].name = "size" }), ("no metric", { $0.series = [] }),
    ] as [(String, @Sendable (inout RunSnapshot) -> Void)])
  func contentThatDoesNotFitIsRefused(_ what: String, _ change: @Sendable (inout RunSnapshot) -> Void) throws {
    let host = Self.host()
    let whole = Self.run(host, resumes: false)
    #expect(whole.outcome == .finished && !host.list("/kept").isEmpty)
    for name in host.list("/kept") {
      var checkpoint = try RunCheckpoint(bytes: try host.read(name))
      change(&checkpoint.snapshot)
      try host.write(name, checkpoint.encoded)
    }
    let resumed = Self.run(host, resumes: true)
    if what == "as it was" { return #expect(resumed.outcome == .finished && resumed.lines == whole.lines) }
    #expect(resumed.codes == ["E1002"] && resumed.words.contains("no state that this run can be in"), "\(what)")
  }
}
