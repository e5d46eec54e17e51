// The instructions of a function as machine code, one after the other: ways, arrays, calls.
#pragma once
#include "LoopNumbers.h"

namespace emit {

/// Where a function is entered from outside.
struct LoopEntry {
  int64_t place;
  int function, number;
};

enum { RETURNED = -1 };

struct LoopEmission : LoopNumbers {
  const std::vector<FuncNode *> &functions;
  const int number;
  std::vector<LoopEntry> &entries;

  LoopEmission(const LoopShape &s, x86::Compiler &emitter, const std::vector<FuncNode *> &nodes, int index,
           std::vector<LoopEntry> &places)
      : LoopNumbers(s, emitter), functions(nodes), number(index), entries(places) {}

  void emit() {
    FuncNode *f = functions[size_t(number)];
    cc.addFunc(f);
    f->frame().setAvxEnabled();
    Gp entry = cc.newInt64("entry");
    state = cc.newUIntPtr("state"), base = cc.newUIntPtr("base");
    f->setArg(0, state);
    f->setArg(1, base);
    f->setArg(2, entry);
    enter(entry);
    for (at = shape.f.begin; at < shape.f.end; at += LoopShape::length(word().op)) {
      const size_t place = size_t(at - shape.f.begin);
      if (shape.kinds[place].empty()) continue;
      if (labels[place].isValid()) cc.bind(labels[place]);
      instruction();
    }
    // Such code may add more of it.
    for (size_t k = 0; k < cold.size(); k++) {
      auto part = cold[k];
      part();
    }
    cc.endFunc();
  }

 private:
  // MARK: entries

  struct Way {
    Label label, to;
    size_t place;
  };

  /// Goes to where the function is entered: at its start, at the head of a loop, after a look from outside or a call that
  /// the interpreter made.
  void enter(const Gp &entry) {
    std::vector<Way> ways;
    entries.push_back({shape.f.begin, number, 0});
    for (int64_t place = shape.f.begin; place < shape.f.end; place += LoopShape::length(shape.code[place].op)) {
      size_t k = size_t(place - shape.f.begin);
      if (shape.kinds[k].empty()) continue;
      if (shape.isHeader[k] && k > 0) ways.push_back({cc.newLabel(), labels[k], k});
      if (shape.code[place].op != CK_LOOP_VISIT && shape.code[place].op != CK_LOOP_CALL) continue;
      k++;
      if (!labels[k].isValid()) labels[k] = cc.newLabel();
      if (!(shape.isHeader[k])) ways.push_back({cc.newLabel(), labels[k], k});
    }
    for (size_t w = 0; w < ways.size(); w++) {
      entries.push_back({shape.f.begin + int64_t(ways[w].place), number, int(w) + 1});
      cc.cmp(entry, int32_t(w + 1));
      cc.je(ways[w].label);
    }
    load(shape.live[0], shape.kinds[0]);
    for (const Way &way : ways) {
      cold.push_back([this, way] {
        cc.bind(way.label);
        load(shape.live[way.place], shape.kinds[way.place]);
        cc.jmp(way.to);
      });
    }
  }

  Label target() { return labels[size_t(shape.target(at) - shape.f.begin)]; }

  // MARK: instructions

  void instruction() {
    const ck_loop_code w = word();
    if (arithmetic()) return;
    if (LoopShape::isConditional(w.op)) return jump();
    switch (w.op) {
      case CK_LOOP_MOVE: return move(w.a, w.b);
      case CK_LOOP_SELECT: return select();
      case CK_LOOP_JUMP: cc.jmp(target()); return;
      case CK_LOOP_TICK: return countTurn();
      case CK_LOOP_RANGE: return range();
      case CK_LOOP_TURNS: return turns();
      case CK_LOOP_LOAD: case CK_LOOP_LOAD_WHOLE: case CK_LOOP_LOAD_TRUTH: case CK_LOOP_LOAD_CELL: case CK_LOOP_LOAD_CELL_WHOLE:
      case CK_LOOP_LOAD_CELL_TRUTH: return loadElement();
      case CK_LOOP_CHECK_ROW: return inside(wholeIn(w.a), wholeIn(w.b), offsetof(ck_loop_array, rows), 0, wholeIn(w.a));
      case CK_LOOP_CHECK_COLUMN: return inside(wholeIn(w.a), wholeIn(w.b), offsetof(ck_loop_array, columns), 0, wholeIn(w.a));
      case CK_LOOP_INDEX_ROW: return fromEnd(offsetof(ck_loop_array, rows));
      case CK_LOOP_INDEX_COLUMN: return fromEnd(offsetof(ck_loop_array, columns));
      case CK_LOOP_STORE: case CK_LOOP_STORE_CELL: return storeElement();
      case CK_LOOP_ALL_REAL: return own(wholeOf(w.a), ck_loop_all_real);
      case CK_LOOP_COUNT: cc.mov(wholeOf(w.a), ofArray(wholeIn(w.b), offsetof(ck_loop_array, count))); return;
      case CK_LOOP_ROWS: cc.mov(wholeOf(w.a), ofArray(wholeIn(w.b), offsetof(ck_loop_array, rows))); return;
      case CK_LOOP_COLUMNS: cc.mov(wholeOf(w.a), ofArray(wholeIn(w.b), offsetof(ck_loop_array, columns))); return;
      case CK_LOOP_SHARE: {
        Gp array = wholeIn(w.b);
        cc.inc(ofArray(array, offsetof(ck_loop_array, references)));
        setWhole(w.a, array);
        return;
      }
      case CK_LOOP_DROP: return drop(wholeIn(w.a));
      case CK_LOOP_TAKE: {
        Gp old = cc.newInt64();
        cc.mov(old, wholeOf(w.a));
        cc.mov(wholeOf(w.a), wholeIn(w.b));
        return drop(old);
      }
      case CK_LOOP_CALL: return callFunction();
      case CK_LOOP_RETURN: return giveBack();
      case CK_LOOP_VISIT: return end(CK_LOOP_VISITED, at + 1);
      case CK_LOOP_EXIT: return end(CK_LOOP_ENDED, at);
      default: return stop(EM_LOOPS_LEFT, at);
    }
  }

  void move(int a, int b) {
    if (isReal(b)) {
      if (b >= 0) setReal(a, realOf(b));
      else cc.vmovsd(realOf(a), home(base, b));
    } else if (b >= 0) {
      setWhole(a, wholeOf(b));
    } else if (isFixed(b)) {
      cc.mov(wholeOf(a), fixed(b));
    } else {
      cc.mov(wholeOf(a), home(base, b));
    }
  }

  void select() {
    const ck_loop_code w = word();
    const int d = second().a;
    Gp which = wholeIn(w.b);
    Label done = cc.newLabel();
    if (isReal(w.c)) {
      Xmm x = cc.newXmm(), yes = realIn(w.c);
      cc.vmovapd(x, realIn(d));
      cc.test(which, which);
      cc.jz(done);
      cc.vmovapd(x, yes);
      cc.bind(done);
      setReal(w.a, x);
    } else {
      Gp x = cc.newInt64(), yes = wholeIn(w.c);
      cc.mov(x, wholeIn(d));
      cc.test(which, which);
      cc.cmovnz(x, yes);
      setWhole(w.a, x);
    }
  }

  // MARK: ways

  /// One turn less until it is asked whether to go on.
  void countTurn() {
    Label asks = cc.newLabel(), on = cc.newLabel();
    cc.dec(of(offsetof(ck_loop_state, budget)));
    cc.js(asks);
    cc.bind(on);
    const int64_t place = at;
    cold.push_back([=] {
      cc.bind(asks);
      Gp function = cc.newUIntPtr(), answer = cc.newInt32();
      cc.mov(function, of(offsetof(ck_loop_state, ask)));
      InvokeNode *node;
      cc.invoke(&node, function, FuncSignatureT<int, void *>(CallConvId::kHost));
      node->setArg(0, state);
      node->setRet(0, answer);
      cc.test(answer, answer);
      cc.jz(on);
      stop(CK_LOOP_PAUSED, place);
    });
  }

  void jump() {
    const ck_loop_code w = word();
    int op = w.op;
    if (op >= CK_LOOP_AGAIN_TRUE && op <= CK_LOOP_AGAIN_UNEQUAL) {
      countTurn();
      op += CK_LOOP_JUMP_TRUE - CK_LOOP_AGAIN_TRUE;
    }
    Label to = target(), on;
    switch (op) {
      case CK_LOOP_NEXT:
        countTurn();
        cc.inc(wholeOf(w.a));
        compareWhole(w.a, w.b);
        cc.jl(to);
        return;
      case CK_LOOP_JUMP_TRUE: case CK_LOOP_JUMP_FALSE: {
        Gp a = wholeIn(w.a);
        cc.test(a, a);
        if (op == CK_LOOP_JUMP_TRUE) cc.jnz(to);
        else cc.jz(to);
        return;
      }
      case CK_LOOP_JUMP_LESS_WHOLE: compareWhole(w.a, w.b); cc.jl(to); return;
      case CK_LOOP_JUMP_AT_MOST_WHOLE: compareWhole(w.a, w.b); cc.jle(to); return;
      case CK_LOOP_JUMP_EQUAL_WHOLE: compareWhole(w.a, w.b); cc.je(to); return;
      case CK_LOOP_JUMP_UNEQUAL_WHOLE: compareWhole(w.a, w.b); cc.jne(to); return;
      case CK_LOOP_JUMP_LESS: compareReal(w.b, w.a); cc.ja(to); return;
      case CK_LOOP_JUMP_NOT_LESS: compareReal(w.b, w.a); cc.jbe(to); return;
      case CK_LOOP_JUMP_AT_MOST: compareReal(w.b, w.a); cc.jae(to); return;
      case CK_LOOP_JUMP_NOT_AT_MOST: compareReal(w.b, w.a); cc.jb(to); return;
      case CK_LOOP_JUMP_EQUAL:
        on = cc.newLabel();
        compareReal(w.a, w.b);
        cc.jp(on);
        cc.je(to);
        cc.bind(on);
        return;
      default:
        compareReal(w.a, w.b);
        cc.jp(to);
        cc.jne(to);
    }
  }

  void range() {
    const ck_loop_code w = word();
    Gp first = wholeIn(w.a), end = cc.newInt64(), count = cc.newInt64();
    Label good = cc.newLabel(), overflow = stops(CK_LOOP_OVERFLOW, at);
    cc.mov(end, wholeIn(w.b));
    if (w.c) {
      cc.add(end, 1);
      cc.jo(overflow);
    }
    cc.cmp(end, first);
    cc.jle(good);
    cc.mov(count, end);
    cc.sub(count, first);
    cc.jo(overflow);
    cc.bind(good);
    setWhole(w.b, end);
  }

  void turns() {
    Gp a = wholeIn(word().a), most = cc.newInt64();
    Label wrong = cc.newLabel();
    cc.mov(most, 1ll << 53);
    cc.cmp(a, most);
    cc.ja(wrong);
    const int64_t place = at;
    cold.push_back([=] {
      cc.bind(wrong);
      cc.mov(of(offsetof(ck_loop_state, index)), a);
      stop(CK_LOOP_TURN_COUNT, place);
    });
  }

  void end(int64_t how, int64_t place) {
    store(shape.after(at), shape.kinds[size_t(at - shape.f.begin)]);
    setField(offsetof(ck_loop_state, index), word().a);
    cc.mov(of(offsetof(ck_loop_state, base)), base);
    stop(how, place);
  }

  // MARK: arrays

  /// Stops the program where an index is not in 0 ..< a size of an array; `told` is the index that is shown then.
  void inside(Gp index, Gp array, size_t size, int64_t axis, Gp told) {
    Label outside = cc.newLabel();
    cc.cmp(index, ofArray(array, size));
    cc.jae(outside);
    const int64_t place = at;
    cold.push_back([=] {
      cc.bind(outside);
      Gp count = cc.newInt64();
      cc.mov(of(offsetof(ck_loop_state, index)), told);
      cc.mov(count, ofArray(array, size));
      cc.mov(of(offsetof(ck_loop_state, count)), count);
      setField(offsetof(ck_loop_state, axis), axis);
      stop(CK_LOOP_INDEX, place);
    });
  }

  /// Where an element lies: its index, and those of rows and columns.
  Mem element(Gp array, int i, int j) {
    Gp elements = cc.newUIntPtr(), row = wholeIn(i);
    if (j == INT32_MIN) {
      inside(row, array, offsetof(ck_loop_array, count), 0, row);
      cc.mov(elements, ofArray(array, offsetof(ck_loop_array, elements)));
      return x86::qword_ptr(elements, row, 3);
    }
    Gp column = wholeIn(j), index = cc.newInt64();
    inside(row, array, offsetof(ck_loop_array, rows), 0, row);
    inside(column, array, offsetof(ck_loop_array, columns), 1, column);
    cc.mov(index, row);
    cc.imul(index, ofArray(array, offsetof(ck_loop_array, columns)));
    cc.add(index, column);
    cc.mov(elements, ofArray(array, offsetof(ck_loop_array, elements)));
    return x86::qword_ptr(elements, index, 3);
  }

  void loadElement() {
    const ck_loop_code w = word();
    const bool isCell = LoopShape::length(w.op) == 2;
    Mem from = element(wholeIn(w.b), w.c, isCell ? second().a : INT32_MIN);
    switch (w.op) {
      case CK_LOOP_LOAD: case CK_LOOP_LOAD_CELL: cc.vmovsd(realOf(w.a), from); return;
      case CK_LOOP_LOAD_WHOLE: case CK_LOOP_LOAD_CELL_WHOLE: cc.mov(wholeOf(w.a), from); return;
      default: {
        Xmm zero = cc.newXmm();
        Gp x = cc.newInt64(), y = cc.newInt64();
        cc.vxorps(zero, zero, zero);
        cc.vucomisd(zero, from);
        cc.setne(x.r8());
        cc.setp(y.r8());
        cc.or_(x.r8(), y.r8());
        cc.movzx(x.r32(), x.r8());
        setWhole(w.a, x);
      }
    }
  }

  void fromEnd(size_t size) {
    const ck_loop_code w = word();
    Gp array = wholeIn(w.b), given = wholeIn(w.c), index = cc.newInt64();
    cc.mov(index, given);
    cc.add(index, ofArray(array, size));
    cc.test(given, given);
    cc.cmovns(index, given);
    inside(index, array, size, 0, given);
    setWhole(w.a, index);
  }

  /// Makes an array the program's own in its register, or stops.
  void own(Gp array, ck_loop_array *(*function)(ck_loop_state *, ck_loop_array *)) {
    Gp made = cc.newUIntPtr();
    Call c = call(function);
    c << state << array;
    c.node->setRet(0, made);
    Label none = cc.newLabel();
    cc.test(made, made);
    cc.jz(none);
    cc.mov(array, made);
    const int64_t place = at;
    cold.push_back([=] {
      cc.bind(none);
      Gp count = cc.newInt64();
      cc.mov(count, ofArray(array, offsetof(ck_loop_array, count)));
      cc.mov(of(offsetof(ck_loop_state, count)), count);
      stop(CK_LOOP_MEMORY, place);
    });
  }

  void storeElement() {
    const ck_loop_code w = word();
    const bool isCell = w.op == CK_LOOP_STORE_CELL;
    Gp array = wholeOf(w.a);
    Label shared = cc.newLabel(), on = cc.newLabel();
    // The index first: nothing is copied for one that is outside.
    if (isCell) {
      inside(wholeIn(w.b), array, offsetof(ck_loop_array, rows), 0, wholeIn(w.b));
      inside(wholeIn(second().a), array, offsetof(ck_loop_array, columns), 1, wholeIn(second().a));
    } else {
      inside(wholeIn(w.b), array, offsetof(ck_loop_array, count), 0, wholeIn(w.b));
    }
    cc.cmp(ofArray(array, offsetof(ck_loop_array, references)), 1);
    cc.jne(shared);
    cc.cmp(ofArray(array, offsetof(ck_loop_array, capacity)), 0);
    cc.je(shared);
    cc.bind(on);
    Gp elements = cc.newUIntPtr(), index = wholeIn(w.b);
    if (isCell) {
      Gp product = cc.newInt64();
      cc.mov(product, index);
      cc.imul(product, ofArray(array, offsetof(ck_loop_array, columns)));
      cc.add(product, wholeIn(second().a));
      index = product;
    }
    cc.mov(elements, ofArray(array, offsetof(ck_loop_array, elements)));
    if (isReal(w.c)) cc.vmovsd(x86::qword_ptr(elements, index, 3), realIn(w.c));
    else cc.mov(x86::qword_ptr(elements, index, 3), wholeIn(w.c));
    const int64_t place = at;
    cold.push_back([=] {
      at = place;
      cc.bind(shared);
      own(array, ck_loop_own);
      cc.jmp(on);
    });
  }

  void drop(Gp array) { call(ck_loop_drop) << state << array; }

  // MARK: functions

  void callFunction() {
    const ck_loop_code w = word();
    const em_loop_function &callee = shape.all[w.b];
    Label deep = stops(CK_LOOP_DEPTH, at), beyond = cc.newLabel(), failed = cc.newLabel(), done = cc.newLabel();
    Gp depth = cc.newInt64(), frame = cc.newUIntPtr(), function = cc.newUIntPtr(), inner = cc.newUIntPtr();
    cc.mov(depth, of(offsetof(ck_loop_state, depth)));
    cc.cmp(depth, of(offsetof(ck_loop_state, depth_max)));
    cc.jge(deep);
    cc.dec(of(offsetof(ck_loop_state, calls_left)));
    cc.js(beyond);
    countTurn();
    cc.mov(function, of(offsetof(ck_loop_state, functions)));
    cc.mov(x86::qword_ptr(function, int32_t(w.b * int(sizeof(ck_loop_function)) + int(offsetof(ck_loop_function, called)))), 1);
    cc.imul(frame, depth, int32_t(sizeof(ck_loop_frame)));
    cc.add(frame, of(offsetof(ck_loop_state, frames)));
    cc.mov(x86::qword_ptr(frame, offsetof(ck_loop_frame, back)), int32_t(at + 1));
    cc.mov(x86::qword_ptr(frame, offsetof(ck_loop_frame, result)), int32_t(w.c));
    cc.mov(x86::qword_ptr(frame, offsetof(ck_loop_frame, base)), base);
    cc.inc(of(offsetof(ck_loop_state, depth)));
    // Arguments and constants lie where the function finds them.
    cc.lea(inner, x86::qword_ptr(base, int32_t((w.a + callee.constants) * 8)));
    passArguments(inner, callee);
    passConstants(inner, function, callee);
    Gp start = cc.newInt64(), end = cc.newInt64();
    cc.xor_(start.r32(), start.r32());
    InvokeNode *node;
    cc.invoke(&node, functions[size_t(w.b)]->label(), FuncSignatureT<int64_t, void *, void *, int64_t>(CallConvId::kHost));
    node->setArg(0, state);
    node->setArg(1, inner);
    node->setArg(2, start);
    node->setRet(0, end);
    cc.cmp(end, RETURNED);
    cc.jne(failed);
    cc.inc(of(offsetof(ck_loop_state, calls_left)));
    if (callee.result == EM_REAL_KIND) cc.vmovsd(realOf(w.c), x86::qword_ptr(inner));
    else cc.mov(wholeOf(w.c), x86::qword_ptr(inner));
    cc.bind(done);
    unwind(beyond, failed, end);
  }

  void passArguments(Gp inner, const em_loop_function &callee) {
    for (int k = 0; k < callee.arguments; k++) {
      const int r = word().a + k;
      if (isReal(r)) cc.vmovsd(x86::qword_ptr(inner, k * 8), realOf(r));
      else cc.mov(x86::qword_ptr(inner, k * 8), wholeOf(r));
    }
  }

  void passConstants(Gp inner, Gp function, const em_loop_function &callee) {
    const int count = int(callee.constants);
    if (count == 0) return;
    Gp from = cc.newUIntPtr(), x = cc.newInt64();
    cc.mov(from, x86::qword_ptr(function, int32_t(word().b * int(sizeof(ck_loop_function)) + int(offsetof(ck_loop_function, constant)))));
    for (int k = 0; k < count; k++) {
      cc.mov(x, x86::qword_ptr(from, k * 8));
      cc.mov(x86::qword_ptr(inner, (k - count) * 8), x);
    }
  }

  /// What is not done here: calls too deep for the stack are the interpreter's, and whatever ends otherwise than by
  /// giving back a value leaves the frame as the interpreter would.
  void unwind(Label beyond, Label failed, Gp end) {
    const int64_t place = at;
    cold.push_back([=] {
      at = place;
      const size_t k = size_t(at - shape.f.begin);
      cc.bind(beyond);
      cc.inc(of(offsetof(ck_loop_state, calls_left)));
      store(shape.live[k], shape.kinds[k]);
      cc.mov(of(offsetof(ck_loop_state, base)), base);
      stop(EM_LOOPS_LEFT, at);
      cc.bind(failed);
      cc.inc(of(offsetof(ck_loop_state, calls_left)));
      std::vector<bool> later = shape.after(at);
      later[size_t(word().c)] = false;
      store(later, shape.kinds[k]);
      cc.ret(end);
    });
  }

  void giveBack() {
    const int a = word().a;
    if (isReal(a)) cc.vmovsd(x86::qword_ptr(base), realIn(a));
    else cc.mov(x86::qword_ptr(base), wholeIn(a));
    cc.mov(of(offsetof(ck_loop_state, base)), base);
    cc.dec(of(offsetof(ck_loop_state, depth)));
    leave(RETURNED);
  }
};

}  // namespace emit
