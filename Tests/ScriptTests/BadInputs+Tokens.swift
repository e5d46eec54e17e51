// V01–V09: characters and tokens.
extension BadInput {
  private static let goodLines = (1...20).map { "let a\($0) = \($0)\n" }.joined()

  static let tokens: [BadInput] =
    [
      BadInput("V01", "empty file", "").with {
        $0.status = [0]; $0.output = ""; $0.errors = 0
      },
      BadInput("V01", "comments only", "# one\n\n  # two").with {
        $0.status = [0]; $0.output = ""; $0.errors = 0
      },
      BadInput("V02", "byte order mark and CRLF", "\u{FEFF}let a = 1\r\nprint a\r\nprint unknown_name\r\n").with {
        $0.codes = ["E03"]
        $0.words = [":3:7"]
        $0.errors = 1
      },
      BadInput("V02", "byte order mark and CRLF, no mistake", "\u{FEFF}let a = 1\r\nprint a\r\n").with {
        $0.status = [0]
        $0.output = "1\n"
      },
      BadInput("V02", "lone carriage return", "let a = 1\rprint a\n").with {
        $0.codes = ["E01"]
        $0.words = ["byte 9"]
      },
      BadInput("V03", "byte FF in a comment", bytes: bytes("# a\u{1}\nprint nothing_here\n", [0xFF])).with {
        $0.codes = ["E01", "E03"]
        $0.words = ["not valid UTF-8", "FF", ":1:4"]
      },
      BadInput("V03", "byte FF in a string", bytes: bytes("print \"a\u{1}\"\nprint nothing_here\n", [0xFF])).with {
        $0.codes = ["E01", "E03"]
        $0.words = ["not valid UTF-8", "FF", ":1:9"]
      },
      BadInput("V03", "overlong C0 80", bytes: bytes("let a = 1 \u{1}\nprint nothing_here\n", [0xC0, 0x80])).with {
        $0.codes = ["E01", "E03"]
        $0.words = ["not valid UTF-8", "C0", ":1:11"]
      },
      BadInput("V04", "NUL between statements", "let a = 1\n\0\nprint nothing_here\n").with {
        $0.codes = ["E01", "E03"]
        $0.words = ["NUL byte", ":2:1"]
      },
      BadInput("V05", "bidirectional control in a comment", "# a\u{202E}b\nprint 1\n").with {
        $0.codes = ["E01"]
        $0.words = ["bidirectional control character U+202E"]
      },
      BadInput("V05", "bidirectional control in a string", "print \"a\u{2066}b\"\n").with {
        $0.codes = ["E01"]
        $0.words = ["bidirectional control character U+2066"]
      },
      BadInput("V05", "bidirectional control as an escape", "print \"a\\u{202E}b\"\n").with { $0.status = [0] },
      BadInput("V06", "combining mark after a quote", "print(\"loss\"\u{301})\n").with {
        $0.codes = ["E01"]
        $0.words = [":1:13", "U+0301"]
        $0.absent = ["closed", "terminated"]
        $0.errors = 1
      },
      BadInput("V07", "string without end", "let a0 = \"abc\n" + goodLines).with {
        $0.codes = ["E01"]
        $0.words = [":1:10"]
        $0.errors = 1
      },
      BadInput("V07", "string without end, then another mistake", "let a0 = \"abc\n" + goodLines + "print nothing_here")
        .with {
          $0.codes = ["E01", "E03"]
          $0.errors = 2
        },
    ] + numbers + lookalikes

  private static let numbers: [BadInput] =
    [
      number("1e400", ["E01"], ["too large", "inf"]),
      number("9223372036854775808", ["E01"], ["does not fit in a 64-bit integer"]),
      number("1.", ["E01"], ["1.0"]),
      number(".5", ["E01"], ["0.5"]),
      number("0x1p3", ["E01"], ["another base", "accepted forms"]),
      number("1e", ["E01"], ["1e"]),
      number("007", ["E01"], ["`7`"]),
      number("1__0", ["E01"], ["1_0"]),
      number("٣", ["E01"], ["another script", "`3`"]),
      number("nan", ["E0"], ["nan", "0.0/0.0"]),
      BadInput("V08", "1e-400", "print 1e-400\n").with {
        $0.status = [0]
        $0.codes = ["W"]
        $0.words = ["rounds to 0"]
        $0.output = "0\n"
      },
      BadInput("V08", "1_000", "print 1_000\n").with {
        $0.status = [0]; $0.output = "1000\n"
      },
    ]

  private static func number(_ text: String, _ codes: [String], _ words: [String]) -> BadInput {
    BadInput("V08", text, "print \(text)\n").with {
      $0.codes = codes; $0.words = words; $0.errors = 1
    }
  }

  private static let lookalikes: [BadInput] =
    [("5 − 1", "`-`"), ("“hi”", "`\"`"), ("2 × 3", "`*`"), ("1 ≤ 2", "`<=`"), ("1 +\u{A0}2", "a space")].map {
      text, form in
      BadInput("V09", text, "print \(text)\n").with {
        $0.codes = ["E01"]; $0.words = ["look", "like \(form)"]
      }
    }

  /// The bytes of a text, with others in the place of U+0001.
  private static func bytes(_ text: String, _ inserted: [UInt8]) -> [UInt8] {
    text.utf8.flatMap { $0 == 1 ? inserted : [$0] }
  }
}
