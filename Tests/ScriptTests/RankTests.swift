import Foundation
import Glibc
import Testing

/// Scripts under a real mpirun: the bytes of one process, on 1, 2 and 4 ranks.
@Suite(.serialized) struct RankTests {
  /// What is missing for ranks on this machine; nil where nothing is.
  static let missing: String? = {
    guard access("/usr/bin/mpirun.openmpi", X_OK) == 0 else { return "mpirun is not installed (package openmpi-bin)" }
    let two = try? ShellRun("mpirun.openmpi", ["--allow-run-as-root", "--oversubscribe", "-n", "2", "true"], in: "/")
    return two?.status == 0 ? nil : "mpirun starts no processes here: \(two?.error ?? "")"
  }()

  static let workers = """
    problem logistic_of(n) {
      draw A: [40, n] ~ normal(0, 1)
      param w: [n] = 0
      sample i in 0..<40
      loss = softplus(-dot(A[i], w)) + norm2(w) / 40
    }
    compressor counted(k) {
      noise J ~ subset(k)
      apply(v) = only(v, J)
      bits = 64 * sum(where(result == 0, 0, 1))
    }
    run top = logistic_of(64) with mem_sgd(lr = 8/(t + 20), c = top(3)) batch 2 workers 4 for 300 steps {
      record loss, bits every 10
      record norm(w) every 50
    }
    run some = logistic_of(64) with mem_sgd(lr = 0.1, c = sometimes(0.5)) batch 2 workers 8 for 100 steps { record loss, bits }
    run signs = logistic_of(64) with mem_sgd(lr = 0.1, c = sign_scaled()) batch 1 workers 4 for 100 steps { record loss, bits every 10 }
    run priced = logistic_of(64) with mem_sgd(lr = 0.1, c = counted(5)) batch 2 workers 4 for 100 steps { record loss, bits every 10 }
    fork top at 100 as later { lr = 0.05 }
    print "{final(top.loss):.17g} {final(some.loss):.17g} {final(signs.bits)} {final(priced.bits)} {final(later.loss):.17g}"
    save top to "top.npz"
    save some to "some.csv"
    claim "it falls": final(top.loss) < 0.7

    """

  private struct Setting {
    let folder: ScratchFolder

    init(_ script: String) throws {
      folder = try ScratchFolder()
      try folder.write("script.opt", Array(script.utf8))
    }

    static let shared = ["--mca", "btl", "self,vader"]
    static let network = [
      "--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", "lo", "--mca", "oob_tcp_if_include", "lo",
    ]

    func ranks(_ count: Int, _ arguments: [String], by way: [String] = shared) throws -> ShellRun {
      try ShellRun(
        "mpirun.openmpi",
        ["--allow-run-as-root", "--oversubscribe", "-n", "\(count)"] + way + [ProgramCall.program] + arguments
          + ["--no-cache"],
        in: folder.path)
    }

    func alone(_ arguments: [String]) throws -> ProgramRun {
      try ProgramCall(arguments + ["--no-cache"], in: folder.path).run()
    }

    func bytes(_ name: String) -> Data? { FileManager.default.contents(atPath: folder.path + "/" + name) }
  }

  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func workersOverRanksGiveTheSameBytes() throws {
    let setting = try Setting(Self.workers)
    defer { setting.folder.remove() }
    let alone = try setting.alone(["run", "script.opt", "--out", "alone"])
    #expect(alone.status == 0 && alone.output.contains("supported"), "\(alone)")
    for (count, way) in [
      (1, Setting.shared), (2, Setting.shared), (4, Setting.shared), (2, Setting.network), (4, Setting.network),
    ] {
      let together = try setting.ranks(count, ["run", "script.opt", "--out", "together"], by: way)
      #expect(together.status == 0 && together.output == alone.output, "\(count): \(together)")
      for name in ["top.npz", "some.csv"] {
        let own = setting.bytes("alone/" + name)
        #expect(own != nil && own == setting.bytes("together/" + name), "\(count) \(way): \(name)")
      }
      if count > 1 {
        #expect(
          together.error.contains("top: 300 exchanges among \(count) ranks, 230400 bits counted"), "\(together.error)")
      }
    }
  }

  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func sweepOverRanksGivesTheSameBytes() throws {
    let setting = try Setting(ShardTests.script)
    defer { setting.folder.remove() }
    let alone = try setting.alone(["run", "script.opt", "--out", "alone"])
    for count in [2, 4] {
      let together = try setting.ranks(count, ["run", "script.opt", "--out", "together"])
      #expect(together.status == alone.status && together.output == alone.output, "\(count): \(together)")
      #expect(setting.bytes("alone/s.csv") == setting.bytes("together/s.csv"))
    }
  }

  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func ranksThatDoNotFitAreRefused() throws {
    let setting = try Setting(
      "run r = quadratic([1, 2]) with mem_sgd(lr = 0.1) batch 1 workers 2 for 5 steps { record loss }\n")
    defer { setting.folder.remove() }
    try setting.folder.write(
      "two.opt",
      Array(
        """
        problem q { param w: [2] = 1
          sample i in 0..<4
          loss = norm2(w - i) / 2 }
        run r = q with mem_sgd(lr = 0.1) batch 1 workers 2 for 5 steps { record loss }

        """.utf8))
    let more = try setting.ranks(4, ["run", "two.opt"])
    #expect(
      more.status != 0 && more.error.contains("E1009") && more.error.contains("4 ranks cannot share 2 workers"),
      "\(more)")
    let line =
      "mpirun.openmpi --allow-run-as-root --oversubscribe -n 2 "
      + "bash -c 'exec \"$0\" run two.opt --no-cache --set a=$OMPI_COMM_WORLD_RANK' \"$0\""
    let unlike = try ShellRun("bash", ["-c", line, ProgramCall.program], in: setting.folder.path)
    #expect(unlike.status != 0 && unlike.error.contains("E1010") && unlike.error.contains("the inputs"), "\(unlike)")
    var missing = ProgramCall(["run", "two.opt"], in: setting.folder.path)
    missing.environment = ["PMI_SIZE": "2", "PMI_RANK": "0"]
    let other = try missing.run()
    #expect(other.status == 69 && other.error.contains("E1012") && other.error.contains("openmpi-bin"), "\(other)")
  }

  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func rankThatIsKilledEndsTheOthersAndTheRunGoesOn() throws {
    let setting = try Setting(
      """
      problem q {
        param w: [4000] = 0
        sample i in 0..<40
        loss = norm2(w - i / 40) / 2
      }
      run r = q with mem_sgd(lr = 8/(t + 400), c = top(2)) batch 8 workers 2 for 60000 steps { record loss every 1000 }
      save r to "r.npz"

      """)
    defer { setting.folder.remove() }
    #expect(try setting.alone(["run", "script.opt", "--out", "alone", "-q"]).status == 0)
    let line = """
      mpirun.openmpi --allow-run-as-root --oversubscribe -n 2 "$0" run script.opt --no-cache --out together \
        --checkpoint kept --checkpoint-every 0 -q & job=$!
      for i in $(seq 600); do ls kept/1-r* > /dev/null 2>&1 && break; sleep 0.05; done
      kill -9 $(pgrep -P $job | tail -n 1)
      begin=$(date +%s)
      wait $job
      echo "status $? after $(($(date +%s) - begin)) s" >&2
      """
    let killed = try ShellRun("bash", ["-c", line, ProgramCall.program], in: setting.folder.path)
    #expect(killed.error.contains("rank 1"), "\(killed)")
    let seconds = killed.error.components(separatedBy: " after ").last?.split(separator: " ").first.flatMap { Int($0) }
    #expect(seconds.map { $0 <= 10 } == true && !killed.error.contains("status 0"), "\(killed)")
    let goesOn = try setting.ranks(
      2, ["run", "script.opt", "--out", "together", "--checkpoint", "kept", "--resume", "-q"])
    #expect(goesOn.status == 0, "\(goesOn)")
    #expect(setting.bytes("alone/r.npz") != nil && setting.bytes("alone/r.npz") == setting.bytes("together/r.npz"))
  }
}
