import Language
import Testing

/// Tensors that a run records, and what is computed of them.
@Suite struct TensorSeriesTests {
  private static let head = """
    problem q {
      param w: [3] = [1, -2, 4]
      param W: [2, 3] = [[1, 2, 3], [4, 5, 6]]
      loss = norm2(w) / 2 + norm2(W) / 2
    }
    run r = q() with gd(lr = 0.5) for 4 steps { record w, W, w > 0.3 as up every 2
      record loss, w[1] as second every 1 }
    sweep s over lr in [0.25, 0.5], seed in 1...3 { run q() with gd(lr = lr) for 4 steps { record w every 2 } }

    """

  /// What must be the same, in two ways of saying it.
  static let pairs = [
    ("r.w.at(2)", "[0.25, -0.5, 1]"), ("r.w[1].at(4)", "r.second.at(4)"), ("r.w[-1].values", "[4, 1, 0.25]"),
    ("r.W[1, 2].at(2)", "1.5"), ("r.W[0].at(2)", "[0.25, 0.5, 0.75]"), ("r.W[:, 1].at(0)", "[2, 5]"),
    ("r.w.values.shape", "[3, 3]"), ("final(r.w).values", "[1, -2, 4] / 16"), ("final(r.w)[1]", "-0.125"),
    ("max(r.w over index).values", "[4, 1, 0.25]"), ("sum(r.W over (row, column)).at(0)", "21"),
    ("norm(r.w over index)[0]", "norm([1, -2, 4])"), ("sort(r.w over index).at(0)", "[-2, 1, 4]"),
    ("(2 * r.w - r.w)[0].values", "r.w[0].values"), ("(r.w * [1, 10, 100]).at(0)", "[1, -20, 400]"),
    ("(r.w / r.w[0]).at(2)", "[1, -2, 4]"), ("abs(r.w).at(0)", "[1, 2, 4]"), ("(-r.w).at(0)", "[-1, 2, -4]"),
    ("count(r.up over index).values", "[2, 1, 0]"), ("(not r.up)[0].at(4)", "true"),
    ("(r.w > 0.3)[2].values", "r.up[2].values"), ("first(step where r.w < 0.3)[2]", "4"),
    ("argmax(r.w over index).values", "[2, 2, 2]"), ("mean(r.w)[2].value", "mean([4, 1, 0.25])"),
    ("first(step where max(r.w over index) < 2)", "2"), ("r.w.shape", "[3]"), ("r.w.count", "3"),
    ("mean(final(s.w[0] where lr == 0.5) over seed)", "0.0625"),
    ("mean(final(max(s.w over index) where lr == 0.5) over seed)", "0.25"),
  ]

  @Test(arguments: pairs.indices) func bothWaysAreTheSame(_ index: Int) {
    let (one, other) = Self.pairs[index]
    let result = outcome(of: Self.head + "print \(one)\nprint \(other)\n")
    #expect(result.codes.isEmpty, "\(result.words)")
    #expect(result.lines.count == 2 && result.lines.first == result.lines.last, "\(one): \(result.lines)")
  }

  /// What has no meaning is refused, and told while checking.
  @Test(arguments: [
    ("print r.w[3]", "E0504"), ("print r.w[0, 1]", "E0407"), ("print r.w.at(3)", "E0511"),
    ("print max(r.w over row)", "E0603"), ("print max(r.W over index)", "E0603"), ("print r.w + r.W", "E0501"),
    ("print r.w + [1, 2]", "E0501"), ("print increasing(r.w)", "E0403"), ("print r.w.foo", "E0310"),
    ("print r.w @ r.w", "E0401"),
    ("run t = q() with gd(lr = 0.1) for 2 steps { record w, w[0] as v, w as v }", "E0307"),
    ("if r.w > 0 { print 1 }", "E0403"), ("print sum(r.w) + r.w", "E0663"),
  ])
  func whatMeansNothingIsRefused(_ line: String, _ code: String) {
    let result = outcome(of: Self.head + line + "\n")
    #expect(result.codes.first == code, "\(line): \(result.codes) \(result.words) \(result.lines)")
  }

  /// Recording a tensor changes no state, and a fork sees the same numbers.
  @Test func aRecordedTensorIsThatOfTheRun() {
    let result = outcome(
      of: Self.head + """
        fork r at 2 as f { }
        print f.w.at(4)
        print r.w.at(4)
        print f.w[0].positions

        """)
    #expect(result.codes.isEmpty, "\(result.words)")
    #expect(result.lines.count == 3 && result.lines[0] == result.lines[1], "\(result.lines)")
  }
}
