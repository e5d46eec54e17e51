import Engine

/// What each line of a script took, in seconds.
package struct ProfileReport: Sendable {
  /// A line of a script or of the library.
  package struct Line: Hashable, Sendable {
    package var file: String
    package var number: Int
    package var text: String
  }

  /// Instructions of one kind that one line has led to.
  package struct Entry: Sendable {
    /// Nil for what no line asked for, such as keeping the state.
    package var line: Line?
    package var instruction: String
    package var calls: Int
    package var seconds: Double
    package var operations: Double
    package var bytes: Double
  }

  /// All that was counted, first to last.
  package var seconds: Double
  /// How many programs were planned.
  package var programs: Int
  /// What a tick of the processor's counter stands for.
  private let secondsPerTick: Double
  package var phases: [(name: String, seconds: Double)] = []
  package private(set) var entries: [Entry] = []
  /// Statements of the script, all that happened in them included.
  package private(set) var statements: [(line: Line, seconds: Double, count: Int)] = []

  init(seconds: Double, programs: Int, secondsPerTick: Double) {
    (self.seconds, self.programs, self.secondsPerTick) = (seconds, programs, secondsPerTick)
  }

  mutating func add(_ entry: Entry) { entries.append(entry) }

  mutating func add(statement line: Line, seconds: Double) {
    if let index = statements.firstIndex(where: { $0.line == line }) {
      statements[index].seconds += seconds
      statements[index].count += 1
    } else {
      statements.append((line, seconds, 1))
    }
  }

  /// Seconds of all instructions.
  package var instructionSeconds: Double { entries.reduce(0) { $0 + $1.seconds } }

  // MARK: As text

  /// As many lines of each table are shown.
  private static let rowsMax = 20

  /// The profile as tables, the most expensive first.
  ///
  /// - Parameters:
  ///   - name: what was run.
  ///   - launch: seconds before the script was read.
  package func text(of name: String, launch: Double) -> String {
    var whole = self
    whole.seconds += launch
    return whole.text(of: name, withLaunch: launch)
  }

  private func text(of name: String, withLaunch launch: Double) -> String {
    let limits = MachineLimits.measured(secondsPerTick: secondsPerTick)
    var parts = [("launch", launch)] + phases + [("instructions", instructionSeconds)]
    parts.append(("all else", max(0, seconds - parts.reduce(0) { $0 + $1.1 })))
    var text = "\nprofile of \(name): \(Self.fixed(seconds, 3)) s\n"
    for (part, time) in parts {
      let programs = part == "planning" ? "   \(self.programs) programs" : ""
      text += "  \(Self.right(Self.fixed(time, 4), 9)) s  \(share(time))  \(part)\(programs)\n"
    }
    text += statementTable
    text += table(
      "lines, by the instructions of their programs", by: { $0.line.map(Self.place) ?? "(moving the state)" }, limits)
    text += table("instructions", by: \.instruction, limits)
    return text + "one thread of this machine: \(limits.words)\n"
  }

  private var statementTable: String {
    let shown = statements.sorted { $0.seconds > $1.seconds }.prefix(Self.rowsMax).filter {
      share(of: $0.seconds) >= 0.1
    }
    guard !shown.isEmpty else { return "" }
    var text = "\n  statements\n    seconds   share  times\n"
    for (line, time, count) in shown {
      text +=
        "  \(Self.right(Self.fixed(time, 4), 9))  \(share(time))  \(Self.right("\(count)", 5))  \(Self.place(line))\n"
    }
    return text
  }

  private func table(_ title: String, by name: (Entry) -> String, _ limits: MachineLimits) -> String {
    var rows: [String: Entry] = [:]
    for entry in entries {
      let key = name(entry)
      guard var row = rows[key] else {
        rows[key] = entry
        continue
      }
      row.calls += entry.calls
      row.seconds += entry.seconds
      row.operations += entry.operations
      row.bytes += entry.bytes
      rows[key] = row
    }
    let sorted = rows.sorted { ($1.value.seconds, $0.key) < ($0.value.seconds, $1.key) }
    let shown = sorted.prefix(Self.rowsMax).filter { share(of: $0.value.seconds) >= 0.1 }
    guard !shown.isEmpty else { return "" }
    var text = "\n  \(title)\n    seconds   share      calls    Gop/s     GB/s  of floor\n"
    for (key, row) in shown {
      let cells = [
        Self.right(Self.fixed(row.seconds, 4), 9), share(row.seconds), Self.right("\(row.calls)", 9),
        Self.right(Self.fixed(row.operations / max(1e-12, row.seconds) * 1e-9, 2), 7),
        Self.right(Self.fixed(row.bytes / max(1e-12, row.seconds) * 1e-9, 2), 7),
        Self.right(limits.share(of: row).map { Self.fixed(100 * $0, 0) + " %" } ?? "-", 8),
      ]
      text += "  " + cells.joined(separator: "  ") + "  " + key + "\n"
    }
    return text
  }

  private static func place(_ line: Line) -> String {
    let (widthMax, kept) = (60, 57)
    let text = line.text.count > widthMax ? line.text.prefix(kept) + "…" : line.text[...]
    return "\(line.file):\(line.number)  \(text)"
  }

  private func share(of time: Double) -> Double { seconds > 0 ? 100 * time / seconds : 0 }
  private func share(_ time: Double) -> String { Self.right(Self.fixed(share(of: time), 1), 5) + " %" }

  /// A number with so many digits behind the point.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "-" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let whole = (abs(value) * scale).rounded()
    let text = String(Int(whole))
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    let sign = value < 0 && whole != 0 ? "-" : ""
    return digits == 0 ? sign + padded : sign + padded.dropLast(digits) + "." + padded.suffix(digits)
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

extension MachineLimits {
  /// The share of the time that the machine would need at least; nil where operands may lie in a cache.
  ///
  /// The floor is the larger of what its operations and what its bytes need.
  fileprivate func share(of entry: ProfileReport.Entry) -> Double? {
    let isProduct = ["gemm", "gemmBatched", "gemv"].contains(entry.instruction)
    let bytesEach = entry.bytes / Double(max(1, entry.calls))
    let memory = bytesEach > Self.cacheBytes ? entry.bytes / bytesPerSecond : 0
    let floor = max(isProduct ? entry.operations / operationsPerSecond : 0, memory)
    return floor > 0 && entry.seconds > 0 ? min(1, floor / entry.seconds) : nil
  }

  fileprivate var words: String {
    "\(ProfileReport.fixed(operationsPerSecond * 1e-9, 1)) Gop/s in products of f64, "
      + "\(ProfileReport.fixed(bytesPerSecond * 1e-9, 1)) GB/s of memory"
  }
}
