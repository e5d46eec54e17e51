// V21–V36: types, shapes, arithmetic and texts.
extension BadInput {
  static let values: [BadInput] = shapes + arithmetic + arguments + limits + texts

  private static let shapes: [BadInput] = [
    BadInput("V21", "a row minus a column", "print 1\nlet a = zeros(64)\nlet b = zeros(64, 1)\nprint a - b\n").with {
      $0.codes = ["E05"]
      $0.words = ["64, 64", "64, 1", ":4:"]
      $0.output = ""
    },
    BadInput("V22", "elementwise product of matrices", "let A = ones(3, 4)\nlet B = ones(4, 5)\nprint A * B\n").with {
      $0.codes = ["E05"]
      $0.words = ["3, 4", "4, 5", "did you mean `@`"]
    },
    BadInput("V23", "inner sizes", "let A = ones(7, 100)\nlet B = ones(101, 3)\nprint A @ B\n").with {
      $0.codes = ["E05"]
      $0.words = ["7, 100", "101, 3", ":3:"]
    },
    index("x[10]"), index("x[i]"), index("x[2:99]"),
  ]

  private static func index(_ text: String) -> BadInput {
    BadInput("V27", text, "let x = linspace(0, 1, 10)\nlet i = -1\nprint \(text)\n").with {
      $0.status = [1, 3]
      $0.codes = ["E05"]
      $0.words = ["valid 0 … 9"]
    }
  }

  private static let arithmetic: [BadInput] =
    [
      BadInput(
        "V24", "divisions",
        "print 5/2\nprint 5//2\nprint -7//2\nprint mod(-7, 2)\nprint 5.0/0.0\nprint 0.0/0.0\n"
      ).with {
        $0.status = [0]
        $0.output = "2.5\n2\n-4\n1\ninf\nnan\n"
      },
      BadInput("V24", "7 % 2", "print 7 % 2\n").with {
        $0.codes = ["E02"]; $0.words = ["mod(7, 2)"]; $0.errors = 1
      },
      BadInput("V24", "5//0", "print 5//0\n").with {
        $0.status = [1, 3]
        $0.codes = ["E07"]
        $0.words = ["integer division by zero"]
      },
    ] + ["9223372036854775807 + 1", "9223372036854775807 * 2", "-(-9223372036854775807-1)"].map(overflow) + [
      whole("0.0/0.0", []), whole("1e300", []), whole("2.5", ["round", "floor", "trunc"]),
      BadInput(
        "V33", "ten times too large a step",
        "run r = quadratic([1, 0.1]) with gd(lr = 20) for 10_000 steps { record loss every 1 }\nprint count(r.loss) > 100\n"
      ).with {
        $0.status = [0]
        $0.codes = ["W07"]
        $0.words = ["diverged at step", "`loss`", "not finite"]
      },
      BadInput(
        "V33", "the same, and a status on demand",
        "run r = quadratic([1]) with gd(lr = 20) for 10_000 steps { record loss }\n"
      )
      .with {
        $0.options = ["--fail-on-diverge"]; $0.status = [3]
      },
      BadInput(
        "V34", "gradient of a choice", "fn f(x) = where(x > 0, log(x), 0)\nlet df = grad(f)\nprint df(0.0)\n"
      ).with {
        $0.status = [0]; $0.output = "0\n"
      },
    ]

  private static func overflow(_ text: String) -> BadInput {
    BadInput("V25", text, "var one = 1\nprint \(text)\n").with {
      $0.status = [1, 3]
      $0.codes = ["E07"]
      $0.words = ["does not fit in a 64-bit integer"]
    }
  }

  private static func whole(_ text: String, _ words: [String]) -> BadInput {
    BadInput("V26", "int(\(text))", "print int(\(text))\n").with {
      $0.status = [1, 3]
      $0.codes = ["E07"]
      $0.words = words
    }
  }

  private static let arguments: [BadInput] =
    [("0", ["0"]), ("-1", ["-1"]), ("2.5", ["2.5"]), ("512", ["512", "500"])].map { size, words in
      BadInput(
        "V28", "batch \(size)", problem + "run r = p with sgd(lr = 0.1) batch \(size) for 10 steps { record loss }\n"
      )
      .with {
        $0.codes = [size == "2.5" ? "E0" : "E06"]; $0.words = words
      }
    }
    + [("-0.1", "E06"), ("0.0/0.0", "E06"), ("1.0/0.0", "E06"), ("\"0.1\"", "E04")].map { rate, code in
      BadInput("V29", "lr = \(rate)", "run r = quadratic([1, 2]) with gd(lr = \(rate)) for 10 steps { record loss }\n")
        .with { $0.codes = [code] }
    } + [
      BadInput("V29", "lr = 0", "run r = quadratic([1, 2]) with gd(lr = 0) for 10 steps { record loss }\n").with {
        $0.status = [0, 1]
        $0.codes = ["06"]
        $0.words = ["lr"]
      }
    ]

  private static let problem = """
    problem p {
      param w = 0
      sample i in 0..<500
      loss = (w - i)^2 / 500
    }

    """

  private static let limits: [BadInput] = [
    BadInput("V30", "endless loop with a limit", "while true { }\n").with {
      $0.options = ["--max-operations", "100000"]
      $0.status = [5]
      $0.codes = ["E09"]
      $0.words = ["100000", "--max-operations"]
    },
    BadInput("V31", "recursion without end", "fn f(x) = f(x)\nprint f(1)\n").with {
      $0.status = [5]
      $0.codes = ["E09"]
      $0.words = ["call depth 1000"]
      $0.errors = 1
    },
    BadInput("V32", "7 TiB", "print zeros(1000000, 1000000)\n").with {
      $0.status = [5]
      $0.codes = ["E09"]
      $0.words = ["7.3 TiB", "limit"]
      $0.mebibytes = 256
    },
    BadInput("V32", "more elements than numbers", "print zeros(9223372036854775807, 9)\n").with {
      $0.status = [1]
      $0.codes = ["E0603"]
      $0.words = ["9223372036854775807"]
      $0.mebibytes = 256
    },
    BadInput("V32", "a negative size", "print zeros(-1)\n").with {
      $0.status = [1, 3]
      $0.codes = ["E06"]
      $0.words = ["-1"]
    },
  ]

  private static let texts: [BadInput] =
    [("{x:.999f}", ["40"]), ("{x:%n}", ["%n"]), ("{x", ["}"])].map { text, words in
      BadInput("V35", text, "let x = 1.5\nprint \"\(text)\"\n").with {
        $0.codes = ["E0"]; $0.words = words; $0.errors = 1
      }
    } + [
      BadInput("V36", "control characters printed", "print \"\\u{1B}]0;pwned\\u{7}\"\n").with { $0.status = [0] },
      BadInput("V36", "control characters in a claim", "claim \"\\u{1B}]0;pwned\\u{7}\": 1 < 2\n").with {
        $0.status = [0]
      },
      BadInput("V36", "control characters in an error", "let x = 1\nprint \"a\u{1B}]0;pwned\u{7}\" + x\n"),
    ]
}
