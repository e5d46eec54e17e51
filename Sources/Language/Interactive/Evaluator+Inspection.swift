import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Metrics
import Runs
import Staging
import Syntax
import Tensors
import Values

extension MetricStager {
  /// Stages values of any shape on the state of a run.
  func stage(values: [ExpressionID], real: DType, in scope: Scope, at span: Span) throws(Diagnostic) -> StagedMetrics {
    try opened(real: real, in: scope, at: span) { (inner) throws(Diagnostic) in
      var nodes: [NodeID] = []
      for id in values {
        let place = evaluator.code.tree.span(id)
        let value = try evaluator.evaluate(id, in: inner)
        let parts = if case .tuple(let values) = value { values } else { [value] }
        for part in parts {
          if case .unknown = part { throw .silent(at: span) }
          guard part.isNumeric || part.isBoolean else {
            throw .expected("a number or a tensor", found: part.kind, at: place)
          }
          nodes.append(try evaluator.node(evaluator.asReal(part, at: place), at: place))
        }
      }
      return finish(nodes, names: nodes.indices.map { "value \($0)" }, isConditional: false, span)
    }
  }
}

extension MetricStager {
  /// Stages the mean loss of some samples and its gradient for each parameter.
  func stage(batch: [Int], real: DType, in scope: Scope, at span: Span) throws(Diagnostic) -> StagedMetrics {
    try opened(real: real, in: scope, at: span) { _ throws(Diagnostic) in
      guard let problem = subject.problem else { throw .unavailableHere("batch", "a process has no samples", at: span) }
      let leaves = Array(slotNodes.prefix(problem.leaves.count))
      let rows = evaluator.constantNode(Tensor(integers: batch, shape: [batch.count]))
      let view = BatchView(indices: rows, count: batch.count, isWhole: false) { [unowned self] in key("metric:" + $0) }
      let loss = try evaluator.meanLoss(problem, at: leaves.map(Value.node), view)
      let gradients = try evaluator.gradients(of: loss, at: leaves, span)
      return finish([loss] + gradients, names: ["loss"] + problem.leaves.map(\.path), isConditional: false, span)
    }
  }
}

/// Looks at the present state of a run.
extension Evaluator {
  /// Values of expressions on the present state of a run, of any shapes.
  func measured(_ values: [ExpressionID], on live: LiveRun, in scope: Scope, at span: Span) throws(Diagnostic)
    -> [Tensor]
  {
    let bound = live.bound
    let subject = metricSubject(of: bound, live.run.segmentNumber)
    let metrics = try MetricStager(evaluator: self, subject: subject).stage(
      values: values, real: bound.real, in: scope, at: span)
    return try looked(at: live, by: group(metrics, bound), span)
  }

  private func looked(at live: LiveRun, by group: MetricGroup, _ span: Span) throws(Diagnostic) -> [Tensor] {
    let tensors: [Tensor]
    do { tensors = try live.run.tensors(of: group) } catch { throw diagnostic(of: error, at: span) }
    if group.isBroken { throw session.interruption(at: span) }
    return tensors
  }

  /// The form `inspect g`; alone, parameters, states, hyper-parameters and the batch at hand.
  func inspect(_ id: ExpressionID?, in scope: Scope, at span: Span) throws(Diagnostic) {
    let run = try openRun(nil, in: scope, at: span)
    if let id, case .name("batch") = code.tree[id] { return try inspectBatch(of: run, in: scope, at: span) }
    guard mode == .run else {
      guard let id, let definition = run.definition else { return }
      let bound = try staged(definition)
      _ = try MetricStager(evaluator: self, subject: metricSubject(of: bound, 0)).stage(
        values: [id], real: bound.real, in: scope, at: span)
      return
    }
    let live = try live(run, at: span)
    guard let id else { return try overview(of: live, in: scope, at: span) }
    let tensors = try measured([id], on: live, in: scope, at: span)
    let name = session.sources.text(code.tree.span(id))
    for tensor in tensors { try session.emit(ValueDisplay.text(value(of: tensor), name: name) + "\n", at: span) }
  }

  /// The samples of the next update, their loss, and its gradient beside that of all data.
  private func inspectBatch(of run: RunValue, in scope: Scope, at span: Span) throws(Diagnostic) {
    guard mode == .run else { return }
    let live = try live(run, at: span)
    guard let batch = live.run.nextBatch else {
      throw .meansNothing(
        "batch", "for the run `\(run.name)`, which takes all samples in every step", at: span,
        help: ["`inspect g` shows its gradient"])
    }
    let bound = live.bound
    let subject = metricSubject(of: bound, live.run.segmentNumber)
    let metrics = try MetricStager(evaluator: self, subject: subject).stage(
      batch: batch, real: bound.real, in: scope, at: span)
    let tensors = try looked(at: live, by: group(metrics, bound), span)
    guard let loss = tensors.first?.doubles().first else { return }
    let whole = try measured(["g"], on: live, state: nil, in: scope, at: span).first?.doubles() ?? []
    let own = tensors.dropFirst().flatMap { $0.doubles() }
    let norm = Self.norm(own)
    let cosine = zip(own, whole).reduce(0) { $0 + $1.0 * $1.1 } / (norm * Self.norm(whole))
    var lines = [
      "\(live.name) at step \(live.step)",
      "  next batch: samples " + batch.map(String.init).joined(separator: ", "),
      "  its loss \(NumberText.short(loss)), norm of its gradient \(NumberText.short(norm)),"
        + " cosine with the whole gradient \(NumberText.short(cosine))",
    ]
    for (name, tensor) in zip(metrics.names, tensors).dropFirst() {
      lines.append("  gradient of " + ValueDisplay.line(name, tensor))
    }
    try session.emit(lines.joined(separator: "\n") + "\n", at: span)
  }

  private static func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  private func overview(of live: LiveRun, in scope: Scope, at span: Span) throws(Diagnostic) {
    var lines = ["\(live.name) at step \(live.step)"]
    for slot in live.slots { lines.append("  " + ValueDisplay.line(slot.path, slot.tensor)) }
    if case .problem(_, let stager) = live.bound.subject {
      for (place, instance) in stager.rules.flatMap(\.instances).enumerated() {
        let names = instance.thunks.map(\.name).filter { $0 != RulePlan.wrapped }
        if names.isEmpty { continue }
        let values = try names.map { (name) throws(Diagnostic) in
          "\(name) \(try hyperparameter(name, ofRule: place, in: live, scope, span))"
        }
        lines.append("  \(instance.definition.name.text): " + values.joined(separator: ", "))
      }
    }
    if let batch = live.run.nextBatch {
      let shown = batch.prefix(16).map(String.init).joined(separator: ", ")
      lines.append("  next batch: samples \(shown)\(batch.count > 16 ? ", … (\(batch.count))" : "")")
    }
    try session.emit(lines.joined(separator: "\n") + "\n", at: span)
  }

  /// A hyper-parameter of a rule as it is at the next step; a dash where it depends on the sample.
  private func hyperparameter(_ name: String, ofRule place: Int, in live: LiveRun, _ scope: Scope, _ span: Span)
    throws(Diagnostic) -> String
  {
    let subject = metricSubject(of: live.bound, live.run.segmentNumber)
    let stager = MetricStager(evaluator: self, subject: subject)
    let tensors = try? looked(
      at: live,
      by: group(
        stager.stage(hyperparameter: name, ofRule: place, real: live.bound.real, in: scope, at: span), live.bound), span
    )
    guard let tensor = tensors?.first, tensor.count == 1, let value = tensor.doubles().first else { return "–" }
    return NumberText.short(value)
  }
}
