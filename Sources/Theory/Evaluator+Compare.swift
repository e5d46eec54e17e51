import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Plots
import Runs
import Staging
import Syntax
import Tensors
import Values

extension Evaluator {
  /// The form `compare r, flow(r), sde(r)`: the metrics of several runs side by side, and how far their parameters are
  /// from those of the first.
  func compareRuns(_ ids: [ExpressionID], in scope: Scope, at span: Span) throws(Diagnostic) {
    var runs: [RunValue] = []
    var isComplete = true
    for id in ids {
      let value = try evaluate(id, in: scope)
      switch value {
      case .run(let run): runs.append(run)
      case .unknown(let kind):
        try require(kind, "a run", at: code.tree.span(id)) { _ in false }
        isComplete = false
      default: throw .expected("a run", found: value.kind, at: code.tree.span(id))
      }
    }
    guard ids.count >= 2 else {
      throw .needs("`compare`", "two runs or more", at: span, help: ["write `compare r, flow(r)`"])
    }
    guard mode == .run, isComplete else { return }
    try session.emit(TableText.text(comparison(of: runs, at: span)), at: span)
  }

  /// Rows that a comparison shows, at most.
  private static let comparedRowsMax = 11

  private func comparison(of runs: [RunValue], at span: Span) throws(Diagnostic) -> Table {
    let all = stepsApart(commonSteps(of: runs), of: runs)
    let count = min(all.count, Self.comparedRowsMax)
    let steps = (0..<count).map { all[count == 1 ? 0 : $0 * (all.count - 1) / (count - 1)] }
    var table = Table(columns: ["step"])
    var columns = [steps.map { Cell.integer($0) }]
    for metric in commonMetrics(of: runs) {
      for run in runs {
        guard let series = run.series.first(where: { $0.name == metric }) else { continue }
        table.columns.append("\(metric) \(run.name)")
        columns.append(steps.map { Self.value(of: series, at: $0).map { .number($0) } ?? .empty })
      }
    }
    let origin = try path(of: runs[0], at: steps, span)
    for run in runs.dropFirst() {
      let other = try path(of: run, at: steps, span)
      guard let first = origin.first, let second = other.first, first.count == second.count else { continue }
      table.columns.append("distance \(run.name)")
      columns.append(zip(origin, other).map { .number(Self.distance($0, $1)) })
    }
    guard table.columns.count > 1 else { throw .nothingToCompare(runs.map(\.name), at: span) }
    for row in steps.indices { table.rows.append(columns.map { row < $0.count ? $0[row] : .empty }) }
    return table
  }

  /// Steps from the last one on at which all runs have recorded the same: the past that forks share says nothing.
  private func stepsApart(_ steps: [Int], of runs: [RunValue]) -> [Int] {
    let shared = steps.prefix { (step) in
      commonMetrics(of: runs).allSatisfy { (metric) in
        let all = runs.compactMap { (run) in run.series.first { $0.name == metric } }
        let values = all.map { Self.value(of: $0, at: step) }
        return values.dropFirst().allSatisfy { $0 == values[0] }
      }
    }
    return shared.count < steps.count ? Array(steps.dropFirst(max(0, shared.count - 1))) : steps
  }

  /// Metrics that at least two of the runs recorded, in the order of the first that has them; without errors and costs.
  private func commonMetrics(of runs: [RunValue]) -> [String] {
    var names: [String] = []
    for run in runs {
      let companions = run.series.flatMap { (owner) in
        run.series.map(\.name).filter { $0.hasPrefix(owner.name + ".") }
      }
      for series in run.series where !names.contains(series.name) && !companions.contains(series.name) {
        if runs.filter({ $0.series.contains { $0.name == series.name } }).count > 1 { names.append(series.name) }
      }
    }
    return names
  }

  /// Steps at which all runs can be looked at.
  private func commonSteps(of runs: [RunValue]) -> [Int] {
    let last = runs.map(\.stepCount).min() ?? 0
    var steps: Set<Int> = [0, last]
    for series in runs[0].series { steps.formUnion(series.steps.map { Int($0) }) }
    for run in runs where !run.path.isEmpty { steps.formIntersection(run.path.map(\.step)) }
    return steps.filter { $0 <= last }.sorted()
  }

  private static func value(of series: Series, at step: Int) -> Double? {
    series.steps.firstIndex(of: Double(step)).map { series.values[$0] }
  }

  /// The parameters at the given steps, each in one vector; empty where a run cannot tell.
  private func path(of run: RunValue, at steps: [Int], _ span: Span) throws(Diagnostic) -> [[Double]] {
    if !run.path.isEmpty {
      return steps.compactMap { step in run.path.first { $0.step == step }?.parameters }
    }
    guard let live = run.live, case .problem(let problem, _) = live.bound.subject else { return [] }
    var result: [[Double]] = []
    for step in steps {
      do {
        let state = try live.run.state(at: step)
        result.append(problem.leaves.indices.flatMap { state.slots[$0].doubles() })
      } catch { throw diagnostic(of: error, at: span) }
    }
    return result
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for (x, y) in zip(a, b) { sum += (x - y) * (x - y) }
    return sum.squareRoot()
  }
}

extension Diagnostic {
  /// Runs that have recorded nothing in common, and whose parameters are not alike.
  fileprivate static func nothingToCompare(_ runs: [String], at span: Span) -> Diagnostic {
    .needs(
      "`compare`",
      "a series of one name or equally many parameters: \(runs.map { "`\($0)`" }.joined(separator: ", ")) have neither",
      at: span, help: ["record the same in two of them"])
  }
}
