import Testing

/// A cache that cannot be written costs time alone, and is told of.
@Suite struct CacheFailureTests {
  @Test func whatCannotBeKeptIsSaid() throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let script = """
      sweep s over lr in [0.1, 0.2] { run quadratic([1]) with gd(lr = lr) for 5 steps { record loss } }
      print (final(s.loss) where lr == 0.1).value
      """
    try folder.write("script.opt", Array(script.utf8))
    try folder.write("file", [])
    let failed = try ProgramCall(["run", "-q", "--cache", "file/below", "script.opt"], in: folder.path).run()
    #expect(failed.status == 0 && failed.error.contains("not kept") && failed.error.contains("--no-cache"), "\(failed)")
    let kept = try ProgramCall(["run", "-q", "--cache", "below", "script.opt"], in: folder.path).run()
    #expect(kept.status == 0 && kept.error.isEmpty && kept.output == failed.output, "\(kept)")
  }
}
