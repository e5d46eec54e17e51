import Data
import Testing

/// Delimited text: what is read, and every way to be wrong.
@Suite struct CSVReaderTests {
  private func read(_ text: String, _ change: (inout CSVOptions) -> Void = { _ in }) throws(DataError) -> ColumnTable {
    var options = CSVOptions()
    change(&options)
    return try CSVReader.read(bytes(text), file: "t.csv", options: options)
  }

  @Test(arguments: [
    "1,2\n3,4\n", "1,2\n3,4", "1;2\n3;4\n", "1\t2\n3\t4\n", "1 2\n3 4\n", "  1   2  \n 3  4\n", "1,2\r\n3,4\r\n",
    "1,2\r3,4\r", "\u{FEFF}1,2\n3,4\n", "# made by hand\n1,2\n\n3,4\n\n", "\"1\",\"2\"\n3,\"4\"\n", " 1 , 2 \n3 ,4\n",
    "+1,2.0\n3e0,.4e1\n", "1.,2\n0003,4.000\n",
  ])
  func theSameTableInManyForms(_ text: String) throws {
    let table = try read(text) { $0.header = .absent }
    #expect(table.rowCount == 2 && table.columnCount == 2 && table.values == [1, 2, 3, 4], "\(text)")
  }

  @Test func headersAreRecognized() throws {
    #expect(try read("a,b\n1,2\n").names == ["a", "b"])
    #expect(try read("\"a, b\",\"say \"\"hi\"\"\"\n1,2\n").names == ["a, b", "say \"hi\""])
    #expect(try read("1,2\n3,4\n").names.isEmpty)
    #expect(try read("1,2\n3,4\n") { $0.header = .present }.names == ["1", "2"])
    #expect(try read("a,b\nc,d\n") { $0.header = .absent }.rowCount == 2)
    #expect(try read("x,1\ny,2\n").rowCount == 2)
  }

  @Test func numbersAreTheNearestDoubles() throws {
    let texts = [
      "0", "-0", "0.1", "-1.5", "1e-5", "3.141592653589793", "1e22", "1e23", "123456789012345680",
      "0.30000000000000004",
      "5e-324", "1.7976931348623157e308", "2.2250738585072011e-308", "9007199254740993.0", "9007199254740994", "1e-400",
      "000.5",
      "12345.678e-10",
      "0.000000000000000000000000123", "100000000000000000000000000000000.0",
    ]
    let table = try read(texts.joined(separator: "\n") + "\n")
    #expect(table.values.count == texts.count)
    for (text, value) in zip(texts, table.values) {
      #expect(value.bitPattern == Double(text)?.bitPattern, "\(text) was read as \(value)")
    }
    #expect(try read("inf\n-Infinity\n") { $0.header = .absent }.values == [.infinity, -.infinity])
  }

  @Test func randomNumbersComeBackExactly() throws {
    var generator = SeededGenerator(state: 7)
    var values: [Double] = []
    while values.count < 2000 {
      let value = Double(bitPattern: generator.next())
      if value.isFinite { values.append(value) }
      values.append(Double(Int.random(in: -999_999...999_999, using: &generator)) / 1000)
    }
    let text = CSVWriter.encode(columns: ["x"], numbers: [values])
    #expect(try CSVReader.read(text, file: "x").values.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test func textColumnsBecomeCategories() throws {
    let table = try read("size,kind\n1,wine\n2,beer\n3,wine\n4,\"a\nb\"\n")
    #expect(table.texts(of: 1) == ["a\nb", "beer", "wine"] && table.texts(of: 0) == nil)
    #expect(table.column(1) == [2, 1, 2, 0])
    #expect(try read("a\n1\n2\n1\n") { $0.text = [.name("a")] }.texts(of: 0) == ["1", "2"])
  }

  @Test func missingValuesNeedAChoice() throws {
    let text = "a,b\n1,2\n,4\n5,NA\n3,6\n"
    #expect(message { () throws(DataError) in try read(text) }.hasPrefix("E0812 line 3, column 1 `a` of `t.csv`"))
    #expect(try read(text) { $0.missing = .dropRow }.values == [1, 2, 3, 6])
    #expect(try read(text) { $0.missing = .mean }.values == [1, 2, 3, 4, 5, 4, 3, 6])
    #expect(try read(text) { $0.missing = .value(-1) }.values == [1, 2, -1, 4, 5, -1, 3, 6])
    let kept = try read(text) { $0.missing = .keep }.values
    #expect(kept[2].isNaN && kept[5].isNaN && kept[7] == 6)
    for word in ["NA", "n/a", "NaN", "null", "?", "\"\""] {
      #expect(message { () throws(DataError) in try read("1,2\n3,\(word)\n") }.hasPrefix("E0812"), "\(word)")
    }
    #expect(message { () throws(DataError) in try read("a,b\n,1\n") { $0.missing = .dropRow } }.hasPrefix("E0809"))
    #expect(message { () throws(DataError) in try read("a,b\n,1\n,2\n") { $0.missing = .mean } }.hasPrefix("E0812"))
  }

  @Test(arguments: [
    ("1,2\n3\n", "E0810 line 2 of `t.csv` has 1 cell, expected 2"),
    ("a,b\n1,2\n3,4,5\n", "E0810 line 3 of `t.csv` has 3 cells, expected 2"),
    ("\"1\n\",2\n3,4\n5\n", "E0810 line 4 of `t.csv` has 1 cell"),
    ("a,b\n1,2\n3,abc\n", "E0811 line 3, column 2 `b` of `t.csv` is `abc`"),
    ("1,2\n3,1O\n", "E0811 line 2, column 2 of `t.csv` is `1O`"),
    ("1;2\n1,5;2\n", "E0811 line 2, column 1 of `t.csv` is `1,5`"),
    ("1\n0x10\n", "E0811"), ("1\n1e\n", "E0811"), ("1\n--1\n", "E0811"), ("1\n1_000\n", "E0811"),
    ("1\n1e400\n", "E0811"),
    ("1\n.\n", "E0811"), ("1\n٣\n", "E0811"), ("1\n1 2\n", "E0811"), ("1\ninfinite\n", "E0811"),
    ("", "E0809 `t.csv` holds no data: it is empty"), ("\n\n# only a comment\n", "E0809"), ("a,b\n", "E0809"),
    ("1,\"2\n3,4\n", "E0813 line 1, column 2 of `t.csv`: the quote is never closed"),
    ("1,\"2\"x\n", "E0813 line 1, column 2 of `t.csv`: text follows the closing quote"),
    ("a,a\n1,2\n", "E0821 `t.csv` has two columns named `a`"),
  ])
  func mistakesAreNamedWithTheirPlace(_ text: String, _ expected: String) {
    let message = message { () throws(DataError) in try read(text) { _ in } }
    #expect(message.hasPrefix(expected), "\(message)")
  }

  @Test func decimalCommasGetAHint() {
    #expect(message { () throws(DataError) in try read("1;2\n1,5;2\n") }.contains("decimal points"))
  }

  @Test func aLineOfTenMegabytesIsFine() throws {
    let wide = try CSVReader.read(bytes(String(repeating: "7,", count: 1_000_000) + "8\n"), file: "wide")
    #expect(wide.columnCount == 1_000_001 && wide.rowCount == 1 && wide.values.last == 8)
    let quoted = try CSVReader.read(bytes("a\n\"" + String(repeating: "x", count: 3 << 20) + "\"\n"), file: "long")
    #expect(quoted.texts(of: 0)?.first?.utf8.count == 3 << 20)
  }

  @Test func anyBytesGiveATableOrAnError() {
    var generator = SeededGenerator(state: 3)
    let alphabet = bytes("12,;\t\"\n\r# aN.e-\u{0}é")
    var tables = 0
    defer { #expect(tables > 100, "\(tables) of 3000 were read") }
    for _ in 0..<3000 {
      let length = Int.random(in: 0...40, using: &generator)
      let content = (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
      guard let table = try? CSVReader.read(content, file: "x") else { continue }
      tables += 1
      #expect(table.values.count == table.rowCount * table.columnCount && table.rowCount > 0)
    }
  }

  @Test func columnsAreFoundByNumberNameAndLast() throws {
    let table = try read("a,b,c\n1,2,3\n")
    #expect(try table.index(of: .last) == 2 && table.index(of: .number(1)) == 1 && table.index(of: .name("a")) == 0)
    for choice in [ColumnChoice.number(3), .number(-1), .name("d")] {
      #expect(message { () throws(DataError) in try table.index(of: choice) }.hasPrefix("E0821"))
    }
  }
}
