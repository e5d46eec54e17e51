import Diagnostics
import Engine
import Experiments
import Graph
import Metrics
import Values

extension Evaluator {
  /// Lists the programs of a run that checking has staged, once for each run statement.
  func listPlans(of bound: BoundRun) {
    guard mode == .check, !checking.isTrying, let plans = session.plans,
      !plans.contains(where: { $0.span == bound.span })
    else { return }
    var text = "run " + ([bound.name] + header(of: bound)).joined(separator: " · ") + "\n"
    for (number, segment) in bound.segments.enumerated() {
      let part = bound.segments.count > 1 ? " from step \(segment.start) on" : ""
      text += listing("step" + part, segment.step.program)
      // What is recorded is the same in all segments, but for what it looks at.
      guard number == 0 else { continue }
      for metrics in segment.metrics {
        text += listing("record " + metrics.names.joined(separator: ", "), metrics.spec.program)
      }
      if let stop = segment.stop { text += listing("stop when", stop.spec.program) }
    }
    session.plans?.append(PlanListing(span: bound.span, text: text + "\n"))
  }

  private func listing(_ title: String, _ fed: FedProgram) -> String {
    let executable: Executable
    do { executable = try Executable(fed.program, options: session.engineOptions) } catch {
      if case .outOfMemory = error { return "  \(title): more than fits into memory\n" }
      return "  \(title): not listed, for it needs what only a run draws or makes\n"
    }
    let lines = executable.listing { [self] origin in
      let place = place(of: origin).map { session.sources.place(of: $0) } ?? ""
      return place + String(repeating: " ", count: max(1, Self.placeWidth - place.count))
    }
    let count = executable.instructionCount
    var text = "  \(title): \(count) \(count == 1 ? "instruction" : "instructions"), \(executable.byteCount) bytes\n"
    text += "    " + codeText(executable, fed.feeds) + "\n"
    for line in lines.split(separator: "\n") {
      // Operations of one instruction stand below it.
      let isInner = line.hasPrefix("    ")
      text += "    " + (isInner ? String(repeating: " ", count: Self.placeWidth - 2) : "") + line + "\n"
    }
    return text
  }

  /// What machine code makes of a program that is fed in this way.
  private func codeText(_ executable: Executable, _ feeds: [Feed]) -> String {
    let counted = feeds.enumerated().compactMap { input, feed -> (input: Int, element: Int)? in
      switch feed {
      case .time: (input, 0)
      case .key: (input, 1)
      default: nil
      }
    }
    let batches = feeds.indices.filter { feeds[$0] == .batch(ahead: 0) }
    return executable.codeText(counted: counted, batches: batches)
  }

  private static let placeWidth = 24
}

extension SourceMap {
  /// File and line, without the folders of the library.
  fileprivate func place(of span: Span) -> String {
    let text = self[span.file]
    let name = text.name.split(separator: "/").last.map(String.init) ?? text.name
    return "\(name):\(text.firstLine + text.line(at: Int(span.lower)))"
  }
}
