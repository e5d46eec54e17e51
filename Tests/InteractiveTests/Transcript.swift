import Data
import Diagnostics
import Foundation
import Interactive
import Language
import Values

/// A session as it looks on the screen: lines typed behind `> ` and `… `, what came of them below.
///
/// The first line is a sentence behind `#` that says what is shown.
struct Transcript {
  let path: String
  let text: String

  init(path: String) throws {
    self.path = path
    text = try String(contentsOfFile: path, encoding: .utf8)
  }

  /// The sentence of the first line.
  var title: String { String(text.prefix { $0 != "\n" }) }

  /// What is typed.
  var typed: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).filter { $0.hasPrefix("> ") || $0.hasPrefix("… ") }
      .map { String($0.dropFirst(2)) }
  }

  /// The screen that a session gives for what is typed.
  func played(files: [String: [UInt8]] = [:]) -> String {
    let screen = Screen(files: files)
    return title + "\n" + screen.play(typed)
  }
}

/// A session whose lines come from a list and whose output goes to a text, all within the process.
final class Screen {
  private(set) var text = ""
  let host: MemoryHost
  private(set) var program: InteractiveProgram?
  private(set) var session: InteractiveSession?

  init(files: [String: [UInt8]] = [:], stateFolder: String? = nil, now: @escaping () -> Double = { 0 }) {
    host = MemoryHost(files: files)
    let session = InteractiveSession(
      host: host, options: SessionOptions(), output: { [weak self] in self?.text += $0 }, progress: nil, interrupt: nil)
    var surroundings = SessionSurroundings(
      write: { [weak self] in self?.text += $0 },
      report: { [weak self] in self?.text += Renderer(style: .plain).render($0, in: $1) }, now: now)
    surroundings.stateFolder = stateFolder
    surroundings.countsLines = false
    self.session = session
    program = InteractiveProgram(session: session, surroundings: surroundings)
  }

  /// Types the lines; the whole screen.
  @discardableResult func play(_ lines: [String]) -> String {
    _ = program?.run(TypedLines(lines) { [weak self] in self?.text += $0 })
    return text
  }
}

/// Lines of a list, shown behind their prompts.
final class TypedLines: LineSource {
  private var lines: ArraySlice<String>
  private let show: (String) -> Void

  init(_ lines: [String], show: @escaping (String) -> Void) {
    self.lines = lines[...]
    self.show = show
  }

  func next(prompt: String) -> InputLine {
    guard let line = lines.popFirst() else { return .end }
    show(prompt + line + "\n")
    return .line(Array(line.utf8))
  }

  func remember(_ entry: String) {}
}
