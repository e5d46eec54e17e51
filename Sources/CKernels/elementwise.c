// Elementwise kernels: the public functions.
#include "ck_elementwise.h"
#include "ck_dispatch.h"

#define DISPATCH_REAL(T, S)                                                                                        \
  CK_DISPATCH(void, unary_##S, (enum ck_unary_op op, T *out, const T *a, ck_size n), (op, out, a, n))              \
  CK_DISPATCH(void, binary_##S,                                                                                    \
              (enum ck_binary_op op, T *out, const T *a, ck_size sa, const T *b, ck_size sb, ck_size n),           \
              (op, out, a, sa, b, sb, n))                                                                          \
  CK_DISPATCH(void, select_##S,                                                                                    \
              (T * out, const T *condition, ck_size sc, const T *a, ck_size sa, const T *b, ck_size sb, ck_size n), \
              (out, condition, sc, a, sa, b, sb, n))                                                               \
  CK_DISPATCH(void, fill_##S, (T * out, T value, ck_size n), (out, value, n))                                      \
  CK_DISPATCH(void, axpy_##S, (T * y, T alpha, const T *x, ck_size n), (y, alpha, x, n))                           \
  CK_DISPATCH(void, binary_row_##S,                                                                                \
              (enum ck_binary_op op, T *out, const T *a, const T *row, ck_size rows, ck_size cols),                \
              (op, out, a, row, rows, cols))                                                                       \
  CK_DISPATCH(void, binary_column_##S,                                                                             \
              (enum ck_binary_op op, T *out, const T *a, const T *column, ck_size rows, ck_size cols),             \
              (op, out, a, column, rows, cols))
DISPATCH_REAL(double, f64)
DISPATCH_REAL(float, f32)

CK_DISPATCH(void, unary_i64, (enum ck_unary_op op, int64_t *out, const int64_t *a, ck_size n), (op, out, a, n))
CK_DISPATCH(void, binary_i64,
            (enum ck_binary_op op, int64_t *out, const int64_t *a, ck_size sa, const int64_t *b, ck_size sb, ck_size n),
            (op, out, a, sa, b, sb, n))
CK_DISPATCH(void, select_i64,
            (int64_t *out, const int64_t *condition, ck_size sc, const int64_t *a, ck_size sa, const int64_t *b,
             ck_size sb, ck_size n),
            (out, condition, sc, a, sa, b, sb, n))
CK_DISPATCH(void, fill_i64, (int64_t *out, int64_t value, ck_size n), (out, value, n))
CK_DISPATCH(void, f32_from_f64, (float *out, const double *a, ck_size n), (out, a, n))
CK_DISPATCH(void, f64_from_f32, (double *out, const float *a, ck_size n), (out, a, n))
CK_DISPATCH(void, f64_from_i64, (double *out, const int64_t *a, ck_size n), (out, a, n))
CK_DISPATCH(void, f32_from_i64, (float *out, const int64_t *a, ck_size n), (out, a, n))
CK_DISPATCH(void, i64_from_f64, (int64_t *out, const double *a, ck_size n), (out, a, n))
CK_DISPATCH(void, i64_from_f32, (int64_t *out, const float *a, ck_size n), (out, a, n))
