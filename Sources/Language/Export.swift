import Data
import Diagnostics
import Experiments
import Tensors

/// Results as files.
enum Export {
  enum Format: String {
    case csv, jsonl, npy, npz

    init?(path: String) {
      guard let dot = path.lastIndex(of: "."), let format = Format(rawValue: String(path[path.index(after: dot)...]))
      else { return nil }
      self = format
    }
  }

  /// All series of a run: one row a step as text, one array a series in NPZ.
  static func bytes(of run: RunValue, as format: Format, at span: Span) throws(Diagnostic) -> [UInt8] {
    switch format {
    case .csv, .jsonl: return bytes(of: table(of: run), as: format)
    case .npz:
      var arrays: [(name: String, array: NumberArray)] = []
      for series in run.series {
        arrays.append((series.name, NumberArray(sizes: [series.values.count], values: series.values)))
        arrays.append(
          (
            series.name + "." + series.axis.rawValue,
            NumberArray(sizes: [series.positions.count], values: series.positions)
          ))
      }
      for final in run.finals { arrays.append((final.path, array(final.tensor))) }
      return try encoded(arrays, at: span)
    case .npy:
      throw .notAllowed(
        "a run holds several series: one .npy file cannot", at: span, help: ["save `r.loss`, or use .npz"])
    }
  }

  static func bytes(of tensor: Tensor, as format: Format, at span: Span) throws(Diagnostic) -> [UInt8] {
    format == .npz
      ? try encoded([("value", array(tensor))], at: span)
      : NPYWriter.encode(sizes: tensor.shape.sizes, values: tensor.doubles())
  }

  static func bytes(of table: Table, as format: Format) -> [UInt8] {
    let rows = table.rows.map { $0.map(exported) }
    return format == .jsonl
      ? JSONLinesWriter.encode(columns: table.columns, rows: rows)
      : CSVWriter.encode(columns: table.columns, rows: rows)
  }

  private static func encoded(_ arrays: [(name: String, array: NumberArray)], at span: Span) throws(Diagnostic)
    -> [UInt8]
  {
    do {
      return try NPZWriter.encode(
        arrays.map { (name: $0.name, sizes: $0.array.sizes, values: $0.array.values) }, file: "the archive")
    } catch { throw .data(error, at: span) }
  }

  private static func array(_ tensor: Tensor) -> NumberArray {
    NumberArray(sizes: tensor.shape.sizes, values: tensor.doubles())
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

  /// Series side by side on the union of their positions.
  static func table(of run: RunValue) -> Table {
    var positions: [Double] = []
    for series in run.series { positions.append(contentsOf: series.positions) }
    positions.sort()
    var unique: [Double] = []
    for position in positions where unique.last != position { unique.append(position) }
    var table = Table(columns: [run.series.first?.axis.rawValue ?? "step"] + run.series.map(\.name))
    var cursors = [Int](repeating: 0, count: run.series.count)
    for position in unique {
      var row: [Cell] = [.integer(Int(position))]
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
