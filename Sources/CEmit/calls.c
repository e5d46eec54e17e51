// What machine code calls, one number at a time: the kernels, so that the bits are theirs.
#include "calls.h"
#include "ckernels.h"
#include <string.h>

static double unary_f64(double x, int64_t op) {
  double y;
  ck_unary_f64((enum ck_unary_op)op, &y, &x, 1);
  return y;
}

static float unary_f32(float x, int64_t op) {
  float y;
  ck_unary_f32((enum ck_unary_op)op, &y, &x, 1);
  return y;
}

static double binary_f64(double x, double y, int64_t op) {
  double z;
  ck_binary_f64((enum ck_binary_op)op, &z, &x, 1, &y, 1, 1);
  return z;
}

static float binary_f32(float x, float y, int64_t op) {
  float z;
  ck_binary_f32((enum ck_binary_op)op, &z, &x, 1, &y, 1, 1);
  return z;
}

static int64_t unary_i64(int64_t x, int64_t op) {
  int64_t y;
  ck_unary_i64((enum ck_unary_op)op, &y, &x, 1);
  return y;
}

static int64_t binary_i64(int64_t x, int64_t y, int64_t op) {
  int64_t z;
  ck_binary_i64((enum ck_binary_op)op, &z, &x, 1, &y, 1, 1);
  return z;
}

static int64_t whole_f64(double x) {
  int64_t y;
  ck_i64_from_f64(&y, &x, 1);
  return y;
}

static int64_t whole_f32(float x) {
  int64_t y;
  ck_i64_from_f32(&y, &x, 1);
  return y;
}

static void draws_f64(double *out, int64_t n, uint64_t stream, uint64_t step, uint64_t lane, int64_t kind) {
  switch (kind) {
    case CK_DRAW_UNIFORM: ck_uniform_f64(out, n, stream, step, (uint32_t)lane, 0); break;
    case CK_DRAW_NORMAL: ck_normal_f64(out, n, stream, step, (uint32_t)lane, 0); break;
    case CK_DRAW_RADEMACHER: ck_rademacher_f64(out, n, stream, step, (uint32_t)lane, 0); break;
    default: ck_exponential_f64(out, n, stream, step, (uint32_t)lane, 0); break;
  }
}

static void draws_f32(float *out, int64_t n, uint64_t stream, uint64_t step, uint64_t lane, int64_t kind) {
  switch (kind) {
    case CK_DRAW_UNIFORM: ck_uniform_f32(out, n, stream, step, (uint32_t)lane, 0); break;
    case CK_DRAW_NORMAL: ck_normal_f32(out, n, stream, step, (uint32_t)lane, 0); break;
    case CK_DRAW_RADEMACHER: ck_rademacher_f32(out, n, stream, step, (uint32_t)lane, 0); break;
    default: ck_exponential_f32(out, n, stream, step, (uint32_t)lane, 0); break;
  }
}

static double draw_f64(uint64_t stream, uint64_t step, uint64_t lane, int64_t kind) {
  double x;
  draws_f64(&x, 1, stream, step, lane, kind);
  return x;
}

static float draw_f32(uint64_t stream, uint64_t step, uint64_t lane, int64_t kind) {
  float x;
  draws_f32(&x, 1, stream, step, lane, kind);
  return x;
}

static void indices(int64_t *out, int64_t n, uint64_t stream, uint64_t step, uint64_t lane, int64_t below) {
  ck_integers_i64(out, n, stream, step, (uint32_t)lane, 0, below);
}

static int64_t index_of(uint64_t stream, uint64_t step, uint64_t lane, int64_t below) {
  int64_t x;
  indices(&x, 1, stream, step, lane, below);
  return x;
}

static void map_f64(int64_t op, double *out, const double *a, int64_t n) { ck_unary_f64((enum ck_unary_op)op, out, a, n); }
static void map_f32(int64_t op, float *out, const float *a, int64_t n) { ck_unary_f32((enum ck_unary_op)op, out, a, n); }

static void merge_f64(int64_t op, double *out, const double *a, int64_t strides, const double *b, int64_t n) {
  ck_binary_f64((enum ck_binary_op)op, out, a, strides & 1, b, strides >> 1, n);
}
static void merge_f32(int64_t op, float *out, const float *a, int64_t strides, const float *b, int64_t n) {
  ck_binary_f32((enum ck_binary_op)op, out, a, strides & 1, b, strides >> 1, n);
}

static size_t headBytes(int64_t rows) {
  return (sizeof(struct em_marks) + (size_t)rows * sizeof(uint16_t) + 7) / 8 * 8;
}

int64_t em_marks_bytes(int64_t rows, int64_t capacity) { return (int64_t)headBytes(rows) + capacity * 8; }

void em_marks_begin(void *room, int64_t rows, int64_t capacity) {
  struct em_marks *marks = room;
  *marks = (struct em_marks) {.rows = rows, .capacity = capacity, .table = (int64_t *)((char *)room + headBytes(rows))};
}

/// Marks of the last generation are cleared before the first one comes again. 0: the places are in `out`.
static int64_t first_places(int64_t *out, const int64_t *index, int64_t n, struct em_marks *marks) {
  if (marks->generation == 0) memset(marks->mark, 0, (size_t)marks->rows * sizeof(uint16_t));
  ck_first_places(out, index, n, marks->table, marks->capacity);
  return 0;
}

void *em_address(enum em_function function) {
  static void *const table[EM_FUNCTIONS] = {
    [EM_UNARY_F64] = (void *)unary_f64, [EM_UNARY_F32] = (void *)unary_f32, [EM_BINARY_F64] = (void *)binary_f64,
    [EM_BINARY_F32] = (void *)binary_f32, [EM_UNARY_I64] = (void *)unary_i64, [EM_BINARY_I64] = (void *)binary_i64,
    [EM_WHOLE_F64] = (void *)whole_f64, [EM_WHOLE_F32] = (void *)whole_f32, [EM_DRAW_F64] = (void *)draw_f64,
    [EM_DRAW_F32] = (void *)draw_f32, [EM_DRAWS_F64] = (void *)draws_f64, [EM_DRAWS_F32] = (void *)draws_f32,
    [EM_INDEX] = (void *)index_of, [EM_INDICES] = (void *)indices, [EM_MAP_F64] = (void *)map_f64,
    [EM_MAP_F32] = (void *)map_f32, [EM_MERGE_F64] = (void *)merge_f64, [EM_MERGE_F32] = (void *)merge_f32,
    [EM_FIRST_PLACES] = (void *)first_places,
  };
  return table[function];
}

int em_takes_kernel(enum em_function function) {
  return function == EM_UNARY_F64 || function == EM_UNARY_F32 || function == EM_BINARY_F64 || function == EM_BINARY_F32;
}

void *em_kernel(enum em_function function, int64_t kernel) {
  switch (function) {
    case EM_UNARY_F64: return (void *)ck_lane_unary_f64((enum ck_unary_op)kernel);
    case EM_UNARY_F32: return (void *)ck_lane_unary_f32((enum ck_unary_op)kernel);
    case EM_BINARY_F64: return (void *)ck_lane_binary_f64((enum ck_binary_op)kernel);
    case EM_BINARY_F32: return (void *)ck_lane_binary_f32((enum ck_binary_op)kernel);
    default: return NULL;
  }
}
