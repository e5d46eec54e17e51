import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Syntax
import Tensors
import Values

/// `fit(values over axis, model)`: the parameters with which a model is nearest to values.
extension Evaluator {
  func fitted(_ vector: AxisVector, _ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let places = vector.places.coordinates else {
      throw .expected("an axis of numbers for `fit`", found: "`\(vector.places.title)`", at: a.place(0))
    }
    try refuseExchangedAxes(of: a[1], vector.places.axes, at: a.place(1))
    return try fitted(vector.series, vector.points, at: places, a)
  }

  /// The same for values without an axis of a sweep.
  func fitted(_ series: Series, _ a: BoundArguments) throws(Diagnostic) -> Value {
    try fitted(series, series.values.map { Estimate($0) }, at: series.positions.map { [$0] }, a)
  }

  private func fitted(_ series: Series, _ points: [Estimate], at places: [[Double]], _ a: BoundArguments)
    throws(Diagnostic) -> Value
  {
    guard let model = try curveModel(a[1], at: places, a.place(1)) else { return .unknown(.any) }
    if let bad = series.values.firstIndex(where: { !$0.isFinite }) {
      throw .requires(
        "`fit`",
        "finite numbers: `\(series.name)` is \(NumberText.short(series.values[bad])) at "
          + NumberText.short(series.positions[bad]), at: a.place(0))
    }
    let search = LeastSquares(
      targets: series.values, weights: LeastSquares.weights(of: points), bounds: model.free.map(\.bound))
    let best = try solution(search, model, at: a.place(1))
    noteBounds(best.parameters, of: model)
    let parameters = try errors(of: best, points, search, model, at: a.place(1))
    noteTies(best, of: model, at: a.place(1))
    return curve(model, parameters)
  }

  // MARK: The search

  private func solution(_ search: LeastSquares, _ model: CurveModel, at span: Span) throws(Diagnostic)
    -> LeastSquares.Solution
  {
    var best: LeastSquares.Solution?
    for start in model.starts {
      try tick(span)
      let found = try search.solution(from: start) { (parameters) throws(Diagnostic) in
        try model.values(parameters, self, at: span)
      }
      guard let found else { continue }
      if best.map({ found.cost < $0.cost * (1 - 1e-12) }) ?? true { best = found }
    }
    guard let best, best.isSettled else {
      throw .unsettledFit(model.free.map(\.name), isFinite: best != nil, at: span)
    }
    return best
  }

  // MARK: Errors

  /// Refuses a model that calls a parameter as an axis which stands in another place: it would be given the other's numbers.
  private func refuseExchangedAxes(of model: Value, _ axes: [String], at span: Span) throws(Diagnostic) {
    guard case .function(.closure(let closure)) = model else { return }
    for (place, parameter) in closure.parameters.enumerated() {
      guard let own = axes.firstIndex(of: parameter.name.text), own != place else { continue }
      throw .needs(
        "this model", "the axes in their order, and `\(parameter.name.text)` is in place \(own + 1) of `over`",
        at: span,
        help: ["write `(\(axes.joined(separator: ", ")), …) => …`"])
    }
  }

  private func errors(
    of best: LeastSquares.Solution, _ points: [Estimate], _ search: LeastSquares, _ model: CurveModel, at span: Span
  ) throws(Diagnostic) -> [Estimate] {
    let source = "fit of \(model.free.count) parameters to \(points.count) points"
    let values = points.map(\.value)
    let seeds = try Estimate.jackknife(points, source: source, name: "fit") { (targets) throws(Diagnostic) in
      if targets == values { return best.parameters }
      var other = search
      other.targets = targets
      let found = try other.solution(from: best.parameters) { (parameters) throws(Diagnostic) in
        try model.values(parameters, self, at: span)
      }
      return found.map(\.parameters) ?? best.parameters.map { _ in .nan }
    }
    if let seeds { return seeds }
    // The points' scatter about a curve says nothing of seeds whose error was lost on the way.
    if points.contains(where: \.lacksError) {
      return best.parameters.map { Estimate($0, source: source).withoutError(.outside("fit")) }
    }
    return Estimate.fit(best, pointCount: points.count, source: source)
  }

  // MARK: Warnings

  private func noteBounds(_ parameters: [Double], of model: CurveModel) {
    for (value, parameter) in zip(parameters, model.free) {
      let bound = [parameter.bound.low, parameter.bound.high].first {
        $0.isFinite && (value - $0).magnitude <= 1e-12 * max(1e-12, $0.magnitude)
      }
      if let bound { reportOnce(.atBound(parameter.name, bound, at: parameter.span)) }
    }
  }

  /// Warns of parameters that the points do not tell apart.
  private func noteTies(_ best: LeastSquares.Solution, of model: CurveModel, at span: Span) {
    guard let covariance = best.covariance else {
      return reportOnce(.untold(model.free.map(\.name), at: span))
    }
    for first in covariance.indices {
      for second in covariance.indices where second > first {
        let correlation =
          covariance[first][second] / (covariance[first][first] * covariance[second][second]).squareRoot()
        if correlation.magnitude > 0.9999 {
          reportOnce(.untold([model.free[first].name, model.free[second].name], at: span))
        }
      }
    }
  }

  // MARK: The result

  /// The fitted function, with its parameters as members and their errors in its values.
  private func curve(_ model: CurveModel, _ parameters: [Estimate]) -> Value {
    let closure = model.closure
    let axes = model.axisCount
    let function = NativeFunction(
      name: "fit", fields: zip(model.free, parameters).map { (name: $0.name, value: value(of: $1)) }
    ) { (e, values, span) throws(Diagnostic) in
      guard values.count == axes else {
        throw .expected("\(axes) argument\(axes == 1 ? "" : "s"), the axis", found: "\(values.count)", at: span)
      }
      func plain(_ values: [Value]) throws(Diagnostic) -> Value { try e.apply(closure, values, at: span) }
      if axes == 1, case .along(let vector) = values[0] {
        return try e.acrossMapped(vector, at: span) { (x) throws(Diagnostic) in
          guard let place = e.estimate(x) else { return .real(.nan) }
          return try e.curveValue(closure, [place], parameters, at: span)
        }
      }
      if axes == 1, case .series(let series) = values[0] {
        return try .series(
          e.mapped(series) { (x) throws(Diagnostic) in try plain([.real(x)] + parameters.map { .real($0.value) }) })
      }
      if axes == 1, case .tensor(let tensor) = values[0], tensor.shape.rank == 1 {
        return .list(
          try tensor.doubles().map { (x) throws(Diagnostic) in
            try e.curveValue(closure, [Estimate(x)], parameters, at: span)
          })
      }
      let places = values.compactMap { e.estimate($0) }
      guard places.count == values.count else {
        return try plain(values + parameters.map { .real($0.value) })
      }
      return try e.curveValue(closure, places, parameters, at: span)
    }
    return .function(.native(function))
  }

  private func curveValue(_ closure: Closure, _ places: [Estimate], _ parameters: [Estimate], at span: Span)
    throws(Diagnostic) -> Value
  {
    let operands = places + parameters
    func number(_ numbers: [Double]) throws(Diagnostic) -> Double {
      scalar(try apply(closure, numbers.map { .real($0) }, at: span)) ?? .nan
    }
    let seeds = try Estimate.jackknife(operands, source: parameters[0].source, name: "fit") {
      (numbers) throws(Diagnostic) in [try number(numbers)]
    }
    if let estimate = seeds?.first { return value(of: estimate) }
    return value(of: try .applying(operands, name: "fit") { (numbers) throws(Diagnostic) in try number(numbers) })
  }
}

extension Diagnostic {
  fileprivate static func unsettledFit(_ free: [String], isFinite: Bool, at span: Span) -> Diagnostic {
    let names = free.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      "E0668",
      isFinite ? "the fit does not settle: no values of \(names) are best" : "the model is not finite at any start",
      at: span, label: isFinite ? "nearer and nearer without end" : "not a number, or infinite",
      help: ["give starts and bounds: `(d, c > 0 = 1, a in -5...5 = 0.5) => …`"])
  }

  fileprivate static func atBound(_ name: String, _ bound: Double, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0733", "the fit would take `\(name)` beyond its bound, \(NumberText.short(bound))", at: span,
      label: "stopped here", severity: .warning,
      notes: ["the intervals of the parameters hold for fits inside of bounds"],
      help: ["widen the bound, or leave it out"])
  }

  fileprivate static func untold(_ names: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      "W0734", "these points do not tell " + names.map { "`\($0)`" }.joined(separator: " and ") + " apart", at: span,
      label: "a change of one is made good by the others", severity: .warning,
      help: ["give the axis a wider range, or fix one of them"])
  }
}
