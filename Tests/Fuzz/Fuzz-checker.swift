import Data
import Diagnostics
import Language
import Values

/// Any text is checked, in a bounded time.
func fuzzed(_ bytes: [UInt8]) {
  var options = SessionOptions()
  options.limits.operations = 10_000
  options.limits.tensorElements = 1 << 16
  options.limits.memoryBytes = 64 << 20
  let session = Session(host: MemoryHost(), options: options, output: { _ in }, progress: nil, interrupt: nil)
  let report = session.check(SourceText(name: "fuzz", bytes: bytes))
  _ = Renderer().render(report.diagnostics, in: report.sources)
}
