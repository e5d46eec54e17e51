// Programs as x86-64 code. Variables stay in registers for all steps; loops over elements take 64 bytes at once. The
// order of sums is that of the kernels, and nothing is fused but what says so, so that all bits are the same.
#include "cemit.h"
#if defined(__x86_64__) && !defined(EM_NO_ASSEMBLER)
#include "Numbers.h"
#include "runtime.h"

extern "C" {
#include "ck_level.h"
}

using namespace asmjit;

struct em_compiled {
  int64_t (*entry)(em_context *);
  int64_t bytes;
};

namespace emit {

struct Compilation : Numbers {
  using Numbers::Numbers;
  Label head, out, end;

  void emit() {
    count();
    FuncNode *f = cc.addFunc(FuncSignatureT<int64_t, void *>(CallConvId::kHost));
    f->frame().setAvxEnabled();
    f->frame().setAvxCleanup();
    if (wide) f->frame().setAvx512Enabled();
    context = cc.newUIntPtr("context");
    f->setArg(0, context);
    prologue();
    cc.align(AlignMode::kCode, 32);
    cc.bind(head);
    body();
    step();
    finish();
    cc.endFunc();
  }

  bool isNeeded(int i) const { return uses[i] > 0 || hasEffect(op(i).code); }

  /// Readers of each value that is needed, and comparisons that are read as numbers.
  void count() {
    uses.assign(p.ops, 0);
    asTruth.assign(p.ops, 0);
    for (int i = p.ops - 1; i >= 0; i--) {
      const em_op &o = op(i);
      if (o.code == EM_EACH || o.code == EM_PRODUCT || o.code == EM_TURN || o.code == EM_RANGE || o.code == EM_DISTINCT) hasVectors = true;
      if (!isNeeded(i)) continue;
      eachOperand(o, [&](int v) { uses[v]++; });
      bool choosesByMask = o.code == EM_SELECT && o.type != EM_I64 && compares(op(o.a).code) && op(op(o.a).a).type == o.type;
      eachOperand(o, [&](int v) { if (!(choosesByMask && v == o.a)) asTruth[v] = 1; });
      if (choosesByMask && (o.b == o.a || o.c == o.a)) asTruth[o.a] = 1;
    }
    for (int k = 0; k < p.variables; k++) uses[p.variable[k].pointer]++;
  }

  void prologue() {
    done = cc.newInt64("done"), steps = cc.newInt64("steps"), cells = cc.newUIntPtr("cells");
    slots = cc.newUIntPtr("slots"), faultNumber = cc.newInt64(), faultIndex = cc.newInt64();
    head = cc.newLabel(), out = cc.newLabel(), end = cc.newLabel(), fault = cc.newLabel();
    cc.xor_(done.r32(), done.r32());
    cc.xor_(faultIndex.r32(), faultIndex.r32());
    cc.mov(steps, x86::qword_ptr(context, offsetof(em_context, steps)));
    cc.mov(cells, x86::qword_ptr(context, offsetof(em_context, cells)));
    cc.mov(slots, x86::qword_ptr(context, offsetof(em_context, slots)));
    if (p.recorded) cc.mov(record = cc.newUIntPtr(), x86::qword_ptr(context, offsetof(em_context, record)));
    for (int k = 0; k < p.streams; k++)
      cc.mov(stream[k] = cc.newUIntPtr(), x86::qword_ptr(context, int32_t(offsetof(em_context, stream) + k * 8)));
    number.resize(p.ops), whole.resize(p.ops), mask.resize(p.ops), vector.resize(p.ops), spread.resize(p.ops);
    bit.resize(p.ops), lanesMask.resize(p.ops), sums.resize(p.ops);
    for (int i = 0; i < p.ops; i++) {
      if (op(i).code != EM_POINTER || !uses[i] || op(i).a == -4) continue;
      if (op(i).a == -1) { whole[i] = cells; continue; }
      if (op(i).a == -3) { cc.mov(whole[i] = cc.newUIntPtr(), op(i).i); continue; }
      if (op(i).a == -2) {
        cc.mov(whole[i] = cc.newUIntPtr(), x86::qword_ptr(context, offsetof(em_context, room)));
        continue;
      }
      cc.mov(whole[i] = cc.newUIntPtr(), x86::qword_ptr(slots, op(i).a * 8));
    }
    real.resize(p.variables), integer.resize(p.variables);
    for (int k = 0; k < p.variables; k++) {
      Mem from = home(k);
      if (p.variable[k].type == EM_I64) cc.mov(integer[k] = cc.newInt64(), from);
      else cc.emit(moves(p.variable[k].type), real[k] = cc.newXmm(), from);
    }
  }

  Mem home(int k) {
    const em_variable &v = p.variable[k];
    return x86::ptr(whole[v.pointer], int32_t(v.offset), bytesOf(v.type));
  }

  void body() {
    bool isSetting = false;
    for (int i = 0; i < p.ops; i++) {
      if (op(i).code == EM_SET && !isSetting) {
        isSetting = true;
        keepReplaced(i);
      }
      if (op(i).code == EM_EACH) i = each(i);
      else if (op(i).code == EM_NEXT) i = replace(i);
      else if (isNeeded(i)) one(i);
    }
  }

  /// All variables are replaced at once: what one of the sets reads after another has replaced it is copied before.
  void keepReplaced(int first) {
    std::vector<char> isReplaced(p.variables, 0);
    for (int i = first; i < p.ops; i++) {
      int v = op(i).b;
      if (op(v).code == EM_VARIABLE && isReplaced[op(v).a]) {
        if (op(v).type == EM_I64) {
          Gp copy = cc.newInt64();
          cc.mov(copy, integer[op(v).a]);
          whole[v] = copy;
        } else {
          Xmm copy = cc.newXmm();
          cc.vmovapd(copy, real[op(v).a]);
          number[v] = copy;
        }
      }
      isReplaced[op(i).a] = 1;
    }
  }

  /// What follows each step.
  void step() {
    for (int k = 0; k < p.streams; k++) cc.add(stream[k], int32_t(p.batch[k] * 8));
    if (p.recorded) cc.add(record, int32_t(p.recorded * 8));
    Gp flag = cc.newUIntPtr();
    cc.inc(done);
    cc.mov(flag, x86::qword_ptr(context, offsetof(em_context, interrupt)));
    cc.cmp(x86::dword_ptr(flag), 0);
    cc.jne(out);
    cc.cmp(done, steps);
    cc.jl(head);
    cc.jmp(end);
  }

  void finish() {
    for (const std::function<void()> &part : cold) part();
    cc.bind(fault);
    cc.inc(faultNumber);
    cc.mov(x86::qword_ptr(context, offsetof(em_context, fault)), faultNumber);
    cc.mov(x86::qword_ptr(context, offsetof(em_context, index)), faultIndex);
    cc.jmp(end);
    cc.bind(out);
    cc.mov(x86::qword_ptr(context, offsetof(em_context, interrupted)), 1);
    cc.bind(end);
    for (int k = 0; k < p.variables; k++) {
      if (p.variable[k].type == EM_I64) cc.mov(home(k), integer[k]);
      else cc.emit(moves(p.variable[k].type), home(k), real[k]);
    }
    cc.ret(done);
  }
};

JitRuntime *runtime() {
  static JitRuntime *shared = [] {
    JitAllocator::CreateParams parameters {};
    parameters.options = JitAllocatorOptions::kUseDualMapping;  // no page is writable and executable
    return new JitRuntime(&parameters);
  }();
  return shared;
}

static thread_local char message[160];

static Error build(const em_program *program, int level, CodeHolder &code, Refusal &refusal, Logger *logger) {
  message[0] = 0;
  if (Error e = code.init(runtime()->environment())) return e;
  code.setErrorHandler(&refusal);
  if (logger) code.setLogger(logger);
  x86::Compiler cc(&code);
  cc.addDiagnosticOptions(DiagnosticOptions::kValidateIntermediate);  // a tenth of the time; without it nothing is checked
  Compilation(*program, level, cc).emit();
  if (message[0]) return kErrorInvalidState;
  return cc.finalize();
}

}  // namespace emit

int em_level(void) {
  static const bool fits = [] {
    const CpuFeatures::X86 &f = CpuInfo::host().features().x86();
    return f.hasAVX2() && f.hasFMA();
  }();
  int level = ck_level();
  return fits && level >= 3 ? level : 0;
}

em_compiled *em_compile(const em_program *program, int level) {
  int best = em_level();
  if (level == 0 || level > best) level = best;
  CodeHolder code;
  emit::Refusal refusal(emit::message, sizeof emit::message);
  em_compiled result = {};
  if (level == 0 || emit::build(program, level, code, refusal, nullptr)) return nullptr;
  if (emit::runtime()->add(&result.entry, &code)) return nullptr;
  result.bytes = int64_t(code.codeSize());
  return new em_compiled(result);
}

int64_t em_run(const em_compiled *code, em_context *context) { return code->entry(context); }

void em_free(em_compiled *code) {
  if (!code) return;
  emit::runtime()->release(code->entry);
  delete code;
}

int64_t em_bytes(const em_compiled *code) { return code->bytes; }
const char *em_message(void) { return emit::message; }

void em_list(const em_program *program, int level, char *out, int64_t room) {
  StringLogger logger;
  CodeHolder code;
  emit::Refusal refusal(emit::message, sizeof emit::message);
  if (em_level() == 0) { out[0] = 0; return; }
  emit::build(program, level ? level : em_level(), code, refusal, &logger);
  snprintf(out, size_t(room), "%s%s", logger.data(), emit::message);
}
#else
struct em_compiled {};
int em_level(void) { return 0; }
em_compiled *em_compile(const em_program *, int) { return nullptr; }
int64_t em_run(const em_compiled *, em_context *) { return 0; }
void em_free(em_compiled *) {}
int64_t em_bytes(const em_compiled *) { return 0; }
const char *em_message(void) { return ""; }
void em_list(const em_program *, int, char *out, int64_t) { out[0] = 0; }
#endif
