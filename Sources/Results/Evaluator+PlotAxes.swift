import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Plots
import Syntax
import Tensors
import Values

/// What stands along the bottom of a plot.
enum HorizontalAxis {
  /// An axis of series or vectors by its name.
  case named(String)
  /// A series against which others are drawn.
  case series(Series, title: String)
  /// A series that only a run will have.
  case unknown(title: String)

  var title: String {
    switch self {
    case .named(let name): name
    case .series(_, let title), .unknown(let title): title
    }
  }
}

/// Something that is drawn, with its name in the figure.
struct Plotted {
  var id: ExpressionID
  var span: Span
  var title: String
  var value: Value
}

extension Evaluator {
  private static let axes = ["step", "epoch", "index", "time", "samples", "bits", "seconds"]

  /// What a plot draws, evaluated; nothing where runs are named, whose series are looked up in them.
  func plotted(_ plot: PlotStatement, in scope: Scope) throws(Diagnostic) -> [Plotted] {
    guard plot.runs.isEmpty, !speaksOfPresentRun(plot, in: scope) else { return [] }
    var result: [Plotted] = []
    for (index, id) in plot.series.enumerated() {
      let span = code.tree.span(id)
      let title = try givenName(index, of: plot, in: scope) ?? session.sources.text(span)
      let value = try evaluate(id, in: scope)
      guard case .group(let group) = value, group.holdsVectors else {
        result.append(Plotted(id: id, span: span, title: title, value: value))
        continue
      }
      for member in group.members {
        let own = SweepPart.title(group.keys, member.values, member.labels)
        let words = [plot.series.count > 1 ? title : "", own].filter { !$0.isEmpty }.joined(separator: ", ")
        result.append(Plotted(id: id, span: span, title: words, value: member.value))
      }
    }
    return result
  }

  /// The name behind one of the things that are drawn; nil where there is none.
  func givenName(_ index: Int, of plot: PlotStatement, in scope: Scope) throws(Diagnostic) -> String? {
    guard index < plot.names.count, let id = plot.names[index] else { return nil }
    if case .text(let text) = try evaluate(id, in: scope) { return text }
    return ""
  }

  /// What `vs` names: an axis, or a series of as many positions.
  func horizontalAxis(_ id: ExpressionID?, of plotted: [Plotted], in scope: Scope) throws(Diagnostic)
    -> HorizontalAxis?
  {
    guard let id else { return nil }
    let span = code.tree.span(id)
    let title = session.sources.text(span)
    if case .name(let name) = code.tree[id] {
      let isAlong = plotted.contains { one in
        switch one.value {
        case .along(let vector): vector.places.axes == [name]
        case .unknown(let kind): kind.isAlong && kind.axes == [name]
        default: false
        }
      }
      if isAlong || isRecorded(name, beside: plotted, in: scope) { return .named(name) }
      if Self.axes.contains(name) || scope.lookup(name) == nil { return try axisName(id).map { .named($0) } }
    }
    switch try evaluate(id, in: scope) {
    case .series(let series): return .series(series, title: title)
    case .unknown(let kind):
      try require(kind, "an axis, or a series to draw against", at: span) { form in
        if case .series = form { true } else { false }
      }
      return .unknown(title: title)
    case let other: throw .expected("an axis, or a series to draw against", found: other.kind, at: span)
    }
  }

  /// Whether the runs that are drawn have recorded something of this name: `plot r.loss vs bits`.
  private func isRecorded(_ name: String, beside plotted: [Plotted], in scope: Scope) -> Bool {
    let runs = plotted.compactMap { run(of: $0.id, in: scope) }
    return !runs.isEmpty && runs.allSatisfy { run in run.series.contains { $0.name == name } }
  }

  /// The name of an axis that series may have.
  func axisName(_ id: ExpressionID?) throws(Diagnostic) -> String? {
    guard let id else { return nil }
    let span = code.tree.span(id)
    guard case .name(let name) = code.tree[id], Self.axes.contains(name) else {
      throw .outOfRange(
        "the axis", "`\(session.sources.text(span))`", expected: Self.axes.map { "`\($0)`" }.joined(separator: " or "),
        at: span)
    }
    return name
  }

  // MARK: Theory

  /// The functions among what a plot draws, over the range of the other curves, or of `xlim`.
  func theoryCurves(_ plotted: [Plotted], beside curves: [Curve], at plot: PlotStatement, in scope: Scope)
    throws(Diagnostic) -> [Curve]
  {
    var result: [Curve] = []
    let functions = plotted.filter(\.value.isCallable)
    guard !functions.isEmpty else { return [] }
    var beside = curves
    if let option = plot.options.last(where: { $0.name.text == "xlim" }),
      let range = try limits(of: option, Axis(), in: scope)
    {
      beside = [Curve(name: "", x: [range.low, range.high], y: [0, 0])]
    }
    guard !beside.isEmpty || mode == .check else {
      throw .needs(
        "a function in a plot", "something beside it that says over which range, or `xlim (a, b)`",
        at: functions[0].span)
    }
    for one in functions {
      result += try modelCurves(one.value, title: one.title, facet: nil, beside: beside, at: plot)
    }
    return result
  }

  // MARK: Options

  /// `xlim (a, b)`: what part of an axis is shown.
  func limits(of option: PlotStatement.Option, _ axis: Axis, in scope: Scope) throws(Diagnostic) -> Interval? {
    guard let (low, high) = try twoNumbers(of: option, in: scope) else { return nil }
    guard low < high, low.isFinite, high.isFinite else {
      throw .outOfRange(
        "`\(option.name.text)`", "(\(NumberText.short(low)), \(NumberText.short(high)))",
        expected: "two numbers, the smaller one first", at: option.value.map { code.tree.span($0) } ?? option.name.span)
    }
    return Interval(low: low, high: high)
  }

  /// Centimetres between which the sides of a picture lie.
  private static let sides = 2.0...100.0

  /// `size (8.6, 6)`: width and height in centimetres.
  func size(of option: PlotStatement.Option, in scope: Scope) throws(Diagnostic) -> Figure.Size? {
    guard let (width, height) = try twoNumbers(of: option, in: scope) else { return nil }
    guard Self.sides.contains(width), Self.sides.contains(height) else {
      throw .outOfRange(
        "`size`", "(\(NumberText.short(width)), \(NumberText.short(height)))",
        expected: "width and height in centimetres, each from 2 to 100",
        at: option.value.map { code.tree.span($0) } ?? option.name.span)
    }
    return Figure.Size(width: width, height: height)
  }

  /// A pair of numbers; nil while checking, where they are not known.
  private func twoNumbers(of option: PlotStatement.Option, in scope: Scope) throws(Diagnostic) -> (Double, Double)? {
    guard let id = option.value else {
      throw .needs("`\(option.name.text)`", "two numbers, as in `\(option.name.text) (0, 1)`", at: option.name.span)
    }
    let span = code.tree.span(id)
    let value = try evaluate(id, in: scope)
    var parts: [Value] = []
    switch value {
    case .tuple(let members), .list(let members): parts = members
    case .tensor(let tensor) where tensor.shape.rank == 1: parts = tensor.doubles().map { .real($0) }
    case .unknown(let kind):
      try require(kind, "two numbers", at: span) { form in
        switch form {
        case .tuple, .list, .array, .tensor: true
        default: false
        }
      }
      return nil
    default: break
    }
    if parts.contains(where: \.isUnknownValue) { return nil }
    let numbers = parts.compactMap(scalar)
    guard numbers.count == 2, parts.count == 2 else {
      throw .expected(
        "two numbers", found: parts.isEmpty ? value.kind : "\(parts.count) values", at: span,
        help: ["write `\(option.name.text) (0, 1)`"])
    }
    return (numbers[0], numbers[1])
  }
}

extension Series {
  /// Pairs of another series' value and this one's, at the positions that both have.
  func joined(_ other: Series) -> [(x: Double, y: Double)] {
    var result: [(x: Double, y: Double)] = []
    var place = 0
    for (index, position) in positions.enumerated() {
      while place < other.positions.count, other.positions[place] < position { place += 1 }
      guard place < other.positions.count, other.positions[place] == position else { continue }
      result.append((other.values[place], values[index]))
    }
    return result
  }
}
