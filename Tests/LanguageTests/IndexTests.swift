import Language
import Testing

/// An index that is outside of what it is an index of: told where the data are at hand, and else in the step that meets
/// it; what other samples give stays what it is.
@Suite("indices in a run")
struct IndexTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var script: String
    /// Line of the error, and what it says.
    var line: Int
    var words: [String]
    /// Whether checking tells it too.
    var isChecked = false
  }

  private static let classifier = """
    problem p(D) {
      param W = [[0.3, -0.2], [0.1, 0.5], [-0.4, 0.2]]
      sample (a, y) from D
      loss = cross_entropy(W @ a, y)
    }

    """

  private static func labels(_ labels: String) -> String {
    classifier + "let D = data([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], \(labels))\n"
  }

  private static let table = "let table = [0.1, 0.2, 0.1]\n"

  private static let cases: [Case] = [
    Case(
      testDescription: "labels counted from 1",
      script: labels("[1, 2, 3]") + "run r = p(D) with gd(lr = 0.5) for 200 steps { record loss }", line: 4,
      words: ["index 3", "valid 0 … 2", "sample 3 of 3", "subtract 1"], isChecked: true),
    Case(
      testDescription: "labels of one sample a step",
      script: labels("[1, 2, 7]") + "run r = p(D) with gd(lr = 0.5) batch 1 for 200 steps { record loss }", line: 4,
      words: ["index 7", "sample 3 of 3"], isChecked: true),
    Case(
      testDescription: "labels with signs",
      script: labels("[1, -1, -1]") + "run r = p(D) with gd(lr = 0.5) for 3 steps { record loss }", line: 4,
      words: ["index -1", "sample 2 of 3", "1 other sample", "(y + 1) // 2"], isChecked: true),
    Case(
      testDescription: "a label that is that of the next sample's table",
      script: """
        problem p(D) {
          param W = [[0.3, -0.2], [0.1, 0.5], [-0.4, 0.2]]
          sample (a, y) from D
          loss = 1 - softmax(W @ a)[y]
        }
        let D = data([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0, 3, 1])
        run r = p(D) with gd(lr = 0.5) for 3 steps { record loss }
        """, line: 4, words: ["index 3", "valid 0 … 2", "sample 2 of 3"], isChecked: true),
    Case(
      testDescription: "a class that no column stands for",
      script: """
        problem p(D) {
          param W = [[0.3, -0.2], [0.1, 0.5], [-0.4, 0.2]]
          sample (a, y) from D
          loss = norm2(W @ a - one_hot(y, 3))
        }
        let D = data([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0, 3, 1])
        run r = p(D) with gd(lr = 0.5) for 3 steps { record loss }
        """, line: 4, words: ["index 3", "sample 2 of 3"], isChecked: true),
    Case(
      testDescription: "numbers of samples",
      script: """
        problem p {
          param x = 1
          sample i in 5..<9
          loss = x * [1.0, 2.0, 3.0][i - 5]
        }
        run r = p with gd(lr = 0.5) for 3 steps { record loss }
        """, line: 4, words: ["index 3", "`i` = 8"], isChecked: true),
    Case(
      testDescription: "a table of step sizes",
      script: table + "run r = quadratic([1, 2]) with gd(lr = table[int(t) - 1]) for 5 steps { record loss }",
      line: 2, words: ["index 3", "valid 0 … 2", "in the update to step 4"]),
    Case(
      testDescription: "a table of step sizes in one of several runs",
      script: table
        + "sweep s over k in [1, 2] { run quadratic([1, 2]) with gd(lr = table[k * int(t) - 1]) for 2 steps { record loss } }\n"
        + "print final(s.loss)", line: 0, words: ["index 3 is out of range", "in the update to step 2"]),
    Case(
      testDescription: "what is recorded",
      script: table + "run r = quadratic([1, 2]) with gd(lr = 0.1) for 5 steps { record table[int(step)] as q }",
      line: 2, words: ["index 3", "`q`", "step 3"]),
    Case(
      testDescription: "an index of a parameter",
      script: """
        problem p {
          param x = 0.5
          sample i in 0..<3
          loss = -x * [1.0, 1.0, 1.0, 1.0][i + int(floor(x))]
        }
        run r = p with gd(lr = 0.1) for 50 steps { record loss every 10 }
        """, line: 4, words: ["index 4", "valid 0 … 3", "in the update to step"]),
    Case(
      testDescription: "a flow",
      script: """
        problem p {
          param x = 0.5
          loss = -x^2 / 2 * [1.0, 1.0][int(floor(x))]
        }
        run s = p with gd(lr = 0.5) for 3 steps { record x }
        let f = flow(s)
        """, line: 3, words: ["index 2"]),
  ]

  @Test("is told", arguments: cases)
  func told(_ test: Case) {
    let outcome = outcome(of: test.script)
    if test.line > 0 { #expect(outcome.places == ["E0504 \(test.line)"], "\(outcome.words)") }
    for word in test.words { #expect(outcome.words.contains(word), "lacks “\(word)”: \(outcome.words)") }
    #expect(checking(test.script).codes.contains("E0504") == test.isChecked)
  }

  @Test("in a branch that is not taken may be anything")
  func branches() {
    let outcome = outcome(
      of: Self.table + """
        run r = quadratic([1]) with gd(lr = if t <= 3 { table[int(t) - 1] } else { 0.5 }) for 5 steps { record loss }
        run s = quadratic([1]) with gd(lr = 0.1) for 3 steps { record loss }
        print final(r.x) / (0.9 * 0.8 * 0.9 * 0.5 * 0.5)
        """)
    #expect(outcome.codes == [], "\(outcome.words)")
    #expect(outcome.numbers == [1] || outcome.numbers.allSatisfy { abs($0 - 1) < 1e-12 }, "\(outcome.lines)")
  }

  @Test("of a state that is not finite is a divergence")
  func divergence() {
    let outcome = outcome(
      of: """
        problem p {
          param x = 1
          loss = x^4 * [1.0, 2.0][int(min(1, floor(abs(x - x))))]
        }
        run r = p with gd(lr = 10) for 100 steps { record x }
        print r.diverged
        """)
    #expect(outcome.codes == ["W0701"] && outcome.lines == ["true"], "\(outcome.words)")
  }
}
