import Diagnostics
import Syntax

/// What has been formatted once stays as it is, is still right, and means the same.
func fuzzed(_ bytes: [UInt8]) {
  let source = SourceText(name: "fuzz", bytes: bytes)
  let parsed = Parser.parse(source)
  guard parsed.isSound else { return }
  let once = Formatter.format(parsed, source)
  let formatted = SourceText(name: "fuzz", once)
  let again = Parser.parse(formatted)
  require(again.isSound, "formatting keeps a script right")
  require(Formatter.format(again, formatted) == once, "formatting twice is formatting once")
  if Array(once.utf8) != bytes { require(again.tree.outline == parsed.tree.outline, "formatting keeps what is meant") }
}
