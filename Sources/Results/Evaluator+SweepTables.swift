import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Syntax
import Tensors
import Values

extension Evaluator {
  /// The form `table s: value, value by b, η`: each value is computed for each run, and averaged over what `by` leaves.
  ///
  /// Without `by` there is a row for each combination of the axes but the seed.
  func table(of sweep: SweepValue, _ columns: [ExpressionID], by: [Name], in scope: Scope) throws(Diagnostic)
    -> (table: Table, remarks: [String])
  {
    let groups = try columns.map { (id) throws(Diagnostic) in
      (title: session.sources.text(code.tree.span(id)), group: try column(id, of: sweep, in: scope))
    }
    return try table(of: groups, by: by, at: columns.first.map(code.tree.span) ?? by.first?.span ?? Span(0, 0))
  }

  /// The value of an expression for each run of a sweep, in whose scope the run's results and its axes have their names.
  private func column(_ id: ExpressionID, of sweep: SweepValue, in scope: Scope) throws(Diagnostic) -> SweepGroup {
    let names = sweep.axes + sweep.derived
    var group = SweepGroup(names: names, axisCount: sweep.axes.count, members: [])
    group.leftOut = sweep.leftOut.map { .init($0, .nothing) }
    let span = code.tree.span(id)
    // How long a run went, and whether it diverged, is known of those that diverged too.
    var isKnownOfAll = false
    if case .name(let name) = code.tree[id] { isKnownOfAll = (names + ["steps", "diverged"]).contains(name) }
    let noted = diagnostics.count
    let outer = isTabulating
    defer { isTabulating = outer }
    isTabulating = true
    driftingSeries = nil
    for cell in sweep.cells {
      guard let run = cell.run else { continue }
      let inner = Scope(parent: scope)
      for name in run.members {
        inner.define(name, run.isPartial ? .unknown(.any) : try member(Name(name, span), of: run), span: nil)
      }
      for (name, value) in zip(names, cell.values) { inner.define(name, value) }
      // What a refused line would have recorded is not missed again.
      let value = try (mode == .check && run.isPartial ? tolerated(id, in: inner) : evaluate(id, in: inner))
      try requireSingle(value, at: span)
      group.members.append(.init(cell, value, isSound: isKnownOfAll ? true : nil))
    }
    // What moves is judged of runs together that differ in their seed alone.
    if let drift = diagnostics[noted...].first(where: { $0.effect == .perRun }) {
      let later = diagnostics[noted...].filter { $0.effect != .perRun }
      diagnostics.replaceSubrange(noted..., with: later)
      noteDrift(of: .group(group), series: driftingSeries, at: drift.span ?? span)
    }
    return group
  }

  /// A cell of a table holds a number, a text or a flag.
  private func requireSingle(_ value: Value, at span: Span) throws(Diagnostic) {
    let words = "a single number for each run, such as `plateau(…)` or `final(…)`"
    switch value {
    case .series, .tensorSeries, .along, .tensor, .run, .sweep, .group:
      throw .expected(words, found: value.kind, at: span)
    case .unknown(let kind):
      try require(kind, words, at: span) { form in
        switch form {
        case .series, .truthSeries, .tensorSeries, .along, .array: false
        case .tensor(let type): type.shape.rank == 0
        default: true
        }
      }
    default: break
    }
  }

  /// A value of a sweep as a column of a table, with its title.
  func tableColumn(_ group: SweepGroup, _ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> (
    title: String, group: SweepGroup
  ) {
    let span = code.tree.span(id)
    // While checking, what was recorded is unknown but for its names.
    if mode == .check, case .member(let base, let name) = code.tree[id],
      case .sweep(let sweep) = try evaluate(base, in: scope),
      let series = sweep.cells.lazy.compactMap(\.run).first?.series.first(where: { $0.name == name.text })
    {
      try requireSingle(.series(series), at: span)
    }
    for member in group.members { try requireSingle(member.value, at: span) }
    return (session.sources.text(span), group)
  }

  private func tolerated(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> Value {
    do { return try evaluate(id, in: scope) } catch {
      guard error.effect == .unknownName else { throw error }
      return .unknown(.any)
    }
  }

  /// A row for each combination of the names that tell groups apart, with a column for each of those and each group.
  func table(of groups: [(title: String, group: SweepGroup)], by: [Name], at place: Span) throws(Diagnostic) -> (
    table: Table, remarks: [String]
  ) {
    guard let first = groups.first?.group else { return (Table(columns: []), []) }
    let keys = by.isEmpty ? first.keys : try by.map { (name) throws(Diagnostic) in try axis(name, of: first.names) }
    for (_, group) in groups { try requireAveraged(group, by: keys, at: by.first?.span ?? place) }
    var table = Table(columns: keys + groups.map(\.title), keyCount: max(1, keys.count))
    var remarks: [String] = []
    for (index, part) in first.parts(by: keys).enumerated() {
      var row = zip(part.values, part.labels).map { keyCell($0, label: $1) }
      for (_, group) in groups {
        let parts = group.parts(by: keys)
        row.append(index < parts.count ? cell(parts[index].aggregate) : .empty)
      }
      table.rows.append(row)
      let leftOut = part.members.count - part.sound.count
      if leftOut > 0 {
        let remark = EstimateRemark.leftOut(leftOut, of: part.members.count).text
        remarks.append(keys.isEmpty ? remark : SweepPart.title(keys, part.values, part.labels) + ": " + remark)
      }
    }
    return (table, remarks)
  }

  /// All that the runs of a sweep recorded, one row for each run and position.
  func longTable(of sweep: SweepValue, as format: Export.Format, at span: Span) throws(Diagnostic) -> Table {
    var table = Table(columns: sweep.axes + sweep.derived)
    for cell in sweep.cells {
      guard let run = cell.run else { continue }
      let keys = zip(cell.values, cell.labels).map { keyCell($0, label: $1) }
      let recorded = try Export.wholeTable(of: run, as: format, at: span)
      if table.columns.count == keys.count { table.columns += recorded.columns }
      for row in recorded.rows { table.rows.append(keys + row) }
    }
    return table
  }

  private func keyCell(_ value: Value, label: String) -> Cell {
    switch value {
    case .integer, .real: cell(value)
    default: .text(label)
    }
  }
}
