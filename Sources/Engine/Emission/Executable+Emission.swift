import CEmit

// When the steps of an executable become machine code.

/// What an executable knows of its machine code.
enum Emission {
  /// Steps made so far by the instruction loop.
  case waiting(steps: Int)
  case ready(CompiledStep)
  /// There is no code of it, or none that is worth it.
  case refused
}

/// Why a program has no machine code.
enum CodeRefusal: Error {
  /// None is made for this processor.
  case processor
  /// Its kernels take nearly all of the time.
  case work
  /// It reads many batches.
  case batch
  case length
  /// An operation has no form in code.
  case operation
  /// Nearly all of its instructions, those at these places, would be left to the instruction loop.
  case kernels([Int])
  /// It met a fault while it was planned.
  case fault
  /// An output is a part of memory that may be elsewhere after each step.
  case view
  case assembler
}

extension Executable {
  /// From about this many multiplications a step on, what code saves is little.
  private static let workMax = 1e6

  /// The code for the next `count` steps; nil where the instruction loop makes them.
  func code(for count: Int, _ counters: [CounterInput]) -> CompiledStep? {
    switch emission {
    case .refused: return nil
    case .ready(let step): return step.fits(counters, records: record != nil) ? step : nil
    case .waiting(let steps):
      if options.profile != nil || steps &+ count < options.stepsUntilCode ?? plan.stepsUntilCode {
        emission = .waiting(steps: steps &+ count)
        return nil
      }
      do {
        let step = try compiled(counters.map(CounterForm.init), records: record != nil)
        emission = .ready(step)
        return step
      } catch {
        emission = .refused
        return nil
      }
    }
  }

  /// Code for counters of one form, that keeps a record of the outputs or none.
  func compiled(_ counters: [CounterForm], records: Bool = false) throws(CodeRefusal) -> CompiledStep {
    if em_level() == 0 { throw .processor }
    if plan.machine.pointee.standingFault != nil { throw .fault }
    if !hasShortSteps { throw .work }
    return try CompiledStep(plan, counters, records: records, level: options.codeLevel)
  }

  /// Whether a step is so short that what is around it counts.
  package var hasShortSteps: Bool { plan.machine.pointee.work < Self.workMax }

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
