/// A figure as the bytes of a picture file.
///
/// gnuplot draws where it is installed; SVG has a writer of our own to fall back on, so that there always is a picture.
/// The script goes in by standard input and the picture comes back by standard output: no path is ever told to
/// another program, and writing the file stays with the caller.
package enum ImageRendering {
  /// How another program is run; tests put their own in its place.
  package typealias Runner =
    (_ program: String, _ arguments: [String], _ input: String) throws(ProcessRunner.Failure) -> ProcessRunner.Outcome

  /// Why there is no picture.
  package enum Failure: Error, Sendable, Hashable {
    /// PNG and PDF are gnuplot's.
    case needsGnuplot(ImageFormat)
    /// gnuplot ended with an error; its last words.
    case failed(String)
    case interrupted

    /// One sentence for the user, with what to do about it.
    package var message: String {
      switch self {
      case .needsGnuplot(let format):
        return "a \(format.rawValue.uppercased()) picture is drawn by gnuplot, which is not installed: "
          + "install the Debian package gnuplot-nox, or save with the ending .svg, which needs no other program"
      case .failed(let reason): return "gnuplot could not draw the picture: \(reason)"
      case .interrupted: return "the picture was not drawn to its end"
      }
    }
  }

  /// The bytes of the file.
  package static func bytes(
    _ figure: Figure, format: ImageFormat, run: Runner = defaultRunner
  ) throws(Failure) -> [UInt8] {
    let outcome: ProcessRunner.Outcome
    do throws(ProcessRunner.Failure) {
      outcome = try run("gnuplot", ["-d", "-"], GnuplotScript.text(figure, format: format))
    } catch {
      if format == .svg, error != .interrupted(program: "gnuplot") { return Array(SVGDrawing.text(figure).utf8) }
      throw failure(error, format)
    }
    guard outcome.status == 0, !outcome.output.isEmpty else {
      if format == .svg { return Array(SVGDrawing.text(figure).utf8) }
      throw .failed(lastWords(outcome))
    }
    return format == .pdf ? dateless(outcome.output) : outcome.output
  }

  /// The codes that draw a figure on a terminal which knows sixels; nil where there is no gnuplot to make them.
  package static func sixel(_ figure: Figure, width: Int, height: Int, run: Runner = defaultRunner) -> String? {
    let script = GnuplotScript.sixel(figure, width: width, height: height)
    guard let outcome = try? run("gnuplot", ["-d", "-"], script), outcome.status == 0 else { return nil }
    let text = String(decoding: outcome.output, as: UTF8.self)
    // One picture and nothing else: what moved the cursor besides would spoil the screen.
    guard let head = text.firstRange(of: "\u{1B}P"), let tail = text.firstRange(of: "\u{1B}\\") else { return nil }
    return head.lowerBound < tail.lowerBound ? String(text[head.lowerBound..<tail.upperBound]) : nil
  }

  /// PDF files name the second they were made in; one fixed date keeps equal figures equal files.
  ///
  /// Only digits are replaced by digits, so that every offset in the file stays right.
  private static func dateless(_ bytes: [UInt8]) -> [UInt8] {
    let mark = Array("/CreationDate (D:".utf8)
    let date = Array("20000101000000".utf8)
    var result = bytes
    guard let place = bytes.lastRange(of: mark), place.upperBound + date.count <= bytes.count else { return bytes }
    result.replaceSubrange(place.upperBound..<place.upperBound + date.count, with: date)
    return result
  }

  /// The real thing: gnuplot as a process, given a minute.
  package static func defaultRunner(
    _ program: String, _ arguments: [String], _ input: String
  ) throws(ProcessRunner.Failure) -> ProcessRunner.Outcome {
    try ProcessRunner.run(program, arguments: arguments, input: input)
  }

  /// The same, stopped when `isInterrupted` says so.
  package static func runner(isInterrupted: @escaping () -> Bool) -> Runner {
    { (program, arguments, input) throws(ProcessRunner.Failure) in
      try ProcessRunner.run(program, arguments: arguments, input: input, isInterrupted: isInterrupted)
    }
  }

  private static func failure(_ error: ProcessRunner.Failure, _ format: ImageFormat) -> Failure {
    switch error {
    case .notFound: .needsGnuplot(format)
    case .notStarted(_, let code): .failed("it could not be started (error \(code))")
    case .tookTooLong(_, let seconds): .failed("it was stopped after \(seconds) seconds")
    case .interrupted: .interrupted
    case .wroteTooMuch(_, let bytes): .failed("it was stopped after \(bytes >> 20) MiB of output")
    }
  }

  private static func lastWords(_ outcome: ProcessRunner.Outcome) -> String {
    let lines = outcome.complaints.split(separator: "\n").map { VisibleText.visible(String($0)) }
    guard let last = lines.last(where: { $0.contains { $0.isLetter } }) else { return "exit status \(outcome.status)" }
    return VisibleText.cut(String(last.drop { $0 == " " }), to: 200)
  }
}

extension [UInt8] {
  /// Where `pattern` stands last: what is looked for is near the end.
  fileprivate func lastRange(of pattern: [UInt8]) -> Range<Int>? {
    guard !pattern.isEmpty, pattern.count <= count else { return nil }
    return (0...count - pattern.count).last { self[$0..<$0 + pattern.count].elementsEqual(pattern) }
      .map { $0..<$0 + pattern.count }
  }
}
