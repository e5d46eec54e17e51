package import Diagnostics
import Experiments
import Messages
package import Tensors
package import Values

extension Evaluator {
  /// The axes that argument `axis` names; negative ones count from the last.
  package func axes(_ a: BoundArguments, _ shape: Shape, argument: Int = 1) throws(Diagnostic) -> [Int] {
    guard a.given(argument) != nil else { return Array(0..<shape.rank) }
    let axis = try a.whole(argument, "an axis", self)
    let actual = axis < 0 ? axis + shape.rank : axis
    guard actual >= 0, actual < shape.rank else {
      throw .outOfRange(
        "the axis", "\(axis)",
        expected: shape.rank == 0 ? "left out for a single number" : "between 0 and \(shape.rank - 1)",
        at: a.place(argument))
    }
    return [actual]
  }

  /// The shape of what an operand of a function was made into.
  package func shape(_ value: Value, of a: BoundArguments) throws(Diagnostic) -> Shape {
    guard let shape = shape(of: value) else { throw .unsuitableOperand(a.callee, value.kind, at: a.place(0)) }
    return shape
  }
}

extension BoundArguments {
  /// The operand as real numbers.
  package func real(_ index: Int, _ evaluator: Evaluator) throws(Diagnostic) -> Value {
    let value = self[index]
    if case .series(let series) = value { return .tensor(series.tensor) }
    if case .list(let values) = value, values.allSatisfy(\.isScalarLike) {
      return .tensor(Tensor(values.map { evaluator.scalar($0) ?? .nan }, shape: [values.count]))
    }
    guard value.isNumeric || value.isBoolean else { throw .unsuitableOperand(callee, value.kind, at: place(index)) }
    return try evaluator.asReal(value, at: place(index))
  }

  /// The shape of a numeric operand.
  package func shape(_ index: Int, _ evaluator: Evaluator) throws(Diagnostic) -> Shape {
    if let shape = evaluator.shape(of: self[index]) { return shape }
    throw .unsuitableOperand(callee, self[index].kind, at: place(index))
  }

  /// An argument as a whole number.
  package func whole(_ index: Int, _ what: String, _ evaluator: Evaluator) throws(Diagnostic) -> Int {
    try evaluator.whole(self[index], what: what, in: -Evaluator.wholeMax...Evaluator.wholeMax, at: place(index))
  }

  /// An argument as a number.
  package func number(_ index: Int, _ what: String, _ evaluator: Evaluator) throws(Diagnostic) -> Double {
    try evaluator.number(self[index], what: what, at: place(index))
  }

  /// An argument as text.
  package func text(_ index: Int, _ what: String) throws(Diagnostic) -> String {
    switch self[index] {
    case .text(let text): return text
    case let other: throw .expected(what, found: other.kind, at: place(index))
    }
  }

  /// The text of an argument that may be left out.
  func optionalText(_ index: Int, _ what: String) throws(Diagnostic) -> String? {
    given(index) == nil ? nil : try text(index, what)
  }

  /// Sizes given as `[n, d]`, as one number, or as several.
  package func sizes(_ index: Int, _ evaluator: Evaluator) throws(Diagnostic) -> Shape {
    let place = place(index)
    switch self[index] {
    case .integer(let n): return try checked([n], place)
    case .tensor(let tensor) where tensor.dtype == .i64: return try checked(tensor.integers(), place)
    case .tensor(let tensor) where tensor.count == 0: return .scalar
    case .node: throw .unknownCondition(at: place)
    case let other: throw .expected("sizes such as `[3, 4]`", found: other.kind, at: place)
    }
  }

  private func checked(_ sizes: [Int], _ place: Span) throws(Diagnostic) -> Shape {
    var count = 1
    for size in sizes {
      guard size >= 0 else { throw .outOfRange("a size", "\(size)", expected: "0 or more", at: place) }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow {
        throw .tooLarge(
          "a tensor of shape \(Shape(sizes))", needs: "more than 2^63 elements", limit: "2^31 elements", at: place)
      }
      count = product
    }
    return Shape(sizes)
  }

  /// Both operands of an elementwise function.
  package var places: OperandPlaces { OperandPlaces(whole: span, left: place(0), right: place(1)) }
}
