import CKernels
import Graph
import Tensors

/// Makes the scalar program of a unit: operations on cells, named by slots until all cells have places.
struct ScalarBuilder {
  private let lowering: Lowering
  private let unit: Unit
  private var operations: [ck_scalar_op] = []
  private var accesses: [Access] = []
  private var products: [Int: (a: Int32, b: Int32)] = [:]
  /// Where the operations that read by index come from.
  private var origins: [Int: Origin] = [:]

  init(_ unit: Unit, in lowering: Lowering) {
    self.lowering = lowering
    self.unit = unit
  }

  mutating func build(into emitter: inout Emitter) {
    let order = lowering.updatesLast(unit.members)
    let absorbed = absorbableProducts(order)
    let ratios = Dictionary(
      uniqueKeysWithValues: order.compactMap { (member) in lowering.ratio(member).map { (member, $0) } })
    let inner = Set(ratios.values.flatMap(\.parts))
    for member in order where !inner.contains(member) {
      if let ratio = ratios[member] {
        append(ratio, member, &emitter)
      } else {
        append(member, isAbsorbed: absorbed.contains(member), &emitter)
      }
    }
    operations.append(operation(UInt16(CK_SCALAR_END.rawValue), 0, 0, 0))
    var instruction = Instruction(code: .scalars)
    instruction.n = operations.count
    if !origins.isEmpty {
      let all = operations.indices.map { origins[$0] ?? 0 }
      instruction.m = Int(bitPattern: emitter.memory.store(all))
    }
    instruction.parameters = UnsafeMutableRawPointer(emitter.memory.store(operations))
    emitter.emit(instruction, accesses: accesses)
  }

  private func node(_ index: Int) -> PlanNode { lowering.graph.nodes[index] }

  private func operation(_ code: UInt16, _ d: Int32, _ a: Int32, _ b: Int32, _ c: Int32 = 0) -> ck_scalar_op {
    ck_scalar_op(code: code, sub: 0, d: d, a: a, b: b, c: c)
  }

  /// The code for the element type, from the code for f64: both lists are in the same order.
  private func code(_ f64: ck_scalar_code, _ dtype: DType) -> UInt16 {
    let offset = dtype == .f32 ? CK_SCALAR_ADD_F32.rawValue - CK_SCALAR_ADD_F64.rawValue : 0
    return UInt16(f64.rawValue + offset)
  }

  private mutating func emit(_ operation: ck_scalar_op, for member: Int, reads: [Int32]) {
    for slot in reads {
      accesses.append(Access(slot: slot, isWrite: false, position: operations.count, isAligned: true))
    }
    accesses.append(
      Access(slot: lowering.slot(of: member), isWrite: true, position: operations.count, isAligned: true))
    operations.append(operation)
  }

  /// The cell of an operand; what lies elsewhere is loaded into a new one.
  private mutating func cell(_ input: Int, _ emitter: inout Emitter) -> Int32 {
    let slot = lowering.slot(of: input)
    if case .cell = emitter.slots[Int(slot)].storage { return slot }
    if case .input = emitter.slots[Int(slot)].storage { return slot }
    let loaded = emitter.slot(.cell, 8)
    accesses.append(Access(slot: slot, isWrite: false, position: operations.count))
    accesses.append(Access(slot: loaded, isWrite: true, position: operations.count, isAligned: true))
    operations.append(operation(code(CK_SCALAR_LOAD_F64, node(input).type.dtype), loaded, slot, 0))
    return loaded
  }
}

// MARK: - Operations

extension ScalarBuilder {
  private mutating func append(_ member: Int, isAbsorbed: Bool, _ emitter: inout Emitter) {
    let node = node(member)
    guard let element = ElementOperation(node, in: lowering.graph) else { return }
    let out = lowering.slot(of: member)
    if case .draw(let draw) = element {
      let key = lowering.slot(of: node.inputs[0])
      var draws = operation(code(CK_SCALAR_DRAW_F64, node.type.dtype), out, key, 0)
      draws.sub = draw.kernelKind
      accesses.append(Access(slot: key, isWrite: false, position: operations.count))
      return emit(draws, for: member, reads: [])
    }
    if case .element = element { return appendElement(member, &emitter) }
    if case .binary(let opcode) = element, appendWithProduct(opcode, member, &emitter) { return }
    let inputs = node.inputs.map { cell($0, &emitter) }
    if isAbsorbed {
      products[member] = (inputs[0], inputs[1])
      return
    }
    var encoded = encode(element, member)
    encoded.d = out
    encoded.a = inputs[0]
    if inputs.count > 1 { encoded.b = inputs[1] }
    if inputs.count > 2 { encoded.c = inputs[2] }
    emit(encoded, for: member, reads: inputs)
  }

  private mutating func append(_ ratio: Ratio, _ member: Int, _ emitter: inout Emitter) {
    let top = cell(ratio.top, &emitter), bottom = cell(ratio.bottom, &emitter)
    let quotient = operation(code(CK_SCALAR_RATIO_F64, node(member).type.dtype), lowering.slot(of: member), top, bottom)
    emit(quotient, for: member, reads: [top, bottom])
  }

  private mutating func appendElement(_ member: Int, _ emitter: inout Emitter) {
    let inputs = node(member).inputs
    let table = lowering.slot(of: inputs[0]), index = cell(inputs[1], &emitter)
    accesses.append(Access(slot: table, isWrite: false, position: operations.count))
    let form = node(member).type.dtype == .f32 ? CK_SCALAR_ELEMENT_F32 : CK_SCALAR_ELEMENT_F64
    let count = Int32(node(inputs[0]).type.count)
    let out = lowering.slot(of: member)
    origins[operations.count] = node(member).origin
    emit(operation(UInt16(form.rawValue), out, table, index, count), for: member, reads: [index])
  }

  /// Code and function of an operation.
  private func encode(_ element: ElementOperation, _ member: Int) -> ck_scalar_op {
    let source = node(node(member).inputs[node(member).inputs.count - 1]).type.dtype
    switch element {
    case .unary(let opcode): return encode(unary: opcode, source)
    case .binary(let opcode): return encode(binary: opcode, source)
    case .select:
      return operation(
        source == .i64 ? UInt16(CK_SCALAR_SELECT_I64.rawValue) : code(CK_SCALAR_SELECT_F64, source), 0, 0, 0)
    case .convert: return operation(Self.conversion(from: source, to: node(member).type.dtype), 0, 0, 0)
    case .broadcast, .draw, .element: return operation(UInt16(CK_SCALAR_COPY.rawValue), 0, 0, 0)
    }
  }

  private func encode(unary opcode: UnaryOpcode, _ dtype: DType) -> ck_scalar_op {
    var result = operation(code(CK_SCALAR_UNARY_F64, dtype), 0, 0, 0)
    result.sub = UInt16(opcode.kernel.rawValue)
    if dtype == .i64 {
      result.code = UInt16(CK_SCALAR_UNARY_I64.rawValue)
      return result
    }
    switch opcode {
    case .negate: result.code = code(CK_SCALAR_NEG_F64, dtype)
    case .square: result.code = code(CK_SCALAR_SQUARE_F64, dtype)
    case .squareRoot: result.code = code(CK_SCALAR_SQRT_F64, dtype)
    default: break
    }
    return result
  }

  private func encode(binary opcode: BinaryOpcode, _ dtype: DType) -> ck_scalar_op {
    var result = operation(code(CK_SCALAR_BINARY_F64, dtype), 0, 0, 0)
    result.sub = UInt16(opcode.kernel?.rawValue ?? 0)
    if dtype == .i64 {
      let general = opcode.isComparison ? CK_SCALAR_COMPARE_I64 : CK_SCALAR_BINARY_I64
      result.code = UInt16((opcode == .add ? CK_SCALAR_ADD_I64 : general).rawValue)
      return result
    }
    switch opcode {
    case .add: result.code = code(CK_SCALAR_ADD_F64, dtype)
    case .subtract: result.code = code(CK_SCALAR_SUB_F64, dtype)
    case .multiply: result.code = code(CK_SCALAR_MUL_F64, dtype)
    case .divide: result.code = code(CK_SCALAR_DIV_F64, dtype)
    case .less: result.code = code(CK_SCALAR_LT_F64, dtype)
    case .lessEqual: result.code = code(CK_SCALAR_LE_F64, dtype)
    case .equal: result.code = code(CK_SCALAR_EQ_F64, dtype)
    case .notEqual: result.code = code(CK_SCALAR_NE_F64, dtype)
    case .scaleAdjoint: result.code = code(CK_SCALAR_SCALE_F64, dtype)
    default: break
    }
    return result
  }

  private static func conversion(from: DType, to: DType) -> UInt16 {
    let code =
      switch (from, to) {
      case (.f32, .f64): CK_SCALAR_F64_FROM_F32
      case (.i64, .f64): CK_SCALAR_F64_FROM_I64
      case (.f64, .f32): CK_SCALAR_F32_FROM_F64
      case (.i64, .f32): CK_SCALAR_F32_FROM_I64
      case (.f64, .i64): CK_SCALAR_I64_FROM_F64
      case (.f32, .i64): CK_SCALAR_I64_FROM_F32
      default: CK_SCALAR_COPY
      }
    return UInt16(code.rawValue)
  }
}

// MARK: - Products inside sums

extension ScalarBuilder {
  /// Products whose only reader is a later addition or subtraction of reals in this program.
  private func absorbableProducts(_ order: [Int]) -> Set<Int> {
    var result: Set<Int> = []
    for member in order {
      guard case .binary(let opcode)? = ElementOperation(node(member), in: lowering.graph),
        opcode == .add || opcode == .subtract, node(member).type.dtype.isReal
      else { continue }
      if let product = node(member).inputs.first(where: { isProduct($0, of: member) }) { result.insert(product) }
    }
    return result
  }

  private func isProduct(_ input: Int, of member: Int) -> Bool {
    guard lowering.graph.nodes[input].role == .element, lowering.unitNumber(input) == lowering.unitNumber(member),
      !lowering.isReadOutside(input), lowering.readerCount(input) == 1,
      case .binary(.multiply)? = ElementOperation(node(input), in: lowering.graph)
    else { return false }
    return node(member).inputs[0] != node(member).inputs[1]
  }

  private mutating func appendWithProduct(_ opcode: BinaryOpcode, _ member: Int, _ emitter: inout Emitter) -> Bool {
    guard opcode == .add || opcode == .subtract else { return false }
    let inputs = node(member).inputs
    guard let which = inputs.firstIndex(where: { products[$0] != nil }), let product = products[inputs[which]] else {
      return false
    }
    let other = cell(inputs[1 - which], &emitter)
    let form = opcode == .add ? CK_SCALAR_MULADD_F64 : which == 0 ? CK_SCALAR_MULSUB_F64 : CK_SCALAR_SUBMUL_F64
    let encoded = operation(
      code(form, node(member).type.dtype), lowering.slot(of: member), product.a, product.b, other)
    emit(encoded, for: member, reads: [product.a, product.b, other])
    return true
  }
}
