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

  /// Whatever workers can do besides: rounds, delays, what compressors keep, formats, forks and interventions.
  static let rounds = """
    let D = data([[sin(1 + i + 2*j + i*j) for j in 0..<4] for i in 0..<24], [sign(sin(3*i + 1)) for i in 0..<24])
    problem p(D) {
      param w: [4] = 0
      sample (a, b) from D
      loss = softplus(-b * dot(a, w))
    }
    problem two(D) { param w: [4] = 0; param b = 0.0; sample (a, y) from D; loss = softplus(-y * (dot(a, w) + b)) }
    problem matrix {
      param W: [6, 5] = 0
      noise Z: [6, 5] ~ normal(0, 0.1)
      loss = norm2(W - Z - [[i + 2*j for j in 0..<5] for i in 0..<6]) / 2
    }
    problem chain {
      draw A: [64, 64] ~ normal(0, 0.1)
      param W: [64, 64] ~ normal(0, 0.1)
      noise Z: [64, 300] ~ normal()
      loss = norm2(A @ (A.T @ (W @ Z)))
    }
    optimizer mean_of(lr) over all { x' = x - lr * mean(send(g) over worker) }
    optimizer feedback(lr, c) {
      worker state m = 0
      let p = m + lr * g
      let q = send(c(p))
      m' = p - q
      x' = x - mean(q over worker)
    }
    run r01 = p(D) with sgd(lr = 0.3) local 5 batch 2 workers 4 for 20 steps { record loss, bits, bits_down every 4 }
    run r02 = p(D) with adam(lr = 0.03) local 5, diloco() batch 2 workers 4 for 20 steps { record loss, bits every 4 }
    run r03 = p(D) with mean_of(lr = 0.3) batch 2 workers 4 delay 3 for 20 steps { record loss, bits every 4 }
    run r04 = p(D) with adam(lr = 0.1) local 3, diloco() batch 2 workers 5 delay 2 for 20 steps { record loss, bits every 4 }
    run r05 = p(D) with mem_sgd(lr = 0.3, c = top(1)) batch 2 workers 4 delay 2 for 20 steps { record loss, bits every 4 }
    run r06 = matrix with power_sgd(lr = 0.02, rank = 2) batch 1 workers 4 for 30 steps { record norm(W), bits every 10 }
    run r07 = matrix with feedback(lr = 0.1, c = low_rank(2)) batch 1 workers 6 for 30 steps { record norm(W), norm(m) every 10 }
    run r08 = p(D) with majority_vote(lr = 0.01) batch 2 workers 4 for 30 steps { record loss, bits, bits_down every 10 }
    run r09 = matrix with langevin(0.01, 0.1) local 4 batch 1 workers 4 for 10 steps { record norm(W), bits every 2 }
    run r10 = p(D) with sgd(0.1) local 3, mem_sgd(lr = 1, c = top(2)) batch 2 workers 4 for 10 steps { record loss, bits }
    run r11 = two(D) with sgd(0.1) local 2, local_sgd() on w, sgd(1) on rest batch 1 workers 4 for 10 steps { record loss at end }
    run r12 = p(D) with mem_sgd(lr = 0.3, c = top(1)) batch 2 workers 4 precision bf16 for 20 steps { record loss, bits every 4 }
    run r13 = p(D) with mem_sgd(lr = 0.3, c = top(1)) batch 2 workers 4 precision bf16 stochastic for 20 steps { record loss, bits }
    run r14 = p(D) with mem_sgd(lr = 0.3, c = top(1)) batch 2 workers 4 for 20 steps {
      record loss, bits, norm(m) every 4
      at step 10 { lr = 0.1 }
    }
    run r15 = chain with mean_of(lr = 1e-6) batch 2 workers 4 for 5 steps { record norm(W) }
    fork r01 at 7 as r16 { lr = 0.1 }
    run r17 = two(D) with sgd(1e200) local 2, local_sgd() batch 1 workers 4 for 40 steps { record loss }
    for r in [r01, r02, r03, r04, r05, r06, r07, r08, r09, r10, r11, r12, r13, r14, r15, r16, r17] { print r }
    print final(r07.W), final(r12.w), final(r16.w)
    save r02 to "r02.npz"
    save r04 to "r04.npz"
    save r07 to "r07.npz"
    save r15 to "r15.npz"

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

  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func roundsOverRanksGiveTheSameBytes() throws {
    let setting = try Setting(Self.rounds)
    defer { setting.folder.remove() }
    let alone = try setting.alone(["run", "script.opt", "--out", "alone"])
    #expect(alone.status == 0, "\(alone)")
    for (count, way) in [(2, Setting.shared), (3, Setting.shared), (4, Setting.network)] {
      let together = try setting.ranks(count, ["run", "script.opt", "--out", "together"], by: way)
      #expect(together.status == 0 && together.output == alone.output, "\(count): \(together)")
      for name in ["r02.npz", "r04.npz", "r07.npz", "r15.npz"] {
        let own = setting.bytes("alone/" + name)
        #expect(own != nil && own == setting.bytes("together/" + name), "\(count) \(way): \(name)")
      }
      // Each has sent, but for the one that rounds at random; a fork counts what it has sent itself.
      for number in 1...17 where number != 13 {
        let name = number < 10 ? "r0\(number)" : "r\(number)"
        #expect(together.error.contains("\(name): "), "\(name): \(together.error)")
      }
      #expect(together.error.contains("r16: 13 exchanges among \(count) ranks, 6656 bits counted"), "\(together.error)")
    }
  }

  /// Files that differ from machine to machine.
  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func ranksThatReadOtherDataAreRefused() throws {
    for (statement, name) in [
      ("run r = p with mem_sgd(lr = 0.1) batch 1 workers 2 for 5 steps { record loss }", "r"),
      ("sweep s over k in [1, 2, 3] { run p with sgd(lr = 0.1 * k) batch 1 for 5 steps { record loss } }", "s"),
    ] {
      let setting = try Setting("")
      defer { setting.folder.remove() }
      let script = """
        let D = load("a.csv", labels = "y")
        problem p { param w = 0.5
          sample (x, y) from D
          loss = (w * x[0] - y)^2 / 2 }
        \(statement)

        """
      for rank in 0..<2 {
        try setting.folder.write("\(rank)/script.opt", Array(script.utf8))
        try setting.folder.write("\(rank)/a.csv", Array("x,y\n1,2\n2,3\n3,4\n4,\(4 + rank)\n".utf8))
      }
      let line =
        "mpirun.openmpi --allow-run-as-root --oversubscribe -n 2 "
        + "bash -c 'cd $OMPI_COMM_WORLD_RANK; exec \"$0\" run script.opt --no-cache' \"$0\""
      let unlike = try ShellRun("bash", ["-c", line, ProgramCall.program], in: setting.folder.path)
      #expect(unlike.status != 0 && unlike.error.contains("E1010"), "\(unlike)")
      #expect(unlike.error.contains("of `\(name)` differ"), "\(unlike)")
    }
  }

  /// A library that cannot be loaded is as good as none.
  @Test func rankWithoutALibraryIsTold() throws {
    let setting = try Setting("print 1\n")
    defer { setting.folder.remove() }
    for name in ["libmpi.so", "libmpi.so.40"] { try setting.folder.write("none/" + name, Array("no library".utf8)) }
    var call = ProgramCall(["run", "script.opt"], in: setting.folder.path)
    call.environment = [
      "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0", "LD_LIBRARY_PATH": setting.folder.path + "/none",
    ]
    let run = try call.run()
    #expect(run.status == 69 && run.error.contains("E1012") && run.error.contains("is not installed"), "\(run)")
    #expect(run.error.contains("libopenmpi3"), "\(run)")
  }

  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func keptRunIsTakenUpByAnyNumberOfRanks() throws {
    let setting = try Setting(
      """
      problem q {
        param w: [400] = 0
        sample i in 0..<40
        loss = norm2(w - i / 40) / 2
      }
      run m = q with mem_sgd(lr = 8/(t + 400), c = top(2)) batch 8 workers 4 for 60000 steps { record loss, norm(m) every 1000 }
      run r = q with adam(lr = 0.0001) local 3, diloco() batch 8 workers 4 delay 2 for 3000 steps { record loss every 1000 }
      save m to "m.npz"
      save r to "r.npz"

      """)
    defer { setting.folder.remove() }
    #expect(try setting.alone(["run", "script.opt", "--out", "alone", "-q"]).status == 0)
    // Each goes on from where the one before it was killed.
    let line = """
      for ranks in 3 1 2; do
        mark=$(ls -l --time-style=full-iso kept 2> /dev/null)
        mpirun.openmpi --allow-run-as-root --oversubscribe -n $ranks "$0" run script.opt --no-cache --out together$ranks \
          --checkpoint kept --checkpoint-every 0 -q --resume & job=$!
        for i in $(seq 600); do [ "$(ls -l --time-style=full-iso kept 2> /dev/null)" != "$mark" ] && break; sleep 0.05; done
        kill -9 $(pgrep -P $job) $job
        wait $job
        [ $? != 0 ] && echo "killed $ranks"
      done
      """
    let killed = try ShellRun("bash", ["-c", line, ProgramCall.program], in: setting.folder.path)
    #expect(killed.output == "killed 3\nkilled 1\nkilled 2\n", "\(killed)")
    let goesOn = try setting.ranks(
      4, ["run", "script.opt", "--out", "together", "--checkpoint", "kept", "--resume", "-q"])
    #expect(goesOn.status == 0, "\(goesOn)")
    for name in ["m.npz", "r.npz"] {
      let own = setting.bytes("alone/" + name)
      #expect(own != nil && own == setting.bytes("together/" + name), "\(name)")
    }
  }

  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func sweepOverRanksGivesTheSameBytes() throws {
    // Values that members derive, a sweep inside of a member, runs that cannot be run, conditions, times.
    let more = """
      let A = [1, 2, 3, 4]
      problem odd(k) {
        param w = 0.5
        loss = (w - 5)^2
        metric level = A[count(w > j for j in 0..<k)]
      }
      fn inner(c) {
        sweep t over lr in [0.01, 0.02] { run fit(1) with sgd(lr = lr * c) batch 2 for 30 steps { record loss } }
        return argmin(final(t.loss) over lr).value
      }
      sweep nested over c in [1, 2, 3] {
        let chosen = inner(c)
        run fit(2) with sgd(lr = chosen) batch 2 for 30 steps { record loss, w, loss < 0.1 as low }
      }
      sweep odds over k in [6, 2, 3] { run odd(k) with gd(lr = 0.1) for 30 steps { record loss, level every 10 } }
      process ou(theta) {
        state x = 1
        x' = x * (1 - theta / 10)
      }
      sweep q over theta in [0.5, 1, 2] { run ou(theta) for 20 steps { record x every 5 } }
      sweep m over lr in [0.01, 0.1] { run fit(1) with adam(lr = lr) local 2 batch 1 workers 4 for 30 steps { record loss } }
      table nested: final(loss), chosen by c
      print final(q.x), final(m.loss), odds.count, (final(odds.loss) where k == 2).value

      """
    let setting = try Setting(ShardTests.script + more)
    defer { setting.folder.remove() }
    let alone = try setting.alone(["run", "script.opt", "--out", "alone"])
    for count in [2, 4] {
      let together = try setting.ranks(count, ["run", "script.opt", "--out", "together"])
      #expect(together.status == alone.status && together.output == alone.output, "\(count): \(together)")
      #expect(together.error.hasPrefix(alone.error) && !alone.error.isEmpty, "\(count): \(together)")
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

  @Test(.enabled(if: missing == nil, "\(missing ?? "")"), arguments: [0, 1])
  func rankThatIsKilledEndsTheOthersAndTheRunGoesOn(_ rank: Int) throws {
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
      kill -9 $(pgrep -P $job | sed -n \(rank + 1)p)
      begin=$(date +%s)
      wait $job
      echo "status $? after $(($(date +%s) - begin)) s" >&2
      """
    let killed = try ShellRun("bash", ["-c", line, ProgramCall.program], in: setting.folder.path)
    #expect(killed.error.contains("rank \(rank)"), "\(killed)")
    let seconds = killed.error.components(separatedBy: " after ").last?.split(separator: " ").first.flatMap { Int($0) }
    #expect(seconds.map { $0 <= 10 } == true && !killed.error.contains("status 0"), "\(killed)")
    let goesOn = try setting.ranks(
      2, ["run", "script.opt", "--out", "together", "--checkpoint", "kept", "--resume", "-q"])
    #expect(goesOn.status == 0, "\(goesOn)")
    #expect(setting.bytes("alone/r.npz") != nil && setting.bytes("alone/r.npz") == setting.bytes("together/r.npz"))
  }
}
