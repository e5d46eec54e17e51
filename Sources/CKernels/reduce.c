// Reductions: the public functions.
#include "ck_dispatch.h"
#include "ck_reduce.h"

#define DISPATCH_REAL(T, S)                                                                                        \
  CK_DISPATCH(T, reduce_##S, (enum ck_reduce_op op, const T *a, ck_size n), (op, a, n))                            \
  CK_DISPATCH(T, dot_##S, (const T *a, const T *b, ck_size n), (a, b, n))                                          \
  CK_DISPATCH(T, scaled_norm_##S, (const T *a, T s, ck_size n), (a, s, n))                                         \
  CK_DISPATCH(void, reduce_axis_##S,                                                                               \
              (enum ck_reduce_op op, T *out, const T *a, ck_size outer, ck_size n, ck_size inner),                 \
              (op, out, a, outer, n, inner))                                                                       \
  CK_DISPATCH(int, argmax_axis_##S, (int64_t * out, const T *a, ck_size outer, ck_size n, ck_size inner),          \
              (out, a, outer, n, inner))                                                                           \
  CK_DISPATCH(int, argmin_axis_##S, (int64_t * out, const T *a, ck_size outer, ck_size n, ck_size inner),          \
              (out, a, outer, n, inner))                                                                           \
  CK_DISPATCH(void, logsumexp_##S, (T * out, const T *a, ck_size rows, ck_size cols), (out, a, rows, cols))        \
  CK_DISPATCH(void, softmax_##S, (T * out, const T *a, ck_size rows, ck_size cols), (out, a, rows, cols))          \
  CK_DISPATCH(void, log_softmax_##S, (T * out, const T *a, ck_size rows, ck_size cols), (out, a, rows, cols))      \
  CK_DISPATCH(void, cumsum_##S, (T * out, const T *a, ck_size outer, ck_size n, ck_size inner, int reverse),       \
              (out, a, outer, n, inner, reverse))                                                                  \
  CK_DISPATCH(void, cumprod_##S, (T * out, const T *a, ck_size outer, ck_size n, ck_size inner, int reverse),      \
              (out, a, outer, n, inner, reverse))                                                                  \
  CK_DISPATCH(int, all_finite_##S, (const T *a, ck_size n), (a, n))
DISPATCH_REAL(double, f64)
DISPATCH_REAL(float, f32)

CK_DISPATCH(int64_t, sum_i64, (const int64_t *a, ck_size n), (a, n))
CK_DISPATCH(void, reduce_axis_i64,
            (enum ck_reduce_op op, int64_t *out, const int64_t *a, ck_size outer, ck_size n, ck_size inner),
            (op, out, a, outer, n, inner))
