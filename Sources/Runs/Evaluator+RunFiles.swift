import Arithmetic
import Data
package import Diagnostics
import Engine
import Experiments
import Messages
import Metrics
import Tensors
package import Values

/// Runs as files: `save r to "r.run"`, and `rerun("r.run")`.
extension Evaluator {
  /// A run as a file, without what it has given.
  package func runFile(of run: RunValue, at span: Span) throws(Diagnostic) -> [UInt8] {
    guard let live = run.live else {
      throw .cannotBeSaved(asRun: run.name, at: span)
    }
    return RunFile(name: run.name, header: run.header, release: session.release, spec: live.run.spec).encoded
  }

  /// The form `rerun(path)`: makes the run of a file.
  package func rerun(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let path = try a.text(0, "a file name")
    // While checking it may be that the script itself is still to write it.
    if mode == .check, !session.host.exists(path) { return .unknown(.any) }
    let bytes: [UInt8]
    do { bytes = try session.host.read(path) } catch { throw .data(error, at: a.place(0)) }
    let file: RunFile
    do { file = try RunFile(bytes: bytes) } catch { throw .unusableRunFile(path, error, at: a.place(0)) }
    guard mode == .run else { return .run(unknownRun(file)) }
    if file.release != session.release { report(.runOfAnotherRelease(path, at: a.place(0))) }
    session.announce(file.header)
    return .run(try made(file, at: a.span))
  }

  /// What is known of the run of a file before it is made.
  private func unknownRun(_ file: RunFile) -> RunValue {
    let first = file.spec.segments[0]
    let states = first.dynamics.step.slots.filter { !BoundRun.isHidden($0.path) }
    let value = RunValue(
      name: file.name, series: first.recorded.metrics.flatMap(\.names).map { Series(name: $0, axis: file.spec.axis) },
      finals: states.map { ($0.path, Tensor([], shape: [0])) }, ending: nil,
      stepCount: file.spec.length, isKnown: false, header: [], stepsPerEpoch: file.spec.stepsPerEpoch)
    value.finalTypes = states.map(\.type)
    let kept = first.dynamics.step.slots.compactMap { PathSlots.name(of: $0.path) }
    value.vectors = kept.map { PathSlots.unknown($0) }
    if let died = first.dynamics.step.slots.first(where: { $0.path == PathSlots.died }) {
      value.paths = (died.type.count, 0, 0)
    }
    value.forms = file.spec.forms
    value.timeStep = file.spec.timeStep
    return value
  }

  private func made(_ file: RunFile, at span: Span) throws(Diagnostic) -> RunValue {
    for sampling in file.spec.segments.compactMap(\.dynamics.sampling) where sampling.orderBytes > 0 {
      try requireMemory(TensorType([sampling.count], .i64), at: span)
    }
    let (session, name, total) = (session, file.name, file.spec.length)
    let signals = RunSignals(
      isInterrupted: { session.isInterrupted },
      progressed: { session.progressed(run: name, done: $0, total: total) })
    let run: Run
    do {
      run = try planner.run(file.spec, signals: signals)
      try run.finish()
    } catch {
      guard let fault = error as? PlanFault else { throw diagnostic(of: error, at: span) }
      switch fault.cause {
      case .engine(let error): throw .engine(error, at: span)
      case .data(let error): throw .data(error, at: span)
      case .indivisible: throw .indivisible(name, at: span)
      }
    }
    let finals = zip(run.slotNames, run.state.slots).map { (path: $0, tensor: $1) }
    let value = RunValue(
      name: name, series: run.series.map { $0.shown(timeStep: file.spec.timeStep) },
      finals: finals.filter { !BoundRun.isHidden($0.path) },
      ending: run.ending, stepCount: run.step, isKnown: true, header: file.header,
      stepsPerEpoch: file.spec.stepsPerEpoch, seed: file.spec.seed)
    value.forms = file.spec.forms
    value.timeStep = file.spec.timeStep
    value.takePaths(of: finals, timeStep: file.spec.timeStep)
    session.noteEnding(value.ending)
    switch value.ending {
    case .diverged(let step, let slot, let operation, _):
      report(
        .diverged(run: name, step: step, tensor: slot, operation: operation, seed: file.spec.seed, at: span))
    case .interrupted(let step): throw session.interruption(at: span, step: step)
    default: break
    }
    return value
  }
}

extension Diagnostic {
  static func unusableRunFile(_ path: String, _ why: RunFileDamage, at span: Span) -> Diagnostic {
    let words =
      switch why {
      case .notARun: "it is not the file of a run"
      case .otherFormat(let version): "it has format \(version), which another release wrote"
      case .altered: "its content does not match its checksum"
      case .otherBuild: "another build of the program wrote it, which has other operations"
      case .misfit: "its parts do not go together"
      }
    return Diagnostic(
      "E1004", effect: .data, "`\(path)` cannot be run: \(words)", at: span, label: "no run here",
      help: ["`save r to \"r.run\"` writes such a file"])
  }

  static func runOfAnotherRelease(_ path: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "W1003", "`\(path)` was written by another build of the program", at: span,
      label: "its last digits may differ from what they were there", severity: .warning)
  }
}
