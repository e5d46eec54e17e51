import CKernels

// A plan as text, for people who want to see what a step does.

extension Plan {
  /// One line an instruction: what it does, where it writes, what it reads, its sizes.
  var listing: String {
    let machine = machine.pointee
    let lines = (0..<machine.count).map { line(machine.code[$0]) }
    let nested = children.flatMap { $0.listing.split(separator: "\n").map { "  " + $0 } }
    return (lines + nested).joined(separator: "\n")
  }

  private func line(_ instruction: Instruction) -> String {
    var line = "\(instruction.code)" + (instruction.isSingle ? " f32" : "")
    let reads = [instruction.a, instruction.b].filter { $0 >= 0 }.map(name)
    if instruction.out >= 0 { line += " \(name(instruction.out)) ←" }
    line += reads.map { " " + $0 }.joined()
    switch instruction.code {
    case .tiles: return line + tileLines(instruction)
    case .scalars: return line + " \(instruction.n - 1) operations"
    default: return line + " m=\(instruction.m) n=\(instruction.n) k=\(instruction.k) flags=\(instruction.flags)"
    }
  }

  private func name(_ slot: Int32) -> String { "%\(slot)" }

  private func tileLines(_ instruction: Instruction) -> String {
    guard let program = instruction.parameters?.assumingMemoryBound(to: ck_tile_program.self).pointee else { return "" }
    let full = (0..<Int(program.fulls)).map { name(program.slot[$0]) }
    let scalars = (0..<Int(program.scalars)).map { name(program.slot[Int(program.fulls) + $0]) }
    let operations = (0..<Int(program.ops)).map { index in
      let op = program.op[index]
      return "\n    \(op.d) ← \(op.code).\(op.sub)(\(op.a), \(op.b), \(op.c), \(op.e))"
    }
    return " n=\(program.count) full=\(full) patterns=\(program.patterns) scalars=\(scalars)" + operations.joined()
  }
}

extension Executable {
  /// The plan as text: one line an instruction.
  package var listing: String { plan.listing }
}
