import Engine
import Experiments
import Tensors
import Testing

/// Files of runs: whole, damaged, and written by nobody.
@Suite struct RunFileTests {
  private static func file(_ spec: RunSpec = RunSpecTests.spec()) -> RunFile {
    RunFile(name: "r", header: ["seed 3", "f64"], release: "1", spec: spec)
  }

  @Test func aFileIsReadBack() throws {
    let file = Self.file()
    let back = try RunFile(bytes: file.encoded)
    #expect(back.name == "r" && back.header == file.header && back.release == "1" && back.spec == file.spec)
    #expect(back.encoded == file.encoded)
    #expect(RunFile.begins(file.encoded) && !RunFile.begins(Array("print 1".utf8)))
  }

  @Test func aDamagedFileIsRefused() throws {
    let bytes = Self.file().encoded
    for count in 0..<bytes.count {
      #expect(throws: RunFileDamage.self) { try RunFile(bytes: Array(bytes.prefix(count))) }
    }
    for place in bytes.indices {
      var other = bytes
      other[place] ^= 1
      #expect(throws: RunFileDamage.self) { try RunFile(bytes: other) }
    }
    #expect(throws: RunFileDamage.otherFormat("2")) {
      try RunFile(bytes: Array("descent run file 2\n".utf8) + [UInt8](repeating: 0, count: 64))
    }
  }

  /// What a script could not say is refused, whatever the digest: times, samples and slots must fit together.
  @Test(arguments: impossible.indices) func partsThatDoNotFitAreRefused(_ index: Int) throws {
    var spec = RunSpecTests.spec()
    Self.impossible[index](&spec)
    #expect(throws: RunFileDamage.misfit) { try RunFile(bytes: Self.file(spec).encoded) }
  }

  private static let impossible: [@Sendable (inout RunSpec) -> Void] = [
    { $0.length = -1 }, { $0.segments = [] }, { $0.start = [] }, { $0.start[0] = Tensor([1, 2], shape: [2]) },
    { $0.segments[0].dynamics.start = 1 }, { $0.segments[0].dynamics.sampling = nil },
    { $0.segments[0].dynamics.sampling?.batch = 1 }, { $0.segments[0].dynamics.sampling?.batch = 0 },
    { $0.segments[0].dynamics.sampling?.count = 1 }, { $0.segments[0].dynamics.sampling?.start = 1 },
    { $0.segments[0].dynamics.step.program.feeds[0] = .slot(1) },
    { $0.segments[0].dynamics.step.program.feeds[2] = .batch(ahead: -1) },
    { $0.segments[0].dynamics.step.program.feeds[1] = .external(0) },
    { $0.segments[0].dynamics.step.program.feeds[1] = .time },
    { $0.segments[0].recorded.metrics[0].times = .every(0) },
    { $0.segments[0].recorded.metrics[0].times = .at([5, 5]) },
    { $0.segments[0].recorded.metrics[0].times = .at([-1]) },
    { $0.segments[0].recorded.metrics[0].isConditional = true },
    { $0.segments[0].recorded.metrics[0].names = [] }, { $0.segments[0].recorded.metrics[0].lossOutputs = [1] },
    { $0.segments[0].recorded.lastMetrics = [nil, nil] },
  ]
}
