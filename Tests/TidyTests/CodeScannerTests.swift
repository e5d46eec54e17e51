import Testing

@Suite struct CodeScannerTests {
  @Test(
    "comments and strings are blanked, code and line breaks stay",
    arguments: [
      ("let a = 1 // fatalError", "let a = 1"),
      ("/* { /* { */ */ let b", "                let b"),
      (#"call("{", x)"#, "call(   , x)"),
      (#"call("\(f("}")) {", y)"#, "call(             , y)"),
      ("call(#\"\\(\"#, z)", "call(      , z)"),
      ("a\n\"\"\"\n{ \"quoted\" \n\"\"\"\nb", "a\n   \n          \n   \nb"),
      (#"let q = "\"{" + c"#, "let q =       + c"),
    ])
  func blanks(text: String, code: String) {
    let lines = CodeScanner.blank(text).map { line in
      String(line.reversed().drop { $0 == " " }.reversed())
    }
    let expected = code.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line.reversed().drop { $0 == " " }.reversed())
    }
    #expect(lines == expected)
  }

  @Test func functionBodiesAreFound() {
    let text = """
      struct S {
        init(a: Int) {
          self.a = a
        }
        func g() -> Int { 1 }
        func h(
          _ x: Int, y: (Int, Int) -> Bool = { $0 < $1 }
        ) {
          if x > 1 {
            g()
          }
        }
      }
      protocol P { func required(a: Int) -> Int
        func other()
      }
      """
    let functions = FunctionScanner.functions(in: CodeScanner.blank(text))
    #expect(functions.map(\.name) == ["init", "g", "h"])
    #expect(functions.map(\.line) == [2, 5, 6])
    #expect(functions.map(\.bodyLines) == [1, 0, 3])
    #expect(functions.map(\.parameters) == [1, 0, 2])
  }
}
