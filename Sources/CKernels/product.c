// Matrix products: the public functions, and the choice of who computes a large one.
#include "ck_blas.h"
#include "ck_dispatch.h"
#include "ck_product.h"
#include "ck_symmetric.h"
#include "ck_watch.h"
#include "ck_workers.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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
  CK_DISPATCH(double, take_out_##S, (ck_size rows, ck_size n, const T *q, T *w, double *c), (rows, n, q, w, c))        \
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
/// From this many on (about 400³) threads share a product, and each packs the other operand anew. Where its cuts
/// lie must not change a bit, as the number of threads must not. Between rows at multiples of `ROWS` it does not, if
/// `cuts_between_rows_are_exact`: a thread then takes as many rows as are its share. All other cuts depend on the
/// shape only: every `MOST_ROWS` rows, or every 256 columns, 512 of many.
static const double blockThreshold = 6.4e7;
enum { ROWS = 96, MOST_ROWS = 42 * ROWS, BLOCK = 256 };
static ck_size block_size(ck_size count) { return count >= 8 * BLOCK ? 2 * BLOCK : BLOCK; }

/// Rows of one share of m.
static ck_size share_of_threads(ck_size m, int threads) {
  if (m > MOST_ROWS) return threads > 1 ? MOST_ROWS / 6 : MOST_ROWS;
  ck_size groups = (m + ROWS - 1) / ROWS;
  return (groups + threads - 1) / threads * ROWS;
}

/// Where a flag is watched, no share has more than about this many multiplications: a tenth of a second.
static const double watchedShare = 2e9;

/// Rows of one share of m, each of `each` multiplications.
static ck_size share_size(ck_size m, double each, int threads) {
  ck_size size = share_of_threads(m, threads);
  if (!ck_watched_flag || (double)size * each <= watchedShare) return size;
  ck_size groups = (ck_size)(watchedShare / each / ROWS);
  return (groups < 4 ? 4 : groups) * ROWS;
}

static int is_for_blas(ck_size m, ck_size n, ck_size k) {
  const ck_size limit = 1 << 30;
  if (m < 16 || n < 16 || k < 16 || (double)m * (double)n * (double)k < blasThreshold) return 0;
  return m < limit && n < limit && k < limit && ck_blas_load();
}

/// Whether OpenBLAS gives the same bits when rows are cut at multiples of `ROWS`. Its kernels treat the last few rows
/// of a call in another way, up to a number that divides `ROWS` in those that are known; asked once, with a product
/// that has all kinds of ends.
#define DEFINE_EXACT_CUTS(T, S)                                                                                    \
  static int try_cuts_##S(int ta, int tb) {                                                                        \
    enum { M = 3 * ROWS + 7, N = 831, K = 67 };                                                                    \
    T *A = malloc((M * K + K * N + 2 * M * N) * sizeof *A), *B = A + M * K, *whole = B + K * N;                    \
    if (!A) return 0;                                                                                              \
    T *cut = whole + M * N;                                                                                        \
    uint32_t bits = 1;                                                                                             \
    for (ck_size i = 0; i < M * K + K * N; i++) A[i] = (T)(int32_t)(bits = bits * 1664525 + 1013904223);           \
    ck_size lda = ta ? M : K, ldb = tb ? K : N;                                                                    \
    ck_blas_gemm_##S(ta, tb, M, N, K, 1, A, lda, B, ldb, 0, whole, N);                                             \
    for (ck_size i = 0; i < M; i += ROWS) {                                                                        \
      ck_size rows = M - i < ROWS ? M - i : ROWS;                                                                  \
      ck_blas_gemm_##S(ta, tb, rows, N, K, 1, A + (ta ? i : i * K), lda, B, ldb, 0, cut + i * N, N);               \
    }                                                                                                              \
    int same = memcmp(whole, cut, M * N * sizeof *cut) == 0;                                                       \
    free(A);                                                                                                       \
    return same;                                                                                                   \
  }                                                                                                                \
  static int cuts_between_rows_are_exact_##S(int blas, int ta, int tb) {                                           \
    static atomic_int known[2][2];                                                                                 \
    if (!blas) return 1;                                                                                           \
    int answer = atomic_load(&known[!!ta][!!tb]);                                                                  \
    if (!answer) atomic_store(&known[!!ta][!!tb], answer = try_cuts_##S(ta, tb) ? 1 : 2);                          \
    return answer == 1;                                                                                            \
  }
DEFINE_EXACT_CUTS(double, f64)
DEFINE_EXACT_CUTS(float, f32)

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
    int own = blas && A == B && m == n && lda == ldb && alpha == 1 && beta == 0;                                   \
    if (own && ck_symmetric_product_##S(ta, tb, n, k, A, lda, C, ldc)) return;                                     \
    if ((double)m * (double)n * (double)k >= blockThreshold && (m >= 2 * BLOCK || n >= 2 * BLOCK)) {               \
      /* Rows, unless there are few beside the columns: each share packs all of the right operand. */              \
      int exact = m >= 4 * ROWS && 8 * m >= n && cuts_between_rows_are_exact_##S(blas, ta, tb);                    \
      int byRows = exact || m >= n;                                                                                \
      ck_size count = byRows ? m : n;                                                                              \
      ck_size size = exact ? share_size(m, (double)n * (double)k, ck_threads()) : block_size(count);               \
      struct blocks_##S p = {ta, tb, blas, byRows, m, n, k, lda, ldb, ldc, size, alpha, beta, A, B, C};            \
      ck_parallel((count + size - 1) / size, ck_threads(), gemm_block_##S, &p);                                    \
      return;                                                                                                      \
    }                                                                                                              \
    if (blas) ck_blas_gemm_##S(ta, tb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc);                              \
    else ck_gemm_own_##S(ta, tb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc);                                    \
  }                                                                                                                \
  void ck_gemm_batched_##S(int ta, int tb, ck_size batch, ck_size m, ck_size n, ck_size k, T alpha, const T *A,    \
                           ck_size lda, ck_size strideA, const T *B, ck_size ldb, ck_size strideB, T beta, T *C,   \
                           ck_size ldc, ck_size strideC) {                                                         \
    for (ck_size i = 0; i < batch && !ck_stopped(); i++)                                                           \
      ck_gemm_##S(ta, tb, m, n, k, alpha, A + i * strideA, lda, B + i * strideB, ldb, beta, C + i * strideC, ldc); \
  }
DEFINE_GEMM(double, f64)
DEFINE_GEMM(float, f32)
