// Arithmetic and comparisons of programs on numbers.
#pragma once
#include "LoopRegisters.h"
#include "calls.h"

namespace emit {

struct LoopNumbers : LoopRegisters {
  using LoopRegisters::LoopRegisters;

  /// Whether the instruction at hand was one of these.
  bool arithmetic() {
    const ck_loop_code w = word();
    if (LoopShape::isFused(w.op)) return fused(), true;
    switch (w.op) {
      case CK_LOOP_TO_REAL: return toReal(), true;
      case CK_LOOP_NOT: return truth([&] { Gp b = wholeIn(w.b); cc.test(b, b); }, Inst::kIdSete), true;
      case CK_LOOP_ADD_WHOLE: return checked(Inst::kIdAdd, true), true;
      case CK_LOOP_SUB_WHOLE: return checked(Inst::kIdSub, false), true;
      case CK_LOOP_MUL_WHOLE: case CK_LOOP_MULADD_WHOLE: return multiply(), true;
      case CK_LOOP_NEG_WHOLE: return negate(false), true;
      case CK_LOOP_ABS_WHOLE: return negate(true), true;
      case CK_LOOP_MAX_WHOLE: return larger(Inst::kIdCmovl), true;
      case CK_LOOP_MIN_WHOLE: return larger(Inst::kIdCmovg), true;
      case CK_LOOP_DIV_WHOLE: return divide(false), true;
      case CK_LOOP_MOD_WHOLE: return divide(true), true;
      case CK_LOOP_POW_WHOLE: return byCall(ck_loop_power), true;
      case CK_LOOP_ADD: return simple(Inst::kIdVaddsd), true;
      case CK_LOOP_SUB: return simple(Inst::kIdVsubsd), true;
      case CK_LOOP_MUL: return simple(Inst::kIdVmulsd), true;
      case CK_LOOP_DIV: return simple(Inst::kIdVdivsd), true;
      case CK_LOOP_NEG: return signs(Inst::kIdVxorpd, 1ull << 63), true;
      case CK_LOOP_ABS: return signs(Inst::kIdVandpd, ~0ull >> 1), true;
      case CK_LOOP_SQRT: return cc.emit(Inst::kIdVsqrtsd, realOf(w.a), realIn(w.b), realOperand(w.b)), true;
      case CK_LOOP_POW: return power(), true;
      case CK_LOOP_DIV_DOWN: return divideDown(), true;
      case CK_LOOP_MAX: return extremum(Inst::kIdVmaxsd, ck_loop_maximum), true;
      case CK_LOOP_MIN: return extremum(Inst::kIdVminsd, ck_loop_minimum), true;
      case CK_LOOP_RATIO: return ratio(), true;
      case CK_LOOP_UNARY: return unary(), true;
      case CK_LOOP_BINARY: return binary(), true;
      case CK_LOOP_FINITE: return finite(), true;
      case CK_LOOP_FLOOR: return toWhole(DOWN), true;
      case CK_LOOP_CEIL: return toWhole(UP), true;
      case CK_LOOP_ROUND: return toWhole(NEAREST), true;
      case CK_LOOP_TRUNC: return toWhole(TOWARDS_0), true;
      case CK_LOOP_EXACT: return exactly(), true;
      case CK_LOOP_LESS_WHOLE: return truth([&] { compareWhole(w.b, w.c); }, Inst::kIdSetl), true;
      case CK_LOOP_AT_MOST_WHOLE: return truth([&] { compareWhole(w.b, w.c); }, Inst::kIdSetle), true;
      case CK_LOOP_EQUAL_WHOLE: return truth([&] { compareWhole(w.b, w.c); }, Inst::kIdSete), true;
      case CK_LOOP_LESS: return truth([&] { compareReal(w.c, w.b); }, Inst::kIdSeta), true;
      case CK_LOOP_AT_MOST: return truth([&] { compareReal(w.c, w.b); }, Inst::kIdSetae), true;
      case CK_LOOP_EQUAL: return equal(), true;
      case CK_LOOP_LESS_MIXED: return mixed(Inst::kIdSete, -1), true;
      case CK_LOOP_AT_MOST_MIXED: return mixed(Inst::kIdSetle, 0), true;
      case CK_LOOP_GREATER_MIXED: return mixed(Inst::kIdSete, 1), true;
      case CK_LOOP_AT_LEAST_MIXED: return mixed(Inst::kIdSetbe, 1), true;
      case CK_LOOP_EQUAL_MIXED: return mixed(Inst::kIdSete, 0), true;
      default: return false;
    }
  }

  // MARK: comparisons

  void compareWhole(int a, int b) {
    cc.emit(Inst::kIdCmp, wholeIn(a), wholeOperand(b));
  }
  /// Sets the flags of numbers without signs; those of what is not a number are the carry, the parity and the zero.
  void compareReal(int a, int b) { cc.emit(Inst::kIdVucomisd, realIn(a), realOperand(b)); }

  template <class F> void truth(F compare, InstId set) {
    Gp x = cc.newInt64();
    compare();
    cc.emit(set, x.r8());
    cc.movzx(x.r32(), x.r8());
    setWhole(word().a, x);
  }

 private:
  void equal() {
    Gp x = cc.newInt64(), y = cc.newInt64();
    compareReal(word().b, word().c);
    cc.setnp(x.r8());
    cc.sete(y.r8());
    cc.and_(x.r8(), y.r8());
    cc.movzx(x.r32(), x.r8());
    setWhole(word().a, x);
  }

  void mixed(InstId set, int64_t than) {
    Gp order = cc.newInt64(), b = wholeIn(word().b);
    Xmm c = realIn(word().c);
    Call made = call(ck_loop_compared);
    made << b << c;
    made.node->setRet(0, order);
    truth([&] { cc.cmp(order, int32_t(than)); }, set);
  }

  // MARK: whole numbers

  void toReal() {
    Xmm &a = realOf(word().a);
    if (word().b >= 0) {
      Gp b = wholeOf(word().b);
      cc.vxorps(a, a, a);
      cc.vcvtsi2sd(a, a, b);
    } else {
      cc.vxorps(a, a, a);
      cc.vcvtsi2sd(a, a, home(base, word().b));
    }
  }

  void checked(InstId id, bool commutes) {
    const ck_loop_code w = word();
    int b = w.b, c = w.c;
    if (commutes && (b < 0 || w.a == c)) std::swap(b, c);
    Label overflow = stops(CK_LOOP_OVERFLOW, at);
    if (w.a == b) {
      cc.emit(id, wholeOf(w.a), wholeOperand(c));
      cc.jo(overflow);
      return;
    }
    Gp x = cc.newInt64();
    cc.mov(x, wholeIn(b));
    cc.emit(id, x, wholeOperand(c));
    cc.jo(overflow);
    setWhole(w.a, x);
  }

  void multiply() {
    const ck_loop_code w = word();
    Gp x = cc.newInt64();
    if (isSmall(w.c)) {
      cc.imul(x, wholeIn(w.b), int32_t(fixed(w.c)));
    } else {
      cc.mov(x, wholeIn(w.b));
      cc.emit(Inst::kIdImul, x, wholeOperand(w.c));
    }
    cc.jo(stops(CK_LOOP_OVERFLOW, at));
    if (w.op == CK_LOOP_MULADD_WHOLE) {
      cc.emit(Inst::kIdAdd, x, wholeOperand(second().a));
      cc.jo(stops(CK_LOOP_OVERFLOW, at + 1));
    }
    setWhole(w.a, x);
  }

  void negate(bool isMagnitude) {
    Gp b = wholeIn(word().b), x = cc.newInt64();
    cc.mov(x, b);
    cc.neg(x);
    cc.jo(stops(CK_LOOP_OVERFLOW, at));
    if (isMagnitude) cc.cmovs(x, b);
    setWhole(word().a, x);
  }

  void larger(InstId choose) {
    Gp x = cc.newInt64(), c = wholeIn(word().c);
    cc.mov(x, wholeIn(word().b));
    cc.cmp(x, c);
    cc.emit(choose, x, c);
    setWhole(word().a, x);
  }

  /// a ← what a function gives of b and c, which may stop the program.
  void byCall(int64_t (*function)(int64_t, int64_t, int64_t *)) {
    Gp x = cc.newInt64();
    byCall(function, x, wholeIn(word().b), wholeIn(word().c));
    setWhole(word().a, x);
  }
  void byCall(int64_t (*function)(int64_t, int64_t, int64_t *), Gp x, Gp b, Gp c) {
    Gp end = cc.newInt64(), result = cc.newUIntPtr();
    Label good = cc.newLabel();
    // The field of the state that says where the program stops is free before it does.
    cc.lea(result, of(offsetof(ck_loop_state, index)));
    Call made = call(function);
    made << b << c << result;
    made.node->setRet(0, end);
    cc.mov(x, of(offsetof(ck_loop_state, index)));
    cc.test(end, end);
    cc.jz(good);
    setField(offsetof(ck_loop_state, place), at);
    cc.ret(end);
    cc.bind(good);
  }

  /// Quotient or remainder: of numbers of 32 bits without the long division, by one of the text with a product.
  void divide(bool isRemainder) {
    const ck_loop_code w = word();
    const int64_t d = isFixed(w.c) ? fixed(w.c) : 0;
    if (d > 0 && d < (1ll << 31) && (d & (d - 1)) == 0) return shift(isRemainder, d);
    const bool isByProduct = d > 1 && d < (1ll << 31);
    Gp a = wholeIn(w.b), b = isByProduct ? Gp() : wholeIn(w.c), x = cc.newInt64(), high = cc.newInt64();
    Label slow = cc.newLabel(), done = cc.newLabel();
    cc.mov(high, a);
    if (!isByProduct) cc.or_(high, b);
    cc.shr(high, 32);
    cc.jnz(slow);
    if (isByProduct) {
      // ⌊a / d⌋ = ⌊a ⌈2⁶⁴ / d⌉ / 2⁶⁴⌋ for a and d below 2³².
      Gp low = cc.newInt64(), quotient = cc.newInt64();
      cc.mov(low, int64_t(~0ull / uint64_t(d) + 1));
      cc.mul(quotient, low, a);
      if (isRemainder) {
        cc.imul(quotient, quotient, int32_t(d));
        cc.mov(x, a);
        cc.sub(x, quotient);
      } else {
        cc.mov(x, quotient);
      }
    } else {
      Gp low = cc.newInt64(), rest = cc.newInt64();
      cc.test(b, b);
      cc.jz(slow);
      cc.mov(low.r32(), a.r32());
      cc.xor_(rest.r32(), rest.r32());
      cc.div(rest.r32(), low.r32(), b.r32());
      cc.mov(x.r32(), isRemainder ? rest.r32() : low.r32());
    }
    cc.bind(done);
    setWhole(w.a, x);
    const int64_t place = at;
    cold.push_back([=] {
      at = place;
      cc.bind(slow);
      byCall(isRemainder ? ck_loop_modulo : ck_loop_divide, x, a, isByProduct ? wholeIn(w.c) : b);
      cc.jmp(done);
    });
  }
  void shift(bool isRemainder, int64_t d) {
    Gp x = cc.newInt64();
    cc.mov(x, wholeIn(word().b));
    if (isRemainder) cc.and_(x, int32_t(d - 1));
    else if (d > 1) cc.sar(x, __builtin_ctzll(uint64_t(d)));
    setWhole(word().a, x);
  }

  // MARK: real numbers

  void simple(InstId id) { cc.emit(id, realOf(word().a), realIn(word().b), realOperand(word().c)); }

  static InstId real(int k) {
    const InstId all[] = {Inst::kIdVaddsd, Inst::kIdVsubsd, Inst::kIdVmulsd, Inst::kIdVdivsd};
    return all[k];
  }

  /// Each rounded.
  void fused() {
    const ck_loop_code w = word(), v = second();
    Xmm x = cc.newXmm();
    if (LoopShape::isFusedBoth(w.op)) {
      const int k = w.op - CK_LOOP_ADD_ADD_ADD;
      Xmm y = cc.newXmm();
      cc.emit(real(k / 12), x, realIn(w.b), realOperand(w.c));
      cc.emit(real(k / 4 % 3), y, realIn(v.a), realOperand(v.b));
      cc.emit(real(k % 4), realOf(w.a), x, y);
      return;
    }
    const int k = w.op - CK_LOOP_ADD_THEN_ADD, outer = k % 6;
    cc.emit(real(k / 6), x, realIn(w.b), realOperand(w.c));
    if (outer < 4) cc.emit(real(outer), realOf(w.a), x, realOperand(v.a));
    else cc.emit(outer == 4 ? Inst::kIdVsubsd : Inst::kIdVdivsd, realOf(w.a), realIn(v.a), x);
  }

  void signs(InstId id, uint64_t pattern) {
    uint64_t pair[2] = {pattern, pattern};
    cc.emit(id, realOf(word().a), realIn(word().b), cc.newConst(ConstPoolScope::kLocal, pair, 16));
  }

  void power() {
    const ck_loop_code w = word();
    if (isFixed(w.c)) {
      double c;
      const int64_t bits = fixed(w.c);
      memcpy(&c, &bits, 8);
      if (c == 2) { cc.vmulsd(realOf(w.a), realIn(w.b), realIn(w.b)); return; }
      if (c == 0.5) { cc.emit(Inst::kIdVsqrtsd, realOf(w.a), realIn(w.b), realOperand(w.b)); return; }
    }
    Xmm b = realIn(w.b), c = realIn(w.c);
    Call made = call(ck_loop_real_power);
    made << b << c;
    made.node->setRet(0, realOf(w.a));
  }

  void divideDown() {
    Xmm &a = realOf(word().a);
    cc.emit(Inst::kIdVdivsd, a, realIn(word().b), realOperand(word().c));
    cc.vroundsd(a, a, a, DOWN | NO_SIGNALS);
  }

  void extremum(InstId id, double (*function)(double, double)) {
    Xmm b = realIn(word().b), c = realIn(word().c), x = cc.newXmm();
    Label same = cc.newLabel(), done = cc.newLabel();
    cc.vucomisd(b, c);
    cc.je(same);  // or one is not a number
    cc.emit(id, x, b, c);
    cc.bind(done);
    setReal(word().a, x);
    cold.push_back([=] {
      cc.bind(same);
      Call made = call(function);
      made << b << c;
      made.node->setRet(0, x);
      cc.jmp(done);
    });
  }

  void ratio() {
    Xmm b = realIn(word().b), c = realIn(word().c), x = cc.newXmm(), zero = cc.newXmm();
    Label done = cc.newLabel();
    cc.vdivsd(x, b, c);
    cc.vxorps(zero, zero, zero);
    cc.vucomisd(c, zero);
    cc.jne(done);
    cc.jp(done);
    cc.vucomisd(b, zero);
    cc.jne(done);
    cc.jp(done);
    cc.vxorps(x, x, x);
    cc.bind(done);
    setReal(word().a, x);
  }

  void unary() {
    const ck_loop_code w = word();
    Xmm b = realIn(w.b);
    if (void *own = em_kernel(EM_UNARY_F64, w.c)) {
      Call made = call(reinterpret_cast<double (*)(double)>(own));
      made << b;
      made.node->setRet(0, realOf(w.a));
      return;
    }
    Gp kernel = cc.newInt64();
    cc.mov(kernel, int64_t(w.c));
    Call made = call(reinterpret_cast<double (*)(double, int64_t)>(em_address(EM_UNARY_F64)));
    made << b << kernel;
    made.node->setRet(0, realOf(w.a));
  }

  void binary() {
    const ck_loop_code w = word();
    Xmm b = realIn(w.b), c = realIn(w.c);
    Gp kernel = cc.newInt64();
    cc.mov(kernel, int64_t(second().a));
    Call made = call(reinterpret_cast<double (*)(double, double, int64_t)>(em_address(EM_BINARY_F64)));
    made << b << c << kernel;
    made.node->setRet(0, realOf(w.a));
  }

  void finite() {
    Xmm x = cc.newXmm();
    cc.emit(Inst::kIdVsubsd, x, realIn(word().b), realOperand(word().b));
    truth([&] { cc.vucomisd(x, x); }, Inst::kIdSetnp);
  }

  void toWhole(int mode) {
    Xmm x = cc.newXmm(), b = realIn(word().b);
    cc.vroundsd(x, b, b, mode | NO_SIGNALS);
    convert(x);
  }

  void exactly() {
    Xmm x = cc.newXmm(), b = realIn(word().b);
    cc.vroundsd(x, b, b, TOWARDS_0 | NO_SIGNALS);
    Label none = noWhole(b);
    cc.vucomisd(x, b);
    cc.jne(none);
    cc.jp(none);
    convert(b);
  }

  Label noWhole(Xmm x) {
    Label label = cc.newLabel();
    const int64_t place = at;
    cold.push_back([=] {
      cc.bind(label);
      cc.vmovsd(of(offsetof(ck_loop_state, real)), x);
      stop(CK_LOOP_NO_WHOLE, place);
    });
    return label;
  }

  /// −2⁶³ is what comes of all that fits into no whole number, too.
  void convert(Xmm x) {
    Gp whole = cc.newInt64(), least = cc.newInt64();
    Label doubtful = cc.newLabel(), good = cc.newLabel(), none = noWhole(x);
    cc.vcvttsd2si(whole, x);
    cc.mov(least, INT64_MIN);
    cc.cmp(whole, least);
    cc.je(doubtful);
    cc.bind(good);
    setWhole(word().a, whole);
    cold.push_back([=] {
      const double bound = -0x1p63;
      cc.bind(doubtful);
      cc.vucomisd(x, cc.newConst(ConstPoolScope::kLocal, &bound, 8));
      cc.jne(none);
      cc.jp(none);
      cc.jmp(good);
    });
  }
};

}  // namespace emit
