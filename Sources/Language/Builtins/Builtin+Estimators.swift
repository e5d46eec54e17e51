import Diagnostics
import Experiments
import Syntax
import Graph
import Tensors

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
        let plateau = s.plateau(last: share)
        e.noteDrift(of: plateau, series: s.name, at: a.span)
        return .estimate(plateau)
      }
    },
    Builtin("slope", ["series", "from?", "to?"], "slope of log value against log position, with its error") {
      (e, a) throws(Diagnostic) in
      let low = a.given(1) == nil ? nil : try a.number(1, "the first position", e)
      let high = a.given(2) == nil ? nil : try a.number(2, "the last position", e)
      let range = low == nil && high == nil ? nil : Interval(low: low ?? 0, high: high ?? .infinity)
      return try e.onSeries(a) { (s) throws(Diagnostic) in .estimate(s.slope(over: range)) }
    },
    Builtin("final", ["series"], "the last value of a series") { (e, a) throws(Diagnostic) in
      if case .tensor(let tensor) = a[0], tensor.count > 0 { return .real(tensor.double(at: tensor.count - 1)) }
      return try e.onSeries(a) { (s) throws(Diagnostic) in .real(s.final) }
    },
    Builtin("first", ["where"], "first(step where condition): the first position at which the condition holds") {
      (e, a) throws(Diagnostic) in
      try e.onSeries(a) { (s) throws(Diagnostic) in
        guard let position = s.firstPosition(where: { $0 != 0 }) else { return .real(.infinity) }
        return .real(position)
      }
    },
    Builtin("increasing", ["series"], "whether a series never falls, as far as its errors allow to say") {
      (e, a) throws(Diagnostic) in
      if case .group(let group) = a[0] { return try e.order(of: group, isIncreasing: true, at: a.place(0)) }
      if let groups = try e.estimateGroups(a) { return .judgement(.increasing(groups, level: e.claimLevel)) }
      return try e.onSeries(a) { (s) throws(Diagnostic) in .judgement(.increasing(s)) }
    },
    Builtin("decreasing", ["series"], "whether a series never rises, as far as its errors allow to say") {
      (e, a) throws(Diagnostic) in
      if case .group(let group) = a[0] { return try e.order(of: group, isIncreasing: false, at: a.place(0)) }
      if let groups = try e.estimateGroups(a) { return .judgement(.decreasing(groups, level: e.claimLevel)) }
      return try e.onSeries(a) { (s) throws(Diagnostic) in
        var mirrored = s
        mirrored.values = s.values.map { -$0 }
        return .judgement(.increasing(mirrored))
      }
    },
  ]
}

extension Evaluator {
  /// Applies an estimator to a series, or to a vector as a series over its indices.
  func onSeries(_ a: BoundArguments, _ body: (Series) throws(Diagnostic) -> Value) throws(Diagnostic) -> Value {
    switch a[0] {
    case .unknown: return .unknown
    case .node(let id) where mode == .check && graph.shape(id).rank == 1: return .unknown
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
  func estimateGroups(_ a: BoundArguments) throws(Diagnostic) -> [[Estimate]]? {
    guard case .list(let values) = a[0] else { return nil }
    var groups: [[Estimate]] = []
    for value in values {
      guard let estimate = estimate(value) else { throw .expected("numbers", found: value.kind, at: a.place(0)) }
      groups.append([estimate])
    }
    return groups
  }
}
