import Data
import Diagnostics
import Dispatch
import Experiments
import class Foundation.Thread
import func Foundation.NSTemporaryDirectory
import struct Foundation.URL
import Language
import Values

/// What a script gave when it was checked or run in this process.
struct ScriptOutcome {
  /// Printed lines, without the headers of runs and forks.
  var lines: [String] = []
  var findings: [Diagnostic] = []
  var outcome = Outcome.finished
  var claims: [String] = []
  /// Runs that had been kept from before.
  var storedRuns = 0
  private var sources = SourceMap()

  /// Codes in the order of the report.
  var codes: [String] { findings.map(\.code) }

  /// Codes of errors with their line: `E0301 2`.
  var places: [String] {
    findings.filter { $0.severity == .error }.map { finding in
      guard let span = finding.span else { return finding.code }
      return "\(finding.code) \(sources[span.file].line(at: Int(span.lower)) + 1)"
    }
  }

  /// Everything that a reader is told about the findings.
  var words: String {
    findings.map { finding in
      ([finding.message, finding.label] + finding.labels.map(\.text) + finding.notes + finding.help)
        .joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Every number that was printed, in order.
  var numbers: [Double] {
    lines.joined(separator: " ").split { " ,[]()".contains($0) }.compactMap { Double($0) }
  }

  fileprivate init() {}

  fileprivate mutating func take(_ report: RunReport, output: String) {
    lines = output.split(separator: "\n").map(String.init).filter { line in
      !["run  ", "fork  "].contains { line.hasPrefix($0) }
    }
    findings = report.diagnostics
    outcome = report.outcome
    claims = report.claims.map { "\($0.verdict.rawValue)" }
    sources = report.sources
    storedRuns = report.storedRuns
  }

  fileprivate mutating func take(_ report: CheckReport) {
    findings = report.diagnostics
    sources = report.sources
  }
}

/// The repository's root, from the place of this file.
let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

/// Runs a script and returns what came of it.
func outcome(of script: String, host: any Host = MemoryHost(), options: SessionOptions = SessionOptions())
  -> ScriptOutcome
{
  onLargeStack { outcome in
    var output = ""
    let session = Session(host: host, options: options, output: { output += $0 }, progress: nil, interrupt: nil)
    outcome.take(session.run(SourceText(name: "t.opt", script)), output: output)
  }
}

/// The findings of a script that is only checked.
func checking(_ script: String, host: any Host = MemoryHost()) -> ScriptOutcome {
  checking(SourceText(name: "t.opt", script), host: host)
}

/// The findings of any bytes that are checked, each of them written out.
func checking(_ source: SourceText, host: any Host = MemoryHost(), options: SessionOptions = SessionOptions())
  -> ScriptOutcome
{
  onLargeStack { outcome in
    let session = Session(host: host, options: options, output: { _ in }, progress: nil, interrupt: nil)
    let report = session.check(source)
    _ = Renderer().render(report.diagnostics, in: report.sources)
    outcome.take(report)
  }
}

/// The host of a test that needs the bundled data.
var dataHost: SystemHost {
  SystemHost(
    currentDirectory: root + "/examples", outputDirectory: NSTemporaryDirectory() + "descent-language-tests",
    dataDirectories: [root + "/data"])
}

/// Scripts may call themselves a thousand times, on whatever thread the tests run.
private func onLargeStack(_ body: @escaping @Sendable (inout ScriptOutcome) -> Void) -> ScriptOutcome {
  let box = Box()
  let thread = Thread {
    body(&box.outcome)
    box.done.signal()
  }
  thread.stackSize = 512 << 20
  thread.start()
  box.done.wait()
  return box.outcome
}

/// What the thread leaves behind; read only after it has signalled.
private final class Box: @unchecked Sendable {
  var outcome = ScriptOutcome()
  let done = DispatchSemaphore(value: 0)
}

/// Numbers that follow from a seed alone.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }
}
