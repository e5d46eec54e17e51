import Arithmetic
import Diagnostics
import Experiments
import Messages
import Runs
import Syntax
import Tensors
import Values

/// Two runs beside each other.
extension Evaluator {
  /// The form `diff r, s`: parameters, states and metrics, and the first step at which the states differ.
  func difference(_ first: ExpressionID, _ second: ExpressionID?, in scope: Scope, at span: Span) throws(Diagnostic) {
    let named = try openRun(first, in: scope, at: span)
    let other = try openRun(second, in: scope, at: span)
    guard mode == .run else { return }
    let (left, right) = second == nil ? (other, named) : (named, other)
    let (a, b) = (try live(left, at: span), try live(right, at: span))
    var lines = ["\(left.name) at step \(a.step), \(right.name) at step \(b.step)"]
    if left.name == right.name {
      lines.append("one run is the same as itself")
    } else {
      lines.append(try firstDifference(a, b, at: span))
      var measured: [[String]] = []
      let probes = try self.probes([a, b], in: scope, at: span)
      for (x, y) in zip(probes[0], probes[1]) {
        let values = [try x.probe.values(on: a).first ?? .nan, try y.probe.values(on: b).first ?? .nan]
        measured.append([x.name] + values.map(NumberText.short))
      }
      lines += rows(left, right, measured)
    }
    try session.emit(lines.joined(separator: "\n") + "\n", at: span)
  }

  /// Searched by halving: runs that differ do not become equal again, but for rare coincidence.
  private func firstDifference(_ a: LiveRun, _ b: LiveRun, at span: Span) throws(Diagnostic) -> String {
    let last = min(a.step, b.step)
    guard a.run.slotNames == b.run.slotNames || !isSame(a.slots, b.slots) else { return "the same state" }
    guard try !isSame(a, b, at: last, span) else { return "the same state at step \(last)" }
    guard try isSame(a, b, at: 0, span) else { return "they differ from the start" }
    var (low, high) = (0, last)
    while high - low > 1 {
      let middle = (low + high) / 2
      if try isSame(a, b, at: middle, span) { low = middle } else { high = middle }
    }
    return "the states first differ at step \(high)"
  }

  private func isSame(_ a: LiveRun, _ b: LiveRun, at step: Int, _ span: Span) throws(Diagnostic) -> Bool {
    do {
      let left = try a.run.state(at: step).slots
      let right = try b.run.state(at: step).slots
      return left.count == right.count && zip(left, right).allSatisfy { Self.isSame($0, $1) }
    } catch { throw diagnostic(of: error, at: span) }
  }

  private func isSame(_ a: [(path: String, tensor: Tensor)], _ b: [(path: String, tensor: Tensor)]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0.path == $1.path && Self.isSame($0.tensor, $1.tensor) }
  }

  /// Bit for bit.
  private static func isSame(_ a: Tensor, _ b: Tensor) -> Bool {
    guard a.type == b.type else { return false }
    if a.dtype == .i64 { return a.integers() == b.integers() }
    return zip(a.doubles(), b.doubles()).allSatisfy { $0.bitPattern == $1.bitPattern }
  }

  /// One line for each parameter and state that both have, and for what is watched.
  private func rows(_ left: RunValue, _ right: RunValue, _ measured: [[String]]) -> [String] {
    var rows: [[String]] = []
    for final in left.finals {
      guard let other = right.finals.first(where: { $0.path == final.path }), other.tensor.shape == final.tensor.shape
      else { continue }
      rows.append([final.path] + Self.distance(final.tensor.doubles(), other.tensor.doubles()))
    }
    rows += measured
    let widths = (0..<2).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths + [0]).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }.joined(separator: "  ")
    }
  }

  /// The largest difference of entries, and the norm of the difference relative to that of the first.
  private static func distance(_ a: [Double], _ b: [Double]) -> [String] {
    var (largest, squares, norm) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      largest = max(largest, (x - y).magnitude)
      squares += (x - y) * (x - y)
      norm += x * x
    }
    if largest == 0 { return ["equal", ""] }
    let relative = norm > 0 ? (squares / norm).squareRoot() : .infinity
    return ["differs by at most \(NumberText.short(largest))", "relative \(NumberText.short(relative))"]
  }
}
