import CKernels
import Glibc
import Tensors

// Loops: the body is another machine.

extension Machine {
  mutating func runLoop(_ i: Instruction) {
    let state = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: LoopState.self)
    let body = state.pointee.body
    body.pointee.interrupt = interrupt
    enter(state, firstInput: 1)
    var out = raw(i.out)
    for carry in 0..<state.pointee.carryCount { out += state.pointee.inputBytes[carry] }
    for step in 0..<state.pointee.count where !isInterrupted {
      let turn = state.pointee.isReversed ? state.pointee.count - 1 - step : step
      body.pointee.write(input: 0, Int64(turn))
      for scanned in 0..<state.pointee.scannedCount {
        let input = state.pointee.carryCount + scanned, bytes = state.pointee.inputBytes[input]
        feed(body, 1 + input, raw(state.pointee.sources[input]) + turn * bytes, bytes)
      }
      body.pointee.run()
      collect(state, turn, out)
    }
    leave(state, firstInput: 1, raw(i.out))
  }

  mutating func runWhile(_ i: Instruction) {
    let state = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: LoopState.self)
    guard let condition = state.pointee.condition else { return }
    state.pointee.body.pointee.interrupt = interrupt
    condition.pointee.interrupt = interrupt
    enter(state, firstInput: 0)
    for _ in 0..<state.pointee.count where !isInterrupted {
      for input in 0..<state.pointee.sourceCount {
        let address = state.pointee.body.pointee.raw(state.pointee.body.pointee.inputs[input])
        feed(condition, input, address, state.pointee.inputBytes[input])
      }
      condition.pointee.run()
      let truth = condition.pointee.raw(condition.pointee.outputs[0])
      let holds =
        state.pointee.isSingle
        ? truth.assumingMemoryBound(to: Float.self).pointee != 0
        : truth.assumingMemoryBound(to: Double.self).pointee != 0
      if !holds { break }
      state.pointee.body.pointee.run()
    }
    takeFault(of: condition)
    leave(state, firstInput: 0, raw(i.out))
  }

  /// Copies the start of the carried tensors in, and points the constant inputs at the parent's memory.
  private func enter(_ state: UnsafeMutablePointer<LoopState>, firstInput: Int) {
    let body = state.pointee.body
    for input in 0..<state.pointee.sourceCount {
      let source = raw(state.pointee.sources[input]), bytes = state.pointee.inputBytes[input]
      if input < state.pointee.carryCount {
        memcpy(body.pointee.raw(body.pointee.inputs[firstInput + input]), source, bytes)
      } else if input >= state.pointee.carryCount + state.pointee.scannedCount {
        feed(body, firstInput + input, source, bytes)
      }
    }
  }

  /// Lets a body read memory elsewhere; single numbers, which are cells, are copied.
  func feed(
    _ body: UnsafeMutablePointer<Machine>, _ input: Int, _ address: UnsafeMutableRawPointer, _ bytes: Int
  ) {
    if body.pointee.isCell(input: input) {
      memcpy(body.pointee.raw(body.pointee.inputs[input]), address, bytes)
    } else {
      body.pointee.bind(input: input, to: address)
    }
  }

  private func collect(_ state: UnsafeMutablePointer<LoopState>, _ turn: Int, _ start: UnsafeMutableRawPointer) {
    let body = state.pointee.body
    var out = start
    for output in 0..<state.pointee.collectedCount {
      let bytes = state.pointee.collectedBytes[output]
      memcpy(out + turn * bytes, body.pointee.raw(body.pointee.outputs[output]), bytes)
      out += bytes * state.pointee.count
    }
  }

  /// Packs the last values of the carried tensors.
  private mutating func leave(
    _ state: UnsafeMutablePointer<LoopState>, firstInput: Int, _ start: UnsafeMutableRawPointer
  ) {
    let body = state.pointee.body
    var out = start
    for carry in 0..<state.pointee.carryCount {
      let bytes = state.pointee.inputBytes[carry]
      memcpy(out, body.pointee.raw(body.pointee.inputs[firstInput + carry]), bytes)
      out += bytes
    }
    takeFault(of: body)
  }

  func write(input: Int, _ value: Int64) { i64(inputs[input]).pointee = value }

  /// Whether an input is one number.
  func isCell(input: Int) -> Bool {
    guard let address = address(ofInput: input) else { return false }
    let first = UnsafeMutableRawPointer(cells)
    return address >= first && address < first + cellBytes
  }
}
