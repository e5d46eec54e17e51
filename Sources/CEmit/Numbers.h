// Operations on single numbers, calls, faults.
#pragma once
#include "Rows.h"

namespace emit {

struct Numbers : Rows {
  using Rows::Rows;

  void one(int i) {
    const em_op &o = op(i);
    if (isArithmetic(o.code)) return o.type == EM_I64 && o.code != EM_SELECT && !compares(o.code) ? integers(i) : reals(i);
    switch (o.code) {
      case EM_CONST: return;
      case EM_POINTER:
        if (o.a == -4) cc.mov(whole[i] = cc.newUIntPtr(), o.i);
        return;
      case EM_VARIABLE:
        if (o.type == EM_I64) whole[i] = integer[o.a];
        else number[i] = real[o.a];
        return;
      case EM_SET: return set(o);
      case EM_ADDRESS: return makeAddress(i);
      case EM_STREAM:
        cc.mov(whole[i] = cc.newInt64(), x86::qword_ptr(stream[o.a], o.b * 8));
        return;
      case EM_AT: whole[i] = stream[o.a]; return;
      case EM_AHEAD: return ahead(i);
      case EM_INSIDE: return inside(i);
      case EM_CHECK: return check(o);
      case EM_RANGE: return range(o);
      case EM_DISTINCT: return distinct(i);
      case EM_IF: return beginIf(o);
      case EM_ELSE: return otherwise();
      case EM_FI: return endIf();
      case EM_LOAD: return load(i);
      case EM_STORE: return store(o);
      case EM_VIEW: cc.mov(x86::qword_ptr(slots, o.b * 8), whole[o.a]); return;
      case EM_RECORD: cc.vmovsd(x86::qword_ptr(record, o.b * 8), num(o.a)); return;
      case EM_PREFETCH:
        for (int64_t at = 0; at < o.i; at += 64) cc.prefetcht0(x86::ptr(whole[o.a], int32_t(o.b + at)));
        return;
      case EM_CALL: return call(i);
      case EM_PRODUCT: return product(o);
      case EM_TURN: return turn(o);
      case EM_LOOP: return beginTurns(i);
      case EM_CARRY: return carry(i);
      case EM_WHILE: return goOnWhile(o);
      case EM_REPEAT: return repeat();
      default: return;
    }
  }

  // MARK: turns

  /// A loop whose end has not come yet.
  struct Turns {
    Label head, out;
    Gp turn, count;
    const em_op *op;
  };
  std::vector<Turns> turns;

  void beginTurns(int i) {
    Turns t {cc.newLabel(), cc.newLabel(), cc.newInt64(), cc.newInt64(), &op(i)};
    cc.xor_(t.count.r32(), t.count.r32());
    if (op(i).b) cc.mov(t.turn, op(i).i - 1);
    else t.turn = t.count;
    whole[i] = t.turn;
    turns.push_back(t);
    if (op(i + 1).code != EM_CARRY) cc.bind(t.head);
  }

  void carry(int i) {
    const em_op &o = op(i);
    Xmm x = cc.newXmm();
    cc.vmovapd(x, num(o.a));
    number[i] = x;
    if (op(i + 1).code != EM_CARRY) cc.bind(turns.back().head);
  }

  void goOnWhile(const em_op &o) {
    Label on = cc.newLabel();
    int type = op(o.a).type;
    cc.emit(of(type, Inst::kIdVucomisd, Inst::kIdVucomiss), num(o.a), constant(0, type));
    cc.jp(on);
    cc.je(turns.back().out);
    cc.bind(on);
  }

  /// All carried numbers are replaced at once; returns the last of these operations.
  int replace(int first) {
    int last = first;
    while (op(last + 1).code == EM_NEXT) last++;
    std::vector<char> isReplaced(p.ops, 0);
    std::vector<Xmm> source;
    for (int j = first; j <= last; j++) {
      Xmm x = num(op(j).b);
      if (isReplaced[op(j).b]) {
        Xmm copy = cc.newXmm();
        cc.vmovapd(copy, x);
        x = copy;
      }
      source.push_back(x);
      isReplaced[op(j).a] = 1;
    }
    for (int j = first; j <= last; j++)
      if (op(j).a != op(j).b) cc.vmovapd(number[op(j).a], source[j - first]);
    return last;
  }

  void repeat() {
    Turns t = turns.back();
    turns.pop_back();
    if (t.op->b) cc.dec(t.turn);
    cc.inc(t.count);
    if (t.op->i == int32_t(t.op->i)) {
      cc.cmp(t.count, int32_t(t.op->i));
    } else {
      Gp limit = cc.newInt64();
      cc.mov(limit, t.op->i);
      cc.cmp(t.count, limit);
    }
    cc.jl(t.head);
    cc.bind(t.out);
  }

  // MARK: memory

  /// Whether a load is the second operand of the operation behind it, and of nothing else.
  bool isFolded(int i) const {
    const em_op &next = op(i + 1);
    bool isSimple = next.code >= EM_ADD && next.code <= EM_DIV && next.type == op(i).type && next.type != EM_I64;
    return isSimple && next.b == i && next.a != i && uses[i] == 1 && uses[i + 1] > 0;
  }

  void load(int i) {
    const em_op &o = op(i);
    if (isFolded(i)) return;
    if (o.type == EM_I64) cc.mov(whole[i] = cc.newInt64(), address(o, 8));
    else cc.emit(moves(o.type), number[i] = cc.newXmm(), address(o, bytesOf(o.type)));
  }

  void store(const em_op &o) {
    Mem to = address(o, bytesOf(o.type));
    if (o.type != EM_I64) cc.emit(moves(o.type), to, num(o.c));
    else if (isSmall(o.c)) cc.mov(to, op(o.c).i);
    else cc.mov(to, integ(o.c));
  }

  /// Copies are made before all sets of what a set before it would replace: see `Compilation`.
  void set(const em_op &o) {
    if (p.variable[o.a].type == EM_I64) cc.mov(integer[o.a], integ(o.b));
    else cc.emit(p.variable[o.a].type == EM_F32 ? Inst::kIdVmovaps : Inst::kIdVmovapd, real[o.a], num(o.b));
  }

  void makeAddress(int i) {
    const em_op &o = op(i);
    Gp at = whole[i] = cc.newUIntPtr();
    if (o.i == 8 || o.i == 4 || o.i == 2 || o.i == 1) {
      cc.lea(at, x86::ptr(whole[o.a], integ(o.b), o.i == 8 ? 3 : o.i == 4 ? 2 : o.i == 2 ? 1 : 0));
      return;
    }
    if (o.i == int32_t(o.i)) {
      cc.imul(at, integ(o.b), int32_t(o.i));
    } else {
      Gp bytes = cc.newInt64();
      cc.mov(bytes, o.i);
      cc.mov(at, integ(o.b));
      cc.imul(at, bytes);
    }
    cc.add(at, whole[o.a]);
  }

  /// In the last steps there is no later entry to read.
  void ahead(int i) {
    const em_op &o = op(i);
    Gp at = cc.newUIntPtr(), left = cc.newInt64();
    cc.lea(at, x86::ptr(stream[o.a], int32_t(p.batch[o.a] * 8 * o.c)));
    cc.mov(left, steps);
    cc.sub(left, o.c);
    cc.cmp(done, left);
    cc.cmovge(at, stream[o.a]);
    cc.mov(whole[i] = cc.newInt64(), x86::qword_ptr(at, o.b * 8));
  }

  // MARK: faults

  void inside(int i) {
    const em_op &o = op(i);
    Gp at = whole[i] = cc.newInt64();
    cc.mov(at, integ(o.a));
    Label holds = cc.newLabel();
    if (o.i == int32_t(o.i)) {
      cc.cmp(at, int32_t(o.i));
    } else {
      Gp bound = cc.newInt64();
      cc.mov(bound, o.i);
      cc.cmp(at, bound);
    }
    cc.jb(holds);  // without sign
    cc.mov(faultNumber, o.b);
    cc.mov(faultIndex, at);
    cc.jmp(fault);
    cc.bind(holds);
  }

  void check(const em_op &o) {
    Label holds = cc.newLabel();
    cc.test(whole[o.a], whole[o.a]);
    cc.jz(holds);
    cc.mov(faultNumber, 0);
    cc.jmp(fault);
    cc.bind(holds);
  }

  // MARK: arithmetic

  void convert(const Xmm &x, const Gp &from, int type) {
    cc.vxorps(x, x, x);  // the conversion keeps the upper part: without this it waits for the last writer
    cc.emit(of(type, Inst::kIdVcvtsi2sd, Inst::kIdVcvtsi2ss), x, x, from);
  }

  void simple(int i, InstId f64, InstId f32) {
    Xmm a = num(op(i).a);
    int v = op(i).b;
    bool isThere = op(v).code != EM_LOAD || number[v].isValid();
    Operand b = isThere ? numOrMemory(v) : Operand(address(op(v), bytesOf(op(v).type)));
    cc.emit(of(op(i).type, f64, f32), number[i] = cc.newXmm(), a, b);
  }

  void bits(int i, InstId id, const Mem &mask) { 
    Xmm a = num(op(i).a);
    cc.emit(id, number[i] = cc.newXmm(), a, mask);
  }

  void rounded(int i, int mode) {
    Xmm a = num(op(i).a);
    number[i] = cc.newXmm();
    cc.emit(of(op(i).type, Inst::kIdVroundsd, Inst::kIdVroundss), number[i], a, a, mode | NO_SIGNALS);
  }

  void reals(int i) {
    const em_op &o = op(i);
    switch (o.code) {
      case EM_ADD: return simple(i, Inst::kIdVaddsd, Inst::kIdVaddss);
      case EM_SUB: return simple(i, Inst::kIdVsubsd, Inst::kIdVsubss);
      case EM_MUL: return simple(i, Inst::kIdVmulsd, Inst::kIdVmulss);
      case EM_DIV: return simple(i, Inst::kIdVdivsd, Inst::kIdVdivss);
      case EM_NEG: return bits(i, Inst::kIdVxorps, signs(o.type));
      case EM_ABS: return bits(i, Inst::kIdVandps, magnitudes(o.type));
      case EM_SQRT: {
        Xmm a = num(o.a);
        cc.emit(of(o.type, Inst::kIdVsqrtsd, Inst::kIdVsqrtss), number[i] = cc.newXmm(), a, a);
        return;
      }
      case EM_FUSED: return fused(i);
      case EM_MIN: case EM_MAX: return extreme(i);
      case EM_FLOOR: return rounded(i, DOWN);
      case EM_CEIL: return rounded(i, UP);
      case EM_ROUND: return rounded(i, NEAREST);
      case EM_TRUNC: return rounded(i, TOWARDS_0);
      case EM_LT: case EM_LE: case EM_EQ: case EM_NE: return op(o.a).type == EM_I64 ? compareIntegers(i) : compare(i);
      case EM_SELECT: return o.type == EM_I64 ? selectInteger(i) : select(i);
      case EM_CONVERT: return converted(i);
      default: return;
    }
  }

  void fused(int i) {
    const em_op &o = op(i);
    Xmm a = num(o.a), d = number[i] = cc.newXmm();
    Operand b = numOrMemory(o.b);
    if (op(o.c).code == EM_CONST) {
      Xmm c = num(o.c);
      cc.vmovaps(d, c);
    } else {
      cc.vmovaps(d, number[o.c]);
    }
    cc.emit(of(o.type, Inst::kIdVfmadd231sd, Inst::kIdVfmadd231ss), d, a, b);
  }

  void extreme(int i) {
    const em_op &o = op(i);
    Xmm a = num(o.a), b = num(o.b), s = cc.newXmm(), t = cc.newXmm(), u = cc.newXmm(), d = cc.newXmm();
    bool isMax = o.code == EM_MAX;
    InstId id = isMax ? of(o.type, Inst::kIdVmaxsd, Inst::kIdVmaxss) : of(o.type, Inst::kIdVminsd, Inst::kIdVminss);
    cc.emit(id, s, a, b);  // equal ones: the second operand
    cc.emit(id, t, b, a);
    cc.emit(isMax ? Inst::kIdVandps : Inst::kIdVorps, s, s, t);
    cc.emit(of(o.type, Inst::kIdVaddsd, Inst::kIdVaddss), t, a, b);
    cc.emit(of(o.type, Inst::kIdVcmpsd, Inst::kIdVcmpss), u, a, b, UNORDERED);
    cc.emit(of(o.type, Inst::kIdVblendvpd, Inst::kIdVblendvps), d, s, t, u);
    number[i] = d;
  }

  void compare(int i) {
    const em_op &o = op(i);
    int type = op(o.a).type;
    Xmm a = num(o.a);
    Operand b = numOrMemory(o.b);
    mask[i] = cc.newXmm();
    cc.emit(of(type, Inst::kIdVcmpsd, Inst::kIdVcmpss), mask[i], a, b, predicate(o.code));
    if (!asTruth[i]) return;
    cc.vandps(number[i] = cc.newXmm(), mask[i], ones(type));
  }

  void compareIntegers(int i) {
    const em_op &o = op(i);
    Gp truth = cc.newInt64(), a = integ(o.a);
    cc.xor_(truth.r32(), truth.r32());
    cc.cmp(a, integ(o.b));
    switch (o.code) {
      case EM_LT: cc.setl(truth.r8()); break;
      case EM_LE: cc.setle(truth.r8()); break;
      case EM_EQ: cc.sete(truth.r8()); break;
      default: cc.setne(truth.r8()); break;
    }
    convert(number[i] = cc.newXmm(), truth, EM_F64);
  }

  /// Whether a value is at hand as a mask of ones.
  bool hasMask(int v) const { return compares(op(v).code) && mask[v].isValid(); }

  void select(int i) {
    const em_op &o = op(i);
    Xmm b = num(o.b), c = num(o.c), d = cc.newXmm(), m;
    if (hasMask(o.a) && op(op(o.a).a).type == o.type) {
      m = mask[o.a];
    } else {
      m = cc.newXmm();
      int type = op(o.a).type;
      cc.emit(of(type, Inst::kIdVcmpsd, Inst::kIdVcmpss), m, num(o.a), constant(0, type), NOT_EQUAL);
    }
    cc.emit(of(o.type, Inst::kIdVblendvpd, Inst::kIdVblendvps), d, c, b, m);
    number[i] = d;
  }

  void selectInteger(int i) {
    const em_op &o = op(i);
    Gp b = integ(o.b), d = cc.newInt64();
    cc.mov(d, integ(o.c));
    int type = op(o.a).type;
    cc.emit(of(type, Inst::kIdVucomisd, Inst::kIdVucomiss), num(o.a), constant(0, type));
    cc.cmovne(d, b);
    cc.cmovp(d, b);
    whole[i] = d;
  }

  void converted(int i) {
    const em_op &o = op(i);
    if (o.sub == EM_I64) return convert(number[i] = cc.newXmm(), integ(o.a), o.type);
    Xmm a = num(o.a), d = number[i] = cc.newXmm();
    if (o.sub == o.type) cc.vmovaps(d, a);
    else cc.emit(o.type == EM_F64 ? Inst::kIdVcvtss2sd : Inst::kIdVcvtsd2ss, d, a, a);
  }

  void integers(int i) {
    const em_op &o = op(i);
    Gp d = cc.newInt64();
    cc.mov(d, integ(o.a));
    switch (o.code) {
      case EM_ADD: isSmall(o.b) ? cc.add(d, int32_t(op(o.b).i)) : cc.add(d, integ(o.b)); break;
      case EM_SUB: isSmall(o.b) ? cc.sub(d, int32_t(op(o.b).i)) : cc.sub(d, integ(o.b)); break;
      case EM_MUL: isPowerOf2(o.b) ? cc.shl(d, power(o.b)) : cc.imul(d, integ(o.b)); break;
      case EM_NEG: cc.neg(d); break;
      default: break;
    }
    whole[i] = d;
  }

  bool isPowerOf2(int v) const { return op(v).code == EM_CONST && op(v).i > 0 && (op(v).i & (op(v).i - 1)) == 0; }
  int power(int v) const { return __builtin_ctzll(uint64_t(op(v).i)); }

  // MARK: calls

  static TypeId typeId(int type) {
    return type == EM_F64 ? TypeId::kFloat64 : type == EM_F32 ? TypeId::kFloat32 : TypeId::kInt64;
  }

  void call(int i) {
    const em_op &o = op(i);
    if (o.sub == EM_PERFORM) return perform(i);
    // The function of a kernel by itself, without what chooses among them.
    void *function = em_address(em_function(o.sub)), *own = nullptr;
    if (em_takes_kernel(em_function(o.sub))) own = em_kernel(em_function(o.sub), p.argument[o.a + o.b - 1].number);
    int count = own ? o.b - 1 : o.b;
    FuncSignatureBuilder signature(CallConvId::kHost);
    if (o.type == EM_NOTHING) signature.setRet(TypeId::kVoid);
    else signature.setRet(typeId(o.type));
    for (int k = 0; k < count; k++) {
      int v = p.argument[o.a + k].value;
      signature.addArg(v < 0 ? TypeId::kInt64 : typeId(op(v).type));
    }
    // Values are in registers before the call begins.
    std::vector<Xmm> reals(count);
    std::vector<Gp> integers(count);
    for (int k = 0; k < count; k++) {
      const em_argument &argument = p.argument[o.a + k];
      if (argument.value < 0) cc.mov(integers[k] = cc.newInt64(), argument.number);
      else if (op(argument.value).type == EM_I64) integers[k] = integ(argument.value);
      else reals[k] = num(argument.value);
    }
    InvokeNode *node;
    leaveVectors();
    cc.invoke(&node, imm(own ? own : function), signature);
    for (int k = 0; k < count; k++) {
      const em_argument &argument = p.argument[o.a + k];
      if (argument.value >= 0 && op(argument.value).type != EM_I64) node->setArg(k, reals[k]);
      else node->setArg(k, integers[k]);
    }
    if (o.type == EM_I64) node->setRet(0, whole[i] = cc.newInt64());
    else if (o.type != EM_NOTHING) node->setRet(0, number[i] = cc.newXmm());
  }

  void perform(int i) {
    const em_op &o = op(i);
    Gp function = cc.newUIntPtr(), machine = cc.newUIntPtr(), instruction = cc.newInt64();
    cc.mov(function, x86::qword_ptr(context, offsetof(em_context, perform)));
    cc.mov(machine, x86::qword_ptr(context, offsetof(em_context, machine)));
    cc.mov(instruction, p.argument[o.a].number);
    leaveVectors();
    InvokeNode *node;
    cc.invoke(&node, function, FuncSignatureT<int64_t, void *, int64_t>(CallConvId::kHost));
    node->setArg(0, machine);
    node->setArg(1, instruction);
    node->setRet(0, whole[i] = cc.newInt64());
  }
};

}  // namespace emit
