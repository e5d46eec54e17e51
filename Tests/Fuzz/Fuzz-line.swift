import Data
import Diagnostics
import Interactive
import Language
import Values

/// Any text can be typed at the prompt, line by line; what runs for long is stopped by the limit on time.
func fuzzed(_ bytes: [UInt8]) {
  var options = SessionOptions()
  options.limits.operations = 10_000
  options.limits.tensorElements = 1 << 16
  options.limits.memoryBytes = 64 << 20
  options.limits.seconds = 0.2
  let start = ContinuousClock.now
  options.now = {
    let passed = (ContinuousClock.now - start).components
    return Double(passed.seconds) + 1e-18 * Double(passed.attoseconds)
  }
  let session = InteractiveSession(
    host: MemoryHost(), options: options, output: { _ in }, progress: nil, interrupt: nil)
  let surroundings = SessionSurroundings(write: { _ in }, report: { _ = Renderer().render($0, in: $1) }, now: { 0 })
  let program = InteractiveProgram(session: session, surroundings: surroundings)
  let text = String(decoding: bytes, as: UTF8.self)
  _ = program.candidates(before: text, word: "")
  _ = program.run(FuzzedLines(bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)))
}

private final class FuzzedLines: LineSource {
  private var lines: [[UInt8]]

  init(_ lines: [[UInt8]]) { self.lines = lines.reversed() }

  func remember(_ entry: String) {}
  func next(prompt: String) -> InputLine { lines.popLast().map { .line($0) } ?? .end }
}
