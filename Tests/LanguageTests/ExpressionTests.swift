import struct Foundation.URL
import Testing

/// Expressions against NumPy's values of them, from `Tests/References/expressions.csv`.
@Suite struct ExpressionTests {
  private static let definitions = """
    let s = 0.7
    let a = [0.3, -1.2, 2.5, 0.9]
    let b = [1.1, 0.4, -0.6, -2.0]
    let M = [[0.2, -0.5, 1.0, 0.3], [1.5, 0.7, -0.9, 0.1], [-0.4, 0.8, 0.6, -1.3]]

    """

  /// Expressions with their elements in row-major order.
  private static let references: [(expression: String, values: [Double])] = {
    guard
      let text = try? String(
        contentsOf: URL(fileURLWithPath: root + "/Tests/References/expressions.csv"), encoding: .utf8)
    else { return [] }
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let parts = line.dropFirst().dropLast().split(separator: "\",\"")
      guard parts.count == 2 else { return nil }
      return (String(parts[0]), parts[1].split(separator: " ").compactMap { Double($0) })
    }
  }()

  @Test func everyExpressionHasTheValueOfNumPy() {
    #expect(Self.references.count == 600)
    let printing = Self.references.enumerated().map { "print \"@\($0.offset)\"\nprint \($0.element.expression)\n" }
    let result = outcome(of: Self.definitions + printing.joined())
    #expect(result.codes == [])
    var found = [[Double]](repeating: [], count: Self.references.count)
    var index = 0
    for line in result.lines {
      if line.hasPrefix("@") {
        index = Int(line.dropFirst()) ?? 0
      } else {
        found[index] += line.split { " ,[]".contains($0) }.compactMap { Double($0) }
      }
    }
    for (reference, values) in zip(Self.references, found) {
      let fits =
        values.count == reference.values.count
        && zip(values, reference.values).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($1)) }
      #expect(fits, "\(reference.expression) is \(reference.values), not \(values)")
    }
  }
}
