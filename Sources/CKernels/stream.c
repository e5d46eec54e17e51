// From tile programs to operations on an accumulator.
#include "ck_stream.h"
#include "ck_tile.h"

struct maker {
  const struct ck_tile_program *program;
  struct ck_stream_op *out;
  ck_size count;
  int held;  // the operand that the accumulator holds, or -1
};

static void put(struct maker *m, int code, int a, int b) {
  m->out[m->count++] = (struct ck_stream_op){(uint16_t)code, (uint16_t)a, (uint16_t)b};
}

static void bring(struct maker *m, int operand) {
  if (m->held != operand) put(m, CK_STREAM_LOAD, operand, 0);
  m->held = operand;
}

static void bring_number(struct maker *m, int operand) { put(m, CK_STREAM_FILL, operand, 0); }

/// acc ∘ other, where `code` is for a vector and the next for a number.
static void with(struct maker *m, int code, int other, int isNumber) { put(m, code + isNumber, other, 0); }

/// The two orders of a binary operation, for a vector and (the next code) a number; equal where it commutes.
static int binary_code(int tile, int *reversed) {
  switch (tile) {
    case CK_TILE_ADD_VV: *reversed = CK_STREAM_ADD_V; return CK_STREAM_ADD_V;
    case CK_TILE_MUL_VV: *reversed = CK_STREAM_MUL_V; return CK_STREAM_MUL_V;
    case CK_TILE_MAX_VV: *reversed = CK_STREAM_MAX_V; return CK_STREAM_MAX_V;
    case CK_TILE_MIN_VV: *reversed = CK_STREAM_MIN_V; return CK_STREAM_MIN_V;
    case CK_TILE_SUB_VV: *reversed = CK_STREAM_RSUB_V; return CK_STREAM_SUB_V;
    case CK_TILE_DIV_VV: *reversed = CK_STREAM_RDIV_V; return CK_STREAM_DIV_V;
    default: return -1;
  }
}

/// Binary operations by the code of their variant for two vectors, which stand one after the other: VV, VS, SV.
static int is_binary(int code, int *first) {
  static const int firsts[] = {
      CK_TILE_ADD_VV, CK_TILE_SUB_VV, CK_TILE_MUL_VV, CK_TILE_DIV_VV, CK_TILE_MAX_VV, CK_TILE_MIN_VV};
  for (int i = 0; i < 6; i++)
    if (code >= firsts[i] && code <= firsts[i] + 2) {
      *first = firsts[i];
      return 1;
    }
  return 0;
}

/// Sums with a product by the code of their variant for three vectors: VVV, VVS, VSV, VSS.
static int is_with_product(int code, int *first) {
  static const int firsts[] = {CK_TILE_MULADD_VVV, CK_TILE_MULSUB_VVV, CK_TILE_SUBMUL_VVV};
  for (int i = 0; i < 3; i++)
    if (code >= firsts[i] && code <= firsts[i] + 3) {
      *first = firsts[i];
      return 1;
    }
  return 0;
}

static int unary_code(int tile) {
  switch (tile) {
    case CK_TILE_NEG: return CK_STREAM_NEG;
    case CK_TILE_ABS: return CK_STREAM_ABS;
    case CK_TILE_SQUARE: return CK_STREAM_SQUARE;
    case CK_TILE_SQRT: return CK_STREAM_SQRT;
    case CK_TILE_RECIPROCAL: return CK_STREAM_RECIPROCAL;
    case CK_TILE_RELU: return CK_STREAM_RELU;
    default: return -1;
  }
}

/// The vectors that an operation reads, up to three.
static int vectors(const struct ck_tile_op *op, int *which) {
  int first, count = 0;
  if (is_binary(op->code, &first)) {
    if (op->code != first + 2) which[count++] = op->a;
    if (op->code != first + 1) which[count++] = op->b;
    return count;
  }
  if (is_with_product(op->code, &first)) {
    int variant = op->code - first;
    which[count++] = op->a;
    if (!(variant & 2)) which[count++] = op->b;
    if (!(variant & 1)) which[count++] = op->c;
    return count;
  }
  switch (op->code) {
    case CK_TILE_FILL: return 0;
    case CK_TILE_MULMUL: case CK_TILE_ADD_SCALED: case CK_TILE_SUB_SCALED: which[1] = op->c; which[0] = op->a; return 2;
    case CK_TILE_DOT: case CK_TILE_RATIO_VV: which[0] = op->a; which[1] = op->b; return 2;
    default: which[0] = op->a; return 1;
  }
}

static int reads(const struct ck_tile_op *op, int operand) {
  int which[3], count = vectors(op, which), times = 0;
  for (int i = 0; i < count; i++) times += which[i] == operand;
  return times;
}

/// Whether an operation can take a vector that is in the accumulator alone.
static int takes_from_accumulator(const struct ck_tile_op *op, int operand) {
  if (op->code == CK_TILE_DOT) return op->a == operand;
  if (op->code == CK_TILE_ADD_SCALED || op->code == CK_TILE_SUB_SCALED) return op->c != operand;
  return reads(op, operand) == 1;
}

static int has_result(const struct ck_tile_op *op) {
  return op->code != CK_TILE_SUM && op->code != CK_TILE_DOT && op->code != CK_TILE_SCALED_NORM;
}

/// Whether a result has to be in memory: for others, or for what reads it later than the next operation.
static int is_stored(const struct maker *m, const struct ck_tile_op *op) {
  const struct ck_tile_op *end = m->program->op + m->program->ops;
  if (op->d < m->program->fulls) return 1;
  for (const struct ck_tile_op *next = op + 1; next < end; next++) {
    if (reads(next, op->d) && !(next == op + 1 && takes_from_accumulator(next, op->d))) return 1;
    if (has_result(next) && next->d == op->d) return 0;
  }
  return 0;
}

static void make_binary(struct maker *m, const struct ck_tile_op *op, int first) {
  int reversed, code = binary_code(first, &reversed);
  if (op->code == first + 1) {
    bring(m, op->a);
    with(m, code, op->b, 1);
  } else if (op->code == first + 2) {
    bring(m, op->b);
    with(m, reversed, op->a, 1);
  } else if (m->held == op->b && op->a != op->b) {
    with(m, reversed, op->a, 0);
  } else {
    bring(m, op->a);
    with(m, code, op->b, 0);
  }
}

/// a b + c, a b − c and c − a b with two roundings.
static void make_with_product(struct maker *m, const struct ck_tile_op *op, int first) {
  int variant = op->code - first, bNumber = variant >> 1, cNumber = variant & 1;
  if (!cNumber && m->held == op->c && op->a != op->c && (bNumber || op->b != op->c)) {
    int code = first == CK_TILE_MULADD_VVV ? CK_STREAM_ADDMUL_V
               : first == CK_TILE_MULSUB_VVV ? CK_STREAM_MULSUB_V : CK_STREAM_SUBMUL_V;
    put(m, code + bNumber, op->a, op->b);
    return;
  }
  if (!bNumber && m->held == op->b && op->a != op->b) {
    with(m, CK_STREAM_MUL_V, op->a, 0);
  } else {
    bring(m, op->a);
    with(m, CK_STREAM_MUL_V, op->b, bNumber);
  }
  int code = first == CK_TILE_MULADD_VVV ? CK_STREAM_ADD_V
             : first == CK_TILE_MULSUB_VVV ? CK_STREAM_SUB_V : CK_STREAM_RSUB_V;
  with(m, code, op->c, cNumber);
}

static int make_other(struct maker *m, const struct ck_tile_op *op) {
  switch (op->code) {
    case CK_TILE_COPY: bring(m, op->a); return 1;
    case CK_TILE_FILL: bring_number(m, op->a); return 1;
    case CK_TILE_MULMUL:  // a b + c e
      if (m->held == op->c && op->a != op->c) {
        with(m, CK_STREAM_MUL_V, op->e, 1);
        put(m, CK_STREAM_ADDMUL_S, op->a, op->b);
      } else {
        bring(m, op->a);
        with(m, CK_STREAM_MUL_V, op->b, 1);
        put(m, CK_STREAM_ADDMUL_S, op->c, op->e);
      }
      return 1;
    case CK_TILE_ADD_SCALED: case CK_TILE_SUB_SCALED:
      bring(m, op->a);
      with(m, CK_STREAM_MUL_V, op->b, 1);
      with(m, CK_STREAM_MUL_V, op->e, 1);
      with(m, op->code == CK_TILE_ADD_SCALED ? CK_STREAM_ADD_V : CK_STREAM_RSUB_V, op->c, 0);
      return 1;
    case CK_TILE_RATIO_VV:
      if (m->held == op->b && op->a != op->b) {
        put(m, CK_STREAM_RRATIO_V, op->a, 0);
      } else {
        bring(m, op->a);
        put(m, CK_STREAM_RATIO_V, op->b, 0);
      }
      return 1;
    case CK_TILE_SUM: bring(m, op->a); put(m, CK_STREAM_SUM, 0, op->d); return 1;
    case CK_TILE_DOT:
      bring(m, op->a);
      put(m, op->a == op->b ? CK_STREAM_NORM : CK_STREAM_DOT, op->b, op->d);
      return 1;
    case CK_TILE_MUL_VS_NORM: case CK_TILE_SCALED_NORM:
      bring(m, op->a);
      with(m, CK_STREAM_MUL_V, op->b, 1);
      put(m, CK_STREAM_NORM, 0, op->code == CK_TILE_SCALED_NORM ? op->d : op->e);
      m->held = -1;
      return 1;
    default: return 0;
  }
}

static int make(struct maker *m, const struct ck_tile_op *op) {
  int first, unary = unary_code(op->code);
  if (unary >= 0) {
    bring(m, op->a);
    put(m, unary, 0, 0);
  } else if (is_binary(op->code, &first)) {
    make_binary(m, op, first);
  } else if (is_with_product(op->code, &first)) {
    make_with_product(m, op, first);
  } else if (!make_other(m, op)) {
    return 0;
  }
  if (!has_result(op)) return 1;
  m->held = op->d;
  if (is_stored(m, op)) put(m, CK_STREAM_STORE, op->d, 0);
  return 1;
}

ck_size ck_stream_make(const struct ck_tile_program *program, struct ck_stream_op *out) {
  enum { SHORTEST = 3 };
  struct maker m = {program, out, 0, -1};
  if (program->ops < SHORTEST || program->patterns) return 0;
  for (int i = 0; i < program->ops; i++)
    if (!make(&m, program->op + i)) return 0;
  put(&m, CK_STREAM_END, 0, 0);
  return m.count;
}
