import Graph
import Tensors

// Loops: the body is a plan of its own, whose inputs are set before each turn.

/// What a loop instruction needs beside the body's machine.
///
/// Arrays are in the order of the body's inputs.
struct LoopState {
  var count = 0
  var isReversed = false
  var carryCount = 0
  var scannedCount = 0
  var collectedCount: Int
  /// Slots of the parent for each input, and how many bytes one turn sees.
  var sources: UnsafeMutablePointer<Int32>
  var inputBytes: UnsafeMutablePointer<Int>
  var sourceCount: Int
  /// Bytes of each collected output.
  var collectedBytes: UnsafeMutablePointer<Int>
  var body: UnsafeMutablePointer<Machine>
  var condition: UnsafeMutablePointer<Machine>?
  var isSingle: Bool
}

extension Lowering {
  func lower(_ loop: Loop, _ node: Int) throws(EngineError) -> Bool {
    let body = loop.body
    let carried = (0..<loop.carryCount).map { (input: 1 + $0, output: body.outputs[$0]) }
    let program = Program(
      graph: body.graph, inputs: body.inputs, outputs: Array(body.outputs.dropFirst(loop.carryCount)), carried: carried)
    // What a turn does not carry on is read where it lies in the parent's memory.
    let plan = try Plan(program, options: options, lendsInputs: true)
    children.append(plan)
    let collected = Array(body.outputTypes.dropFirst(loop.carryCount))
    var state = loopState(node, inputs: Array(body.inputTypes.dropFirst()), collected: collected, plan)
    (state.count, state.isReversed) = (loop.count, loop.reverse)
    (state.carryCount, state.scannedCount) = (loop.carryCount, loop.scannedCount)
    emitLoop(.loop, node, state)
    return true
  }

  func lower(_ loop: WhileLoop, _ node: Int) throws(EngineError) -> Bool {
    let carried = loop.body.outputs.indices.map { (input: $0, output: loop.body.outputs[$0]) }
    let body = try Plan(
      Program(graph: loop.body.graph, inputs: loop.body.inputs, outputs: [], carried: carried), options: options)
    let test = try Plan(
      Program(graph: loop.condition.graph, inputs: loop.condition.inputs, outputs: loop.condition.outputs),
      options: options)
    children += [body, test]
    var state = loopState(node, inputs: loop.body.inputTypes, collected: [], body)
    (state.count, state.carryCount, state.condition) = (loop.limit, loop.carryCount, test.machine)
    emitLoop(.whileLoop, node, state)
    return true
  }

  private func loopState(
    _ node: Int, inputs: [TensorType], collected: [TensorType], _ body: Plan
  ) -> LoopState {
    let sources = graph.nodes[node].inputs.map { slot(of: $0) }
    return LoopState(
      collectedCount: collected.count, sources: emitter.memory.store(sources),
      inputBytes: emitter.memory.store(inputs.map(\.byteCount)), sourceCount: sources.count,
      collectedBytes: emitter.memory.store(collected.map(\.byteCount)), body: body.machine,
      isSingle: type(node).dtype == .f32)
  }

  private func emitLoop(_ code: InstructionCode, _ node: Int, _ state: LoopState) {
    var instruction = Instruction(code: code, out: slot(of: node))
    instruction.isSingle = state.isSingle
    instruction.parameters = UnsafeMutableRawPointer(emitter.memory.store([state]))
    var list = graph.nodes[node].inputs.map { Access(slot: slot(of: $0), isWrite: false) }
    list.append(Access(slot: instruction.out, isWrite: true))
    emitter.emit(instruction, accesses: list)
  }
}
