extension Tree {
  /// What a statement consists of, in the order in which it is evaluated: the one place that says which names it defines
  /// and which expressions and blocks are in it.
  package func parts(of id: StatementID) -> [StatementPart] {
    switch self[id] {
    case .missing, .use, .precision: []
    case .binding(let names, let value, let isVariable):
      [.value(value)] + names.map { .name($0, isVariable: isVariable) }
    case .input(let parameter): [.parameter(parameter), .name(parameter.name, isVariable: false)]
    case .assignment(let target, _, let value): [.value(value), .target(target)]
    case .definition(let definition): [.definition(definition)]
    case .expression(let value): [.value(value)]
    case .returnValue(let value): Self.values([value])
    case .ifElse, .forLoop, .whileLoop, .repeatLoop: partsOfControl(id)
    case .run, .fork, .sweep: partsOfExperiment(id)
    case .print, .table, .plot, .claim, .save: partsOfOutput(id)
    case .session(let statement): Self.parts(of: statement)
    case .node(let node): node.parts
    }
  }

  /// The names that a statement gives to the scope it stands in.
  package func names(definedBy id: StatementID) -> [Name] {
    parts(of: id).compactMap { part in
      switch part {
      case .name(let name, _): name
      case .definition(let definition): definition.name
      default: nil
      }
    }
  }

  private static func values(_ ids: [ExpressionID?]) -> [StatementPart] { ids.compactMap { $0.map { .value($0) } } }

  private static func fixed(_ name: Name?) -> [StatementPart] { name.map { [.name($0, isVariable: false)] } ?? [] }

  private func partsOfControl(_ id: StatementID) -> [StatementPart] {
    switch self[id] {
    case .ifElse(let condition, let then, let otherwise): [.value(condition), .block(then), .block(otherwise)]
    case .forLoop(let names, let source, let body):
      [.value(source), .scope(names.map { .name($0, isVariable: false) } + [.block(body)])]
    case .whileLoop(let condition, let body): [.value(condition), .block(body)]
    case .repeatLoop(let loop): Self.values([loop.count, loop.truncation]) + [.block(loop.body)]
    default: []
    }
  }

  private func partsOfExperiment(_ id: StatementID) -> [StatementPart] {
    switch self[id] {
    case .run(let run): return Self.parts(of: run)
    case .fork(let source, let moment, _, let name, let body):
      return [.value(source), .value(moment), .changes(body)] + Self.fixed(name)
    case .sweep(let sweep):
      var inner: [StatementPart] = []
      for axis in sweep.axes { inner += [.value(axis.values)] + axis.names.map { .name($0, isVariable: false) } }
      return [.scope(inner + Self.values([sweep.condition]) + [.block(sweep.body)])] + Self.fixed(sweep.name)
    default: return []
    }
  }

  private static func parts(of run: RunStatement) -> [StatementPart] {
    var parts: [StatementPart] = [.value(run.subject)] + run.rules.map { .rule($0.call) }
    parts += values(run.rules.map(\.local))
    for clause in run.clauses {
      let own = values([clause.value] + clause.more.map(\.value))
      // Of the number of the step, which is no name of the file.
      parts += clause.name.text == "batch" ? [.measured(own)] : own
    }
    parts += values([run.length])
    parts.append(.measured(run.body.flatMap { Self.parts(of: $0) }))
    return parts + fixed(run.name)
  }

  private static func parts(of item: RunItem) -> [StatementPart] {
    switch item {
    case .record(let recording, _): values(recording.items.map(\.value)) + parts(of: recording.cadence)
    case .at(let moment, _, let changes, _): [.value(moment), .changes(changes)]
    case .stop(let condition, _): [.value(condition)]
    }
  }

  private static func parts(of cadence: Cadence) -> [StatementPart] {
    switch cadence {
    case .every(let value, _), .at(let value, _), .logspaced(let value), .when(let value): [.value(value)]
    case .always, .end: []
    }
  }

  private func partsOfOutput(_ id: StatementID) -> [StatementPart] {
    switch self[id] {
    case .print(let values): Self.values(values)
    case .table(let source, let columns, _, let destination):
      [.measured(Self.values([source] + columns + [destination]))]
    case .plot(let plot):
      [.measured(Self.values(plot.series + plot.names.compactMap(\.self) + plot.runs + plot.options.map(\.value)))]
    case .claim(let text, let condition, let decision):
      [.measured(Self.values([text, condition, decision?.seedsMax]))]
    case .save(let value, let destination): Self.values([value, destination])
    default: []
    }
  }

  /// What is measured of a run that is stepped is judged with the run at hand, and no part here.
  private static func parts(of statement: SessionStatement) -> [StatementPart] {
    switch statement {
    case .start(let run): parts(of: run)
    case .fork(let source, let name, let body): [.value(source), .changes(body)] + fixed(name)
    case .choose(let run): [.value(run)]
    case .difference(let first, let second): values([first, second])
    case .change(let run, let body): values([run]) + [.changes(body)]
    case .step, .travel, .watch, .unwatch, .when, .record, .inspect, .spectrum, .explain: []
    }
  }
}
