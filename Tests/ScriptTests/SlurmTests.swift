import Foundation
import Glibc
import Testing

/// An array of shards on a Slurm of one machine.
@Suite(.serialized) struct SlurmTests {
  private static let script = """
    problem fit {
      param w: [4] ~ normal(0, 1)
      sample i in 0..<20
      loss = (dot([1, i/10, sin(i), cos(i)], w) - 1)^2 / 2
    }
    sweep s over lr in [0.01, 0.02, 0.05], seed in 1...4 {
      run fit with sgd(lr = lr) batch 2 for 20_000 steps { record loss every 1000 }
    }
    let best = argmin(final(s.loss) over lr).value
    sweep finer over f in [0.5, 1.0] {
      run fit with sgd(lr = best * f) batch 2 for 2000 steps { record loss every 100 }
    }
    table s: final(loss) by lr
    table finer: final(loss) by f

    """

  /// What is missing for a Slurm on this machine; nil where nothing is.
  static let missing: String? = {
    for program in ["sbatch", "slurmctld", "slurmd", "munged"] {
      let found = ["/usr/sbin/", "/usr/bin/"].contains { access($0 + program, X_OK) == 0 }
      if !found { return "\(program) is not installed (packages slurm-wlm and munge)" }
    }
    return geteuid() == 0 ? nil : "a Slurm of one machine needs root"
  }()

  /// A cluster that lives as long as it is used.
  private struct Cluster {
    let folder: ScratchFolder
    private let script: String

    /// Ends the test where the daemons cannot be started, as in a container without what they need.
    init() throws {
      folder = try ScratchFolder()
      script =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
          "../../scripts/one-machine-slurm"
        ).standardized.path
      let start = try ShellRun("bash", [script, "start", folder.path + "/slurm"], in: folder.path)
      guard start.status == 0 else { try Test.cancel("no Slurm starts here: \(start.output + start.error)") }
    }

    func call(_ arguments: [String]) throws -> ShellRun {
      try ShellRun(
        ProgramCall.program, arguments, in: folder.path,
        environment: ["SLURM_CONF": folder.path + "/slurm/slurm.conf"])
    }

    func shell(_ line: String) throws -> ShellRun {
      try ShellRun(
        "bash", ["-c", line], in: folder.path, environment: ["SLURM_CONF": folder.path + "/slurm/slurm.conf"])
    }

    func stop() {
      _ = try? ShellRun("bash", [script, "stop", folder.path + "/slurm"], in: folder.path)
      folder.remove()
    }
  }

  @Test func batchFileIsShownWithoutAScheduler() throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    try folder.write("it's.opt", Array(Self.script.utf8))
    let shown = try ProgramCall(
      ["submit", "it's.opt", "--shards", "20", "--out", "shared", "--dry-run", "--seed", "3", "--at-once", "4"],
      in: folder.path
    ).run()
    #expect(shown.status == 0, "\(shown)")
    #expect(shown.output.contains("#SBATCH --array=0-19%4\n"), "\(shown.output)")
    #expect(shown.output.contains("'--shard' $SLURM_ARRAY_TASK_ID/20"), "\(shown.output)")
    #expect(shown.output.contains("it'\\''s.opt'") && shown.output.contains("--seed 3"), "\(shown.output)")
    #expect(shown.output.contains("--dependency=afterany:JOB"), "\(shown.output)")
    #expect(!folder.contents.contains("shared"))
    try folder.write("alone.opt", Array("print 1\n".utf8))
    let refused = try ProgramCall(
      ["submit", "alone.opt", "--shards", "2", "--out", "shared", "--dry-run"], in: folder.path
    ).run()
    #expect(refused.status == 4 && refused.error.contains("E1013"), "\(refused)")
    var nowhere = ProgramCall(["submit", "it's.opt", "--shards", "2", "--out", "shared"], in: folder.path)
    nowhere.environment = ["PATH": folder.path + ":/bin"]
    if access("/bin/sbatch", X_OK) != 0 {
      let missing = try nowhere.run()
      #expect(missing.status == 4 && missing.error.contains("E1014"), "\(missing)")
    }
  }

  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func arrayGivesTheBytesOfOneProcess() throws {
    let cluster = try Cluster()
    defer { cluster.stop() }
    try cluster.folder.write("script.opt", Array(Self.script.utf8))
    let whole = try cluster.call(["run", "script.opt", "--no-cache", "-q"])
    let submitted = try cluster.call(["submit", "script.opt", "--shards", "5", "--out", "shared", "--wait"])
    #expect(submitted.status == 0 && submitted.output.contains("job "), "\(submitted)")
    let merged = try cluster.call(["merge", "shared", "script.opt", "-q"])
    #expect(merged.output == whole.output && !merged.output.isEmpty, "\(merged)")
  }

  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func tasksThatAreToldToEndOrKilledGoOn() throws {
    let cluster = try Cluster()
    defer { cluster.stop() }
    let script = Self.script.replacingOccurrences(of: "20_000 steps", with: "2_000_000 steps")
    try cluster.folder.write("script.opt", Array(script.utf8))
    #expect(try cluster.call(["submit", "script.opt", "--shards", "2", "--out", "shared"]).status == 0)
    func waitFor(_ condition: String) throws -> Int32 {
      try cluster.shell("for i in $(seq 200); do \(condition) && exit 0; sleep 0.1; done; exit 1").status
    }
    #expect(try waitFor("test -e shared/shards/0-of-2 -a -e shared/shards/1-of-2") == 0)
    // One is told to end, as by a scheduler that needs the place; the other is killed.
    #expect(
      try cluster.shell("sleep 0.5; scancel --batch --signal=TERM -n 'descent script.opt' --state=RUNNING").status == 0)
    #expect(try waitFor("test -d shared/under-way") == 0, "\(cluster.folder.contents)")
    _ = try cluster.shell("scancel -n 'descent script.opt'")
    #expect(try waitFor("test -z \"$(squeue -h)\"") == 0)
    #expect(try cluster.call(["submit", "script.opt", "--shards", "2", "--out", "shared"]).status == 0)
    #expect(try waitFor("ls shared/runs >/dev/null 2>&1") == 0)
    _ = try cluster.shell("scancel --batch --signal=KILL -n 'descent script.opt'")
    _ = try cluster.shell("scancel -n 'descent script.opt'")
    #expect(try waitFor("test -z \"$(squeue -h)\"") == 0)
    #expect(try cluster.call(["submit", "script.opt", "--shards", "2", "--out", "shared", "--wait"]).status == 0)
    let whole = try cluster.call(["run", "script.opt", "--no-cache", "-q"])
    let merged = try cluster.call(["merge", "shared", "script.opt", "-q"])
    #expect(merged.output == whole.output && !merged.output.isEmpty, "\(merged)")
  }
}
