import Arithmetic
import Diagnostics
import Experiments
import Messages
import Syntax
import Tensors
package import Values

// `r.loss.at(100)`: what stands at a coordinate, where `r.loss[3]` is what stands in a place.

extension Builtin {
  /// The functions that belong to values with coordinates; their names begin with `series.`.
  package static let coordinates: [Builtin] = [
    Builtin(
      "series.at", ["series", "position"], "the value at a position of a series, or at a value of an axis",
      details: """
        r.loss.at(100)

        The value that was recorded there, with its error where it has one; of a recorded tensor the tensor, of `E over lr` the
        value at that `lr`. Nothing is interpolated: a position at which nothing was recorded is an error that names the
        nearest ones.
        """
    ) { (e, a) throws(Diagnostic) in try e.valueAtCoordinate(a) }
  ]
}

extension Builtin {
  /// Whether it takes a series, or values along an axis, as a whole.
  var isMethodOfSeries: Bool { name.hasPrefix("series.") }
}

extension Evaluator {
  // MARK: Members

  /// `.error` and its like of single numbers of runs: of what tables and texts show, the mean over the seeds; nil for others.
  func errorMember(_ name: Name, of group: SweepGroup) throws(Diagnostic) -> Value? {
    guard ["value", "error", "low", "high"].contains(name.text), group.axes.contains(SweepValue.seedAxis),
      group.members.allSatisfy({ estimate($0.value) != nil })
    else { return nil }
    let keys = group.keys
    var result = SweepGroup(names: keys, axisCount: keys.count, members: [], by: keys)
    result.isAveraged = true
    for part in group.parts(by: keys) {
      guard part.sound.count == part.members.count, let joint = part.estimate else { return nil }
      let value = try member(name, of: .estimate(joint))
      result.members.append(.init(values: part.values, labels: part.labels, value: value))
    }
    return keys.isEmpty ? result.members.first?.value : .group(result)
  }

  func member(_ name: Name, of series: Series) throws(Diagnostic) -> Value {
    switch name.text {
    case "count": return .integer(series.values.count)
    // Checking knows no series's step.
    case "times" where series.timeStep != nil || mode == .check: return positions(of: series.alongTime)
    case "steps": return positions(of: series.alongSteps)
    case "positions": return positions(of: series)
    case "values": return withoutAxis(.series(series))
    case "at": return try atMethod(of: .series(series))
    default:
      if let companion = series.companions.first(where: { $0.name == "\(series.name).\(name.text)" }) {
        return .series(companion)
      }
      let own = series.companions.map { String($0.name.dropFirst(series.name.count + 1)) }
      let times = series.timeStep == nil && mode == .run ? [] : ["times"]
      throw unknownMember(name, of: "a series", ["at", "count", "positions", "steps", "values"] + times + own)
    }
  }

  func member(_ name: Name, of series: TensorSeries) throws(Diagnostic) -> Value {
    switch name.text {
    case "count": return .integer(series.positions.count)
    case "times" where series.elements[0].timeStep != nil || mode == .check:
      return positions(of: series.elements[0].alongTime)
    case "steps": return positions(of: series.elements[0].alongSteps)
    case "positions": return positions(of: series.elements[0])
    case "values": return .tensor(series.tensor)
    case "shape": return .tensor(Tensor(integers: series.shape.sizes, shape: [series.shape.rank]))
    case "at": return try atMethod(of: .tensorSeries(series))
    default: throw unknownMember(name, of: "a series of tensors", ["at", "count", "positions", "shape", "values"])
    }
  }

  func member(_ name: Name, of vector: AxisVector) throws(Diagnostic) -> Value {
    switch name.text {
    case "at": return try atMethod(of: .along(vector))
    case "count": return .integer(vector.count)
    case "positions": return .tensor(Tensor(vector.places.positions, shape: [vector.count]))
    case "values": return withoutAxis(.along(vector))
    case "labels": return .list(vector.points.indices.map { .text(vector.places.label($0)) })
    default: throw unknownMember(name, of: "values along an axis", ["at", "count", "labels", "positions", "values"])
    }
  }

  private func positions(of series: Series) -> Value {
    .tensor(Tensor(series.positions, shape: [series.positions.count]))
  }

  // MARK: Coordinates

  /// The method `at` of a value.
  func atMethod(of value: Value) throws(Diagnostic) -> Value {
    guard let builtin = session.functions.named("series.at") else { return .unknown(.any) }
    return .function(.method(builtin, of: [value]))
  }

  fileprivate func valueAtCoordinate(_ a: BoundArguments) throws(Diagnostic) -> Value {
    switch a[0] {
    case .series(let series):
      let place = try place(a, series.positions, series.axis.rawValue, series.name)
      return series.holdsTruth ? .boolean(series.values[place] != 0) : value(of: series.estimate(at: place))
    case .tensorSeries(let series):
      return .tensor(series.tensor(at: try place(a, series.positions, series.axis.rawValue, series.name)))
    case .along(let vector):
      let place = try place(a, along: vector)
      return vector.value(at: place)
    default: throw .expected("a series or values along an axis", found: a[0].kind, at: a.place(0))
    }
  }

  /// Where a coordinate stands among positions; what differs by rounding alone is the same.
  private func place(_ a: BoundArguments, _ positions: [Double], _ axis: String, _ name: String) throws(Diagnostic)
    -> Int
  {
    let wanted = try a.number(1, "the \(axis)", self)
    let nearest = positions.indices.min { (positions[$0] - wanted).magnitude < (positions[$1] - wanted).magnitude }
    if let nearest, (positions[nearest] - wanted).magnitude <= 1e-9 * wanted.magnitude { return nearest }
    throw .notRecordedAt(
      wanted, name, axis, below: positions.last { $0 < wanted }, above: positions.first { $0 > wanted },
      at: a.place(1))
  }

  private func place(_ a: BoundArguments, along vector: AxisVector) throws(Diagnostic) -> Int {
    let places = vector.places
    if places.isNumeric { return try place(a, places.positions, places.title, vector.name) }
    guard case .text(let text) = a[1] else {
      throw .expected("the text of one of the places of `\(places.title)`", found: a[1].kind, at: a.place(1))
    }
    let labels = vector.points.indices.map(places.label)
    guard let index = labels.firstIndex(of: text) else {
      throw .outOfRange(
        "the place", "\"\(text)\"", expected: labels.map { "\"\($0)\"" }.joined(separator: ", "), at: a.place(1))
    }
    return index
  }
}

extension Diagnostic {
  /// A position of a series at which nothing was recorded.
  fileprivate static func notRecordedAt(
    _ position: Double, _ name: String, _ axis: String, below: Double?, above: Double?, at span: Span
  ) -> Diagnostic {
    let near = [below, above].compactMap(\.self).map { NumberText.short($0) }
    return Diagnostic(
      "E0511", "`\(name)` has no value at \(axis) \(NumberText.short(position))", at: span,
      label: near.isEmpty ? "it has no values at all" : "the nearest are at \(near.joined(separator: " and "))",
      help: [
        "take one that is there: `.positions` lists them, `.at(POSITION)` gives the value at one of them"
      ]
    ).following(from: .numbers)
  }
}
