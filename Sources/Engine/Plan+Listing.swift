import CKernels
package import Graph
import Tensors

// A plan as text, for people who want to see what a step does.

extension Plan {
  /// One line an instruction: where it comes from, what it does, where it writes, what it reads, its sizes.
  func listing(_ place: (Origin) -> String) -> String {
    let machine = machine.pointee
    let lines = (0..<machine.count).map { place(machine.code[$0].origin) + line(machine.code[$0]) }
    let nested = children.flatMap { $0.listing(place).split(separator: "\n").map { "  " + $0 } }
    return (lines + nested).joined(separator: "\n")
  }

  private func line(_ instruction: Instruction) -> String {
    var line = "\(instruction.code)" + (instruction.isSingle ? " f32" : "")
    let reads = [instruction.a, instruction.b].filter { $0 >= 0 }.map(name)
    if instruction.out >= 0 { line += " \(name(instruction.out)) ←" }
    line += reads.map { " " + $0 }.joined()
    switch instruction.code {
    case .tiles: return line + tileLines(instruction)
    case .scalars:
      return line + (instruction.n == 2 ? " 1 operation" : " \(instruction.n - 1) operations")
        + scalarLines(instruction)
    default: return line + " m=\(instruction.m) n=\(instruction.n) k=\(instruction.k) flags=\(instruction.flags)"
    }
  }

  private func name(_ slot: Int32) -> String { "%\(slot)" }

  /// The name of an operation of a tile program; of a function of one or two numbers that of the function.
  private static func name(_ code: UInt16, _ sub: UInt16) -> String {
    switch ck_tile_code(rawValue: UInt32(code)) {
    case CK_TILE_UNARY: name(UnaryOpcode.allCases.first { $0.kernel.rawValue == UInt32(sub) })
    case CK_TILE_BINARY: name(BinaryOpcode.allCases.first { $0.kernel?.rawValue == UInt32(sub) })
    default: String(cString: ck_tile_name(Int32(code)))
    }
  }

  private static func name<Opcode>(_ opcode: Opcode?) -> String { opcode.map { "\($0)" } ?? "?" }

  /// As many operations of a scalar program are listed.
  private static let scalarsMax = 40

  private func scalarLines(_ instruction: Instruction) -> String {
    guard let operations = instruction.parameters?.assumingMemoryBound(to: ck_scalar_op.self) else { return "" }
    let count = instruction.n - 1
    let lines = (0..<min(count, Self.scalarsMax)).map { index in
      let op = operations[index]
      return "\n    \(op.d) ← \(Self.scalarName(op))(\(op.a), \(op.b), \(op.c))"
    }
    return lines.joined() + (count > Self.scalarsMax ? "\n    … \(count - Self.scalarsMax) more" : "")
  }

  private static func scalarName(_ op: ck_scalar_op) -> String {
    switch ck_scalar_code(rawValue: UInt32(op.code)) {
    case CK_SCALAR_UNARY_F64, CK_SCALAR_UNARY_F32, CK_SCALAR_UNARY_I64:
      name(UnaryOpcode.allCases.first { $0.kernel.rawValue == UInt32(op.sub) })
    case CK_SCALAR_BINARY_F64, CK_SCALAR_BINARY_F32, CK_SCALAR_BINARY_I64:
      name(BinaryOpcode.allCases.first { $0.kernel?.rawValue == UInt32(op.sub) })
    default: String(cString: ck_scalar_name(Int32(op.code)))
    }
  }

  private func tileLines(_ instruction: Instruction) -> String {
    guard let program = instruction.parameters?.assumingMemoryBound(to: ck_tile_program.self).pointee else { return "" }
    let full = (0..<Int(program.fulls)).map { name(program.slot[$0]) }
    let scalars = (0..<Int(program.scalars)).map { name(program.slot[Int(program.fulls) + $0]) }
    let operations = (0..<Int(program.ops)).map { index in
      let op = program.op[index]
      return "\n    \(op.d) ← \(Self.name(op.code, op.sub))(\(op.a), \(op.b), \(op.c), \(op.e))"
    }
    return " n=\(program.count) full=\(full) patterns=\(program.patterns) scalars=\(scalars)" + operations.joined()
  }
}

extension Executable {
  /// The plan as text: one line an instruction.
  package var listing: String { plan.listing { _ in "" } }

  /// The same, each line behind the place that its instruction comes from.
  package func listing(_ place: (Origin) -> String) -> String { plan.listing(place) }

  /// How many instructions a run of the program has, without those of loop bodies.
  package var instructionCount: Int { plan.machine.pointee.count }
}
