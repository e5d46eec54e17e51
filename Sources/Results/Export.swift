import Data
import Diagnostics
import Experiments
import Messages
import Plots
import Tensors
import Values

/// Results as files.
enum Export {
  typealias Format = ExportFormat

  /// All series of a run: one row a step as text, one array a series in NPZ, with the last state, and what was recorded of each
  /// path of an ensemble (infinite where an event did not happen).
  static func bytes(of run: RunValue, as format: Format, at span: Span) throws(Diagnostic) -> [UInt8] {
    switch format {
    case .csv, .jsonl: return try bytes(of: wholeTable(of: run, as: format, at: span), as: format)
    case .npz:
      var files: [(name: String, content: [UInt8])] = []
      for series in run.series {
        files.append((series.name, numbers(series.values)))
        files.append((series.name + "." + series.axis.rawValue, numbers(series.positions)))
      }
      for vector in run.vectors { files.append((vector.name, numbers(vector.values))) }
      // What is recorded has the name that the script gives; the state where the run ends stands behind it.
      let taken = Set(files.map(\.name))
      for final in run.finals {
        files.append((taken.contains(final.path) ? final.path + ".last" : final.path, bytes(of: final.tensor)))
      }
      return try archive(files, at: span)
    case .npy, .run:
      throw .cannotBeSaved(
        "a run", as: format, "it holds several series", at: span, help: "save `r.loss`, or use .npz")
    case .md, .tex:
      throw .savedForReaders("a run", as: format, at: span)
    }
  }

  static func bytes(of tensor: Tensor, as format: Format, at span: Span) throws(Diagnostic) -> [UInt8] {
    let content = bytes(of: tensor)
    return format == .npz ? try archive([("value", content)], at: span) : content
  }

  /// A tensor as NPY: whole numbers as int64, to the last bit, and reals as float64.
  private static func bytes(of tensor: Tensor) -> [UInt8] {
    tensor.dtype == .i64
      ? NPYWriter.encode(sizes: tensor.shape.sizes, integers: tensor.integers())
      : NPYWriter.encode(sizes: tensor.shape.sizes, values: tensor.doubles())
  }

  private static func numbers(_ values: [Double]) -> [UInt8] {
    NPYWriter.encode(sizes: [values.count], values: values)
  }

  /// A table as a file; a column of estimates is two for programs, the values and their standard errors.
  ///
  /// - Parameter onRow: is told the number of each row before it is written, and may end the work.
  static func bytes(of table: Table, as format: Format, onRow: (Int) throws(Diagnostic) -> Void = { _ in })
    throws(Diagnostic) -> [UInt8]
  {
    if format == .md { return Array(TableText.markdown(table).utf8) }
    if format == .tex { return Array(TableText.latex(table).utf8) }
    let table = withErrors(table)
    var output = format == .csv ? CSVWriter.encode(columns: table.columns, rows: []) : []
    for (index, row) in table.rows.enumerated() {
      try onRow(index)
      let cells = row.map(exported)
      if format == .jsonl {
        JSONLinesWriter.append(columns: table.columns, cells, to: &output)
      } else {
        CSVWriter.append(cells, to: &output)
      }
    }
    return output
  }

  private static func archive(_ files: [(name: String, content: [UInt8])], at span: Span) throws(Diagnostic) -> [UInt8]
  {
    do { return try NPZWriter.encode(files: files, file: "the archive") } catch { throw .data(error, at: span) }
  }

  private static func exported(_ cell: Cell) -> ExportCell {
    switch cell {
    case .number(let value): .number(value)
    case .integer(let value): .integer(value)
    case .text(let text): .text(text)
    case .estimate(let value, _): .number(value)
    case .empty: .empty
    }
  }

  /// The table with a column `NAME.error` behind each column of estimates.
  static func withErrors(_ table: Table) -> Table {
    func hasErrors(_ column: Int) -> Bool {
      table.rows.contains { row in
        if row.indices.contains(column), case .estimate = row[column] { true } else { false }
      }
    }
    let doubled = table.columns.indices.map(hasErrors)
    guard doubled.contains(true) else { return table }
    var result = Table(columns: [], keyCount: table.keyCount)
    for (name, isDoubled) in zip(table.columns, doubled) {
      result.columns += isDoubled ? [name, name + ".error"] : [name]
    }
    result.rows = table.rows.map { row in
      zip(row, doubled).flatMap { cell, isDoubled -> [Cell] in
        guard isDoubled else { return [cell] }
        guard case .estimate(_, let error) = cell else { return [cell, .empty] }
        return [cell, .number(error)]
      }
    }
    return result
  }

  /// The columns of a table of numbers as arrays, each of one number a row; what is empty is not a number.
  static func arrays(of table: Table, at span: Span) throws(Diagnostic) -> [UInt8] {
    var files: [(name: String, content: [UInt8])] = []
    for (index, name) in table.columns.enumerated() {
      let values = try table.rows.map { (row) throws(Diagnostic) -> Double in
        switch index < row.count ? row[index] : .empty {
        case .number(let value), .estimate(let value, _): return value
        case .integer(let value): return Double(value)
        case .empty: return .nan
        case .text(let text):
          throw .cannotBeSaved(
            "the axis `\(name)`", as: .npz, "it holds the text \"\(text)\"", at: span, help: "use .csv or .jsonl")
        }
      }
      files.append((name, numbers(values)))
    }
    return try archive(files, at: span)
  }

  /// All that a run has recorded as one table: its series, or what it has of each path of an ensemble.
  ///
  /// - Throws: a finding where it has both, whose rows are steps here and paths there.
  static func wholeTable(of run: RunValue, as format: Format, at span: Span) throws(Diagnostic) -> Table {
    guard let first = run.vectors.first else { return table(of: run) }
    guard run.series.isEmpty else {
      throw .cannotBeSaved(
        "`\(run.name)`", as: format, "its series have a row for each step, and `\(first.name)` one for each path",
        at: span, help: "use .npz, or save `\(run.name).\(first.name)` to a file of its own")
    }
    var table = Table(columns: first.places.axes + run.vectors.map(\.name))
    table.rows = first.points.indices.map { row in
      [.integer(row)] + run.vectors.map { .number($0.points[row].value) }
    }
    return table
  }

  /// Series side by side on the union of their positions.
  static func table(of run: RunValue) -> Table {
    var positions: [Double] = []
    for series in run.series { positions.append(contentsOf: series.positions) }
    positions.sort()
    var unique: [Double] = []
    for position in positions where unique.last != position { unique.append(position) }
    var table = Table(columns: [run.series.first?.axis.rawValue ?? "step"] + run.series.map(\.name))
    var cursors = [Int](repeating: 0, count: run.series.count)
    // Steps are whole; times need not be.
    let areWhole = unique.allSatisfy { Int(exactly: $0) != nil }
    for position in unique {
      var row: [Cell] = [areWhole ? .integer(Int(position)) : .number(position)]
      for (index, series) in run.series.enumerated() {
        if cursors[index] < series.positions.count, series.positions[cursors[index]] == position {
          row.append(.number(series.values[cursors[index]]))
          cursors[index] += 1
        } else {
          row.append(.empty)
        }
      }
      table.rows.append(row)
    }
    return table
  }
}
