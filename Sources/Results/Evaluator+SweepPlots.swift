import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Plots
import Syntax
import Tensors
import Values

/// How the members of a sweep are spread over a figure.
private struct SweepLayout {
  /// The axis of a sweep along which single numbers are drawn; nil for series.
  var horizontal: String?
  /// What series are drawn against.
  var steps = "step"
  var usesEpochs: Bool { steps == "epoch" }
  /// Axes with one curve for each combination of their values.
  var colors: [String] = []
  /// The axis with one panel for each of its values.
  var facet: String?
}

extension Evaluator {
  /// The figure of `plot s.metric vs step, color b, band seed, facet η`; nil where nothing that is drawn is of a sweep.
  ///
  /// A curve is the mean over members that differ in nothing but the axes of `band`, the seed if there is one, with a
  /// band of one standard error. Single numbers are drawn against an axis of the sweep.
  func sweepFigure(_ plot: PlotStatement, in scope: Scope) throws(Diagnostic) -> Figure? {
    guard let all = try sweepGroups(plot, in: scope) else { return nil }
    let models = try fits(plot, in: scope)
    let groups = all.filter { !$0.group.holdsFunctions }
    if mode == .check, groups.isEmpty, !all.isEmpty { throw .silent(at: code.tree.span(plot.series[0])) }
    guard let first = groups.first?.group else { return nil }
    for (_, group) in groups { try refuseTensors(group, at: code.tree.span(plot.series[0])) }
    let layout = try layout(plot, first)
    try requireAxes(of: layout, in: groups.dropFirst().map(\.group), at: plot)
    if let axis = layout.horizontal, mode == .check { try refuseSeries(plot, along: axis, in: scope) }
    let facets = first.parts(by: layout.facet.map { [$0] } ?? [])
    var figure = Figure(panels: [])
    for facet in facets {
      var panel = Panel(curves: [])
      for (title, group) in groups {
        var part = group
        if let name = layout.facet {
          part.members = group.members.filter { $0.label(of: name, in: group) == facet.labels[0] }
        }
        panel.curves += try curves(of: part, title: groups.count > 1 || !models.isEmpty ? title : "", layout, at: plot)
      }
      // What was measured stands as points beside what was fitted to it.
      if !models.isEmpty {
        panel.curves = panel.curves.map { Curve(name: $0.name, x: $0.x, y: $0.y, mark: .points, band: $0.band) }
      }
      for (title, model) in models {
        let place = layout.facet.map { ($0, facet.labels[0]) }
        panel.curves += try modelCurves(model, title: title, facet: place, beside: panel.curves, at: plot)
      }
      panel.horizontal.label = layout.horizontal ?? layout.steps
      panel.vertical.label = try verticalLabel(plot, in: scope)
      let inner = Scope(parent: scope)
      if let name = layout.facet {
        panel.title = SweepPart.title([name], facet.values, facet.labels)
        inner.define(name, facet.values[0])
      }
      for option in plot.options where !["color", "band", "facet"].contains(option.name.text) {
        try apply(option, to: &panel, of: &figure, in: inner)
      }
      figure.panels.append(panel)
    }
    figure.shareAxes()
    if layout.colors.count == 1, (figure.panels.first?.curves.count ?? 0) > 2 { figure.palette = .ordered }
    figure.shareColours()
    return figure
  }

  /// What is drawn, if values of sweeps are.
  private func sweepGroups(_ plot: PlotStatement, in scope: Scope) throws(Diagnostic) -> [(
    title: String, group: SweepGroup
  )]? {
    var result: [(title: String, group: SweepGroup)] = []
    var isUnknown = false
    var single: Span?
    for (index, id) in plot.series.enumerated() {
      guard !plot.runs.isEmpty else {
        let value = try evaluate(id, in: scope)
        isUnknown = isUnknown || value.isOfAnyKind
        guard case .group(let group) = value, !group.holdsVectors else {
          if case .group = value { continue }
          if !value.isOfAnyKind, !value.isCallable { single = single ?? code.tree.span(id) }
          continue
        }
        let title = try givenName(index, of: plot, in: scope) ?? session.sources.text(code.tree.span(id))
        result.append((title, group))
        continue
      }
      for run in plot.runs {
        let value = try evaluate(run, in: scope)
        isUnknown = isUnknown || value.isOfAnyKind
        guard case .name(let name) = code.tree[id], case .sweep(let sweep) = value,
          case .group(let group) = try member(Name(name, code.tree.span(id)), of: sweep)
        else { continue }
        result.append((sweep.name, group))
      }
    }
    if !result.isEmpty, let single { throw .besideSweep(session.sources.text(single), at: single) }
    // What is not known while checking may well be of a sweep.
    if mode == .check, isUnknown, result.isEmpty, speaksOfSweeps(plot) {
      throw .silent(at: code.tree.span(plot.series[0]))
    }
    return result.isEmpty ? nil : result
  }

  /// Whether a plot names axes that only sweeps have.
  private func speaksOfSweeps(_ plot: PlotStatement) -> Bool {
    plot.options.contains { ["color", "band", "facet"].contains($0.name.text) }
      || (plot.axis != nil && (try? axisName(plot.axis)) == nil)
  }

  private func layout(_ plot: PlotStatement, _ group: SweepGroup) throws(Diagnostic) -> SweepLayout {
    var layout = SweepLayout()
    var band = group.axes.contains(SweepValue.seedAxis) ? [SweepValue.seedAxis] : []
    var colors: [String] = []
    for option in plot.options where ["color", "band", "facet"].contains(option.name.text) {
      let name = try axis(named: option, of: group)
      switch option.name.text {
      case "band": band = [name]
      case "facet": layout.facet = name
      default: colors.append(name)
      }
    }
    if let id = plot.axis, case .name(let name) = code.tree[id], group.names.contains(name) {
      layout.horizontal = name
    } else {
      let areTimes = group.members.contains { if case .series(let own) = $0.value { own.axis == .time } else { false } }
      layout.steps = try axisName(plot.axis) ?? (areTimes ? "time" : "step")
    }
    let isSeries = group.members.contains { if case .series = $0.value { true } else { false } }
    if !isSeries, layout.horizontal == nil, plot.axis == nil {
      let left = group.keys.filter { !colors.contains($0) && $0 != layout.facet }
      if left.count == 1 { layout.horizontal = left[0] }
    }
    let others = group.keys.filter { $0 != layout.facet && $0 != layout.horizontal && !band.contains($0) }
    layout.colors = colors + others.filter { !colors.contains($0) }
    try requireOrder(of: layout, in: group, at: plot)
    return layout
  }

  /// Refuses a horizontal axis whose values are no numbers, and a band along it.
  private func requireOrder(of layout: SweepLayout, in group: SweepGroup, at plot: PlotStatement) throws(Diagnostic) {
    guard let axis = layout.horizontal else { return }
    let place = code.tree.span(plot.axis ?? plot.series[0])
    if let band = plot.options.first(where: { $0.name.text == "band" }), let id = band.value,
      case .name(axis) = code.tree[id]
    {
      throw .meansNothing(
        "band \(axis)", "along the axis `\(axis)`: it has one value at each place", at: code.tree.span(id),
        help: ["leave `band \(axis)` out"])
    }
    for part in group.parts(by: [axis]) {
      guard let value = part.values.first, scalar(value) == nil, !value.isSymbolic else { continue }
      throw .withoutOrder(axis, found: value.kind, at: place)
    }
  }

  /// Refuses a sweep beside another one that lacks the names along which both are drawn.
  private func requireAxes(of layout: SweepLayout, in groups: [SweepGroup], at plot: PlotStatement) throws(Diagnostic) {
    let named = [layout.horizontal, layout.facet].compactMap(\.self) + layout.colors
    let place = code.tree.span(plot.series[0])
    for group in groups {
      for name in named { _ = try axis(Name(name, plot.axis.map { code.tree.span($0) } ?? place), of: group.names) }
    }
  }

  private func axis(named option: PlotStatement.Option, of group: SweepGroup) throws(Diagnostic) -> String {
    guard let id = option.value, case .name(let name) = code.tree[id] else {
      throw .needs("`\(option.name.text)`", "the name of an axis", at: option.name.span)
    }
    return try axis(Name(name, code.tree.span(id)), of: group.names)
  }

  // MARK: Curves

  private func curves(of group: SweepGroup, title: String, _ layout: SweepLayout, at plot: PlotStatement)
    throws(Diagnostic) -> [Curve]
  {
    try group.parts(by: layout.colors).map { (part) throws(Diagnostic) in
      let name = SweepPart.title(layout.colors, part.values, part.labels)
      let words = [title, name].filter { !$0.isEmpty }.joined(separator: ", ")
      if let axis = layout.horizontal { return try curve(of: part, along: axis, of: group, name: words, at: plot) }
      return try curve(of: part, layout, name: words, at: plot)
    }
  }

  /// The mean of series over members.
  private func curve(of part: SweepPart, _ layout: SweepLayout, name: String, at plot: PlotStatement)
    throws(Diagnostic) -> Curve
  {
    var members: [Series] = []
    for member in part.members where member.isSound || part.sound.isEmpty {
      switch member.value {
      case .series(let own):
        var series = layout.steps == "time" ? try timed(own, at: code.tree.span(plot.series[0])) : own.alongSteps
        if layout.usesEpochs, let steps = member.stepsPerEpoch {
          series.positions = series.positions.map { $0 / Double(steps) }
        }
        members.append(series)
      case let value where value.isSymbolic: continue
      case let other:
        throw .expected(
          "a series, or `vs` an axis of the sweep for single numbers", found: other.kind,
          at: code.tree.span(plot.series[0]))
      }
    }
    noteUnlikeLengths(of: members, name: name, at: code.tree.span(plot.series[0]))
    return Curve(meanOf: members, name: name)
  }

  /// Single numbers against an axis of the sweep: their means, with a band of one standard error.
  private func curve(
    of part: SweepPart, along axis: String, of group: SweepGroup, name: String, at plot: PlotStatement
  ) throws(Diagnostic) -> Curve {
    var rest = group
    rest.members = part.members
    var points: [(x: Double, y: Double, error: Double)] = []
    for (index, point) in rest.parts(by: [axis]).enumerated() {
      if point.members.contains(where: \.value.isSymbolic) { continue }
      guard let estimate = point.estimate else {
        throw .seriesAlongAxis(
          session.sources.text(code.tree.span(plot.series[0])), axis, found: (point.sound.first ?? .nothing).kind,
          at: code.tree.span(plot.series[0]))
      }
      points.append((scalar(point.values[0]) ?? Double(index), estimate.value, estimate.error ?? 0))
    }
    points.sort { $0.x < $1.x }
    let band = Curve.Band(low: points.map { $0.y - $0.error }, high: points.map { $0.y + $0.error })
    let hasBand = points.contains { $0.error > 0 }
    return Curve(name: name, x: points.map(\.x), y: points.map(\.y), band: hasBand ? band : nil)
  }
}

extension Evaluator {
  /// Refuses a tensor of each run: it has as many curves as elements.
  private func refuseTensors(_ group: SweepGroup, at span: Span) throws(Diagnostic) {
    let isTensor = group.members.contains { member in
      switch member.value {
      case .tensorSeries, .tensor, .along: true
      case .unknown(let kind):
        kind.forms?.allSatisfy { form in
          switch form {
          case .tensorSeries, .along: true
          case .tensor(let type): type.shape.rank > 0
          default: false
          }
        } ?? false
      default: false
      }
    }
    guard isTensor else { return }
    let text = session.sources.text(span)
    throw .takesOnly(
      "a plot of a sweep's values", "a number or a series of each run, and `\(text)` is several", at: span,
      help: ["draw one element, `\(text)[0]`, or a statistic of them, `max(\(text) over index)`"])
  }

  /// While checking, what a sweep's runs record is known by name: a series has no place along an axis of the sweep.
  private func refuseSeries(_ plot: PlotStatement, along axis: String, in scope: Scope) throws(Diagnostic) {
    for id in plot.series {
      guard case .member(let owner, let name) = code.tree[id], case .sweep(let sweep) = try evaluate(owner, in: scope),
        let run = sweep.cells.lazy.compactMap(\.run).first, run.series.contains(where: { $0.name == name.text })
      else { continue }
      let place = code.tree.span(id)
      throw .seriesAlongAxis(session.sources.text(place), axis, found: "a series", at: place)
    }
  }
}

extension Evaluator {
  /// Says where members are left out of a mean because their runs ended at different steps.
  private func noteUnlikeLengths(of members: [Series], name: String, at span: Span) {
    let lengths = members.map(\.positions.count)
    guard mode == .run, let least = lengths.min(), let most = lengths.max(), least < most else { return }
    let shown = Curve.sharedPositions(of: members).count
    report(.unlikeLengths(name, shown: shown, most: most, members: members.count, at: span))
  }
}

extension Diagnostic {
  /// Series of members that ended at different steps.
  fileprivate static func unlikeLengths(_ name: String, shown: Int, most: Int, members: Int, at span: Span)
    -> Diagnostic
  {
    let curve = name.isEmpty ? "the curve" : "`\(name)`"
    return Diagnostic(
      "W0851", "\(curve) is drawn at \(shown) of \(most) positions: not all of its \(members) runs have the others",
      at: span, label: "is a mean over all of them", severity: .warning,
      help: ["tell the runs apart: `color` with an axis of the sweep", "or leave short ones out with `where`"])
  }

  /// A value of no sweep in a figure of values of sweeps.
  fileprivate static func besideSweep(_ text: String, at span: Span) -> Diagnostic {
    .takesOnly(
      "a plot of a sweep's values", "values for each run of it, which `\(text)` is not", at: span,
      help: ["plot it apart, or write `line VALUE` for a number"])
  }

  /// A series that is drawn against an axis of its sweep.
  fileprivate static func seriesAlongAxis(_ text: String, _ axis: String, found: String, at span: Span) -> Diagnostic {
    var finding = Diagnostic.expected("a single number for each value of `\(axis)`", found: found, at: span)
    finding.help.append("write `plateau(\(text))` or `final(\(text))`, or leave out `vs \(axis)`")
    return finding
  }
}

extension SweepGroup.Member {
  fileprivate func label(of name: String, in group: SweepGroup) -> String? {
    group.names.firstIndex(of: name).map { labels[$0] }
  }
}
