import CKernels
import Graph
import Tensors

// Products of two arrays. Labels fall into four groups: batch (both operands and result), rows (left and
// result), columns (right and result) and summed (both operands). Where each group's labels lie together the
// operands are read as they are, transposed or not; otherwise they are transposed first.

/// One operand of a contraction: its memory and its axes, by label.
private struct LabelledValue {
  /// The type is that of one member.
  var value: Lowering.Value
  var labels: [Int]
  /// How many members lie one after the other; nil for a value that all members share.
  var members: Int?

  init(value: Lowering.Value, labels: [Int], members: Int? = nil) {
    self.value = value
    self.labels = labels
    self.members = members
  }

  /// The value with its first label, if that is `member`, taken away.
  func separated(_ member: Int?) -> LabelledValue {
    guard let member, labels.first == member else { return self }
    let type = TensorType(Shape(Array(value.type.shape.sizes.dropFirst())), value.type.dtype)
    return LabelledValue(
      value: Lowering.Value(slot: value.slot, type: type), labels: Array(labels.dropFirst()),
      members: value.type.shape[0])
  }

  /// The value of all members together.
  var whole: Lowering.Value { Lowering.Value(slot: value.slot, type: type(value.type.shape.sizes)) }

  /// The type of all members together, where one has the given sizes.
  func type(_ sizes: [Int]) -> TensorType {
    TensorType(Shape((members.map { [$0] } ?? []) + sizes), value.type.dtype)
  }

  func size(_ label: Int) -> Int? { labels.firstIndex(of: label).map { value.type.shape[$0] } }

  /// The operand without axes of size 1.
  func withoutUnits() -> LabelledValue {
    let kept = labels.indices.filter { value.type.shape[$0] != 1 }
    let type = TensorType(Shape(kept.map { value.type.shape[$0] }), value.type.dtype)
    return LabelledValue(
      value: Lowering.Value(slot: value.slot, type: type), labels: kept.map { labels[$0] }, members: members)
  }

  /// Stride of the group as one axis, or nil where its labels do not lie together in order; 0 for no labels.
  func stride(_ group: [Int]) -> Int? {
    guard let first = group.first, let last = group.last else { return 0 }
    guard let start = labels.firstIndex(of: first), start + group.count <= labels.count,
      Array(labels[start..<start + group.count]) == group
    else { return nil }
    return labels.firstIndex(of: last).map { value.type.shape.strides[$0] }
  }
}

/// The labels of a contraction by what they do.
private struct LabelGroups {
  var batch: [Int]
  var rows: [Int]
  var columns: [Int]
  var summed: [Int]
}

/// A matrix in memory: transposed or not, its row stride, and the stride between members of a batch.
private struct MatrixLayout {
  var isTransposed: Bool
  var stride: Int
  var batchStride: Int

  /// Nil where neither the rows nor the columns are contiguous.
  init?(_ operand: LabelledValue, batch: [Int], rows: [Int], columns: [Int]) {
    guard let batchStride = operand.stride(batch), let row = operand.stride(rows),
      let column = operand.stride(columns)
    else { return nil }
    self.batchStride = batchStride
    if columns.isEmpty || column == 1 {
      isTransposed = false
      stride = rows.isEmpty ? operand.count(columns) : row
    } else if rows.isEmpty || row == 1 {
      isTransposed = true
      stride = column
    } else {
      return nil
    }
  }
}

extension LabelledValue {
  /// A permutation of one member's axes as one of the whole value's.
  func withMembersFirst(_ permutation: [Int]) -> [Int] {
    members == nil ? permutation : [0] + permutation.map { $0 + 1 }
  }

  func count(_ group: [Int]) -> Int { group.reduce(1) { $0 * (size($1) ?? 1) } }
}

extension Lowering {
  func lower(_ contract: Contract, _ node: Int) -> Bool {
    let left = summedAlone(LabelledValue(value: input(node, 0), labels: contract.left), contract.right, contract)
    let right = summedAlone(LabelledValue(value: input(node, 1), labels: contract.right), contract.left, contract)
    let result = LabelledValue(
      value: Value(slot: slot(of: node), type: type(node)), labels: contract.output)
    emitProduct(
      left.separated(contract.member).withoutUnits(), right.separated(contract.member).withoutUnits(),
      result.separated(contract.member).withoutUnits())
    return true
  }

  /// The operand summed over labels that appear nowhere else.
  private func summedAlone(_ operand: LabelledValue, _ other: [Int], _ contract: Contract) -> LabelledValue {
    let alone = operand.labels.indices.filter {
      !other.contains(operand.labels[$0]) && !contract.output.contains(operand.labels[$0])
    }
    if alone.isEmpty { return operand }
    let kept = operand.labels.indices.filter { !alone.contains($0) }
    let type = TensorType(Shape(kept.map { operand.value.type.shape[$0] }), operand.value.type.dtype)
    let out = emitter.slot(for: type)
    emitReduction(of: operand.value, along: alone, CK_SUM, to: out)
    return LabelledValue(value: Value(slot: out, type: type), labels: kept.map { operand.labels[$0] })
  }

  private func emitProduct(_ left: LabelledValue, _ right: LabelledValue, _ result: LabelledValue) {
    let groups = LabelGroups(
      batch: result.labels.filter { left.labels.contains($0) && right.labels.contains($0) },
      rows: result.labels.filter { left.labels.contains($0) && !right.labels.contains($0) },
      columns: result.labels.filter { !left.labels.contains($0) && right.labels.contains($0) },
      summed: left.labels.filter { right.labels.contains($0) && !result.labels.contains($0) })
    if groups.rows.isEmpty && groups.columns.isEmpty && groups.summed.isEmpty && !groups.batch.isEmpty {
      return emitElementwiseProduct(left, right, result)
    }
    // The result's innermost labels are columns; if they are rows, the operands change places.
    if let last = result.labels.last, groups.rows.contains(last) && !groups.columns.isEmpty {
      let swapped = LabelGroups(
        batch: groups.batch, rows: groups.columns, columns: groups.rows, summed: groups.summed)
      return emitProduct(right, left, result, swapped)
    }
    emitProduct(left, right, result, groups)
  }

  /// out = a ∘ b where all labels are shared.
  private func emitElementwiseProduct(_ left: LabelledValue, _ right: LabelledValue, _ result: LabelledValue) {
    let a = arranged(left, as: result.labels), b = arranged(right, as: result.labels)
    var instruction = Instruction(code: .binary, out: result.value.slot, a: a.value.slot, b: b.value.slot)
    instruction.flags = UInt16(CK_MUL.rawValue)
    instruction.isSingle = result.value.type.dtype == .f32
    instruction.n = result.value.type.count
    emit(instruction, result, [a, b])
  }

  /// The operand with its axes in the given order: itself, or a transposed copy.
  private func arranged(_ operand: LabelledValue, as labels: [Int]) -> LabelledValue {
    if operand.labels == labels { return operand }
    let permutation = labels.map { operand.labels.firstIndex(of: $0) ?? 0 }
    let sizes = permutation.map { operand.value.type.shape[$0] }
    let out = emitter.slot(for: operand.type(sizes))
    emitTranspose(of: operand.whole, to: out, operand.withMembersFirst(permutation))
    let type = TensorType(Shape(sizes), operand.value.type.dtype)
    return LabelledValue(value: Value(slot: out, type: type), labels: labels, members: operand.members)
  }

  /// Emits an instruction for one member as it is, or for all members of the result.
  private func emit(_ instruction: Instruction, _ result: LabelledValue, _ operands: [LabelledValue]) {
    guard let count = result.members else { return emitter.emit(instruction) }
    func stride(_ slot: Int32) -> Int {
      let value = operands.first { $0.value.slot == slot }
      return value?.members == nil ? 0 : value?.value.type.byteCount ?? 0
    }
    var all = Instruction(code: .members, out: instruction.out, a: instruction.a, b: instruction.b)
    let members = MemberInstruction(
      instruction: instruction, count: count, strideOut: result.value.type.byteCount, strideA: stride(instruction.a),
      strideB: stride(instruction.b))
    all.parameters = UnsafeMutableRawPointer(emitter.memory.store([members]))
    emitter.emit(all)
  }

  private func emitProduct(
    _ left: LabelledValue, _ right: LabelledValue, _ result: LabelledValue, _ groups: LabelGroups
  ) {
    var groups = groups
    let order = summedOrder(left, right, groups)
    groups.summed = order
    let a = matrix(left, batch: groups.batch, rows: groups.rows, columns: groups.summed)
    let b = matrix(right, batch: groups.batch, rows: groups.summed, columns: groups.columns)
    let direct = MatrixLayout(result, batch: groups.batch, rows: groups.rows, columns: groups.columns)
    if let direct, !direct.isTransposed, isPlain(direct, groups) {
      return emitMatrixProduct(a, b, (result, direct), groups)
    }
    let labels = groups.batch + groups.rows + groups.columns
    let permutation = labels.map { result.labels.firstIndex(of: $0) ?? 0 }
    let sizes = permutation.map { result.value.type.shape[$0] }
    let whole = LabelledValue(
      value: Value(
        slot: emitter.slot(for: result.type(sizes)), type: TensorType(Shape(sizes), result.value.type.dtype)),
      labels: labels, members: result.members)
    guard let layout = MatrixLayout(whole, batch: groups.batch, rows: groups.rows, columns: groups.columns) else {
      preconditionFailure("labels in order lie together")
    }
    emitMatrixProduct(a, b, (whole, layout), groups)
    emitTranspose(of: whole.whole, to: result.value.slot, whole.withMembersFirst(permutation.inversePermutation))
  }

  /// Whether a result without columns or rows is contiguous, as the kernels for vectors want.
  private func isPlain(_ layout: MatrixLayout, _ groups: LabelGroups) -> Bool {
    groups.columns.isEmpty && !groups.rows.isEmpty && groups.batch.isEmpty ? layout.stride == 1 : true
  }

  /// An order of the summed labels that spares transpositions.
  private func summedOrder(_ left: LabelledValue, _ right: LabelledValue, _ groups: LabelGroups) -> [Int] {
    let other = right.labels.filter { groups.summed.contains($0) }
    func cost(_ order: [Int]) -> Int {
      let a = MatrixLayout(left, batch: groups.batch, rows: groups.rows, columns: order)
      let b = MatrixLayout(right, batch: groups.batch, rows: order, columns: groups.columns)
      return (a == nil ? left.value.type.count : 0) + (b == nil ? right.value.type.count : 0)
    }
    return cost(other) < cost(groups.summed) ? other : groups.summed
  }

  private func matrix(
    _ operand: LabelledValue, batch: [Int], rows: [Int], columns: [Int]
  ) -> (LabelledValue, MatrixLayout) {
    if let layout = MatrixLayout(operand, batch: batch, rows: rows, columns: columns) { return (operand, layout) }
    let moved = arranged(operand, as: batch + rows + columns)
    guard let layout = MatrixLayout(moved, batch: batch, rows: rows, columns: columns) else {
      preconditionFailure("labels in order lie together")
    }
    return (moved, layout)
  }

  private func emitMatrixProduct(
    _ a: (LabelledValue, MatrixLayout), _ b: (LabelledValue, MatrixLayout), _ c: (LabelledValue, MatrixLayout),
    _ groups: LabelGroups
  ) {
    let m = a.0.count(groups.rows), n = b.0.count(groups.columns), k = a.0.count(groups.summed)
    let batch = c.0.count(groups.batch)
    var instruction = Instruction(code: .gemm, out: c.0.value.slot, a: a.0.value.slot, b: b.0.value.slot)
    instruction.isSingle = c.0.value.type.dtype == .f32
    (instruction.m, instruction.n, instruction.k) = (m, n, k)
    if batch == 1 && m == 1 && n == 1 && Self.isContiguous(a.1, 1, k) && Self.isContiguous(b.1, k, 1) {
      instruction.code = .dot
      instruction.n = k
    } else if batch == 1 && n == 1 && m > 1 && Self.isContiguous(b.1, k, 1) {
      instruction.code = .gemv
      setVectorProduct(&instruction, of: a.1, m, k)
    } else if batch == 1 && m == 1 && n > 1 && Self.isContiguous(a.1, 1, k) {
      instruction.code = .gemv
      (instruction.a, instruction.b) = (instruction.b, instruction.a)
      var layout = b.1
      layout.isTransposed.toggle()
      setVectorProduct(&instruction, of: layout, n, k)
    } else {
      instruction.code = batch == 1 ? .gemm : .gemmBatched
      instruction.flags = (a.1.isTransposed ? 1 : 0) + (b.1.isTransposed ? 2 : 0)
      let product = ProductLayout(
        batch: batch, strideA: a.1.stride, strideB: b.1.stride, strideC: c.1.stride, batchA: a.1.batchStride,
        batchB: b.1.batchStride, batchC: c.1.batchStride)
      instruction.parameters = UnsafeMutableRawPointer(emitter.memory.store([product]))
    }
    emit(instruction, c.0, [a.0, b.0])
  }

  /// Whether a matrix with one row or one column is a contiguous vector.
  private static func isContiguous(_ layout: MatrixLayout, _ rows: Int, _ columns: Int) -> Bool {
    rows * columns == 1 || (columns == 1 ? layout.stride == 1 : !layout.isTransposed)
  }

  /// y (count) = A x where A is count × k as laid out.
  private func setVectorProduct(_ instruction: inout Instruction, of layout: MatrixLayout, _ count: Int, _ k: Int) {
    instruction.flags = layout.isTransposed ? 1 : 0
    (instruction.m, instruction.n) = layout.isTransposed ? (k, count) : (count, k)
    instruction.k = layout.stride
  }
}

/// Strides of a matrix product in elements: between rows, and between the members of a batch.
struct ProductLayout {
  var batch: Int
  var strideA: Int
  var strideB: Int
  var strideC: Int
  var batchA: Int
  var batchB: Int
  var batchC: Int
}

/// An instruction for each of several members: the same work on memory that is further on by fixed strides, in bytes.
struct MemberInstruction {
  var instruction: Instruction
  var count: Int
  var strideOut: Int
  var strideA: Int
  var strideB: Int
}
