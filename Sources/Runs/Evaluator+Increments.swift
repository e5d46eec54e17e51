import Arithmetic
import Diagnostics
import Engine
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

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
    for index in step.slots.indices { before.append(Self.generic(step.slots[index].type, index)) }
    feeder.feed(FeedMoment(step: 0, slots: .tensors(before)))
    try run(feeder.executable, at: span)
    for (name, id, isDifferential) in process.equations where isDifferential {
      guard let slot = step.slots.firstIndex(where: { $0.path == name.text }) else { continue }
      let after = feeder.executable.input(slot).doubles()
      let isMoved = zip(before[slot].doubles(), after).contains { $1.isFinite && $0 != $1 }
      if isMoved { throw .withoutTime(name.text, at: process.code.tree.span(id)) }
    }
  }

  /// Numbers without special values, for a tensor of a number.
  private static func generic(_ type: TensorType, _ number: Int) -> Tensor {
    let values = (0..<type.count).map { 0.6180339887 + 0.1 * Double(($0 + 3 * number) % 7) }
    return Tensor(values, shape: type.shape)
  }

  /// Refuses equations that are none, and a scheme whose conditions they do not meet.
  ///
  /// What stands before `dt` is the drift, what stands before a `dB` the diffusion, so the right side is linear in both; the
  /// schemes take it apart. The trace
  /// c = Σ_j b_j' b_j is taken with all elements of a `dB` at 1 together, which is right where each of them moves the
  /// elements of the states at its own place alone; and Milstein's terms have no areas, which is right where
  /// b_k' b_j = b_j' b_k. Looked at where a state has no special value.
  func requireScheme(_ scheme: ProcessScheme, of process: StagedProcess, dt: Double?, at span: Span) throws(Diagnostic)
  {
    guard process.isDifferential, let dt else { return }
    let report = try staging(real: .f64) { () throws(Diagnostic) -> SchemeReport? in
      let inputs = process.states.indices.map {
        builder.input(.slot($0), TensorType(process.states[$0].shape, .f64))
      }
      return try schemeReport(scheme, of: process, dt: dt, inputs, at: span)
    }
    guard let report else { return }
    let feeder = try feeder(report.program, at: span) { $0.detail.utf8.count }
    let states = process.states.indices.map { Self.generic(TensorType(process.states[$0].shape, .f64), $0) }
    feeder.feed(FeedMoment(step: 0, slots: .tensors(states)))
    try run(feeder.executable, at: span)
    for (index, fault) in report.faults.enumerated() {
      let (difference, size) = (
        feeder.executable.outputScalar(2 * index), feeder.executable.outputScalar(2 * index + 1)
      )
      if difference > 1e-9 * max(size, 1e-300) { throw fault }
    }
  }
}
