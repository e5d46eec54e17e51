import CKernels
import Graph
import Tensors

/// Turns a schedule into instructions on slots.
final class Lowering {
  let graph: PlanGraph
  let schedule: Schedule
  var emitter = Emitter()
  /// Values of constants, by the index in `Slot.Storage.constant`.
  private(set) var constants: [(type: TensorType, values: [Double])] = []
  /// Applications evaluated by `Primitive.reference`.
  var fallbacks: [Fallback] = []
  /// Exchanges with other processes.
  var exchanges: [ExchangeInstruction] = []
  /// Plans of loop bodies and conditions.
  var children: [Plan] = []
  let options: EngineOptions
  private var slotOfNode: [Int32]
  private var readsOutside: [Bool]
  private var readers: [Int]
  private var isKept: [Bool]
  private var isRepeated: [Bool]

  init(_ graph: PlanGraph, options: EngineOptions) throws(EngineError) {
    self.graph = graph
    self.options = options
    schedule = Schedule(graph, fuses: options.fusesElementwise)
    slotOfNode = [Int32](repeating: -1, count: graph.nodes.count)
    readsOutside = [Bool](repeating: false, count: graph.nodes.count)
    readers = [Int](repeating: 0, count: graph.nodes.count)
    isKept = [Bool](repeating: false, count: graph.nodes.count)
    isRepeated = [Bool](repeating: false, count: graph.nodes.count)
    countReaders()
    repeatProducts()
    for (index, node) in graph.inputs.enumerated() {
      slotOfNode[node] = emitter.inputSlot(index, graph.nodes[node].type)
    }
    for unit in schedule.units { try lower(unit) }
  }

  private func countReaders() {
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs {
        let root = graph.root(input)
        readers[input] += 1
        if root != input { readers[root] += 1 }
        // A view has no unit of its own: what reads through it counts.
        if node.role != .view && schedule.unitOfNode[index] != schedule.unitOfNode[root] { readsOutside[root] = true }
      }
    }
    for output in graph.outputs + graph.carried.map(\.output) {
      readsOutside[graph.root(output)] = true
      isKept[graph.root(output)] = true
    }
  }

  /// Whether a value is read by other units, or after the step.
  func isReadOutside(_ node: Int) -> Bool { readsOutside[node] }
  /// Whether a value is read after the step.
  func isReadAfterwards(_ node: Int) -> Bool { isKept[node] }
  /// Whether each program that reads a product computes it anew.
  func isRepeated(_ node: Int) -> Bool { isRepeated[node] }
  /// Number of nodes that read a node, views among them.
  func readerCount(_ node: Int) -> Int { readers[node] }
  func unitNumber(_ node: Int) -> Int { schedule.unitOfNode[node] }

  /// Members in order, those moved last that only replace inputs: others read the old values first.
  func updatesLast(_ members: [Int]) -> [Int] {
    members.filter { !isUpdate($0) } + members.filter(isUpdate)
  }

  private func isUpdate(_ node: Int) -> Bool { isKept[node] && readers[node] == 0 }
}

// MARK: - Products computed anew

extension Lowering {
  /// Marks the products of a number and an array in memory that only tile programs over as many elements read:
  /// to multiply again costs less than to write the product out and read it back.
  private func repeatProducts() {
    for index in graph.nodes.indices where readsOutside[index] && !isKept[index] && isScaledArray(index) {
      isRepeated[index] = true
    }
    for (index, node) in graph.nodes.enumerated() where node.role != .view {
      for input in node.inputs where isRepeated[graph.root(input)] && !canRepeat(graph.root(input), in: index) {
        isRepeated[graph.root(input)] = false
      }
    }
    for index in graph.nodes.indices where isRepeated[index] { readsOutside[index] = false }
  }

  private func isScaledArray(_ index: Int) -> Bool {
    let node = graph.nodes[index], count = node.type.count
    guard count > 1, case .binary(.multiply)? = ElementOperation(node, in: graph), unit(of: index)?.kind == .tiles,
      node.inputs.contains(where: { type($0).count == 1 }),
      let array = node.inputs.first(where: { type($0).count == count })
    else { return false }
    let role = graph.nodes[graph.root(array)].role
    return role == .leaf || role == .whole
  }

  private func canRepeat(_ product: Int, in reader: Int) -> Bool {
    guard let unit = unit(of: reader), unit.kind == .tiles else { return false }
    let count = type(product).count
    return type(unit.members[0]).count == count && (type(reader).count == count || graph.isFullReduction(reader))
  }

  private func unit(of node: Int) -> Unit? {
    schedule.unitOfNode[node] < 0 ? nil : schedule.units[schedule.unitOfNode[node]]
  }
}

// MARK: - Slots

extension Lowering {
  func type(_ node: Int) -> TensorType { graph.nodes[node].type }

  /// The slot of a node's value; made at the first request.
  func slot(of node: Int) -> Int32 {
    if slotOfNode[node] >= 0 { return slotOfNode[node] }
    let content = graph.nodes[node]
    let slot =
      switch content.role {
      case .leaf: constantSlot(content)
      case .view: viewSlot(content)
      default: emitter.slot(for: content.type)
      }
    slotOfNode[node] = slot
    return slot
  }

  /// Gives a node's value a slot that already exists.
  func setSlot(of node: Int, to slot: Int32) { slotOfNode[node] = slot }

  private func viewSlot(_ node: PlanNode) -> Int32 {
    let source = slot(of: node.inputs[0])
    guard let slice = node.primitive as? Slice else { return source }
    return part(of: source, slice, type(node.inputs[0]), node.type)
  }

  /// The slot of a contiguous slice.
  func part(of source: Int32, _ slice: Slice, _ whole: TensorType, _ type: TensorType) -> Int32 {
    if type.count == whole.count { return source }
    let first = zip(slice.starts, whole.shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
    return emitter.slot(.part(of: source, byteOffset: first * type.dtype.byteCount), type.byteCount)
  }

  private func constantSlot(_ node: PlanNode) -> Int32 {
    let values: [Double]
    switch node.primitive {
    case let scalar as ScalarConstant: values = [scalar.value]
    case let constant as Constant: values = constant.value.doubles()
    default: values = (0..<node.type.count).map(Double.init)
    }
    if node.type.count == 1 { return emitter.constantCell(Self.cell(values[0], node.type.dtype)) }
    constants.append((node.type, values))
    return emitter.slot(.constant(constants.count - 1), node.type.byteCount)
  }

  static func cell(_ value: Double, _ dtype: DType) -> ck_cell {
    switch dtype {
    case .f64: ck_cell(f64: value)
    case .f32: ck_cell(f32: Float(value))
    case .i64: ck_cell(i64: Int64(value))
    }
  }
}

// MARK: - Units

/// An application that `Primitive.reference` evaluates.
struct Fallback {
  var primitive: any Primitive
  var inputs: [(slot: Int32, type: TensorType)]
  var output: (slot: Int32, type: TensorType)
}

extension Lowering {
  private func lower(_ unit: Unit) throws(EngineError) {
    // The builders ask for slots; they work on a copy of the emitter's slots only through `slot(of:)`.
    for member in unit.members { _ = slot(of: member) }
    for member in unit.members { for input in graph.nodes[member].inputs { _ = slot(of: input) } }
    // What is computed together counts for the place of its last part.
    emitter.origin = unit.members.last { graph.nodes[$0].origin != 0 }.map { graph.nodes[$0].origin } ?? 0
    switch unit.kind {
    case .tiles:
      var builder = TileBuilder(unit, in: self)
      builder.build(into: &emitter)
    case .scalars:
      var builder = ScalarBuilder(unit, in: self)
      builder.build(into: &emitter)
    case .whole:
      let node = unit.members[0]
      emitter.origin = graph.nodes[node].origin
      if graph.nodes[node].role == .copy { return lowerCopy(node) }
      if try !lowerWhole(node) { lowerReference(node) }
    }
  }

  private func lowerCopy(_ node: Int) {
    let source = slot(of: graph.nodes[node].inputs[0])
    emitter.emit(Instruction(code: .copy, out: slot(of: node), a: source, n: type(node).byteCount))
  }

  private func lowerReference(_ node: Int) {
    let content = graph.nodes[node]
    let inputs = content.inputs.map { (slot(of: $0), type($0)) }
    fallbacks.append(Fallback(primitive: content.primitive, inputs: inputs, output: (slot(of: node), content.type)))
    var list = inputs.map { Access(slot: $0.0, isWrite: false) }
    list.append(Access(slot: slot(of: node), isWrite: true))
    emitter.emit(Instruction(code: .reference, n: fallbacks.count - 1), accesses: list)
  }

  /// Emits the instructions of a whole-tensor node; false where there is no kernel for it.
  private func lowerWhole(_ node: Int) throws(EngineError) -> Bool {
    let content = graph.nodes[node]
    if content.type.count == 0 || content.inputs.contains(where: { type($0).count == 0 }) {
      return content.type.count == 0 && !(content.primitive is Loop) || lowerEmptyTable(node)
    }
    switch content.primitive {
    case let contract as Contract: return lower(contract, node)
    case let convolve as Convolve: return lower(convolve, node)
    case let convolve as ConvolveFilters: return lower(convolve, node)
    case let exchange as Exchange: return lower(exchange, node)
    case let reduce as ReduceSum: return lowerReduction(node, CK_SUM, reduce.axes)
    case let reduce as ReduceMax: return lowerReduction(node, CK_REDUCE_MAX, reduce.axes)
    case let reduce as ReduceMin: return lowerReduction(node, CK_REDUCE_MIN, reduce.axes)
    case let reduce as ReduceProduct: return lowerReduction(node, CK_PROD, reduce.axes)
    case let loop as Loop: return try lower(loop, node)
    case let loop as WhileLoop: return try lower(loop, node)
    case let lanczos as Lanczos: return try lower(lanczos, node)
    default: return lowerFactorization(node) || lowerMovement(node) || lowerRows(node) || lowerIntegers(node)
    }
  }
}
