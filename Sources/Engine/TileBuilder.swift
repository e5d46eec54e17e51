import CKernels
import Graph
import Tensors

/// Makes the tile program of a unit.
struct TileBuilder {
  private let lowering: Lowering
  private let unit: Unit
  private let count: Int
  private var operations: [TileOperation] = []
  private var patterns: [(slot: Int32, sizes: [Int], strides: [Int])] = []
  private var values: [Int: TileOperand] = [:]
  private var virtualCount = 0
  /// Products computed inside the addition that uses them.
  private var absorbed: Set<Int> = []
  /// Members that others than this program read.
  private let kept: Set<Int>
  /// Quotients in which 0 / 0 is 0, and what lies inside them.
  private let ratios: [Int: Ratio]
  private let inner: Set<Int>

  init(_ unit: Unit, in lowering: Lowering) {
    self.lowering = lowering
    self.unit = unit
    count = lowering.graph.nodes[unit.members[0]].type.count
    kept = Set(unit.members.filter { lowering.isReadOutside($0) })
    ratios = Dictionary(
      uniqueKeysWithValues: unit.members.compactMap { (member) in lowering.ratio(member).map { (member, $0) } })
    inner = Set(ratios.values.flatMap(\.parts))
    absorbed = absorbableProducts()
  }

  /// The finished instruction, and what it touches.
  mutating func build(into emitter: inout Emitter) {
    for member in lowering.updatesLast(unit.members) where !absorbed.contains(member) && !inner.contains(member) {
      if !lowering.isRepeated(member) { append(member, &emitter) }
    }
    joinOperations()
    if !operations.isEmpty && !emitScaledNorm(&emitter) { encode(&emitter) }
  }

  /// A norm that is all of the program has a kernel of its own.
  private func emitScaledNorm(_ emitter: inout Emitter) -> Bool {
    guard operations.count == 1, operations[0].code == CK_TILE_SCALED_NORM, let total = operations[0].total,
      case .full(let vector) = operations[0].a, case .scalar(let scale)? = operations[0].b
    else { return false }
    var instruction = Instruction(code: .scaledNorm, out: total, a: vector, b: scale, n: count)
    instruction.isSingle = node(unit.members[0]).type.dtype == .f32
    emitter.emit(instruction)
    return true
  }
}

// MARK: - Operations

extension TileBuilder {
  private func node(_ index: Int) -> PlanNode { lowering.graph.nodes[index] }

  private mutating func append(_ member: Int, _ emitter: inout Emitter) {
    let node = node(member)
    if let ratio = ratios[member] { return append(ratio, member) }
    guard let operation = ElementOperation(node, in: lowering.graph) else { return appendReduction(member) }
    switch operation {
    case .unary(let opcode): appendUnary(opcode, member)
    case .binary(let opcode): appendBinary(opcode, member)
    case .select:
      let operands = node.inputs.map { operand($0, for: member) }
      let variant = (operands[1].isScalar ? 2 : 0) + (operands[2].isScalar ? 1 : 0)
      let condition = vector(operands[0])
      emit(
        TileOperation(
          code: code(CK_TILE_SELECT_VVV, variant), result: .virtual(0), a: condition, b: operands[1], c: operands[2]),
        for: member)
    case .broadcast:
      let source = operand(node.inputs[0], for: member)
      if kept.contains(member) { copy(source, for: member) } else { values[member] = source }
    case .draw(let draw):
      emit(
        TileOperation(
          code: CK_TILE_DRAW, sub: Int(draw.kernelKind), result: .virtual(0), a: .virtual(0),
          key: lowering.slot(of: node.inputs[0])), for: member)
    case .convert, .element: preconditionFailure("only scalar programs convert or index")
    }
  }

  private mutating func append(_ ratio: Ratio, _ member: Int) {
    let top = vector(operand(ratio.top, for: member)), bottom = vector(operand(ratio.bottom, for: member))
    emit(TileOperation(code: CK_TILE_RATIO_VV, result: .virtual(0), a: top, b: bottom), for: member)
  }

  private mutating func appendReduction(_ member: Int) {
    let operands = node(member).inputs.map { vector(elements($0, for: member)) }
    let reduction = TileOperation(
      code: operands.count == 1 ? CK_TILE_SUM : CK_TILE_DOT, result: .virtual(0), a: operands[0],
      b: operands.count == 1 ? nil : operands[1], total: lowering.slot(of: member))
    if let joined = operations.last?.joined(with: reduction) {
      operations[operations.count - 1] = joined
    } else {
      operations.append(reduction)
    }
  }

  private mutating func copy(_ source: TileOperand, for member: Int) {
    let code = source.isScalar ? CK_TILE_FILL : CK_TILE_COPY
    emit(TileOperation(code: code, result: .virtual(0), a: source), for: member)
  }

  private mutating func appendUnary(_ opcode: UnaryOpcode, _ member: Int) {
    let a = vector(operand(node(member).inputs[0], for: member))
    let code: ck_tile_code
    switch opcode {
    case .negate: code = CK_TILE_NEG
    case .absolute: code = CK_TILE_ABS
    case .square: code = CK_TILE_SQUARE
    case .squareRoot: code = CK_TILE_SQRT
    case .reciprocal: code = CK_TILE_RECIPROCAL
    case .relu: code = CK_TILE_RELU
    default: code = CK_TILE_UNARY
    }
    emit(TileOperation(code: code, sub: Int(opcode.kernel.rawValue), result: .virtual(0), a: a), for: member)
  }

  private mutating func appendBinary(_ opcode: BinaryOpcode, _ member: Int) {
    if appendWithProduct(opcode, member) { return }
    var a = operand(node(member).inputs[0], for: member)
    let b = operand(node(member).inputs[1], for: member)
    if a.isScalar && b.isScalar { a = vector(a) }
    guard let code = opcode.tileCode else {
      let strides = (a.isScalar ? 0 : 1) + (b.isScalar ? 0 : 2)
      let kernel = Int(opcode.kernel?.rawValue ?? 0)
      emit(
        TileOperation(code: CK_TILE_BINARY, sub: kernel, result: .virtual(0), a: a, b: b, strides: strides), for: member
      )
      return
    }
    let variant = a.isScalar ? 2 : b.isScalar ? 1 : 0
    emit(TileOperation(code: self.code(code, variant), result: .virtual(0), a: a, b: b), for: member)
  }

  /// Joins neighbours of which the first has no other reader, and drops vectors without any.
  private mutating func joinOperations() {
    var readers: [TileOperand: Int] = [:]
    for operation in operations {
      for case let operand? in operation.operands { readers[operand, default: 0] += 1 }
    }
    func isRead(_ operand: TileOperand, _ times: Int) -> Bool {
      if case .virtual = operand { readers[operand, default: 0] == times } else { false }
    }
    var result: [TileOperation] = []
    for operation in operations {
      if let last = result.last, isRead(last.result, 1), let joined = operation.joined(after: last) {
        result[result.count - 1] = joined
      } else {
        result.append(operation.hasResult && isRead(operation.result, 0) ? operation.withoutResult : operation)
      }
    }
    operations = result
  }

  private mutating func emit(_ operation: TileOperation, for member: Int) {
    var operation = operation
    operation.result = result(member)
    operations.append(operation)
  }

  /// Where a member's value goes: to memory where others read it, else to a register.
  private mutating func result(_ member: Int) -> TileOperand {
    let value: TileOperand
    if kept.contains(member) {
      value = .full(lowering.slot(of: member))
    } else {
      value = .virtual(virtualCount)
      virtualCount += 1
    }
    values[member] = value
    return value
  }

  private func code(_ first: ck_tile_code, _ variant: Int) -> ck_tile_code {
    ck_tile_code(rawValue: first.rawValue + UInt32(variant))
  }
}

// MARK: - Products inside sums

extension TileBuilder {
  /// Products whose only reader is an addition or subtraction of this program: a b + c in one operation
  /// (with two roundings, as apart).
  private func absorbableProducts() -> Set<Int> {
    var result: Set<Int> = []
    for member in unit.members {
      guard case .binary(let opcode)? = ElementOperation(node(member), in: lowering.graph) else { continue }
      guard opcode == .add || opcode == .subtract else { continue }
      let products = node(member).inputs.map { isProduct($0, of: member) }
      if products[0] && products[1] && opcode == .add && node(member).inputs.allSatisfy(isScaled) {
        for input in node(member).inputs { result.insert(lowering.graph.root(input)) }
      } else if let operand = products.firstIndex(of: true) {
        result.insert(lowering.graph.root(node(member).inputs[operand]))
      }
    }
    return result
  }

  private func isProduct(_ input: Int, of member: Int) -> Bool {
    let root = lowering.graph.root(input)
    guard root == input, lowering.unitNumber(root) == lowering.unitNumber(member), !kept.contains(root),
      lowering.readerCount(root) == 1, node(root).type.count == count,
      case .binary(.multiply)? = ElementOperation(node(root), in: lowering.graph)
    else { return false }
    return !(node(member).inputs[0] == node(member).inputs[1])
  }

  /// Whether a product has one factor that is one number.
  private func isScaled(_ product: Int) -> Bool {
    let counts = node(product).inputs.map { node($0).type.count }
    return counts.contains(1) && counts.contains(count)
  }

  private mutating func appendWithProduct(_ opcode: BinaryOpcode, _ member: Int) -> Bool {
    let inputs = node(member).inputs
    let products = inputs.map { absorbed.contains($0) }
    guard opcode == .add || opcode == .subtract, products.contains(true) else { return false }
    if products[0] && products[1] {
      let (x, y) = (factors(inputs[0]), factors(inputs[1]))
      if x.scalar.isScalar && y.scalar.isScalar && !x.vector.isScalar && !y.vector.isScalar {
        let operation = TileOperation(
          code: CK_TILE_MULMUL, result: .virtual(0), a: x.vector, b: x.scalar, c: y.vector, e: y.scalar)
        emit(operation, for: member)
        return true
      }
    }
    let which = products[0] ? 0 : 1
    if products[0] && products[1] { append(unabsorbing: inputs[1]) }
    let (a, b) = factors(inputs[which])
    let other = operand(inputs[1 - which], for: member)
    let first = opcode == .add ? CK_TILE_MULADD_VVV : which == 0 ? CK_TILE_MULSUB_VVV : CK_TILE_SUBMUL_VVV
    let variant = (b.isScalar ? 2 : 0) + (other.isScalar ? 1 : 0)
    emit(TileOperation(code: code(first, variant), result: .virtual(0), a: vector(a), b: b, c: other), for: member)
    return true
  }

  /// Computes a product after all that was to be part of a sum.
  private mutating func append(unabsorbing product: Int) {
    absorbed.remove(product)
    appendBinary(.multiply, product)
  }

  private mutating func factors(_ product: Int) -> (vector: TileOperand, scalar: TileOperand) {
    let a = operand(node(product).inputs[0], for: product), b = operand(node(product).inputs[1], for: product)
    return a.isScalar ? (b, a) : (a, b)
  }
}

// MARK: - Operands

extension TileBuilder {
  /// How the program reads input `input` of `member`.
  private mutating func operand(_ input: Int, for member: Int) -> TileOperand {
    if let value = value(of: lowering.graph.root(input), for: member) { return value }
    let slot = lowering.slot(of: input)
    let own = node(input).type, target = node(member).type
    if own.count == target.count { return .full(slot) }
    if own.count == 1 { return .scalar(slot) }
    let (sizes, strides) = Self.broadcast(own.shape, to: target.shape)
    let known = patterns.firstIndex { $0.slot == slot && $0.sizes == sizes && $0.strides == strides }
    if let known { return .pattern(known) }
    patterns.append((slot, sizes, strides))
    return .pattern(patterns.count - 1)
  }

  /// What this program computed already, or computes anew.
  private mutating func value(of root: Int, for member: Int) -> TileOperand? {
    if lowering.isRepeated(root) { return values[root] ?? repeated(root) }
    return lowering.unitNumber(root) == lowering.unitNumber(member) ? values[root] : nil
  }

  private mutating func repeated(_ product: Int) -> TileOperand {
    let (vector, scalar) = factors(product)
    let value = TileOperand.virtual(virtualCount)
    virtualCount += 1
    values[product] = value
    operations.append(TileOperation(code: CK_TILE_MUL_VS, result: value, a: vector, b: scalar))
    return value
  }

  /// An operand that has one element for each of the program.
  private mutating func elements(_ input: Int, for member: Int) -> TileOperand {
    if let value = value(of: lowering.graph.root(input), for: member) { return value }
    return .full(lowering.slot(of: input))
  }

  /// The operand as a vector: one number is spread over a register.
  private mutating func vector(_ operand: TileOperand) -> TileOperand {
    guard operand.isScalar else { return operand }
    let spread = TileOperand.virtual(virtualCount)
    virtualCount += 1
    operations.append(TileOperation(code: CK_TILE_FILL, result: spread, a: operand))
    return spread
  }

  /// Sizes of the target, neighbouring axes joined where possible, and the operand's stride along each.
  static func broadcast(_ shape: Shape, to target: Shape) -> (sizes: [Int], strides: [Int]) {
    let missing = target.rank - shape.rank
    var sizes: [Int] = [], strides: [Int] = []
    for axis in 0..<target.rank where target[axis] != 1 {
      let repeats = axis < missing || shape[axis - missing] == 1
      let stride = repeats ? 0 : shape.strides[axis - missing]
      if let last = strides.last, last == stride * target[axis] {
        sizes[sizes.count - 1] *= target[axis]
        strides[strides.count - 1] = stride
      } else {
        sizes.append(target[axis])
        strides.append(stride)
      }
    }
    return sizes.isEmpty ? ([1], [0]) : (sizes, strides)
  }
}

// MARK: - Encoding

extension TileBuilder {
  private func encode(_ emitter: inout Emitter) {
    var numbers = TileOperandNumbers(patternCount: patterns.count)
    for operation in operations {
      for operand in [
        operation.hasResult ? operation.result : nil, operation.a, operation.b, operation.c, operation.e,
      ] {
        if let operand { numbers.note(operand) }
      }
    }
    numbers.allocateRegisters(operations)
    var keys: [Int32] = [], totals: [Int32] = []
    var encoded: [ck_tile_op] = []
    for operation in operations { encoded.append(encode(operation, numbers, &keys, &totals)) }
    var program = ck_tile_program()
    program.count = count
    program.ops = Int32(encoded.count)
    program.fulls = Int32(numbers.fulls.count)
    program.patterns = Int32(patterns.count)
    program.scalars = Int32(numbers.scalars.count)
    program.registers = Int32(numbers.registerCount)
    program.keys = Int32(keys.count)
    program.results = Int32(totals.count)
    program.op = UnsafePointer(emitter.memory.store(encoded))
    program.slot = UnsafePointer(emitter.memory.store(numbers.fulls + numbers.scalars))
    program.pattern = UnsafePointer(emitter.memory.store(patterns.map(Self.kernelPattern)))
    program.key = UnsafePointer(emitter.memory.store(keys))
    program.result = UnsafePointer(emitter.memory.store(totals))
    program.stream = stream(of: program, in: emitter.memory)
    var instruction = Instruction(code: .tiles)
    instruction.isSingle = node(unit.members[0]).type.dtype == .f32
    instruction.n = count
    instruction.parameters = UnsafeMutableRawPointer(emitter.memory.store([program]))
    emitter.emit(instruction, accesses: accesses(numbers, keys, totals))
  }

  /// The same program on an accumulator; nil where it does not become one.
  private func stream(of program: ck_tile_program, in memory: PlanMemory) -> UnsafePointer<ck_stream_op>? {
    let limit = Int(program.ops) * Int(CK_STREAM_GROWTH) + 1
    let operations = [ck_stream_op](unsafeUninitializedCapacity: limit) { buffer, count in
      count = withUnsafePointer(to: program) { ck_stream_make($0, buffer.baseAddress) }
    }
    return operations.isEmpty ? nil : UnsafePointer(memory.store(operations))
  }

  private func encode(
    _ operation: TileOperation, _ numbers: TileOperandNumbers, _ keys: inout [Int32], _ totals: inout [Int32]
  ) -> ck_tile_op {
    var op = ck_tile_op()
    op.code = UInt16(operation.code.rawValue)
    op.sub = UInt16(operation.sub)
    if operation.hasResult { op.d = numbers.number(operation.result) }
    if let total = operation.total {
      if operation.hasResult { op.e = UInt16(totals.count) } else { op.d = UInt16(totals.count) }
      totals.append(total)
    }
    if let key = operation.key {
      op.a = UInt16(keys.count)
      keys.append(key)
      return op
    }
    op.a = numbers.number(operation.a)
    if let b = operation.b { op.b = numbers.number(b) }
    if let strides = operation.strides { op.c = UInt16(strides) }
    if let c = operation.c { op.c = numbers.number(c) }
    if let e = operation.e { op.e = numbers.number(e) }
    return op
  }

  private static func kernelPattern(_ pattern: (slot: Int32, sizes: [Int], strides: [Int])) -> ck_tile_pattern {
    var result = ck_tile_pattern()
    result.rank = Int32(pattern.sizes.count)
    result.slot = pattern.slot
    withUnsafeMutableBytes(of: &result.sizes) { $0.copyBytes(from: pattern.sizes.withUnsafeBytes { Array($0) }) }
    withUnsafeMutableBytes(of: &result.strides) { $0.copyBytes(from: pattern.strides.withUnsafeBytes { Array($0) }) }
    return result
  }

  private func accesses(_ numbers: TileOperandNumbers, _ keys: [Int32], _ totals: [Int32]) -> [Access] {
    var lastRead: [Int32: Int] = [:], write: [Int32: Int] = [:]
    for (position, operation) in operations.enumerated() {
      for case .full(let slot)? in [operation.a, operation.b, operation.c, operation.e] { lastRead[slot] = position }
      if operation.hasResult, case .full(let slot) = operation.result { write[slot] = position }
    }
    var result: [Access] = []
    for slot in numbers.fulls {
      if let position = lastRead[slot], write[slot] == nil {
        result.append(Access(slot: slot, isWrite: false, position: position, isAligned: true))
      }
    }
    for slot in patterns.map(\.slot) + numbers.scalars + keys { result.append(Access(slot: slot, isWrite: false)) }
    for slot in totals { result.append(Access(slot: slot, isWrite: true, position: operations.count)) }
    for slot in numbers.fulls {
      if let position = write[slot] {
        result.append(Access(slot: slot, isWrite: true, position: position, isAligned: true))
      }
    }
    return result
  }
}
