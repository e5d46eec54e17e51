// Loops over elements, 64 bytes of each operand at once, with their sums.
#pragma once
#include "Operands.h"

namespace emit {

/// A part of 64 bytes: `lanes` of its elements from `offset` on, added up in accumulator `sum`.
struct Chunk { int64_t offset; int lanes, sum; };

struct Elements : Operands {
  using Operands::Operands;

  int close(int at) const {
    while (op(at).code != EM_END) at++;
    return at;
  }

  int each(int i) {
    int end = close(i), type = op(i).type, group = isSingle(type) ? 16 : 8;
    int64_t n = op(i).i;
    std::vector<char> own(p.ops, 0);
    bool hasSums = false;
    int work = 0;
    for (int j = i + 1; j < end; j++) {
      own[j] = op(j).code != EM_CONST;
      work += own[j];
      hasSums |= op(j).code == EM_SUM || op(j).code == EM_DOT;
    }
    for (int j = i + 1; j < end; j++) {
      eachOperand(op(j), [&](int v) { if (!own[v]) spreadValue(v, type); });
      if (op(j).code == EM_SUM || op(j).code == EM_DOT) startSums(j, n, group);
    }
    int together = hasSums || work <= 8 ? 4 : work <= 16 ? 2 : 1, stride = together * group;
    int64_t trips = n / stride;
    if (trips > 1) {
      Gp index = cc.newInt64();
      cc.xor_(index.r32(), index.r32());
      Label head = cc.newLabel();
      cc.align(AlignMode::kCode, 32);
      cc.bind(head);
      for (int u = 0; u < together; u++) group64(i, end, own, &index, u * group, group, u);
      cc.add(index, stride);
      cc.cmp(index, int32_t(trips * stride));
      cc.jl(head);
    }
    for (int64_t at = trips > 1 ? trips * stride : 0; at < n; at += group)
      group64(i, end, own, nullptr, at, n - at < group ? int(n - at) : group, int(at / group % 4));
    for (int j = i + 1; j < end; j++)
      if (op(j).code == EM_SUM || op(j).code == EM_DOT) finishSums(j, n, group);
    for (Vec &v : spread) v.reset();
    return end;
  }

  void spreadValue(int v, int type) {
    if (spread[v].isValid() || op(v).type == EM_I64) return;
    if (op(v).code == EM_CONST) { spread[v] = splat(&op(v).i, type); return; }
    spread[v] = newVector();
    cc.emit(of(type, Inst::kIdVbroadcastsd, Inst::kIdVbroadcastss), spread[v], number[v]);
  }

  int parts() const { return wide ? 1 : 2; }

  void startSums(int j, int64_t n, int group) {
    int count = int(n >= 4 * group ? 4 : (n + group - 1) / group) * parts();
    sums[j].clear();
    for (int s = 0; s < count; s++) {
      sums[j].push_back(newVector());
      Xmm low = sums[j][s].xmm();
      cc.vxorps(low, low, low);
    }
  }

  /// (s0 + s1) + (s2 + s3), then halves: the tree of the kernels. What was never added to is +0 and left out; a sum of
  /// products may be -0, which that +0 takes away.
  void finishSums(int j, int64_t n, int group) {
    int type = op(j).type;
    InstId adds = of(type, Inst::kIdVaddpd, Inst::kIdVaddps);
    std::vector<Vec> &s = sums[j];
    int count = int(s.size()) / parts();
    auto add = [&](Vec d, Vec a, Vec b) { cc.emit(adds, d, a, b); };
    for (int q = 0; q < parts(); q++) {
      if (count > 1) add(s[q], s[q], s[parts() + q]);
      if (count > 3) add(s[2 * parts() + q], s[2 * parts() + q], s[3 * parts() + q]);
      if (count > 2) add(s[q], s[q], s[2 * parts() + q]);
      if (count < 4 && op(j).code == EM_DOT) {
        Xmm zero = cc.newXmm();
        cc.vxorps(zero, zero, zero);
        add(s[q], s[q], wide ? Vec(zero.zmm()) : Vec(zero.ymm()));
      }
    }
    Vec half = cc.newYmm();
    if (wide) {
      cc.emit(Inst::kIdVextractf64x4, half, s[0], 1);
      add(half, s[0].ymm(), half);
    } else {
      add(half, s[0], s[1]);
    }
    Xmm low = cc.newXmm(), high = cc.newXmm();
    cc.vextractf128(high, half.ymm(), 1);
    cc.emit(adds, low, half.xmm(), high);
    if (isSingle(type)) {
      cc.vmovhlps(high, low, low);
      cc.vaddps(low, low, high);
      cc.vmovshdup(high, low);
      cc.vaddss(number[j] = cc.newXmm(), low, high);
    } else {
      cc.vunpckhpd(high, low, low);
      cc.vaddsd(number[j] = cc.newXmm(), low, high);
    }
  }

  void group64(int begin, int end, const std::vector<char> &own, Gp *index, int64_t offset, int lanes, int sum) {
    int W = this->lanes(op(begin).type);
    for (int part = 0; part * W < lanes; part++) {
      Chunk c {offset + part * W, lanes - part * W < W ? lanes - part * W : W, sum * parts() + part};
      KReg k;
      Vec m;
      if (c.lanes < W) wide ? void(k = maskRegister(c.lanes)) : void(m = maskVector(c.lanes, op(begin).type));
      for (int j = begin + 1; j < end; j++) element(j, own, index, c, k, m);
    }
  }

  Mem place(const em_op &o, Gp *index, const Chunk &c) {
    int bytes = bytesOf(o.type);
    int32_t offset = int32_t(o.i + c.offset * bytes);
    return index ? x86::ptr(whole[o.a], *index, bytes == 4 ? 2 : 3, offset) : x86::ptr(whole[o.a], offset);
  }

  Vec read(const em_op &o, Gp *index, const Chunk &c, const KReg &k, const Vec &m) {
    Vec v = newVector();
    Mem from = place(o, index, c);
    InstId move = of(o.type, Inst::kIdVmovupd, Inst::kIdVmovups);
    if (c.lanes == lanes(o.type) || o.sub) cc.emit(move, v, from);
    else if (wide) masked(k, true), cc.emit(move, v, from);
    else cc.emit(of(o.type, Inst::kIdVmaskmovpd, Inst::kIdVmaskmovps), v, m, from);
    return v;
  }

  void write(const em_op &o, Gp *index, Vec v, const Chunk &c, const KReg &k, const Vec &m) {
    Mem to = place(o, index, c);
    InstId move = of(o.type, Inst::kIdVmovupd, Inst::kIdVmovups);
    if (c.lanes == lanes(o.type) || o.sub) cc.emit(move, to, v);
    else if (wide) masked(k, false), cc.emit(move, to, v);
    else cc.emit(of(o.type, Inst::kIdVmaskmovpd, Inst::kIdVmaskmovps), to, m, v);
  }

  Vec get(int v, const std::vector<char> &own) { return own[v] ? vector[v] : spread[v]; }

  void element(int j, const std::vector<char> &own, Gp *index, const Chunk &c, const KReg &k, const Vec &m) {
    const em_op &o = op(j);
    int t = o.type;
    auto both = [&](InstId f64, InstId f32) {
      Vec d = newVector();
      cc.emit(of(t, f64, f32), d, get(o.a, own), get(o.b, own));
      vector[j] = d;
    };
    auto with = [&](InstId id, Vec bits) { Vec d = newVector(); cc.emit(id, d, get(o.a, own), bits); vector[j] = d; };
    auto round = [&](int mode) {
      Vec d = newVector();
      InstId id = wide ? of(t, Inst::kIdVrndscalepd, Inst::kIdVrndscaleps) : of(t, Inst::kIdVroundpd, Inst::kIdVroundps);
      cc.emit(id, d, get(o.a, own), mode | NO_SIGNALS);
      vector[j] = d;
    };
    InstId xors = wide ? of(t, Inst::kIdVxorpd, Inst::kIdVxorps) : Inst::kIdVxorps;
    InstId ands = wide ? of(t, Inst::kIdVandpd, Inst::kIdVandps) : Inst::kIdVandps;
    switch (o.code) {
      case EM_ADD: return both(Inst::kIdVaddpd, Inst::kIdVaddps);
      case EM_SUB: return both(Inst::kIdVsubpd, Inst::kIdVsubps);
      case EM_MUL: return both(Inst::kIdVmulpd, Inst::kIdVmulps);
      case EM_DIV: return both(Inst::kIdVdivpd, Inst::kIdVdivps);
      case EM_NEG: return with(xors, splatBits(1ull << 63, 1u << 31, t));
      case EM_ABS: return with(ands, splatBits(~0ull >> 1, ~0u >> 1, t));
      case EM_SQRT:
        vector[j] = newVector();
        cc.emit(of(t, Inst::kIdVsqrtpd, Inst::kIdVsqrtps), vector[j], get(o.a, own));
        return;
      case EM_FLOOR: return round(DOWN);
      case EM_CEIL: return round(UP);
      case EM_ROUND: return round(NEAREST);
      case EM_TRUNC: return round(TOWARDS_0);
      case EM_MIN: case EM_MAX: return extremes(j, get(o.a, own), get(o.b, own));
      case EM_LT: case EM_LE: case EM_EQ: case EM_NE: return compare(j, get(o.a, own), get(o.b, own));
      case EM_SELECT: return choose(j, own);
      case EM_ELEMENT: vector[j] = read(o, index, c, k, m); return;
      case EM_PUT: return write(o, index, get(o.c, own), c, k, m);
      case EM_GATHER: return gather(j, index, c);
      case EM_SUM: case EM_DOT: return accumulate(j, own, c, k, m);
      default: return;
    }
  }

  void extremes(int j, Vec a, Vec b) {
    int t = op(j).type;
    bool isMax = op(j).code == EM_MAX;
    InstId id = isMax ? of(t, Inst::kIdVmaxpd, Inst::kIdVmaxps) : of(t, Inst::kIdVminpd, Inst::kIdVminps);
    InstId joins = isMax ? of(t, Inst::kIdVandpd, Inst::kIdVandps) : of(t, Inst::kIdVorpd, Inst::kIdVorps);
    InstId adds = of(t, Inst::kIdVaddpd, Inst::kIdVaddps), compares = of(t, Inst::kIdVcmppd, Inst::kIdVcmpps);
    Vec s = newVector(), u = newVector();
    cc.emit(id, s, a, b);
    cc.emit(id, u, b, a);
    cc.emit(joins, s, s, u);
    if (wide) {
      KReg unordered = cc.newKw();
      cc.emit(compares, unordered, a, b, UNORDERED);
      masked(unordered, false);
      cc.emit(adds, s, a, b);
    } else {
      Vec m = newVector();
      cc.emit(adds, u, a, b);
      cc.emit(compares, m, a, b, UNORDERED);
      cc.emit(of(t, Inst::kIdVblendvpd, Inst::kIdVblendvps), s, s, u, m);
    }
    vector[j] = s;
  }

  void compare(int j, Vec a, Vec b) {
    int t = op(j).type;
    InstId id = of(t, Inst::kIdVcmppd, Inst::kIdVcmpps);
    if (wide) {
      bit[j] = cc.newKw();
      cc.emit(id, bit[j], a, b, predicate(op(j).code));
      if (!asTruth[j]) return;
      vector[j] = newVector();
      Vec ones = splat(1.0, t);
      masked(bit[j], true);
      cc.emit(of(t, Inst::kIdVmovapd, Inst::kIdVmovaps), vector[j], ones);
    } else {
      lanesMask[j] = newVector();
      cc.emit(id, lanesMask[j], a, b, predicate(op(j).code));
      if (!asTruth[j]) return;
      vector[j] = newVector();
      cc.emit(Inst::kIdVandps, vector[j], lanesMask[j], splat(1.0, t));
    }
  }

  void choose(int j, const std::vector<char> &own) {
    const em_op &o = op(j);
    int t = o.type;
    Vec b = get(o.b, own), c = get(o.c, own), d = newVector();
    bool isCompared = own[o.a] && compares(op(o.a).code);
    InstId id = of(t, Inst::kIdVcmppd, Inst::kIdVcmpps);
    if (wide) {
      KReg k;
      if (isCompared) k = bit[o.a];
      else cc.emit(id, k = cc.newKw(), get(o.a, own), splat(0.0, t), NOT_EQUAL);
      masked(k, false);
      cc.emit(of(t, Inst::kIdVblendmpd, Inst::kIdVblendmps), d, c, b);
    } else {
      Vec m;
      if (isCompared) m = lanesMask[o.a];
      else cc.emit(id, m = newVector(), get(o.a, own), splat(0.0, t), NOT_EQUAL);
      cc.emit(of(t, Inst::kIdVblendvpd, Inst::kIdVblendvps), d, c, b, m);
    }
    vector[j] = d;
  }

  /// Elements are loaded one by one, which is no slower than the gathering instructions, and then joined.
  void gather(int j, Gp *index, const Chunk &c) {
    const em_op &o = op(j);
    bool single = isSingle(o.type);
    int quad = single ? 4 : 2;
    std::vector<Vec> parts;
    for (int l = 0; l < c.lanes; l++) {
      Gp at = cc.newInt64();
      int32_t offset = int32_t(o.i + (c.offset + l) * 8);
      cc.mov(at, index ? x86::ptr(whole[o.b], *index, 3, offset, 8) : x86::ptr(whole[o.b], offset, 8));
      Mem from = x86::ptr(whole[o.a], at, single ? 2 : 3, 0, bytesOf(o.type));
      if (l % quad == 0) {
        parts.push_back(cc.newXmm());
        cc.emit(moves(o.type), parts.back(), from);
      } else if (single) {
        cc.emit(Inst::kIdVinsertps, parts.back(), parts.back(), from, (l % 4) << 4);
      } else {
        cc.emit(Inst::kIdVmovhpd, parts.back(), parts.back(), from);
      }
    }
    vector[j] = joined(joined(parts, false), true)[0];
  }

  /// Pairs of halves as one vector each; what has no second half has zeros there.
  std::vector<Vec> joined(const std::vector<Vec> &parts, bool isLast) {
    if (isLast && !wide) return parts;
    std::vector<Vec> result;
    for (size_t k = 0; k < parts.size(); k += 2) {
      Vec d = isLast ? Vec(cc.newZmm()) : Vec(cc.newYmm());
      if (k + 1 == parts.size()) cc.emit(Inst::kIdVmovaps, isLast ? Vec(d.ymm()) : Vec(d.xmm()), parts[k]);
      else if (isLast) cc.emit(Inst::kIdVinsertf64x4, d, parts[k].zmm(), parts[k + 1], 1);
      else cc.emit(Inst::kIdVinsertf128, d, parts[k].ymm(), parts[k + 1], 1);
      result.push_back(d);
    }
    return result;
  }

  void accumulate(int j, const std::vector<char> &own, const Chunk &c, const KReg &k, const Vec &m) {
    const em_op &o = op(j);
    int t = o.type;
    bool isPart = c.lanes < lanes(t);
    Vec s = sums[j][c.sum % sums[j].size()], a = get(o.a, own);
    Vec b = o.code == EM_DOT ? get(o.b, own) : a;
    if (isPart && !wide) {
      auto part = [&](Vec v) { Vec part = newVector(); cc.emit(Inst::kIdVandps, part, v, m); return part; };
      a = part(a);
      if (o.code == EM_DOT) b = part(b);
    }
    if (isPart && wide) masked(k, false);
    if (o.code == EM_DOT) cc.emit(of(t, Inst::kIdVfmadd231pd, Inst::kIdVfmadd231ps), s, a, b);
    else cc.emit(of(t, Inst::kIdVaddpd, Inst::kIdVaddps), s, s, a);
  }
};

}  // namespace emit
