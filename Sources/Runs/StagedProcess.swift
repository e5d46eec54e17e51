import Arithmetic
package import Diagnostics
import Evaluation
package import Experiments
package import Graph
import Messages
package import Staging
package import Syntax
package import Tensors
package import Values

/// A process with its arguments: states, their starts and their equations.
package final class StagedProcess {
  let name: String
  package let scope: Scope
  package let code: Code
  let span: Span
  package var states: [(name: Name, shape: Shape, start: ParameterLeaf.Start)] = []
  /// In which coordinate each state is stepped; nil for its own.
  var coordinates: [StateCoordinate?] = []
  var lets: [(names: [Name], value: ExpressionID, span: Span)] = []
  package var equations: [(name: Name, value: ExpressionID, isDifferential: Bool)] = []
  /// Drawn anew at every step of a map.
  var noises: [TensorDeclaration] = []
  /// Drawn once for a run.
  var draws: [Name] = []
  var metrics: [DefinitionValue] = []
  /// Whether its equations are meant in Stratonovich's sense, and not in Itô's.
  var isStratonovich = false

  init(name: String, scope: Scope, code: Code, span: Span) {
    self.name = name
    self.scope = scope
    self.code = code
    self.span = span
  }

  package var isDifferential: Bool { equations.contains(where: \.isDifferential) }
}

extension Evaluator {
  /// Evaluates the members of a process for one seed.
  package func stagedProcess(_ instance: Instance, seed: Int) throws(Diagnostic) -> StagedProcess {
    let process = StagedProcess(
      name: instance.definition.name.text, scope: Scope(parent: instance.scope), code: instance.code,
      span: instance.span)
    noteEntered(instance.definition)
    guard case .members(let members) = instance.definition.body else { return process }
    try apart { () throws(Diagnostic) in
      try within(instance.code) { () throws(Diagnostic) in
        for member in members { try add(member, to: process, seed: seed) }
      }
    }
    guard !process.equations.isEmpty else {
      throw .lacks(
        "the process `\(instance.definition.name.text)`", "equation", at: instance.definition.name.span)
    }
    if process.isDifferential, let noise = process.noises.first {
      throw .noiseBesideTime(noise.name.text, at: noise.name.span)
    }
    if !process.isDifferential, let draw = process.draws.first { throw .drawInMap(draw.text, at: draw.span) }
    return process
  }

  private func add(_ member: Member, to process: StagedProcess, seed: Int) throws(Diagnostic) {
    let scope = process.scope
    switch member {
    case .state(let declarations, _, let span):
      for declaration in declarations { try addState(declaration, to: process, span) }
    case .letBinding(let names, let value, let span):
      if process.states.isEmpty {
        try define(names, evaluate(value, in: scope), in: scope, at: span)
      } else {
        process.lets.append((names, value, span))
      }
    case .draw(let declaration, let span):
      let shape = try shape(declaration.shape ?? [], in: scope)
      guard case .distribution(let id)? = declaration.start,
        case .distribution(let distribution) = try evaluate(id, in: scope)
      else {
        throw .withoutDistribution("draw", at: span)
      }
      process.draws.append(declaration.name)
      let stream = StreamName(
        seed: seed, purpose: "data", detail: "\(process.name).\(declaration.name.text)")
      seedReads += 1
      scope.define(
        declaration.name.text, try initialValue(.distribution(distribution), shape: shape, stream: stream, at: span))
    case .noise(let declaration, _): process.noises.append(declaration)
    case .equation(let name, let value, let isDifferential, _): process.equations.append((name, value, isDifferential))
    case .metric(let definition, _), .function(let definition, _):
      let value = DefinitionValue(definition, code: process.code, scope: scope)
      scope.define(definition.name.text, .function(.definition(value)), span: definition.name.span)
      if definition.kind == .metric { process.metrics.append(value) }
    case .stratonovich(let span):
      guard !process.isStratonovich else {
        throw .givenTwice("`stratonovich`", at: span)
      }
      process.isStratonovich = true
    default: throw .silent(at: process.span)
    }
  }

  private func addState(_ declaration: TensorDeclaration, to process: StagedProcess, _ span: Span) throws(Diagnostic) {
    var start = ParameterLeaf.Start.value(.real(0))
    switch declaration.start {
    case nil: break
    case .value(let id): start = .value(try evaluate(id, in: process.scope))
    case .distribution(let id):
      let value = try evaluate(id, in: process.scope)
      guard case .distribution(let distribution) = value else {
        throw .expected("a distribution", found: value.kind, at: span)
      }
      start = .distribution(distribution)
    }
    var shape = try self.shape(declaration.shape ?? [], in: process.scope)
    if declaration.shape == nil, case .value(let value) = start { shape = self.shape(of: value) ?? .scalar }
    process.states.append((declaration.name, shape, start))
    process.coordinates.append(
      try declaration.coordinate.map { (name) throws(Diagnostic) in
        if let known = StateCoordinate(rawValue: name.text) { return known }
        throw .unknownName(name.text, near: StateCoordinate.allCases.map(\.rawValue), at: name.span)
      })
  }

  /// The graph of one step of a process: `w' = …`, or `w + dw` with `dt` and the Brownian increments `dB…`.
  func stagedStep(
    _ process: StagedProcess, dt: Double?, by choice: SchemeChoice = SchemeChoice(), event: EventSource? = nil,
    ensemble: EnsembleBuilder? = nil, real: DType, at span: Span
  ) throws(Diagnostic) -> StepSpec {
    try staging(real: real) { () throws(Diagnostic) in
      var slots = process.states.map { Slot(path: $0.name.text, type: TensorType($0.shape, real)) }
      let inputs = slots.indices.map { slot in
        ensemble == nil ? builder.input(.slot(slot), slots[slot].type) : graph.freshInput(slots[slot].type)
      }
      let scope = Scope(parent: process.scope)
      for (node, state) in zip(inputs, process.states) {
        scope.define(state.name.text, .node(node), span: state.name.span)
      }
      let context = ProcessStep(evaluator: self, process, dt: dt)
      if let dt { scope.define(.dt, .real(dt)) }
      let time = try self.time(dt: dt, real: real, at: span)
      scope.define(.t, time)
      let schemed = dt.map { dt in
        ProcessEquations(self, process, slots, context, choice.scheme, start: time, dt: dt, at: choice.place ?? span)
      }
      if let tolerance = choice.tolerance { schemed?.tolerance = tolerance }
      var carried = try at(.rule([], context.names), in: process.code) { () throws(Diagnostic) in
        let plain = try equations(of: process, slots, inputs, in: scope, context)
        guard let schemed, process.isDifferential else { return plain }
        // In no time nothing moves, in whatever coordinate.
        return try schemed.needsMore && dt != 0 ? schemed.step(from: inputs) : plain
      }
      if let schemed, schemed.isSmooth, mode == .run {
        let search: EventSearch = { [unowned self] (condition, old, new, isOpen) throws(Diagnostic) in
          try at(.rule([], context.names), in: process.code) { () throws(Diagnostic) in
            try schemed.location(of: condition, from: old, to: new, where: isOpen)
          }
        }
        ensemble?.search = search
        try event?.end(&carried, &slots, inputs, by: search, self, at: span)
      }
      if let ensemble {
        return try ensemble.step(
          of: process, slots, inputs, carried: carried, noise: context.draws(of: ensemble.paths), by: self, at: span)
      }
      return StepSpec(slots: slots, program: builder.program(outputs: [], carried: carried))
    }
  }

  /// `t` of an equation: the time at which a step with `dt` begins, else the number of the step.
  private func time(dt: Double?, real: DType, at span: Span) throws(Diagnostic) -> Value {
    var value = Value.node(builder.time)
    if let dt {
      value = try apply(
        Multiply(),
        [apply(Subtract(), [value, .node(graph.constant(1, .f64))], at: span), .node(graph.constant(dt, .f64))],
        at: span)
    }
    return real == .f64 ? value : try apply(Convert(dtype: real), [value], at: span)
  }

  /// The next value of every state.
  ///
  /// A `let` only names a value: it is evaluated where an equation uses it, so that the noise in it has the shape of that
  /// equation.
  package func equations(
    of process: StagedProcess, _ slots: [Slot], _ inputs: [NodeID], in scope: Scope, _ context: ProcessStep
  ) throws(Diagnostic) -> [(input: Int, output: NodeID)] {
    let lets = ProcessLets(process)
    for (name, id, isDifferential) in process.equations where !isDifferential {
      let shape = slots.first { $0.path == name.text }?.type.shape ?? .scalar
      scope.define(
        name.text + "'",
        .deferred(
          Deferred { [unowned self] () throws(Diagnostic) in
            try context.within(shape, at: process.code.tree.span(id)) { () throws(Diagnostic) in
              try self.within(process.code) { () throws(Diagnostic) in
                try self.evaluate(id, in: lets.scope(in: scope, context, self))
              }
            }
          }))
    }
    var carried: [(input: Int, output: NodeID)] = []
    for (name, id, isDifferential) in process.equations {
      let place = code.tree.span(id)
      guard let slot = slots.firstIndex(where: { $0.path == name.text }) else {
        throw .unknownName(name.text, near: slots.map(\.path), at: name.span)
      }
      var value = try context.within(slots[slot].type.shape, at: place) { () throws(Diagnostic) in
        try isDifferential
          ? evaluate(id, in: lets.scope(in: scope, context, self))
          : self.value(of: name.text + "'", in: scope, at: place)
      }
      if isDifferential {
        value = try binary(
          .add, .node(inputs[slot]), value, at: OperandPlaces(whole: place, left: name.span, right: place))
      }
      carried.append((slot, try nextState(value, slots[slot], at: place)))
    }
    try lets.lookAtUnused(in: scope, context, self)
    return carried
  }

  func nextState(_ value: Value, _ slot: Slot, at place: Span) throws(Diagnostic) -> NodeID {
    guard let shape = shape(of: value) else { throw .silent(at: place) }
    var result = try node(asReal(value, at: place), at: place)
    if shape.rank == 0, slot.type.shape.rank > 0 { result = graph.add(BroadcastTo(shape: slot.type.shape), result) }
    guard graph.shape(result) == slot.type.shape else {
      throw .updateShape(slot.path, expected: slot.type.shape, found: shape, at: place)
    }
    return result
  }
}
