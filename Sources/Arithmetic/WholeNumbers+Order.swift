package import Diagnostics
package import Graph
import Messages
package import Syntax
import Tensors
package import Values

// Order, running sums, powers and products of known whole numbers, without rounding. Each function is nil for other
// operands: reals, and what only a run knows.
extension Evaluator {
  /// The largest or smallest of known whole numbers, over all elements or along an axis.
  package func wholeExtremum(_ a: BoundArguments, isMaximum: Bool) throws(Diagnostic) -> Value? {
    guard let x = try wholeOperand(a, else: isMaximum ? Int.min : Int.max), x.count > 0 else { return nil }
    if case .tensor(let mask)? = a.mask, !mask.doubles().contains(where: { $0 != 0 }) { return nil }
    return try folded(x, a, axisArgument: 2, from: isMaximum ? Int.min : Int.max) {
      (isMaximum ? max($0, $1) : min($0, $1), false)
    }
  }

  /// Whether many whole numbers have the order that their real ones have: the kernels sort them, which can be interrupted.
  private func areSortedAsReals(_ x: Tensor, at span: Span) throws(Diagnostic) -> Bool {
    guard x.count > 1 << 16 else { return false }
    if let isExact = x.isWithin(1 << 53, while: { !session.isInterrupted }) { return isExact }
    throw session.interruption(at: span)
  }

  /// The rows along the last axis in increasing order.
  package func wholeSorted(_ a: BoundArguments) throws(Diagnostic) -> Value? {
    guard let x = try wholeOperand(a), x.shape.rank > 0, try !areSortedAsReals(x, at: a.span) else { return nil }
    return .tensor(Tensor(integers: rows(x).flatMap { $0.sorted() }, shape: x.shape))
  }

  /// The indices that sort the rows along the last axis; equal elements keep their order.
  package func wholeOrder(_ a: BoundArguments) throws(Diagnostic) -> Value? {
    guard let x = try wholeOperand(a), x.shape.rank > 0, try !areSortedAsReals(x, at: a.span) else { return nil }
    let order = rows(x).flatMap { row in row.indices.sorted { (row[$0], $0) < (row[$1], $1) } }
    return .tensor(Tensor(integers: order, shape: x.shape))
  }

  /// Where the largest or smallest element of each row along the last axis is, the first of equals.
  package func wholePosition(_ a: BoundArguments, isMaximum: Bool) throws(Diagnostic) -> Value? {
    guard let x = try wholeOperand(a), x.shape.rank > 0, x.count > 0 else { return nil }
    let positions = rows(x).map { row in
      row.indices.reduce(0) { isMaximum ? (row[$1] > row[$0] ? $1 : $0) : (row[$1] < row[$0] ? $1 : $0) }
    }
    return value(of: Tensor(integers: positions, shape: Shape(x.shape.sizes.dropLast())))
  }

  /// The rows along the last axis with all but the k entries of largest magnitude set to 0; of equals the first stay.
  package func wholeTop(_ a: BoundArguments, _ k: Int) throws(Diagnostic) -> Value? {
    guard let x = try wholeOperand(a) else { return nil }
    let kept = rows(x).flatMap { row in
      let order = row.indices.sorted { (row[$1].magnitude, $0) < (row[$0].magnitude, $1) }
      var result = [Int](repeating: 0, count: row.count)
      for index in order.prefix(k) { result[index] = row[index] }
      return result
    }
    return .tensor(Tensor(integers: kept, shape: x.shape))
  }

  /// Running sums along the last axis.
  package func wholeRunningSum(_ a: BoundArguments) throws(Diagnostic) -> Value? {
    guard let x = try wholeOperand(a), x.shape.rank > 0 else { return nil }
    var sums: [Int] = []
    sums.reserveCapacity(x.count)
    for row in rows(x) {
      var sum = 0
      for element in row {
        let (next, overflow) = sum.addingReportingOverflow(element)
        if overflow { throw .integerOverflow("cumsum", at: a.span) }
        sum = next
        sums.append(sum)
      }
    }
    return .tensor(Tensor(integers: sums, shape: x.shape))
  }

  /// Absolute values.
  package func wholeMagnitude(_ a: BoundArguments) throws(Diagnostic) -> Value? {
    guard let x = try wholeOperand(a) else { return nil }
    var values = x.integers()
    for index in values.indices {
      guard values[index] != Int.min else { throw .integerOverflow("abs", at: a.span) }
      values[index] = abs(values[index])
    }
    return value(of: Tensor(integers: values, shape: x.shape))
  }

  /// Powers with exponents that are all 0 or more.
  func wholePower(_ base: Value, _ exponent: Value, at place: OperandPlaces) throws(Diagnostic) -> Value? {
    guard isWhole(base), isWhole(exponent), !base.isSymbolic, !exponent.isSymbolic else { return nil }
    guard try tensor(exponent, at: place.right).integers().allSatisfy({ $0 >= 0 }) else { return nil }
    try requireBroadcast("^", base, exponent, at: place)
    let (full, shape) = try wholePairs(base, exponent, at: place)
    var values: [Int] = []
    values.reserveCapacity(shape.count)
    for (x, n) in zip(full[0], full[1]) {
      guard let power = Scalar.integerPower(x, n) else { throw .integerOverflow("^", at: place.whole) }
      values.append(power)
    }
    return value(of: Tensor(integers: values, shape: shape))
  }

  /// Comparisons of known whole numbers with known reals, which no whole number is rounded for.
  package func wholeComparison(_ operation: ComparisonOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic) -> Value?
  {
    guard isWhole(left) != isWhole(right), !left.isSymbolic, !right.isSymbolic else { return nil }
    let whole = try tensor(isWhole(left) ? left : right, at: place.whole)
    // What a real number holds exactly is compared as one.
    guard whole.integers().contains(where: { $0.magnitude > 1 << 53 }) else { return nil }
    let real = try tensor(isWhole(left) ? right : left, at: place.whole)
    guard let shape = whole.shape.broadcast(with: real.shape) else { return nil }
    let numbers = try repeated(whole, to: shape, at: place.whole).integers()
    let others = try repeated(real, to: shape, at: place.whole).doubles()
    let isLeft = isWhole(left)
    let flags = zip(numbers, others).map { n, x in
      (isLeft ? Scalar.holds(operation, n, x) : Scalar.holds(operation.mirrored, n, x)) ? 1.0 : 0
    }
    if shape.rank == 0 { return .boolean(flags[0] != 0) }
    return .tensor(Tensor(flags, shape: shape).holdingTruth())
  }

  /// The contraction of two known tensors of whole numbers of rank 1 or 2.
  ///
  /// Where no sum of magnitudes exceeds 2⁵³ the product of the reals is exact, and much faster.
  package func wholeProduct(
    _ contract: Contract, _ left: Value, _ right: Value, _ symbol: String, at place: OperandPlaces
  )
    throws(Diagnostic) -> Value?
  {
    guard isWhole(left), isWhole(right), !left.isSymbolic, !right.isSymbolic else { return nil }
    let (a, b) = (try tensor(left, at: place.left), try tensor(right, at: place.right))
    guard a.shape.rank <= 2, b.shape.rank <= 2 else { return nil }
    let summed = contract.left.indices.filter { !contract.output.contains(contract.left[$0]) }
    let terms = summed.map { a.shape[$0] }.reduce(1, *)
    let largest = [a, b].map { Double($0.integers().map(\.magnitude).max() ?? 0) }
    if largest[0] * largest[1] * Double(max(1, terms)) <= 0x1p53 {
      let product = try apply(
        contract, [asReal(left, at: place.left), asReal(right, at: place.right)], at: place.whole)
      return try wholeAgain(product, of: .tensor(a), at: place.whole)
    }
    return try exactProduct(contract, a, b, symbol, at: place)
  }

  private func exactProduct(_ contract: Contract, _ a: Tensor, _ b: Tensor, _ symbol: String, at place: OperandPlaces)
    throws(Diagnostic) -> Value
  {
    let labels = Set(contract.left + contract.right).sorted()
    let size: (Int) -> Int = { label in
      contract.left.firstIndex(of: label).map { a.shape[$0] }
        ?? contract.right.firstIndex(of: label).map { b.shape[$0] } ?? 1
    }
    let order = contract.output + labels.filter { !contract.output.contains($0) }
    let shape = Shape(contract.output.map(size))
    let inner = order.dropFirst(contract.output.count).map(size).reduce(1, *)
    let offsets: (Tensor, [Int]) -> [Int] = { tensor, own in
      let strides = tensor.shape.strides
      // The last label runs fastest.
      return order.reduce([0]) { starts, label in
        let step = own.firstIndex(of: label).map { strides[$0] } ?? 0
        return starts.flatMap { start in (0..<size(label)).map { start + $0 * step } }
      }
    }
    let (first, second) = (offsets(a, contract.left), offsets(b, contract.right))
    let (x, y) = (a.integers(), b.integers())
    var sums: [Int] = []
    for start in stride(from: 0, to: shape.count * inner, by: max(1, inner)) {
      var total: Int128 = 0
      for k in start..<(start + inner) {
        let (next, overflow) = total.addingReportingOverflow(Int128(x[first[k]]) * Int128(y[second[k]]))
        if overflow { throw .integerOverflow(symbol, at: place.whole) }
        total = next
      }
      guard let sum = Int(exactly: total) else { throw .integerOverflow(symbol, at: place.whole) }
      sums.append(sum)
    }
    return value(of: Tensor(integers: sums, shape: shape))
  }

  /// The operand of a reduction where it is known and whole; members that a known mask leaves out are `neutral`.
  func wholeOperand(_ a: BoundArguments, else neutral: Int? = nil) throws(Diagnostic) -> Tensor? {
    guard isWhole(a[0]), !a[0].isSymbolic else { return nil }
    let x = try tensor(a[0], at: a.place(0))
    guard let mask = a.mask else { return x }
    guard let neutral, case .tensor(let flags) = mask, flags.shape.rank == 1, x.shape.rank > 0,
      x.shape[0] == flags.count
    else { return nil }
    let width = flags.count == 0 ? 0 : x.count / flags.count
    let counts = flags.doubles()
    var values = x.integers()
    for index in values.indices where counts[index / width] == 0 { values[index] = neutral }
    return Tensor(integers: values, shape: x.shape)
  }

  /// Both operands with all elements of the shape that they have together.
  func wholePairs(_ left: Value, _ right: Value, at place: OperandPlaces) throws(Diagnostic) -> ([[Int]], Shape) {
    let (a, b) = (try tensor(left, at: place.left), try tensor(right, at: place.right))
    let shape = a.shape.broadcast(with: b.shape) ?? a.shape
    return (
      [
        try repeated(a, to: shape, at: place.whole).integers(), try repeated(b, to: shape, at: place.whole).integers(),
      ], shape
    )
  }

  private func repeated(_ tensor: Tensor, to shape: Shape, at span: Span) throws(Diagnostic) -> Tensor {
    if tensor.shape == shape { return tensor }
    return try self.tensor(apply(BroadcastTo(shape: shape), [.tensor(tensor)], at: span), at: span)
  }

  private func rows(_ tensor: Tensor) -> [[Int]] {
    let values = tensor.integers(), width = tensor.shape.sizes.last ?? 1
    guard width > 0 else { return [] }
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<($0 + width)]) }
  }
}
