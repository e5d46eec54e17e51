import CEmit
import CKernels

// Scalar programs: their operations are those of code, or calls.

extension StepTracer {
  /// Follows a scalar program.
  mutating func traceScalars(_ instruction: Instruction) -> Bool {
    guard let program = instruction.parameters?.assumingMemoryBound(to: ck_scalar_op.self) else { return false }
    let origins = UnsafePointer<UInt32>(bitPattern: instruction.m)
    for number in 0..<instruction.n - 1 {
      let op = program[number]
      let code = Int(op.code), singles = Int(CK_SCALAR_ADD_F32.rawValue), wholes = Int(CK_SCALAR_ADD_I64.rawValue)
      if code < wholes {
        let type = code < singles ? EM_F64 : EM_F32
        traceReal(op, ck_scalar_code(UInt32(code < singles ? code : code - singles)), type)
      } else {
        traceOther(op, TraceFault(origin: origins?[number] ?? 0, bound: Int(op.c)))
      }
    }
    return true
  }

  private mutating func traceReal(_ op: ck_scalar_op, _ code: ck_scalar_code, _ type: em_type) {
    switch code {
    case CK_SCALAR_DRAW_F64:
      return write(cell: op.d, draw(op.a, Int(op.sub), type))
    case CK_SCALAR_LOAD_F64:
      return write(cell: op.d, read(op.a, Int(op.b) * byteCount(type), type))
    case CK_SCALAR_STORE_F64:
      return write(op.d, Int(op.b) * byteCount(type), read(cell: op.a, type))
    case CK_SCALAR_UNARY_F64:
      let a = read(cell: op.a, type)
      return write(cell: op.d, unary(ck_unary_op(UInt32(op.sub)), a))
    case CK_SCALAR_NEG_F64, CK_SCALAR_SQUARE_F64, CK_SCALAR_SQRT_F64:
      let a = read(cell: op.a, type)
      let kernel = code == CK_SCALAR_NEG_F64 ? CK_NEG : code == CK_SCALAR_SQUARE_F64 ? CK_SQUARE : CK_SQRT
      return write(cell: op.d, unary(kernel, a))
    default: break
    }
    let first = read(cell: op.a, type), second = read(cell: op.b, type)
    switch code {
    case CK_SCALAR_BINARY_F64: write(cell: op.d, binary(ck_binary_op(UInt32(op.sub)), first, second))
    case CK_SCALAR_SELECT_F64: write(cell: op.d, emit(EM_SELECT, type, a: first, b: second, c: read(cell: op.c, type)))
    case CK_SCALAR_SCALE_F64: write(cell: op.d, scale(first, second))
    case CK_SCALAR_RATIO_F64: write(cell: op.d, ratio(first, second))
    case CK_SCALAR_MULADD_F64, CK_SCALAR_MULSUB_F64, CK_SCALAR_SUBMUL_F64:
      let third = read(cell: op.c, type), product = emit(EM_MUL, type, a: first, b: second)
      let form = code == CK_SCALAR_MULADD_F64 ? EM_ADD : EM_SUB
      let (x, y) = code == CK_SCALAR_SUBMUL_F64 ? (third, product) : (product, third)
      write(cell: op.d, emit(form, type, a: x, b: y))
    default:
      write(cell: op.d, Self.simple(code).map { emit($0, type, a: first, b: second) } ?? unknown(type))
    }
  }

  private static func simple(_ code: ck_scalar_code) -> em_code? {
    switch code {
    case CK_SCALAR_ADD_F64: EM_ADD
    case CK_SCALAR_SUB_F64: EM_SUB
    case CK_SCALAR_MUL_F64: EM_MUL
    case CK_SCALAR_DIV_F64: EM_DIV
    case CK_SCALAR_LT_F64: EM_LT
    case CK_SCALAR_LE_F64: EM_LE
    case CK_SCALAR_EQ_F64: EM_EQ
    case CK_SCALAR_NE_F64: EM_NE
    default: nil
    }
  }

  private mutating func traceOther(_ op: ck_scalar_op, _ fault: TraceFault) {
    switch ck_scalar_code(UInt32(op.code)) {
    case CK_SCALAR_ADD_I64:
      let a = read(cell: op.a, EM_I64), b = read(cell: op.b, EM_I64)
      write(cell: op.d, emit(EM_ADD, EM_I64, a: a, b: b))
    case CK_SCALAR_UNARY_I64:
      let a = read(cell: op.a, EM_I64)
      write(cell: op.d, call(EM_UNARY_I64, EM_I64, [argument(a), argument(number: Int(op.sub))]))
    case CK_SCALAR_BINARY_I64:
      let a = read(cell: op.a, EM_I64), b = read(cell: op.b, EM_I64)
      write(cell: op.d, binaryWhole(ck_binary_op(UInt32(op.sub)), a, b))
    case CK_SCALAR_COMPARE_I64:
      let a = read(cell: op.a, EM_I64), b = read(cell: op.b, EM_I64)
      let form = Self.comparison(ck_binary_op(UInt32(op.sub)))
      write(cell: op.d, form.map { emit($0, EM_F64, a: a, b: b) } ?? unknown(EM_F64))
    case CK_SCALAR_SELECT_I64:
      let a = read(cell: op.a, EM_F64), b = read(cell: op.b, EM_I64), c = read(cell: op.c, EM_I64)
      write(cell: op.d, emit(EM_SELECT, EM_I64, a: a, b: b, c: c))
    case CK_SCALAR_ELEMENT_F64, CK_SCALAR_ELEMENT_F32:
      let type = UInt32(op.code) == CK_SCALAR_ELEMENT_F32.rawValue ? EM_F32 : EM_F64
      let index = inside(read(cell: op.b, EM_I64), Int(op.c), fault)
      prepare(reading: op.a)
      write(cell: op.d, emit(EM_LOAD, type, a: pointer(op.a), b: index))
    case CK_SCALAR_COPY:
      write(cell: op.d, read(cell: op.a, type(ofCell: op.a)))
    default: traceConversion(op)
    }
  }

  private mutating func traceConversion(_ op: ck_scalar_op) {
    let from: em_type, to: em_type
    switch ck_scalar_code(UInt32(op.code)) {
    case CK_SCALAR_F64_FROM_F32: (from, to) = (EM_F32, EM_F64)
    case CK_SCALAR_F64_FROM_I64: (from, to) = (EM_I64, EM_F64)
    case CK_SCALAR_F32_FROM_F64: (from, to) = (EM_F64, EM_F32)
    case CK_SCALAR_F32_FROM_I64: (from, to) = (EM_I64, EM_F32)
    case CK_SCALAR_I64_FROM_F64: (from, to) = (EM_F64, EM_I64)
    case CK_SCALAR_I64_FROM_F32: (from, to) = (EM_F32, EM_I64)
    default:
      _ = unknown(EM_F64)
      return
    }
    write(cell: op.d, convert(read(cell: op.a, from), to))
  }
}

// MARK: - Functions of numbers

extension StepTracer {
  mutating func convert(_ a: TraceValue, _ to: em_type) -> TraceValue {
    let from = type(of: a)
    if from == to { return a }
    if to == EM_I64 { return call(from == EM_F64 ? EM_WHOLE_F64 : EM_WHOLE_F32, EM_I64, [argument(a)]) }
    return emit(EM_CONVERT, to, a: a, sub: Int(from.rawValue))
  }

  static func comparison(_ op: ck_binary_op) -> em_code? {
    switch op {
    case CK_LT: EM_LT
    case CK_LE: EM_LE
    case CK_EQ: EM_EQ
    case CK_NE: EM_NE
    default: nil
    }
  }

  private mutating func binaryWhole(_ op: ck_binary_op, _ a: TraceValue, _ b: TraceValue) -> TraceValue {
    switch op {
    case CK_ADD: emit(EM_ADD, EM_I64, a: a, b: b)
    case CK_SUB: emit(EM_SUB, EM_I64, a: a, b: b)
    case CK_MUL: emit(EM_MUL, EM_I64, a: a, b: b)
    default: call(EM_BINARY_I64, EM_I64, [argument(a), argument(b), argument(number: Int(op.rawValue))])
    }
  }

  /// a = 0 ? 0 : a b.
  mutating func scale(_ a: TraceValue, _ b: TraceValue) -> TraceValue {
    let type = type(of: a), zero = constant(0, type)
    let isZero = emit(EM_EQ, type, a: a, b: zero), product = emit(EM_MUL, type, a: a, b: b)
    return emit(EM_SELECT, type, a: isZero, b: zero, c: product)
  }

  /// a / b, and a where both are 0.
  mutating func ratio(_ a: TraceValue, _ b: TraceValue) -> TraceValue {
    let type = type(of: a), zero = constant(0, type)
    let isTop = emit(EM_EQ, type, a: a, b: zero), isBottom = emit(EM_EQ, type, a: b, b: zero)
    let quotient = emit(EM_DIV, type, a: a, b: b)
    let inner = emit(EM_SELECT, type, a: isBottom, b: a, c: quotient)
    return emit(EM_SELECT, type, a: isTop, b: inner, c: quotient)
  }

  /// A kernel's function of one operand; nil within loops over elements where code has no form of it.
  mutating func formOf(unary op: ck_unary_op, _ a: TraceValue) -> TraceValue? {
    let type = type(of: a)
    switch op {
    case CK_COPY: return a
    case CK_NEG: return emit(EM_NEG, type, a: a)
    case CK_ABS: return emit(EM_ABS, type, a: a)
    case CK_SQUARE: return emit(EM_MUL, type, a: a, b: a)
    case CK_RECIPROCAL: return emit(EM_DIV, type, a: constant(1, type), b: a)
    case CK_SQRT: return emit(EM_SQRT, type, a: a)
    case CK_FLOOR: return emit(EM_FLOOR, type, a: a)
    case CK_CEIL: return emit(EM_CEIL, type, a: a)
    case CK_ROUND: return emit(EM_ROUND, type, a: a)
    case CK_TRUNC: return emit(EM_TRUNC, type, a: a)
    case CK_SIGN:
      let zero = constant(0, type)
      let isBelow = emit(EM_LT, type, a: a, b: zero), isAbove = emit(EM_LT, type, a: zero, b: a)
      let below = emit(EM_SELECT, type, a: isBelow, b: constant(-1, type), c: a)
      return emit(EM_SELECT, type, a: isAbove, b: constant(1, type), c: below)
    case CK_RELU:
      let zero = constant(0, type), isBelow = emit(EM_LE, type, a: a, b: zero)
      return emit(EM_SELECT, type, a: isBelow, b: zero, c: a)
    case CK_ISFINITE:
      let nothing = emit(EM_SUB, type, a: a, b: a)
      return emit(EM_EQ, type, a: nothing, b: constant(0, type))
    case CK_NOT: return emit(EM_EQ, type, a: a, b: constant(0, type))
    default: return nil
    }
  }

  mutating func unary(_ op: ck_unary_op, _ a: TraceValue) -> TraceValue {
    if let value = formOf(unary: op, a) { return value }
    let type = type(of: a)
    return call(type == EM_F64 ? EM_UNARY_F64 : EM_UNARY_F32, type, [argument(a), argument(number: Int(op.rawValue))])
  }

  mutating func formOf(binary op: ck_binary_op, _ a: TraceValue, _ b: TraceValue) -> TraceValue? {
    let type = type(of: a)
    switch op {
    case CK_ADD: return emit(EM_ADD, type, a: a, b: b)
    case CK_SUB: return emit(EM_SUB, type, a: a, b: b)
    case CK_MUL: return emit(EM_MUL, type, a: a, b: b)
    case CK_DIV: return emit(EM_DIV, type, a: a, b: b)
    case CK_MAX: return emit(EM_MAX, type, a: a, b: b)
    case CK_MIN: return emit(EM_MIN, type, a: a, b: b)
    case CK_LT, CK_LE, CK_EQ, CK_NE: return Self.comparison(op).map { emit($0, type, a: a, b: b) }
    default: return nil
    }
  }

  mutating func binary(_ op: ck_binary_op, _ a: TraceValue, _ b: TraceValue) -> TraceValue {
    if let value = formOf(binary: op, a, b) { return value }
    let type = type(of: a)
    return call(
      type == EM_F64 ? EM_BINARY_F64 : EM_BINARY_F32, type,
      [argument(a), argument(b), argument(number: Int(op.rawValue))])
  }

  /// The stream, step and lane that a draw is for.
  mutating func key(of slot: Int32, member: Int = 0) -> [em_argument] {
    (0..<3).map { argument(read(slot, (member * 3 + $0) * 8, EM_I64)) }
  }

  /// One number drawn.
  mutating func draw(_ slot: Int32, _ kind: Int, _ type: em_type) -> TraceValue {
    call(type == EM_F64 ? EM_DRAW_F64 : EM_DRAW_F32, type, key(of: slot) + [argument(number: kind)])
  }
}
