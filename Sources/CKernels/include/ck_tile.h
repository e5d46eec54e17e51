// Interpreters of elementwise programs: one pass over memory for a chain of operations.
//
// A tile program runs tile by tile: every operation on a few hundred elements before the next tile. Its
// operands are numbered in four groups:
//   full      memory with one element for each of the program, read or written in place
//   pattern   memory that broadcasts: expanded into a register before the operations of each tile
//   scalar    one element for all
//   register  a tile of scratch
// Results are those of the operations on whole arrays, bit by bit.
#pragma once
#include "ck_index.h"
#include "ck_level.h"

/// Elements of a tile register; both are 2 KiB.
enum { CK_TILE_F64 = 256, CK_TILE_F32 = 512, CK_TILE_OPERANDS = 512, CK_TILE_RESULTS = 16 };

/// Suffixes say which operands are vectors (V) or scalars (S), in the order a, b, c.
enum ck_tile_code {
  CK_TILE_COPY, CK_TILE_FILL, CK_TILE_NEG, CK_TILE_ABS, CK_TILE_SQUARE, CK_TILE_SQRT, CK_TILE_RECIPROCAL, CK_TILE_RELU,
  CK_TILE_UNARY,   // any `ck_unary_op`, in `sub`
  CK_TILE_BINARY,  // any `ck_binary_op`, in `sub`; c: stride of a + 2 · stride of b
  CK_TILE_ADD_VV, CK_TILE_ADD_VS, CK_TILE_ADD_SV,
  CK_TILE_SUB_VV, CK_TILE_SUB_VS, CK_TILE_SUB_SV,
  CK_TILE_MUL_VV, CK_TILE_MUL_VS, CK_TILE_MUL_SV,
  CK_TILE_DIV_VV, CK_TILE_DIV_VS, CK_TILE_DIV_SV,
  CK_TILE_MAX_VV, CK_TILE_MAX_VS, CK_TILE_MAX_SV,
  CK_TILE_MIN_VV, CK_TILE_MIN_VS, CK_TILE_MIN_SV,
  CK_TILE_LT_VV, CK_TILE_LT_VS, CK_TILE_LT_SV,
  CK_TILE_LE_VV, CK_TILE_LE_VS, CK_TILE_LE_SV,
  CK_TILE_EQ_VV, CK_TILE_EQ_VS, CK_TILE_EQ_SV,
  CK_TILE_NE_VV, CK_TILE_NE_VS, CK_TILE_NE_SV,
  CK_TILE_SCALE_VV, CK_TILE_SCALE_VS, CK_TILE_SCALE_SV,        // a = 0 ? 0 : a b
  CK_TILE_SELECT_VVV, CK_TILE_SELECT_VVS, CK_TILE_SELECT_VSV, CK_TILE_SELECT_VSS,  // a ≠ 0 ? b : c
  CK_TILE_MULADD_VVV, CK_TILE_MULADD_VVS, CK_TILE_MULADD_VSV, CK_TILE_MULADD_VSS,  // a b + c, two roundings
  CK_TILE_MULSUB_VVV, CK_TILE_MULSUB_VVS, CK_TILE_MULSUB_VSV, CK_TILE_MULSUB_VSS,  // a b - c
  CK_TILE_SUBMUL_VVV, CK_TILE_SUBMUL_VVS, CK_TILE_SUBMUL_VSV, CK_TILE_SUBMUL_VSS,  // c - a b
  CK_TILE_MULMUL,  // a b + c e with a, c vectors and b, e scalars
  CK_TILE_DRAW,    // a: number of the key among `keys`; sub: `ck_draw_kind`
  CK_TILE_SUM, CK_TILE_DOT,  // d: number of the result among `results`; the trees of ck_reduce and ck_dot
  CK_TILE_MUL_VS_NORM,       // d ← a b with b a scalar, and its dot with itself as result e
  CK_TILE_SCALED_NORM,       // the same, kept nowhere; d: number of the result
  CK_TILE_ADD_SCALED, CK_TILE_SUB_SCALED  // c ± (a b) e with b, e scalars, three roundings
};

/// Names of the codes in the order of `ck_tile_code` and `ck_scalar_code`, for listings of plans.
const char *ck_tile_name(int code);
const char *ck_scalar_name(int code);

enum ck_draw_kind { CK_DRAW_UNIFORM, CK_DRAW_NORMAL, CK_DRAW_RADEMACHER, CK_DRAW_EXPONENTIAL, CK_DRAW_INDEX };

/// One operation on operands by number.
struct ck_tile_op {
  uint16_t code, sub, d, a, b, c, e, unused;
};

/// How a broadcast operand is read: the program's elements as an array of `sizes`, with 0 where it repeats.
struct ck_tile_pattern {
  int32_t rank, slot;
  ck_size sizes[CK_MAX_RANK], strides[CK_MAX_RANK];
};

/// A planned program. `slots` lists the memory of full operands, then of scalars.
struct ck_tile_program {
  ck_size count;
  int32_t ops, fulls, patterns, scalars, registers, keys, results;
  const struct ck_tile_op *op;
  const int32_t *slot;
  const struct ck_tile_pattern *pattern;
  const int32_t *key;
  const int32_t *result;
};

/// Runs elements begin ..< end (begin: a multiple of `CK_BLOCK`) of a program on the memory that `slots` point
/// at. `scratch` holds the registers and patterns. Memory is read and written up to the next multiple of
/// 64 bytes. A program with results runs as a whole.
void ck_tile_run_f64(const struct ck_tile_program *program, void *const *slots, double *scratch, ck_size begin,
                     ck_size end);
void ck_tile_run_f32(const struct ck_tile_program *program, void *const *slots, float *scratch, ck_size begin,
                     ck_size end);

/// One number of any element type; an f32 lies in the first four bytes.
union ck_cell {
  double f64;
  float f32;
  int64_t i64;
};

/// Operations on cells. Each has its element type in its name; UNARY and BINARY take their function in `sub`.
enum ck_scalar_code {
  CK_SCALAR_ADD_F64, CK_SCALAR_SUB_F64, CK_SCALAR_MUL_F64, CK_SCALAR_DIV_F64, CK_SCALAR_NEG_F64,
  CK_SCALAR_SQUARE_F64, CK_SCALAR_SQRT_F64, CK_SCALAR_LT_F64, CK_SCALAR_LE_F64, CK_SCALAR_EQ_F64,
  CK_SCALAR_NE_F64, CK_SCALAR_SELECT_F64,
  CK_SCALAR_SCALE_F64, CK_SCALAR_MULADD_F64, CK_SCALAR_MULSUB_F64, CK_SCALAR_SUBMUL_F64, CK_SCALAR_UNARY_F64,
  CK_SCALAR_RATIO_F64, CK_SCALAR_BINARY_F64, CK_SCALAR_DRAW_F64, CK_SCALAR_LOAD_F64, CK_SCALAR_STORE_F64,
  CK_SCALAR_ADD_F32, CK_SCALAR_SUB_F32, CK_SCALAR_MUL_F32, CK_SCALAR_DIV_F32, CK_SCALAR_NEG_F32,
  CK_SCALAR_SQUARE_F32, CK_SCALAR_SQRT_F32, CK_SCALAR_LT_F32, CK_SCALAR_LE_F32, CK_SCALAR_EQ_F32,
  CK_SCALAR_NE_F32, CK_SCALAR_SELECT_F32,
  CK_SCALAR_SCALE_F32, CK_SCALAR_MULADD_F32, CK_SCALAR_MULSUB_F32, CK_SCALAR_SUBMUL_F32, CK_SCALAR_UNARY_F32,
  CK_SCALAR_RATIO_F32, CK_SCALAR_BINARY_F32, CK_SCALAR_DRAW_F32, CK_SCALAR_LOAD_F32, CK_SCALAR_STORE_F32,
  CK_SCALAR_ADD_I64, CK_SCALAR_UNARY_I64, CK_SCALAR_BINARY_I64, CK_SCALAR_COMPARE_I64, CK_SCALAR_SELECT_I64,
  CK_SCALAR_F64_FROM_F32, CK_SCALAR_F64_FROM_I64, CK_SCALAR_F32_FROM_F64, CK_SCALAR_F32_FROM_I64,
  CK_SCALAR_I64_FROM_F64, CK_SCALAR_I64_FROM_F32, CK_SCALAR_ELEMENT_F64, CK_SCALAR_ELEMENT_F32,
  CK_SCALAR_COPY, CK_SCALAR_END
};

/// d ← code(a, b, c), all numbers of cells. LOAD: d ← element b of slot a; STORE: element b of slot d ← a.
/// RATIO: a / b, and a where both are 0. DRAW: a is the slot of the key. ELEMENT: d ← element [b] of slot a, which has c elements (f64 or i64; f32).
struct ck_scalar_op {
  uint16_t code, sub;
  int32_t d, a, b, c;
};

/// Runs operations up to `CK_SCALAR_END`; returns 0, or the number, from 1, of the first operation whose index was
/// outside (element 0 was taken), with the index in `outside`.
int ck_scalar_run(const struct ck_scalar_op *op, union ck_cell *cells, void *const *slots, int64_t *outside);

/// Asks for `bytes` bytes to be brought near.
void ck_prefetch(const void *start, ck_size bytes);
/// Asks for the rows of a table (`rows` rows of `bytes` bytes) that `index` names to be brought near.
void ck_prefetch_rows(const void *table, const int64_t *index, ck_size n, ck_size rows, ck_size bytes);
