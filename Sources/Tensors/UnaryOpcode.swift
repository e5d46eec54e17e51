package import CKernels

/// Which function of one number an elementwise primitive is: the one table of those that graphs, steps and loops compute.
///
/// Each has a kernel, which goes over many numbers at once.
package enum UnaryOpcode: UInt8, CaseIterable, Hashable, Sendable {
  case negate, absolute, sign, exponential, logarithm, log1p, expm1, squareRoot, cubeRoot, reciprocal, square
  case sine, cosine, tangent, tanh, sigmoid, softplus, relu, erf, erfc
  case floor, ceiling, round, truncate, isFinite
  case arcSine, arcCosine, arcTangent, sinh, cosh

  /// The kernel that computes it.
  package var kernel: ck_unary_op {
    switch self {
    case .negate: CK_NEG
    case .absolute: CK_ABS
    case .sign: CK_SIGN
    case .exponential: CK_EXP
    case .logarithm: CK_LOG
    case .log1p: CK_LOG1P
    case .expm1: CK_EXPM1
    case .squareRoot: CK_SQRT
    case .cubeRoot: CK_CBRT
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
