import CKernels
import Graph
import Tensors

// The graph's opcodes in the kernels' terms.

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
