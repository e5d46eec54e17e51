import Foundation
import Testing

/// One bad input and what it must get.
struct BadInput: Sendable, CustomTestStringConvertible {
  /// The row of the list of bad inputs, such as `V15`.
  let row: String
  let what: String
  /// The text of `script.opt`.
  var script: [UInt8]
  /// Files beside it.
  var files: [(name: String, bytes: [UInt8])] = []
  /// Before the script's name.
  var subcommand = "run"
  /// After the script's name.
  var options: [String] = []
  var status: [Int32] = [1]
  /// Starts of codes that the messages must show, in this order.
  var codes: [String] = []
  /// Texts that the messages must hold.
  var words: [String] = []
  /// Texts that the messages must not hold.
  var absent: [String] = []
  /// Standard output, where it is fixed.
  var output: String?
  /// Number of errors reported, where it is fixed.
  var errors: Int?
  /// Of the processor that it may take.
  var seconds = 5.0
  var mebibytes: Int?

  init(_ row: String, _ what: String, _ script: String) {
    self.init(row, what, bytes: Array(script.utf8))
  }

  init(_ row: String, _ what: String, bytes: [UInt8]) {
    self.row = row
    self.what = what
    script = bytes
  }

  var testDescription: String { "\(row): \(what)" }

  /// Runs the input and records whatever is not as it must be.
  func verify() throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    try folder.write("script.opt", script)
    for file in files { try folder.write(file.name, file.bytes) }
    let before = folder.contents
    let call = ProgramCall([subcommand, "script.opt"] + options, in: folder.path)
    let run = try call.run()
    check(run)
    #expect(folder.contents == before, "\(row) left files behind")
  }

  func check(_ run: ProgramRun) {
    let shown = "\(testDescription)\n\(run.error)\(run.output)"
    #expect(run.signal == nil, "ended by signal \(run.signal ?? 0): \(shown)")
    if let ended = run.status { #expect(status.contains(ended), "status \(ended): \(shown)") }
    #expect(Self.codesAppear(codes, in: run.error), "expected \(codes): \(shown)")
    for word in words { #expect(run.error.contains(word), "lacks “\(word)”: \(shown)") }
    for word in absent { #expect(!run.error.contains(word), "holds “\(word)”: \(shown)") }
    if let output { #expect(run.output == output, "\(shown)") }
    if let errors { #expect(Self.errorCount(run.error) == errors, "\(shown)") }
    #expect(run.seconds < seconds, "took \(run.seconds) s: \(shown)")
    if let mebibytes { #expect(run.peakMebibytes < mebibytes, "took \(run.peakMebibytes) MiB: \(shown)") }
    #expect(!run.error.contains("Fatal error"), "\(shown)")
    #expect(Self.isPrintable(run.output + run.error), "control characters in the output of \(testDescription)")
  }

  private static func codesAppear(_ codes: [String], in text: String) -> Bool {
    var rest = text[...]
    for code in codes {
      guard let range = rest.firstRange(of: code) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }

  private static func errorCount(_ text: String) -> Int {
    text.split(separator: "\n").count { $0.hasPrefix("error E") }
  }

  /// No control characters but line breaks and tabulators, no bidirectional controls.
  private static func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      if scalar == "\n" || scalar == "\t" { return true }
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      let isBidirectional =
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
      return !isControl && !isBidirectional
    }
  }

  /// A copy with some fields changed, so that a table can be written as expressions.
  func with(_ change: (inout BadInput) -> Void) -> BadInput {
    var copy = self
    change(&copy)
    return copy
  }
}
