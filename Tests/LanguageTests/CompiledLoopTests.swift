import Diagnostics
import Foundation
import Language
import Synchronization
import Testing
import Values

/// Loops as programs of typed instructions, against the walk over the tree.
@Suite struct CompiledLoopTests {
  /// What a script gives when its loops are compiled and when they are walked, and why loops were walked all the same.
  private struct Both {
    var compiled: ScriptOutcome
    /// As machine code from the first turn on.
    var coded: ScriptOutcome
    var walked: ScriptOutcome
    var refusals: [String]
    var areSame: Bool { isWalked(compiled) && isWalked(coded) }

    private func isWalked(_ other: ScriptOutcome) -> Bool {
      other.lines == walked.lines && other.findings == walked.findings && other.outcome == walked.outcome
    }
  }

  private final class Refusals: Sendable {
    let reasons = Mutex<[String]>([])
  }

  private static func both(
    _ script: String, code: Bool = true, _ change: (inout SessionOptions) -> Void = { _ in }
  ) -> Both {
    let refusals = Refusals()
    var options = SessionOptions()
    change(&options)
    options.onRefusedLoop = { reason, _ in refusals.reasons.withLock { $0.append(reason) } }
    options.loops = .instructions
    let compiled = outcome(of: script, options: options)
    options.loops = .code
    let coded = code ? outcome(of: script, options: options) : compiled
    options.loops = .walk
    let walked = outcome(of: script, options: options)
    return Both(compiled: compiled, coded: coded, walked: walked, refusals: refusals.reasons.withLock { $0 })
  }

  /// To make code takes most of the time.
  private static let isLong = getenv("DESCENT_LONG_TESTS") != nil

  private static func generated(_ seed: Int) -> String {
    var state = UInt64(seed) &* 0xD134_2543_DE82_EF95
    var loops = GeneratedLoops { count in
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ (z >> 31)) % UInt64(count))
    }
    return loops.script()
  }

  /// The same output, the same findings at the same places, the same end; and hardly a loop is left to the walk.
  @Test(arguments: 0..<(isLong ? 100 : 30))
  func generatedLoopsGiveTheSameBytes(part: Int) {
    var refused = 0, errors = 0, reasons: [String: Int] = [:]
    for seed in part * 100..<(part + 1) * 100 {
      let script = Self.generated(seed)
      let both = Self.both(script, code: Self.isLong || seed % 3 == 0)
      #expect(
        both.areSame,
        """
        seed \(seed): compiled \(both.compiled.lines) \(both.compiled.places) \(both.compiled.words)
        code \(both.coded.lines) \(both.coded.places) \(both.coded.words)
        walked \(both.walked.lines) \(both.walked.places) \(both.walked.words)
        \(script)
        """)
      if !both.refusals.isEmpty { refused += 1 }
      for reason in both.refusals { reasons[reason, default: 0] += 1 }
      if both.walked.outcome != .finished { errors += 1 }
    }
    #expect(refused <= 25, "\(refused) of 100 scripts have a loop that is walked: \(reasons)")
    #expect((2...80).contains(errors), "\(errors) of 100 scripts end with a mistake")
  }

  private func expectSame(
    _ script: String, code: String? = nil, line: Int? = nil, isCompiled: Bool = true,
    _ location: SourceLocation = #_sourceLocation, _ change: (inout SessionOptions) -> Void = { _ in }
  ) {
    let both = Self.both(script, change)
    #expect(
      both.areSame, "\(both.compiled.lines) \(both.compiled.words) for \(both.walked.lines) \(both.walked.words)",
      sourceLocation: location)
    #expect(both.refusals.isEmpty == isCompiled, "\(both.refusals)", sourceLocation: location)
    if let code, let line { #expect(both.compiled.places == ["\(code) \(line)"], sourceLocation: location) }
  }

  /// Mistakes that only the run meets, behind what checking tries out: each at its own place.
  @Test func mistakesAreFoundWhereTheWalkFindsThem() {
    let many = "var n = 0\nfor k in 0..<200_000 { n += 1 }\n"
    expectSame(many + "var x = n\nrepeat 9 {\n  x = x * x\n}\nprint x", code: "E0701", line: 5)
    expectSame(many + "for k in 0..<9 {\n  let q = 7 // (n - 200_000)\n}", code: "E0702", line: 4)
    expectSame(many + "let v = [1, 2, 3]\nfor k in n..<n + 2 {\n  let q = v[k]\n}", code: "E0504", line: 5)
    expectSame(many + "var s = 0\nfor k in 0..<9 {\n  s += floor(1e300 * n)\n}\nprint s", code: "E0703", line: 5)
    expectSame(
      many + "fn f(n) {\n  if n < 0 { return 0 }\n  return f(n + 1)\n}\nfor k in 0..<2 { print f(n) }", code: "E0905",
      line: 5)
    expectSame(many + "repeat 3 - n {\n  n = 1\n}", code: "E0603", line: 3)
  }

  @Test func variablesTakeTheTypesThatTheWayGivesThem() {
    expectSame("var x = 0\nfor k in 0..<5 { if k == 3 { x = 0.5 } else { x += 1 } }\nprint x")
    expectSame("var x = 1\nfor k in 0..<5 { x = if k == 3 { 0.5 } else { x + 1 } }\nprint x")
    expectSame("var v = [1, 2, 3]\nlet w = v\nfor k in 0..<3 { v[k] = if k == 1 { 0.5 } else { k } }\nprint v, w")
    expectSame("var v = [1, 2, 9007199254740993]\nfor k in 0..<2 { v[k] = v[2] }\nprint v[0], v[1]")
  }

  @Test func arraysAreValues() {
    expectSame("var v = zeros(3)\nvar w = v\nfor k in 0..<3 { w = v; v[k] = k + 1 }\nprint v, w")
    expectSame("var A = zeros(2, 3)\nlet B = A\nfor k in 0..<6 { A[k // 3, mod(k, 3)] = k }\nprint A, B")
    expectSame("var v = [1.0, 2.0]\nfor x in v { v[0] += x }\nprint v")
  }

  @Test func functionsAreTaken() {
    expectSame("fn f(x, a = 3.9) = a * x * (1 - x)\nvar x = 0.3\nrepeat 50 { x = f(x) }\nprint x")
    expectSame("let f = x => x ^ 2 + 1\nvar x = 0\nrepeat 4 { x = f(x) }\nprint x")
    expectSame(
      """
      fn fib(n) { if n < 2 { return n }; return fib(n - 1) + fib(n - 2) }
      fn gcd(a, b) = if b > 0 { gcd(b, mod(a, b)) } else { a }
      var s = 0
      for k in 0..<15 { s += fib(k) * gcd(k, 12) }
      print s
      """)
    expectSame(
      """
      fn digits(n) {
        var (m, c) = (n, 0)
        while m > 0 { m = m // 10; c += 1 }
        return c
      }
      var s = 0
      for k in 0..<1200 { s += digits(k) }
      print s
      """)
  }

  /// A function that is called often becomes a program where the call is walked, too.
  @Test func callsOfAFunctionAreTaken() {
    expectSame(
      """
      fn fib(n) { if n < 2 { return n }; return fib(n - 1) + fib(n - 2) }
      fn mean(v) { var s = 0.0; for x in v { s += x }; return s / v.count }
      print fib(18)
      print [fib(k) for k in 0..<20], [mean([k, k + 1, 0.5]) for k in 0..<20], [fib(k + 0.5) for k in 0..<12]
      print [mean(zeros(k)) for k in 0..<12], [mean([k, 1]) for k in 0..<12]
      """)
    expectSame(
      "fn f(n) = if n < 0 { 0 } else { 1 + f(n - 1) }\nprint [f(k) for k in 990..<1010]", code: "E0905", line: 1)
  }

  /// While checking, the same operations are counted, so that the same is known afterwards.
  @Test(arguments: [10, 16_000, 19_990, 20_000, 24_990, 25_010, 33_000, 60_000, 1_000_000])
  func checkingKnowsWhatItKnewWhenLoopsWereWalked(turns: Int) {
    for step in 0..<12 {
      let script = """
        fn f(n) = sqrt(n + 0.5)
        fn g(n) { if n > 3 { return n }; return -1 }
        fn h(n) = n + [1, 2]
        var (s, n) = (0.0, 0)
        for k in 0..<\(turns + step) { s += 1; n = k }
        while n > 0 { n -= 2; if n < 40 { s += f(n * n) } }
        let v = [1, 2, 3]
        print v[mod(n, 5)]
        print h([1, 2, 3]), g(2), v[g(-1)]
        """
      var options = SessionOptions()
      let compiled = checking(SourceText(name: "t.opt", script), options: options)
      options.loops = .walk
      let walked = checking(SourceText(name: "t.opt", script), options: options)
      #expect(compiled.findings == walked.findings, "\(turns + step): \(compiled.words) for \(walked.words)")
    }
  }

  /// What shows something is walked from inside the program, in order, with the values of its turn.
  @Test func whatIsShownInALoopIsShownInOrder() {
    expectSame(
      """
      var x = 1.0
      var v = [0, 0, 0]
      for k in 0..<5 {
        let y = x * k
        v[mod(k, 3)] += k
        if mod(k, 2) == 0 { print "{k}: {y:.3f}", v, max(x, y) }
        x += y
        x
      }
      """)
    expectSame("fn f(k) = uniform()\nfor k in 0..<3 { print k, \"a\" }", isCompiled: true)
  }

  @Test func aLoopWithoutEndStopsAtItsTime() {
    for script in [
      "var n = 0\nwhile true { n += 1 }",
      "fn f(n) = if n < 0 { 1 } else { f(n - 1) + f(n - 1) }\nfor k in 0..<2 { print f(90) }",
    ] {
      let clock = Refusals()
      let both = Self.both(script) { options in
        options.limits.seconds = 1
        // Every look at the clock takes a hundredth of a second.
        options.now = {
          clock.reasons.withLock { looks in
            looks.append("")
            return Double(looks.count) / 100
          }
        }
      }
      #expect(both.compiled.outcome == .limitReached)
      #expect(both.walked.outcome == .limitReached)
      #expect(both.refusals.isEmpty)
    }
  }

  /// Loops that stay with the walk, whose results are the same all the same.
  @Test func whatIsNoNumberIsWalked() {
    expectSame("var v = [1, 2]\nfor k in 0..<3 { v = v + [k, 1] }\nprint v", isCompiled: false)
    expectSame("for k in 0..<3 { let x = \"{k}\"; print x }", isCompiled: false)
    expectSame("var x = 1.0\nfor k in 0..<3 { x += sum([k, x]) }\nprint x", isCompiled: false)
  }

  /// Calls inside calls of which machine code makes the first, and the machine those that go deeper.
  @Test(arguments: [10, 900, 999, 1000, 1001, 1255, 1256, 1257, 2500])
  func callsGoDeeperThanMachineCodeDoes(depth: Int) {
    let script = """
      fn f(n) {
        if n < 1 { return 0 }
        return 1 + f(n - 1)
      }
      fn g(n) {
        if n < 1 { return 0.5 }
        let below = g(n - 1)
        return below + sqrt(below + n) / n
      }
      var (total, sum) = (0, 0.0)
      for k in 0..<40 {
        total += f(\(depth) - mod(k, 5))
        sum += g(\(depth) - 5 * mod(k, 2))
      }
      print total, sum
      """
    expectSame(script) { $0.limits.callDepth = 3000 }
  }

  /// Loops that go on for long: instructions at first, machine code from some turn in their midst on.
  @Test(arguments: [
    "var (x, n) = (0.5, 0)\nwhile n < 40_000 {\n  n += 1\n  x = 3.7 * x * (1 - x)\n}\nprint x, n",
    "var best = 0\nfor k in 0..<40_000 { best = if mod(k * 7919, 1013) > best { mod(k * 7919, 1013) + 0.5 } else { best } }\nprint best",
    "var v = zeros([50])\nfor i in 0..<900 {\n  for j in 0..<50 { if mod(i * j, 3) == 1 { v[j] += i / (j + 1) } }\n}\nprint v",
    "fn f(n) {\n  if n < 2 { return n }\n  return f(n - 1) + f(n - 2)\n}\nvar s = 0\nfor k in 0..<21 { s += f(k) }\nprint s",
    "var s = 0\nfor k in 0..<40_000 {\n  s += k // 7 - mod(k, 5)\n  if mod(k, 9000) == 8999 { print k, s }\n}\nprint s",
    "var n = 1\nfor k in 0..<60_000 { if k > 50_000 { n *= 3 } }",
    "let v = [1.5, 2.5]\nvar s = 0.0\nfor k in 0..<60_000 { s += v[if k < 50_000 { mod(k, 2) } else { k }] }",
  ]) func loopsBecomeCodeOnTheWay(script: String) {
    let best = outcome(of: script)
    var options = SessionOptions()
    options.loops = .walk
    let walked = outcome(of: script, options: options)
    #expect(best.lines == walked.lines && best.findings == walked.findings, "\(best.lines) for \(walked.lines)")
    #expect(best.outcome == walked.outcome && !(best.lines.isEmpty && best.findings.isEmpty))
  }
}
