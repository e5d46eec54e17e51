import CEmit
import CKernels

/// What a tile operation does with its operands, whichever of them are vectors.
struct TileForm {
  let code: ck_tile_code
  private let sub: UInt16

  /// The first of three codes each, and of four.
  private static let ofTwo = [
    CK_TILE_ADD_VV, CK_TILE_SUB_VV, CK_TILE_MUL_VV, CK_TILE_DIV_VV, CK_TILE_MAX_VV, CK_TILE_MIN_VV, CK_TILE_LT_VV,
    CK_TILE_LE_VV, CK_TILE_EQ_VV, CK_TILE_NE_VV, CK_TILE_SCALE_VV,
  ]
  private static let ofThree = [CK_TILE_SELECT_VVV, CK_TILE_MULADD_VVV, CK_TILE_MULSUB_VVV, CK_TILE_SUBMUL_VVV]

  init(_ op: ck_tile_op) {
    let code = op.code
    func from(_ first: ck_tile_code, _ count: UInt32) -> Bool {
      code >= first.rawValue && UInt32(code) < first.rawValue + count
    }
    let first = Self.ofTwo.first { from($0, 3) } ?? Self.ofThree.first { from($0, 4) }
    sub = op.sub
    self.code = first ?? ck_tile_code(UInt32(code))
  }

  /// Operands, in the order a, b, c, e.
  func operands(_ op: ck_tile_op) -> [UInt16] {
    switch code {
    case CK_TILE_COPY, CK_TILE_FILL, CK_TILE_NEG, CK_TILE_ABS, CK_TILE_SQUARE, CK_TILE_SQRT, CK_TILE_RECIPROCAL,
      CK_TILE_RELU, CK_TILE_UNARY, CK_TILE_SUM:
      [op.a]
    case CK_TILE_SELECT_VVV, CK_TILE_MULADD_VVV, CK_TILE_MULSUB_VVV, CK_TILE_SUBMUL_VVV: [op.a, op.b, op.c]
    case CK_TILE_MULMUL, CK_TILE_ADD_SCALED, CK_TILE_SUB_SCALED: [op.a, op.b, op.c, op.e]
    case CK_TILE_DRAW: []
    default: [op.a, op.b]
    }
  }

  /// Whether d is an operand that it writes.
  var hasResult: Bool { code != CK_TILE_SUM && code != CK_TILE_DOT && code != CK_TILE_SCALED_NORM }
  /// Whether it adds up the squares of a b.
  var isNorm: Bool { code == CK_TILE_MUL_VS_NORM || code == CK_TILE_SCALED_NORM }

  /// Whether a loop over elements has it without a call.
  var isForLoops: Bool {
    switch code {
    case CK_TILE_DRAW, CK_TILE_BINARY: false
    case CK_TILE_UNARY:
      switch ck_unary_op(UInt32(sub)) {
      case CK_COPY, CK_NEG, CK_ABS, CK_SIGN, CK_SQUARE, CK_RECIPROCAL, CK_SQRT, CK_RELU, CK_FLOOR, CK_CEIL, CK_ROUND,
        CK_TRUNC, CK_ISFINITE, CK_NOT:
        true
      default: false
      }
    default: true
    }
  }
}

extension StepTracer {
  /// The result of a tile operation on one element; nil where code has no form of it within a loop.
  mutating func value(_ form: TileForm, _ op: ck_tile_op, _ x: [TraceValue]) -> TraceValue? {
    let type = type(of: x[0])
    switch form.code {
    case CK_TILE_COPY, CK_TILE_FILL: return x[0]
    case CK_TILE_NEG: return formOf(unary: CK_NEG, x[0])
    case CK_TILE_ABS: return formOf(unary: CK_ABS, x[0])
    case CK_TILE_SQUARE: return formOf(unary: CK_SQUARE, x[0])
    case CK_TILE_SQRT: return formOf(unary: CK_SQRT, x[0])
    case CK_TILE_RECIPROCAL: return formOf(unary: CK_RECIPROCAL, x[0])
    case CK_TILE_RELU: return formOf(unary: CK_RELU, x[0])
    case CK_TILE_UNARY: return unary(ck_unary_op(UInt32(op.sub)), x[0])
    case CK_TILE_BINARY: return binary(ck_binary_op(UInt32(op.sub)), x[0], x[1])
    case CK_TILE_ADD_VV: return emit(EM_ADD, type, a: x[0], b: x[1])
    case CK_TILE_SUB_VV: return emit(EM_SUB, type, a: x[0], b: x[1])
    case CK_TILE_MUL_VV, CK_TILE_MUL_VS_NORM: return emit(EM_MUL, type, a: x[0], b: x[1])
    case CK_TILE_DIV_VV: return emit(EM_DIV, type, a: x[0], b: x[1])
    case CK_TILE_MAX_VV: return emit(EM_MAX, type, a: x[0], b: x[1])
    case CK_TILE_MIN_VV: return emit(EM_MIN, type, a: x[0], b: x[1])
    case CK_TILE_LT_VV: return emit(EM_LT, type, a: x[0], b: x[1])
    case CK_TILE_LE_VV: return emit(EM_LE, type, a: x[0], b: x[1])
    case CK_TILE_EQ_VV: return emit(EM_EQ, type, a: x[0], b: x[1])
    case CK_TILE_NE_VV: return emit(EM_NE, type, a: x[0], b: x[1])
    case CK_TILE_SCALE_VV: return scale(x[0], x[1])
    case CK_TILE_SELECT_VVV: return emit(EM_SELECT, type, a: x[0], b: x[1], c: x[2])
    case CK_TILE_MULADD_VVV: return emit(EM_ADD, type, a: emit(EM_MUL, type, a: x[0], b: x[1]), b: x[2])
    case CK_TILE_MULSUB_VVV: return emit(EM_SUB, type, a: emit(EM_MUL, type, a: x[0], b: x[1]), b: x[2])
    case CK_TILE_SUBMUL_VVV: return emit(EM_SUB, type, a: x[2], b: emit(EM_MUL, type, a: x[0], b: x[1]))
    case CK_TILE_MULMUL:
      let first = emit(EM_MUL, type, a: x[0], b: x[1]), second = emit(EM_MUL, type, a: x[2], b: x[3])
      return emit(EM_ADD, type, a: first, b: second)
    case CK_TILE_ADD_SCALED, CK_TILE_SUB_SCALED:
      let inner = emit(EM_MUL, type, a: x[0], b: x[1]), product = emit(EM_MUL, type, a: inner, b: x[3])
      return emit(form.code == CK_TILE_ADD_SCALED ? EM_ADD : EM_SUB, type, a: x[2], b: product)
    case CK_TILE_RATIO_VV: return ratio(x[0], x[1])
    default: return nil
    }
  }
}
