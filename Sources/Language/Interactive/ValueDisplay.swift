import Experiments
import Messages
import Plots
import Syntax
import Tensors
import Values

/// Values as the prompt shows them: `_3 = f64[3, 4] in [-1, 2]`, with the corners of what is too large.
enum ValueDisplay {
  /// Entries of a row, and rows, that are shown from either end.
  private static let edge = 3
  /// A vector up to this length, or a matrix up to it squared, is shown whole.
  private static let wholeMax = 8

  /// A value after its name; further lines are indented below the first.
  static func text(_ value: Value, name: String) -> String {
    let lines = lines(of: value)
    let first = "\(name) = \(lines.first ?? "")"
    return ([first] + lines.dropFirst().map { "  " + $0 }).joined(separator: "\n")
  }

  /// One line on a value, for lists of names.
  static func summary(_ value: Value) -> String { lines(of: value).first ?? "" }

  /// A tensor in one line behind its name.
  static func line(_ name: String, _ tensor: Tensor) -> String {
    if tensor.count == 1 { return "\(name)  \(NumberText.short(tensor.doubles().first ?? .nan))" }
    return "\(name)  \(tensor.dtype)\(tensor.shape)  \(rangeText(tensor))"
  }

  private static func lines(of value: Value) -> [String] {
    switch value {
    case .text(let text): ["\"\(text)\""]
    case .tensor(let tensor): lines(of: tensor)
    case .series(let series): [self.text(series)]
    case .list(let values) where values.count > wholeMax: ["\(values.count) values"] + items(values)
    case .run(let run): lines(of: run)
    case .function(.builtin(let builtin)): ["function \(builtin.signature): \(builtin.summary)"]
    case .function(.definition(let definition)): ["\(definition.definition.kind.rawValue) \(signature(of: definition))"]
    default: ValueText.text(value).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
  }

  private static func signature(of value: DefinitionValue) -> String {
    let names = value.definition.parameters.map(\.name.text).joined(separator: ", ")
    return "\(value.definition.name.text)(\(names))"
  }

  private static func items(_ values: [Value]) -> [String] {
    let shown = values.prefix(edge) + values.suffix(edge)
    var lines = shown.map { summary($0) }
    lines.insert("⋮", at: edge)
    return lines
  }

  // MARK: Tensors

  private static func lines(of tensor: Tensor) -> [String] {
    let head = "\(tensor.dtype)\(tensor.shape)"
    guard tensor.count > 0 else { return [head] }
    let isWhole =
      tensor.shape.rank == 1
      ? tensor.count <= wholeMax : tensor.shape.rank == 2 && tensor.shape.sizes.allSatisfy { $0 <= wholeMax }
    let last = tensor.shape.sizes.last ?? 1
    if tensor.shape.rank == 1, isWhole {
      return [head + "  [" + row(tensor, from: 0, count: last).joined(separator: ", ") + "]"]
    }
    let range = isWhole ? head : head + "  " + rangeText(tensor)
    return [range] + corners(tensor, rowLength: last)
  }

  /// `in [-1, 2], mean 0.1`, and how many entries are not finite.
  private static func rangeText(_ tensor: Tensor) -> String {
    let values = tensor.doubles()
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return "no finite entry" }
    let mean = finite.reduce(0) { $0 + $1 / Double(finite.count) }
    var text = "in [\(NumberText.short(low)), \(NumberText.short(high))], mean \(NumberText.short(mean))"
    if finite.count < values.count { text += ", \(values.count - finite.count) not finite" }
    return text
  }

  /// The first and last rows, each with its first and last entries, in columns.
  private static func corners(_ tensor: Tensor, rowLength: Int) -> [String] {
    let rowCount = rowLength == 0 ? 0 : tensor.count / rowLength
    let numbers = indices(rowCount)
    let rows = numbers.map { number in
      number.map { row(tensor, from: $0 * rowLength, count: rowLength) }
    }
    let columnCount = rows.compactMap { $0?.count }.max() ?? 0
    var widths = [Int](repeating: 1, count: columnCount)
    for row in rows {
      for (column, text) in (row ?? []).enumerated() { widths[column] = max(widths[column], text.count) }
    }
    return rows.map { row in
      guard let row else { return "⋮" }
      let cells = row.enumerated().map { String(repeating: " ", count: widths[$0] - $1.count) + $1 }
      return "[" + cells.joined(separator: "  ") + "]"
    }
  }

  /// Numbers from both ends, nil where the middle is left out.
  private static func indices(_ count: Int) -> [Int?] {
    if count <= wholeMax { return (0..<count).map { $0 } }
    return (0..<edge).map { $0 } + [nil] + (count - edge..<count).map { $0 }
  }

  private static func row(_ tensor: Tensor, from start: Int, count: Int) -> [String] {
    let wanted = indices(count).map { $0.map { $0 + start } }
    if tensor.dtype == .i64 {
      let all = tensor.integers()
      return wanted.map { $0.map { String(all[$0]) } ?? "…" }
    }
    let all = tensor.doubles()
    return wanted.map { $0.map { NumberText.short(all[$0]) } ?? "…" }
  }

  // MARK: Series and runs

  private static func text(_ series: Series) -> String {
    guard let last = series.values.last, let position = series.positions.last, let first = series.positions.first else {
      return "\(series.name): no values"
    }
    let positions = "\(series.axis.rawValue) \(NumberText.short(first)) to \(NumberText.short(position))"
    return "\(series.name)  \(Sparkline.text(series.values, width: 24))  \(NumberText.short(last))"
      + "  (\(series.values.count) values, \(positions))"
  }

  private static func lines(of run: RunValue) -> [String] {
    var lines = [([run.name, "step \(run.stepCount)"] + run.header).joined(separator: " · ")]
    lines += run.series.map { text($0) }
    for final in run.finals.prefix(2 * wholeMax) {
      lines.append("\(final.path)  \(final.tensor.dtype)\(final.tensor.shape)  \(rangeText(final.tensor))")
    }
    if run.finals.count > 2 * wholeMax { lines.append("and \(run.finals.count - 2 * wholeMax) more parameters") }
    return lines
  }
}
