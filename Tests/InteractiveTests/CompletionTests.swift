import Interactive
import Testing

/// What Tab offers, by what stands before the cursor.
@Suite struct CompletionTests {
  /// The candidates at the end of `line` in a session that has run `setup`.
  private func offered(_ line: String, after setup: [String] = [], files: [String: [UInt8]] = [:]) -> [Candidate] {
    let screen = Screen(files: files)
    screen.play(setup)
    let isText = line.count { $0 == "\"" } % 2 == 1
    let breaks: Set<Character> = isText ? ["\""] : Set(" \t\n\"'@$><=;|&{}()[]+-*/^,:!?~")
    let word = String(line.reversed().prefix { !breaks.contains($0) }.reversed())
    return screen.program?.candidates(before: String(line.dropLast(word.count)), word: word) ?? []
  }

  @Test(arguments: [
    ("rosenb", "rosenbrock"), ("1 + sofm", nil), ("1 + softm", "softmax"), ("cl", "claim "),
    ("run r = quadr", "quadratic"),
    ("run r = rosenbrock() with ada", "adam("), ("gd(", "lr = "), ("adam(lr = 1, β", "β1 = "),
    (":he", "help"), (":set ti", "timing "), (":try ada", "adam"), ("?heavy", "heavy_ball"), ("explain E030", "E0301"),
    ("show heavy", "heavy_ball"), ("record gra", "gradient_norm"), ("let x = _", nil),
    ("run r = rosenbrock() with adam(lr = 0.1) ba", "batch"), ("run r = rosenbrock() with adam(lr = 0.1) ", "seed"),
    ("run r = rosenbrock() with gd(lr = 0.1) for 100 st", "steps"), ("run r = rosenbrock() wi", "with"),
    ("digits.sp", "digits.split"), ("digits.split(", "at = "), ("plot loss of r, log", "loglog"),
    ("plot loss of r vs step, ti", "title"), ("plot loss of r v", "vs"), ("let \\lambda", "λ"),
    ("let \\lam", "\\lambda"),
  ]) func candidatesFitTheirPlace(line: String, expected: String?) {
    let texts = offered(line).map(\.text)
    if let expected {
      let isThere = texts.contains { $0 == expected || $0 == expected + " " }
      #expect(isThere, "\(line): \(texts.prefix(20))")
    } else {
      #expect(texts.isEmpty, "\(line): \(texts)")
    }
  }

  @Test func namesOfTheSessionAreOffered() {
    #expect(offered("2 * long", after: ["let longitude = 3"]).map(\.text) == ["longitude"])
  }

  @Test func pathsIntoARunAreOffered() {
    let setup = [
      "let D = chebyshev(degree = 3, points = 10)",
      "problem fit(D) { param net = mlp([1, 4, 1], activation = tanh); sample (x, y) from D; loss = norm2(net(x) - y) / 2 }",
      "run r = fit(D) with gd(lr = 0.1) for 5 steps { record loss }",
    ]
    #expect(offered("r.lo", after: setup).map(\.text) == ["r.loss"])
    #expect(offered("r.net.la", after: setup).map(\.text).contains("r.net.layer1"))
    #expect(offered("r.net.layer1.", after: setup).map(\.text).contains("r.net.layer1.W"))
  }

  @Test func runsAreOfferedWhereOneIsWanted() {
    let setup = [
      "start first = quadratic([1, 2]) with gd(lr = 0.1)", "step 10", "fork first as second", "let feeble = 1",
    ]
    for line in ["step f", "switch f", "diff second, f", "fork f", "plot loss of f", "goto f"] {
      #expect(offered(line, after: setup).map(\.text) == ["first"], "\(line)")
    }
    #expect(offered("step un", after: setup).map(\.text) == ["until "])
    #expect(offered("plot lo", after: setup).map(\.text).contains("loss"))
    #expect(offered("let a = f", after: setup).map(\.text).contains("feeble"))
  }

  @Test func aChangeOffersWhatItMaySet() {
    let setup = ["start first = quadratic([1, 2]) with heavy_ball(lr = 0.1)"]
    #expect(offered("change { l", after: setup).map(\.text) == ["lr ", "loss "])
    #expect(offered("fork first as s { mo", after: setup).map(\.text) == ["momentum "])
  }

  @Test func settingsOfferTheirChoices() {
    #expect(offered(":set plot s").map(\.text) == ["sixel"])
    #expect(offered(":set ").map(\.text) == ["live ", "plot ", "timing "])
  }

  @Test func filesAreOfferedInTexts() {
    let files: [String: [UInt8]] = ["data.csv": [], "deep/data.npy": [], "edge.opt": []]
    #expect(offered("use \"ed", files: files).map(\.text) == ["edge.opt"])
    #expect(offered("let D = load(\"deep/d", files: files).map(\.text) == ["deep/data.npy"])
  }

  @Test func givenArgumentsAreNotOfferedAgain() {
    #expect(!offered("adam(lr = 1, l").map(\.text).contains("lr = "))
  }

  @Test func argumentsCarryTheirConstraints() {
    let arguments = offered("heavy_ball(")
    #expect(arguments.first { $0.text == "lr = " }?.remark == "lr > 0")
    #expect(arguments.first { $0.text == "momentum = " }?.remark == "momentum in 0..<1 = 0.9")
  }
}
