import Diagnostics
import Experiments
import Tensors

// Values that stand for all of their kind.
//
// Note [Specimens]
// What an operation does with a value of a kind is what it does with one of them, as far as it looks at the kind alone.
// So there is no second description of the language for checking: the very code of a run is tried on a specimen.
// Of what comes out, only what follows from the kinds is believed: that it was refused for its kind
// (`Diagnostic.ground`), and the kind of the result, without the sizes and numbers that hang on the specimen.

extension Kind.Form {
  /// Elements at most of a specimen.
  private static let elementsMax = 4096

  /// Values of this form, between which an operation may tell; empty where none can be made.
  package func specimens() -> [Value] {
    switch self {
    case .tensor(let type):
      guard type.shape.count <= Self.elementsMax else { return [] }
      return [Self.numbers(type)]
    case .array(let rank):
      let ranks = rank.map { [$0] } ?? [1, 2, 3]
      return ranks.map { Self.numbers(TensorType(Shape([Int](repeating: 2, count: $0)), .f64)) }
    case .truth: return [.boolean(true)]
    case .truths(let shape):
      let shape = shape ?? [2]
      guard shape.count <= Self.elementsMax else { return [] }
      return [.tensor(Tensor([Double](repeating: 1, count: shape.count), shape: shape).holdingTruth())]
    case .text: return [.text("x")]
    case .range: return [.range(0..<2)]
    case .series(let positions):
      return [false, true].map { .series(Self.series(at: positions.isEmpty ? [1, 2, 3] : positions, hasErrors: $0)) }
    case .truthSeries(let positions):
      let series = Self.series(at: positions.isEmpty ? [1, 2, 3] : positions, hasErrors: false)
      return [.series(series.condition { $0 > 0.25 })]
    case .tensorSeries(let form): return Self.tensorSeries(form)
    case .along(let places, let isTruth): return Self.vectors(along: places, isTruth: isTruth)
    case .estimate: return [.estimate(Estimate(0.5, error: 0.25))]
    case .judgement: return [.judgement(.condition(true, effect: ""))]
    case .list(let member):
      return (member.forms ?? []).flatMap { form in form.specimens().map { .list([$0, $0]) } }
    case .tuple(let members):
      var parts: [Value] = []
      for member in members {
        guard let one = member.forms?.first?.specimens().first else { return [] }
        parts.append(one)
      }
      return [.tuple(parts)]
    }
  }

  /// A tensor of numbers that are neither 0 nor whole where they need not be.
  private static func numbers(_ type: TensorType) -> Value {
    let isWhole = type.dtype == .i64
    guard type.shape.rank > 0 else { return isWhole ? .integer(2) : .real(0.5) }
    if isWhole { return .tensor(Tensor(integers: [Int](repeating: 1, count: type.shape.count), shape: type.shape)) }
    return .tensor(Tensor([Double](repeating: 0.5, count: type.shape.count), shape: type.shape))
  }

  private static func tensorSeries(_ form: TensorSeriesForm) -> [Value] {
    guard form.shape.count <= elementsMax else { return [] }
    var element = series(at: form.positions.isEmpty ? [1, 2, 3] : form.positions, hasErrors: false)
    if form.isTruth { element = element.condition { $0 > 0.25 } }
    var result = TensorSeries(
      "series", shape: form.shape,
      form.shape.sizes.reduce([element]) { all, size in
        (0..<size).flatMap { _ in all }
      })
    result.elementAxes = form.elementAxes
    return [.tensorSeries(result)]
  }

  /// Values that are exact, and values that have errors.
  private static func vectors(along places: AxisPlaces, isTruth: Bool) -> [Value] {
    var places = places
    if places.count == 0 {
      places.labels = ["1", "2", "3"].map { label in places.axes.map { _ in label } }
      places.coordinates = places.coordinates.map { _ in [1, 2, 3].map { x in places.axes.map { _ in x } } }
    }
    let values = places.labels.indices.map { 1 / Double($0 + 2) }
    let exact = AxisVector("values", places, values.map { Estimate($0) })
    if isTruth {
      let flags = values.map { $0 > 0.25 }
      return [.along(exact.conditions(flags, surely: flags, possibly: flags))]
    }
    return [.along(exact), .along(AxisVector("values", places, values.map { Estimate($0, error: 0.25) }))]
  }

  private static func series(at positions: [Double], hasErrors: Bool) -> Series {
    var series = Series(name: "series", axis: .step, positions: positions)
    series.values = positions.indices.map { 1 / Double($0 + 2) }
    if hasErrors {
      let errors = [Double](repeating: 0.25, count: positions.count)
      series.companions = [Series(name: "series.error", axis: .step, positions: positions, values: errors)]
    }
    return series
  }
}

extension Kind {
  /// All forms between which operators and functions tell, but for those that no operator takes.
  package static let operands: [Form] = [
    .tensor(TensorType(.scalar, .f64)), .tensor(TensorType(.scalar, .i64)), .array(rank: nil), .estimate, .series([]),
    .truth, .truths(nil), .text, .range, .judgement, .list(.number), .truthSeries([]),
    .tensorSeries(TensorSeriesForm(shape: [2], positions: [])),
    .along(AxisPlaces(axes: ["axis"], labels: [], coordinates: []), isTruth: false),
    .along(AxisPlaces(axes: ["axis"], labels: [], coordinates: []), isTruth: true),
    .tuple([.number, .number]),
  ]
}
