package import Experiments
package import Tensors

/// What checking knows of a value that only a run will have: the forms that it may take.
///
/// A set of forms, since both ways of an `if` that a run decides, and an estimator whose number may be exact, are one
/// value. Whoever computes with such a value asks `Evaluator.byKind`, which tries each form.
package struct Kind: Equatable, Sendable {
  /// One form of a value.
  package indirect enum Form: Equatable, Sendable {
    /// Numbers of a known shape and element type; of rank 0 one number.
    case tensor(TensorType)
    /// Numbers of which the sizes are not known, and perhaps not how many axes there are: one or more.
    case array(rank: Int?)
    case truth
    /// Conditions on axes, of a known shape or not.
    case truths(Shape?)
    case text
    case range
    /// A series, with the positions at which it is recorded unless its run ends early; empty where they are not known.
    case series([Double])
    /// A series of conditions.
    case truthSeries([Double])
    case tensorSeries(TensorSeriesForm)
    /// A value at each of these places along axes of a sweep, or conditions; without places where they are not known.
    case along(AxisPlaces, isTruth: Bool)
    case estimate
    case judgement
    /// A list of an unknown number of members.
    case list(Kind)
    case tuple([Kind])
  }

  /// The forms it may take; nil for any, of which some have no name here.
  package var forms: [Form]?

  /// Nothing is known of it, or what is wrong with it was told already: silent everywhere.
  package static let any = Kind(forms: nil)

  /// More forms than this are any.
  private static let formsMax = 8

  package init(forms: [Form]?) { self.forms = forms }

  package init(_ form: Form) { forms = [form] }

  /// Numbers of a known type.
  package init(_ type: TensorType) { forms = [.tensor(type)] }

  /// One whole number, and one real number.
  package static let whole = Kind(TensorType(.scalar, .i64))
  package static let number = Kind(TensorType(.scalar, .f64))
  /// One number, or numbers on axes.
  package static let numbers = Kind(forms: [.tensor(TensorType(.scalar, .f64)), .array(rank: nil)])
  package static let truth = Kind(.truth)
  package static let text = Kind(.text)
  package static let series = Kind(.series([]))
  /// What an estimator gives: a number with an error, or without one where it is exact.
  package static let measured = Kind(forms: [.tensor(TensorType(.scalar, .f64)), .estimate])

  /// The type of the numbers, where they are of one known type.
  package var type: TensorType? {
    guard let forms, forms.count == 1 else { return nil }
    return switch forms[0] {
    case .tensor(let type): type
    case .truths(let shape?): TensorType(shape, .f64)
    default: nil
    }
  }

  /// Whether it is a series.
  package var isSeries: Bool {
    guard let forms, forms.count == 1 else { return false }
    return forms[0].positions != nil
  }

  /// Whether it has values at coordinates: a series, or a vector along an axis.
  package var hasCoordinates: Bool { isAlong || isSeries || isTensorSeries }

  /// Whether it is a series of tensors.
  package var isTensorSeries: Bool {
    guard let forms, forms.count == 1, case .tensorSeries = forms[0] else { return false }
    return true
  }

  /// Names of the axes of a vector along an axis.
  package var axes: [String] {
    if case .along(let places, _)? = forms?.first { places.axes } else { [] }
  }

  /// Whether it is a vector along an axis.
  package var isAlong: Bool {
    guard let forms, forms.count == 1, case .along = forms[0] else { return false }
    return true
  }

  /// A value of either kind.
  package func joined(_ other: Kind) -> Kind {
    guard let mine = forms, let others = other.forms else { return .any }
    var result = mine
    for form in others where !result.contains(form) { result.append(form) }
    return result.count > Self.formsMax ? .any : Kind(forms: result)
  }

  /// The word for it in messages.
  package var words: String {
    guard let forms else { return "an unknown value" }
    var words: [String] = []
    for form in forms where !words.contains(form.words) { words.append(form.words) }
    return words.joined(separator: " or ")
  }
}

extension Kind.Form {
  /// The word for it in messages, as `Value.kind` has it.
  var words: String {
    switch self {
    case .tensor(let type): type.shape.rank > 0 ? "a tensor" : type.dtype == .i64 ? "a whole number" : "a number"
    case .array: "a tensor"
    case .truth: "a truth value"
    case .truths: "truth values"
    case .text: "a text"
    case .range: "a range"
    case .series: "a series"
    case .truthSeries: "a series of truth values"
    case .tensorSeries(let form): form.isTruth ? "a series of tensors of truth values" : "a series of tensors"
    case .along(_, let isTruth): isTruth ? "truth values along an axis" : "values along an axis"
    case .estimate: "an estimate"
    case .judgement: "a judgement"
    case .list: "a list"
    case .tuple: "a tuple"
    }
  }

  /// Whether all values of this form have one shape.
  package var hasShape: Bool {
    switch self {
    case .tensor, .truth, .text, .estimate, .judgement: true
    case .truths(let shape): shape != nil
    case .series(let positions), .truthSeries(let positions): !positions.isEmpty
    case .along(let places, _): places.count > 0
    case .tensorSeries(let form): !form.positions.isEmpty
    case .array, .range, .list: false
    case .tuple(let members): members.allSatisfy { $0.forms?.allSatisfy(\.hasShape) ?? false }
    }
  }

  /// Whether it is numbers on axes of which the sizes are not known.
  package var isArray: Bool { if case .array = self { true } else { false } }

  /// Whether it is numbers on axes, of a known type.
  package var isLargeTensor: Bool {
    switch self {
    case .tensor(let type): type.shape.rank > 0
    case .truths(let shape): shape != nil
    default: false
    }
  }

  /// Where a series is recorded, as far as it is known; nil for other forms.
  package var positions: [Double]? {
    switch self {
    case .series(let positions), .truthSeries(let positions): positions
    default: nil
    }
  }
}
