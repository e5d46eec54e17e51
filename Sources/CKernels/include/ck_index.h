// Moving elements: sorting, gathering, transposing, slicing, patches. Callers check positions beforehand.
#pragma once
#include "ck_level.h"

enum { CK_MAX_RANK = 16 };

#define CK_DECLARE_INDEX_REAL(T, S)                                                                                \
  /* Positions that sort a ascending, equal ones in their order, NaN last, -0 = +0. scratch: n positions. */       \
  void ck_argsort_##S(int64_t *out, const T *a, ck_size n, int64_t *scratch);                                      \
  /* Positions of the k largest (magnitude ≠ 0: largest in magnitude), largest first; ties: lowest position        \
     first; NaN counts as the largest. scratch: n positions. */                                                    \
  void ck_topk_##S(int64_t *out, const T *a, ck_size n, ck_size k, int magnitude, int64_t *scratch);               \
  /* out[index[i], ·] += a[i, ·] over rows of `width`, i first to last */                                          \
  void ck_scatter_add_rows_##S(T *out, const T *a, const int64_t *index, ck_size n, ck_size width);                \
  /* out[r, index[r]] += a[r] for a matrix of `cols` columns */                                                    \
  void ck_scatter_add_elements_##S(T *out, const T *a, const int64_t *index, ck_size rows, ck_size cols);          \
  /* Patches of images x (N, C, H, W) → out (N, OH, OW, C, KH, KW), zeros outside; the adjoint adds them back     \
     into x (which the caller has filled with zeros) */                                                            \
  void ck_patches_##S(T *out, const T *x, const struct ck_window *w);                                              \
  void ck_patches_adjoint_##S(T *x, const T *patches, const struct ck_window *w);                                  \
  /* Largest of each window → (N, C, OH, OW), and its position in the H·W plane (first if tied; padding never) */  \
  void ck_max_pool_##S(T *out, int64_t *position, const T *x, const struct ck_window *w);                          \
  void ck_max_pool_adjoint_##S(T *x, const T *adjoint, const int64_t *position, const struct ck_window *w);        \
  /* out += a over a strided view of out: the adjoint of `ck_strided_copy` */                                      \
  void ck_strided_add_##S(T *out, const T *a, int rank, const ck_size *sizes, const ck_size *strides);

/// Sliding windows over images.
struct ck_window {
  ck_size images, channels, height, width;
  ck_size kernelHeight, kernelWidth, strideHeight, strideWidth, padHeight, padWidth;
};
/// Number of window positions down and across.
static inline ck_size ck_window_rows(const struct ck_window *w) {
  ck_size room = w->height + 2 * w->padHeight - w->kernelHeight;
  return room < 0 ? 0 : room / w->strideHeight + 1;
}
static inline ck_size ck_window_columns(const struct ck_window *w) {
  ck_size room = w->width + 2 * w->padWidth - w->kernelWidth;
  return room < 0 ? 0 : room / w->strideWidth + 1;
}

CK_DECLARE_INDEX_REAL(double, f64)
CK_DECLARE_INDEX_REAL(float, f32)
void ck_argsort_i64(int64_t *out, const int64_t *a, ck_size n, int64_t *scratch);

// The functions below move elements of 4 or 8 bytes whatever they mean; a rank is at most CK_MAX_RANK.

/// out[i, ·] = a[index[i], ·] over rows of `bytes` bytes.
void ck_gather_rows(void *out, const void *a, const int64_t *index, ck_size n, ck_size bytes);
/// out[i] = the least j with index[j] = index[i]. table: `capacity` places, a power of two of 2 n at least.
void ck_first_places(int64_t *out, const int64_t *index, ck_size n, int64_t *table, ck_size capacity);
/// out[r] = a[r, index[r]] for a matrix of `cols` columns; elementBytes is 4 or 8.
void ck_gather_elements(void *out, const void *a, const int64_t *index, ck_size rows, ck_size cols,
                        ck_size elementBytes);
/// out (cols × rows) = transpose of a (rows × cols).
void ck_transpose2(void *out, const void *a, ck_size rows, ck_size cols, ck_size elementBytes);
/// out's axis d is a's axis permutation[d]; `sizes` are a's.
void ck_transpose(void *out, const void *a, int rank, const ck_size *sizes, const int *permutation,
                  ck_size elementBytes);
/// out (dense, of `sizes`) = a at element offsets Σ index[d] strides[d]; strides may be 0 or negative.
/// With rank 0 one element is copied.
void ck_strided_copy(void *out, const void *a, int rank, const ck_size *sizes, const ck_size *strides,
                     ck_size elementBytes);
/// The inverse: out at those offsets = a (dense).
void ck_strided_store(void *out, const void *a, int rank, const ck_size *sizes, const ck_size *strides,
                      ck_size elementBytes);
