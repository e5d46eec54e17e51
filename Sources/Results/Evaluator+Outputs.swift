import Arithmetic
import Data
import Diagnostics
import Evaluation
import Experiments
import Messages
import Plots
import Runs
import Syntax
import Tensors
import Values

extension Evaluator {
  /// Statements that run, show, judge and write.
  ///
  /// - Returns: whether it is one of them.
  func executeExperiment(_ id: StatementID, in scope: Scope, at span: Span) throws(Diagnostic) -> Bool {
    switch code.tree[id] {
    case .run(let run):
      try execute(run, in: scope, at: span)
      if let name = run.name, !run.isEnsemble { session.desk.choose(name.text) }
    case .print(let values): try print(values, in: scope, at: span)
    case .table(let source, let columns, let by, let destination):
      try table(source, columns, by: by, destination, in: scope, at: span)
    case .plot(let plot): try self.plot(plot, in: scope, at: span)
    case .claim(let text, let condition, let decision): try claim(text, condition, until: decision, in: scope)
    case .save(let value, let destination): try save(value, to: destination, in: scope, at: span)
    case .use(let path): try use(path, in: scope)
    case .precision(let word, let rounding): session.precision = try precision(word, rounding: rounding)
    case .sweep(let sweep): try execute(sweep, in: scope, at: span)
    default: return false
    }
    return true
  }

  // MARK: print

  private func print(_ values: [ExpressionID], in scope: Scope, at span: Span) throws(Diagnostic) {
    var parts: [String] = []
    for id in values { parts.append(try formatted(evaluate(id, in: scope), format: nil, at: code.tree.span(id))) }
    if mode == .run { try session.emit(parts.joined(separator: "  ") + "\n", at: span) }
  }

  // MARK: table

  private func table(
    _ source: ExpressionID?, _ columns: [ExpressionID], by: [Name], _ destination: ExpressionID?, in scope: Scope,
    at span: Span
  ) throws(Diagnostic) {
    var values: [(id: ExpressionID, value: Value)] = []
    if let destination { _ = try tableFormat(destination, in: scope) }
    if let source {
      let value = try evaluate(source, in: scope)
      if case .sweep(let sweep) = value {
        return try show(table(of: sweep, columns, by: by, in: scope), destination, in: scope, at: span)
      }
      // Its columns would be looked up among other names.
      if mode == .check, value.isUnknownValue { throw .silent(at: span) }
      values.append((source, value))
    }
    for id in columns { values.append((id, try evaluate(id, in: scope))) }
    if let groups = try groups(values, in: scope) {
      return try show(table(of: groups, by: by, at: span), destination, in: scope, at: span)
    }
    guard by.isEmpty || values.contains(where: \.value.isUnknownValue) else {
      throw .meansNothing("by", "without a sweep", at: span, help: ["write `table s: … by \(by[0].text)`"])
    }
    if let joined = joined(values) {
      if mode == .run { try show((joined, []), destination, in: scope, at: span) }
      return
    }
    var table = Table(columns: [])
    var cells: [[Cell]] = []
    for (id, value) in values {
      let name = session.sources.text(code.tree.span(id))
      for (title, column) in try self.columns(of: value, name: name, at: code.tree.span(id)) {
        table.columns.append(title)
        cells.append(column)
      }
    }
    guard mode == .run else { return }
    let rows = cells.map(\.count).max() ?? 0
    for row in 0..<rows { table.rows.append(cells.map { row < $0.count ? $0[row] : .empty }) }
    if let destination {
      try write(table, to: destination, in: scope)
    } else {
      try session.emit(TableText.text(table), at: span)
    }
  }

  /// Series that are recorded at different steps, each value in the row of its own; nil where all values stand side by
  /// side anyway.
  private func joined(_ values: [(id: ExpressionID, value: Value)]) -> Table? {
    let series = values.compactMap { entry -> Series? in
      if case .series(let series) = entry.value { series } else { nil }
    }
    guard series.count == values.count, let first = series.first, series.allSatisfy({ $0.axis == first.axis }),
      series.contains(where: { $0.positions != first.positions })
    else { return nil }
    let titles = values.map { session.sources.text(code.tree.span($0.id)) }
    var table = Table(columns: [first.axis.rawValue] + titles)
    for position in Set(series.flatMap(\.positions)).sorted() {
      var row: [Cell] = [.number(position)]
      for one in series {
        row.append(one.positions.firstIndex(of: position).map { .number(one.values[$0]) } ?? .empty)
      }
      table.rows.append(row)
    }
    return table
  }

  /// Values of a sweep side by side; nil where there is another value among them.
  private func groups(_ values: [(id: ExpressionID, value: Value)], in scope: Scope) throws(Diagnostic)
    -> [(title: String, group: SweepGroup)]?
  {
    var result: [(title: String, group: SweepGroup)] = []
    for (id, value) in values {
      guard case .group(let group) = value else { return nil }
      result.append(try tableColumn(group, id, in: scope))
    }
    return result.isEmpty ? nil : result
  }

  /// Prints a table with what must be known of it below, or writes it.
  private func show(
    _ shown: (table: Table, remarks: [String]), _ destination: ExpressionID?, in scope: Scope, at span: Span
  ) throws(Diagnostic) {
    guard mode == .run else { return }
    if let destination { return try write(shown.table, to: destination, in: scope) }
    try session.emit(TableText.text(shown.table) + shown.remarks.map { "\($0)\n" }.joined(), at: span)
  }

  /// The columns that a value fills.
  private func columns(of value: Value, name: String, at span: Span) throws(Diagnostic) -> [(String, [Cell])] {
    switch value {
    case .unknown: return []
    case .run(let run):
      var result: [(String, [Cell])] = []
      var previous: [Double] = []
      for series in run.series {
        if series.positions != previous || result.isEmpty {
          result.append((series.axis.rawValue, series.positions.map { .number($0) }))
          previous = series.positions
        }
        result.append((series.name, series.values.map { .number($0) }))
      }
      // An ensemble's paths are counted beside them.
      if let first = run.vectors.first {
        result.append((first.places.axes[0], first.points.indices.map { .integer($0) }))
      }
      for vector in run.vectors { result.append((vector.name, vector.points.map { cell(self.value(of: $0)) })) }
      return result
    case .series(let series): return [(name, series.values.map { .number($0) })]
    case .tensorSeries(let series):
      return [(series.axis.rawValue, series.positions.map { .number($0) })]
        + zip(TensorSeries.elementNames(name, series.shape), series.elements).map { title, element in
          (title, element.values.map { .number($0) })
        }
    case .along(let vector):
      var result = vector.places.axes.enumerated().map { column, axis in
        (axis, vector.places.labels.map { Cell.text($0[column]) })
      }
      if let coordinates = vector.places.coordinates {
        for column in result.indices { result[column].1 = coordinates.map { .number($0[column]) } }
      }
      result.append(
        (name, vector.placeValues.map(cell)))
      return result
    case .tensor(let tensor) where tensor.shape.rank == 1:
      var cells: [Cell] = []
      cells.reserveCapacity(tensor.count)
      for index in 0..<tensor.count {
        try stay(index, at: span)
        cells.append(tensor.dtype == .i64 ? .integer(tensor.integer(at: index)) : .number(tensor.double(at: index)))
      }
      return [(name, cells)]
    case .tensor(let tensor) where tensor.shape.rank == 2:
      var result: [(String, [Cell])] = []
      for column in 0..<tensor.shape[1] {
        let entries = try taken(value, column, axis: 1, at: span)
        result += try columns(of: entries, name: "\(name)[:, \(column)]", at: span)
      }
      return result
    case .tensor(let tensor): throw .unsuitableShape("table", tensor.shape, expected: "vectors or matrices", at: span)
    case .list(let values): return [(name, values.map { self.cell($0) })]
    case .range(let range): return [(name, range.map { .integer($0) })]
    default: return [(name, [cell(value)])]
    }
  }

  func cell(_ value: Value) -> Cell {
    switch value {
    case .integer(let n): .integer(n)
    case .real(let x): .number(x)
    case .estimate(let estimate) where estimate.isWords: .text(estimate.text)
    case .estimate(let estimate):
      (estimate.lacksError ? .nan : estimate.error).map { .estimate(estimate.value, error: $0) }
        ?? .number(estimate.value)
    default: .text(ValueText.text(value))
    }
  }

  // MARK: save

  private func save(_ id: ExpressionID, to destination: ExpressionID, in scope: Scope, at span: Span) throws(Diagnostic)
  {
    let value = try evaluate(id, in: scope)
    guard let path = try path(destination, in: scope) else { return }
    guard let format = Export.Format(path: path) else {
      throw .unknownEnding(
        path, "has no known ending", endings: ".csv, .jsonl, .npy, .npz, or .run for a run itself",
        at: code.tree.span(destination))
    }
    if format == .run { return try saveRun(value, to: path, at: code.tree.span(id)) }
    guard mode == .run else {
      // What may not be saved so is known before anything runs.
      switch value {
      case .sweep, .group:
        let table = try sweepTable(value, id, as: format, in: scope, at: span)
        if format == .npz { _ = try Export.arrays(of: table, at: span) }
      case .run(let run): _ = try Export.bytes(of: run, as: format, at: span)
      default: break
      }
      return
    }
    let bytes: [UInt8]
    switch value {
    case .run(let run) where format == .csv || format == .jsonl:
      bytes = try exported(Export.wholeTable(of: run, as: format, at: span), as: format, at: span)
    case .run(let run): bytes = try Export.bytes(of: run, as: format, at: span)
    case .sweep, .group:
      let table = try sweepTable(value, id, as: format, in: scope, at: span)
      bytes = try format == .npz ? Export.arrays(of: table, at: span) : exported(table, as: format, at: span)
    default:
      var table = Table(columns: [])
      var cells: [[Cell]] = []
      if format == .npy || format == .npz {
        bytes = try Export.bytes(of: tensor(value, at: code.tree.span(id)), as: format, at: span)
        break
      }
      let text = session.sources.text(code.tree.span(id))
      // A header that is a number would be read back as a value.
      let isName = text.first.map { $0.isLetter || $0 == "_" } ?? false
      for (title, column) in try columns(of: value, name: isName ? text : "value", at: span) {
        table.columns.append(title)
        cells.append(column)
      }
      for row in 0..<(cells.map(\.count).max() ?? 0) {
        try stay(row, at: span)
        table.rows.append(cells.map { row < $0.count ? $0[row] : .empty })
      }
      guard !format.isForReaders else {
        throw .savedForReaders("this", as: format, at: span)
      }
      bytes = try exported(table, as: format, at: span)
    }
    try session.write(bytes, to: path, at: code.tree.span(destination))
  }

  private func saveRun(_ value: Value, to path: String, at span: Span) throws(Diagnostic) {
    guard case .run(let run) = value else {
      if value.isUnknownValue { throw unfit(value, "a run", at: span) }
      throw .expected("a run", found: value.kind, at: span)
    }
    guard mode == .run else {
      guard run.definition == nil, !run.isPartial else { return }
      throw .cannotBeSaved(asRun: run.name, at: span)
    }
    try session.write(runFile(of: run, at: span), to: path, at: span)
  }

  /// A table as a file, row by row, so that a long one can be interrupted.
  private func exported(_ table: Table, as format: Export.Format, at span: Span) throws(Diagnostic) -> [UInt8] {
    try Export.bytes(of: table, as: format) { (row) throws(Diagnostic) in try stay(row, at: span) }
  }

  /// Ends a loop that writes many rows where it is to be interrupted; looks at every thousandth.
  private func stay(_ row: Int, at span: Span) throws(Diagnostic) {
    if row & 0x3FF == 0x3FF, session.isInterrupted { throw session.interruption(at: span) }
  }

  /// A sweep, or a value of it, as what a file holds.
  private func sweepTable(_ value: Value, _ id: ExpressionID, as format: Export.Format, in scope: Scope, at span: Span)
    throws(Diagnostic) -> Table
  {
    guard format == .csv || format == .jsonl || format == .npz else {
      throw format.isForReaders
        ? .savedForReaders("a sweep", as: format, at: span)
        : .cannotBeSaved(
          "a sweep", as: format, "it is a table of several columns", at: span, help: "use .csv, .jsonl or .npz")
    }
    if case .sweep(let sweep) = value { return try longTable(of: sweep, as: format, at: span) }
    guard let groups = try groups([(id, value)], in: scope) else { return Table(columns: []) }
    return try table(of: groups, by: [], at: span).table
  }

  private func write(_ table: Table, to destination: ExpressionID, in scope: Scope) throws(Diagnostic) {
    guard let (path, format) = try tableFormat(destination, in: scope) else { return }
    let span = code.tree.span(destination)
    try session.write(exported(table, as: format, at: span), to: path, at: span)
  }

  /// Where a table is written, and as what.
  private func tableFormat(_ destination: ExpressionID, in scope: Scope) throws(Diagnostic) -> (String, Export.Format)?
  {
    guard let path = try path(destination, in: scope) else { return nil }
    guard let format = Export.Format(path: path), format != .npy, format != .npz, format != .run else {
      throw .unknownEnding(
        path, "has no known ending of a table", endings: ".csv, .jsonl, .md or .tex", at: code.tree.span(destination))
    }
    return (path, format)
  }

  func path(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> String? {
    let value = try evaluate(id, in: scope)
    switch value {
    case .text(let path): return path
    case .unknown(let kind):
      try require(kind, "a file name", at: code.tree.span(id)) { $0 == .text }
      return nil
    default: throw .expected("a file name", found: value.kind, at: code.tree.span(id))
    }
  }

  // MARK: use

  /// Definitions and results of another file.
  private func use(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) {
    guard let path = try path(id, in: scope) else { return }
    let span = code.tree.span(id)
    guard !session.isInUse(path) else { throw .usesItself(path, at: span) }
    let used = try session.parseUsed(path, at: span)
    session.enter(path)
    defer { session.leave() }
    // A file sees its own names and no others; what it defines, the script sees too.
    let own = Scope(parent: builtins)
    try within(used) { () throws(Diagnostic) in try evaluateTop(used, in: own) }
    for name in own.localNames {
      guard let binding = own.local(name), let place = binding.span else { continue }
      if let old = scope.lookupInCall(name), let first = old.span, first != place, !session.allowsRedefinition {
        throw .importedTwice(name, from: path, first: first, second: place, at: span)
      }
      scope.define(name, binding.value, isVariable: binding.isVariable, span: place)
    }
  }
}
