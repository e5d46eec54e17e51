// What is known of a function of a program before it becomes machine code: which registers its instructions read and
// write, what each holds at every place, which of them are read later, and where jumps lead.
#pragma once
#include "emit_loops.h"
extern "C" {
#include "ck_loop.h"
}
#include <cstring>
#include <vector>

namespace emit {

enum { CONFLICT = 3 };

static_assert(CK_LOOP_EXIT == 152, "an instruction that is new has to be known to reads, written and LoopEmission");

struct LoopShape {
  const ck_loop_code *code;
  const em_loop_function &f;
  const em_loop_function *all;
  const int64_t registers;
  const char *refusal = nullptr;
  std::vector<std::vector<uint8_t>> kinds;  // before each word of an instruction; empty where nothing leads
  std::vector<std::vector<bool>> live;      // before each word of an instruction
  std::vector<char> isTarget, isHeader;     // of jumps; of jumps back

  LoopShape(const ck_loop_code *words, const em_loop_function &function, const em_loop_function *functions,
            int64_t registerCount)
      : code(words), f(function), all(functions), registers(registerCount) {}

  static bool isFused(int op) { return op >= CK_LOOP_ADD_THEN_ADD && op <= CK_LOOP_MUL_DIV_MUL; }
  /// Both operands of such an operation are made of two.
  static bool isFusedBoth(int op) { return op >= CK_LOOP_ADD_ADD_ADD && op <= CK_LOOP_MUL_DIV_MUL; }
  static int length(int op) {
    switch (op) {
      case CK_LOOP_SELECT: case CK_LOOP_MULADD_WHOLE: case CK_LOOP_BINARY: case CK_LOOP_LOAD_CELL: case CK_LOOP_LOAD_CELL_WHOLE:
      case CK_LOOP_LOAD_CELL_TRUTH: case CK_LOOP_STORE_CELL: return 2;
      default: return isFused(op) ? 2 : 1;
    }
  }
  static bool isTwoJump(int op) { return op >= CK_LOOP_JUMP_LESS_WHOLE && op <= CK_LOOP_JUMP_UNEQUAL; }
  static bool isTwoAgain(int op) { return op >= CK_LOOP_AGAIN_LESS_WHOLE && op <= CK_LOOP_AGAIN_UNEQUAL; }
  static bool isOneJump(int op) {
    return op == CK_LOOP_JUMP_TRUE || op == CK_LOOP_JUMP_FALSE || op == CK_LOOP_AGAIN_TRUE || op == CK_LOOP_AGAIN_FALSE;
  }
  static bool isConditional(int op) { return isTwoJump(op) || isTwoAgain(op) || isOneJump(op) || op == CK_LOOP_NEXT; }
  static bool ends(int op) { return op == CK_LOOP_JUMP || op == CK_LOOP_RETURN || op == CK_LOOP_EXIT; }
  int64_t target(int64_t at) const {
    return at + (code[at].op == CK_LOOP_JUMP ? code[at].a : code[at].c);
  }

  /// Registers that are read, those below the frame among them.
  template <class V> void reads(int64_t at, V visit) const {
    const ck_loop_code &w = code[at], &v = code[at + 1];
    switch (w.op) {
      case CK_LOOP_MOVE: case CK_LOOP_TO_REAL: case CK_LOOP_NOT: case CK_LOOP_NEG_WHOLE: case CK_LOOP_ABS_WHOLE: case CK_LOOP_NEG:
      case CK_LOOP_ABS: case CK_LOOP_SQRT: case CK_LOOP_UNARY: case CK_LOOP_FINITE: case CK_LOOP_FLOOR: case CK_LOOP_CEIL:
      case CK_LOOP_ROUND: case CK_LOOP_TRUNC: case CK_LOOP_EXACT: case CK_LOOP_COUNT: case CK_LOOP_ROWS: case CK_LOOP_COLUMNS:
      case CK_LOOP_SHARE: visit(w.b); return;
      case CK_LOOP_SELECT: case CK_LOOP_MULADD_WHOLE: case CK_LOOP_LOAD_CELL: case CK_LOOP_LOAD_CELL_WHOLE:
      case CK_LOOP_LOAD_CELL_TRUTH: visit(w.b), visit(w.c), visit(v.a); return;
      case CK_LOOP_JUMP: case CK_LOOP_TICK: case CK_LOOP_OPERATIONS: case CK_LOOP_VISIT: case CK_LOOP_EXIT: return;
      case CK_LOOP_JUMP_TRUE: case CK_LOOP_JUMP_FALSE: case CK_LOOP_AGAIN_TRUE: case CK_LOOP_AGAIN_FALSE: case CK_LOOP_TURNS:
      case CK_LOOP_ALL_REAL: case CK_LOOP_DROP: case CK_LOOP_RETURN: visit(w.a); return;
      case CK_LOOP_RANGE: case CK_LOOP_NEXT: case CK_LOOP_CHECK_ROW: case CK_LOOP_CHECK_COLUMN: case CK_LOOP_TAKE:
        visit(w.a), visit(w.b); return;
      case CK_LOOP_STORE: visit(w.a), visit(w.b), visit(w.c); return;
      case CK_LOOP_STORE_CELL: visit(w.a), visit(w.b), visit(w.c), visit(v.a); return;
      case CK_LOOP_CALL: for (int64_t k = 0; k < all[w.b].arguments; k++) visit(int(w.a + k)); return;
    }
    if (isTwoJump(w.op) || isTwoAgain(w.op)) { visit(w.a), visit(w.b); return; }
    visit(w.b), visit(w.c);
    if (isFused(w.op)) visit(v.a);
    if (isFusedBoth(w.op)) visit(v.b);
  }

  /// The register that is written, and what it holds then; -1 where there is none.
  int written(int64_t at, const std::vector<uint8_t> &before, uint8_t &kind) const {
    const ck_loop_code &w = code[at];
    kind = EM_WHOLE_KIND;
    switch (w.op) {
      case CK_LOOP_MOVE: kind = kindOf(w.b, before); return w.a;
      case CK_LOOP_SELECT: kind = kindOf(w.c, before); return w.a;
      case CK_LOOP_TO_REAL: case CK_LOOP_ADD: case CK_LOOP_SUB: case CK_LOOP_MUL: case CK_LOOP_DIV: case CK_LOOP_NEG: case CK_LOOP_ABS:
      case CK_LOOP_SQRT: case CK_LOOP_POW: case CK_LOOP_DIV_DOWN: case CK_LOOP_MAX: case CK_LOOP_MIN: case CK_LOOP_RATIO:
      case CK_LOOP_UNARY: case CK_LOOP_BINARY: case CK_LOOP_LOAD: case CK_LOOP_LOAD_CELL: kind = EM_REAL_KIND; return w.a;
      case CK_LOOP_JUMP: case CK_LOOP_TURNS: case CK_LOOP_TICK: case CK_LOOP_CHECK_ROW: case CK_LOOP_CHECK_COLUMN:
      case CK_LOOP_DROP: case CK_LOOP_RETURN: case CK_LOOP_OPERATIONS: case CK_LOOP_VISIT: case CK_LOOP_EXIT: return -1;
      case CK_LOOP_RANGE: return w.b;
      case CK_LOOP_CALL: kind = all[w.b].result; return w.c;
    }
    if (isTwoJump(w.op) || isTwoAgain(w.op) || isOneJump(w.op)) return -1;
    if (isFused(w.op)) kind = EM_REAL_KIND;
    return w.a;
  }

  uint8_t kindOf(int r, const std::vector<uint8_t> &at) const { return r < 0 ? f.constant[-1 - r].kind : at[size_t(r)]; }

  /// Nothing can be made of a program that this refuses.
  bool look() {
    const int64_t n = f.end - f.begin;
    kinds.assign(size_t(n), {}), isTarget.assign(size_t(n), 0), isHeader.assign(size_t(n), 0);
    for (int64_t at = f.begin; at < f.end; at += length(code[at].op)) {
      const int op = code[at].op;
      if (op == CK_LOOP_OPERATIONS) return refuse("operations are counted");
      if (op != CK_LOOP_JUMP && !isConditional(op)) continue;
      const int64_t to = target(at) - f.begin;
      if (to < 0 || to >= n) return refuse("a jump out of a function");
      isTarget[size_t(to)] = 1;
      if (to <= at - f.begin) isHeader[size_t(to)] = 1;
    }
    return findKinds() && findLive();
  }

  bool refuse(const char *why) {
    refusal = why;
    return false;
  }

 private:
  bool findKinds() {
    std::vector<int64_t> open;
    std::vector<uint8_t> first(size_t(registers), EM_NO_KIND);
    for (int64_t k = 0; k < f.arguments; k++) first[size_t(k)] = f.argument[k];
    meet(f.begin, first, open);
    while (!open.empty()) {
      int64_t at = open.back();
      open.pop_back();
      std::vector<uint8_t> now = kinds[size_t(at - f.begin)];
      for (;;) {
        const int op = code[at].op;
        uint8_t kind;
        const int a = written(at, now, kind);
        if (a >= 0) now[size_t(a)] = kind;
        if (isConditional(op) || op == CK_LOOP_JUMP) meet(target(at), now, open);
        if (ends(op)) break;
        at += length(op);
        if (at >= f.end) return refuse("no end");
        if (isTarget[size_t(at - f.begin)]) {
          meet(at, now, open);
          break;
        }
        kinds[size_t(at - f.begin)] = now;
      }
    }
    return true;
  }

  void meet(int64_t at, const std::vector<uint8_t> &now, std::vector<int64_t> &open) {
    std::vector<uint8_t> &there = kinds[size_t(at - f.begin)];
    if (there.empty()) {
      there = now;
      open.push_back(at);
      return;
    }
    bool isNew = false;
    for (size_t r = 0; r < there.size(); r++) {
      if (there[r] == now[r] || there[r] == CONFLICT) continue;
      there[r] = CONFLICT;
      isNew = true;
    }
    if (isNew) open.push_back(at);
  }

  bool isKnown(int64_t at, int r) const {
    const uint8_t kind = kindOf(r, kinds[size_t(at - f.begin)]);
    return kind == EM_WHOLE_KIND || kind == EM_REAL_KIND;
  }

  bool findLive() {
    live.assign(kinds.size(), std::vector<bool>(size_t(registers), false));
    std::vector<int64_t> places;
    for (int64_t at = f.begin; at < f.end; at += length(code[at].op))
      if (!kinds[size_t(at - f.begin)].empty()) places.push_back(at);
    for (bool isNew = true; isNew;) {
      isNew = false;
      for (size_t k = places.size(); k-- > 0;) {
        const int64_t at = places[k];
        std::vector<bool> now = after(at);
        uint8_t kind;
        const int a = written(at, kinds[size_t(at - f.begin)], kind);
        if (a >= 0) now[size_t(a)] = false;
        reads(at, [&](int r) { if (r >= 0) now[size_t(r)] = true; });
        if (now != live[size_t(at - f.begin)]) live[size_t(at - f.begin)] = now, isNew = true;
      }
    }
    for (int64_t at : places) {
      for (int64_t r = 0; r < registers; r++)
        if (live[size_t(at - f.begin)][size_t(r)] && !isKnown(at, int(r))) return refuse("a register of two kinds");
      bool isRead = true;
      reads(at, [&](int r) { isRead = isRead && isKnown(at, r); });
      if (!isRead) return refuse("a register without a value");
    }
    return true;
  }

 public:
  /// Which registers are read after an instruction.
  std::vector<bool> after(int64_t at) const {
    std::vector<bool> now(size_t(registers), false);
    const int op = code[at].op;
    if (op == CK_LOOP_EXIT) return shown(at);
    if (op == CK_LOOP_VISIT) now = shown(at);
    if (isConditional(op) || op == CK_LOOP_JUMP) now = live[size_t(target(at) - f.begin)];
    if (ends(op)) return now;
    const std::vector<bool> &next = live[size_t(at + length(op) - f.begin)];
    for (size_t r = 0; r < now.size(); r++) now[r] = now[r] || next[r];
    return now;
  }

  /// What is read where a program ends, or where others look at it.
  std::vector<bool> shown(int64_t at) const {
    std::vector<bool> all(size_t(registers), false);
    for (int r = 0; r < code[at].b; r++) all[size_t(r)] = isKnown(at, r);
    if (code[at].op == CK_LOOP_EXIT && code[at].c > 0) all[size_t(code[at].c - 1)] = true;
    return all;
  }
};

}  // namespace emit
