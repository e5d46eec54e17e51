import Glibc
import Tensors

/// What a long step changes, as it was before: where the step is broken off, the state is that of the last whole one.
struct KeptState {
  private let parts: [(address: UnsafeMutableRawPointer, bytes: Int, copy: Block)]

  /// Room for the carried inputs of a plan, wherever they lie now.
  init(_ executable: Executable) {
    parts = executable.plan.carriedInputs.sorted().map { input in
      let bytes = executable.inputTypes[input].byteCount
      return (executable.inputPointer(input), bytes, Block(beyondLimit: bytes))
    }
  }

  func keep() {
    for part in parts { memcpy(part.copy.start, part.address, part.bytes) }
  }

  func restore() {
    for part in parts { memcpy(part.address, part.copy.start, part.bytes) }
  }
}

extension Executable {
  /// From about this many multiplications on, tens of milliseconds, a step may be broken off.
  private static let longWork = 2e8

  /// Whether the state is copied before each step, so that the step may be broken off.
  func isLong() -> Bool { plan.machine.pointee.work > Self.longWork }
}
