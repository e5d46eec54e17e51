import Language
import Synchronization
import Testing
import Values

/// Whatever number a clause is given, it is taken or refused: no arithmetic on it ends the program.
@Suite("extreme numbers in clauses")
struct ExtremeNumberTests {
  private static let numbers = [
    "0", "-1", "2147483648", "4611686018427387904", "9007199254740993", "9223372036854775807", "-9223372036854775807",
    "0.5", "1.0/0.0", "0.0/0.0", "1e19",
  ]

  /// Scripts with a number left open.
  private static let clauses = [
    "run r = q() with gd(lr = #) for 2 steps { record loss }",
    "run r = q() with gd(lr = 0.1) for # steps { record loss every 1000 }",
    "run r = q() with gd(lr = 0.1) for # epochs { record loss }",
    "run r = q() with gd(lr = 0.1) seed # for 2 steps { record loss }",
    "run r = n() with gd(lr = 0.1) batch # for 2 steps { record loss }",
    "run r = n() with gd(lr = 0.1) batch 2 for # epochs { record loss }",
    "run r = q() with gd(lr = 0.1) for 2 steps { record loss every # }",
    "run r = n() with gd(lr = 0.1) batch 2 for 2 steps { record loss every # epochs }",
    "run r = q() with gd(lr = 0.1) for 2 steps { record loss logspaced # }",
    "run r = q() with gd(lr = 0.1) for # steps { record loss logspaced 50 }",
    "run r = q() with gd(lr = 0.1) for 2 steps {\n record loss\n at step # { lr = 1 }\n}",
    "run r = n() with gd(lr = 0.1) batch 2 for 2 steps {\n record loss\n at epoch # { lr = 1 }\n}",
    "run r = n() with gd(lr = 0.1) batch 2 for 4 steps {\n record loss\n at step 2 { batch = # }\n}",
    "run r = n() with gd(lr = 0.1) batch 2 for 4 steps {\n record loss\n at step 2 { batch *= # }\n}",
    "run r = q() with gd(lr = 0.1) for 2 steps { record loss }\nfork r at # as s { lr *= 2 }",
    "run r = n() with gd(lr = 0.1) batch 2 for 2 steps { record loss }\nfork r at epoch # as s { lr *= 2 }",
    "sweep s over seed in 1...2 { run q() with gd(lr = 0.1) for 2 steps { record loss } }\n"
      + "claim \"c\": final(s.loss) > 0 until decided (max # seeds)",
    "sweep s over k in 0..<# { run q() with gd(lr = 0.1) for 2 steps { record loss } }",
    "sweep s over seed in #...# { run q() with gd(lr = 0.1) for 2 steps { record loss } }",
    "problem w {\n param x = 1\n sample i in 0..<#\n loss = x * i\n}\n"
      + "run r = w() with gd(lr = 0.1) for 2 steps { record loss }",
    "problem w {\n param x = 1\n sample i in #..<3 weight #\n loss = x\n}\n"
      + "run r = w() with gd(lr = 0.1) for 2 steps { record loss }",
    "problem w {\n param x: [#] = 1\n loss = sum(x)\n}\nrun r = w() with gd(lr = 0.1) for 2 steps { record loss }",
    "process w {\n state x = 1\n dx = -x * dt\n}\nrun r = w() dt # for 2 steps { record x }",
    "process w {\n state x = 1\n dx = -x * dt\n}\nrun r = w() dt 0.01 for # time { record x }",
    "for i in 0..<# { if i > 2 { return } }", "repeat # { let x = 1 }", "print [1, 2, 3][#]", "print [1, 2, 3][0:#]",
    "print zeros([#])", "print zeros([#, #])", "print eye(#)", "print linspace(0, 1, #)", "print logspace(1, 2, #)",
    "print draw(normal(), [#])", "print draw(normal(), [2], seed = #)", "print permutation(3, seed = #)",
    "print sum(0..<#)", "print sum(#...#)", "print mean([1.0, 2.0], axis = #)", "print top_k([1.0, 2.0], #)",
    "print one_hot([0, 1], #)", "print reshape([1, 2, 3, 4], [#, 2])", "print iris().split(#, seed = 1)",
    "print chebyshev(degree = #, points = 5)", "print int(#)", "print # // -1", "print mod(#, -1)", "print (#)^2",
    "print \"{#:.3f}\"", "let x = [i for i in 0..<#]",
    "run r = q() with gd(lr = 0.1) for 20 steps { record loss }\nprint plateau(r.loss, #%)",
    "run r = q() with gd(lr = 0.1) for 20 steps { record loss }\nprint slope(r.loss, from = #)",
    "run r = q() with gd(lr = 0.1) for 20 steps { record loss }\nprint mean(r.loss, last = #)",
  ]

  private static let problems = """
    problem q { param x = 1; loss = x^2 }
    problem n {
      param x = 1
      sample i in 0..<4
      loss = (x - i)^2
    }

    """.replacing("param x = 1; loss = x^2", with: "param x = 1\n loss = x^2\n")

  /// How often the time was asked for.
  private final class Looks: Sendable {
    private let count = Mutex(0.0)
    func next() -> Double {
      count.withLock {
        $0 += 1
        return $0
      }
    }
  }

  @Test("end in a result or a message", arguments: clauses)
  func ends(_ clause: String) {
    for number in Self.numbers {
      // A clock that goes on when it is looked at: what would take long ends after as many looks, on any machine.
      let looks = Looks()
      var options = SessionOptions()
      options.now = { looks.next() }
      options.limits.seconds = 500
      let script = Self.problems + clause.replacing("#", with: number)
      // Whatever they say, they say it: a trap would end the tests.
      let checked = checking(script), run = outcome(of: script, options: options)
      #expect(!(checked.words + run.words).contains("internal"), "\(script)")
    }
  }

  @Test("of steps beyond what can be run are refused")
  func refused() {
    let tail = " { record loss }"
    for (script, code) in [
      ("run r = q() with gd(lr = 0.1) for 9223372036854775807 steps" + tail, "E0603"),
      ("run r = q() with gd(lr = 0.1) for 5 steps { record loss every 9223372036854775807 }", "E0603"),
      ("run r = q() with gd(lr = 0.1) for 5 steps { record loss logspaced 1000000000 }", "E0603"),
      (
        "problem w {\n param x = 1\n sample i in 0..<3 weight -1\n loss = x\n}\nrun r = w() with gd(lr = 0.1) for 2 steps",
        "E0603"
      ),
      (
        "problem w {\n param x = 1\n sample i in 0..<9007199254740993\n loss = x\n}\nrun r = w() with gd(lr = 0.1) for 2 steps",
        "E0603"
      ),
    ] { #expect(outcome(of: Self.problems + script).codes.contains(code), "\(script)") }
  }
}
