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
    let feeder = try feeder(step.program, at: span) { $0.detail.utf8.count }
    var before: [Tensor] = []
    for (index, slot) in step.slots.enumerated() {
      let values = (0..<slot.type.count).map { 0.6180339887 + 0.1 * Double(($0 + 3 * index) % 7) }
      before.append(Tensor(values, shape: slot.type.shape))
    }
    feeder.feed(FeedMoment(step: 0, slots: .tensors(before)))
    try run(feeder.executable, at: span)
    for (name, id, isDifferential) in process.equations where isDifferential {
      guard let slot = step.slots.firstIndex(where: { $0.path == name.text }) else { continue }
      let after = feeder.executable.input(slot).doubles()
      let isMoved = zip(before[slot].doubles(), after).contains { $1.isFinite && $0 != $1 }
      if isMoved { throw .withoutTime(name.text, at: process.code.tree.span(id)) }
    }
  }
}
