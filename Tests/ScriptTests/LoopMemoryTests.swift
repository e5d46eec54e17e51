import Testing

/// What a turn of a loop or a call has bound goes with it, also where functions hold each other's names.
@Suite struct LoopMemoryTests {
  @Test(arguments: [
    "let g = y => i * y; s = s + g(2)",
    "fn g(y) = i * y; s = s + g(2)",
    "let g = y => i * y; fn h(y) = g(y) + 1; s = s + h(2) - 1",
    "let f = (x => { let g = y => x * y; g(2) }); s = s + f(i)",
    "var k = 2; let g = y => k * y; s = s + g(i)",
    "if i >= 0 { let g = y => i * y; s = s + g(2) }",
    "s = s + twice(i)",
  ])
  func turnsLeaveNothingBehind(body: String) throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let script = """
      fn twice(x) {
        fn g(y) = x * y
        let h = y => g(y)
        return h(2)
      }
      var s = 0.0
      for i in 0..<60_000 {
        \(body.split(separator: "; ").joined(separator: "\n  "))
      }
      print s
      """
    try folder.write("script.opt", Array(script.utf8))
    let run = try ProgramCall(["run", "script.opt"], in: folder.path).run()
    #expect(run.status == 0 && run.output == "3599940000\n", "\(run)")
    #expect(run.peakMebibytes < 100, "took \(run.peakMebibytes) MiB: \(body)")
  }
}
