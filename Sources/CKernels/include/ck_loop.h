// Interpreter of typed register programs: loops, conditions and functions of numbers.
//
// Registers are cells of 8 bytes; which of the three kinds a register holds, the instruction knows. A frame is a window
// of registers: constants and inputs lie below its start, at negative numbers, variables and intermediate results above.
#pragma once
#include "ck_level.h"

/// Numbers in memory: a vector, or a matrix row by row. Several registers may hold one array, which is copied before it is
/// written to.
struct ck_loop_array {
  int64_t references;
  int64_t count, rows, columns;  // a vector has as many rows as elements, and no columns
  int64_t capacity;              // elements that there is room for; 0 where the memory belongs to somebody else
  union ck_loop_cell *elements;
  struct ck_loop_array *next, *previous;  // all arrays of a program that runs
};

/// One register, or one element of an array: truths are whole numbers 0 and 1 in registers, real numbers in arrays.
union ck_loop_cell {
  double real;
  int64_t whole;
  struct ck_loop_array *array;
};

/// Two and three operations on real numbers at once, each rounded: (b ∘ c) • d, d • (b ∘ c), (b ∘ c) • (d ∘ e), with d and
/// e in the next word. The order of the operations is that of `LoopOperation.fused`.
#define CK_LOOP_FUSED_OPS(X)                                                                                       \
  CK_LOOP_FUSED_AFTER(X, ADD) CK_LOOP_FUSED_AFTER(X, SUB) CK_LOOP_FUSED_AFTER(X, MUL)                               \
  CK_LOOP_FUSED_BOTH(X, ADD) CK_LOOP_FUSED_BOTH(X, SUB) CK_LOOP_FUSED_BOTH(X, MUL)
#define CK_LOOP_FUSED_AFTER(X, inner)                                                                              \
  X(inner##_THEN_ADD) X(inner##_THEN_SUB) X(inner##_THEN_MUL) X(inner##_THEN_DIV) X(SUB_OF_##inner) X(DIV_OF_##inner)
#define CK_LOOP_FUSED_BOTH(X, left)                                                                                \
  CK_LOOP_FUSED_PAIR(X, left, ADD) CK_LOOP_FUSED_PAIR(X, left, SUB) CK_LOOP_FUSED_PAIR(X, left, MUL)
#define CK_LOOP_FUSED_PAIR(X, left, right)                                                                         \
  X(left##_ADD_##right) X(left##_SUB_##right) X(left##_MUL_##right) X(left##_DIV_##right)

/// Instructions: a is written, b and c are read, unless it says otherwise. What can go wrong stops the program there with
/// nothing written.
#define CK_LOOP_OPS(X)                                                                                             \
  X(MOVE) X(TO_REAL) X(NOT) X(SELECT)            /* SELECT, d in the next word: a ← b ? c : d */                   \
  X(ADD_WHOLE) X(SUB_WHOLE) X(MUL_WHOLE) X(NEG_WHOLE) X(ABS_WHOLE) X(MAX_WHOLE) X(MIN_WHOLE)                       \
  X(MULADD_WHOLE)                                /* d in the next word: b c + d */                                 \
  X(DIV_WHOLE) X(MOD_WHOLE) X(POW_WHOLE)         /* rounded down; sign of c; c ≥ 0 */                              \
  X(ADD) X(SUB) X(MUL) X(DIV) X(NEG) X(ABS) X(SQRT) X(POW) X(DIV_DOWN)                                             \
  CK_LOOP_FUSED_OPS(X)                                                                                             \
  X(MAX) X(MIN) X(RATIO)                         /* RATIO: 0 where both are 0 */                                   \
  X(UNARY)                                       /* c: a `ck_unary_op` */                                          \
  X(BINARY)                                      /* the next word's a: a `ck_binary_op` */                         \
  X(FINITE) X(FLOOR) X(CEIL) X(ROUND) X(TRUNC) X(EXACT) /* real to whole; EXACT of whole values only */            \
  X(LESS_WHOLE) X(AT_MOST_WHOLE) X(EQUAL_WHOLE)                                                                    \
  X(LESS) X(AT_MOST) X(EQUAL)                                                                                      \
  X(LESS_MIXED) X(AT_MOST_MIXED) X(GREATER_MIXED) X(AT_LEAST_MIXED) X(EQUAL_MIXED) /* b whole, c real, exactly */  \
  X(JUMP)                                        /* by a instructions from here, as all jumps by c */              \
  X(JUMP_TRUE) X(JUMP_FALSE)                     /* by a */                                                        \
  X(JUMP_LESS_WHOLE) X(JUMP_AT_MOST_WHOLE) X(JUMP_EQUAL_WHOLE) X(JUMP_UNEQUAL_WHOLE) /* if a < b */                \
  X(JUMP_LESS) X(JUMP_NOT_LESS) X(JUMP_AT_MOST) X(JUMP_NOT_AT_MOST) X(JUMP_EQUAL) X(JUMP_UNEQUAL)                  \
  X(AGAIN_TRUE) X(AGAIN_FALSE)                   /* the same jumps, which count a turn, too */                     \
  X(AGAIN_LESS_WHOLE) X(AGAIN_AT_MOST_WHOLE) X(AGAIN_EQUAL_WHOLE) X(AGAIN_UNEQUAL_WHOLE)                           \
  X(AGAIN_LESS) X(AGAIN_NOT_LESS) X(AGAIN_AT_MOST) X(AGAIN_NOT_AT_MOST) X(AGAIN_EQUAL) X(AGAIN_UNEQUAL)            \
  X(RANGE)                                       /* a: first, b: after the last; c ≠ 0: b is the last, made so */  \
  X(TURNS)                                       /* stops where a is no number of turns */                         \
  X(NEXT)                                        /* a += 1; if a < b go on by c */                                 \
  X(TICK)                                        /* counts a turn */                                               \
  X(LOAD) X(LOAD_WHOLE) X(LOAD_TRUTH)            /* element c of array b */                                        \
  X(LOAD_CELL) X(LOAD_CELL_WHOLE) X(LOAD_CELL_TRUTH) /* element [c, the next word's a] of matrix b */              \
  X(CHECK_ROW) X(CHECK_COLUMN)                   /* stops where a is no index of array b */                        \
  X(INDEX_ROW) X(INDEX_COLUMN)                   /* index c of array b, negative from the end, in its axis */      \
  X(STORE) X(STORE_CELL)                         /* element b, or [b, the next word's a], of array a ← c */        \
  X(ALL_REAL)                                    /* array a, of whole numbers, becomes one of real numbers */      \
  X(COUNT) X(ROWS) X(COLUMNS)                    /* of array b */                                                  \
  X(SHARE) X(DROP) X(TAKE)                       /* array a ← b; forget a; forget a, a ← b, which is not kept */   \
  X(CALL)                                        /* arguments from a on, function b, result to c */                \
  X(RETURN)                                      /* a is the result */                                             \
  X(OPERATIONS)                                  /* counts a operations on b elements, where they have a limit */   \
  X(VISIT)                                       /* ends with number a, and may go on; registers below b are read */ \
  X(EXIT)                                        /* a: which end; those below b are read, and c - 1 */

enum ck_loop_op {
#define CK_LOOP_ENUM(name) CK_LOOP_##name,
  CK_LOOP_OPS(CK_LOOP_ENUM)
#undef CK_LOOP_ENUM
};

/// One instruction, or a word with more operands of the one before.
struct ck_loop_code {
  uint16_t op;
  int16_t a, b, c;
};

/// A function: where it starts, how many arguments it is given, its constants and inputs, which lie below its frame, and
/// whether it has been called.
struct ck_loop_function {
  int64_t start, arguments, constants, called;
  const union ck_loop_cell *constant;
};

/// A call that waits for its result.
struct ck_loop_frame {
  int64_t back, result;
  union ck_loop_cell *base;
};

enum ck_loop_end {
  CK_LOOP_ENDED,     // at an EXIT, whose number is in `index`
  CK_LOOP_VISITED,   // at a VISIT, whose number is in `index`; may go on
  CK_LOOP_PAUSED,    // the budget is used up; may go on
  CK_LOOP_OVERFLOW, CK_LOOP_ZERO,
  CK_LOOP_INDEX,     // `index` of `count`, on axis `axis`
  CK_LOOP_NO_WHOLE,  // of `real`
  CK_LOOP_TURN_COUNT,  // `index`
  CK_LOOP_DEPTH,
  CK_LOOP_OPERATIONS_MAX,
  CK_LOOP_MEMORY     // for `count` elements
};

/// A program that runs, and where it stands.
struct ck_loop_state {
  const struct ck_loop_code *code;
  struct ck_loop_function *functions;
  int64_t place;                 // of the next instruction, or of the one that stopped
  union ck_loop_cell *base;      // of the frame at hand
  struct ck_loop_frame *frames;
  int64_t depth, depth_max;      // calls that wait
  int64_t budget;                // turns and calls until a pause
  int64_t operations, operations_max, elements;  // that OPERATIONS has counted
  int64_t index, count, axis;
  double real;
  struct ck_loop_array *arrays;
  // Of machine code: whether to go on, asked when the budget is used up (0: yes), and calls inside calls that it may make.
  int (*ask)(struct ck_loop_state *state);
  void *asker;
  int64_t calls_left;
};

/// Goes on until the program ends, pauses or stops.
enum ck_loop_end ck_loop_run(struct ck_loop_state *state);

/// An array on memory of somebody else, or NULL.
struct ck_loop_array *ck_loop_lend(struct ck_loop_state *state, const void *elements, int64_t count, int64_t rows,
                                   int64_t columns);
/// Forgets all arrays of a program.
void ck_loop_release(struct ck_loop_state *state);

// What machine code calls, so that it does what the interpreter does.

/// An array that may be written to in place of `array`, which is given up; NULL where there is no memory.
struct ck_loop_array *ck_loop_own(struct ck_loop_state *state, struct ck_loop_array *array);
/// The same, with real numbers in place of its whole ones.
struct ck_loop_array *ck_loop_all_real(struct ck_loop_state *state, struct ck_loop_array *array);
/// Gives up an array, or nothing.
void ck_loop_drop(struct ck_loop_state *state, struct ck_loop_array *array);
/// -1, 0 or 1 as a is less than, equal to or greater than b, without rounding a; 2 where b is not a number.
int64_t ck_loop_compared(int64_t a, double b);
/// Quotient rounded down, remainder with the sign of b, power with b ≥ 0; an end of the program other than
/// CK_LOOP_ENDED where there is none.
int64_t ck_loop_divide(int64_t a, int64_t b, int64_t *result);
int64_t ck_loop_modulo(int64_t a, int64_t b, int64_t *result);
int64_t ck_loop_power(int64_t a, int64_t b, int64_t *result);
double ck_loop_real_power(double a, double b);
/// The larger and the smaller of two numbers: -0 < +0, NaN where one is.
double ck_loop_maximum(double a, double b);
double ck_loop_minimum(double a, double b);
