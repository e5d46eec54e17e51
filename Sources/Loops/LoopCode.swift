import CEmit
import CKernels
import Synchronization
import Tensors

/// The machine code of a program: made once the program has gone on for a while, and the same for all machines that run it.
///
/// What it does is what the interpreter does, to the bit; where it does not know on, the interpreter goes on.
final class LoopCode: Sendable {
  private struct State {
    /// Turns and calls that the interpreter has made.
    var turns: Int64 = 0
    /// Where the code is; never changed once it is there.
    var address: UInt?
    /// Why there is none.
    var refusal: String?
  }

  private let state = Mutex(State())

  /// So many turns and calls pay for making code: some tenths of a millisecond.
  private static let turnsMin: Int64 = 12_000

  deinit { state.withLock { em_free_loops($0.address.flatMap(OpaquePointer.init(bitPattern:))) } }

  /// Whether there is code.
  var isThere: Bool { state.withLock { $0.address != nil } }
  /// Why there is none.
  var refusal: String? { state.withLock { $0.refusal } }

  /// Goes on from the place of a machine; nil where that is left to the interpreter.
  func run(_ program: LoopProgram, _ machine: inout ck_loop_state, atOnce: Bool) -> ck_loop_end? {
    guard let address = address(for: program, atOnce: atOnce), let code = OpaquePointer(bitPattern: address) else {
      return nil
    }
    let end = em_run_loops(code, &machine)
    return end == Int64(EM_LOOPS_LEFT) ? nil : ck_loop_end(UInt32(end))
  }

  /// Counts turns and calls of the interpreter, of whichever machine.
  func count(turns: Int64) { state.withLock { $0.turns += turns } }

  private func address(for program: LoopProgram, atOnce: Bool) -> UInt? {
    state.withLock { state in
      if state.address != nil || state.refusal != nil { return state.address }
      guard atOnce || state.turns >= Self.turnsMin else { return nil }
      state.address = Self.make(program).map { UInt(bitPattern: $0) }
      if state.address == nil { state.refusal = String(cString: em_loops_message()) }
      return state.address
    }
  }

  // MARK: Making it

  private static func make(_ program: LoopProgram) -> OpaquePointer? {
    let constants = program.constants.map { $0.map { constant($0, program.inputs) } }
    let arguments = program.arguments.map { $0.map(kind) }
    var functions: [em_loop_function] = []
    let ends = program.starts.dropFirst() + [program.words.count]
    return lent(constants) { constants in
      lent(arguments) { arguments in
        for (number, (start, end)) in zip(program.starts, ends).enumerated() {
          functions.append(
            em_loop_function(
              begin: Int64(start), end: Int64(end), constant: constants[number].baseAddress,
              argument: arguments[number].baseAddress, constants: Int64(constants[number].count),
              arguments: Int64(arguments[number].count), result: program.results[number].map(kind) ?? UInt8(0)))
        }
        return em_compile_loops(program.words, functions, Int64(functions.count), Int64(program.extent))
      }
    }
  }

  /// Lists side by side in memory that others read.
  private static func lent<Element, Result>(
    _ lists: [[Element]], _ body: ([UnsafeBufferPointer<Element>]) -> Result
  ) -> Result {
    let all = Array(lists.joined())
    return all.withUnsafeBufferPointer { all in
      var parts: [UnsafeBufferPointer<Element>] = []
      var start = 0
      for list in lists {
        parts.append(UnsafeBufferPointer(rebasing: all[start..<start + list.count]))
        start += list.count
      }
      return body(parts)
    }
  }

  private static func kind(_ type: RegisterType) -> UInt8 {
    UInt8((type == .real ? EM_REAL_KIND : EM_WHOLE_KIND).rawValue)
  }

  private static func constant(_ constant: LoopConstant, _ inputs: [RegisterType]) -> em_loop_constant {
    switch constant {
    case .whole(let n): em_loop_constant(kind: kind(.whole), isFixed: 1, bits: Int64(n))
    case .real(let bits): em_loop_constant(kind: kind(.real), isFixed: 1, bits: Int64(bitPattern: bits))
    case .truth(let flag): em_loop_constant(kind: kind(.whole), isFixed: 1, bits: flag ? 1 : 0)
    case .input(let number): em_loop_constant(kind: kind(inputs[number]), isFixed: 0, bits: 0)
    }
  }
}
