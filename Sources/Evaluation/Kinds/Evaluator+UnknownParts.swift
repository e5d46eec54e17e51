import Arithmetic
import Diagnostics
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

// Members, elements and lists of values of which only the kind is known.

extension Evaluator {
  /// What a loop over an unknown value meets at each turn.
  func unknownMember(of source: Value, at span: Span) throws(Diagnostic) -> Value {
    try byKind([source]) { (known) throws(Diagnostic) in
      switch known[0] {
      case .node(let id), .condition(let id):
        graph.shape(id).rank > 0 ? try taken(known[0], 0, axis: 0, at: span) : .unknown(.any)
      default: try members(of: known[0], at: span)?.first ?? .unknown(.any)
      }
    }
  }

  /// The parts of an unknown value under `count` names.
  func partsOfUnknown(_ value: Value, _ count: Int, at span: Span) throws(Diagnostic) -> [Value] {
    guard case .unknown(let kind) = value, let forms = kind.forms else {
      return [Value](repeating: .unknown(.any), count: count)
    }
    if forms.count == 1, case .tuple(let members) = forms[0] { return members.map(Value.unknown) }
    if let type = kind.type, type.shape.rank > 0 {
      let rest = Kind(TensorType(Shape(Array(type.shape.sizes.dropFirst())), type.dtype))
      // So many members that they are no parts under names are refused by their number.
      let part = entered(.unknown(kind.isTruth ? rest.asTruth : rest))
      return [Value](repeating: part, count: min(type.shape[0], count + 1))
    }
    let hasParts = forms.contains { form in
      switch form {
      case .array, .list, .tuple, .tensor, .truths: !form.isNumber
      default: false
      }
    }
    guard hasParts else { throw .expected("\(count) values", found: value.kind, at: span) }
    return [Value](repeating: .unknown(.any), count: count)
  }

  // MARK: Elements

  /// `owner[subscripts]` of an unknown value.
  func elementOfUnknown(
    _ kind: Kind, _ base: ExpressionID, _ subscripts: [Subscript], in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value {
    try look(at: subscripts, in: scope)
    if let only = kind.forms?.first, kind.forms?.count == 1, let positions = only.positions, !positions.isEmpty,
      subscripts.count == 1
    {
      // Longer than planned it is never.
      switch subscripts[0] {
      case .item(let id):
        let index = try evaluate(id, in: scope)
        if case .integer = index { _ = try position(index, id, count: positions.count) }
      case .slice(let lower, let upper):
        if let (from, to) = try bounds(lower, upper, count: positions.count, in: scope, at: span) {
          let kept = upper == nil ? [] : Array(positions[from..<to])
          return .unknown(Kind(only.isTruth ? .truthSeries(kept) : .series(kept)))
        }
      }
    }
    if let part = try partAlong(kind, subscripts, in: scope, at: span) { return part }
    guard let forms = kind.forms else { return .unknown(.any) }
    var result: Kind?
    var refusal: Diagnostic?
    for form in forms {
      if form.isLargeTensor {
        do {
          let element = try self.kind(of: indexed(.unknown(Kind(form)), subscripts, in: scope, at: span))
          result = result?.joined(element) ?? element
        } catch { refusal = error }
        continue
      }
      guard let element = element(of: form, subscripts) else { continue }
      result = result?.joined(element) ?? element
    }
    if result == nil, let refusal { throw refusal }
    guard let result else { throw .unsuitableOperand("[ ]", kind.words, at: code.tree.span(base)) }
    return .unknown(result)
  }

  /// A slice of a vector along an axis, whose places are known, or an element of a series of tensors; nil for other kinds.
  ///
  /// An index out of it is refused.
  private func partAlong(_ kind: Kind, _ subscripts: [Subscript], in scope: Scope, at span: Span) throws(Diagnostic)
    -> Value?
  {
    if kind.forms?.count == 1, case .tensorSeries(let form)? = kind.forms?.first {
      return try element(of: form, subscripts, in: scope, at: span)
    }
    guard kind.forms?.count == 1, case .along(let places, let isTruth)? = kind.forms?.first, places.count > 0 else {
      return nil
    }
    if let shape = places.tensorShape {
      guard
        case .tensor(let part) = try indexed(.tensor(TensorSeries.numbering(shape)), subscripts, in: scope, at: span)
      else { return nil }
      let form = TensorSeriesForm(shape: part.shape, positions: [])
      return .unknown(Kind(.along(form.places, isTruth: isTruth)))
    }
    guard subscripts.count == 1 else { return nil }
    switch subscripts[0] {
    case .item(let id):
      let index = try evaluate(id, in: scope)
      if case .integer = index { _ = try position(index, id, count: places.count) }
      return nil
    case .slice(let lower, let upper):
      guard let (from, to) = try bounds(lower, upper, count: places.count, in: scope, at: span) else { return nil }
      return .unknown(Kind(.along(places[from..<to], isTruth: isTruth)))
    }
  }

  /// An element of a series of tensors, or a part of it.
  private func element(of form: TensorSeriesForm, _ subscripts: [Subscript], in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    func element(_ positions: [Double]) -> Value {
      .unknown(Kind(form.isTruth ? .truthSeries(positions) : .series(positions)))
    }
    switch try indexed(.tensor(TensorSeries.numbering(form.shape)), subscripts, in: scope, at: span) {
    case .integer: return element(form.positions)
    case .tensor(let places):
      var part = form
      part.shape = places.shape
      return .unknown(Kind(.tensorSeries(part)))
    default: return subscripts.count == form.shape.rank ? element([]) : .unknown(.any)
    }
  }

  /// Refuses what can be no index.
  func requireIndex(_ value: Value, at span: Span) throws(Diagnostic) {
    if isWhole(value) { return }
    if case .range = value { return }
    if case .unknown(let kind) = value {
      guard let forms = kind.forms else { return }
      let canBe = forms.contains { form in
        switch form {
        // Which numbers are whole is not known.
        case .array, .range: true
        case .tensor(let type): type.dtype == .i64
        default: false
        }
      }
      if canBe { return }
    }
    _ = try byKind([value]) { (known) throws(Diagnostic) in .integer(try whole(known[0], what: "an index", at: span)) }
  }

  /// One of these members, by an index that only a run knows.
  func elementOfUnknownIndex(_ values: [Value], _ index: Value, at span: Span) throws(Diagnostic) -> Value {
    try requireIndex(index, at: span)
    guard case .unknown(let kind) = index, kind == .whole, let first = values.first else { return .unknown(.any) }
    return .unknown(values.dropFirst().reduce(self.kind(of: first)) { $0.joined(self.kind(of: $1)) })
  }

  /// A tensor of known sizes by whole numbers that only a run knows.
  func indexed(_ tensor: Value, byUnknown index: Value, axis: Int, at span: Span) throws(Diagnostic) -> Value {
    try byKind([tensor, index]) { (known) throws(Diagnostic) in
      switch known[1] {
      case .integer(let n): try taken(known[0], min(n, (shape(of: known[0])?[axis] ?? 1) - 1), axis: axis, at: span)
      default: try self.index(known[0], by: known[1], axis: axis, at: span)
      }
    }
  }

  /// The kind of an element or a part; nil of what has none.
  private func element(of form: Kind.Form, _ subscripts: [Subscript]) -> Kind? {
    let items = subscripts.count { if case .item = $0 { true } else { false } }
    switch form {
    case .series: return items > 0 ? .measured : .series
    case .truthSeries: return items > 0 ? .truth : Kind(.truthSeries([]))
    case .tensorSeries: return .any
    case .along(let places, let isTruth):
      if items > 0 { return isTruth ? .truth : .measured }
      return Kind(.along(places[0..<0], isTruth: isTruth))
    case .truths: return items > 0 ? Kind(forms: [.truth, .truths(nil)]) : Kind(.truths(nil))
    case .range: return items > 0 ? .whole : Kind(.range)
    case .list(let member): return items > 0 ? member : Kind(form)
    case .tuple(let members): return items > 0 ? members.reduce(members.first ?? .any) { $0.joined($1) } : .any
    case .array(let rank):
      // An index may be several, which are an axis again.
      guard let rank, items > 0 else { return Kind(form) }
      return rank <= items
        ? Kind(forms: [.tensor(TensorType(.scalar, .f64)), .array(rank: nil)]) : Kind(.array(rank: nil))
    case .tensor(let type): return type.shape.rank > 0 ? .any : nil
    case .truth, .text, .estimate, .judgement: return nil
    }
  }

  // MARK: Lists

  /// The kind of a list of an unknown number of members like these.
  func listOfUnknownLength(_ values: [Value], isTensor: Bool = false) -> Value {
    guard let first = values.first else { return .unknown(.any) }
    let member = values.dropFirst().reduce(kind(of: first)) { $0.joined(kind(of: $1)) }
    if isTensor {
      let kind = member.type.map { Kind(.array(rank: $0.shape.rank)) } ?? .any
      return .unknown(member.isTruth ? kind.asTruth : kind)
    }
    if member.isTruth, member.forms?.allSatisfy({ $0 == .truth || $0.isLargeTensor }) ?? false {
      return .unknown(Kind(.truths(nil)))
    }
    guard let forms = member.forms else { return .unknown(.any) }
    var result: [Kind.Form] = []
    if forms.allSatisfy(\.isNumber) {
      result.append(.array(rank: 1))
    } else if forms.allSatisfy(\.isNumbers) {
      result.append(.array(rank: nil))
    }
    let isPlain = !result.isEmpty && !forms.contains(.estimate)
    return .unknown(Kind(forms: isPlain ? result : result + [.list(member)]))
  }

  /// What a generator gives of which the members are not known.
  func generatedKind(_ results: [Value]) throws(Diagnostic) -> GeneratedTensor {
    GeneratedTensor(values: listOfUnknownLength([results[0]]), mask: nil)
  }
}
