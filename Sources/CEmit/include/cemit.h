// Machine code of steps: a flat list of operations on numbers and on small vectors becomes one function that makes
// many steps. What an operation means, to the bit, is what the kernels of the same name do.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum em_type { EM_F64, EM_F32, EM_I64, EM_NOTHING };

/// The result of operation i is value i; `a`, `b`, `c` are values unless it is said otherwise, -1 where there is none.
/// Truth is 1 or 0, and what is not 0 (NaN too) is true.
///
/// An address is a pointer `a`, plus `i` bytes, plus the whole number `b` times the size of an element.
enum em_code {
  EM_CONST,    // the bits in i
  EM_VARIABLE, // variable a as the step begins
  EM_SET,      // variable a ← b for the next step; these come last
  EM_POINTER,  // where slot a lies (-1: the cells, -2: room for results of calls, -3: address i), read once before all
               // steps; -4: address i, for what is read once in a step
  EM_ADDRESS,  // pointer a plus the whole number b times i bytes
  EM_STREAM,   // entry b, a number, of this step's part of stream a
  EM_AT,       // where this step's part of stream a lies
  EM_AHEAD,    // entry b of the part of stream a c steps, a number, later; of this step's where there are no more so many
  EM_INSIDE,   // a where it is in 0 ..< i; else the steps end with fault b, a number, and the index a
  EM_CHECK,    // nothing where a is 0; else the steps end with fault 0
  EM_RANGE,    // the i whole numbers from pointer a on are in 0 ..< the constant c; else the steps end as by EM_INSIDE
  EM_DISTINCT, // 1 where the i whole numbers from pointer a on differ, for which those of the `em_marks` at pointer b may
               // be marked; else, or when marks have to be cleared, 0 and the place of the first like each at pointer c
  EM_IF,       // goes on to EM_ELSE where the whole number a is 0; no value of either part is read after EM_FI
  EM_ELSE,
  EM_FI,
  EM_LOAD,     // element at an address
  EM_STORE,    // element at an address ← c
  EM_VIEW,     // slot b, a number, is to lie at pointer a
  EM_RECORD,   // number b of this step's row of the record ← a
  EM_PREFETCH, // asks for i bytes from byte b, a number, of what pointer a points at
  EM_ADD, EM_SUB, EM_MUL, EM_DIV, EM_NEG, EM_ABS, EM_SQRT,
  EM_FUSED,    // a b + c with one rounding
  EM_MIN, EM_MAX,  // NaN where an operand is; -0 < +0
  EM_FLOOR, EM_CEIL, EM_ROUND, EM_TRUNC,
  EM_LT, EM_LE, EM_EQ, EM_NE,  // of whole numbers: a truth in f64
  EM_SELECT,   // a ≠ 0 ? b : c
  EM_CONVERT,  // a, of the type `sub`, to f64 or f32
  EM_CALL,     // function `sub` of b arguments from number a on
  EM_EACH,     // elements 0 ..< i, up to EM_END; any order of elements gives the same
  EM_ELEMENT,  // own element of what begins at an address; sub ≠ 0: as many bytes as a vector has may be read at its end
  EM_GATHER,   // element [j] of what begins at pointer a, j the own one of the whole numbers from pointer b plus i bytes on
  EM_PUT,      // own element of what begins at an address ← c; sub ≠ 0: a whole vector may be written at its end
  EM_SUM,      // after the loop: sum of a by the tree of ck_reduce, of at most one block
  EM_DOT,      // after the loop: sum of a b by the tree of ck_dot
  EM_END,
  EM_LOOP,     // turns 0 ..< i, up to EM_REPEAT: the number of the turn; b ≠ 0: from the last one to the first
  EM_CARRY,    // a as the turns begin, then what EM_NEXT said; these follow EM_LOOP, and may be read after the turns
  EM_WHILE,    // the turns end where a, a real number, is 0
  EM_NEXT,     // EM_CARRY a ← b for the next turn; these come last
  EM_REPEAT,
  EM_TURN,     // a ← transpose of b, m × n with rows ldb apart, to rows ldc apart, m and n ≥ 4; i: number of its em_product
  EM_PRODUCT,  // C ← A B, chains of fused multiply-adds; a, b, c pointers to C, A, B; i: number of its em_product
};

/// Functions that code may call.
enum em_function {
  EM_PERFORM,                    // instruction [argument] of the machine; not 0: it met a fault
  EM_UNARY_F64, EM_UNARY_F32,    // (x, ck_unary_op)
  EM_BINARY_F64, EM_BINARY_F32,  // (x, y, ck_binary_op)
  EM_UNARY_I64,                  // (x, ck_unary_op)
  EM_BINARY_I64,                 // (x, y, ck_binary_op)
  EM_WHOLE_F64, EM_WHOLE_F32,    // the whole number towards 0
  EM_DRAW_F64, EM_DRAW_F32,      // (stream, step, lane, ck_draw_kind): element 0
  EM_DRAWS_F64, EM_DRAWS_F32,    // (out, n, stream, step, lane, ck_draw_kind)
  EM_INDEX,                      // (stream, step, lane, below)
  EM_INDICES,                    // (out, n, stream, step, lane, below)
  EM_MAP_F64, EM_MAP_F32,        // (ck_unary_op, out, a, n)
  EM_MERGE_F64, EM_MERGE_F32,    // (ck_binary_op, out, a, stride of a + 2 · stride of b, b, n)
  EM_FIRST_PLACES,               // (out, indices, n, em_marks): the place of the first like each
  EM_FUNCTIONS
};

struct em_op {
  uint8_t code, type;
  uint16_t sub;
  int32_t a, b, c;
  int64_t i;
};

/// An argument of a call: a value, or where that is -1 a number.
struct em_argument {
  int32_t value;
  int64_t number;
};

/// C (m × n, row stride ldc) ← op(A) op(B) over k; element (i, p) of op(A) lies at i · rowA + p · stepA, row p of op(B)
/// at p · ldb.
struct em_product {
  int32_t m, n, k;
  int32_t rowA, stepA, ldb, ldc;
};

/// A number that is kept in a register over all steps, with where it lies before and after: a pointer value and bytes.
struct em_variable {
  int32_t type, pointer;
  int64_t offset;
};

struct em_program {
  const struct em_op *op;
  const struct em_argument *argument;
  const struct em_variable *variable;
  const struct em_product *product;
  int32_t ops, variables, streams;
  const int64_t *batch;  // entries of one step of each stream
  int64_t recorded;      // numbers of a row of the record
};

enum { EM_STREAMS = 4 };

struct em_context {
  void *cells;
  void **slots;
  void *room;
  void *machine;
  int64_t (*perform)(void *machine, int64_t instruction);
  const volatile int32_t *interrupt;  // read after each step; not 0: no more steps
  const int64_t *stream[EM_STREAMS];
  double *record;       // where the first step's row begins
  int64_t steps;        // to be made, at least 1
  int64_t fault;        // 0, or the number of the fault from 1
  int64_t index;        // what was outside
  int64_t place;        // its place in a list
  int64_t interrupted;  // whether the flag ended the steps
};

/// Which of `rows` whole numbers were met: those whose mark is the generation, which grows by 1 each time; and the table
/// of `ck_first_places`.
struct em_marks {
  int64_t rows, capacity;
  int64_t *table;
  uint16_t generation, mark[];
};

/// Bytes of marks with their table.
int64_t em_marks_bytes(int64_t rows, int64_t capacity);
/// Nothing is marked. `room`: as many bytes of zeros.
void em_marks_begin(void *room, int64_t rows, int64_t capacity);

struct em_compiled;

/// 3 or 4 for x86-64-v3 or -v4; 0 where no code is made: other processors, or a build without the assembler.
int em_level(void);
/// NULL where the program has no form in code. `level`: 3 or 4, at most that of the kernels; 0 for that.
struct em_compiled *em_compile(const struct em_program *program, int level);
/// Makes the steps; returns how many whole ones.
int64_t em_run(const struct em_compiled *code, struct em_context *context);
void em_free(struct em_compiled *code);
/// Bytes of machine code.
int64_t em_bytes(const struct em_compiled *code);
/// Why the last compilation of this thread gave nothing; empty where it did not fail.
const char *em_message(void);
/// Writes the machine code as text into `out`, which has room for `room` bytes.
void em_list(const struct em_program *program, int level, char *out, int64_t room);

#ifdef __cplusplus
}
#endif
