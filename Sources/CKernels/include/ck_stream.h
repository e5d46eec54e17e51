// Tile programs whose chain of values stays in registers: a block of four vectors goes through all operations before the
// next, in an accumulator of four vectors that every operation reads or replaces. Memory is read and written once
// where the tile interpreter goes through its cache with every operation.
#pragma once
#include "ck_level.h"

struct ck_tile_program;

/// Suffixes: _V another operand is a vector, _S it is one number. A reversed operation has the accumulator on the right.
enum ck_stream_code {
  CK_STREAM_LOAD, CK_STREAM_FILL, CK_STREAM_STORE,
  CK_STREAM_NEG, CK_STREAM_ABS, CK_STREAM_SQUARE, CK_STREAM_SQRT, CK_STREAM_RECIPROCAL, CK_STREAM_RELU,
  CK_STREAM_ADD_V, CK_STREAM_ADD_S, CK_STREAM_SUB_V, CK_STREAM_SUB_S, CK_STREAM_RSUB_V, CK_STREAM_RSUB_S,
  CK_STREAM_MUL_V, CK_STREAM_MUL_S, CK_STREAM_DIV_V, CK_STREAM_DIV_S, CK_STREAM_RDIV_V, CK_STREAM_RDIV_S,
  CK_STREAM_MAX_V, CK_STREAM_MAX_S, CK_STREAM_MIN_V, CK_STREAM_MIN_S, CK_STREAM_RATIO_V, CK_STREAM_RRATIO_V,
  CK_STREAM_ADDMUL_V, CK_STREAM_ADDMUL_S,  // acc + a b
  CK_STREAM_SUBMUL_V, CK_STREAM_SUBMUL_S,  // acc − a b
  CK_STREAM_MULSUB_V, CK_STREAM_MULSUB_S,  // a b − acc
  CK_STREAM_SUM, CK_STREAM_DOT, CK_STREAM_NORM,  // onto result b, of acc, acc a, acc acc
  CK_STREAM_END
};

/// One operation; a and b are numbers of operands of the tile program.
struct ck_stream_op {
  uint16_t code, a, b;
};

/// Operations that a tile program of `ops` becomes at most.
enum { CK_STREAM_GROWTH = 5 };

/// Translates a tile program into `out`, of CK_STREAM_GROWTH ops + 1 places. Returns the number of operations, or 0 for
/// programs that do not become one: those with other operations, with operands that broadcast, or too short to gain.
ck_size ck_stream_make(const struct ck_tile_program *program, struct ck_stream_op *out);
