import Testing

/// Sessions of random statements, whole and damaged: every mistake is told, nothing traps, and the session goes on.
@Suite struct DamagedSessionTests {
  /// A generator of its own, so that a seed says all.
  private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let opening = [
    "problem fit() { param net = mlp([1, 4, 1]); sample (x, y) from chebyshev(degree = 3, points = 12); loss = norm2(net(x) - y) }",
    "start r = fit() with sgd(lr = 0.05) batch 4",
  ]

  private static let statements = [
    "step", "step 5", "step 30 until loss < 0.2", "back 4", "back", "goto 3", "goto r 2", "fork r as s { lr = 0.02 }",
    "fork r at 2 as q", "step r, s 3", "diff r, s", "when loss < 0.5", "change { lr *= 0.5 }", "change r { lr = 0.01 }",
    "inspect", "inspect g", "inspect batch", "record norm(g) every 2", "switch s", "switch r", "why", "spectrum 2",
    "watch norm(g)", "unwatch", "let r = 3", "let k = r.loss", "r.net", "r", "s", "_", "_1 + 1", ":undo", ":tree",
    ":vars",
    "start r = fit() with adam() batch 3", "start p = fit() with adam() for 6 steps", "step p 20", "let step = 3",
    "run r = fit() with gd(lr = 0.1) for 4 steps { record loss }", "fork r at 1 as u", "x", "for i in 0..<2 { step 1 }",
    "change { batch = 3 }", "change { freeze(net.layer1) }", "change { loss = quadratic_model }", "goto 0 - 1",
    "step 1e3",
    "watch", "start", "fork", "diff", "when", "change", "goto", "record", "switch", "plot loss of r, s", "?step",
    "show r",
  ]

  private static let damage = ["r", "s", "}", "0", "-", "until", "77", "\"x\"", "where", "step", "q", "u, q", "(", "#"]

  @Test(arguments: 1...6 as ClosedRange<UInt64>) func nothingTraps(seed: UInt64) {
    var dice = Dice(state: seed)
    var lines = Self.opening
    for _ in 0..<40 {
      var words = Self.statements.randomElement(using: &dice)?.split(separator: " ").map(String.init) ?? []
      // A condition that is damaged may never hold.
      if Int.random(in: 0..<5, using: &dice) == 0, !words.isEmpty, !words.contains("until") {
        let place = Int.random(in: 0..<words.count, using: &dice)
        words[place] = Self.damage.randomElement(using: &dice) ?? ""
      }
      lines.append(words.joined(separator: " "))
    }
    let screen = Screen()
    screen.play(lines)
    screen.play(["let closing = 41", "closing + 1"])
    #expect(screen.text.hasSuffix(" = 42\n"), "seed \(seed)")
  }
}
