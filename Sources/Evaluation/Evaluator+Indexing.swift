import Arithmetic
package import Diagnostics
import Experiments
import Graph
import Messages
import Syntax
import Tensors
package import Values

extension Evaluator {
  /// The form `base[subscripts]`.
  func index(_ base: ExpressionID, _ subscripts: [Subscript], in scope: Scope, at span: Span) throws(Diagnostic)
    -> Value
  {
    if let own = try recordedElement(base, in: scope, at: span) { return own }
    return try index(evaluate(base, in: scope), base, subscripts, in: scope, at: span)
  }

  /// What a run recorded by the very text of an element: of `record w[2]` it is `r.w[2]`, and not an element of the last w.
  private func recordedElement(_ base: ExpressionID, in scope: Scope, at span: Span) throws(Diagnostic) -> Value? {
    var (root, first): (ExpressionID, Name?) = (base, nil)
    while case .member(let owner, let name) = code.tree[root] { (root, first) = (owner, name) }
    guard let first, case .name(let name) = code.tree[root], case .run(let run)? = scope.lookup(name)?.value else {
      return nil
    }
    let text = session.sources.text(Span(file: span.file, lower: first.span.lower, upper: span.upper))
    guard text.contains("["), run.series.contains(where: { $0.name == text }) else { return nil }
    return recorded(text, of: run)
  }

  /// Values of a sweep are indexed for each run.
  private func index(
    _ owner: Value, _ base: ExpressionID, _ subscripts: [Subscript], in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value {
    switch owner {
    case .group:
      return try overMembers([owner], at: span) { (parts) throws(Diagnostic) in
        try self.index(parts[0] ?? .unknown(.any), base, subscripts, in: scope, at: span)
      }
    case .unknown(let kind) where kind.type == nil:
      return try elementOfUnknown(kind, base, subscripts, in: scope, at: span)
    case .unknown(let kind) where kind.type?.shape.rank == 0:
      throw .unsuitableOperand("[ ]", kind.words, at: code.tree.span(base))
    case .unknown:
      // Its sizes are known, and what is out of them.
      let inside = entered(owner)
      return try indexed(inside, subscripts, in: scope, at: span)
    case .list(let values), .tuple(let values): return try element(values, subscripts, in: scope, at: span)
    case .family(let lower, let members): return try member(of: members, from: lower, subscripts, in: scope, at: span)
    case .range(let range): return try element(of: range, subscripts, in: scope, at: span)
    case .dataset(let dataset): return try row(of: dataset, subscripts, in: scope, at: span)
    case .series(let series):
      if subscripts.count == 1, case .slice(let lower, let upper) = subscripts[0] {
        return try slice(series, lower, upper, in: scope, at: span)
      }
      if series.errors != nil, subscripts.count == 1, case .item(let id) = subscripts[0],
        case .integer(let given) = try evaluate(id, in: scope)
      {
        let place = try position(.integer(given), id, count: series.values.count)
        return value(of: series.estimate(at: place))
      }
      return try indexed(.tensor(series.tensor), subscripts, in: scope, at: span)
    case .tensorSeries(let series): return try part(of: series, subscripts, in: scope, at: span)
    case .along(let vector): return try part(of: vector, subscripts, in: scope, at: span)
    case .tensor, .node, .condition: return try indexed(owner, subscripts, in: scope, at: span)
    default: throw .unsuitableOperand("[ ]", owner.kind, at: code.tree.span(base))
    }
  }

  private func element(_ values: [Value], _ subscripts: [Subscript], in scope: Scope, at span: Span) throws(Diagnostic)
    -> Value
  {
    guard subscripts.count == 1 else { throw .oneAxis(of: "a list", at: span) }
    switch subscripts[0] {
    case .item(let id):
      let value = try evaluate(id, in: scope)
      if value.isUnknownValue, !entered(value).isUnknownValue || stagingDepth == 0 {
        return try elementOfUnknownIndex(values, value, at: code.tree.span(id))
      }
      if value.isSymbolic {
        guard case .node = value else { return .unknown(.any) }
        return try index(collected(values, at: span), by: value, axis: 0, at: span)
      }
      return values[try position(value, id, count: values.count)]
    case .slice(let lower, let upper):
      guard let (from, to) = try bounds(lower, upper, count: values.count, in: scope, at: span) else {
        return .unknown(.any)
      }
      return try collected(Array(values[from..<to]), at: span)
    }
  }

  /// What an unknown value is indexed by can be wrong all the same.
  func look(at subscripts: [Subscript], in scope: Scope) throws(Diagnostic) {
    for part in subscripts {
      let bounds: [ExpressionID]
      switch part {
      case .item(let id): bounds = [id]
      case .slice(let lower, let upper): bounds = [lower, upper].compactMap { $0 }
      }
      for id in bounds {
        try requireIndex(evaluate(id, in: scope), at: code.tree.span(id))
      }
    }
  }

  private func element(of range: Range<Int>, _ subscripts: [Subscript], in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    guard subscripts.count == 1 else { throw .oneAxis(of: "a range", at: span) }
    switch subscripts[0] {
    case .item(let id):
      let value = try evaluate(id, in: scope)
      if case .unknown = value {
        try requireIndex(value, at: code.tree.span(id))
        return .unknown(.whole)
      }
      if case .integer = value { return .integer(range.lowerBound + (try position(value, id, count: range.count))) }
      return try indexed(.tensor(tensor(.range(range), at: span)), subscripts, in: scope, at: span)
    case .slice(let lower, let upper):
      guard let (from, to) = try bounds(lower, upper, count: range.count, in: scope, at: span) else {
        return .unknown(.any)
      }
      return .range(range.lowerBound + from..<range.lowerBound + to)
    }
  }

  /// One of a numbered family of parameters.
  private func member(of members: [Value], from lower: Int, _ subscripts: [Subscript], in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    guard subscripts.count == 1, case .item(let id) = subscripts[0] else {
      throw .oneAxis(of: "a family", at: span)
    }
    let n = try whole(evaluate(id, in: scope), what: "an index", at: code.tree.span(id))
    guard n >= lower, n < lower + members.count else {
      throw .indexOutOfRange(n, count: members.count, from: lower, at: code.tree.span(id))
    }
    guard case .leaf(let leaf) = members[n - lower] else { return members[n - lower] }
    guard let point else { throw .unavailableHere("parameter", "a parameter has a value only inside a run", at: span) }
    return point.parameters[leaf]
  }

  /// A concrete index; negative only when it was written as a literal.
  func position(_ value: Value, _ id: ExpressionID, count: Int) throws(Diagnostic) -> Int {
    let span = code.tree.span(id)
    let n = try whole(value, what: "an index", at: span)
    if n < 0, isLiteral(id), n >= -count { return count + n }
    guard n >= 0, n < count else { throw .indexOutOfRange(n, count: count, at: span) }
    return n
  }

  private func isLiteral(_ id: ExpressionID) -> Bool {
    if case .negate(let inner) = code.tree[id], case .integer = code.tree[inner] { return true }
    if case .integer = code.tree[id] { return true }
    return false
  }

  func bounds(_ lower: ExpressionID?, _ upper: ExpressionID?, count: Int, in scope: Scope, at span: Span)
    throws(Diagnostic) -> (Int, Int)?
  {
    func bound(_ id: ExpressionID?, _ missing: Int) throws(Diagnostic) -> Int? {
      guard let id else { return missing }
      let value = try evaluate(id, in: scope)
      if value.isUnknownValue {
        try requireIndex(value, at: code.tree.span(id))
        return nil
      }
      if value.isSymbolic { return nil }
      let n = try whole(value, what: "a slice bound", at: code.tree.span(id))
      return n < 0 && isLiteral(id) ? count + n : n
    }
    guard let from = try bound(lower, 0), let to = try bound(upper, count) else { return nil }
    guard from >= 0, to <= count, from <= to else { throw .sliceOutOfRange(from, to, count: count, at: span) }
    return (from, to)
  }

  /// Indexes a tensor axis by axis, outermost first; what is not mentioned stays whole.
  func indexed(_ tensor: Value, _ subscripts: [Subscript], in scope: Scope, at span: Span) throws(Diagnostic) -> Value {
    var result = tensor
    var axis = 0
    for part in subscripts {
      guard let shape = shape(of: result) else { return result }
      guard axis < shape.rank else {
        throw .tooManyIndices(subscripts.count, rank: self.shape(of: tensor)?.rank ?? 0, at: span)
      }
      switch part {
      case .item(let id):
        var value = entered(try evaluate(id, in: scope))
        if case .unknown(let kind) = value {
          try requireIndex(value, at: code.tree.span(id))
          guard let indexShape = kind.type?.shape else { return .unknown(.any) }
          result = try indexed(result, byUnknown: value, axis: axis, at: span)
          axis += indexShape.rank
          continue
        }
        if case .range = value { value = .tensor(try self.tensor(value, at: code.tree.span(id))) }
        if shape.rank == 1, subscripts.count == 1, let fast = try fastElement(result, value, id) { return fast }
        if case .tensor = value {
          result = try gathered(result, value, axis: axis, at: code.tree.span(id));
          axis += self.shape(of: value)?.rank ?? 1; continue
        }
        if value.isSymbolic {
          result = try index(result, by: value, axis: axis, at: span)
          axis += self.shape(of: value)?.rank ?? 0
          continue
        }
        let n = try position(value, id, count: shape[axis])
        result = try taken(result, n, axis: axis, at: span)
      case .slice(let lower, let upper):
        guard let (from, to) = try bounds(lower, upper, count: shape[axis], in: scope, at: span) else {
          return .unknown(Kind(.array(rank: nil)))
        }
        if (from, to) != (0, shape[axis]) { result = try sliced(result, from, to, axis: axis, at: span) }
        axis += 1
      }
    }
    return result
  }

  /// One element of a concrete vector, without a plan.
  private func fastElement(_ tensor: Value, _ value: Value, _ id: ExpressionID) throws(Diagnostic) -> Value? {
    guard case .tensor(let vector) = tensor, case .integer = value else { return nil }
    let n = try position(value, id, count: vector.count)
    if vector.holdsTruth { return .boolean(vector.double(at: n) != 0) }
    return vector.dtype == .i64 ? .integer(vector.integer(at: n)) : .real(vector.double(at: n))
  }

  /// `tensor[…, n, …]` at a known place.
  package func taken(_ tensor: Value, _ n: Int, axis: Int, at span: Span) throws(Diagnostic) -> Value {
    guard let shape = shape(of: tensor) else { return tensor }
    let slice = try sliced(tensor, n, n + 1, axis: axis, at: span)
    var sizes = shape.sizes
    sizes.remove(at: axis)
    return try apply(Reshape(shape: Shape(sizes)), [slice], at: span)
  }

  /// The part of a tensor from one place of an axis up to another.
  package func sliced(_ tensor: Value, _ from: Int, _ to: Int, axis: Int, at span: Span) throws(Diagnostic) -> Value {
    guard let shape = shape(of: tensor) else { return tensor }
    var starts = [Int](repeating: 0, count: shape.rank)
    var stops = shape.sizes
    starts[axis] = from
    stops[axis] = to
    return try apply(Slice(starts: starts, stops: stops), [tensor], at: span)
  }

  /// Rows chosen by a concrete tensor of indices, which are checked.
  package func gathered(_ tensor: Value, _ indices: Value, axis: Int, at span: Span) throws(Diagnostic) -> Value {
    guard let shape = shape(of: tensor) else { return .unknown(.any) }
    guard case .tensor(let list) = indices, list.dtype == .i64 else {
      throw .expected("whole-number indices", found: "real numbers", at: span)
    }
    for n in list.integers() where n < 0 || n >= shape[axis] { throw .indexOutOfRange(n, count: shape[axis], at: span) }
    return try index(tensor, by: indices, axis: axis, at: span)
  }

  /// Rows chosen by whole numbers that may be symbolic.
  package func index(_ tensor: Value, by indices: Value, axis: Int, at span: Span) throws(Diagnostic) -> Value {
    guard let shape = shape(of: tensor), let indexShape = self.shape(of: indices) else { return .unknown(.any) }
    guard isWhole(indices) else { throw .expected("a whole-number index", found: "a real number", at: span) }
    let indices = try guarded(indices, at: span)
    if axis == 0 { return try apply(GatherRows(), [tensor, indices], at: span) }
    var forward = Array(0..<shape.rank)
    forward.remove(at: axis)
    forward.insert(axis, at: 0)
    let moved = try apply(Transpose(permutation: forward), [tensor], at: span)
    let rows = try apply(GatherRows(), [moved, indices], at: span)
    let rank = indexShape.rank
    // Back: the index axes return to where the indexed axis was.
    let total = shape.rank - 1 + rank
    var back = [Int]()
    for target in 0..<total {
      if target < axis {
        back.append(rank + target)
      } else if target < axis + rank {
        back.append(target - axis)
      } else {
        back.append(target)
      }
    }
    return back == Array(0..<total) ? rows : try apply(Transpose(permutation: back), [rows], at: span)
  }
}
