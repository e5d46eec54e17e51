import Language
import Testing

/// A function gives the same of numbers that a script has and of those that only a run has.
@Suite struct EagerAndStagedTests {
  /// Functions of a vector z with what is no number, infinite, or 0 with a sign among its elements.
  private static let functions = [
    "sum(z)", "mean(z)", "prod(z)", "max(z)", "min(z)", "median(z)", "quantile(z, 0.25)", "quantile(z, 1)", "norm(z)",
    "norm2(z)", "var(z)", "std(z)", "logsumexp(z)", "softmax(z)[0]", "cumsum(z)[2]", "count(z > 0)", "reverse(z)[0]",
    "max(z[1], 0)", "min(0, z[1])", "sign(z[1])", "abs(z[1])", "relu(z[1])", "where(z[1] > 0, 1, 2)",
    "if z[1] > 0 { 1.0 } else { 2.0 }", "dot(z, z)", "mod(z[1], 2)", "max(z, axis = 0)", "atan2(z[1], 0)",
  ]

  @Test(arguments: ["log1p(w)", "1 / (w - 0.5)", "w * 0", "0 / (w - 0.5)", "w"]) func valuesAreTheSame(z: String) {
    let definitions = Self.functions.enumerated().map { "fn f\($0.offset)(w) { let z = \(z); return \($0.element) }\n" }
    let records = Self.functions.indices.map { "  record f\($0)(w) as m\($0)\n" }
    let prints = Self.functions.indices.map { "print f\($0)(v), r.m\($0)[0]\n" }
    let result = outcome(
      of: """
        let v = [0.5, -1.25, 2.0]
        \(definitions.joined())problem p() { param w: [3] = v; objective = norm2(w) / 2 }
        run r = p() with gd(lr = 0.1) for 1 steps {
        \(records.joined())}
        \(prints.joined())
        """)
    #expect(result.codes == [], "\(result.words)")
    let lines = result.lines.suffix(Self.functions.count)
    for (line, function) in zip(lines, Self.functions) {
      let values = line.split(separator: " ")
      #expect(values.count == 2 && values[0] == values[1], "\(function) with z = \(z): \(line)")
    }
  }
}
