import CEmit

// When the steps of an executable become machine code.

/// What an executable knows of its machine code.
enum Emission {
  /// Steps made so far by the instruction loop.
  case waiting(steps: Int)
  case ready(CompiledStep)
  /// There is no code of it, or none that is worth it.
  case refused(CodeRefusal)
}

/// Why a program has no machine code.
enum CodeRefusal: UInt8, Error {
  case processor, work, batch, length, kernels, fault, view, assembler
}

extension Executable {
  /// From about this many multiplications a step on, what code saves is little.
  private static let workMax = 1e6

  /// The code for the next `count` steps; nil where the instruction loop makes them.
  func code(for count: Int, _ counters: [CounterInput]) -> CompiledStep? {
    switch emission {
    case .refused: return nil
    case .ready(let step): return step.fits(counters) ? step : nil
    case .waiting(let steps):
      if options.profile != nil || steps &+ count < options.stepsUntilCode ?? plan.stepsUntilCode {
        emission = .waiting(steps: steps &+ count)
        return nil
      }
      do {
        let step = try compiled(counters.map(CounterForm.init))
        emission = .ready(step)
        return step
      } catch {
        emission = .refused(error)
        return nil
      }
    }
  }

  /// Code for counters of one form.
  func compiled(_ counters: [CounterForm]) throws(CodeRefusal) -> CompiledStep {
    if em_level() == 0 { throw .processor }
    if plan.machine.pointee.standingFault != nil { throw .fault }
    if plan.machine.pointee.work >= Self.workMax { throw .work }
    return try CompiledStep(plan, counters, level: options.codeLevel)
  }

  /// Whether its steps are machine code by now.
  package var hasCode: Bool { if case .ready = emission { true } else { false } }
}

extension Plan {
  /// Steps that take the instruction loop about as long as the code of one takes to be made.
  var stepsUntilCode: Int {
    let makingNanoseconds = 300_000.0, instructionNanoseconds = 20.0, multiplicationNanoseconds = 0.2
    let step =
      instructionNanoseconds * Double(machine.pointee.count) + multiplicationNanoseconds * machine.pointee.work
    return Int(makingNanoseconds / max(1, step)) + 16
  }
}
