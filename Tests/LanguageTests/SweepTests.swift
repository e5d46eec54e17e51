import Data
import Language
import Synchronization
import Testing
import Values

/// Sweeps: what they hold, what is computed from them, and what they do not depend on.
@Suite struct SweepTests {
  private static let sixtyFour = """
    let D = data([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0], [2.0, 1.0], [0.5, 3.0]], [1.0, 2.0, 3.0, 0.5, 1.5])
    problem line(D) { param w: [D.features] ~ normal(0, 1); sample (x, y) from D; loss = (dot(w, x) - y)^2 / 2 }
    sweep s over b in [1, 2], η in logspace(1e-3, 1e-1, 4), seed in 1...8 {
      run line(D) with sgd(lr = η) batch b for 200 steps { record loss, w[0] as first every 5 }
    }

    """

  private static func options(threads: Int = 1, cache: (any Host)? = nil, release: String = "1") -> SessionOptions {
    var options = SessionOptions()
    options.threads = threads
    options.cache = cache
    options.release = release
    return options
  }

  // MARK: Independence

  @Test func threadsAndOrderChangeNoByte() {
    let script = Self.sixtyFour + "save s to \"s.csv\"\ntable s: plateau(loss), final(first) by b, η\n"
    var files: [[UInt8]?] = []
    var texts: [[String]] = []
    for threads in 1...3 {
      let host = MemoryHost()
      let result = outcome(of: script, host: host, options: Self.options(threads: threads))
      #expect(result.codes == ["W0723"], "\(result.words)")
      files.append(try? host.read("/out/s.csv"))
      texts.append(result.lines)
    }
    #expect(files[0] != nil && files[0] == files[1] && files[0] == files[2])
    #expect(texts[0] == texts[1] && texts[0] == texts[2])
  }

  /// A member gives what the same run gives alone.
  @Test func membersAreOrdinaryRuns() {
    let result = outcome(
      of: Self.sixtyFour + """
        run r = line(D) with sgd(lr = 1e-3) batch 2 seed 3 for 200 steps { record loss every 5 }
        print final(s.loss where b == 2 and η < 2e-3 and seed == 3)
        print final(r.loss)
        """, options: Self.options(threads: 2))
    #expect(result.lines.count == 2 && result.lines[0].hasSuffix(": " + result.lines[1]), "\(result.lines)")
  }

  /// What is staged once for all seeds is staged anew where the script or the problem asks for the seed.
  @Test(arguments: [
    ("problem p { param w = 1.0; loss = w * w }", "let k = 10 * seed", "gd(lr = 0.1) for k steps", 3),
    ("problem p { param w = 1.0; loss = w * w }", "let k = 4", "gd(lr = 0.1 / seed) for k steps", 3),
    (
      "problem p { draw a: [3] ~ normal(0, 1); param w = a[0]; loss = w * w }", "let k = 1",
      "gd(lr = 0.1) for k steps", 3
    ),
    ("problem p { param w ~ normal(0, 1); loss = w * w }", "let k = 1", "gd(lr = 0.1) for k steps", 3),
    ("problem p { param w = 1.0; loss = w * w }", "let k = 4", "gd(lr = 0.1) for k steps", 1),
  ])
  func seedsCountWhereTheyAreAskedFor(problem: String, preparation: String, run: String, distinct: Int) {
    let alone = (1...3).map { seed in
      "run r\(seed) = p with "
        + run.replacing("seed", with: "\(seed)").replacing("for", with: "seed \(seed) for")
        .replacing(" k ", with: preparation.contains("seed") ? " \(10 * seed) " : " k ") + " { record w every 1 }"
    }
    let result = outcome(
      of: problem + "\n" + (preparation.contains("seed") ? "" : preparation + "\n") + """
        sweep s over seed in 1...3 {
          let n = 1
          \(preparation.contains("seed") ? preparation : "let m = 2")
          run p with \(run) { record w every 1 }
        }
        \(alone.joined(separator: "\n"))
        for i in 1...3 { print mean(final(s.w where seed == i)) }
        print final(r1.w)
        print final(r2.w)
        print final(r3.w)
        """, options: Self.options())
    #expect(result.lines.count == 6, "\(result.words)")
    #expect(result.lines.prefix(3) == result.lines.suffix(3), "\(result.lines)")
    #expect(Set(result.lines).count == distinct, "\(result.lines)")
  }

  /// A mistake in a sweep is told once: what its table and plots would be of is not known then.
  @Test func mistakeInASweepIsToldAlone() {
    let result = outcome(
      of: """
        sweep s over b in [0.1, 0.2], seed in 1...2 {
          run quadratic([1, 2]) with heavy_ball(lr = b, momentm = 0.5) for 3 steps { record loss as slope }
        }
        table s: final(slope) by b
        plot s.slope vs step, color b
        plot final(s.slope) vs b
        claim "small": final(s.slope) < 1
        """, options: Self.options())
    #expect(result.codes == ["E0302"], "\(result.words)")
  }

  // MARK: Kept runs

  private static func seeds(_ last: Int, after: String = "") -> String {
    """
    sweep s over η in [0.1, 30.0], seed in 1...\(last) {
      run quadratic([1, 2]) with gd(lr = η) for 300 steps { record loss every 100 }
    }
    \(after)
    print final(s.loss)
    """
  }

  @Test func extendedSweepMakesOnlyWhatIsMissing() throws {
    let cache = CacheHost()
    let alone = outcome(of: Self.seeds(3), options: Self.options())
    let first = outcome(of: Self.seeds(2), options: Self.options(cache: cache))
    #expect(first.storedRuns == 0 && first.codes == ["W0720"])
    let second = outcome(of: Self.seeds(3), options: Self.options(threads: 2, cache: cache))
    #expect(second.storedRuns == 4)
    #expect(second.lines == alone.lines && second.words == alone.words)
    #expect(outcome(of: Self.seeds(3), options: Self.options(cache: cache)).storedRuns == 6)
  }

  /// The name of a run is its meaning: another text of the same run is found, another release or length is not.
  @Test func runsAreFoundByTheirMeaning() {
    let cache = CacheHost()
    func stored(_ script: String, release: String = "1") -> Int {
      outcome(of: script, options: Self.options(cache: cache, release: release)).storedRuns
    }
    func script(_ run: String, _ before: String = "") -> String {
      before + "sweep s over η in [0.1, 0.2] { \(run) }"
    }
    let run = "run quadratic([1, 2]) with gd(lr = η) for 30 steps { record loss }"
    #expect(stored(script(run)) == 0)
    #expect(stored(script(run, "# the same\nlet unused = 3\n")) == 2)
    #expect(
      stored(script("let k = 30\nrun quadratic([1.0, 2.0]) with gd(lr = η * 1.0) for k steps { record loss }")) == 2)
    #expect(stored(script(run), release: "2") == 0)
    #expect(stored(script(run.replacing("30", with: "31"))) == 0)
    #expect(stored(script(run.replacing("[1, 2]", with: "[1, 3]"))) == 0)
    #expect(stored(script(run.replacing("record loss", with: "record loss every 2"))) == 0)
    #expect(stored(script(run.replacing("gd(lr = η)", with: "heavy_ball(lr = η)"))) == 0)
    #expect(stored(script(run.replacing("record loss", with: "record loss\n at step 9 { lr = 0.3 }"))) == 0)
    #expect(stored(script(run.replacing("record loss", with: "record loss\n at step 9 { lr = 0.3 }"))) == 2)
    #expect(stored(script(run.replacing("record loss", with: "record loss\n at step 8 { lr = 0.3 }"))) == 0)
    #expect(
      stored(script(run.replacing("30 steps", with: "30 steps").replacing("with gd", with: "precision f32 with gd")))
        == 0)
  }

  @Test func damagedEntryIsMadeAgain() throws {
    let cache = CacheHost()
    let first = outcome(of: Self.seeds(1), options: Self.options(cache: cache))
    let paths = cache.written
    #expect(paths.count == 2)
    var bytes = try cache.read(paths[0])
    bytes[bytes.count / 2] ^= 1
    try cache.write(paths[0], bytes)
    let second = outcome(of: Self.seeds(1), options: Self.options(cache: cache))
    #expect(second.codes.sorted() == ["W0720", "W0722"] && second.storedRuns == 1 && second.lines == first.lines)
    #expect(outcome(of: Self.seeds(1), options: Self.options(cache: cache)).codes == ["W0720"])
  }

  // MARK: Members that go wrong

  @Test func membersThatDivergeOrFailLeaveTheOthers() {
    let result = outcome(
      of: """
        sweep s over n in [0, 1, 2], η in [0.5, 30.0] {
          let length = 400 // n
          run quadratic([1, 1]) with gd(lr = η) for length steps { record loss }
        }
        table s: final(loss), diverged by n, η
        print s.steps
        claim "those that ended": final(s.loss where η < 1) < 1e-6
        """)
    #expect(result.codes == ["W0720", "W0721"], "\(result.words)")
    #expect(result.words.contains("2 of 4") || result.words.contains("2 of 6"), "\(result.words)")
    #expect(result.claims == ["supported"], "\(result.lines)")
  }

  // MARK: Grouping

  private static let pairs = """
    sweep s over a in [1, 2], k in [10, 20], seed in 1...3 {
      let sum = a + k
      run quadratic([1]) with gd(lr = 0.1) for 1 steps { record loss }
    }

    """

  /// The expression sees each run's own values; what `by` leaves is averaged: mean and s/√n, written out.
  @Test(arguments: [
    (
      "print s.k + s.seed",
      [
        "a = 1, k = 10: 12.0 ± 0.6", "a = 1, k = 20: 22.0 ± 0.6", "a = 2, k = 10: 12.0 ± 0.6",
        "a = 2, k = 20: 22.0 ± 0.6",
      ]
    ),
    ("print (s.seed * s.seed where k == 10 by a)", ["a = 1: 5 ± 2", "a = 2: 5 ± 2"]),
    ("print (s.sum by sum)", ["sum = 11: 11", "sum = 21: 21", "sum = 12: 12", "sum = 22: 22"]),
    ("print (s.a where k == 20 and a == 2)", ["a = 2, k = 20: 2"]),
    ("print (s.a > 1 where k == 20 by a)", ["a = 1: false", "a = 2: true"]),
    ("print (-s.a where k == 10)", ["a = 1, k = 10: -1", "a = 2, k = 10: -2"]),
  ])
  func groupsAreAveraged(statement: String, lines: [String]) {
    let result = outcome(of: Self.pairs + statement)
    #expect(result.lines == lines, "\(result.lines)\n\(result.words)")
  }

  @Test func plainNumbersAndFunctionsApplyToEachMember() {
    let prints = "print (f(s.k) where a == 1 by k)\nprint (abs(1 - s.k) where a == 1 by k)"
    let result = outcome(of: Self.pairs + "fn f(x) = max(x, 15) / 2\n" + prints)
    #expect(result.lines == ["k = 10: 7.5", "k = 20: 10", "k = 10: 9", "k = 20: 19"], "\(result.lines)")
  }

  /// `zip` walks lists together, `where` leaves combinations out.
  @Test func axesCombine() {
    let result = outcome(
      of: """
        sweep s over (a, b) in zip([1, 2, 3], [0.1, 0.2, 0.3]), c in [1, 2] where a * c < 4 {
          run quadratic([a]) with gd(lr = b) for c steps { record loss }
        }
        print s.count
        print s.steps
        """)
    #expect(
      result.lines == [
        "4", "a = 1, b = 0.1, c = 1: 1", "a = 1, b = 0.1, c = 2: 2", "a = 2, b = 0.2, c = 1: 1",
        "a = 3, b = 0.3, c = 1: 1",
      ], "\(result.lines)\n\(result.words)")
  }

  /// Rules and problems are values of an axis too.
  @Test func axesHoldRules() {
    let result = outcome(
      of: """
        sweep s over rule in [gd(0.1), heavy_ball(0.1, 0.5)] { run quadratic([1]) with rule for 2 steps { record loss } }
        table s: final(loss) by rule
        """)
    #expect(result.codes == [] && result.lines.contains { $0.contains("heavy_ball") }, "\(result.lines)")
  }

  // MARK: Claims

  private static let noisy = """
    problem noisy(σ) {
      param w = [1.0, 2.0]
      noise ε ~ normal(0, σ)
      loss = sum([1.0, 2.0] * (w - ε)^2) / 2
    }
    sweep s over σ in [0.05, 0.1], seed in 1...3 {
      run noisy(σ) with sgd(lr = 0.1) for 40 steps { record loss, norm(w) as size every 10 }
    }

    """

  /// Undecided with three seeds, decided with more; what is drawn is what a larger sweep would have had.
  @Test func claimDrawsSeedsUntilItIsDecided() {
    let claim = "claim \"c\": increasing(final(s.size) by σ)"
    #expect(outcome(of: Self.noisy + claim).claims == ["undecided"])
    let drawn = outcome(of: Self.noisy + claim + " until decided (max 12 seeds)\nprint s.count\nprint final(s.size)")
    #expect(drawn.claims == ["supported"], "\(drawn.lines)")
    #expect(drawn.lines.contains { $0.contains("of at most 12 seeds") })
    let larger = outcome(of: Self.noisy.replacing("1...3", with: "1...12") + "print s.count\nprint final(s.size)")
    #expect(drawn.lines.suffix(3) == larger.lines.suffix(3), "\(drawn.lines)\n\(larger.lines)")
    // Nothing is drawn for what is clear at once, nor beyond the limit.
    let clear = outcome(of: Self.noisy + "claim \"c\": final(s.size) < 1 until decided\nprint s.count")
    #expect(clear.lines.last == "6" && clear.claims == ["supported"])
    let limited = outcome(of: Self.noisy + claim + " until decided (max 4 seeds)\nprint s.count")
    #expect(limited.lines.last == "8" && limited.claims == ["undecided"])
  }

  /// Differences of runs with one seed: the common part cancels, so that the interval is narrow.
  @Test func comparisonsOfMembersArePaired() {
    let script = """
      sweep s over shift in [0.0, 0.01], seed in 1...6 {
        run quadratic([1]) with gd(lr = 0.1) for 0 steps { record loss }
      }
      let level = s.seed * s.seed + s.shift * s.seed
      claim "paired": (level where shift > 0) > (level where shift == 0)
      print paired(level where shift > 0, level where shift == 0)
      """
    let result = outcome(of: script)
    #expect(result.claims == ["supported"], "\(result.lines)\n\(result.words)")
    // Seeds 1 to 6 times 0.01: mean 0.035, standard error √(3.5 / 6) / 100 = 0.00764.
    #expect(result.lines.last?.hasSuffix("0.035 ± 0.008") ?? false, "\(result.lines)")
  }

  @Test(arguments: [
    ("same_law(draw(normal(0, 1), [4000], seed = 1), normal(0, 1))", "supported"),
    ("same_law(draw(normal(0, 1), [4000], seed = 1), normal(0.5, 1))", "refuted"),
    ("same_law(draw(normal(0, 1), [30], seed = 1), normal(0, 1))", "undecided"),
    ("same_law(draw(uniform(), [4000], seed = 1), x => if x < 0 or x > 1 { 0 } else { 3 })", "supported"),
    ("same_law(draw(uniform(), [4000], seed = 1), x => x, from = 0, to = 1)", "refuted"),
    ("same_law(draw(normal(), [4000], seed = 1), draw(normal(), [4000], seed = 2), within = 0.1)", "supported"),
    ("not same_law([1, 2, 3, 4], [11, 12, 13], within = 0.9)", "undecided"),
  ])
  func lawsAreJudged(condition: String, verdict: String) {
    let result = outcome(of: "claim \"law\": \(condition)")
    #expect(result.claims == [verdict], "\(result.lines)\n\(result.words)")
  }

  /// Two claims, each sure at 5% alone (chances .047 and .0497), of which neither stands beside the other.
  @Test func claimsAreCorrectedTogether() {
    let script = """
      sweep s over seed in 1...4 { run quadratic([1]) with gd(lr = 0.1) for 0 steps { record loss } }
      claim "alone": s.seed - 0.4 > 0
      claim "weaker": s.seed - 0.44 > 0
      """
    let result = outcome(of: script)
    #expect(result.lines.contains { $0.contains("Holm") }, "\(result.lines)")
    #expect(result.claims == ["undecided", "undecided"], "\(result.lines)")
    let single = outcome(of: script.split(separator: "\n").prefix(2).joined(separator: "\n"))
    #expect(single.claims == ["supported"] && !single.lines.contains { $0.contains("Holm") })
  }

  // MARK: Checking

  @Test(arguments: [("[1, -1]", "E0603"), ("[0.5]", "E0404"), ("[\"a\"]", "E0403")])
  func seedsAreWholeNumbers(seeds: String, code: String) {
    let run = "run quadratic([1]) with gd(0.1) for 3 steps { record loss }"
    let result = checking("sweep s over seed in \(seeds) { \(run) }")
    #expect(result.codes == [code], "\(result.words)")
  }

  /// What one value of an axis makes wrong is found before the first run.
  @Test(arguments: [
    ("b in [2, 9]", "line(D) with sgd(0.1) batch b", "E0602"),
    ("m in [0.5, 1.5]", "line(D) with heavy_ball(0.1, m)", "E0601"),
    ("n in [2, 3]", "wide(n) with gd(0.1)", "E0501"),
  ])
  func everyValueIsChecked(axis: String, run: String, code: String) {
    let script = """
      let D = data([[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0])
      problem line(D) { param w: [D.features] = 0; sample (x, y) from D; loss = (dot(w, x) - y)^2 / 2 }
      problem wide(n) { param w: [n] = 0; loss = sum((w - [1.0, 2.0])^2) }
      sweep s over \(axis), seed in 1...2 { run \(run) for 5 steps { record loss } }
      print s.loss
      """
    let result = checking(script)
    #expect(result.codes == [code], "\(result.words)")
  }
}

/// Files in memory that remembers which were written.
private final class CacheHost: Host {
  private let files = MemoryHost(currentDirectory: "/cache", outputDirectory: "/cache")
  private let paths = Mutex<[String]>([])

  var written: [String] { paths.withLock { $0 } }
  var currentDirectory: String { files.currentDirectory }
  var outputDirectory: String { files.outputDirectory }
  var dataDirectories: [String] { [] }

  func read(_ path: String, limit: Int) throws(DataError) -> [UInt8] { try files.read(path, limit: limit) }
  func exists(_ path: String) -> Bool { files.exists(path) }
  func list(_ path: String) -> [String] { files.list(path) }

  func write(_ path: String, _ bytes: [UInt8]) throws(DataError) {
    paths.withLock { $0.append(path) }
    try files.write(path, bytes)
  }

  /// Before anything runs: a series has no place along an axis of the sweep.
  @Test func seriesAgainstAnAxisIsFoundBeforehand() {
    let script = """
      sweep s over b in [1, 2], seed in 1...2 {
        run quadratic([1]) with gd(lr = 0.1 * b) seed seed for 9 steps { record loss }
      }
      plot s.loss vs b
      """
    let result = checking(script)
    #expect(result.places == ["E0403 4"] && result.words.contains("write `plateau(s.loss)`"), "\(result.words)")
    #expect(checking(script.replacing("plot s.loss", with: "plot final(s.loss)")).codes == [])
  }
}
