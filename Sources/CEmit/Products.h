// Products of small matrices: a block of rows stays in registers.
#pragma once
#include "Elements.h"

namespace emit {

struct Products : Elements {
  using Elements::Elements;

  /// Pointers to the three matrices, their layout, and what is left over at the end of a row.
  struct Matrices {
    Gp c, a, b;
    em_product layout;
    int type, columns, rest;
    KReg k;
    Vec mask;
  };

  void product(const em_op &o) {
    Matrices x;
    x.c = whole[o.a], x.a = whole[o.b], x.b = whole[o.c];
    x.layout = p.product[o.i];
    x.type = o.type;
    int W = lanes(o.type), m = x.layout.m;
    x.columns = (x.layout.n + W - 1) / W, x.rest = x.layout.n % W;
    if (x.rest) wide ? void(x.k = maskRegister(x.rest)) : void(x.mask = maskVector(x.rest, x.type));
    int together = ((wide ? 30 : 13) - x.columns) / x.columns;
    if (together < 1) together = 1;
    int turns = (m + together - 1) / together, height = (m + turns - 1) / turns;
    for (int first = 0; first < m; first += height) rows(x, first, m - first < height ? m - first : height);
  }

  void rows(Matrices &x, int first, int count) {
    const em_product &l = x.layout;
    int bytes = bytesOf(x.type), W = lanes(x.type);
    Gp left = cc.newUIntPtr(), right = cc.newUIntPtr(), turns = cc.newInt64();
    cc.lea(left, x86::ptr(x.a, first * l.rowA * bytes));
    cc.mov(right, x.b);
    cc.mov(turns, l.k);
    std::vector<Vec> s;
    for (int q = 0; q < count * x.columns; q++) {
      s.push_back(newVector());
      cc.emit(Inst::kIdVxorps, s[q].xmm(), s[q].xmm(), s[q].xmm());
    }
    auto isPart = [&](int c) { return c == x.columns - 1 && x.rest; };
    Label head = cc.newLabel();
    cc.bind(head);
    std::vector<Vec> b;
    for (int c = 0; c < x.columns; c++) b.push_back(take(x, x86::ptr(right, c * W * bytes), isPart(c)));
    for (int r = 0; r < count; r++) {
      Vec a = newVector();
      Mem from = x86::ptr(left, r * l.rowA * bytes);
      cc.emit(of(x.type, Inst::kIdVbroadcastsd, Inst::kIdVbroadcastss), a, from);
      for (int c = 0; c < x.columns; c++)
        cc.emit(of(x.type, Inst::kIdVfmadd231pd, Inst::kIdVfmadd231ps), s[r * x.columns + c], a, b[c]);
    }
    cc.add(left, l.stepA * bytes);
    cc.add(right, l.ldb * bytes);
    cc.dec(turns);
    cc.jnz(head);
    for (int r = 0; r < count; r++)
      for (int c = 0; c < x.columns; c++)
        give(x, x86::ptr(x.c, ((first + r) * l.ldc + c * W) * bytes), s[r * x.columns + c], isPart(c));
  }

  /// Four rows by four columns at once; the last ones lie over those before them.
  void turn(const em_op &o) {
    const em_product &l = p.product[o.i];
    for (int r = 0; r < l.m; r += 4)
      for (int c = 0; c < l.n; c += 4) quad(o, l, r + 4 <= l.m ? r : l.m - 4, c + 4 <= l.n ? c : l.n - 4);
  }

  void quad(const em_op &o, const em_product &l, int r, int c) {
    bool single = isSingle(o.type);
    int bytes = bytesOf(o.type);
    Vec in[4], mixed[4], out[4];
    auto fresh = [&] { return single ? Vec(cc.newXmm()) : Vec(cc.newYmm()); };
    for (int k = 0; k < 4; k++) {
      cc.emit(Inst::kIdVmovups, in[k] = fresh(), x86::ptr(whole[o.b], ((r + k) * l.ldb + c) * bytes));
      mixed[k] = fresh(), out[k] = fresh();
    }
    if (single) {
      for (int k = 0; k < 2; k++) {
        cc.emit(Inst::kIdVunpcklps, mixed[2 * k], in[2 * k], in[2 * k + 1]);
        cc.emit(Inst::kIdVunpckhps, mixed[2 * k + 1], in[2 * k], in[2 * k + 1]);
      }
      for (int k = 0; k < 4; k++)
        cc.emit(k % 2 ? Inst::kIdVunpckhpd : Inst::kIdVunpcklpd, out[k], mixed[k / 2], mixed[2 + k / 2]);
    } else {
      for (int k = 0; k < 2; k++) {
        cc.emit(Inst::kIdVunpcklpd, mixed[2 * k], in[2 * k], in[2 * k + 1]);
        cc.emit(Inst::kIdVunpckhpd, mixed[2 * k + 1], in[2 * k], in[2 * k + 1]);
      }
      for (int k = 0; k < 4; k++)
        cc.emit(Inst::kIdVperm2f128, out[k], mixed[k % 2], mixed[2 + k % 2], k < 2 ? 0x20 : 0x31);
    }
    for (int k = 0; k < 4; k++) cc.emit(Inst::kIdVmovups, x86::ptr(whole[o.a], ((c + k) * l.ldc + r) * bytes), out[k]);
  }

  Vec take(const Matrices &x, const Mem &from, bool isPart) {
    Vec v = newVector();
    InstId move = of(x.type, Inst::kIdVmovupd, Inst::kIdVmovups);
    if (!isPart) cc.emit(move, v, from);
    else if (wide) masked(x.k, true), cc.emit(move, v, from);
    else cc.emit(of(x.type, Inst::kIdVmaskmovpd, Inst::kIdVmaskmovps), v, x.mask, from);
    return v;
  }

  void give(const Matrices &x, const Mem &to, const Vec &v, bool isPart) {
    InstId move = of(x.type, Inst::kIdVmovupd, Inst::kIdVmovups);
    if (!isPart) cc.emit(move, to, v);
    else if (wide) masked(x.k, false), cc.emit(move, to, v);
    else cc.emit(of(x.type, Inst::kIdVmaskmovpd, Inst::kIdVmaskmovps), to, x.mask, v);
  }
};

}  // namespace emit
