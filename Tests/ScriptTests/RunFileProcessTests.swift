import Foundation
import Testing

/// A run made by another process, from its file alone.
@Suite struct RunFileProcessTests {
  @Test func anotherProcessMakesTheSameBytes() throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    func run(_ arguments: [String]) throws -> ProgramRun { try ProgramCall(arguments, in: folder.path).run() }
    func bytes(_ name: String) -> [UInt8] {
      Array(FileManager.default.contents(atPath: folder.path + "/" + name) ?? Data())
    }
    try folder.write(
      "first.opt",
      """
      # A network under momentum, with batches, interventions and metrics of its own noise.
      let D = chebyshev(degree = 5, points = 20)
      problem fit(D) {
        param net = mlp([1, 12, 1], activation = tanh)
        noise ε ~ normal(0, 0.01)
        sample (x, y) from D
        loss = norm2(net(x) - y + ε) / 2
      }
      run r = fit(D) with heavy_ball(lr = 0.1) batch 4 seed 7 for 400 steps {
        record loss, sharpness every 50
        record batch_sharpness(8) at end
        at step 100 { lr = 0.05 }
        at step 200 { v *= 0.5; batch = 5 }
      }
      fork r at 300 as hot { lr *= 2 }
      save r to "r.run"
      save hot to "hot.run"
      save r to "own.npz"
      save hot to "own-hot.npz"
      """.utf8.map { $0 })
    try folder.write(
      "second.opt",
      Array("save rerun(\"r.run\") to \"there.npz\"\nsave rerun(\"hot.run\") to \"there-hot.npz\"\n".utf8))
    #expect(try run(["run", "first.opt", "-q"]).status == 0)
    try FileManager.default.removeItem(atPath: folder.path + "/first.opt")
    #expect(try run(["run", "second.opt", "-q", "--threads", "1"]).status == 0)
    for name in ["", "-hot"] {
      let own = bytes("own\(name).npz")
      #expect(own.count > 1000 && own == bytes("there\(name).npz"), "\(name)")
    }
    let shown = try run(["r.run", "-q"])
    #expect(shown.status == 0 && shown.output.hasPrefix("r  step 400  loss "), "\(shown)")
    try folder.write("cut.run", bytes("r.run").dropLast(9))
    let refused = try run(["run", "cut.run"])
    #expect(refused.status != 0 && refused.error.contains("E1004"), "\(refused)")
  }
}
