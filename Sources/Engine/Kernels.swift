import CKernels
import Graph
import Tensors

// The graph's opcodes in the kernels' terms.

extension UnaryOpcode {
  var kernel: ck_unary_op {
    switch self {
    case .negate: CK_NEG
    case .absolute: CK_ABS
    case .sign: CK_SIGN
    case .exponential: CK_EXP
    case .logarithm: CK_LOG
    case .log1p: CK_LOG1P
    case .expm1: CK_EXPM1
    case .squareRoot: CK_SQRT
    case .reciprocal: CK_RECIPROCAL
    case .square: CK_SQUARE
    case .sine: CK_SIN
    case .cosine: CK_COS
    case .tangent: CK_TAN
    case .tanh: CK_TANH
    case .sigmoid: CK_SIGMOID
    case .softplus: CK_SOFTPLUS
    case .relu: CK_RELU
    case .erf: CK_ERF
    case .erfc: CK_ERFC
    case .floor: CK_FLOOR
    case .ceiling: CK_CEIL
    case .round: CK_ROUND
    case .truncate: CK_TRUNC
    case .isFinite: CK_ISFINITE
    case .arcSine: CK_ASIN
    case .arcCosine: CK_ACOS
    case .arcTangent: CK_ATAN
    case .sinh: CK_SINH
    case .cosh: CK_COSH
    }
  }
}

extension BinaryOpcode {
  /// The whole-array function; nil for `scaleAdjoint`, which tiles and scalars have themselves.
  var kernel: ck_binary_op? {
    switch self {
    case .add: CK_ADD
    case .subtract: CK_SUB
    case .multiply: CK_MUL
    case .divide: CK_DIV
    case .power: CK_POW
    case .maximum: CK_MAX
    case .minimum: CK_MIN
    case .modulo: CK_MOD
    case .floorDivide: CK_FLOORDIV
    case .arcTangent2: CK_ATAN2
    case .less: CK_LT
    case .lessEqual: CK_LE
    case .equal: CK_EQ
    case .notEqual: CK_NE
    case .roundTo: CK_ROUND_TO
    case .spacing: CK_SPACING
    case .scaleAdjoint: nil
    }
  }

  /// The tile operation for two vectors; the next two codes take a number as second or first operand.
  var tileCode: ck_tile_code? {
    switch self {
    case .add: CK_TILE_ADD_VV
    case .subtract: CK_TILE_SUB_VV
    case .multiply: CK_TILE_MUL_VV
    case .divide: CK_TILE_DIV_VV
    case .maximum: CK_TILE_MAX_VV
    case .minimum: CK_TILE_MIN_VV
    case .less: CK_TILE_LT_VV
    case .lessEqual: CK_TILE_LE_VV
    case .equal: CK_TILE_EQ_VV
    case .notEqual: CK_TILE_NE_VV
    case .scaleAdjoint: CK_TILE_SCALE_VV
    case .power, .modulo, .floorDivide, .arcTangent2, .roundTo, .spacing: nil
    }
  }

  var isComparison: Bool {
    switch self {
    case .less, .lessEqual, .equal, .notEqual: true
    default: false
    }
  }
}

extension Draw {
  /// The distribution as `ck_draw_kind`.
  var kernelKind: UInt16 {
    switch distribution {
    case .uniform: UInt16(CK_DRAW_UNIFORM.rawValue)
    case .normal: UInt16(CK_DRAW_NORMAL.rawValue)
    case .rademacher: UInt16(CK_DRAW_RADEMACHER.rawValue)
    case .exponential: UInt16(CK_DRAW_EXPONENTIAL.rawValue)
    case .index: UInt16(CK_DRAW_INDEX.rawValue)
    }
  }
}
