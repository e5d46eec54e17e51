import Arithmetic
package import Diagnostics
import Experiments
import Graph
import Messages
package import Syntax
import Tensors
package import Values

// What is computed of tensors that a run recorded.
//
// Note [Series of tensors]
// A recorded tensor has two kinds of axes: its positions, as every series, and those of the tensor. Operators and functions of
// single numbers go element by element. A statistic is one along the positions for each element, `plateau(r.modes)`, which
// gives values along `index`; with `over index` it is one of the elements at each position, `max(r.modes over index)`, which
// gives a series. Of a matrix `over row` goes down each column, and gives a series of vectors.
extension Evaluator {
  /// A built-in function of arguments of which some are series of tensors.
  func overElements(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    var first: TensorSeries?
    for case .tensorSeries(let series)? in bound.values { first = first ?? series }
    guard let series = first else { return .unknown(.any) }
    for case .tensorSeries(let one)? in bound.values {
      guard let axes = one.elementAxes else { continue }
      return axes.count == one.shape.rank
        ? try atEachPosition(builtin, bound, of: series) : try alongAxes(axes, builtin, bound, of: one)
    }
    let places = bound.values.indices.filter { bound.values[$0] != nil }
    let given = places.compactMap { bound.values[$0] }
    func element(_ parts: [Value]) throws(Diagnostic) -> Value {
      var one = bound
      for (place, part) in zip(places, parts) { one.values[place] = part }
      return try valueWithoutAxes(builtin, one)
    }
    if builtin.keepsAxis, !(["max", "min"].contains(builtin.name) && given.count == 1) {
      return try overElements(given, at: bound.span, element)
    }
    let columns = try given.map { (value) throws(Diagnostic) in try column(value, beside: series, at: bound.span) }
    var results: [Value] = []
    for index in series.elements.indices { results.append(try element(columns.map { $0[index] })) }
    return try alongElements(results, series, at: bound.span)
  }

  /// One value for each element, along the axes of the tensor.
  private func alongElements(_ results: [Value], _ series: TensorSeries, at span: Span) throws(Diagnostic) -> Value {
    let name = session.sources.text(span)
    let flags = results.compactMap { if case .boolean(let flag) = $0 { flag } else { nil } }
    let points = results.compactMap(estimate)
    if flags.count == results.count {
      let vector = AxisVector(name, series.form.places, flags.map { Estimate($0 ? 1 : 0) })
      return .along(vector.conditions(flags, surely: flags, possibly: flags))
    }
    guard points.count == results.count else {
      throw .expected(
        "a single number of each element", found: (results.first ?? .nothing).kind, at: span,
        help: ["take one element, `\(series.name)[0]`, or go along the elements: `… over \(axisWords(series.shape))`"])
    }
    return .along(AxisVector(name, series.form.places, points))
  }

  /// A function along some axes of the tensor, one for each place of the others: `mean(A over row)`.
  private func alongAxes(_ axes: [Int], _ builtin: Builtin, _ bound: BoundArguments, of series: TensorSeries)
    throws(Diagnostic) -> Value
  {
    let rest = Shape(series.shape.sizes.indices.filter { !axes.contains($0) }.map { series.shape[$0] })
    var elements: [Series] = []
    for place in 0..<rest.count {
      var one = bound
      for index in one.values.indices {
        guard case .tensorSeries(let other)? = one.values[index] else { continue }
        guard other.shape == series.shape, other.elementAxes ?? axes == axes else {
          throw .differentElements(series.shape, other.shape, at: bound.place(index))
        }
        one.values[index] = .tensorSeries(other.fibre(along: axes, at: place))
      }
      guard case .series(let element) = try overElements(builtin, one) else {
        throw .expected("a single number along the elements", found: "something else", at: bound.span)
      }
      elements.append(element)
    }
    return .tensorSeries(TensorSeries(session.sources.text(bound.span), shape: rest, elements))
  }

  /// A function of the tensor at each position.
  private func atEachPosition(_ builtin: Builtin, _ bound: BoundArguments, of series: TensorSeries)
    throws(Diagnostic) -> Value
  {
    var results: [Value] = []
    for index in series.positions.indices {
      try tick(bound.span)
      var one = bound
      for place in one.values.indices {
        switch one.values[place] {
        case .tensorSeries(let other)?:
          guard other.positions == series.positions else {
            throw .differentSteps(series.positions.count, other.positions.count, at: bound.place(place))
          }
          // All elements as one vector: what goes along a last axis goes along all of them.
          let tensor = other.tensor(at: index)
          let flat = Tensor(tensor.doubles(), shape: [tensor.count])
          one.values[place] = .tensor(tensor.holdsTruth ? flat.holdingTruth() : flat)
        case .series(let other)?:
          guard other.positions == series.positions else {
            throw .differentSteps(series.positions.count, other.positions.count, at: bound.place(place))
          }
          one.values[place] = other.holdsTruth ? .boolean(other.values[index] == 1) : .real(other.values[index])
        default: break
        }
      }
      results.append(try valueWithoutAxes(builtin, one))
    }
    return try collected(results, at: series, bound.span)
  }

  /// Values at each position as a series of numbers or of tensors.
  private func collected(_ results: [Value], at series: TensorSeries, _ span: Span) throws(Diagnostic) -> Value {
    let name = session.sources.text(span)
    var element = series.elements[0]
    element.name = name
    element.companions = []
    element.holdsTruth = results.allSatisfy { if case .boolean = $0 { true } else { false } } && !results.isEmpty
    if element.holdsTruth {
      element.values = results.map { if case .boolean(true) = $0 { 1 } else { 0 } }
      return .series(element)
    }
    let numbers = results.compactMap(scalar)
    if numbers.count == results.count {
      element.values = numbers
      return .series(element)
    }
    let tensors = results.compactMap { if case .tensor(let tensor) = $0 { tensor } else { nil } }
    guard let shape = tensors.first?.shape, tensors.count == results.count, shape.count > 0,
      tensors.allSatisfy({ $0.shape == shape })
    else {
      throw .expected("numbers of one shape at each position", found: (results.first ?? .nothing).kind, at: span)
    }
    let columns = tensors.map { $0.doubles() }
    element.holdsTruth = tensors.allSatisfy(\.holdsTruth)
    let elements = (0..<shape.count).map { place in
      var one = element
      one.values = columns.map { $0[place] }
      return one
    }
    return .tensorSeries(TensorSeries(name, shape: shape, elements))
  }

  // MARK: Along the elements

  /// A series of tensors, or one for each run of a sweep, whose elements the next statistic is taken of; nil for other values.
  package func goneAlongElements(_ value: Value, _ axes: [Name], at span: Span) throws(Diagnostic) -> Value? {
    switch value {
    case .tensorSeries(var series):
      series.elementAxes = try elementAxes(axes, of: series.shape, at: span)
      return .tensorSeries(series)
    case .unknown(let kind):
      guard kind.forms?.count == 1, case .tensorSeries(var form)? = kind.forms?.first else { return nil }
      form.elementAxes = try elementAxes(axes, of: form.shape, at: span)
      return .unknown(Kind(.tensorSeries(form)))
    case .group(let group) where !group.members.isEmpty:
      guard axes.allSatisfy({ !group.names.contains($0.text) }) else { return nil }
      var result = group
      for index in group.members.indices {
        guard let one = try goneAlongElements(group.members[index].value, axes, at: span) else { return nil }
        result.members[index].value = one
      }
      return .group(result)
    default: return nil
    }
  }

  /// The numbers of axes of a recorded tensor, ascending.
  private func elementAxes(_ axes: [Name], of shape: Shape, at span: Span) throws(Diagnostic) -> [Int] {
    let own = TensorSeriesForm.axes(rank: shape.rank)
    var result: [Int] = []
    for axis in axes {
      guard let index = own.firstIndex(of: axis.text), !result.contains(index) else {
        throw .outOfRange(
          "the axis", "`\(axis.text)`",
          expected: "`\(own.joined(separator: "` or `"))`" + (own.count > 1 ? ", each once" : ""), at: axis.span)
      }
      result.append(index)
    }
    return result.sorted()
  }

  private func axisWords(_ shape: Shape) -> String {
    let axes = TensorSeriesForm.axes(rank: shape.rank)
    return axes.count == 1 ? axes[0] : "(\(axes.joined(separator: ", ")))"
  }

  // MARK: Elements

  /// `r.modes[2]`: an element as a series, or a part of the tensor.
  func part(of series: TensorSeries, _ subscripts: [Subscript], in scope: Scope, at span: Span) throws(Diagnostic)
    -> Value
  {
    switch try indexed(.tensor(TensorSeries.numbering(series.shape)), subscripts, in: scope, at: span) {
    case .integer(let place): return .series(series.elements[place])
    case .tensor(let places):
      guard places.count > 0 else { throw .recordedNotScalar(series.name, places.shape, most: 0, at: span) }
      return .tensorSeries(
        TensorSeries(series.name, shape: places.shape, places.integers().map { series.elements[$0] }))
    default: return .unknown(.any)
    }
  }
}

extension TensorSeries {
  /// The elements' numbers in their places.
  static func numbering(_ shape: Shape) -> Tensor { Tensor(integers: Array(0..<shape.count), shape: shape) }

  /// The elements along some axes at a place of the others, as a vector of which the next statistic is taken.
  func fibre(along axes: [Int], at place: Int) -> TensorSeries {
    let others = shape.sizes.indices.filter { !axes.contains($0) }
    /// The number of an element's place along the other axes.
    func other(_ element: Int) -> Int {
      var (rest, index) = (element, [Int](repeating: 0, count: shape.rank))
      for axis in index.indices.reversed() {
        index[axis] = rest % shape[axis]
        rest /= shape[axis]
      }
      return others.reduce(0) { $0 * shape[$1] + index[$1] }
    }
    let elements = elements.indices.filter { other($0) == place }.map { self.elements[$0] }
    var result = TensorSeries(name, shape: [elements.count], elements)
    result.elementAxes = [0]
    return result
  }
}

extension Diagnostic {
  /// More curves of one tensor than a figure can tell apart.
  package static func tooManyCurves(_ count: Int, most: Int, at span: Span) -> Diagnostic {
    .requires(
      "a plot of a recorded tensor", "at most \(most) elements, and this has \(count)", at: span,
      help: ["draw some: `[0:8]`, or a statistic of them: `max(… over index)`"])
  }
}
