import Testing

/// A program that ends while a call of LAPACK goes on by itself ends as it should.
@Suite struct AbandonedCallTests {
  @Test func interruptedDecompositionEndsInOrder() throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let script = """
      let A = draw(normal(), [2400, 2400])
      repeat 20 { let s = svd(A)[1] }
      """
    try folder.write("script.opt", Array(script.utf8))
    var call = ProgramCall(["run", "--no-cache", "script.opt"], in: folder.path)
    call.signal = (number: 2, after: 2)
    let run = try call.run()
    #expect(run.status == 130 && run.signal == nil && run.error.contains("E0904"), "\(run)")
  }
}
