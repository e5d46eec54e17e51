// Elementwise kernels. `out` may be the same array as an operand, but not overlap it otherwise.
// A stride is 0 (one value for all elements) or 1.
#pragma once
#include "ck_level.h"

/// Functions of one operand. Each is within 1.5 ULP; NaN gives NaN except for `CK_ISFINITE`.
enum ck_unary_op {
  CK_COPY, CK_NEG, CK_ABS, CK_SIGN, CK_SQUARE, CK_RECIPROCAL, CK_SQRT, CK_RSQRT, CK_CBRT,
  CK_EXP, CK_EXPM1, CK_LOG, CK_LOG1P, CK_SIGMOID, CK_SOFTPLUS, CK_RELU,
  CK_SIN, CK_COS, CK_TAN, CK_ASIN, CK_ACOS, CK_ATAN, CK_SINH, CK_COSH, CK_TANH, CK_ERF, CK_ERFC,
  CK_FLOOR, CK_CEIL, CK_ROUND, CK_TRUNC, CK_ISFINITE, CK_NOT
};
// CK_SIGN: -1, 0, 1 (0 of its own sign). CK_ROUND: half to even. CK_NOT: 1 where the operand is 0, else 0.
// CK_RELU: 0 where the operand is ≤ 0. CK_ISFINITE: 1 or 0.

/// Functions of two operands. Comparisons give 1 or 0, and 0 with a NaN (`CK_NE`: 1).
/// `CK_MAX`, `CK_MIN` give NaN where an operand is NaN, and take -0 < +0.
/// `CK_MOD` has the sign of the divisor and `CK_FLOORDIV` rounds down (both as in Python).
enum ck_binary_op {
  CK_ADD, CK_SUB, CK_MUL, CK_DIV, CK_POW, CK_MAX, CK_MIN, CK_ATAN2, CK_MOD, CK_FLOORDIV,
  CK_LT, CK_LE, CK_EQ, CK_NE, CK_AND, CK_OR,
  CK_ROUND_TO, CK_SPACING  // of a format by its code; see ck_vmath_formats.h
};

#define CK_DECLARE_ELEMENTWISE(T, S)                                                                               \
  void ck_unary_##S(enum ck_unary_op op, T *out, const T *a, ck_size n);                                           \
  void ck_binary_##S(enum ck_binary_op op, T *out, const T *a, ck_size sa, const T *b, ck_size sb, ck_size n);     \
  /* out = condition ≠ 0 ? a : b */                                                                                \
  void ck_select_##S(T *out, const T *condition, ck_size sc, const T *a, ck_size sa, const T *b, ck_size sb,       \
                     ck_size n);                                                                                   \
  void ck_fill_##S(T *out, T value, ck_size n);                                                                    \
  /* y ← y + alpha x, each element by one fused multiply-add */                                                    \
  void ck_axpy_##S(T *y, T alpha, const T *x, ck_size n);                                                          \
  /* out[r, c] = a[r, c] ∘ b, where b is a row (`cols` values) or a column (`rows` values) of the matrix */        \
  void ck_binary_row_##S(enum ck_binary_op op, T *out, const T *a, const T *row, ck_size rows, ck_size cols);      \
  void ck_binary_column_##S(enum ck_binary_op op, T *out, const T *a, const T *column, ck_size rows, ck_size cols);
CK_DECLARE_ELEMENTWISE(double, f64)
CK_DECLARE_ELEMENTWISE(float, f32)

/// Whole numbers: wrapping `CK_COPY CK_NEG CK_ABS CK_SIGN CK_SQUARE CK_NOT`; other operations give 0.
void ck_unary_i64(enum ck_unary_op op, int64_t *out, const int64_t *a, ck_size n);
/// Whole numbers: wrapping `CK_ADD CK_SUB CK_MUL`, `CK_MAX CK_MIN`, `CK_MOD CK_FLOORDIV` (0 for a divisor 0),
/// comparisons, `CK_AND CK_OR`; other operations give 0.
void ck_binary_i64(enum ck_binary_op op, int64_t *out, const int64_t *a, ck_size sa, const int64_t *b, ck_size sb,
                   ck_size n);
void ck_select_i64(int64_t *out, const int64_t *condition, ck_size sc, const int64_t *a, ck_size sa,
                   const int64_t *b, ck_size sb, ck_size n);
void ck_fill_i64(int64_t *out, int64_t value, ck_size n);

/// Conversions; a real becomes the whole number towards zero, saturating, and NaN becomes 0.
void ck_f32_from_f64(float *out, const double *a, ck_size n);
void ck_f64_from_f32(double *out, const float *a, ck_size n);
void ck_f64_from_i64(double *out, const int64_t *a, ck_size n);
void ck_f32_from_i64(float *out, const int64_t *a, ck_size n);
void ck_i64_from_f64(int64_t *out, const double *a, ck_size n);
void ck_i64_from_f32(int64_t *out, const float *a, ck_size n);
