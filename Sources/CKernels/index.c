// Moving elements.
#include "ck_index.h"
#include "ck_watch.h"

#include <math.h>
#include <string.h>

#define IS_NAN(x) ((x) != (x))
#define T double
#define COUNT int64_t
#define N(name) name##_f64
#include "templates/index_real.inc"
#include "templates/index_float.inc"
#undef T
#undef COUNT
#undef N
#define T float
#define COUNT int32_t
#define N(name) name##_f32
#include "templates/index_real.inc"
#include "templates/index_float.inc"
#undef T
#undef COUNT
#undef N
#undef IS_NAN
#define IS_NAN(x) ((void)(x), 0)
#define T int64_t
#define N(name) name##_i64
#include "templates/index_real.inc"
#undef T
#undef N
#undef IS_NAN

void ck_gather_rows(void *out, const void *a, const int64_t *index, ck_size n, ck_size bytes) {
  char *to = out;
  const char *from = a;
  for (ck_size i = 0; i < n; i++) memcpy(to + i * bytes, from + index[i] * bytes, (size_t)bytes);
}

// A table of places, from 1, by a hash of their index: the high bits of its product with 2^64 over the golden ratio.
void ck_first_places(int64_t *out, const int64_t *index, ck_size n, int64_t *table, ck_size capacity) {
  uint64_t mask = (uint64_t)capacity - 1;
  memset(table, 0, (size_t)capacity * sizeof(int64_t));
  for (ck_size i = 0; i < n; i++) {
    uint64_t at = ((uint64_t)index[i] * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;
    while (table[at] != 0 && index[table[at] - 1] != index[i]) at = (at + 1) & mask;
    if (table[at] == 0) table[at] = i + 1;
    out[i] = table[at] - 1;
  }
}

void ck_gather_elements(void *out, const void *a, const int64_t *index, ck_size rows, ck_size cols,
                        ck_size elementBytes) {
  if (elementBytes == 8) {
    for (ck_size r = 0; r < rows; r++) ((uint64_t *)out)[r] = ((const uint64_t *)a)[r * cols + index[r]];
  } else {
    for (ck_size r = 0; r < rows; r++) ((uint32_t *)out)[r] = ((const uint32_t *)a)[r * cols + index[r]];
  }
}

// Tiles of 8 × 8 keep both sides in cache lines; the constant bounds let the compiler use registers.
#define DEFINE_TRANSPOSE(T, name)                                                                                  \
  static void name(T *out, const T *a, ck_size rows, ck_size cols) {                                               \
    for (ck_size r = 0; r < rows && !ck_stopped(); r += 8) {                                                                        \
      for (ck_size c = 0; c < cols; c += 8) {                                                                      \
        if (r + 8 <= rows && c + 8 <= cols) {                                                                      \
          for (int i = 0; i < 8; i++)                                                                              \
            for (int j = 0; j < 8; j++) out[(c + i) * rows + r + j] = a[(r + j) * cols + c + i];                   \
        } else {                                                                                                   \
          for (ck_size i = c; i < c + 8 && i < cols; i++)                                                          \
            for (ck_size j = r; j < r + 8 && j < rows; j++) out[i * rows + j] = a[j * cols + i];                   \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }
DEFINE_TRANSPOSE(uint64_t, transpose8)
DEFINE_TRANSPOSE(uint32_t, transpose4)

void ck_transpose2(void *out, const void *a, ck_size rows, ck_size cols, ck_size elementBytes) {
  if (elementBytes == 8) transpose8(out, a, rows, cols);
  else transpose4(out, a, rows, cols);
}

void ck_transpose(void *out, const void *a, int rank, const ck_size *sizes, const int *permutation,
                  ck_size elementBytes) {
  ck_size strides[CK_MAX_RANK], newSizes[CK_MAX_RANK], newStrides[CK_MAX_RANK], stride = 1;
  for (int d = rank - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= sizes[d];
  }
  for (int d = 0; d < rank; d++) {
    newSizes[d] = sizes[permutation[d]];
    newStrides[d] = strides[permutation[d]];
  }
  ck_strided_copy(out, a, rank, newSizes, newStrides, elementBytes);
}

/// A strided view with neighbouring axes joined where they step evenly, and axes of size 1 left out.
typedef struct {
  int rank;
  ck_size sizes[CK_MAX_RANK], strides[CK_MAX_RANK], count;
} view;

static view simplified(int rank, const ck_size *sizes, const ck_size *strides) {
  view v = {.rank = 0, .count = 1};
  for (int d = 0; d < rank; d++) {
    v.count *= sizes[d];
    if (sizes[d] == 1) continue;
    if (v.rank > 0 && v.strides[v.rank - 1] == sizes[d] * strides[d]) {
      v.sizes[v.rank - 1] *= sizes[d];
      v.strides[v.rank - 1] = strides[d];
    } else {
      v.sizes[v.rank] = sizes[d];
      v.strides[v.rank++] = strides[d];
    }
  }
  return v;
}

// `dense` walks through the elements in order while `strided` follows the axes; the last two axes are loops, and a
// pair that is a transposition is done in tiles.
#define DEFINE_STRIDED(T, copy, store, transpose)                                                                  \
  static T *copy(T *dense, const T *strided, const view *v, int axis) {                                            \
    ck_size size = v->sizes[axis], stride = v->strides[axis];                                                      \
    if (axis == v->rank - 2 && stride == 1 && v->strides[axis + 1] == size) {                                      \
      transpose(dense, strided, v->sizes[axis + 1], size);                                                         \
      return dense + size * v->sizes[axis + 1];                                                                    \
    }                                                                                                              \
    if (axis < v->rank - 1) {                                                                                      \
      for (ck_size i = 0; i < size && (axis > 0 || !ck_stopped()); i++)                                            \
        dense = copy(dense, strided + i * stride, v, axis + 1);                                                    \
      return dense;                                                                                                \
    }                                                                                                              \
    if (stride == 1) memcpy(dense, strided, (size_t)size * sizeof(T));                                             \
    else                                                                                                           \
      for (ck_size i = 0; i < size; i++) dense[i] = strided[i * stride];                                           \
    return dense + size;                                                                                           \
  }                                                                                                                \
  static const T *store(T *strided, const T *dense, const view *v, int axis) {                                     \
    ck_size size = v->sizes[axis], stride = v->strides[axis];                                                      \
    if (axis < v->rank - 1) {                                                                                      \
      for (ck_size i = 0; i < size && (axis > 0 || !ck_stopped()); i++)                                            \
        dense = store(strided + i * stride, dense, v, axis + 1);                                                   \
      return dense;                                                                                                \
    }                                                                                                              \
    for (ck_size i = 0; i < size; i++) strided[i * stride] = dense[i];                                             \
    return dense + size;                                                                                           \
  }
DEFINE_STRIDED(uint64_t, copy8, store8, transpose8)
DEFINE_STRIDED(uint32_t, copy4, store4, transpose4)

void ck_strided_copy(void *out, const void *a, int rank, const ck_size *sizes, const ck_size *strides,
                     ck_size elementBytes) {
  view v = simplified(rank, sizes, strides);
  if (v.count == 0) return;
  if (v.rank == 0) memcpy(out, a, (size_t)elementBytes);
  else if (elementBytes == 8) copy8(out, a, &v, 0);
  else copy4(out, a, &v, 0);
}

void ck_strided_store(void *out, const void *a, int rank, const ck_size *sizes, const ck_size *strides,
                      ck_size elementBytes) {
  view v = simplified(rank, sizes, strides);
  if (v.count == 0) return;
  if (v.rank == 0) memcpy(out, a, (size_t)elementBytes);
  else if (elementBytes == 8) store8(out, a, &v, 0);
  else store4(out, a, &v, 0);
}
