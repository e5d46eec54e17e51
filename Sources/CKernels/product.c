// Matrix products: the public functions, and the choice of who computes a large one.
#include "ck_blas.h"
#include "ck_dispatch.h"
#include "ck_product.h"
#include "ck_workers.h"

#define DISPATCH_REAL(T, S)                                                                                        \
  CK_DISPATCH(void, gemm_own_##S,                                                                                  \
              (int ta, int tb, ck_size m, ck_size n, ck_size k, T alpha, const T *A, ck_size lda, const T *B,      \
               ck_size ldb, T beta, T *C, ck_size ldc),                                                            \
              (ta, tb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc))                                              \
  CK_DISPATCH(void, gemv_##S,                                                                                      \
              (int t, ck_size m, ck_size n, T alpha, const T *A, ck_size lda, const T *x, T beta, T *y),           \
              (t, m, n, alpha, A, lda, x, beta, y))                                                                \
  CK_DISPATCH(void, ger_##S, (ck_size m, ck_size n, T alpha, const T *x, const T *y, T *A, ck_size lda),           \
              (m, n, alpha, x, y, A, lda))                                                                         \
  CK_DISPATCH(T, sparse_dot_##S, (const T *value, const int64_t *column, ck_size n, const T *x),                   \
              (value, column, n, x))                                                                               \
  CK_DISPATCH(void, sparse_axpy_##S, (T * x, T alpha, const T *value, const int64_t *column, ck_size n),           \
              (x, alpha, value, column, n))                                                                        \
  CK_DISPATCH(void, csr_gemv_##S,                                                                                  \
              (T * y, ck_size rows, const int64_t *start, const int64_t *column, const T *value, const T *x),      \
              (y, rows, start, column, value, x))
DISPATCH_REAL(double, f64)
DISPATCH_REAL(float, f32)

/// Below this many multiplications (about 100³) the kernels of this library are as fast.
static const double blasThreshold = 1e6;
/// From this many on (about 400³) a product is cut into blocks of 256 rows or columns, or 512 of many, whoever
/// computes them and on however many threads, so that the bits depend on the shape only. Every block packs the
/// other operand anew.
static const double blockThreshold = 6.4e7;
enum { BLOCK = 256 };
static ck_size block_size(ck_size count) { return count >= 8 * BLOCK ? 2 * BLOCK : BLOCK; }

static int is_for_blas(ck_size m, ck_size n, ck_size k) {
  const ck_size limit = 1 << 30;
  if (m < 16 || n < 16 || k < 16 || (double)m * (double)n * (double)k < blasThreshold) return 0;
  return m < limit && n < limit && k < limit && ck_blas_load();
}

#define DEFINE_GEMM(T, S)                                                                                          \
  struct blocks_##S {                                                                                              \
    int ta, tb, blas, byRows;                                                                                      \
    ck_size m, n, k, lda, ldb, ldc, size;                                                                          \
    T alpha, beta;                                                                                                 \
    const T *A, *B;                                                                                                \
    T *C;                                                                                                          \
  };                                                                                                               \
  static void gemm_block_##S(void *context, ck_size block) {                                                       \
    struct blocks_##S p = *(struct blocks_##S *)context;                                                           \
    ck_size first = block * p.size;                                                                                \
    if (p.byRows) {                                                                                                \
      p.A += p.ta ? first : first * p.lda;                                                                         \
      p.C += first * p.ldc;                                                                                        \
      p.m = p.m - first < p.size ? p.m - first : p.size;                                                           \
    } else {                                                                                                       \
      p.B += p.tb ? first * p.ldb : first;                                                                         \
      p.C += first;                                                                                                \
      p.n = p.n - first < p.size ? p.n - first : p.size;                                                           \
    }                                                                                                              \
    if (p.blas) ck_blas_gemm_##S(p.ta, p.tb, p.m, p.n, p.k, p.alpha, p.A, p.lda, p.B, p.ldb, p.beta, p.C, p.ldc);  \
    else ck_gemm_own_##S(p.ta, p.tb, p.m, p.n, p.k, p.alpha, p.A, p.lda, p.B, p.ldb, p.beta, p.C, p.ldc);          \
  }                                                                                                                \
  void ck_gemm_##S(int ta, int tb, ck_size m, ck_size n, ck_size k, T alpha, const T *A, ck_size lda, const T *B,  \
                   ck_size ldb, T beta, T *C, ck_size ldc) {                                                       \
    if (m <= 0 || n <= 0) return;                                                                                  \
    int blas = is_for_blas(m, n, k);                                                                               \
    if ((double)m * (double)n * (double)k >= blockThreshold && (m >= 2 * BLOCK || n >= 2 * BLOCK)) {               \
      ck_size count = m >= n ? m : n, size = block_size(count);                                                    \
      struct blocks_##S p = {ta, tb, blas, m >= n, m, n, k, lda, ldb, ldc, size, alpha, beta, A, B, C};            \
      ck_parallel((count + size - 1) / size, ck_threads(), gemm_block_##S, &p);                                    \
      return;                                                                                                      \
    }                                                                                                              \
    if (blas) ck_blas_gemm_##S(ta, tb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc);                              \
    else ck_gemm_own_##S(ta, tb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc);                                    \
  }                                                                                                                \
  void ck_gemm_batched_##S(int ta, int tb, ck_size batch, ck_size m, ck_size n, ck_size k, T alpha, const T *A,    \
                           ck_size lda, ck_size strideA, const T *B, ck_size ldb, ck_size strideB, T beta, T *C,   \
                           ck_size ldc, ck_size strideC) {                                                         \
    for (ck_size i = 0; i < batch; i++)                                                                            \
      ck_gemm_##S(ta, tb, m, n, k, alpha, A + i * strideA, lda, B + i * strideB, ldb, beta, C + i * strideC, ldc); \
  }
DEFINE_GEMM(double, f64)
DEFINE_GEMM(float, f32)
