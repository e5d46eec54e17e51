import Diagnostics
import Syntax

/// What has been formatted once stays as it is, and is still right.
func fuzzed(_ bytes: [UInt8]) {
  let (once, findings) = Formatter.format(SourceText(name: "fuzz", bytes: bytes))
  if findings.contains(where: { $0.severity == .error }) { return }
  let (twice, later) = Formatter.format(SourceText(name: "fuzz", once))
  require(!later.contains { $0.severity == .error }, "formatting keeps a script right")
  require(once == twice, "formatting twice is formatting once")
}
