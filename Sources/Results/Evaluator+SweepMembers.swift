import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Runs
import Staging
import Syntax
import Tensors
import Values

extension Evaluator {
  /// Whether the readings of an axis's value are noted: of a number, in a member that is no part of another's.
  func isWatched(_ value: Value) -> Bool {
    guard mode == .run, axisReads == nil else { return false }
    switch value {
    case .integer, .real: return true
    default: return false
    }
  }

  /// A number whose readings are noted as those of axes.
  func watched(_ value: Value, _ axes: Set<Int>, of sweep: ObjectIdentifier) -> Value {
    .deferred(
      Deferred(value) { [unowned self] in
        guard let axisReads else { return }
        for axis in axes { axisReads.note(axis, of: sweep) }
      })
  }

  /// What a member reads of its axes is noted by `reads`, also where others do not look.
  func noting<T>(_ reads: AxisReads?, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    let outer = axisReads
    axisReads = outer ?? reads
    defer { axisReads = outer }
    return try body()
  }

  /// A member with what it is as a value.
  ///
  /// - Parameter template: as in `staged`.
  func specified(
    _ point: SweepPoint, _ body: SweepBody, of sweep: SweepValue, like template: inout SweepTemplate?
  ) throws(Diagnostic) -> (member: BoundMember, spec: RunSpec) {
    let known = template?.reads, decisive = known?.decisive
    var member = try staged(point, body, of: sweep, like: &template)
    var spec = try noting(template?.reads) { () throws(Diagnostic) in try self.spec(of: member.bound) }
    // What a start reads is seen when it is made; that of the member before was not asked as much.
    if let known, template?.reads === known, known.decisive != decisive {
      template = nil
      member = try staged(point, body, of: sweep, like: &template)
      spec = try noting(template?.reads) { () throws(Diagnostic) in try self.spec(of: member.bound) }
    }
    return (member, spec)
  }

  /// Stages a member, or makes it of one that differs in numbers only.
  ///
  /// - Parameter template: the last member that was staged, if others may be made of it; replaced where this one is staged.
  func staged(
    _ point: SweepPoint, _ body: SweepBody, of sweep: SweepValue, like template: inout SweepTemplate?
  ) throws(Diagnostic) -> BoundMember {
    if let template, let member = try? member(point, body, of: sweep, like: template) { return member }
    template = nil
    var (made, isRefused) = (SweepTemplate?.none, false)
    do { made = try newTemplate(point, body, of: sweep, takesInputs: true) } catch {
      // What a rule does with a number may not be possible with an input.
      guard error.effect != .interrupt, error.effect != .limit else { throw error }
      isRefused = true
    }
    if isRefused || made?.isUnfit == true { made = try newTemplate(point, body, of: sweep, takesInputs: false) }
    guard let made else { throw .silent(at: body.span) }
    template = made
    return made.member
  }

  private func newTemplate(_ point: SweepPoint, _ body: SweepBody, of sweep: SweepValue, takesInputs: Bool)
    throws(Diagnostic) -> SweepTemplate
  {
    let reads = AxisReads(of: point.whole, takesInputs: takesInputs)
    let (before, isUnseen) = (seedReads, axisReads != nil)
    return try noting(reads) { () throws(Diagnostic) in
      var member = try staged(point, body, of: sweep)
      guard let numbers = try numbers(reads.inputs, of: reads.optimizers, member.bound.real) else {
        throw .silent(at: body.span)
      }
      member.bound.numbers = numbers
      return SweepTemplate(member: member, reads: reads, isOfSeed: seedReads != before, isUnseen: isUnseen)
    }
  }

  /// The numbers of a member's optimizers that are inputs; nil where one is none.
  private func numbers(_ inputs: [HyperparameterInput], of optimizers: [Instance], _ real: DType) throws(Diagnostic)
    -> [GivenTensor]?
  {
    var result: [GivenTensor] = []
    for input in inputs {
      let value = try checkingOfMember { () throws(Diagnostic) in try number(input, of: optimizers) }
      guard let value else { return nil }
      result.append(GivenTensor(input.feed, Tensor([value], shape: .scalar, dtype: real)))
    }
    return result
  }

  /// A member made of one that was staged; nil where they differ in what decided its staging.
  private func member(
    _ point: SweepPoint, _ body: SweepBody, of sweep: SweepValue, like template: SweepTemplate
  ) throws(Diagnostic) -> BoundMember? {
    guard let difference = sweep.difference(of: point, from: template.member.cell) else { return nil }
    if template.isOfSeed, difference.seed != nil { return nil }
    guard difference.axes.isEmpty || !template.isUnseen,
      template.reads.isShared(along: difference.axes)
    else { return nil }
    var member = template.member
    member.cell.values.replaceSubrange(point.values.indices, with: point.values)
    member.cell.labels.replaceSubrange(point.labels.indices, with: point.labels)
    member.bound.name = title(of: point, sweep)
    if let seed = difference.seed {
      member.bound.seed = seed
      member.definition.place.memberSeed = seed
    }
    guard !difference.axes.isEmpty else { return member }
    return try noting(template.reads) { () throws(Diagnostic) in
      try give(&member, its: point, body, of: sweep, like: template)
        && template.reads.isShared(along: difference.axes)
    } ? member : nil
  }

  /// Gives a member what it has for itself; false where its optimizers are no such ones as those of the template.
  private func give(
    _ member: inout BoundMember, its point: SweepPoint, _ body: SweepBody, of sweep: SweepValue,
    like template: SweepTemplate
  ) throws(Diagnostic) -> Bool {
    guard case .problem(let problem, _) = member.bound.subject else { return template.reads.inputs.isEmpty }
    let outer = memberSeed
    defer { memberSeed = outer }
    takeSeed(of: point, sweep)
    let inner = Scope(parent: point.scope)
    let derived = try prepare(body, in: inner, of: sweep)
    member.cell.values.replaceSubrange(point.values.count..., with: derived)
    member.cell.labels.replaceSubrange(point.labels.count..., with: derived.map(ValueText.text))
    member.definition.scope = inner
    if let arguments = template.arguments {
      let numbers = try at(member.definition.place) { () throws(Diagnostic) in
        try self.numbers(arguments, in: inner, at: template.probe, member.bound.real)
      }
      guard let numbers else { return false }
      member.bound.numbers = numbers
      return true
    }
    let run = body.run
    let rules = try at(member.definition.place) { () throws(Diagnostic) in
      try assignedRules(run.rules, problem: problem, in: inner, at: code.tree.span(run.subject))
    }
    let optimizers = rules.flatMap(\.instances)
    let known = template.reads.optimizers
    guard optimizers.count == known.count, zip(optimizers, known).allSatisfy({ $0.isWritten(as: $1) }),
      let numbers = try numbers(template.reads.inputs, of: optimizers, member.bound.real)
    else { return false }
    member.bound.numbers = numbers
    return true
  }

  /// The numbers of arguments that stand in a sweep's run; nil where one is none.
  private func numbers(
    _ arguments: [SweepTemplate.Argument], in scope: Scope, at probe: PointContext, _ real: DType
  ) throws(Diagnostic) -> [GivenTensor]? {
    var result: [GivenTensor] = []
    for argument in arguments {
      let value = try checkingOfMember { () throws(Diagnostic) in
        let value = try at(probe) { () throws(Diagnostic) in try evaluate(argument.expression, in: scope) }
        if let constraint = argument.parameter.constraint {
          try check(
            value, constraint, name: argument.parameter.name.text, callee: argument.owner.definition.name.text,
            code: argument.owner.code, in: builtins, at: code.tree.span(argument.expression), zeroIsAllowed: true)
        }
        return value
      }
      guard let number = value.asInput else { return nil }
      result.append(GivenTensor(argument.feed, Tensor([number], shape: .scalar, dtype: real)))
    }
    return result
  }

  /// What each member checks or computes for itself has no part in what is staged.
  private func checkingOfMember<T>(_ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    guard let axisReads else { return try body() }
    return try axisReads.checking(body)
  }

  /// Executes what a member derives before its run, and gives the values.
  func prepare(_ body: SweepBody, in scope: Scope, of sweep: SweepValue) throws(Diagnostic) -> [Value] {
    guard let axisReads else {
      for id in body.preparation { _ = try execute(id, in: scope) }
      return body.derived.map { scope.local($0)?.value ?? .unknown(.any) }
    }
    var values: [String: Value] = [:]
    for id in body.preparation {
      let (_, axes) = try axisReads.reading { () throws(Diagnostic) in try execute(id, in: scope) }
      guard case .binding(let names, _, _) = code.tree[id] else {
        axisReads.decided(by: axes)
        continue
      }
      for name in names {
        guard let binding = scope.local(name.text) else { continue }
        values[name.text] = binding.value
        guard !axes.isEmpty else { continue }
        switch binding.value {
        case .integer, .real:
          scope.define(name.text, watched(binding.value, axes, of: axisReads.sweep), span: binding.span)
        default: axisReads.decided(by: axes)
        }
      }
    }
    return body.derived.map { values[$0] ?? .unknown(.any) }
  }

  /// Stages one member: its derived values, then its run.
  func staged(_ point: SweepPoint, _ body: SweepBody, of sweep: SweepValue) throws(Diagnostic) -> BoundMember {
    let inner = Scope(parent: point.scope)
    let outer = memberSeed
    defer { memberSeed = outer }
    takeSeed(of: point, sweep)
    do {
      let derived = try prepare(body, in: inner, of: sweep)
      var definition = RunDefinition(statement: body.run, code: code, scope: inner, span: body.span)
      definition.place = drawPlace
      definition.isMember = true
      var run = try pointing(from: code.tree.span(body.run.subject), "needed by this run") { () throws(Diagnostic) in
        try staged(definition)
      }
      try refuseHidden(run, by: sweep.axes + body.derived, of: sweep.recipe?.statement, at: body.span)
      let cell = SweepCell(
        values: point.values + derived, labels: point.labels + derived.map(ValueText.text),
        outcome: .failed(.silent(at: body.span)))
      run.name = title(of: point, sweep)
      return BoundMember(definition: definition, bound: run, cell: cell)
    } catch {
      var told = error
      if told.effect != .silent {
        told.notes.append("in the member " + SweepPart.title(sweep.axes, point.values, point.labels))
      }
      throw told
    }
  }

  /// Refuses an axis, or a value that the body derives, under the name of a parameter: what is measured of the sweep would
  /// be the one where the other may be meant.
  private func refuseHidden(_ run: BoundRun, by names: [String], of statement: SweepStatement?, at span: Span)
    throws(Diagnostic)
  {
    for name in names {
      guard let hidden = run.paths.first(where: { $0 == name || $0.hasPrefix(name + ".") }) else { continue }
      let place = statement?.axes.flatMap(\.names).first { $0.text == name }?.span
      var finding = Diagnostic.hidesParameter(name, hidden, at: place ?? span)
      finding.help = ["give the axis another name"]
      throw finding
    }
  }
}

extension Instance {
  /// Whether its arguments are the same expressions, whatever these are in its scope.
  fileprivate func isWritten(as other: Instance) -> Bool {
    definition.name.span == other.definition.name.span && span == other.span && open == other.open
      && thunks.elementsEqual(other.thunks) { mine, theirs in
        mine.name == theirs.name && mine.thunk.code === theirs.thunk.code
          && mine.thunk.expression == theirs.thunk.expression
      }
  }
}

extension SweepValue {
  /// How a point differs from a member: in the seed, and in axes of numbers; nil where it does in others.
  fileprivate func difference(of point: SweepPoint, from cell: SweepCell) -> (seed: Int?, axes: Set<Int>)? {
    var (seed, differing) = (Int?.none, Set<Int>())
    for axis in point.labels.indices where point.labels[axis] != cell.labels[axis] {
      switch (point.values[axis], cell.values[axis]) {
      case (.integer(let number), _) where axes[axis] == Self.seedAxis: seed = number
      case (.integer, .integer), (.integer, .real), (.real, .integer), (.real, .real): differing.insert(axis)
      default: return nil
      }
    }
    return (seed, differing)
  }
}
