// Reductions. Order of combination, the same on every machine and for any number of threads:
//   a block is 4096 elements; in a block four vectors of 64 bytes (8 f64, 16 f32) accumulate every fourth
//   vector of input each, the last one padded with the neutral element; (v0 + v1) + (v2 + v3), then the
//   lanes by halves (i with i + width/2); blocks are combined first to last.
#pragma once
#include "ck_level.h"

enum ck_reduce_op {
  CK_SUM, CK_PROD, CK_REDUCE_MAX, CK_REDUCE_MIN, CK_SUM_SQUARES, CK_SUM_ABS, CK_MAX_ABS
};
// Of nothing: 0, 1, -∞, +∞, 0, 0, 0. NaN anywhere gives NaN.

enum { CK_BLOCK = 4096 };

#define CK_DECLARE_REDUCE(T, S)                                                                                    \
  T ck_reduce_##S(enum ck_reduce_op op, const T *a, ck_size n);                                                    \
  /* Σ a b, products fused into the sums */                                                                        \
  T ck_dot_##S(const T *a, const T *b, ck_size n);                                                                 \
  /* Σ (s a)², each s a rounded: the dot of s a with itself */                                                     \
  T ck_scaled_norm_##S(const T *a, T s, ck_size n);                                                                \
  /* out[o, i] = reduction over j of a[o, j, i]. inner = 1 reduces each row by the tree above; otherwise each     \
     column is combined first to last within blocks of 128 rows and the blocks first to last. */                   \
  void ck_reduce_axis_##S(enum ck_reduce_op op, T *out, const T *a, ck_size outer, ck_size n, ck_size inner);      \
  /* Position along the axis of the first largest (smallest) element; returns 0, or 1 if a NaN was met            \
     (whose first position is then given), n > 0. */                                                               \
  int ck_argmax_axis_##S(int64_t *out, const T *a, ck_size outer, ck_size n, ck_size inner);                       \
  int ck_argmin_axis_##S(int64_t *out, const T *a, ck_size outer, ck_size n, ck_size inner);                       \
  /* out[r] = log Σ exp a[r, ·], with the row's maximum taken out; -∞ for an empty row or one of -∞ */             \
  void ck_logsumexp_##S(T *out, const T *a, ck_size rows, ck_size cols);                                           \
  void ck_softmax_##S(T *out, const T *a, ck_size rows, ck_size cols);                                             \
  void ck_log_softmax_##S(T *out, const T *a, ck_size rows, ck_size cols);                                         \
  /* Running sum and product along the middle axis, first to last; reverse: last to first */                       \
  void ck_cumsum_##S(T *out, const T *a, ck_size outer, ck_size n, ck_size inner, int reverse);                    \
  void ck_cumprod_##S(T *out, const T *a, ck_size outer, ck_size n, ck_size inner, int reverse);                   \
  /* 1 if every element is finite */                                                                               \
  int ck_all_finite_##S(const T *a, ck_size n);
CK_DECLARE_REDUCE(double, f64)
CK_DECLARE_REDUCE(float, f32)

int64_t ck_sum_i64(const int64_t *a, ck_size n);
void ck_reduce_axis_i64(enum ck_reduce_op op, int64_t *out, const int64_t *a, ck_size outer, ck_size n,
                        ck_size inner);
