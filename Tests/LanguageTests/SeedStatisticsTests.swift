import Data
import Foundation
import Language
import Testing

/// Statistics over a sweep beside those that NumPy computes from the saved runs, `Tests/References/statistics.py`.
@Suite struct SeedStatisticsTests {
  private static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("References")

  private static func text(_ name: String) -> String {
    (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
  }

  @Test func theNumbersAreThoseOfNumPy() throws {
    let host = MemoryHost()
    let result = outcome(of: Self.text("statistics.opt"), host: host)
    #expect(result.findings.isEmpty, "\(result.words)")
    let runs = String(decoding: try host.read("/out/statistics.csv"), as: UTF8.self)
    #expect(runs == Self.text("statistics-runs.csv"), "the runs have changed: run statistics.py on them again")
    let expected = Self.text("statistics.csv").split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    let found = result.lines.map { $0.split(separator: " ").map(String.init) }.filter { $0.count == 5 }
    #expect(expected.count == 13 && found.map(\.first) == expected.map(\.first))
    for (mine, theirs) in zip(found, expected) {
      for (place, what) in [(1, "value"), (2, "error"), (3, "low"), (4, "high")] {
        let (a, b) = (Double(mine[place]) ?? .nan, Double(theirs[place]) ?? .infinity)
        // SciPy's quantiles of t and its least squares are good to about 1e-7.
        let isNear = a == b || a.isNaN && b.isNaN || (a - b).magnitude <= 1e-6 * max(b.magnitude, 1e-3)
        #expect(isNear, "\(mine[0]), \(what): \(a), by NumPy \(b)")
      }
    }
  }
}
