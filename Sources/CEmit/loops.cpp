// Programs of the loop machine as x86-64 code: a function of theirs is a function here.
#include "emit_loops.h"
#include "cemit.h"
#if defined(__x86_64__) && !defined(EM_NO_ASSEMBLER)
#include "LoopEmission.h"
#include "runtime.h"
#include <cstdio>

using namespace asmjit;

typedef int64_t (*em_loop_entry)(ck_loop_state *, ck_loop_cell *, int64_t);

struct em_loops {
  void *start;
  int64_t bytes;
  std::vector<em_loop_entry> functions;
  std::vector<emit::LoopEntry> entries;  // by place
};

static thread_local char message[160];

/// Most words of a program: what is looked at for each of them would take too long.
static const int64_t WORDS_MAX = 6000;

static bool refuse(const char *why) {
  snprintf(message, sizeof message, "%s", why);
  return false;
}

static bool build(const ck_loop_code *code, const em_loop_function *function, int64_t count, int64_t registers, em_loops &made) {
  message[0] = 0;
  if (em_level() == 0) return refuse("a processor without AVX2");
  if (function[count - 1].end > WORDS_MAX) return refuse("a long program");
  std::vector<emit::LoopShape> shapes;
  for (int64_t k = 0; k < count; k++) {
    shapes.emplace_back(code, function[k], function, registers);
    if (!shapes.back().look()) return refuse(shapes.back().refusal);
  }
  CodeHolder holder;
  emit::Refusal refusal(message, sizeof message);
  if (holder.init(emit::runtime()->environment())) return refuse("no code");
  holder.setErrorHandler(&refusal);
  x86::Compiler cc(&holder);
  cc.addDiagnosticOptions(DiagnosticOptions::kValidateIntermediate);
  std::vector<FuncNode *> nodes;
  for (int64_t k = 0; k < count; k++)
    nodes.push_back(cc.newFunc(FuncSignatureT<int64_t, void *, void *, int64_t>(CallConvId::kHost)));
  for (int64_t k = 0; k < count; k++) emit::LoopEmission(shapes[size_t(k)], cc, nodes, int(k), made.entries).emit();
  if (message[0] || cc.finalize() || message[0]) return false;
  if (emit::runtime()->add(&made.start, &holder)) return refuse("no memory for code");
  made.bytes = int64_t(holder.codeSize());
  for (FuncNode *node : nodes)
    made.functions.push_back(em_loop_entry(static_cast<char *>(made.start) + holder.labelOffset(node->label())));
  return true;
}

struct em_loops *em_compile_loops(const struct ck_loop_code *code, const struct em_loop_function *functions, int64_t count,
                                  int64_t registers) {
  em_loops made = {};
  return build(code, functions, count, registers, made) ? new em_loops(made) : nullptr;
}

void em_free_loops(struct em_loops *loops) {
  if (!loops) return;
  emit::runtime()->release(loops->start);
  delete loops;
}

int64_t em_loops_bytes(const struct em_loops *loops) { return loops->bytes; }
const char *em_loops_message(void) { return message; }

int64_t em_run_loops(const struct em_loops *loops, struct ck_loop_state *state) {
  for (;;) {
    const emit::LoopEntry *entry = nullptr;
    for (const emit::LoopEntry &e : loops->entries) if (e.place == state->place) entry = &e;
    if (!entry) return EM_LOOPS_LEFT;
    const int64_t end = loops->functions[size_t(entry->function)](state, state->base, entry->number);
    if (end != emit::RETURNED) return end;
    // The call was the interpreter's.
    const ck_loop_frame &frame = state->frames[state->depth];
    frame.base[frame.result] = state->base[0];
    state->base = frame.base;
    state->place = frame.back;
  }
}
#else
int64_t em_run_loops(const struct em_loops *, struct ck_loop_state *) { return EM_LOOPS_LEFT; }
struct em_loops *em_compile_loops(const struct ck_loop_code *, const struct em_loop_function *, int64_t, int64_t) { return nullptr; }
void em_free_loops(struct em_loops *) {}
int64_t em_loops_bytes(const struct em_loops *) { return 0; }
const char *em_loops_message(void) { return ""; }
#endif
