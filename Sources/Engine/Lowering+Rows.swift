import CKernels
import Graph
import Tensors

// Whole-tensor nodes that combine elements along axes, order them, draw or convert them.

extension Lowering {
  /// Reduces along axes, neighbouring ones at once.
  func lowerReduction(_ node: Int, _ operation: ck_reduce_op, _ axes: [Int]) -> Bool {
    let source = input(node, 0)
    if type(node).dtype == .i64 && operation == CK_PROD { return false }
    emitReduction(of: source, along: axes, operation, to: slot(of: node))
    return true
  }

  /// Writes the reduction of `source` along `axes` to `out`.
  func emitReduction(of source: Value, along axes: [Int], _ operation: ck_reduce_op, to out: Int32) {
    var current = source
    var segments = Self.segments(of: source.type.shape, axes: axes)
    if segments.isEmpty {
      return emitter.emit(Instruction(code: .copy, out: out, a: source.slot, n: source.type.byteCount))
    }
    while let last = segments.popLast() {
      let count = current.type.count / last.count
      let reduced = TensorType([count], source.type.dtype)
      let target = segments.isEmpty ? out : emitter.slot(for: reduced)
      var instruction = Instruction(code: .reduceAxis, out: target, a: current.slot)
      instruction.flags = UInt16(operation.rawValue)
      instruction.isSingle = source.type.dtype == .f32
      instruction.c = -1
      (instruction.m, instruction.n, instruction.k) = (count / last.inner, last.count, last.inner)
      if source.type.dtype == .i64 { instruction.code = .reduceIntegers }
      if count == 1 && source.type.dtype.isReal { instruction.code = .reduce }
      emitter.emit(instruction)
      current = Value(slot: target, type: reduced)
    }
  }

  /// Runs of reduced axes from first to last: elements in the run, and elements after it once all later
  /// runs are reduced.
  ///
  /// Axes of size 1 do not matter.
  private static func segments(of shape: Shape, axes: [Int]) -> [(count: Int, inner: Int)] {
    var result: [(count: Int, inner: Int)] = []
    var inner = 1, isInside = false
    for axis in (0..<shape.rank).reversed() where shape[axis] != 1 {
      if axes.contains(axis) {
        if isInside { result[result.count - 1].count *= shape[axis] } else { result.append((shape[axis], inner)) }
      } else {
        inner *= shape[axis]
      }
      isInside = axes.contains(axis)
    }
    return result.reversed()
  }

  func lowerRows(_ node: Int) -> Bool {
    let source = graph.nodes[node].inputs.isEmpty ? nil : input(node, 0)
    guard let source else { return false }
    switch graph.nodes[node].primitive {
    case is LogSumExp: return emitRows(.logSumExp, node, source)
    case is Softmax: return emitRows(.softmax, node, source)
    case is ArgMax: return emitRows(.argMax, node, source)
    case is ArgMin: return emitRows(.argMin, node, source)
    case let sum as CumulativeSum: return emitCumulative(.cumulativeSum, node, sum.axis, reverse: sum.reverse)
    case let product as CumulativeProduct:
      return emitCumulative(.cumulativeProduct, node, product.axis, reverse: product.reverse)
    case is ArgSort: return emitOrder(.argSort, node, source)
    case let top as TopKIndices: return emitOrder(.topIndices, node, source, k: top.k, flags: top.byMagnitude ? 1 : 0)
    case let draw as Draw: return lower(draw, node, source)
    default: return false
    }
  }

  private func emitRows(_ code: InstructionCode, _ node: Int, _ source: Value) -> Bool {
    guard source.type.dtype.isReal else { return false }
    var instruction = Instruction(code: code, out: slot(of: node), a: source.slot)
    instruction.isSingle = source.type.dtype == .f32
    instruction.n = source.type.lastSize
    instruction.m = source.type.count / instruction.n
    emitter.emit(instruction)
    return true
  }

  private func emitCumulative(_ code: InstructionCode, _ node: Int, _ axis: Int, reverse: Bool) -> Bool {
    guard type(node).dtype.isReal else { return false }
    let shape = type(node).shape
    var instruction = Instruction(code: code, out: slot(of: node), a: input(node, 0).slot)
    instruction.isSingle = type(node).dtype == .f32
    instruction.flags = reverse ? 1 : 0
    instruction.n = shape[axis]
    instruction.k = shape.strides[axis]
    instruction.m = shape.count / (instruction.n * instruction.k)
    emitter.emit(instruction)
    return true
  }

  /// Sorting kernels, with room for one row of positions.
  private func emitOrder(
    _ code: InstructionCode, _ node: Int, _ source: Value, k: Int = 0, flags: UInt16 = 0
  ) -> Bool {
    guard source.type.dtype.isReal else { return false }
    let room = emitter.slot(.temporary, source.type.lastSize * 8)
    var instruction = Instruction(code: code, flags: flags, out: slot(of: node), a: source.slot, c: room)
    instruction.isSingle = source.type.dtype == .f32
    instruction.n = source.type.lastSize
    instruction.m = source.type.count / instruction.n
    instruction.k = k
    let list = [
      Access(slot: source.slot, isWrite: false), Access(slot: room, isWrite: true),
      Access(slot: instruction.out, isWrite: true),
    ]
    emitter.emit(instruction, accesses: list)
    return true
  }

  private func lower(_ draw: Draw, _ node: Int, _ key: Value) -> Bool {
    var instruction = Instruction(code: .draw, flags: draw.kernelKind, out: slot(of: node), a: key.slot)
    instruction.isSingle = draw.dtype == .f32
    instruction.m = key.type.count / 3
    instruction.n = draw.shape.count
    if case .index(let below) = draw.distribution { instruction.k = below }
    emitter.emit(instruction)
    return true
  }
}

// MARK: - Whole numbers and conversions

extension Lowering {
  func lowerIntegers(_ node: Int) -> Bool {
    let content = graph.nodes[node]
    switch content.primitive {
    case let convert as Convert: return lower(convert, node)
    case let unary as any ElementwiseUnary where content.type.dtype == .i64:
      let operation = Swift.type(of: unary).opcode.kernel
      var instruction = Instruction(code: .unaryIntegers, out: slot(of: node), a: input(node, 0).slot)
      instruction.flags = UInt16(operation.rawValue)
      instruction.n = content.type.count
      emitter.emit(instruction)
      return true
    case let binary as any ElementwiseBinary where input(node, 0).type.dtype == .i64:
      return lowerIntegerBinary(Swift.type(of: binary).opcode, node)
    default: return false
    }
  }

  private func lower(_ convert: Convert, _ node: Int) -> Bool {
    let source = input(node, 0)
    var instruction = Instruction(code: .convert, out: slot(of: node), a: source.slot, n: source.type.count)
    instruction.flags = UInt16(source.type.dtype.rawValue) * 4 + UInt16(convert.dtype.rawValue)
    emitter.emit(instruction)
    return true
  }

  private func lowerIntegerBinary(_ opcode: BinaryOpcode, _ node: Int) -> Bool {
    guard let kernel = opcode.kernel else { return false }
    let a = expanded(input(node, 0), to: type(node).shape), b = expanded(input(node, 1), to: type(node).shape)
    var instruction = Instruction(code: .binaryIntegers, out: slot(of: node), a: a.slot, b: b.slot)
    instruction.flags = UInt16(kernel.rawValue)
    (instruction.m, instruction.k) = (a.type.count == 1 ? 0 : 1, b.type.count == 1 ? 0 : 1)
    instruction.n = type(node).count
    guard opcode.isComparison else {
      emitter.emit(instruction)
      return true
    }
    let whole = emitter.slot(.temporary, instruction.n * 8)
    instruction.out = whole
    emitter.emit(instruction)
    let flags = UInt16(DType.i64.rawValue) * 4 + UInt16(DType.f64.rawValue)
    emitter.emit(Instruction(code: .convert, flags: flags, out: slot(of: node), a: whole, n: instruction.n))
    return true
  }

  /// The operand itself where it has all elements or one, else a copy with its elements repeated.
  private func expanded(_ value: Value, to shape: Shape) -> Value {
    if value.type.count == shape.count || value.type.count == 1 { return value }
    let (sizes, strides) = TileBuilder.broadcast(value.type.shape, to: shape)
    let whole = TensorType(shape, value.type.dtype)
    let out = emitter.slot(for: whole)
    var instruction = Instruction(code: .stridedCopy, out: out, a: value.slot)
    instruction.parameters = emitter.layout(sizes, strides, elementBytes: value.type.dtype.byteCount)
    emitter.emit(instruction)
    return Value(slot: out, type: whole)
  }
}
