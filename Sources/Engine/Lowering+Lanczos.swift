import Graph
import Tensors

// Lanczos iterations: the product is a plan of its own, whose vector input shows one row of the basis.

/// What a Lanczos instruction needs beside the product's machine.
struct LanczosState {
  /// Elements of a vector, and most products.
  var size: Int
  var steps: Int
  /// Eigenvalues that are wanted; 0 for the quadrature.
  var pairs: Int
  var wantsVectors: Bool
  var tolerance: Double
  var isSingle: Bool
  /// Slots of the parent for each input of the product, and their bytes.
  var sources: UnsafeMutablePointer<Int32>
  var inputBytes: UnsafeMutablePointer<Int>
  var sourceCount: Int
  /// Of the sources, how many the product reads; the rest follows the metric's vector.
  var bodyCount: Int
  var body: UnsafeMutablePointer<Machine>
  /// What lengths are taken with: each vector is then followed by its product with it.
  var metric: UnsafeMutablePointer<Machine>?
  /// Basis [steps + 1, size], and numbers in f64.
  var basis: Int32
  var room: Int32
}

extension Lowering {
  func lower(_ lanczos: Lanczos, _ node: Int) throws(EngineError) -> Bool {
    let body = lanczos.body
    let plan = try Plan(
      Program(graph: body.graph, inputs: body.inputs, outputs: body.outputs), options: options)
    children.append(plan)
    var metric: Plan?
    if let own = lanczos.metric {
      let other = try Plan(Program(graph: own.graph, inputs: own.inputs, outputs: own.outputs), options: options)
      children.append(other)
      metric = other
    }
    let start = body.inputTypes[0]
    let sources = graph.nodes[node].inputs.map { slot(of: $0) }
    var state = LanczosState(
      size: start.count, steps: min(lanczos.steps, start.count), pairs: 0,
      wantsVectors: false,
      tolerance: lanczos.tolerance, isSingle: start.dtype == .f32,
      sources: emitter.memory.store(sources),
      inputBytes: emitter.memory.store(
        (body.inputTypes + (lanczos.metric?.inputTypes.dropFirst() ?? [])).map(\.byteCount)),
      sourceCount: sources.count, bodyCount: body.inputTypes.count, body: plan.machine, metric: metric?.machine,
      basis: 0, room: 0)
    if case .pairs(let count, let vectors) = lanczos.result { (state.pairs, state.wantsVectors) = (count, vectors) }
    state.basis = emitter.slot(.temporary, (state.steps + 1) * start.byteCount * (metric == nil ? 1 : 2))
    state.room = emitter.slot(.temporary, LanczosRoom.count(steps: state.steps) * 8)
    var instruction = Instruction(code: .lanczos, out: slot(of: node))
    instruction.isSingle = state.isSingle
    instruction.n = lanczos.steps
    instruction.parameters = UnsafeMutableRawPointer(emitter.memory.store([state]))
    var list = sources.map { Access(slot: $0, isWrite: false) }
    for written in [state.basis, state.room, instruction.out] { list.append(Access(slot: written, isWrite: true)) }
    emitter.emit(instruction, accesses: list)
    return true
  }
}
