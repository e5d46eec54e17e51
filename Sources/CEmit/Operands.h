// What all parts of a compilation share: its registers, and operands in the forms that instructions take.
#pragma once
#include "calls.h"
#include "cemit.h"
#include "runtime.h"
#include <asmjit/x86.h>
#include <cstddef>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

namespace emit {

using namespace asmjit;
namespace Inst = asmjit::x86::Inst;
using x86::Gp; using x86::KReg; using x86::Mem; using x86::Vec; using x86::Xmm;

/// What a comparison is in `vcmppd`: ordered, without signals; ≠ holds with a NaN.
inline int predicate(int code) {
  switch (code) {
    case EM_LT: return 0x11;
    case EM_LE: return 0x12;
    case EM_EQ: return 0x00;
    default: return 0x04;
  }
}
enum { UNORDERED = 0x03, NOT_EQUAL = 0x04 };

inline bool compares(int code) { return code >= EM_LT && code <= EM_NE; }
inline bool isArithmetic(int code) { return code >= EM_ADD && code <= EM_CONVERT; }
inline bool hasEffect(int code) {
  switch (code) {
    case EM_SET: case EM_INSIDE: case EM_CHECK: case EM_RANGE: case EM_DISTINCT: case EM_IF: case EM_ELSE: case EM_FI:
    case EM_STORE: case EM_VIEW: case EM_RECORD: case EM_PREFETCH: case EM_CALL: case EM_EACH:
    case EM_PUT: case EM_END: case EM_PRODUCT: case EM_TURN: case EM_LOOP: case EM_WHILE: case EM_NEXT: case EM_REPEAT: return true;
    default: return false;
  }
}

struct Operands {
  const em_program &p;
  const bool wide;
  x86::Compiler &cc;
  Gp context, done, steps, cells, slots, record;
  Gp stream[EM_STREAMS];
  std::vector<Xmm> number;        // of values that are real
  std::vector<Gp> whole;          // of values that are whole numbers, or pointers
  std::vector<Xmm> mask;          // comparisons as all ones or nothing
  std::vector<Vec> vector, spread;  // within EM_EACH: own values; values from outside
  std::vector<KReg> bit;          // comparisons as mask registers
  std::vector<Vec> lanesMask;     // comparisons as vectors of masks
  std::vector<int> uses;          // readers of a value
  std::vector<char> asTruth;      // whether a comparison's 1 or 0 is wanted
  std::vector<std::vector<Vec>> sums;
  std::vector<Xmm> real;          // variables
  std::vector<Gp> integer;
  bool hasVectors = false;
  Label fault;
  Gp faultNumber, faultIndex;
  std::vector<std::function<void()>> cold;  // writes what is seldom reached, behind the steps

  Operands(const em_program &program, int level, x86::Compiler &emitter)
      : p(program), wide(level == 4), cc(emitter) {}

  const em_op &op(int i) const { return p.op[i]; }
  static bool isSingle(int type) { return type == EM_F32; }
  int lanes(int type) const { return (wide ? 64 : 32) / (isSingle(type) ? 4 : 8); }

  template <class F> void eachOperand(const em_op &o, F visit) const {
    switch (o.code) {
      case EM_CONST: case EM_VARIABLE: case EM_POINTER: case EM_STREAM: case EM_AHEAD: case EM_AT: case EM_EACH: case EM_END: case EM_LOOP:
      case EM_REPEAT: case EM_ELSE: case EM_FI: return;
      case EM_SET: visit(o.b); return;
      case EM_INSIDE: case EM_CHECK: case EM_RANGE: case EM_IF: case EM_VIEW: case EM_RECORD: case EM_PREFETCH: case EM_CARRY: case EM_WHILE: visit(o.a); return;
      case EM_CALL: for (int k = 0; k < o.b; k++) if (p.argument[o.a + k].value >= 0) visit(p.argument[o.a + k].value); return;
      default:
        if (o.a >= 0) visit(o.a);
        if (o.b >= 0) visit(o.b);
        if (o.c >= 0) visit(o.c);
    }
  }

  // MARK: constants

  static double realOf(int64_t bits) { double x; memcpy(&x, &bits, 8); return x; }
  Mem pooled(const void *data, size_t size) { return cc.newConst(ConstPoolScope::kLocal, data, size); }
  Mem constant(double x, int type) {
    float single = float(x);
    return isSingle(type) ? pooled(&single, 4) : pooled(&x, 8);
  }
  Mem constantOf(const em_op &o) {
    return o.type == EM_F32 ? pooled(&o.i, 4) : pooled(&o.i, 8);
  }
  /// Sixteen bytes of one pattern, for `vandpd` and its like.
  Mem pattern(uint64_t f64, uint32_t f32, int type) {
    uint64_t pair[2] = {f64, f64};
    uint32_t four[4] = {f32, f32, f32, f32};
    return isSingle(type) ? pooled(four, 16) : pooled(pair, 16);
  }
  Mem signs(int type) { return pattern(1ull << 63, 1u << 31, type); }
  Mem magnitudes(int type) { return pattern(~0ull >> 1, ~0u >> 1, type); }
  Mem ones(int type) { return pattern(0x3FF0000000000000, 0x3F800000, type); }

  // MARK: numbers

  InstId of(int type, InstId f64, InstId f32) const { return isSingle(type) ? f32 : f64; }
  InstId moves(int type) const { return of(type, Inst::kIdVmovsd, Inst::kIdVmovss); }

  /// A real number in a register.
  Xmm num(int v) {
    if (op(v).code != EM_CONST) return number[v];
    Xmm x = cc.newXmm();
    if (op(v).i == 0) cc.vxorps(x, x, x);
    else cc.emit(moves(op(v).type), x, constantOf(op(v)));
    return x;
  }
  /// As second operand: constants are read where they lie.
  Operand numOrMemory(int v) {
    if (op(v).code == EM_CONST) return constantOf(op(v));
    return number[v];
  }
  /// A whole number in a register.
  Gp integ(int v) {
    if (op(v).code != EM_CONST) return whole[v];
    Gp r = cc.newInt64();
    cc.mov(r, op(v).i);
    return r;
  }
  bool isSmall(int v) const { return op(v).code == EM_CONST && op(v).i == int32_t(op(v).i); }

  Mem address(const em_op &o, int bytes) {
    if (o.b < 0) return x86::ptr(whole[o.a], int32_t(o.i), bytes);
    if (op(o.b).code == EM_CONST) return x86::ptr(whole[o.a], int32_t(o.i + op(o.b).i * bytes), bytes);
    return x86::ptr(whole[o.a], whole[o.b], bytes == 4 ? 2 : 3, int32_t(o.i), bytes);
  }
  static int bytesOf(int type) { return type == EM_F32 ? 4 : 8; }

  // MARK: vectors

  Vec newVector() { return wide ? Vec(cc.newZmm()) : Vec(cc.newYmm()); }
  Vec splat(const void *element, int type) {
    Vec v = newVector();
    cc.emit(of(type, Inst::kIdVbroadcastsd, Inst::kIdVbroadcastss), v, pooled(element, bytesOf(type)));
    return v;
  }
  Vec splat(double x, int type) {
    float single = float(x);
    return isSingle(type) ? splat(&single, type) : splat(&x, type);
  }
  /// One pattern of bits in all lanes.
  Vec splatBits(uint64_t f64, uint32_t f32, int type) {
    return isSingle(type) ? splat(&f32, type) : splat(&f64, type);
  }
  KReg maskRegister(int count) {
    Gp bits = cc.newUInt32();
    KReg k = cc.newKw();
    cc.mov(bits, (1u << count) - 1);
    cc.kmovw(k, bits);
    return k;
  }
  Vec maskVector(int count, int type) {
    int64_t t[4];
    int32_t s[8];
    for (int i = 0; i < 4; i++) t[i] = i < count ? -1 : 0;
    for (int i = 0; i < 8; i++) s[i] = i < count ? -1 : 0;
    Vec v = cc.newYmm();
    cc.emit(Inst::kIdVmovups, v, isSingle(type) ? pooled(s, 32) : pooled(t, 32));
    return v;
  }
  void masked(const KReg &k, bool zero) {
    cc.setExtraReg(k);
    if (zero) cc.addInstOptions(InstOptions::kX86_ZMask);
  }
};

}  // namespace emit
