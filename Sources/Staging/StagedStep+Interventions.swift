import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Syntax
import Tensors
import Values

extension StepStager {
  /// What interventions make of the updates: another `update`, and frozen parameters that keep their value.
  func intervene(_ carried: inout [(input: Int, output: NodeID)], _ names: Scope) throws(Diagnostic) {
    if let update = settings.update { try replaceUpdates(in: &carried, by: update, names) }
    guard !settings.frozen.isEmpty else { return }
    let resting = allUnits.filter { $0.leaves.allSatisfy(settings.frozen.contains) }.flatMap(\.states).map(\.slot)
    carried.removeAll { settings.frozen.contains($0.input) || resting.contains($0.input) }
  }

  /// Evaluates `update = …`, in which `update` is x′ − x of all parameters as one vector, and moves them by it.
  private func replaceUpdates(
    in carried: inout [(input: Int, output: NodeID)], by thunk: Thunk, _ names: Scope
  ) throws(Diagnostic) {
    let span = thunk.code.tree.span(thunk.expression)
    let shapes = problem.leaves.map(\.shape)
    var moves: [NodeID] = []
    for (leaf, node) in leafNodes.enumerated() {
      let next = carried.last { $0.input == leaf }?.output ?? node
      moves.append(try evaluator.node(evaluator.apply(Subtract(), [.node(next), .node(node)], at: span), at: span))
    }
    let total = shapes.map(\.count).reduce(0, +)
    let scope = try updateScope(moves, thunk, names, span)
    let value = try evaluator.within(thunk.code) { () throws(Diagnostic) in
      let value = try evaluator.evaluate(thunk.expression, in: scope)
      try evaluator.requireNumbers(value, "numbers for `update`", at: span)
      return try evaluator.asReal(value, at: span)
    }
    if case .unknown = value { return }
    let found = evaluator.shape(of: value) ?? .scalar
    guard found == [total] || found.rank == 0 else {
      throw .updateShape("update", expected: [total], found: found, at: span)
    }
    let whole = found.rank == 0 ? try evaluator.apply(BroadcastTo(shape: [total]), [value], at: span) : value
    let steps = try evaluator.split(evaluator.node(whole, at: span), into: shapes, at: span)
    carried.removeAll { $0.input < leafNodes.count }
    for (leaf, step) in steps.enumerated() {
      let next = try evaluator.apply(Add(), [.node(leafNodes[leaf]), .node(step)], at: span)
      carried.append((leaf, try evaluator.node(next, at: span)))
    }
  }

  /// `update`, `x`, `g`, `hvp`, … as `update = …` sees them: all parameters as one vector.
  private func updateScope(_ moves: [NodeID], _ thunk: Thunk, _ names: Scope, _ span: Span) throws(Diagnostic) -> Scope
  {
    let scope = Scope(parent: thunk.scope)
    scope.define(.update, try evaluator.flattened(moves, at: span))
    let plain: [StepName] = [.x, .g, .loss, .t, .step]
    scope.adopt(plain.filter { thunk.scope.lookup($0)?.span == nil }, from: names)
    let shapes = problem.leaves.map(\.shape)
    let hvp = NativeFunction(name: StepName.hvp.rawValue) { [unowned self] (_, values, span) throws(Diagnostic) in
      guard values.count == 1 else { throw .takes("`hvp`", "one argument", at: span) }
      let vector = try evaluator.node(evaluator.asReal(values[0], at: span), at: span)
      let parts = try evaluator.split(vector, into: shapes, at: span)
      return try evaluator.flattened(products(with: parts, span), at: span)
    }
    for scope in [scope, names] { scope.define(.hvp, .function(.native(hvp))) }
    return scope
  }
}
