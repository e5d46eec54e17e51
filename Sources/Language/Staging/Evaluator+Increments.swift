import Diagnostics
import Engine
import Experiments
import Graph
import Syntax
import Tensors

extension Evaluator {
  /// Refuses a differential equation that moves in no time: what stands neither before `dt` nor before a `dB` would be
  /// added at every step, however short.
  ///
  /// Looked at where a state has no special value; an equation without a finite value there is left alone.
  func requireIncrements(of process: StagedProcess, at span: Span) throws(Diagnostic) {
    guard process.isDifferential else { return }
    let step = try stagedStep(process, dt: 0, real: .f64, at: span)
    let executable = try compiled(step.program, at: span)
    var before: [[Double]] = []
    for (index, slot) in step.slots.enumerated() {
      let values = (0..<slot.type.count).map { 0.6180339887 + 0.1 * Double(($0 + 3 * index) % 7) }
      executable.setInput(index, Tensor(values, shape: slot.type.shape))
      before.append(values)
    }
    if let time = step.timeInput { executable.setInput(time, 1) }
    for key in step.keyInputs { executable.setInput(key.input, ints: [key.stream.utf8.count, 0, 0]) }
    try run(executable, at: span)
    for (name, id, isDifferential) in process.equations where isDifferential {
      guard let slot = step.slots.firstIndex(where: { $0.path == name.text }) else { continue }
      let after = executable.input(slot).doubles()
      let isMoved = zip(before[slot], after).contains { $1.isFinite && $0 != $1 }
      if isMoved { throw .withoutTime(name.text, at: process.code.tree.span(id)) }
    }
  }
}
