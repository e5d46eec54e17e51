import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

// What a compressor keeps from step to step: `state Q: [v.cols, 2] ~ normal()`, with its equation `Q' = …`.

extension Evaluator {
  /// A state of a compressor as it is before the step.
  func state(_ declaration: TensorDeclaration, of call: CompressorCall, at span: Span) throws(Diagnostic) -> Value {
    let name = declaration.name.text
    return try within(call.instance.code) { () throws(Diagnostic) in
      let shape =
        try declaration.shape.map { (sizes) throws(Diagnostic) in try self.shape(sizes, in: call.scope) } ?? call.shape
      let start = try self.start(of: declaration, in: call.scope)
      guard let path = call.path, let stager = point?.rule, stager.takesStates else {
        if case .distribution(let law) = start { return try drawnHere(law, shape, "state", of: call) }
        return try initialValue(start, shape: shape, stream: StreamName(seed: 0, purpose: "init", detail: ""), at: span)
      }
      try requireEveryStep("state", at: span)
      let detail = stager.sending.name(at: "\(call.name).\(name) of \(path)")
      let kept = stager.keep(
        detail, TensorType(shape, realType), state: "state of a compressor", of: call.worker
      ) {
        [unowned self] (seed) throws(Diagnostic) in
        try initialValue(start, shape: shape, stream: StreamName(seed: seed, purpose: "init", detail: detail), at: span)
      }
      if call.isOfWorker { stager.sending.note(owned: kept.input, as: name) }
      call.kept.slots[name] = (kept, shape)
      return .node(kept.input)
    }
  }

  /// What a state starts from: a number, a tensor or a distribution that no step changes.
  private func start(of declaration: TensorDeclaration, in scope: Scope) throws(Diagnostic) -> ParameterLeaf.Start {
    let start = try StepStager.start(of: declaration, in: scope, by: self)
    guard case .value(let value) = start, value.isNode else { return start }
    throw .requires(
      "the start of a compressor's state", "a value that is known before the first step", at: declaration.name.span,
      help: ["write numbers, arguments of the compressor or a distribution"])
  }

  /// Gives the states of a compressor their next values.
  func settleStates(of call: CompressorCall) throws(Diagnostic) {
    guard let stager = point?.rule, call.path != nil, stager.takesStates else { return }
    for case .equation(let name, let id, _, _) in call.members {
      let place = call.instance.code.tree.span(id)
      // Where nothing else asks for it, the equation keeps the state alone.
      _ = try value(of: name.text, in: call.scope, at: name.span)
      let next = try value(of: name.text + "'", in: call.scope, at: place)
      guard let (kept, shape) = call.kept.slots[name.text] else { continue }
      stager.settle(kept, try stager.state(name, shape, of: next, at: place))
    }
  }

  /// Refuses what is kept from step to step in one side of a condition that only the step knows.
  func requireEveryStep(_ what: String, at span: Span) throws(Diagnostic) {
    guard builder.branches.contains(where: { graph.shape($0.node).rank == 0 }) else { return }
    throw .notInThisVersion(
      what, at: span,
      help: "a compressor with a state stands outside of `if`, so that the state has one next value at each step")
  }
}
