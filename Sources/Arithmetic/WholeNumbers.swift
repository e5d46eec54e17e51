package import Diagnostics
import Graph
import Messages
import Syntax
import Tensors
package import Values

// Whole numbers are exact: tensors of them are summed and combined without rounding, and overflow is an error.
extension Evaluator {
  /// The exact sum of known whole numbers, over all elements or along an axis; nil for anything else.
  package func wholeSum(_ a: BoundArguments) throws(Diagnostic) -> Value? {
    if case .range(let range) = a[0], a.given(1) == nil, !range.isEmpty {
      // Gauss: the mean of the ends times the count, whichever of the two is even halved first.
      let (ends, overflow) = range.lowerBound.addingReportingOverflow(range.upperBound - 1)
      let isHalved = range.count.isMultiple(of: 2)
      let (sum, isLarge) = (isHalved ? range.count / 2 : range.count).multipliedReportingOverflow(
        by: isHalved ? ends : ends / 2)
      guard !overflow, !isLarge else { throw .integerOverflow("sum", at: a.span) }
      return .integer(sum)
    }
    guard let x = try wholeOperand(a, else: 0) else { return nil }
    return try folded(x, a, from: 0, "sum") { $0.addingReportingOverflow($1) }
  }

  /// The exact product of known whole numbers, over all elements or along an axis; nil for anything else.
  package func wholeProduct(_ a: BoundArguments) throws(Diagnostic) -> Value? {
    guard let x = try wholeOperand(a, else: 1) else { return nil }
    return try folded(x, a, from: 1, "prod") { $0.multipliedReportingOverflow(by: $1) }
  }

  /// The exact sum of known whole numbers as reals, for a mean; nil for anything else and where it does not fit.
  package func exactTotal(_ a: BoundArguments) throws(Diagnostic) -> Value? {
    guard a.mask == nil, isWhole(a[0]), !a[0].isSymbolic, let sum = try? wholeSum(a) else { return nil }
    return try asReal(sum, at: a.span)
  }

  /// The elements of a tensor taken together by `step`, over all of them or along the axis that is given.
  func folded(
    _ tensor: Tensor, _ a: BoundArguments, axisArgument: Int = 1, from start: Int, _ name: String = "",
    _ step: (Int, Int) -> (partialValue: Int, overflow: Bool)
  ) throws(Diagnostic) -> Value {
    let axes = try axes(a, tensor.shape, argument: axisArgument)
    let values = tensor.integers()
    let inner = axes.count == 1 ? tensor.shape.sizes.dropFirst(axes[0] + 1).reduce(1, *) : 1
    let count = axes.count == 1 ? tensor.shape[axes[0]] : values.count
    let kept =
      axes.count == 1 ? Shape(tensor.shape.sizes.enumerated().filter { $0.offset != axes[0] }.map(\.element)) : .scalar
    var results = [Int](repeating: start, count: kept.count)
    for position in results.indices {
      let first = position / inner * inner * count + position % inner
      for k in 0..<count {
        let (value, overflow) = step(results[position], values[first + k * inner])
        if overflow { throw .integerOverflow(name, at: a.span) }
        results[position] = value
      }
    }
    return value(of: Tensor(integers: results, shape: kept))
  }

  /// An element of known whole numbers, as the whole number it is again.
  package func wholeAgain(_ result: Value, of operand: Value, at span: Span) throws(Diagnostic) -> Value {
    if case .integer = operand { return operand }
    if let x = scalar(result) { return Int(exactly: x).map(Value.integer) ?? result }
    return result.isSymbolic ? result : try apply(Convert(dtype: .i64), [result], at: span)
  }

  /// Refuses what whole-number arithmetic on known tensors cannot do: overflow, and division by zero.
  func checkWhole(_ operation: String, _ left: Value, _ right: Value, at place: OperandPlaces) throws(Diagnostic) {
    guard isWhole(left), isWhole(right), !left.isSymbolic, !right.isSymbolic else { return }
    let divisor = try tensor(right, at: place.right).integers()
    if operation == "//" || operation == "mod", divisor.contains(0) { throw .integerDivisionByZero(at: place.right) }
    let dividend = try tensor(left, at: place.left).integers()
    let ends = [dividend.min(), dividend.max()].flatMap { a in
      [divisor.min(), divisor.max()].map { b in (a ?? 0, b ?? 0) }
    }
    guard ends.contains(where: { Self.overflows(operation, $0.0, $0.1) }), let a = shape(of: left),
      let b = shape(of: right)
    else {
      return
    }
    // The extremes would overflow; whether two that meet do is seen one by one.
    let shape = a.count >= b.count ? a : b
    let full = try [left, right].map { (value) throws(Diagnostic) in
      try tensor(
        apply(BroadcastTo(shape: shape), [.tensor(tensor(value, at: place.whole))], at: place.whole), at: place.whole
      ).integers()
    }
    if zip(full[0], full[1]).contains(where: { Self.overflows(operation, $0, $1) }) {
      throw .integerOverflow(operation, at: place.whole)
    }
  }

  private static func overflows(_ operation: String, _ a: Int, _ b: Int) -> Bool {
    switch operation {
    case "+": a.addingReportingOverflow(b).overflow
    case "-": a.subtractingReportingOverflow(b).overflow
    case "*": a.multipliedReportingOverflow(by: b).overflow
    case "//": a == Int.min && b == -1
    default: false
    }
  }
}
