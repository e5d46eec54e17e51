import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Syntax
import Tensors
import Values

extension StepStager {
  /// The next value of every slot that changes.
  func updates(_ names: Scope) throws(Diagnostic) -> [(input: Int, output: NodeID)] {
    var carried = try meanOfWorkers()
    for unit in units { try sendUnconditionally(unit) }
    for unit in units { try addUpdates(of: unit, to: &carried) }
    try wrapUpdates(&carried)
    try intervene(&carried, names)
    if surroundings == nil { carried += holds.map { ($0.slot, $0.output) } }
    return carried
  }

  /// The next values of what an optimizer's equations are for.
  func addUpdates(of unit: RuleUnit, to carried: inout [(input: Int, output: NodeID)]) throws(Diagnostic) {
    let definition = unit.rule.instance.definition
    guard unit.equations.contains(where: { $0.name.text == "x" }) else {
      throw .needs(
        "the optimizer `\(definition.name.text)`", "an equation for `x`", at: definition.name.span,
        help: ["add an equation such as `x' = x - lr * g`"])
    }
    let whole = definition.isOverAll || unit.leaves.count != 1
    for (name, id) in unit.equations {
      if whole {
        try add(name, id, unit, to: &carried)
      } else {
        carried += try stepping(unit.leaves[0], by: unit.rule) { () throws(Diagnostic) in
          var own: [(input: Int, output: NodeID)] = []
          try add(name, id, unit, to: &own)
          return own
        }
      }
    }
  }

  /// Runs `body`, which stages the step of one parameter; what is wrong with its shape is told with its name.
  ///
  /// A rule for matrices meets the vectors of a network first where nobody has said `on matrices`.
  func stepping<T>(_ leaf: Int, by rule: RulePlan, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    do { return try body() } catch {
      let parameter = problem.leaves[leaf]
      // What is wrong in the text of the problem is not for the rule to say.
      let file = rule.instance.definition.name.span.file
      guard error.ground == .shapes || error.ground == .kinds, parameter.shape.rank != 2, problem.leaves.count > 1,
        error.span?.file == file, problem.span.file != file
      else { throw error }
      var located = error
      located.notes.append("`x` is the parameter `\(parameter.path)` of shape \(parameter.shape)")
      if problem.leaves.contains(where: { $0.shape.rank == 2 }) {
        located.help.append("a rule for matrices: `with \(rule.title)(…) on matrices, sgd(lr = …) on rest`")
      }
      throw located
    }
  }

  private func add(_ name: Name, _ id: ExpressionID, _ unit: RuleUnit, to carried: inout [(input: Int, output: NodeID)])
    throws(Diagnostic)
  {
    let place = unit.rule.instance.code.tree.span(id)
    if unit.workerStates.contains(name.text), let state = unit.states.first(where: { $0.name == name.text }) {
      let values = try unit.workers.map { (scope) throws(Diagnostic) in
        try self.state(name, state.shape, of: evaluator.value(of: name.text + "'", in: scope, at: place), at: place)
      }
      let whole = rows(values)
      let parts = values.enumerated().map { (workers: $0.offset..<$0.offset + 1, node: $0.element) }
      sending.note(rows: parts, of: state.slot, whole: whole)
      carried.append((state.slot, whole))
      return
    }
    let value = try evaluator.value(of: name.text + "'", in: unit.scope, at: place)
    if name.text == "x" {
      for (leaf, node) in zip(unit.leaves, try parts(of: value, unit, place)) { carried.append((leaf, node)) }
      return
    }
    guard let state = unit.states.first(where: { $0.name == name.text }) else {
      throw .unknownName(name.text, near: unit.states.map(\.name), at: name.span)
    }
    carried.append((state.slot, try self.state(name, state.shape, of: value, at: place)))
  }

  /// The next value of a state in its shape.
  func state(_ name: Name, _ own: Shape, of value: Value, at place: Span) throws(Diagnostic) -> NodeID {
    guard var shape = evaluator.shape(of: value) else { throw .silent(at: place) }
    var result = try evaluator.asReal(value, at: place)
    if shape.rank == 0, own.rank > 0 {
      result = try evaluator.apply(BroadcastTo(shape: own), [.node(evaluator.node(result, at: place))], at: place)
      shape = own
    }
    guard shape == own else { throw .updateShape(name.text, expected: own, found: shape, at: place) }
    return try evaluator.node(result, at: place)
  }
}
