import Diagnostics
import Engine

// Counting what a script takes: `descent run --profile`.

extension SessionContext {
  /// Runs `body` and counts what it takes as a phase, where that is wanted.
  func counting<T, E: Error>(_ phase: Profile.Phase, _ body: () throws(E) -> T) throws(E) -> T {
    guard let profile else { return try body() }
    return try profile.during(phase, body)
  }

  /// Runs a statement of the script and counts what it takes, where that is wanted.
  func counting<E: Error>(_ statement: @autoclosure () -> Span, _ body: () throws(E) -> Void) throws(E) {
    guard profile != nil else { return try body() }
    let start = Profile.now
    defer { statementTicks.append((statement(), Profile.now &- start)) }
    try body()
  }
}

extension Evaluator {
  /// Runs `body` and counts what it takes as a phase of running; while checking all is one phase.
  func counting<T>(_ phase: Profile.Phase, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    mode == .run ? try session.counting(phase, body) : try body()
  }
}

/// When a script began, by the caller's clock and by the processor's counter.
struct ProfileTiming {
  private let now: (@Sendable () -> Double)?
  private let seconds: Double
  private let ticks: UInt64

  init(now: (@Sendable () -> Double)?) {
    self.now = now
    (seconds, ticks) = (now?() ?? 0, Profile.now)
  }

  /// What was counted since then, in seconds.
  func report(
    of profile: Profile, origins: [Span], statements: [(span: Span, ticks: UInt64)], sources: SourceMap
  ) -> ProfileReport {
    let total = (now?() ?? 0) - seconds
    let rate = total / max(1, Double(Profile.now &- ticks))
    var report = ProfileReport(seconds: total, programs: profile.planCount, secondsPerTick: max(rate, 1e-15))
    for phase in Profile.Phase.allCases { report.phases.append(("\(phase)", profile.ticks(of: phase) * rate)) }
    for (place, cost) in profile.costs {
      let line = origins.indices.contains(Int(place.origin)) ? sources.line(of: origins[Int(place.origin)]) : nil
      report.add(
        ProfileReport.Entry(
          line: place.origin == 0 ? nil : line, instruction: place.instruction, calls: cost.calls,
          seconds: cost.ticks * rate, operations: cost.operations, bytes: cost.bytes))
    }
    for (span, ticks) in statements {
      if let line = sources.line(of: span) { report.add(statement: line, seconds: Double(ticks) * rate) }
    }
    return report
  }
}

extension SourceMap {
  /// The line on which a span begins.
  fileprivate func line(of span: Span) -> ProfileReport.Line? {
    guard Int(span.file) < texts.count else { return nil }
    let text = self[span.file]
    let index = text.line(at: Int(span.lower))
    let end = index + 1 < text.lineStarts.count ? text.lineStarts[index + 1] : text.bytes.count
    let line = String(decoding: text.bytes[text.lineStarts[index]..<end], as: UTF8.self)
    return ProfileReport.Line(
      file: text.name, number: text.firstLine + index, text: line.trimmed)
  }
}

extension String {
  /// Without white space at its ends.
  fileprivate var trimmed: String {
    let head = drop { $0.isWhitespace }
    guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(head[...last])
  }
}
