import Diagnostics
import Syntax

/// Any bytes have a tree, and findings with places within the text, which can be shown.
func fuzzed(_ bytes: [UInt8]) {
  let source = SourceText(name: "fuzz", bytes: bytes)
  var sources = SourceMap()
  let parsed = Parser.parse(source, file: sources.add(source))
  for finding in parsed.diagnostics {
    require(Int(finding.span?.upper ?? 0) <= bytes.count + 1, "a place within the text")
  }
  _ = Renderer().render(parsed.diagnostics, in: sources)
}
