// Rows by index: which indices there are, and what is done where none is twice.
#pragma once
#include "Products.h"

namespace emit {

struct Rows : Products {
  using Products::Products;

  /// A callee that is built for plain SSE2 takes many times as long where upper halves of registers are in use. No
  /// vector lives from one loop over elements to the next, so clearing them destroys nothing.
  void leaveVectors() {
    if (hasVectors) cc.vzeroupper();
  }

  // MARK: branches

  struct Branch { Label other, end; };
  std::vector<Branch> branches;

  void beginIf(const em_op &o) {
    branches.push_back({cc.newLabel(), cc.newLabel()});
    cc.test(whole[o.a], whole[o.a]);
    cc.jz(branches.back().other);
  }

  void otherwise() {
    cc.jmp(branches.back().end);
    cc.bind(branches.back().other);
  }

  void endIf() {
    cc.bind(branches.back().end);
    branches.pop_back();
  }

  // MARK: bounds

  /// Indices at one place of a list: in a loop by `index`, at its end the first `lanes` of a vector.
  struct Indices {
    Gp at, *index;
    int64_t offset;
    int lanes;
    Mem place() const {
      int32_t bytes = int32_t(offset * 8);
      return index ? x86::ptr(at, *index, 3, bytes) : x86::ptr(at, bytes);
    }
  };

  /// The largest of all, or whether one is larger, as vectors; looked at once.
  void range(const em_op &o) {
    const int64_t bound = op(o.c).i, n = o.i;
    const int W = lanes(EM_F64), together = 4;
    Vec worst = newVector(), limit = wide ? splat(&bound, EM_F64) : flipped(bound - 1);
    cc.emit(Inst::kIdVxorps, worst.xmm(), worst.xmm(), worst.xmm());
    Vec sign;
    if (!wide) sign = flipped(0);
    int64_t trips = n / (together * W), at = 0;
    if (trips > 4) {
      Gp index = cc.newInt64();
      cc.xor_(index.r32(), index.r32());
      Label head = cc.newLabel();
      cc.bind(head);
      for (int u = 0; u < together; u++) worse(worst, limit, sign, {whole[o.a], &index, u * W, W});
      cc.add(index, together * W);
      cc.cmp(index, int32_t(trips * together * W));
      cc.jl(head);
      at = trips * together * W;
    }
    for (; at < n; at += W) worse(worst, limit, sign, {whole[o.a], nullptr, at, n - at < W ? int(n - at) : W});
    Label outside = cc.newLabel();
    if (wide) {
      KReg k = cc.newKw();
      cc.emit(Inst::kIdVpcmpuq, k, worst, limit, NOT_BELOW);
      cc.kortestw(k, k);
    } else {
      cc.emit(Inst::kIdVptest, worst, worst);
    }
    cc.jnz(outside);
    cold.push_back([this, o, outside] { first(o, outside); });
  }

  enum { NOT_BELOW = 5 };

  /// Whole numbers in order as numbers with a sign.
  Vec flipped(int64_t x) {
    int64_t bits = int64_t(uint64_t(x) ^ 1ull << 63);
    return splat(&bits, EM_F64);
  }

  void worse(const Vec &worst, const Vec &limit, const Vec &sign, const Indices &i) {
    bool isPart = i.lanes < lanes(EM_F64);
    if (wide) {
      if (isPart) masked(maskRegister(i.lanes), false);
      cc.emit(Inst::kIdVpmaxuq, worst, worst, i.place());
      return;
    }
    Vec v = newVector();
    if (isPart) {
      cc.emit(Inst::kIdVpmaskmovq, v, maskVector(i.lanes, EM_F64), i.place());
      cc.emit(Inst::kIdVpxor, v, v, sign);
    } else {
      cc.emit(Inst::kIdVpxor, v, sign, i.place());
    }
    cc.emit(Inst::kIdVpcmpgtq, v, v, limit);
    cc.emit(Inst::kIdVpor, worst, worst, v);
  }

  /// The first index outside ends the steps.
  void first(const em_op &o, const Label &outside) {
    Gp place = cc.newInt64(), index = cc.newInt64(), bound = cc.newInt64();
    Label head = cc.newLabel(), found = cc.newLabel();
    cc.bind(outside);
    cc.xor_(place.r32(), place.r32());
    cc.mov(bound, op(o.c).i);
    cc.bind(head);
    cc.mov(index, x86::ptr(whole[o.a], place, 3, 0, 8));
    cc.cmp(index, bound);
    cc.jae(found);
    cc.inc(place);
    cc.jmp(head);
    cc.bind(found);
    cc.mov(faultNumber, o.b);
    cc.mov(faultIndex, index);
    cc.mov(x86::qword_ptr(context, offsetof(em_context, place)), place);
    cc.jmp(fault);
  }

  // MARK: the same index twice

  /// Each index is marked, unless its mark is there already; not where they rise all the time, or fall once below the
  /// first one.
  void distinct(int i) {
    const em_op &o = op(i);
    const int together = 8;
    Gp differs = whole[i] = cc.newInt64(), generation = cc.newUInt32();
    Label twice = cc.newLabel(), rises = cc.newLabel(), on = cc.newLabel();
    if (o.i <= 16 * lanes(EM_F64)) goOnWhereRising(o, rises);
    Mem now = x86::word_ptr(whole[o.b], offsetof(em_marks, generation));
    cc.movzx(generation, now);
    cc.inc(generation);
    cc.mov(now, generation.r16());
    cc.test(generation.r16(), generation.r16());
    cc.jz(twice);
    auto mark = [&](const Mem &from) {
      Gp index = cc.newInt64();
      cc.mov(index, from);
      Mem own = x86::word_ptr(whole[o.b], index, 1, offsetof(em_marks, mark));
      cc.cmp(own, generation.r16());
      cc.je(twice);
      cc.mov(own, generation.r16());
    };
    int64_t whole8 = o.i > 2 * together ? o.i / together * together : 0;
    if (whole8 > 0) {
      Gp at = cc.newInt64();
      cc.xor_(at.r32(), at.r32());
      Label head = cc.newLabel();
      cc.align(AlignMode::kCode, 32);
      cc.bind(head);
      for (int u = 0; u < together; u++) mark(x86::ptr(whole[o.a], at, 3, u * 8, 8));
      cc.add(at, together);
      cc.cmp(at, int32_t(whole8));
      cc.jl(head);
    }
    for (int64_t at = whole8; at < o.i; at++) mark(x86::ptr(whole[o.a], int32_t(at * 8), 8));
    cc.bind(rises);
    cc.mov(differs, 1);
    cc.bind(on);
    cold.push_back([this, o, differs, twice, on] { places(o, differs, twice, on); });
  }

  /// All but one of the steps from index to index go up, and the last index is below the first, or all do.
  void goOnWhereRising(const em_op &o, const Label &rises) {
    const int W = lanes(EM_F64), steps = int(o.i) - 1;
    Gp ups = cc.newUInt32(), last = cc.newInt64();
    for (int at = 0; at < steps; at += W) {
      Gp count = at == 0 ? ups : cc.newUInt32();
      rising(count, {whole[o.a], nullptr, at, steps - at < W ? steps - at : W});
      if (at > 0) cc.add(ups, count);
    }
    Label marks = cc.newLabel();
    cc.cmp(ups, steps);
    cc.je(rises);
    cc.cmp(ups, steps - 1);
    cc.jne(marks);
    cc.mov(last, x86::ptr(whole[o.a], steps * 8, 8));
    cc.cmp(last, x86::ptr(whole[o.a], 0, 8));
    cc.jl(rises);
    cc.bind(marks);
  }

  /// How many of some indices the next one is above.
  void rising(const Gp &count, const Indices &i) {
    Indices next = i;
    next.offset++;
    bool isPart = i.lanes < lanes(EM_F64);
    Vec v = newVector();
    if (wide) {
      KReg part, above = cc.newKw();
      if (isPart) masked(part = maskRegister(i.lanes), true);
      cc.emit(Inst::kIdVmovdqu64, v, next.place());
      if (isPart) masked(part, false);
      cc.emit(Inst::kIdVpcmpgtq, above, v, i.place());
      cc.kmovw(count, above);
    } else {
      if (isPart) {
        Vec mask = maskVector(i.lanes, EM_F64), before = newVector();
        cc.emit(Inst::kIdVpmaskmovq, v, mask, next.place());
        cc.emit(Inst::kIdVpmaskmovq, before, mask, i.place());
        cc.emit(Inst::kIdVpcmpgtq, v, v, before);
      } else {
        cc.emit(Inst::kIdVmovups, v, next.place());
        cc.emit(Inst::kIdVpcmpgtq, v, v, i.place());
      }
      cc.emit(Inst::kIdVmovmskpd, count, v);
    }
    cc.popcnt(count, count);
  }

  void places(const em_op &o, const Gp &differs, const Label &twice, const Label &on) {
    Gp count = cc.newInt64();
    cc.bind(twice);
    cc.mov(count, o.i);
    leaveVectors();
    InvokeNode *node;
    FuncSignatureT<int64_t, void *, void *, int64_t, void *> signature(CallConvId::kHost);
    cc.invoke(&node, imm(em_address(EM_FIRST_PLACES)), signature);
    node->setArg(0, whole[o.c]);
    node->setArg(1, whole[o.a]);
    node->setArg(2, count);
    node->setArg(3, whole[o.b]);
    node->setRet(0, differs);
    cc.jmp(on);
  }
};

}  // namespace emit
