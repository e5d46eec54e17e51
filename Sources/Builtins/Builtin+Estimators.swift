import Arithmetic
package import Diagnostics
package import Experiments
import Graph
import Messages
import Syntax
import Tensors
package import Values

extension Builtin {
  static let estimators: [Builtin] = [
    Builtin(
      "plateau", ["series", "last?"],
      "mean of the last fifth (or the share `last`) of a series, with an error that allows for correlation"
    ) {
      (e, a) throws(Diagnostic) in
      let share = a.given(1) == nil ? 0.2 : try a.number(1, "the share", e)
      guard share > 0, share <= 1 else {
        throw .outOfRange("the share", NumberText.short(share), expected: "above 0 and at most 1", at: a.place(1))
      }
      return try e.onSeries(a) { (s) throws(Diagnostic) in
        guard !s.values.isEmpty else {
          throw .lacks("`\(s.name)`", "values to take a plateau of", at: a.place(0))
        }
        return .estimate(s.plateau(last: share))
      }
    },
    Builtin(
      "slope", ["series", "from?", "to?"], "slope of log value against log position, with its error",
      details: """
        slope(r.loss, from = 100)

        The straight line of least squares through (log position, log value): the exponent a of value ∝ position^a. Positions
        are those of the series, or the coordinates of the axis that is gone along, `slope(E over d)`. The elements of a plain
        vector, which has no positions, count from 1.
        """
    ) { (e, a) throws(Diagnostic) in
      let low = a.given(1) == nil ? nil : try a.number(1, "the first position", e)
      let high = a.given(2) == nil ? nil : try a.number(2, "the last position", e)
      let range = low == nil && high == nil ? nil : Interval(low: low ?? 0, high: high ?? .infinity)
      return try e.onSeries(a) { (s) throws(Diagnostic) in
        try e.requireLogarithms(s, over: range, a)
        return .estimate(s.slope(over: range))
      }
    },
    Builtin(
      "stalled", ["series", "records"], "whether the smallest value of a series is so many records old, or older",
      details: """
        stop when stalled(test_loss, 10 records)

        Early stopping: in a run it is asked at each record of the series, which it names as `record` does; the run ends at the
        tenth record after the smallest. `argmin(r.test_loss)` is the step of the smallest, `min(r.test_loss)` its value. Of equal
        values the first counts; what is not a number is never the smallest. Of a series that is there, `stalled(r.loss, 10)`
        says whether it ends like that.

        L. Prechelt, "Early Stopping – But When?", Neural Networks: Tricks of the Trade, 1998.
        """, gives: .truth
    ) { (e, a) throws(Diagnostic) in
      let records = try a.whole(1, "the number of records", e)
      guard records >= 1 else {
        throw .outOfRange("the number of records", "\(records)", expected: "1 or more", at: a.place(1))
      }
      return try e.onSeries(a) { (s) throws(Diagnostic) in .boolean(BestValue(of: s.values).age >= records) }
    },
    Builtin("final", ["series"], "the last value of a series") { (e, a) throws(Diagnostic) in
      if case .tensor(let tensor) = a[0], tensor.count > 0 { return .real(tensor.double(at: tensor.count - 1)) }
      return try e.onSeries(a) { (s) throws(Diagnostic) in
        guard let last = s.values.last else { return .real(.nan) }
        return s.holdsTruth ? .boolean(last != 0) : e.value(of: s.estimate(at: s.values.count - 1))
      }
    },
    Builtin("first", ["where"], "first(step where condition): the first position at which the condition holds") {
      (e, a) throws(Diagnostic) in
      try e.requireTruth(a[0], "conditions such as `r.loss < 0.1`", at: a.place(0))
      // The elements of a plain vector have no positions but their indices, which are counted from 0.
      if case .tensor(let tensor) = a[0], tensor.shape.rank == 1 {
        let values = tensor.doubles()
        let series = Series(name: a.callee, axis: .index, positions: values.indices.map(Double.init), values: values)
        return e.value(of: series.firstPositionOfTruth)
      }
      return try e.onSeries(a) { (s) throws(Diagnostic) in e.value(of: s.firstPositionOfTruth) }
    },
  ]
}

extension Evaluator {
  /// Refuses a slope on logarithmic axes where there is nothing to take it of, or a value has no logarithm.
  fileprivate func requireLogarithms(_ series: Series, over range: Interval?, _ a: BoundArguments) throws(Diagnostic) {
    let window = range.map { series.restricted(to: $0) } ?? series
    let usable = window.positions.indices.filter { window.positions[$0] > 0 }
    if let bad = usable.first(where: { window.values[$0] <= 0 }) {
      throw .requires(
        "a slope",
        "the logarithm of each value, and `\(series.name)` is \(NumberText.short(window.values[bad])) at "
          + "\(series.axis.rawValue) \(NumberText.short(window.positions[bad]))",
        at: a.place(0), help: ["take it where all values are positive, with `from` and `to`"])
    }
    guard usable.count < 2 else { return }
    let ends = [series.positions.first, series.positions.last].compactMap(\.self).map(NumberText.short)
    throw .requires(
      "a slope",
      "two values at positions above 0, and here there \(usable.count == 1 ? "is one" : "are none"): "
        + "`\(series.name)` has \(series.values.count) values"
        + (ends.isEmpty ? "" : " at \(series.axis.plural) \(ends.joined(separator: " to "))"),
      at: range == nil ? a.place(0) : a.span)
  }

  /// Applies an estimator to a series, or to a vector as a series over its indices.
  package func onSeries(_ a: BoundArguments, _ body: (Series) throws(Diagnostic) -> Value) throws(Diagnostic) -> Value {
    switch a[0] {
    case .series(let series): return try body(series)
    case .tensor(let tensor) where tensor.shape.rank == 1:
      let values = tensor.doubles()
      return try body(
        Series(name: a.callee, axis: .index, positions: values.indices.map { Double($0 + 1) }, values: values))
    case .function(.definition(let metric)) where metric.definition.kind == .metric:
      let text = session.sources.text(a.place(0))
      throw .expected(
        "a series", found: a[0].kind, at: a.place(0),
        help: [
          "`record \(text)` in the run makes one, to be read as `r.\(text)`, or in the table of a sweep by its name"
        ])
    default: throw .expected("a series", found: a[0].kind, at: a.place(0))
    }
  }

  /// A list of numbers or estimates, one group each, for orderings.
  package func estimateGroups(_ a: BoundArguments) throws(Diagnostic) -> [[Estimate]]? {
    guard case .list(let values) = a[0] else { return nil }
    var groups: [[Estimate]] = []
    for value in values {
      guard let estimate = estimate(value) else { throw .expected("numbers", found: value.kind, at: a.place(0)) }
      groups.append([estimate])
    }
    return groups
  }
}
