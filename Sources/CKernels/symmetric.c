// Products of a matrix with its own transpose, and of a symmetric matrix with itself: one triangle by OpenBLAS, which
// is half of the work, and a mirror of it. Where the library rounds a triangle as it rounds the whole product, its blocks
// go by the number of threads; else they are those of the shape, so that the bits do not go by threads either.
#include "ck_blas.h"
#include "ck_symmetric.h"
#include "ck_watch.h"
#include "ck_workers.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/// From this many rows on a triangle and its mirror take less time than the whole.
enum { LEAST_ROWS = 128 };
/// Cuts between rows and columns lie at multiples of `ROWS`; `TURN` rows are mirrored at once.
enum { ROWS = 96, TURN = 32 };
/// Multiplications of one share at most: a tenth of a second.
static const double longestShare = 2e9;

/// Blocks along one side of the triangle: few, as each packs its operands anew; one for a thread `alone` that need not be
/// broken off.
static ck_size blocks_of_side(ck_size n, ck_size k, int alone) {
  double work = (double)n * (double)n * (double)k / 2;
  if (n < 512 || (alone && work <= longestShare)) return 1;
  ck_size blocks = n < 2048 ? 2 : 4;
  while (work / (double)(blocks * blocks) > longestShare && blocks < 64) blocks *= 2;
  return blocks;
}

#define DEFINE_SYMMETRIC(T, WORD, S)                                                                               \
  struct triangle_##S {                                                                                            \
    int t;                                                                                                         \
    ck_size n, k, lda, ldc, size, blocks;                                                                          \
    const T *A;                                                                                                    \
    T *C;                                                                                                          \
  };                                                                                                               \
  /* C[j, i] ← C[i, j] for rows i and columns j > i of a block */                                                  \
  static void mirror_##S(T *C, ck_size ldc, ck_size row, ck_size rows, ck_size column, ck_size columns) {          \
    for (ck_size i = row; i < row + rows; i += TURN)                                                               \
      for (ck_size j = column; j < column + columns; j += TURN)                                                    \
        for (ck_size r = i; r < i + TURN && r < row + rows; r++)                                                   \
          for (ck_size c = j > r ? j : r + 1; c < j + TURN && c < column + columns; c++)                           \
            C[c * ldc + r] = C[r * ldc + c];                                                                       \
  }                                                                                                                \
  /* Block (i, i) is a triangle of its own; of block (i, j) with i < j this is the upper half of the rows, and of  \
     (j, i) the lower. */                                                                                          \
  static void block_##S(void *context, ck_size number) {                                                           \
    struct triangle_##S p = *(struct triangle_##S *)context;                                                       \
    ck_size i = number / p.blocks, j = number % p.blocks, lower = i > j;                                           \
    ck_size row = (lower ? j : i) * p.size, column = (lower ? i : j) * p.size;                                     \
    if (row >= p.n || column >= p.n) return;                                                                       \
    ck_size rows = p.n - row < p.size ? p.n - row : p.size, columns = p.n - column < p.size ? p.n - column : p.size; \
    ck_size half = (rows / 2 + ROWS - 1) / ROWS * ROWS;                                                            \
    if (i != j && lower) row += half, rows -= half;                                                                \
    else if (i != j && rows > half) rows = half;                                                                   \
    if (rows <= 0) return;                                                                                         \
    const T *a = p.A + (p.t ? row : row * p.lda), *b = p.A + (p.t ? column : column * p.lda);                      \
    T *c = p.C + row * p.ldc + column;                                                                             \
    if (i == j) ck_blas_syrk_##S(p.t, rows, p.k, a, p.lda, c, p.ldc);                                              \
    else ck_blas_gemm_##S(p.t, !p.t, rows, columns, p.k, 1, a, p.lda, b, p.lda, 0, c, p.ldc);                      \
    mirror_##S(p.C, p.ldc, row, rows, column, columns);                                                            \
  }                                                                                                                \
  static int is_symmetric_##S(const T *A, ck_size n, ck_size lda) {                                                \
    for (ck_size i = 0; i < n; i += TURN)                                                                          \
      for (ck_size j = i; j < n; j += TURN) {                                                                      \
        WORD difference = 0;                                                                                       \
        for (ck_size r = i; r < i + TURN && r < n; r++)                                                            \
          for (ck_size c = j > r ? j : r + 1; c < j + TURN && c < n; c++) {                                        \
            WORD upper, lower;                                                                                     \
            memcpy(&upper, A + r * lda + c, sizeof upper);                                                         \
            memcpy(&lower, A + c * lda + r, sizeof lower);                                                         \
            difference |= upper ^ lower;                                                                           \
          }                                                                                                        \
        if (difference) return 0;                                                                                  \
      }                                                                                                            \
    return 1;                                                                                                      \
  }                                                                                                                \
  /* Whether the triangle, or four blocks of it, has the bits of a whole product of n rows that ends like the one in \
     question and has sums of as many terms: the library splits long sums otherwise for a triangle than for the whole, \
     and computes the last rows otherwise than the last columns. */                                                \
  static int try_##S(int ta, int tb, ck_size n, ck_size k, ck_size blocks) {                                       \
    T *A = malloc((size_t)(2 * n * k + 2 * n * n) * sizeof *A), *B = A + n * k, *whole = B + n * k;                \
    if (!A) return 0;                                                                                              \
    uint32_t bits = 1;                                                                                             \
    for (ck_size i = 0; i < n * k; i++) A[i] = (T)(int32_t)(bits = bits * 1664525 + 1013904223);                   \
    ck_size lda = ta && !tb ? n : k;                                                                               \
    if (ta == tb) {                                                                                                \
      for (ck_size i = 0; i < n; i++)                                                                              \
        for (ck_size p = 0; p < k; p++) B[p * n + i] = A[i * k + p];                                               \
      ck_blas_gemm_##S(0, 0, n, n, k, 1, A, k, B, n, 0, whole, n);                                                 \
    } else {                                                                                                       \
      ck_blas_gemm_##S(ta, tb, n, n, k, 1, A, lda, A, lda, 0, whole, n);                                           \
    }                                                                                                              \
    ck_size size = blocks == 1 ? n : (n / 2 + ROWS - 1) / ROWS * ROWS;                                             \
    struct triangle_##S parts = {ta && !tb, n, k, lda, n, size, blocks, A, whole + n * n};                         \
    for (ck_size i = 0; i < blocks * blocks; i++) block_##S(&parts, i);                                            \
    int same = memcmp(whole, whole + n * n, (size_t)(n * n) * sizeof *A) == 0;                                     \
    free(A);                                                                                                       \
    return same;                                                                                                   \
  }                                                                                                                \
  static int is_exact_##S(int ta, int tb, ck_size n, ck_size k, ck_size blocks) {                                  \
    enum { KNOWN = 64 };                                                                                           \
    static _Atomic uint64_t known[3][2][KNOWN]; /* the question, and 1 for yes: of each place the last is remembered */ \
    uint64_t question = ((uint64_t)k * ROWS + (uint64_t)(n % ROWS)) * 2 + (uint64_t)1;                             \
    _Atomic uint64_t *entry = &known[ta == tb ? 2 : ta][blocks > 1][(k + n % ROWS) % KNOWN];                       \
    uint64_t answer = atomic_load(entry);                                                                          \
    if (answer / 2 == question) return answer % 2;                                                                 \
    ck_size like = (blocks > 1 ? 4 * ROWS : ROWS) + n % ROWS;                                                      \
    while ((double)like * (double)like * (double)k < 4e6) like += ROWS;                                            \
    uint64_t same = (uint64_t)try_##S(ta, tb, like, k, blocks > 1 ? 2 : 1);                                        \
    atomic_store(entry, question * 2 + same);                                                                      \
    return (int)same;                                                                                              \
  }                                                                                                                \
  int ck_symmetric_product_##S(int ta, int tb, ck_size n, ck_size k, const T *A, ck_size lda, T *C, ck_size ldc) { \
    ta = !!ta, tb = !!tb;                                                                                          \
    if (n < LEAST_ROWS || (ta == tb && (ta || n != k))) return 0;                                                  \
    if (ta == tb && !is_symmetric_##S(A, n, lda)) return 0;                                                        \
    ck_size blocks = blocks_of_side(n, k, ck_threads() == 1);                                                      \
    if (!is_exact_##S(ta, tb, n, k, 1) || (blocks > 1 && !is_exact_##S(ta, tb, n, k, blocks)))                     \
      blocks = blocks_of_side(n, k, 0);                                                                            \
    ck_size size = blocks == 1 ? n : ((n + blocks - 1) / blocks + ROWS - 1) / ROWS * ROWS;                         \
    struct triangle_##S p = {ta && !tb, n, k, lda, ldc, size, blocks, A, C};                                       \
    ck_parallel(blocks * blocks, ck_threads(), block_##S, &p);                                                     \
    return 1;                                                                                                      \
  }
DEFINE_SYMMETRIC(double, uint64_t, f64)
DEFINE_SYMMETRIC(float, uint32_t, f32)
