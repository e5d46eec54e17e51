// Matrix products, row-major. In the kernels of this library an element of a product is one chain of fused
// multiply-adds over k = 0, 1, …, so its bits depend on nothing but the operands; where a product is a
// matrix times a vector along contiguous rows it is `ck_dot` instead.
#pragma once
#include "ck_level.h"

#define CK_DECLARE_PRODUCT(T, S)                                                                                   \
  /* C (m × n, row stride ldc) ← alpha op(A) op(B) + beta C; op(A) is m × k, op(B) is k × n. ta: A is stored      \
     k × m; tb: B is stored n × k. beta = 0 does not read C. C overlaps neither A nor B. Large products go to     \
     OpenBLAS where it can be loaded. */                                                                           \
  void ck_gemm_##S(int ta, int tb, ck_size m, ck_size n, ck_size k, T alpha, const T *A, ck_size lda, const T *B,  \
                   ck_size ldb, T beta, T *C, ck_size ldc);                                                        \
  /* The same by the kernels of this library only */                                                               \
  void ck_gemm_own_##S(int ta, int tb, ck_size m, ck_size n, ck_size k, T alpha, const T *A, ck_size lda,          \
                       const T *B, ck_size ldb, T beta, T *C, ck_size ldc);                                        \
  /* `batch` products whose operands lie strideA, strideB, strideC elements apart (0: one operand for all) */      \
  void ck_gemm_batched_##S(int ta, int tb, ck_size batch, ck_size m, ck_size n, ck_size k, T alpha, const T *A,    \
                           ck_size lda, ck_size strideA, const T *B, ck_size ldb, ck_size strideB, T beta, T *C,   \
                           ck_size ldc, ck_size strideC);                                                          \
  /* y ← alpha A x + beta y with A m × n (row dots), or with t: y ← alpha Aᵀ x + beta y (rows accumulated) */      \
  void ck_gemv_##S(int t, ck_size m, ck_size n, T alpha, const T *A, ck_size lda, const T *x, T beta, T *y);       \
  /* A ← A + alpha x yᵀ */                                                                                         \
  void ck_ger_##S(ck_size m, ck_size n, T alpha, const T *x, const T *y, T *A, ck_size lda);                       \
  /* w ← w − Qᵀ(Q w), twice, for the rows of Q (rows × n); returns |w|². c: 2 rows numbers, the products of the    \
     first time and of the second. Q is read three times, and sums over blocks are taken in f64. */                \
  double ck_take_out_##S(ck_size rows, ck_size n, const T *q, T *w, double *c);                                    \
  /* Σ value[j] x[column[j]] in order, and x[column[j]] ← x[column[j]] + alpha value[j] */                         \
  T ck_sparse_dot_##S(const T *value, const int64_t *column, ck_size n, const T *x);                               \
  void ck_sparse_axpy_##S(T *x, T alpha, const T *value, const int64_t *column, ck_size n);                        \
  /* y[r] = Σ_j in row r of value[j] x[column[j]], rows delimited by start[0 … rows] */                            \
  void ck_csr_gemv_##S(T *y, ck_size rows, const int64_t *start, const int64_t *column, const T *value,            \
                       const T *x);
CK_DECLARE_PRODUCT(double, f64)
CK_DECLARE_PRODUCT(float, f32)
