import Data
import Diagnostics
import Foundation
import Language
import Synchronization
import Values

/// A script run in this process.
struct ScriptRun {
  struct Message {
    var code: String
    /// `line:column`, both from 1, or `-` for a message without a place.
    var place: String
    var text: String
  }

  var outputLines: [String] = []
  var messages: [Message] = []
  /// All messages as a terminal without colour shows them.
  var rendered = ""
  var outcome = Outcome.finished
  /// Claims that are refuted or undecided.
  var unsupported = 0
  /// Streams of draws without a seed, with their places.
  var draws: [(stream: StreamName, place: Span)] = []

  init(path: String) throws {
    let bytes = FileManager.default.contents(atPath: path).map { Array($0) } ?? []
    let name = (path as NSString).lastPathComponent
    try self.init(SourceText(name: name, bytes: bytes), folder: (path as NSString).deletingLastPathComponent)
  }

  /// Runs a text with files to read in `folder`; what it saves goes to a folder that is removed.
  init(_ source: SourceText, folder: String) throws {
    let scratch = try ScratchFolder()
    defer { scratch.remove() }
    let box = Box()
    let thread = Thread {
      box.run = Self.report(of: source, folder: folder, scratch: scratch.path, into: box)
      box.done.signal()
    }
    // Scripts may call themselves a thousand times, on whatever thread the tests run.
    thread.stackSize = 512 << 20
    thread.start()
    box.done.wait()
    guard let report = box.run else { throw SpawnFailure(program: source.name, reason: "the thread did not run") }
    fill(from: report, output: box.output)
    draws = box.draws.withLock { $0 }
  }

  /// What the thread leaves behind; read only after it has signalled.
  private final class Box: @unchecked Sendable {
    var run: RunReport?
    var output = ""
    let draws = Mutex<[(stream: StreamName, place: Span)]>([])
    let done = DispatchSemaphore(value: 0)
  }

  private static func report(of source: SourceText, folder: String, scratch: String, into box: Box) -> RunReport {
    var options = SessionOptions()
    options.outputDirectory = scratch
    options.threads = 1
    options.onDraw = { [box] stream, place in box.draws.withLock { $0.append((stream, place)) } }
    let host = SystemHost(
      currentDirectory: folder, outputDirectory: scratch, dataDirectories: [GoldenTests.root + "/data"])
    let session = Session(
      host: host, options: options, output: { box.output += $0 }, progress: nil, interrupt: nil)
    return session.run(source)
  }

  private mutating func fill(from report: RunReport, output: String) {
    outputLines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if outputLines.last == "" { outputLines.removeLast() }
    messages = report.diagnostics.map { diagnostic in
      let place = diagnostic.span.map { span in
        let text = report.sources[span.file]
        return "\(text.line(at: Int(span.lower)) + 1):\(Self.column(of: Int(span.lower), in: text))"
      }
      return Message(code: diagnostic.code, place: place ?? "-", text: diagnostic.message)
    }
    rendered = Renderer().render(report.diagnostics, in: report.sources)
    outcome = report.outcome
    unsupported = report.unsupported
  }

  /// Characters before an offset on its line, from 1.
  private static func column(of offset: Int, in text: SourceText) -> Int {
    let start = text.lineStarts[text.line(at: offset)]
    return String(decoding: text.bytes[start..<offset], as: UTF8.self).count + 1
  }
}
