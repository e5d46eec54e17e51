import Foundation
import Testing

/// Functions from a generator against NumPy's values and gradients of them, from `Tests/References/gradients.csv`.
///
/// Each is applied to known numbers, staged as part of a derivative, and differentiated. All 10,000 are made and
/// tried by `make test-long`, where there is NumPy.
@Suite struct GradientReferenceTests {
  struct Reference {
    var expression: String
    /// The value, then the gradient.
    var numbers: [Double]
  }

  private static let definitions = """
    let V = [0.7, -0.4, 1.3, 0.25]
    let C = [[0.2, -0.5, 1.0, 0.3], [1.5, 0.7, -0.9, 0.1], [-0.4, 0.8, 0.6, -1.3]]

    """

  private static func parsed(_ text: String) -> [Reference] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let parts = line.dropFirst().dropLast().split(separator: "\",\"")
      guard parts.count == 2 else { return nil }
      return Reference(
        expression: String(parts[0]), numbers: parts[1].split(separator: " ").compactMap { Double($0) })
    }
  }

  private static let folder = URL(fileURLWithPath: root + "/Tests/References")

  private static let references: [Reference] = {
    guard let text = try? String(contentsOf: folder.appending(path: "gradients.csv"), encoding: .utf8) else {
      return []
    }
    return parsed(text)
  }()

  @Test func everyFunctionHasTheValueAndTheGradientOfNumPy() {
    #expect(Self.references.count == 2000)
    for start in stride(from: 0, to: Self.references.count, by: 100) {
      check(Self.references[start..<min(start + 100, Self.references.count)])
    }
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["DESCENT_LONG_TESTS"] == "1"))
  func tenThousandFunctionsHaveTheValueAndTheGradientOfNumPy() throws {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", Self.folder.appending(path: "gradients.py").path, "10000"]
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return }  // There is no NumPy here.
    let references = Self.parsed(text)
    #expect(references.count == 10_000)
    for start in stride(from: 0, to: references.count, by: 100) { check(references[start..<start + 100]) }
  }

  private func check(_ references: ArraySlice<Reference>) {
    let lines = zip(references.indices, references).map { index, reference in
      "let f\(index) = v => \(reference.expression)\n"
        + "print f\(index)(V), grad((v, k) => k * f\(index)(v), 1)(V, 1.0), grad(f\(index))(V)\n"
    }
    let result = outcome(of: Self.definitions + lines.joined())
    #expect(result.codes == [], "\(result.words)")
    #expect(result.lines.count == references.count)
    for (line, reference) in zip(result.lines, references) {
      let found = line.split { " ,[]".contains($0) }.compactMap { Double($0) }
      let expected = [reference.numbers[0]] + reference.numbers
      let scale = reference.numbers.map(\.magnitude).max() ?? 1
      let fits =
        found.count == expected.count
        && zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-11 * max(1, scale) }
      #expect(fits, "\(reference.expression) has \(expected), not \(found)")
      // Computed at once and as a part of a graph, a value has the same bits but for the order of sums.
      #expect(abs(found[0] - found[1]) <= 1e-14 * max(1, abs(found[0])), "\(reference.expression)")
    }
  }
}
