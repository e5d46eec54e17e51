import Diagnostics
import Syntax

/// Any bytes are tokens, in order, within the text.
func fuzzed(_ bytes: [UInt8]) {
  var lexer = Lexer(SourceText(name: "fuzz", bytes: bytes), file: 0)
  var last: UInt32 = 0
  for token in lexer.run().tokens {
    require(token.lower >= last && token.upper >= token.lower && Int(token.upper) <= bytes.count + 1, "tokens in order")
    last = token.lower
  }
}
