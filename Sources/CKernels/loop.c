// The interpreter of typed register programs.
#include <math.h>
#include "ckernels.h"
#include "loop_arrays.h"

struct ck_loop_array *ck_loop_lend(struct ck_loop_state *state, const void *elements, int64_t count, int64_t rows,
                                   int64_t columns) {
  struct ck_loop_array *array = ck_allocate_beyond_limit(ARRAY_HEAD);
  if (!array) return NULL;
  *array = (struct ck_loop_array){.references = 1};
  link_array(state, array);
  array->count = count;
  array->rows = rows;
  array->columns = columns;
  array->elements = (union ck_loop_cell *)elements;
  return array;
}

void ck_loop_release(struct ck_loop_state *state) {
  while (state->arrays) {
    struct ck_loop_array *next = state->arrays->next;
    free_array(state->arrays);
    state->arrays = next;
  }
}

struct ck_loop_array *ck_loop_own(struct ck_loop_state *state, struct ck_loop_array *array) {
  return own_array(state, array);
}

void ck_loop_drop(struct ck_loop_state *state, struct ck_loop_array *array) { drop_array(state, array); }

struct ck_loop_array *ck_loop_all_real(struct ck_loop_state *state, struct ck_loop_array *array) {
  struct ck_loop_array *own = own_array(state, array);
  if (!own) return NULL;
  for (int64_t i = 0; i < own->count; i++) own->elements[i].real = (double)own->elements[i].whole;
  return own;
}

static int compared(int64_t a, double b) {
  if (b != b) return 2;
  if (a >= -(1LL << 53) && a <= (1LL << 53)) {
    const double x = (double)a;
    return x < b ? -1 : x > b;
  }
  // Reals of this size are whole, or beyond all whole numbers.
  const double whole = floor(b);
  if (!(whole >= -0x1p63 && whole < 0x1p63)) return b < 0 ? 1 : -1;
  const int64_t n = (int64_t)whole;
  return a < n ? -1 : a > n;
}

/// aⁿ for n ≥ 0; whether it does not fit.
static int power(int64_t a, int64_t n, int64_t *result) {
  int64_t product = 1;
  while (n > 0) {
    if (n & 1 && __builtin_mul_overflow(product, a, &product)) return 1;
    n >>= 1;
    if (n > 0 && __builtin_mul_overflow(a, a, &a)) return 1;
  }
  *result = product;
  return 0;
}

static double real_power(double a, double b) {
  if (b == 2) return a * a;
  if (b == 0.5) return __builtin_sqrt(a);
  return pow(a, b);
}

static double extremum(enum ck_binary_op op, double a, double b) {
  double result;
  ck_binary_f64(op, &result, &a, 1, &b, 1, 1);
  return result;
}

int64_t ck_loop_compared(int64_t a, double b) { return compared(a, b); }
double ck_loop_real_power(double a, double b) { return real_power(a, b); }
double ck_loop_maximum(double a, double b) { return extremum(CK_MAX, a, b); }
double ck_loop_minimum(double a, double b) { return extremum(CK_MIN, a, b); }

int64_t ck_loop_power(int64_t a, int64_t b, int64_t *result) {
  return power(a, b, result) ? CK_LOOP_OVERFLOW : CK_LOOP_ENDED;
}

static int64_t divided(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

static int64_t remainder_of(int64_t a, int64_t b) {
  if (b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

int64_t ck_loop_divide(int64_t a, int64_t b, int64_t *result) {
  if (b == 0) return CK_LOOP_ZERO;
  if (a == INT64_MIN && b == -1) return CK_LOOP_OVERFLOW;
  *result = divided(a, b);
  return CK_LOOP_ENDED;
}

int64_t ck_loop_modulo(int64_t a, int64_t b, int64_t *result) {
  if (b == 0) return CK_LOOP_ZERO;
  *result = remainder_of(a, b);
  return CK_LOOP_ENDED;
}

#define A r[pc->a]
#define B r[pc->b]
#define C r[pc->c]
#define D r[pc[1].a]
#define E r[pc[1].b]
#define GO goto *labels[pc->op]
#define STEP do { pc++; GO; } while (0)
#define STEP2 do { pc += 2; GO; } while (0)
#define STOP(end) do { stop = (end); goto stopped; } while (0)
#define JUMP_IF(condition) do { pc += (condition) ? pc->c : 1; GO; } while (0)
#define JUMP_BACK_IF(condition)                                                                                     \
  do {                                                                                                             \
    pc += (condition) ? pc->c : 1;                                                                                 \
    if (--budget < 0) STOP(CK_LOOP_PAUSED);                                                                        \
    GO;                                                                                                            \
  } while (0)
// The compiler must not contract any of these.
#define FUSED_AFTER(name, op)                                                                                      \
  name##_THEN_ADD: A.real = (B.real op C.real) + D.real; STEP2;                                                     \
  name##_THEN_SUB: A.real = (B.real op C.real) - D.real; STEP2;                                                     \
  name##_THEN_MUL: A.real = (B.real op C.real) * D.real; STEP2;                                                     \
  name##_THEN_DIV: A.real = (B.real op C.real) / D.real; STEP2;                                                     \
  SUB_OF_##name: A.real = D.real - (B.real op C.real); STEP2;                                                       \
  DIV_OF_##name: A.real = D.real / (B.real op C.real); STEP2;
#define FUSED_BOTH(left, op) FUSED_PAIR(left, op, ADD, +) FUSED_PAIR(left, op, SUB, -) FUSED_PAIR(left, op, MUL, *)
#define FUSED_PAIR(left, op, right, op2)                                                                           \
  left##_ADD_##right: A.real = (B.real op C.real) + (D.real op2 E.real); STEP2;                                     \
  left##_SUB_##right: A.real = (B.real op C.real) - (D.real op2 E.real); STEP2;                                     \
  left##_MUL_##right: A.real = (B.real op C.real) * (D.real op2 E.real); STEP2;                                     \
  left##_DIV_##right: A.real = (B.real op C.real) / (D.real op2 E.real); STEP2;
#define INSIDE(i, n, which)                                                                                        \
  do {                                                                                                             \
    if ((uint64_t)(i) >= (uint64_t)(n)) {                                                                          \
      state->index = (i), state->count = (n), state->axis = (which);                                               \
      STOP(CK_LOOP_INDEX);                                                                                         \
    }                                                                                                              \
  } while (0)
#define FROM_END(i, n) ((i) < 0 && (i) >= -(n) ? (i) + (n) : (i))
#define WHOLE_OF(rounded)                                                                                          \
  do {                                                                                                             \
    const double x = (rounded);                                                                                    \
    if (!(x >= -0x1p63 && x < 0x1p63)) { state->real = x; STOP(CK_LOOP_NO_WHOLE); }                                \
    A.whole = (int64_t)x;                                                                                          \
    STEP;                                                                                                          \
  } while (0)
#define OWN(name)                                                                                                  \
  struct ck_loop_array *name = own_array(state, A.array);                                                          \
  if (!name) { state->count = A.array->count; STOP(CK_LOOP_MEMORY); }                                              \
  A.array = name;

enum ck_loop_end ck_loop_run(struct ck_loop_state *state) {
  static const void *const labels[] = {
#define CK_LOOP_LABEL(name) [CK_LOOP_##name] = &&name,
    CK_LOOP_OPS(CK_LOOP_LABEL)
  };
  const struct ck_loop_code *pc = state->code + state->place;
  union ck_loop_cell *r = state->base;
  int64_t budget = state->budget;
  enum ck_loop_end stop;
  GO;

  MOVE: A = B; STEP;
  TO_REAL: A.real = (double)B.whole; STEP;
  NOT: A.whole = !B.whole; STEP;
  SELECT: A = B.whole ? C : D; STEP2;

  ADD_WHOLE: { int64_t x; if (__builtin_add_overflow(B.whole, C.whole, &x)) STOP(CK_LOOP_OVERFLOW); A.whole = x; STEP; }
  SUB_WHOLE: { int64_t x; if (__builtin_sub_overflow(B.whole, C.whole, &x)) STOP(CK_LOOP_OVERFLOW); A.whole = x; STEP; }
  MUL_WHOLE: { int64_t x; if (__builtin_mul_overflow(B.whole, C.whole, &x)) STOP(CK_LOOP_OVERFLOW); A.whole = x; STEP; }
  MULADD_WHOLE: {
    int64_t x, y;
    if (__builtin_mul_overflow(B.whole, C.whole, &x)) STOP(CK_LOOP_OVERFLOW);
    if (__builtin_add_overflow(x, D.whole, &y)) { pc++; STOP(CK_LOOP_OVERFLOW); }
    A.whole = y;
    STEP2;
  }
  NEG_WHOLE: if (B.whole == INT64_MIN) STOP(CK_LOOP_OVERFLOW); A.whole = -B.whole; STEP;
  ABS_WHOLE: if (B.whole == INT64_MIN) STOP(CK_LOOP_OVERFLOW); A.whole = B.whole < 0 ? -B.whole : B.whole; STEP;
  MAX_WHOLE: A.whole = B.whole > C.whole ? B.whole : C.whole; STEP;
  MIN_WHOLE: A.whole = B.whole < C.whole ? B.whole : C.whole; STEP;
  // Of numbers of 32 bits the quotient takes a third of the time.
  DIV_WHOLE: {
    const int64_t a = B.whole, b = C.whole;
    if (b && !((uint64_t)(a | b) >> 32)) { A.whole = (int64_t)((uint32_t)a / (uint32_t)b); STEP; }
    if (b == 0) STOP(CK_LOOP_ZERO);
    if (a == INT64_MIN && b == -1) STOP(CK_LOOP_OVERFLOW);
    A.whole = divided(a, b);
    STEP;
  }
  MOD_WHOLE: {
    const int64_t a = B.whole, b = C.whole;
    if (b && !((uint64_t)(a | b) >> 32)) { A.whole = (int64_t)((uint32_t)a % (uint32_t)b); STEP; }
    if (b == 0) STOP(CK_LOOP_ZERO);
    A.whole = remainder_of(a, b);
    STEP;
  }
  POW_WHOLE: { int64_t x; if (power(B.whole, C.whole, &x)) STOP(CK_LOOP_OVERFLOW); A.whole = x; STEP; }

  ADD: A.real = B.real + C.real; STEP;
  SUB: A.real = B.real - C.real; STEP;
  MUL: A.real = B.real * C.real; STEP;
  DIV: A.real = B.real / C.real; STEP;
  NEG: A.real = -B.real; STEP;
  ABS: A.real = __builtin_fabs(B.real); STEP;
  SQRT: A.real = __builtin_sqrt(B.real); STEP;
  POW: A.real = real_power(B.real, C.real); STEP;
  DIV_DOWN: A.real = floor(B.real / C.real); STEP;
  FUSED_AFTER(ADD, +)
  FUSED_AFTER(SUB, -)
  FUSED_AFTER(MUL, *)
  FUSED_BOTH(ADD, +)
  FUSED_BOTH(SUB, -)
  FUSED_BOTH(MUL, *)
  MAX: { const double a = B.real, b = C.real; A.real = a > b ? a : b > a ? b : extremum(CK_MAX, a, b); STEP; }
  MIN: { const double a = B.real, b = C.real; A.real = a < b ? a : b < a ? b : extremum(CK_MIN, a, b); STEP; }
  RATIO: A.real = B.real == 0 && C.real == 0 ? 0 : B.real / C.real; STEP;
  UNARY: { double x; ck_unary_f64((enum ck_unary_op)pc->c, &x, &B.real, 1); A.real = x; STEP; }
  BINARY: {
    double x;
    ck_binary_f64((enum ck_binary_op)pc[1].a, &x, &B.real, 1, &C.real, 1, 1);
    A.real = x;
    STEP2;
  }
  FINITE: A.whole = B.real - B.real == 0; STEP;
  FLOOR: WHOLE_OF(floor(B.real));
  CEIL: WHOLE_OF(ceil(B.real));
  ROUND: WHOLE_OF(__builtin_roundeven(B.real));
  TRUNC: WHOLE_OF(trunc(B.real));
  EXACT: if (!(trunc(B.real) == B.real)) { state->real = B.real; STOP(CK_LOOP_NO_WHOLE); } WHOLE_OF(B.real);

  LESS_WHOLE: A.whole = B.whole < C.whole; STEP;
  AT_MOST_WHOLE: A.whole = B.whole <= C.whole; STEP;
  EQUAL_WHOLE: A.whole = B.whole == C.whole; STEP;
  LESS: A.whole = B.real < C.real; STEP;
  AT_MOST: A.whole = B.real <= C.real; STEP;
  EQUAL: A.whole = B.real == C.real; STEP;
  LESS_MIXED: A.whole = compared(B.whole, C.real) == -1; STEP;
  AT_MOST_MIXED: A.whole = compared(B.whole, C.real) <= 0; STEP;
  GREATER_MIXED: A.whole = compared(B.whole, C.real) == 1; STEP;
  AT_LEAST_MIXED: { const int x = compared(B.whole, C.real); A.whole = x == 0 || x == 1; STEP; }
  EQUAL_MIXED: A.whole = compared(B.whole, C.real) == 0; STEP;

  JUMP: pc += pc->a; GO;
  JUMP_TRUE: pc += A.whole ? pc->c : 1; GO;
  JUMP_FALSE: pc += A.whole ? 1 : pc->c; GO;
  JUMP_LESS_WHOLE: JUMP_IF(A.whole < B.whole);
  JUMP_AT_MOST_WHOLE: JUMP_IF(A.whole <= B.whole);
  JUMP_EQUAL_WHOLE: JUMP_IF(A.whole == B.whole);
  JUMP_UNEQUAL_WHOLE: JUMP_IF(A.whole != B.whole);
  JUMP_LESS: JUMP_IF(A.real < B.real);
  JUMP_NOT_LESS: JUMP_IF(!(A.real < B.real));
  JUMP_AT_MOST: JUMP_IF(A.real <= B.real);
  JUMP_NOT_AT_MOST: JUMP_IF(!(A.real <= B.real));
  JUMP_EQUAL: JUMP_IF(A.real == B.real);
  JUMP_UNEQUAL: JUMP_IF(A.real != B.real);

  AGAIN_TRUE: JUMP_BACK_IF(A.whole);
  AGAIN_FALSE: JUMP_BACK_IF(!A.whole);
  AGAIN_LESS_WHOLE: JUMP_BACK_IF(A.whole < B.whole);
  AGAIN_AT_MOST_WHOLE: JUMP_BACK_IF(A.whole <= B.whole);
  AGAIN_EQUAL_WHOLE: JUMP_BACK_IF(A.whole == B.whole);
  AGAIN_UNEQUAL_WHOLE: JUMP_BACK_IF(A.whole != B.whole);
  AGAIN_LESS: JUMP_BACK_IF(A.real < B.real);
  AGAIN_NOT_LESS: JUMP_BACK_IF(!(A.real < B.real));
  AGAIN_AT_MOST: JUMP_BACK_IF(A.real <= B.real);
  AGAIN_NOT_AT_MOST: JUMP_BACK_IF(!(A.real <= B.real));
  AGAIN_EQUAL: JUMP_BACK_IF(A.real == B.real);
  AGAIN_UNEQUAL: JUMP_BACK_IF(A.real != B.real);

  RANGE: {
    int64_t end = B.whole, count;
    if (pc->c && __builtin_add_overflow(end, 1, &end)) STOP(CK_LOOP_OVERFLOW);
    if (end > A.whole && __builtin_sub_overflow(end, A.whole, &count)) STOP(CK_LOOP_OVERFLOW);
    B.whole = end;
    STEP;
  }
  TURNS:
    if (A.whole < 0 || A.whole > (1LL << 53)) { state->index = A.whole; STOP(CK_LOOP_TURN_COUNT); }
    STEP;
  NEXT: {
    const int64_t n = A.whole + 1;
    A.whole = n;
    if (n >= B.whole) STEP;
    pc += pc->c;
    if (--budget < 0) STOP(CK_LOOP_PAUSED);
    GO;
  }
  TICK:
    pc++;
    if (--budget < 0) STOP(CK_LOOP_PAUSED);
    GO;

  LOAD_WHOLE:
  LOAD: {
    const struct ck_loop_array *x = B.array;
    const int64_t i = C.whole;
    INSIDE(i, x->count, 0);
    A = x->elements[i];
    STEP;
  }
  LOAD_TRUTH: {
    const struct ck_loop_array *x = B.array;
    const int64_t i = C.whole;
    INSIDE(i, x->count, 0);
    A.whole = x->elements[i].real != 0;
    STEP;
  }
  LOAD_CELL_WHOLE:
  LOAD_CELL: {
    const struct ck_loop_array *x = B.array;
    const int64_t i = C.whole, j = D.whole;
    INSIDE(i, x->rows, 0);
    INSIDE(j, x->columns, 1);
    A = x->elements[i * x->columns + j];
    STEP2;
  }
  LOAD_CELL_TRUTH: {
    const struct ck_loop_array *x = B.array;
    const int64_t i = C.whole, j = D.whole;
    INSIDE(i, x->rows, 0);
    INSIDE(j, x->columns, 1);
    A.whole = x->elements[i * x->columns + j].real != 0;
    STEP2;
  }
  CHECK_ROW: INSIDE(A.whole, B.array->rows, 0); STEP;
  CHECK_COLUMN: INSIDE(A.whole, B.array->columns, 0); STEP;
  INDEX_ROW: {
    const int64_t n = B.array->rows, i = FROM_END(C.whole, n);
    INSIDE(i, n, 0);
    A.whole = i;
    STEP;
  }
  INDEX_COLUMN: {
    const int64_t n = B.array->columns, i = FROM_END(C.whole, n);
    INSIDE(i, n, 0);
    A.whole = i;
    STEP;
  }
  STORE: {
    const int64_t i = B.whole;
    struct ck_loop_array *x = A.array;
    INSIDE(i, x->count, 0);
    if (x->references != 1 || !x->capacity) {
      OWN(copy);
      x = copy;
      budget -= x->count >> 6;
    }
    x->elements[i] = C;
    STEP;
  }
  STORE_CELL: {
    const int64_t i = B.whole, j = D.whole;
    INSIDE(i, A.array->rows, 0);
    INSIDE(j, A.array->columns, 1);
    OWN(x);
    x->elements[i * x->columns + j] = C;
    STEP2;
  }
  ALL_REAL: {
    struct ck_loop_array *x = ck_loop_all_real(state, A.array);
    if (!x) { state->count = A.array->count; STOP(CK_LOOP_MEMORY); }
    A.array = x;
    budget -= x->count >> 6;
    STEP;
  }
  COUNT: A.whole = B.array->count; STEP;
  ROWS: A.whole = B.array->rows; STEP;
  COLUMNS: A.whole = B.array->columns; STEP;

  SHARE: { struct ck_loop_array *x = B.array; x->references++; A.array = x; STEP; }
  DROP: drop_array(state, A.array); STEP;
  TAKE: { struct ck_loop_array *old = A.array; A.array = B.array; drop_array(state, old); STEP; }
  CALL: {
    if (state->depth >= state->depth_max) STOP(CK_LOOP_DEPTH);
    struct ck_loop_function *f = state->functions + pc->b;
    f->called = 1;
    struct ck_loop_frame *frame = state->frames + state->depth++;
    *frame = (struct ck_loop_frame){.back = pc + 1 - state->code, .result = pc->c, .base = r};
    const union ck_loop_cell *given = r + pc->a;
    r += pc->a + f->constants;
    for (int64_t i = f->arguments; i-- > 0;) r[i] = given[i];
    for (int64_t i = 0; i < f->constants; i++) r[i - f->constants] = f->constant[i];
    pc = state->code + f->start;
    if (--budget < 0) STOP(CK_LOOP_PAUSED);
    GO;
  }
  RETURN: {
    const union ck_loop_cell result = A;
    const struct ck_loop_frame *frame = state->frames + --state->depth;
    r = frame->base;
    r[frame->result] = result;
    pc = state->code + frame->back;
    GO;
  }
  OPERATIONS:
    state->operations += pc->a;
    state->elements += pc->b;
    if (state->operations > state->operations_max) STOP(CK_LOOP_OPERATIONS_MAX);
    STEP;
  VISIT: state->index = pc->a; pc++; STOP(CK_LOOP_VISITED);
  EXIT: state->index = pc->a; STOP(CK_LOOP_ENDED);

stopped:
  state->place = pc - state->code;
  state->base = r;
  state->budget = budget;
  return stop;
}
