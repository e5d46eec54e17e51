import CKernels
import Graph
import Tensors

// Whole-tensor nodes that move elements: slices, padding, joining, transposition, gathering, windows.

extension Lowering {
  func lowerMovement(_ node: Int) -> Bool {
    switch graph.nodes[node].primitive {
    case let slice as Slice: lower(slice, node)
    case let pad as Pad: lower(pad, node)
    case let concatenate as Concatenate: lower(concatenate, node)
    case let reverse as Reverse: lower(reverse, node)
    case let transpose as Transpose: emitTranspose(of: input(node, 0), to: slot(of: node), transpose.permutation)
    case is BroadcastTo: lowerBroadcast(node)
    case is GatherRows: lowerGatherRows(node)
    case is ScatterAddRows: lowerScatterAddRows(node)
    case is AddRows: lowerAddRows(node)
    case is FirstPlaces: lowerFirstPlaces(node)
    case is TakeAlongLast: lowerTakeAlongLast(node)
    case is ScatterAlongLast: lowerScatterAlongLast(node)
    case let checked as CheckedIndex: lower(checked, node)
    case let patches as Patches: return lower(patches, node)
    case let fold as FoldPatches: return lower(fold, node)
    default: return false
    }
    return true
  }

  /// A value as the emitting functions take it.
  struct Value {
    var slot: Int32
    var type: TensorType
  }

  func input(_ node: Int, _ index: Int) -> Value {
    let source = graph.nodes[node].inputs[index]
    return Value(slot: slot(of: source), type: type(source))
  }

  private func lower(_ slice: Slice, _ node: Int) {
    let source = input(node, 0)
    if graph.isContiguous(slice, of: source.type.shape) && emitter.isFixed(source.slot) && !isReadAfterwards(node) {
      return setSlot(of: node, to: part(of: source.slot, slice, source.type, type(node)))
    }
    let first = zip(slice.starts, source.type.shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
    emitStrided(.stridedCopy, out: slot(of: node), a: source.slot, type(node), source.type.shape.strides, first)
  }

  /// Copies between a dense array of `type` and the elements at `strides` of another.
  private func emitStrided(
    _ code: InstructionCode, out: Int32, a: Int32, _ type: TensorType, _ strides: [Int], _ offset: Int
  ) {
    var instruction = Instruction(code: code, isSingle: type.dtype == .f32, out: out, a: a)
    instruction.parameters = emitter.layout(
      type.shape.sizes, strides, offset: offset, elementBytes: type.dtype.byteCount)
    emitter.emit(instruction)
  }

  private func lower(_ pad: Pad, _ node: Int) {
    let source = input(node, 0), strides = type(node).shape.strides
    emitter.emit(Instruction(code: .zero, out: slot(of: node), n: type(node).byteCount))
    let first = zip(pad.low, strides).reduce(0) { $0 + $1.0 * $1.1 }
    emitStrided(.stridedStore, out: slot(of: node), a: source.slot, source.type, strides, first)
  }

  private func lower(_ concatenate: Concatenate, _ node: Int) {
    let strides = type(node).shape.strides
    var first = 0
    for index in graph.nodes[node].inputs.indices {
      let source = input(node, index)
      if source.type.count > 0 {
        emitStrided(.stridedStore, out: slot(of: node), a: source.slot, source.type, strides, first)
      }
      first += source.type.shape[concatenate.axis] * strides[concatenate.axis]
    }
  }

  private func lower(_ reverse: Reverse, _ node: Int) {
    var strides = type(node).shape.strides, first = 0
    for axis in reverse.axes {
      first += (type(node).shape[axis] - 1) * strides[axis]
      strides[axis] = -strides[axis]
    }
    emitStrided(.stridedCopy, out: slot(of: node), a: input(node, 0).slot, type(node), strides, first)
  }

  private func lowerBroadcast(_ node: Int) {
    let source = input(node, 0)
    let (sizes, strides) = TileBuilder.broadcast(source.type.shape, to: type(node).shape)
    emitStrided(
      .stridedCopy, out: slot(of: node), a: source.slot, TensorType(Shape(sizes), source.type.dtype), strides, 0)
  }

  /// Writes a transposed array; axes that stay together move as one.
  func emitTranspose(of source: Value, to out: Int32, _ permutation: [Int]) {
    let shape = source.type.shape
    var sizes: [Int] = [], strides: [Int] = []
    for axis in permutation where shape[axis] != 1 {
      let stride = shape.strides[axis]
      if let last = strides.last, last == stride * shape[axis] {
        sizes[sizes.count - 1] *= shape[axis]
        strides[strides.count - 1] = stride
      } else {
        sizes.append(shape[axis])
        strides.append(stride)
      }
    }
    if strides.count == 2 && strides[0] == 1 && strides[1] == sizes[0] {
      var instruction = Instruction(code: .transpose, out: out, a: source.slot, m: sizes[1], n: sizes[0])
      instruction.k = source.type.dtype.byteCount
      return emitter.emit(instruction)
    }
    emitStrided(.stridedCopy, out: out, a: source.slot, TensorType(Shape(sizes), source.type.dtype), strides, 0)
  }
}

// MARK: - Indices

extension Lowering {
  private func lowerGatherRows(_ node: Int) {
    let table = input(node, 0), index = input(node, 1)
    let rowBytes = table.type.shape.sizes.dropFirst().reduce(table.type.dtype.byteCount, *)
    let rows = table.type.shape[0]
    if index.type.count == 1 && type(node).count > 1 && !isReadAfterwards(node) {
      // One row is read where it lies.
      let view = emitter.slot(.view(of: table.slot), rowBytes)
      setSlot(of: node, to: view)
      return emitter.emit(
        Instruction(code: .row, out: view, a: table.slot, b: index.slot, m: rows, n: rowBytes))
    }
    var instruction = Instruction(code: .gatherRows, out: slot(of: node), a: table.slot, b: index.slot)
    (instruction.m, instruction.n, instruction.k) = (rows, index.type.count, rowBytes)
    emitter.emit(instruction)
  }

  private func lowerScatterAddRows(_ node: Int) {
    let index = input(node, 0), values = input(node, 1)
    let rows = type(node).shape[0]
    emitter.emit(Instruction(code: .zero, out: slot(of: node), n: type(node).byteCount))
    var instruction = Instruction(code: .scatterAddRows, out: slot(of: node), a: values.slot, b: index.slot)
    instruction.isSingle = type(node).dtype == .f32
    instruction.flags = type(node).dtype == .i64 ? 1 : 0
    (instruction.m, instruction.n, instruction.k) = (rows, index.type.count, type(node).count / rows)
    emitter.emit(instruction)
  }

  /// Adds rows to a copy of the table, or to the table itself where the copy is planned in its place.
  private func lowerAddRows(_ node: Int) {
    let table = input(node, 0), index = input(node, 1), values = input(node, 2), out = slot(of: node)
    let rows = type(node).shape[0]
    emitter.emit(
      Instruction(code: .copy, out: out, a: table.slot, n: type(node).byteCount),
      accesses: [
        Access(slot: table.slot, isWrite: false, isAligned: true),
        Access(slot: out, isWrite: true, position: 1, isAligned: true),
      ])
    var instruction = Instruction(code: .scatterAddRows, out: out, a: values.slot, b: index.slot)
    instruction.isSingle = type(node).dtype == .f32
    (instruction.m, instruction.n, instruction.k) = (rows, index.type.count, type(node).count / rows)
    emitter.emit(instruction)
  }

  private func lowerFirstPlaces(_ node: Int) {
    let index = input(node, 0), count = index.type.lastSize
    var capacity = 2
    while capacity < 2 * count { capacity *= 2 }
    let room = emitter.slot(.temporary, capacity * 8)
    var instruction = Instruction(code: .firstPlaces, out: slot(of: node), b: index.slot, c: room)
    (instruction.m, instruction.n, instruction.k) = (count == 0 ? 0 : index.type.count / count, count, capacity)
    emitter.emit(
      instruction,
      accesses: [
        Access(slot: index.slot, isWrite: false), Access(slot: room, isWrite: true),
        Access(slot: instruction.out, isWrite: true),
      ])
  }

  private func lowerTakeAlongLast(_ node: Int) {
    let values = input(node, 0), index = input(node, 1)
    var instruction = Instruction(code: .takeAlongLast, out: slot(of: node), a: values.slot, b: index.slot)
    instruction.isSingle = values.type.dtype == .f32
    instruction.n = values.type.lastSize
    instruction.k = index.type.lastSize
    instruction.m = values.type.count / instruction.n
    emitter.emit(instruction)
  }

  private func lowerScatterAlongLast(_ node: Int) {
    let index = input(node, 0), values = input(node, 1)
    emitter.emit(Instruction(code: .zero, out: slot(of: node), n: type(node).byteCount))
    var instruction = Instruction(code: .scatterAlongLast, out: slot(of: node), a: values.slot, b: index.slot)
    instruction.isSingle = type(node).dtype == .f32
    instruction.flags = type(node).dtype == .i64 ? 1 : 0
    instruction.n = type(node).lastSize
    instruction.k = index.type.lastSize
    instruction.m = type(node).count / instruction.n
    emitter.emit(instruction)
  }

  private func lower(_ checked: CheckedIndex, _ node: Int) {
    var instruction = Instruction(code: .checkIndices, out: slot(of: node), b: input(node, 0).slot)
    (instruction.m, instruction.n) = (checked.count, type(node).count)
    emitter.emit(instruction)
  }

  /// Something read by index where there is nothing: whichever the index, it is outside.
  func lowerEmptyTable(_ node: Int) -> Bool {
    let content = graph.nodes[node]
    guard content.type.count > 0, content.primitive is GatherRows || content.primitive is TakeAlongLast else {
      return false
    }
    let index = input(node, 1)
    let bound = content.primitive is GatherRows ? type(content.inputs[0]).shape[0] : 0
    var instruction = Instruction(code: .gatherRows, out: slot(of: node), b: index.slot)
    (instruction.m, instruction.n, instruction.k) = (bound, index.type.count, 0)
    emitter.emit(instruction)
    return true
  }
}

// MARK: - Windows

extension Lowering {
  private func lower(_ patches: Patches, _ node: Int) -> Bool {
    let images = input(node, 0)
    return emitWindows(
      .patches, node, images: images.type.shape, kernel: patches.kernel, patches.stride, patches.padding)
  }

  private func lower(_ fold: FoldPatches, _ node: Int) -> Bool {
    guard type(node).dtype.isReal else { return false }
    emitter.emit(Instruction(code: .zero, out: slot(of: node), n: type(node).byteCount))
    let kernel = Array(input(node, 0).type.shape.sizes.suffix(2))
    return emitWindows(.foldPatches, node, images: type(node).shape, kernel: kernel, fold.stride, fold.padding)
  }

  private func emitWindows(
    _ code: InstructionCode, _ node: Int, images: Shape, kernel: [Int], _ stride: [Int], _ padding: [Int]
  ) -> Bool {
    guard type(node).dtype.isReal else { return false }
    let rank = images.rank
    let window = ck_window(
      images: images.sizes.dropLast(3).reduce(1, *), channels: images[rank - 3], height: images[rank - 2],
      width: images[rank - 1], kernelHeight: kernel[0], kernelWidth: kernel[1], strideHeight: stride[0],
      strideWidth: stride[1], padHeight: padding[0], padWidth: padding[1])
    var instruction = Instruction(code: code, out: slot(of: node), a: input(node, 0).slot)
    instruction.isSingle = type(node).dtype == .f32
    instruction.parameters = UnsafeMutableRawPointer(emitter.memory.store([window]))
    emitter.emit(instruction)
    return true
  }
}

extension TensorType {
  /// Size of the last axis.
  var lastSize: Int { shape.sizes.last ?? 1 }
}
