import Testing

/// What a script no longer needs is freed, and checking stays cheap whatever the script does.
@Suite struct MemoryTests {
  private func run(_ arguments: [String], _ script: String) throws -> ProgramRun {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    try folder.write("script.opt", Array(script.utf8))
    return try ProgramCall(arguments + ["script.opt"], in: folder.path).run()
  }

  /// A function that a call binds holds the names of the call, and a run of a loop's turn those of the turn: 1.6 GB here,
  /// if nothing ended them.
  @Test func callsAndTurnsEnd() throws {
    let script = """
      fn f(k) {
        let A = zeros([100000]) + k
        let g = x => x + A[0]
        return g(1.0)
      }
      var s = 0.0
      for i in 0..<2000 { s = s + f(i) }
      for i in 0..<50 {
        run r = quadratic(linspace(1, 2, 10000)) with gd(lr = 0.1) for 2 steps { record loss }
        run q = quadratic(linspace(1, 2, 10000)) with gd(lr = 0.1) for 2 steps { record loss }
        s = s + final(r.loss) - final(q.loss)
      }
      print s
      """
    let run = try run(["run", "--no-cache", "-q", "--max-memory", "100000000"], script)
    #expect(run.status == 0 && run.output == "2001000\n", "\(run.error)")
    #expect(run.peakMebibytes < 300)
  }

  /// An optimizer's state that starts at 0 takes no memory before the first step, the last state is not copied, and metrics
  /// read the state where it is: five arrays of 40 MB with the start, and the statement's own in double precision; 560 MiB
  /// with a copy for each of them.
  @Test func largeStatesAreKeptOnce() throws {
    let script = """
      precision f32
      let n = 10_000_000
      problem slope(g) {
        param x: [n] = 1
        loss = dot(g, x)
      }
      run r = slope(sin(1.0 * (1...n))) with adam(lr = 1e-3) for 5 steps { record loss at end }
      print final(r.loss) < 2
      """
    let run = try run(["run", "--no-cache", "-q"], script)
    #expect(run.status == 0 && run.output == "true\n", "\(run.output) \(run.error)")
    #expect(run.peakMebibytes < 340, "\(run.peakMebibytes)")
  }

  /// A step and the recall of a memory with more items than fit as one array of all pairs (1.1 GB of the logits alone) are
  /// computed a block at a time: a dozen arrays of 32 MiB.
  @Test func aMemoryIsLookedThroughInBlocks() throws {
    let script = """
      run r = associative_memory(32, N = 12_000) with spectral_descent(lr = 1) for 1 steps { record recovered, error at end }
      print final(r.recovered) > 5
      """
    let run = try run(["run", "--no-cache", "-q"], script)
    #expect(run.status == 0 && run.output == "true\n", "\(run.output) \(run.error)")
    #expect(run.peakMebibytes < 560, "\(run.peakMebibytes)")
  }

  /// What outlives a call or a turn keeps the names that it uses.
  @Test func whatIsGivenOnKeepsItsNames() throws {
    let script = """
      fn maker(a) {
        let b = a + 1
        return x => x * b
      }
      var h = x => x
      for i in 0..<3 {
        let k = 10.0 * i
        if i > 1 {
          let m = k + 1
          h = x => x + k + m
        }
      }
      fn kept() {
        var g = x => x
        for i in 0..<2 {
          let n = i + 5
          g = x => x + n
        }
        return g(1)
      }
      fn trained(lr) {
        run r = quadratic([1]) with gd(lr = lr) for 3 steps { record loss }
        return r
      }
      print maker(2)(5), h(1), kept(), maker(maker(1)(2))(1), final(trained(0.5).loss)
      """
    let run = try run(["run", "--no-cache", "-q"], script)
    #expect(run.output == "15  42  7  5  0.0078125\n", "\(run.output) \(run.error)")
  }

  /// Checking computes up to a fixed number of operations, and leaves the rest to the run.
  ///
  /// Seconds of a processor, with much room: without the limit each takes more than ten times as long.
  @Test(arguments: [
    "for i in 0..<100000 { let y = sum(zeros(1000000)) }", "var s = 0\nfor i in 0..<1000000000 { s = s + i }",
    "fn f(n) = if n == 0 { 0 } else { f(n - 1) + f(n - 1) }\nprint f(30)",
    "let x = [i * j for i in 0..<100000 for j in 0..<10000]\nprint x[0]",
    (0..<20_000).map { "let v\($0) = undefined\($0)" }.joined(separator: "\n"),
    (0..<60_000).map { "let v\($0) = \($0)" }.joined(separator: "\n"),
  ])
  func checkingIsCheap(script: String) throws {
    let run = try run(["check"], script)
    #expect(run.status == 0 || run.status == 1)
    #expect(run.seconds < 12, "\(script.prefix(60)): \(run.seconds) s")
  }

  /// What comes after a statement that is too much for checking is still looked at.
  @Test func checkingGoesOnBehindALongLoop() throws {
    let script = "var s = 0\nfor i in 0..<1000000000 { s = s + i }\nprint sqrt(2.0, 3.0)\nprint nonsense"
    let run = try run(["check"], script)
    #expect(run.error.contains(":4:7") && run.error.contains(":3:"), "\(run.error)")
  }
}
