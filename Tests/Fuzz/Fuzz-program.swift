import Data
import Diagnostics
import Language
import Values

/// Whole scripts whose forms are chosen by the input: each is checked without a finding, and runs.
func fuzzed(_ bytes: [UInt8]) {
  var rest = bytes[...]
  let script = GeneratedScripts { count in Int(rest.popFirst() ?? 0) % count }.script()
  var options = SessionOptions()
  options.limits.memoryBytes = 256 << 20
  func session() -> Session {
    Session(host: MemoryHost(), options: options, output: { _ in }, progress: nil, interrupt: nil)
  }
  let findings = session().check(SourceText(name: "fuzz", script)).diagnostics
  require(!findings.contains { $0.severity == .error }, "checked: \(findings.map(\.message)) in\n\(script)")
  let report = session().run(SourceText(name: "fuzz", script))
  require(report.outcome == .finished, "run: \(report.diagnostics.map(\.message)) in\n\(script)")
}

extension Double {
  var sine: Double { self }
  var cosine: Double { 1 }
  var hyperbolicTangent: Double { self }
}
