// Machine code of typed register programs (`ck_loop.h`): what the interpreter does, to the bit, with registers of the
// program in registers of the processor.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ck_loop_code;
struct ck_loop_state;

/// What a register of a program holds; a pointer to an array is a whole number here, and so is truth.
enum em_kind { EM_NO_KIND, EM_WHOLE_KIND, EM_REAL_KIND };

/// A register below a frame: number -1 - k. `bits` is its value where that is the same whenever the program runs.
struct em_loop_constant {
  uint8_t kind, isFixed;
  int64_t bits;
};

/// A function: its words, and what its constants, its first registers and its result are.
struct em_loop_function {
  int64_t begin, end;
  const struct em_loop_constant *constant;
  const uint8_t *argument;
  int64_t constants, arguments;
  uint8_t result;
};

/// A program as machine code.
struct em_loops;

/// NULL where it cannot be made, for a reason that `em_loops_message` says.
struct em_loops *em_compile_loops(const struct ck_loop_code *code, const struct em_loop_function *functions, int64_t count,
                                  int64_t registers);
void em_free_loops(struct em_loops *loops);
int64_t em_loops_bytes(const struct em_loops *loops);
const char *em_loops_message(void);

enum { EM_LOOPS_LEFT = -2 };

/// Goes on at the place of the state until the program ends or stops as `ck_loop_run` says, or is left to the interpreter
/// (EM_LOOPS_LEFT), which goes on at the place of the state. CK_LOOP_PAUSED: it was asked to stop, and cannot go on.
int64_t em_run_loops(const struct em_loops *loops, struct ck_loop_state *state);

#ifdef __cplusplus
}
#endif
