import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Plots
import Syntax
import Tensors
package import Values

extension Evaluator {
  /// The form `plot series vs axis, options to "file"`.
  func plot(_ plot: PlotStatement, in scope: Scope, at span: Span) throws(Diagnostic) {
    let figure = try self.figure(of: plot, in: scope, at: span)
    let path = try plot.destination.map { (id) throws(Diagnostic) in try self.path(id, in: scope) } ?? nil
    if let path, ImageFormat(fileName: path) == nil {
      throw .unknownEnding(
        path, "is no picture", endings: ".svg, .png or .pdf", at: plot.destination.map { code.tree.span($0) } ?? span)
    }
    guard mode == .run else { return }
    guard let path else {
      if plot.options.contains(where: { $0.name.text == "live" }) {
        session.desk.livePlot = RunDesk.LivePlot(plot: plot, code: code, span: span)
      }
      try session.showPlot(figure, at: span)
      return
    }
    for hidden in figure.panels.flatMap(\.hiddenByScale) {
      let scale = plot.options.first { ["logx", "logy", "loglog"].contains($0.name.text) }
      report(.hiddenByScale(hidden, at: scale?.name.span ?? span))
    }
    for gaps in figure.panels.flatMap(\.hiddenGaps) { report(.gaps(gaps, at: span)) }
    try session.writePlot(figure, to: path, at: plot.destination.map { code.tree.span($0) } ?? span)
  }

  private func figure(of plot: PlotStatement, in scope: Scope, at span: Span) throws(Diagnostic) -> Figure {
    if presentRun(of: plot, in: scope) == nil, let ofSweep = try sweepFigure(plot, in: scope) { return ofSweep }
    return try figure(plot, in: scope, at: span)
  }

  /// What `plot … live` draws while runs are stepped, in lines; nil without one, or where it cannot be drawn now.
  package func livePicture(in scope: Scope) -> [String]? {
    guard let live = session.desk.livePlot else { return nil }
    let figure = try? within(live.code) { () throws(Diagnostic) in
      try self.figure(of: live.plot, in: scope, at: live.span)
    }
    guard let figure else { return nil }
    // The last column of a line that is drawn again stays free: some terminals go to the next line behind it.
    return session.terminalPlot(figure, columnsLess: 1).split(separator: "\n", omittingEmptySubsequences: false).map(
      String.init)
  }

  private func figure(_ plot: PlotStatement, in scope: Scope, at span: Span) throws(Diagnostic) -> Figure {
    let plotted = try plotted(plot, in: scope)
    if plot.options.contains(where: { $0.name.text == "heat" }) { return try heatFigure(plot, plotted, in: scope) }
    let axis =
      plot.axis == nil
      ? try commonAxis(of: plot, runs: runs(of: plot, in: scope), in: scope).map { HorizontalAxis.named($0) }
      : try horizontalAxis(plot.axis, of: plotted, in: scope)
    var panel = Panel(curves: [])
    panel.curves = try curves(of: plot, plotted, axis: axis, in: scope, at: span)
    try panel.curves += theoryCurves(plotted, beside: panel.curves, at: plot, in: scope)
    if let axis {
      panel.horizontal.label = axis.title
    } else if !panel.curves.isEmpty {
      panel.horizontal.label = try defaultAxis(of: plot, plotted, in: scope)
    }
    panel.vertical.label = try verticalLabel(plot, in: scope)
    var figure = Figure(panels: [])
    let areElements = plotted.contains { one in
      if case .unknown(let kind) = one.value { kind.isTensorSeries } else { one.value.isTensorSeries }
    }
    for option in plot.options {
      // The elements of a recorded tensor have colours anyway.
      if areElements, option.name.text == "color", let id = option.value, case .name("index") = code.tree[id] {
        continue
      }
      try apply(option, to: &panel, of: &figure, in: scope)
    }
    figure.panels = [panel]
    return figure
  }

  /// What stands below the figure where nothing is said: the axis of what is drawn, of a histogram the value.
  private func defaultAxis(of plot: PlotStatement, _ plotted: [Plotted], in scope: Scope) throws(Diagnostic) -> String {
    if plot.options.contains(where: { $0.name.text == "histogram" }) { return try verticalLabel(plot, in: scope) }
    guard plot.runs.isEmpty, presentRun(of: plot, in: scope) == nil else { return "step" }
    for one in plotted {
      switch one.value {
      case .tensor, .unknown, .function: continue
      case .along(let vector): return vector.places.title
      case .series(let series): return series.axis.rawValue
      case .tensorSeries(let series): return series.axis.rawValue
      default: return "step"
      }
    }
    return "index"
  }

  func verticalLabel(_ plot: PlotStatement, in scope: Scope) throws(Diagnostic) -> String {
    guard plot.series.count == 1 else { return "" }
    if let name = try givenName(0, of: plot, in: scope) { return name }
    if case .member(_, let name) = code.tree[plot.series[0]] { return name.text }
    return session.sources.text(code.tree.span(plot.series[0]))
  }

  // MARK: Curves

  private func curves(
    of plot: PlotStatement, _ plotted: [Plotted], axis: HorizontalAxis?, in scope: Scope, at span: Span
  ) throws(Diagnostic) -> [Curve] {
    if let runs = try runs(of: plot, in: scope) { return try curves(of: plot, runs, axis: axis, in: scope) }
    var result: [Curve] = []
    for one in plotted where !one.value.isCallable {
      result += try curves(of: one.value, name: one.title, run: run(of: one.id, in: scope), axis: axis, at: one.span)
    }
    return result
  }

  /// The curves of `plot loss of r, s`.
  private func curves(of plot: PlotStatement, _ runs: [RunValue], axis: HorizontalAxis?, in scope: Scope)
    throws(Diagnostic) -> [Curve]
  {
    var result: [Curve] = []
    var found: [(run: RunValue, series: [Series])] = []
    for run in runs { found.append((run, try series(plot.series, of: run, in: scope))) }
    for index in plot.series.indices {
      let given = try givenName(index, of: plot, in: scope)
      for (run, series) in found where !series[index].positions.isEmpty {
        let title = given ?? series[index].name
        let words =
          plot.series.count == 1 ? [run.name] : runs.count == 1 ? [title] : [title, "of", run.name]
        result += try curves(
          of: .series(series[index]), name: words.joined(separator: " "), run: run, axis: axis,
          at: code.tree.span(plot.series[index]))
      }
    }
    return result
  }

  /// Whether metrics of the present run stand alone.
  func speaksOfPresentRun(_ plot: PlotStatement, in scope: Scope) -> Bool { presentRun(of: plot, in: scope) != nil }

  /// The present run where metrics stand alone, as in `plot loss`.
  private func presentRun(of plot: PlotStatement, in scope: Scope) -> RunValue? {
    guard plot.runs.isEmpty, let name = session.desk.current, case .run(let run)? = scope.lookup(name)?.value else {
      return nil
    }
    return plot.series.contains { isMetric($0, in: scope) } ? run : nil
  }

  /// The runs that `of` names, or the present one; nil for values.
  private func runs(of plot: PlotStatement, in scope: Scope) throws(Diagnostic) -> [RunValue]? {
    if plot.runs.isEmpty { return presentRun(of: plot, in: scope).map { [$0] } }
    var runs: [RunValue] = []
    for id in plot.runs {
      switch try evaluate(id, in: scope) {
      case .unknown(let kind): try require(kind, "a run", at: code.tree.span(id)) { _ in false }
      case .run(let run): runs.append(run)
      case let other: throw .expected("a run", found: other.kind, at: code.tree.span(id))
      }
    }
    return runs
  }

  /// The run that `r.loss` belongs to, for the conversion of its axis.
  func run(of id: ExpressionID, in scope: Scope) -> RunValue? {
    guard case .member(let owner, _) = code.tree[id], case .name(let name) = code.tree[owner],
      case .run(let run)? = scope.lookup(name)?.value
    else { return nil }
    return run
  }

  /// Curves at most of one recorded tensor.
  private static let elementCurvesMax = 64

  private func curves(of value: Value, name: String, run: RunValue?, axis: HorizontalAxis?, at span: Span)
    throws(Diagnostic) -> [Curve]
  {
    switch value {
    case .unknown(let kind):
      try require(kind, "a series or a vector to plot", at: span) { form in
        switch form {
        case .series, .truthSeries, .tensorSeries, .along, .array, .truths, .list, .tuple: true
        case .tensor(let type): type.shape.rank == 1
        default: false
        }
      }
      if kind.type != nil { try refuseVector(along: axis, at: span) }
      return []
    case .series(let series): return try [curve(series, named: name, of: run, axis: axis, at: span)]
    case .tensorSeries(let series):
      guard series.elements.count <= Self.elementCurvesMax else {
        throw .tooManyCurves(series.elements.count, most: Self.elementCurvesMax, at: span)
      }
      return try zip(TensorSeries.elementNames(name, series.shape), series.elements).map {
        (title, element) throws(Diagnostic) in
        try curve(element, named: title, of: run, axis: axis, at: span)
      }
    case .along(let vector):
      if let axis, axis.title != vector.places.title { try refuseVector(along: axis, at: span) }
      return [Curve(vector, name: name)]
    case .run(let run):
      return try run.series.map { (series) throws(Diagnostic) in
        try curve(series, named: series.name, of: run, axis: axis, at: span)
      }
    case .tensor(let tensor) where tensor.shape.rank == 1:
      try refuseVector(along: axis, at: span)
      let values = tensor.doubles()
      return [Curve(name: name, x: values.indices.map(Double.init), y: values)]
    case .tuple(let parts) where parts.count == 2:
      guard case .tensor(let x) = parts[0], case .tensor(let y) = parts[1], x.shape.rank == 1, x.count == y.count else {
        fallthrough
      }
      return [Curve(name: name, x: x.doubles(), y: y.doubles())]
    default: throw .expected("a series or a vector to plot", found: value.kind, at: span)
    }
  }

  /// A plain vector has places, and no steps or epochs.
  private func refuseVector(along axis: HorizontalAxis?, at span: Span) throws(Diagnostic) {
    guard let axis, axis.title != "index" else { return }
    throw .expected(
      "a series over \(SeriesAxis(rawValue: axis.title)?.plural ?? axis.title)", found: "a plain vector", at: span,
      help: ["leave `vs \(axis.title)` out, or write `vs index`"])
  }

  private func curve(_ series: Series, named title: String, of run: RunValue?, axis: HorizontalAxis?, at span: Span)
    throws(Diagnostic) -> Curve
  {
    var series = series
    switch axis {
    case .named("epoch"):
      series = series.alongSteps
      if let steps = run?.stepsPerEpoch { series.positions = series.positions.map { $0 / Double(steps) } }
    case .named("time"): series = try timed(series, at: span)
    case .named("step"): series = series.alongSteps
    case .named("index"): series.positions = series.positions.indices.map(Double.init)
    case .named(let name) where name != series.axis.rawValue && run?.series.contains { $0.name == name } ?? false:
      let other = run?.series.first { $0.name == name } ?? series
      let pairs = series.joined(other)
      noteUnmatched(pairs.count, of: series, title, against: other, name, at: span)
      guard !pairs.isEmpty || series.positions.isEmpty else {
        throw .requires(
          "a plot against `\(name)`", "positions that both have: they are recorded at different steps", at: span)
      }
      return Curve(name: title, x: pairs.map(\.x), y: pairs.map(\.y))
    case .named(let name) where name != series.axis.rawValue:
      throw .expected(
        "a series over \(name)", found: "one over \(series.axis.plural)", at: span,
        help: ["write `vs \(series.axis.rawValue)`, or leave `vs \(name)` out"])
    case .series(let other, let name):
      let pairs = series.joined(other)
      noteUnmatched(pairs.count, of: series, title, against: other, name, at: span)
      guard !pairs.isEmpty || series.positions.isEmpty else {
        throw .requires(
          "a plot of two series", "positions that both have: they are recorded at different \(series.axis.plural)",
          at: span)
      }
      return Curve(name: title, x: pairs.map(\.x), y: pairs.map(\.y))
    case .named, .unknown, nil: break
    }
    var curve = Curve(series)
    curve.name = title
    return curve
  }

  /// Says where neither of two series has a value at all positions of the other: of what is left out nothing is seen.
  private func noteUnmatched(
    _ count: Int, of series: Series, _ title: String, against other: Series, _ name: String, at span: Span
  ) {
    let (mine, others) = (series.positions.count, other.positions.count)
    guard mode == .run, count > 0, count < min(mine, others) else { return }
    reportOnce(.unmatched(mine - count, of: mine, title, others - count, of: others, name, axis: series.axis, at: span))
  }

  // MARK: Options

  func apply(_ option: PlotStatement.Option, to panel: inout Panel, of figure: inout Figure, in scope: Scope)
    throws(Diagnostic)
  {
    switch option.name.text {
    case "logx": panel.horizontal.scale = .logarithmic
    case "logy": panel.vertical.scale = .logarithmic
    case "loglog":
      panel.horizontal.scale = .logarithmic
      panel.vertical.scale = .logarithmic
    case "points", "errorbars":
      if option.name.text == "errorbars", mode == .run, !panel.curves.contains(where: { $0.band != nil }) {
        throw .lacks("what is drawn", "errors, which `errorbars` shows", at: option.name.span)
      }
      panel.curves = panel.curves.map { curve in
        let isKept = curve.isTheory || option.name.text == "errorbars" && curve.band == nil
        return isKept ? curve : Curve(name: curve.name, x: curve.x, y: curve.y, mark: .points, band: curve.band)
      }
    case "histogram":
      panel.curves = panel.curves.map { Curve(histogramOf: $0.y, name: $0.name) }
    case "logz":
      throw .meansNothing(
        "logz", "without `heat`, whose colours it spreads", at: option.name.span, help: ["add `heat`"])
    case "color", "band", "facet":
      throw .meansNothing(
        option.name.text, "without a sweep, whose runs it tells apart", at: option.name.span,
        help: ["plot `s.loss` of a sweep `s`"])
    // Drawn again while runs are stepped at a prompt; elsewhere it is drawn once.
    case "live": break
    case "line": try addLine(option, to: &panel, in: scope)
    case "title": figure.title = try text(of: option, in: scope)
    case "xlabel": panel.horizontal.label = try text(of: option, in: scope)
    case "ylabel": panel.vertical.label = try text(of: option, in: scope)
    case "xlim": panel.horizontal.range = try limits(of: option, panel.horizontal, in: scope)
    case "ylim": panel.vertical.range = try limits(of: option, panel.vertical, in: scope)
    case "size": figure.size = try size(of: option, in: scope)
    default: throw .notAvailable(option.name.text, "for this plot", at: option.name.span)
    }
  }

  private func addLine(_ option: PlotStatement.Option, to panel: inout Panel, in scope: Scope) throws(Diagnostic) {
    guard let id = option.value else { throw .needs("`line`", "a value", at: option.name.span) }
    let value = try evaluate(id, in: scope)
    var label = session.sources.text(code.tree.span(id))
    if let words = option.label, case .text(let text) = try evaluate(words, in: scope) { label = text }
    if value.isUnknownValue {
      _ = try byKind([value]) { (known) throws(Diagnostic) in
        .real(try number(known[0], what: "the line", at: code.tree.span(id)))
      }
      return
    }
    panel.references.append(
      ReferenceLine(at: try number(value, what: "the line", at: code.tree.span(id)), label: label))
  }

  private func text(of option: PlotStatement.Option, in scope: Scope) throws(Diagnostic) -> String {
    guard let id = option.value else { throw .needs("`\(option.name.text)`", "a text", at: option.name.span) }
    switch try evaluate(id, in: scope) {
    case .text(let text): return text
    case .unknown(let kind):
      try require(kind, "a text", at: code.tree.span(id)) { $0 == .text }
      return ""
    case let other: throw .expected("a text", found: other.kind, at: code.tree.span(id))
    }
  }
}
