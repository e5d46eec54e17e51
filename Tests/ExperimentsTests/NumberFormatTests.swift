import Experiments
import Glibc
import Testing

@Suite struct NumberFormatTests {
  @Test(arguments: [
    (".3f", 0.001, "0.001"), (".2f", 1234.5, "1234.50"), (".0f", 2.5, "2"), (".0f", 3.5, "4"), (".0f", 0.5, "0"),
    (".1f", 0.25, "0.2"), (".1f", 0.35, "0.3"), (".2f", 1.005, "1.00"), (".2f", 9.999, "10.00"),
    ("f", -1.5, "-1.500000"),
    (".3e", 1234.5, "1.234e+03"), (".0e", 0.00012, "1e-04"), ("e", 0.0, "0.000000e+00"), (".2e", 9.999e99, "1.00e+100"),
    (".3g", 1234.5, "1.23e+03"), (".3g", 0.5, "0.5"), ("g", 100_000.0, "100000"), ("g", 1e6, "1e+06"),
    ("g", 1e-4, "0.0001"), ("g", 1e-5, "1e-05"), (".17g", 0.1, "0.10000000000000001"), (".0g", 0.06, "0.06"),
    ("", 3.14159265, "3.14159"), (".2", 3.14159265, "3.1"), ("d", 12.7, "13"), ("d", -0.2, "-0"),
    (".1%", 0.0512, "5.1%"), ("%", 0.07, "7%"),
    (".0%", 1.0, "100%"), ("%", 0.123456789, "12.3457%"),
    ("f", .nan, "nan"), ("e", .infinity, "inf"), ("g", -.infinity, "-inf"), (".2f", -0.0, "-0.00"),
    (".25f", 1e22, "10000000000000000000000.0000000000000000000000000"),
    (".3e", Double.leastNonzeroMagnitude, "4.941e-324"),
    (".20e", 1.7976931348623157e308, "1.79769313486231570815e+308"),
  ])
  func formatsNumber(_ specification: String, _ value: Double, _ expected: String) throws {
    #expect(try NumberFormat(specification: specification).text(value) == expected)
  }

  @Test(arguments: [".f", "3f", "x", ".3d", ".3x", "%n", ".3ff", "..3f", ".-1f", ".٣f", "f.3"])
  func refusesUnknownForm(_ specification: String) {
    #expect(throws: NumberFormat.SpecificationError.unknownForm(specification)) {
      try NumberFormat(specification: specification)
    }
  }

  @Test(arguments: [".41f", ".999f", ".99999999999999999999g"])
  func refusesTooManyDigits(_ specification: String) {
    #expect(throws: NumberFormat.SpecificationError.precisionTooLarge(specification)) {
      try NumberFormat(specification: specification)
    }
  }

  @Test func agreesWithTheCLibraryOnRandomBits() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<3000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      let precision = Int.random(in: 0...25, using: &generator)
      for letter in ["f", "e", "g"] where letter != "f" || value.magnitude < 1e60 {
        let ours = try NumberFormat(specification: ".\(precision)\(letter)").text(value)
        #expect(ours == printed("%.\(precision)\(letter)", value))
      }
    }
  }

  @Test func shortestReadsBackAsTheSameNumber() {
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<3000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(Double(NumberFormat.shortest.text(value)) == value)
    }
    #expect(NumberFormat.shortest.text(2.0) == "2")
    #expect(NumberFormat.shortest.text(0.1) == "0.1")
  }

  @Test func wholeNumbersStayWhole() throws {
    #expect(NumberFormat.standard.text(42) == "42")
    #expect(NumberFormat.standard.text(12_345_678) == "1.23457e+07")
    #expect(NumberFormat.shortest.text(12_345_678) == "12345678")
    #expect(try NumberFormat(specification: ".2f").text(3) == "3.00")
  }

  private func printed(_ format: String, _ value: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 512)
    _ = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// SplitMix64: the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A standard normal number (Box–Muller).
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
    return radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &self))
  }
}
