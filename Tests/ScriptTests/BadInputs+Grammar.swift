// V10–V20: grammar and names.
extension BadInput {
  private static func nested(_ depth: Int) -> String {
    "print " + String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth) + "\n"
  }

  private static func tooDeep(_ depth: Int) -> BadInput {
    BadInput("V10", "\(depth) nested parentheses", nested(depth)).with {
      $0.codes = ["E02"]
      $0.words = ["nested more than 200 deep", ":1:207"]
      $0.seconds = 1
      $0.mebibytes = 256
    }
  }

  static let grammar: [BadInput] = [
    BadInput("V10", "200 nested parentheses", nested(200)).with {
      $0.status = [0]; $0.output = "1\n"
    },
    tooDeep(201),
    tooDeep(1_000_000),
    BadInput("V11", "100,000 terms", "print 1" + String(repeating: " + 1", count: 99_999) + "\n").with {
      $0.status = [0]
      $0.output = "100000\n"
      $0.seconds = 2
    },
    BadInput("V12", "brace that is never closed", "let a = 1\nlet b = 2\nif a < b {\n  print a\n\nprint b\n").with {
      $0.codes = ["E02"]
      $0.words = [":3:10", "line 6"]
      $0.errors = 1
    },
    BadInput("V13", "misspelt statement", "optimzer mine(lr = 0.1) {\n  x' = x - lr * g\n}\n").with {
      $0.codes = ["E02"]
      $0.words = ["did you mean", "`optimizer`"]
      $0.errors = 1
    },
    BadInput("V14", "= for ==", "let x = 2\nif x = 3 {\n  print x\n}\n").with {
      $0.codes = ["E02"]
      $0.words = ["use `==` to compare"]
      $0.errors = 1
    },
    BadInput("V15", "2^3^2", "print 2^3^2\n").with {
      $0.codes = ["E02"]
      $0.words = ["ambiguous", "(2^3)^2", "= 64", "2^(3^2)", "= 512"]
    },
    BadInput(
      "V16", "independent mistakes on lines 2, 5 and 9",
      "let a = 1\nprint nme\nlet b = 2\nlet c = 3\nlet d = (b +\n\nlet e = 4\nprint a\nprint e % 2\n"
    ).with {
      $0.words = [":2:7", ":5:", ":9:9"]
      $0.errors = 3
    },
    BadInput("V17", "50 mistakes", (1...50).map { "print unknown\($0)\n" }.joined()).with {
      $0.words = ["30 more errors", "unknown20"]
      $0.absent = ["unknown21"]
      $0.errors = 20
    },
    BadInput("V18", "misspelt name", "let learning_rate = 0.1\nprint lerning_rate\n").with {
      $0.codes = ["E03"]
      $0.words = ["learning_rate", ":2:7"]
      $0.errors = 1
    },
    BadInput("V18", "assignment to a misspelt name", "var learning_rate = 0.1\nlerning_rate = 0.2\n").with {
      $0.codes = ["E03"]
      $0.words = ["`learning_rate`", ":2:1"]
      $0.errors = 1
    },
    BadInput(
      "V19", "misspelt argument",
      "print 1\nrun r = quadratic([1, 2]) with heavy_ball(lr = 0.1, momentumm = 0.9) for 10 steps { record loss }\n"
    ).with {
      $0.codes = ["E03"]
      $0.words = ["momentumm", "`momentum`", "lr"]
      $0.output = ""
      $0.errors = 1
    },
    BadInput("V20", "// at the start of a line", "// a comment\nprint 1\n").with {
      $0.codes = ["E02"]
      $0.words = ["comments start with", "#"]
      $0.errors = 1
    },
  ]
}
