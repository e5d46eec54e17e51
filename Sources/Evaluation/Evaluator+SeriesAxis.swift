import Arithmetic
import Diagnostics
import Experiments
import Messages
import Syntax
import Tensors
import Values

// What is computed of a series value by value is a series at the same positions.

extension Evaluator {
  /// The result of a function with the axis of the series that it was applied to.
  ///
  /// A function of each value by itself, and one that gives a value for each, says nothing of positions: without them
  /// `first`, `argmin` and `slope` would speak of places in a list.
  func keepingAxis(_ result: Value, _ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    guard builtin.keepsAxis, case .tensor(let tensor) = result, tensor.shape.rank == 1 else { return result }
    var kept: Series?
    for (index, value) in bound.values.enumerated() {
      guard case .series(let series)? = value, series.values.count == tensor.count else { continue }
      guard let first = kept else {
        kept = series
        continue
      }
      guard first.axis == series.axis, first.positions == series.positions else {
        throw .differentSteps(first.positions.count, series.positions.count, at: bound.place(index))
      }
    }
    guard var series = kept else { return result }
    series.values = tensor.doubles()
    series.companions = []
    series.holdsTruth = tensor.holdsTruth
    return .series(series)
  }

  /// A value at a place of a vector along an axis, with its error, or some of its places.
  func part(of vector: AxisVector, _ subscripts: [Subscript], in scope: Scope, at span: Span) throws(Diagnostic)
    -> Value
  {
    if let shape = vector.places.tensorShape {
      switch try indexed(.tensor(TensorSeries.numbering(shape)), subscripts, in: scope, at: span) {
      case .integer(let place):
        return vector.value(at: place)
      case .tensor(let places): return .along(vector.only(places.integers(), of: places.shape))
      default: return .unknown(.any)
      }
    }
    guard subscripts.count == 1 else { throw .oneAxis(of: "values along an axis", at: span) }
    switch subscripts[0] {
    case .item(let id):
      let index = try evaluate(id, in: scope)
      if case .integer = index {
        let place = try position(index, id, count: vector.count)
        return vector.value(at: place)
      }
      return try indexed(.tensor(Tensor(vector.values, shape: [vector.count])), subscripts, in: scope, at: span)
    case .slice(let lower, let upper):
      guard let (from, to) = try bounds(lower, upper, count: vector.count, in: scope, at: span) else {
        return .unknown(.any)
      }
      return .along(vector[from..<to])
    }
  }

  /// `series[lower:upper]`: part of a series, at its positions.
  func slice(_ series: Series, _ lower: ExpressionID?, _ upper: ExpressionID?, in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    guard let (from, to) = try bounds(lower, upper, count: series.values.count, in: scope, at: span) else {
      return .unknown(.any)
    }
    func part(_ whole: Series) -> Series {
      var part = whole
      part.positions = Array(whole.positions[from..<to])
      part.values = Array(whole.values[from..<to])
      part.companions = whole.companions.filter { $0.values.count == series.values.count }.map(part(of:))
      return part
    }
    // Whoever leaves the last values out does not ask for the run's end.
    var series = series
    if to < series.values.count { series.runEnd = nil }
    func part(of companion: Series) -> Series { part(companion) }
    return .series(part(series))
  }
}
