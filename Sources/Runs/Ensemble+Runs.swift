import Arithmetic
import Diagnostics
import Experiments
import Messages
import Metrics
import Staging
import Syntax
import Tensors
import Values

// Ensembles of runs of a problem: path p is the run with the p-th seed after the first, bit for bit. Whatever is staged is of
// one path; where the run becomes a value its steps are stacked, and streams, batches and starts become those of all paths.

extension Evaluator {
  /// The value of an ensemble, of the value of one of its paths that begins as all do.
  func stacked(_ spec: RunSpec, _ bound: BoundRun) throws(Diagnostic) -> RunSpec {
    guard let paths = bound.ensemble?.paths else { return spec }
    var result = spec
    result.paths = paths
    for index in result.segments.indices {
      var dynamics = result.segments[index].dynamics
      guard let program = dynamics.step.program.stacked(paths) else { throw .unstackable(bound.name, at: bound.span) }
      dynamics.step = StepSpec(
        slots: dynamics.step.slots.map { $0.ofPaths(paths) }, program: program)
      if var values = dynamics.entry.values {
        guard let program = values.program.stacked(paths) else { throw .unstackable(bound.name, at: bound.span) }
        values.program = program
        dynamics.entry.values = values
      }
      result.segments[index].dynamics = dynamics
    }
    return result
  }

  /// What all paths begin with: one tensor for each slot.
  func initialStates(of problem: StagedProblem, _ stager: StepStager, _ ensemble: Ensemble, _ bound: BoundRun)
    throws(Diagnostic) -> [Tensor]
  {
    var paths: [[Tensor]] = []
    let count = startsAlike(problem, stager) ? 1 : ensemble.paths
    for path in 0..<count {
      try tick(bound.span)
      let seed = bound.seed &+ path
      let leaves = try initialParameters(of: problem, seed: seed)
      let values = try leaves + stager.initialStates(leaves: leaves, seed: seed)
      paths.append(try tensors(values, of: bound))
    }
    if count < ensemble.paths {
      paths = [[Tensor]](repeating: paths[0], count: ensemble.paths)
    }
    var result: [Tensor] = []
    for slot in paths[0].indices {
      let type = paths[0][slot].type.ofPaths(ensemble.paths)
      try requireMemory(type, at: bound.span)
      do { result.append(try Tensor(members: paths.map { $0[slot] })) } catch {
        throw diagnostic(of: error, at: bound.span)
      }
    }
    return result + ensemble.startOfKept(real: bound.real)
  }

  /// Whether nothing random is in the starts.
  private func startsAlike(_ problem: StagedProblem, _ stager: StepStager) -> Bool {
    let isFixed = problem.leaves.allSatisfy { if case .value = $0.start { true } else { false } }
    return isFixed && stager.rules.flatMap(\.instances).allSatisfy { !$0.definition.drawsStates }
  }
}

extension Definition {
  /// Whether one of its states begins with a draw.
  fileprivate var drawsStates: Bool {
    guard case .members(let members) = body else { return false }
    return members.contains { member in
      guard case .state(let declarations, _, _) = member else { return false }
      return declarations.contains { if case .distribution? = $0.start { true } else { false } }
    }
  }
}

extension Diagnostic {
  /// An ensemble whose steps cannot be one.
  fileprivate static func unstackable(_ name: String, at span: Span) -> Diagnostic {
    .notInThisVersion(
      "an ensemble of runs such as `\(name)`", at: span, help: "write `sweep NAME over seed in 1...100 { run … }`")
  }
}
