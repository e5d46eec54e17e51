// Choice of the tile interpreter's level, and the scalar interpreter.
#include "ckernels.h"
#include "ck_dispatch.h"

CK_DISPATCH(void, tile_run_f64,
            (const struct ck_tile_program *program, void *const *slots, double *scratch, ck_size begin, ck_size end),
            (program, slots, scratch, begin, end))
CK_DISPATCH(void, tile_run_f32,
            (const struct ck_tile_program *program, void *const *slots, float *scratch, ck_size begin, ck_size end),
            (program, slots, scratch, begin, end))

static void draw_f64(int kind, double *out, const int64_t *key) {
  const uint64_t stream = (uint64_t)key[0], step = (uint64_t)key[1];
  const uint32_t lane = (uint32_t)key[2];
  switch (kind) {
    case CK_DRAW_UNIFORM: ck_uniform_f64(out, 1, stream, step, lane, 0); break;
    case CK_DRAW_NORMAL: ck_normal_f64(out, 1, stream, step, lane, 0); break;
    case CK_DRAW_RADEMACHER: ck_rademacher_f64(out, 1, stream, step, lane, 0); break;
    default: ck_exponential_f64(out, 1, stream, step, lane, 0); break;
  }
}

static void draw_f32(int kind, float *out, const int64_t *key) {
  const uint64_t stream = (uint64_t)key[0], step = (uint64_t)key[1];
  const uint32_t lane = (uint32_t)key[2];
  switch (kind) {
    case CK_DRAW_UNIFORM: ck_uniform_f32(out, 1, stream, step, lane, 0); break;
    case CK_DRAW_NORMAL: ck_normal_f32(out, 1, stream, step, lane, 0); break;
    case CK_DRAW_RADEMACHER: ck_rademacher_f32(out, 1, stream, step, lane, 0); break;
    default: ck_exponential_f32(out, 1, stream, step, lane, 0); break;
  }
}

static int64_t compare_i64(int code, int64_t a, int64_t b) {
  switch (code) {
    case CK_LT: return a < b;
    case CK_LE: return a <= b;
    case CK_EQ: return a == b;
    default: return a != b;
  }
}

// Element 0 in place of one that is outside, of which the first is told.
static int64_t inside(int64_t index, int32_t count, int number, int *fault, int64_t *outside) {
  if ((uint64_t)index < (uint64_t)count) return index;
  if (*fault == 0) {
    *fault = number;
    *outside = index;
  }
  return 0;
}

// A label for each code: the jump at the end of each operation is predicted by what came before it.
#define REAL_LABELS(S)                                                                                             \
  [CK_SCALAR_ADD_##S] = &&ADD_##S, [CK_SCALAR_SUB_##S] = &&SUB_##S, [CK_SCALAR_MUL_##S] = &&MUL_##S,               \
  [CK_SCALAR_DIV_##S] = &&DIV_##S, [CK_SCALAR_NEG_##S] = &&NEG_##S, [CK_SCALAR_SQUARE_##S] = &&SQUARE_##S,         \
  [CK_SCALAR_SQRT_##S] = &&SQRT_##S, [CK_SCALAR_LT_##S] = &&LT_##S, [CK_SCALAR_LE_##S] = &&LE_##S,                 \
  [CK_SCALAR_EQ_##S] = &&EQ_##S, [CK_SCALAR_NE_##S] = &&NE_##S, [CK_SCALAR_SELECT_##S] = &&SELECT_##S,             \
  [CK_SCALAR_SCALE_##S] = &&SCALE_##S,                                                                             \
  [CK_SCALAR_MULADD_##S] = &&MULADD_##S, [CK_SCALAR_MULSUB_##S] = &&MULSUB_##S,                                    \
  [CK_SCALAR_SUBMUL_##S] = &&SUBMUL_##S, [CK_SCALAR_UNARY_##S] = &&UNARY_##S, [CK_SCALAR_RATIO_##S] = &&RATIO_##S, \
  [CK_SCALAR_BINARY_##S] = &&BINARY_##S, [CK_SCALAR_DRAW_##S] = &&DRAW_##S, [CK_SCALAR_LOAD_##S] = &&LOAD_##S,     \
  [CK_SCALAR_STORE_##S] = &&STORE_##S,

#define NEXT goto *labels[(++op)->code]
#define D(t) cells[op->d].t
#define A(t) cells[op->a].t
#define B(t) cells[op->b].t
#define C(t) cells[op->c].t
#define REAL_CODE(S, t, T, root, draw)                                                                             \
  ADD_##S: D(t) = A(t) + B(t); NEXT;                                                                               \
  SUB_##S: D(t) = A(t) - B(t); NEXT;                                                                               \
  MUL_##S: D(t) = A(t) * B(t); NEXT;                                                                               \
  DIV_##S: D(t) = A(t) / B(t); NEXT;                                                                               \
  NEG_##S: D(t) = -A(t); NEXT;                                                                                     \
  SQUARE_##S: D(t) = A(t) * A(t); NEXT;                                                                            \
  SQRT_##S: D(t) = root(A(t)); NEXT;                                                                               \
  LT_##S: D(t) = A(t) < B(t); NEXT;                                                                                \
  LE_##S: D(t) = A(t) <= B(t); NEXT;                                                                               \
  EQ_##S: D(t) = A(t) == B(t); NEXT;                                                                               \
  NE_##S: D(t) = A(t) != B(t); NEXT;                                                                               \
  SELECT_##S: D(t) = A(t) != 0 ? B(t) : C(t); NEXT;                                                                \
  SCALE_##S: D(t) = A(t) == 0 ? 0 : A(t) * B(t); NEXT;                                                             \
  MULADD_##S: D(t) = A(t) * B(t) + C(t); NEXT;                                                                     \
  MULSUB_##S: D(t) = A(t) * B(t) - C(t); NEXT;                                                                     \
  SUBMUL_##S: D(t) = C(t) - A(t) * B(t); NEXT;                                                                     \
  RATIO_##S: D(t) = A(t) == 0 && B(t) == 0 ? A(t) : A(t) / B(t); NEXT;                                             \
  UNARY_##S: ck_unary_##t((enum ck_unary_op)op->sub, &D(t), &A(t), 1); NEXT;                                       \
  BINARY_##S: ck_binary_##t((enum ck_binary_op)op->sub, &D(t), &A(t), 1, &B(t), 1, 1); NEXT;                       \
  DRAW_##S: draw(op->sub, &D(t), slots[op->a]); NEXT;                                                              \
  LOAD_##S: D(t) = ((const T *)slots[op->a])[op->b]; NEXT;                                                         \
  STORE_##S: ((T *)slots[op->d])[op->b] = A(t); NEXT;

int ck_scalar_run(const struct ck_scalar_op *first, union ck_cell *cells, void *const *slots, int64_t *outside) {
  static const void *const labels[] = {
    REAL_LABELS(F64) REAL_LABELS(F32)
    [CK_SCALAR_ADD_I64] = &&ADD_I64, [CK_SCALAR_UNARY_I64] = &&UNARY_I64, [CK_SCALAR_BINARY_I64] = &&BINARY_I64,
    [CK_SCALAR_COMPARE_I64] = &&COMPARE_I64, [CK_SCALAR_SELECT_I64] = &&SELECT_I64,
    [CK_SCALAR_F64_FROM_F32] = &&F64_FROM_F32, [CK_SCALAR_F64_FROM_I64] = &&F64_FROM_I64,
    [CK_SCALAR_F32_FROM_F64] = &&F32_FROM_F64, [CK_SCALAR_F32_FROM_I64] = &&F32_FROM_I64,
    [CK_SCALAR_I64_FROM_F64] = &&I64_FROM_F64, [CK_SCALAR_I64_FROM_F32] = &&I64_FROM_F32,
    [CK_SCALAR_ELEMENT_F64] = &&ELEMENT_F64, [CK_SCALAR_ELEMENT_F32] = &&ELEMENT_F32,
    [CK_SCALAR_COPY] = &&COPY, [CK_SCALAR_END] = &&END,
  };
  const struct ck_scalar_op *op = first;
  int fault = 0;
  goto *labels[op->code];
  REAL_CODE(F64, f64, double, __builtin_sqrt, draw_f64)
  REAL_CODE(F32, f32, float, __builtin_sqrtf, draw_f32)
  ADD_I64: D(i64) = (int64_t)((uint64_t)A(i64) + (uint64_t)B(i64)); NEXT;
  UNARY_I64: ck_unary_i64((enum ck_unary_op)op->sub, &D(i64), &A(i64), 1); NEXT;
  BINARY_I64: ck_binary_i64((enum ck_binary_op)op->sub, &D(i64), &A(i64), 1, &B(i64), 1, 1); NEXT;
  COMPARE_I64: D(f64) = (double)compare_i64(op->sub, A(i64), B(i64)); NEXT;
  SELECT_I64: D(i64) = A(f64) != 0 ? B(i64) : C(i64); NEXT;
  F64_FROM_F32: D(f64) = (double)A(f32); NEXT;
  F64_FROM_I64: D(f64) = (double)A(i64); NEXT;
  F32_FROM_F64: D(f32) = (float)A(f64); NEXT;
  F32_FROM_I64: D(f32) = (float)A(i64); NEXT;
  I64_FROM_F64: ck_i64_from_f64(&D(i64), &A(f64), 1); NEXT;
  I64_FROM_F32: ck_i64_from_f32(&D(i64), &A(f32), 1); NEXT;
  ELEMENT_F64: D(f64) = ((const double *)slots[op->a])[inside(B(i64), op->c, (int)(op - first) + 1, &fault, outside)]; NEXT;
  ELEMENT_F32: D(f32) = ((const float *)slots[op->a])[inside(B(i64), op->c, (int)(op - first) + 1, &fault, outside)]; NEXT;
  COPY: cells[op->d] = cells[op->a]; NEXT;
  END: return fault;
}

void ck_prefetch(const void *start, ck_size bytes) {
  for (ck_size at = 0; at < bytes; at += 64) __builtin_prefetch((const char *)start + at);
}

void ck_prefetch_rows(const void *table, const int64_t *index, ck_size n, ck_size rows, ck_size bytes) {
  for (ck_size i = 0; i < n; i++) {
    if ((uint64_t)index[i] >= (uint64_t)rows) continue;
    ck_prefetch((const char *)table + index[i] * bytes, bytes);
  }
}
