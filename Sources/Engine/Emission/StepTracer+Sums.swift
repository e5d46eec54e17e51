import CEmit
import CKernels

// Sums, products and other reductions of few elements, in the order of the kernels.

extension StepTracer {
  /// Σ a by the tree of `ck_reduce`.
  ///
  /// What is not there is +0 in the tree, and adding it changes nothing but a sum of -0.
  mutating func sum(_ values: [TraceValue]) -> TraceValue {
    let type = type(of: values[0])
    let total = tree(values) { $0.emit(EM_ADD, type, a: $1, b: $2) }
    return emit(EM_ADD, type, a: total, b: constant(0, type))
  }

  /// Σ a b by the tree of `ck_dot`, for fewer elements than its accumulators have lanes.
  mutating func sumOfProducts(_ a: [TraceValue], _ b: [TraceValue]) -> TraceValue {
    let type = type(of: a[0])
    return sum(zip(a, b).map { emit(EM_MUL, type, a: $0, b: $1) })
  }

  /// Combines values as lanes of a vector, by halves; missing ones are neutral.
  private mutating func tree(
    _ values: [TraceValue], _ join: (inout StepTracer, TraceValue, TraceValue) -> TraceValue
  ) -> TraceValue {
    var lanes: [TraceValue?] = values
    var half = 8
    lanes += Array(repeating: nil, count: max(0, 2 * half - lanes.count))
    while half > 0 {
      for lane in 0..<half {
        guard let other = lanes[lane + half] else { continue }
        lanes[lane] = lanes[lane].map { join(&self, $0, other) } ?? other
      }
      half /= 2
    }
    return lanes[0] ?? values[0]
  }

  /// A reduction of few elements by the tree of `ck_reduce`.
  mutating func reduction(_ operation: ck_reduce_op, _ values: [TraceValue]) -> TraceValue? {
    let type = type(of: values[0])
    switch operation {
    case CK_SUM: return sum(values)
    case CK_PROD: return tree(values) { $0.emit(EM_MUL, type, a: $1, b: $2) }
    case CK_REDUCE_MAX: return tree(values) { $0.later($2, if: EM_LT, $1, $2, over: $1) }
    case CK_REDUCE_MIN: return tree(values) { $0.later($2, if: EM_LT, $2, $1, over: $1) }
    default: return nil
    }
  }

  /// `x` where a comparison holds or x is not a number, else `s`.
  private mutating func later(
    _ x: TraceValue, if code: em_code, _ a: TraceValue, _ b: TraceValue, over s: TraceValue
  ) -> TraceValue {
    let type = type(of: x)
    let holds = emit(code, type, a: a, b: b), isNone = emit(EM_NE, type, a: x, b: x)
    let other = emit(EM_SELECT, type, a: isNone, b: x, c: s)
    return emit(EM_SELECT, type, a: holds, b: x, c: other)
  }

  /// Combined first to last, as columns are.
  mutating func columnReduction(_ operation: ck_reduce_op, _ values: [TraceValue]) -> TraceValue? {
    let type = type(of: values[0])
    let rest = values.dropFirst()
    switch operation {
    case CK_SUM:
      let total = rest.reduce(values[0]) { emit(EM_ADD, type, a: $0, b: $1) }
      return emit(EM_ADD, type, a: total, b: constant(0, type))
    case CK_PROD: return rest.reduce(values[0]) { emit(EM_MUL, type, a: $0, b: $1) }
    case CK_REDUCE_MAX: return rest.reduce(values[0]) { later($1, if: EM_LT, $0, $1, over: $0) }
    case CK_REDUCE_MIN: return rest.reduce(values[0]) { later($1, if: EM_LT, $1, $0, over: $0) }
    default: return nil
    }
  }

  mutating func traceReduce(_ i: Instruction) -> Bool {
    let type = i.isSingle ? EM_F32 : EM_F64, operation = ck_reduce_op(UInt32(i.flags))
    if i.n == 0 { return false }
    if i.n <= Self.fewElements {
      guard let result = reduction(operation, elements(i.a, i.n, type)) else { return false }
      write(i.out, 0, result)
      return true
    }
    guard operation == CK_SUM, i.n <= Int(CK_BLOCK) else { return false }
    write(i.out, 0, loopTotal(i.n, type, reading: [i.a]) { $0.emit(EM_SUM, type, a: $1[0]) })
    return true
  }

  mutating func traceReduceAxis(_ i: Instruction) -> Bool {
    let type = i.isSingle ? EM_F32 : EM_F64, operation = ck_reduce_op(UInt32(i.flags)), bytes = byteCount(type)
    if i.m * i.n * i.k == 0 { return false }
    guard i.n <= Self.fewElements, i.m * i.n * i.k <= 4 * Self.fewElements else {
      return operation == CK_SUM && (i.k == 1 ? sumRows(i, type) : sumColumns(i, type))
    }
    var results: [TraceValue] = []
    for outer in 0..<i.m {
      for inner in 0..<i.k {
        let values = (0..<i.n).map { read(i.a, ((outer * i.n + $0) * i.k + inner) * bytes, type) }
        let result = i.k == 1 ? reduction(operation, values) : columnReduction(operation, values)
        guard let result else { return false }
        results.append(result)
      }
    }
    for (place, result) in results.enumerated() { write(i.out, place * bytes, result) }
    return true
  }

  /// Sums of rows of a matrix, each by the tree of `ck_reduce`.
  private mutating func sumRows(_ i: Instruction, _ type: em_type) -> Bool {
    guard i.n <= Int(CK_BLOCK), i.m * i.n <= Self.loopElements else { return false }
    prepare(reading: i.a)
    let a = pointer(i.a), out = pointer(i.out)
    prepare(writing: i.out)
    let row = emit(EM_LOOP, EM_I64, i: i.m)
    let line = emit(EM_ADDRESS, EM_I64, a: a, b: row, i: i.n * byteCount(type))
    emit(EM_EACH, type, i: i.n)
    let element = emit(EM_ELEMENT, type, a: line)
    let sum = emit(EM_SUM, type, a: element)
    emit(EM_END, EM_NOTHING)
    emit(EM_STORE, type, a: out, b: row, c: sum)
    emit(EM_REPEAT, EM_NOTHING)
    return true
  }

  /// Most rows whose columns are added up in one loop over elements.
  private static let rowsMax = 64

  /// Sums of columns, first to last, from +0.
  private mutating func sumColumns(_ i: Instruction, _ type: em_type) -> Bool {
    guard i.m == 1, i.n <= Self.rowsMax, i.k <= Self.loopElements else { return false }
    prepare(reading: i.a)
    let a = pointer(i.a), out = pointer(i.out)
    prepare(writing: i.out)
    let zero = constant(0, type)
    emit(EM_EACH, type, i: i.k)
    let total = (0..<i.n).reduce(zero) { sum, row in
      let element = emit(EM_ELEMENT, type, a: a, i: row * i.k * byteCount(type))
      return emit(EM_ADD, type, a: sum, b: element)
    }
    emit(EM_PUT, type, a: out, c: total)
    emit(EM_END, EM_NOTHING)
    return true
  }

  mutating func elements(_ slot: Int32, _ count: Int, _ type: em_type) -> [TraceValue] {
    (0..<count).map { read(slot, $0 * byteCount(type), type) }
  }

  /// A sum over the elements of arrays.
  mutating func loopTotal(
    _ count: Int, _ type: em_type, reading slots: [Int32], _ body: (inout StepTracer, [TraceValue]) -> TraceValue
  ) -> TraceValue {
    for slot in slots {
      prepare(reading: slot)
      _ = pointer(slot)
    }
    var total: TraceValue?
    for first in stride(from: 0, to: count, by: Int(CK_BLOCK)) {
      emit(EM_EACH, type, i: min(Int(CK_BLOCK), count - first))
      let operands = slots.map { emit(EM_ELEMENT, type, a: pointer($0), i: first * byteCount(type)) }
      let own = body(&self, operands)
      emit(EM_END, EM_NOTHING)
      total = total.map { emit(EM_ADD, type, a: $0, b: own) } ?? own
    }
    return total ?? constant(0, type)
  }
}
