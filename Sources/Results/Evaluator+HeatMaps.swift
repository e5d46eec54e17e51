import Diagnostics
import Experiments
import Messages
import Plots
import Syntax
import Values

/// Values over two axes of a sweep, or the elements of a recorded matrix, as colours.
extension Evaluator {
  /// The figure of `plot (E over (lr, b)), heat`: the first axis along the bottom, the second along the side.
  func heatFigure(_ plot: PlotStatement, _ plotted: [Plotted], in scope: Scope) throws(Diagnostic) -> Figure {
    let place = plot.options.first { $0.name.text == "heat" }?.name.span ?? code.tree.span(plot.series[0])
    guard plot.runs.isEmpty, plot.axis == nil, !plotted.isEmpty else {
      throw .meansNothing(
        "heat", "with `vs` or `of`: both axes are those of what is drawn", at: place,
        help: ["write `plot (VALUE over (lr, b)), heat`"])
    }
    var figure = Figure(panels: [])
    for one in plotted {
      var panel = Panel(title: plotted.count > 1 ? one.title : "")
      try fill(&panel, with: one, at: place)
      figure.panels.append(panel)
    }
    for option in plot.options {
      switch option.name.text {
      case "heat": break
      case "logz": for index in figure.panels.indices { figure.panels[index].heat?.isLogarithmic = true }
      case "title", "xlabel", "ylabel", "size":
        for index in figure.panels.indices {
          var panel = figure.panels[index]
          try apply(option, to: &panel, of: &figure, in: scope)
          figure.panels[index] = panel
        }
      default:
        throw .meansNothing(
          option.name.text, "in a heat map", at: option.name.span,
          help: ["a heat map takes `logz`, `title`, `xlabel`, `ylabel` and `size`"])
      }
    }
    return figure
  }

  private func fill(_ panel: inout Panel, with one: Plotted, at place: Span) throws(Diagnostic) {
    switch one.value {
    case .along(let vector) where vector.places.axes.count == 2:
      panel.horizontal.label = vector.places.axes[0]
      panel.vertical.label = vector.places.axes[1]
      panel.heat = HeatMap(vector, label: one.title)
    case .unknown(let kind) where kind.isAlong && kind.axes.count == 2: break
    case .unknown(let kind) where kind == .any: break
    default:
      throw .expected(
        "values along two axes for `heat`", found: one.value.kind, at: one.span,
        help: ["go along two axes of a sweep: `plot (final(s.loss) over (lr, b)), heat`"])
    }
  }
}

extension HeatMap {
  /// The values at all combinations of the places of two axes; those that are not there are blank.
  fileprivate init(_ vector: AxisVector, label: String) {
    func kinds(_ axis: Int) -> [String] {
      var result: [String] = []
      for labels in vector.places.labels where !result.contains(labels[axis]) { result.append(labels[axis]) }
      guard let coordinates = vector.places.coordinates else { return result }
      let numbers = Dictionary(
        zip(vector.places.labels, coordinates).map { ($0[axis], $1[axis]) }, uniquingKeysWith: { first, _ in first })
      return result.sorted { (numbers[$0] ?? 0) < (numbers[$1] ?? 0) }
    }
    let (columns, rows) = (kinds(0), kinds(1))
    var values = [[Double]](repeating: [Double](repeating: .nan, count: columns.count), count: rows.count)
    for (labels, value) in zip(vector.places.labels, vector.values) {
      guard let column = columns.firstIndex(of: labels[0]), let row = rows.firstIndex(of: labels[1]) else { continue }
      values[row][column] = value
    }
    self.init(columns: columns, rows: rows, values: values, label: label)
  }
}
