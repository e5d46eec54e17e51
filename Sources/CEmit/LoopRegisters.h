// Registers of a program's function as those of the processor, and operands in the forms that instructions take.
#pragma once
#include "LoopShape.h"
#include "runtime.h"
#include <asmjit/x86.h>
#include <cstddef>
#include <functional>

namespace emit {

using namespace asmjit;
namespace Inst = asmjit::x86::Inst;
using x86::Gp; using x86::Mem; using x86::Xmm;

struct LoopRegisters {
  const LoopShape &shape;
  x86::Compiler &cc;
  Gp state, base;
  std::vector<Gp> whole;
  std::vector<Xmm> real;
  std::vector<Label> labels;
  std::vector<std::function<void()>> cold;  // writes what is seldom reached, behind the rest
  int64_t at = 0;                           // the word at hand

  LoopRegisters(const LoopShape &s, x86::Compiler &emitter) : shape(s), cc(emitter) {
    whole.resize(size_t(s.registers)), real.resize(size_t(s.registers));
    labels.resize(s.kinds.size());
    for (size_t k = 0; k < labels.size(); k++) if (s.isTarget[k]) labels[k] = cc.newLabel();
  }

  const ck_loop_code &word() const { return shape.code[at]; }
  const ck_loop_code &second() const { return shape.code[at + 1]; }
  uint8_t kind(int r) const { return shape.kindOf(r, shape.kinds[size_t(at - shape.f.begin)]); }
  bool isReal(int r) const { return kind(r) == EM_REAL_KIND; }
  static Mem home(Gp from, int r) { return x86::qword_ptr(from, r * 8); }
  Mem of(size_t offset) const { return x86::qword_ptr(state, int32_t(offset)); }
  Mem ofArray(Gp array, size_t offset) const { return x86::qword_ptr(array, int32_t(offset)); }
  bool isFixed(int r) const { return r < 0 && shape.f.constant[-1 - r].isFixed; }
  int64_t fixed(int r) const { return shape.f.constant[-1 - r].bits; }
  bool isSmall(int r) const { return isFixed(r) && fixed(r) == int32_t(fixed(r)); }

  /// The register of the processor for one of the program's, to write it or to read it.
  Gp &wholeOf(int r) {
    Gp &x = whole[size_t(r)];
    if (!x.isValid()) x = cc.newInt64();
    return x;
  }
  Xmm &realOf(int r) {
    Xmm &x = real[size_t(r)];
    if (!x.isValid()) x = cc.newXmm();
    return x;
  }

  /// A whole number in a register.
  Gp wholeIn(int r) {
    if (r >= 0) return wholeOf(r);
    Gp x = cc.newInt64();
    if (isFixed(r)) cc.mov(x, fixed(r));
    else cc.mov(x, home(base, r));
    return x;
  }
  /// As second operand.
  Operand wholeOperand(int r) {
    if (r >= 0) return wholeOf(r);
    if (isSmall(r)) return Imm(fixed(r));
    return home(base, r);
  }
  /// A real number in a register.
  Xmm realIn(int r) {
    if (r >= 0) return realOf(r);
    Xmm x = cc.newXmm();
    if (isFixed(r) && fixed(r) == 0) cc.vxorps(x, x, x);
    else cc.vmovsd(x, home(base, r));
    return x;
  }
  Operand realOperand(int r) {
    if (r >= 0) return realOf(r);
    return home(base, r);
  }
  void setReal(int r, Xmm x) {
    if (realOf(r).id() != x.id()) cc.vmovapd(realOf(r), x);
  }
  void setWhole(int r, Gp x) {
    if (wholeOf(r).id() != x.id()) cc.mov(wholeOf(r), x);
  }

  /// Registers that are kept in the frame's memory, for others to see.
  void store(const std::vector<bool> &which, const std::vector<uint8_t> &kinds) {
    for (size_t r = 0; r < which.size(); r++) {
      if (!which[r]) continue;
      if (kinds[r] == EM_REAL_KIND) cc.vmovsd(home(base, int(r)), realOf(int(r)));
      else cc.mov(home(base, int(r)), wholeOf(int(r)));
    }
  }
  void load(const std::vector<bool> &which, const std::vector<uint8_t> &kinds) {
    for (size_t r = 0; r < which.size(); r++) {
      if (!which[r]) continue;
      if (kinds[r] == EM_REAL_KIND) cc.vmovsd(realOf(int(r)), home(base, int(r)));
      else cc.mov(wholeOf(int(r)), home(base, int(r)));
    }
  }

  /// Eight bytes in memory ← a number.
  void setField(size_t offset, int64_t x) {
    if (x == int32_t(x)) { cc.mov(of(offset), int32_t(x)); return; }
    Gp r = cc.newInt64();
    cc.mov(r, x);
    cc.mov(of(offset), r);
  }

  // MARK: ends

  /// The function ends with a number for whoever called it.
  void leave(int64_t number) {
    Gp result = cc.newInt64();
    cc.mov(result, number);
    cc.ret(result);
  }
  void stop(int64_t end, int64_t place) {
    setField(offsetof(ck_loop_state, place), place);
    leave(end);
  }
  /// A label of what stops the program here, for a jump.
  Label stops(int64_t end, int64_t place) {
    Label label = cc.newLabel();
    cold.push_back([=] {
      cc.bind(label);
      stop(end, place);
    });
    return label;
  }

  // MARK: calls

  struct Call {
    InvokeNode *node;
    int next = 0;
    Call &operator<<(const Gp &x) { node->setArg(size_t(next++), x); return *this; }
    Call &operator<<(const Xmm &x) { node->setArg(size_t(next++), x); return *this; }
  };
  template <class R, class... A> Call call(R (*function)(A...)) {
    Call made;
    cc.invoke(&made.node, imm(reinterpret_cast<void *>(function)), FuncSignatureT<R, A...>(CallConvId::kHost));
    return made;
  }
};

}  // namespace emit
