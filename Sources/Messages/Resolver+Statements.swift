import Diagnostics
import Syntax

extension Resolver {
  func visit(_ statements: [StatementID]) {
    inScope { for id in statements { visit(id) } }
  }

  func visit(_ id: StatementID) {
    for part in tree.parts(of: id) { visit(part) }
  }

  func visit(_ part: StatementPart) {
    switch part {
    case .value(let value): visit(value)
    case .rule(let call): visitRule(call)
    case .parameter(let parameter): visitParts(of: parameter)
    case .target(let target): assign(target)
    case .name(let name, let isVariable): declare(name, isVariable: isVariable)
    case .definition(let definition):
      declare(definition.name)
      visit(definition)
    case .block(let statements): visit(statements)
    case .scope(let parts): inScope { for part in parts { visit(part) } }
    // What is measured is judged with the run at hand.
    case .measured(let parts): leniently { for part in parts { visit(part) } }
    case .changes(let statements): leniently { visitChanges(statements) }
    }
  }

  /// Changes of hyper-parameters: their targets are those of the optimizer.
  private func visitChanges(_ statements: [StatementID]) {
    for id in statements {
      if case .assignment(_, _, let value) = tree[id] { visit(value) }
    }
  }

  /// The target of an assignment: a variable of the file, or of the surroundings.
  private func assign(_ target: ExpressionID) {
    switch tree[target] {
    case .name(let name): assign(name, at: tree.span(target))
    case .index(let base, let subscripts):
      for place in subscripts { visit(place) }
      if case .name(let name) = tree[base] { assign(name, at: tree.span(base)) } else { visit(base) }
    default: visit(target)
    }
  }

  private func assign(_ name: String, at span: Span) {
    if let entry = entry(name) {
      if entry.depth < definitionDepth {
        diagnostics.append(.outerVariable(name, defined: entry.span, at: span))
      } else if !entry.isVariable {
        diagnostics.append(.fixedName(name, defined: entry.span, at: span))
      }
      return
    }
    guard isStrict, !surroundings.names.contains(name) else { return }
    diagnostics.append(.unknownAssignment(name, near: nearest(to: name), at: span))
  }

  // MARK: - Definitions

  func visit(_ definition: Definition) {
    definitionDepth += 1
    defer { definitionDepth -= 1 }
    inScope {
      for parameter in definition.parameters {
        for size in parameter.shape ?? [] {
          if case .name(let name) = tree[size], !isKnown(name) { declareParameter(Name(name, tree.span(size))) }
        }
        visitParts(of: parameter)
        declareParameter(parameter.name)
      }
      reportStepNames(definition.parameters.map(\.name), in: definition.kind)
      let isMetric = definition.kind == .metric
      let saved = isStrict
      isStrict = isStrict && !isMetric
      switch definition.body {
      case .expression(let value): visit(value)
      case .statements(let statements): visit(statements)
      case .members(let members): visit(members, of: definition.kind)
      }
      isStrict = saved
    }
  }

  func visitParts(of parameter: Parameter) {
    switch parameter.constraint {
    case .compare(_, let bound), .inside(let bound): visit(bound)
    case nil: break
    }
    parameter.initial.map { visit($0) }
  }

  /// Members see one another in any order, except that a name is defined once.
  private func visit(_ members: [Member], of kind: DefinitionKind) {
    inScope {
      var states: [String] = kind == .optimizer ? ["x"] : []
      for member in members { declareNames(of: member, &states) }
      // What the lines of a compressor call the vector that it is applied to.
      for case .apply(let definition, _) in members where kind == .compressor {
        for parameter in definition.parameters.prefix(1) where !isKnown(parameter.name.text) {
          scopes[scopes.count - 1][parameter.name.text] = Entry(span: parameter.name.span, isParameter: true)
        }
      }
      for case .bits(_, let span) in members {
        for name in PriceNames.all + ["result"] where !isKnown(name) {
          scopes[scopes.count - 1][name] = Entry(span: span, isParameter: true)
        }
      }
      reportSecondEquations(members)
      for member in members { reportStepNames(named(by: member), in: kind) }
      if kind == .problem { reportMetrics(members) }
      for member in members { visit(member, states: states) }
    }
  }

  private func declareNames(of member: Member, _ states: inout [String]) {
    switch member {
    case .parameter(let declaration, _), .draw(let declaration, _), .noise(let declaration, _):
      declareMember(declaration.name)
    case .state(let declarations, _, _):
      for declaration in declarations {
        declareMember(declaration.name)
        states.append(declaration.name.text)
      }
    case .sample(let names, _, _, _), .letBinding(let names, _, _): for name in names { declareMember(name) }
    case .metric(let definition, _), .function(let definition, _): declareMember(definition.name)
    case .facts(let facts, _): for fact in facts { declareParameter(fact.name) }
    case .loss, .objective, .test, .equation, .apply, .bits, .stratonovich: break
    }
  }

  /// A loss, an objective or the next value of a name is given once.
  private func reportSecondEquations(_ members: [Member]) {
    var seen: [String: Span] = [:]
    for member in members {
      let (what, span): (String, Span)
      switch member {
      case .loss(_, let place): (what, span) = ("loss", place)
      case .objective(_, let place): (what, span) = ("objective", place)
      case .test(_, let place): (what, span) = ("test", place)
      case .bits(_, let place): (what, span) = ("bits", place)
      case .apply(_, let place): (what, span) = ("apply", place)
      case .sample(_, _, _, let place): (what, span) = ("sample", place)
      case .equation(let name, _, let isDifferential, _):
        (what, span) = (isDifferential ? "d\(name.text)" : "\(name.text)'", name.span)
      default: continue
      }
      if let first = seen[what] {
        diagnostics.append(.secondEquation(what, first: first, at: span))
      } else {
        seen[what] = span
      }
    }
  }

  /// What a member calls something that the equations of its definition may use.
  private func named(by member: Member) -> [Name] {
    switch member {
    case .state(let declarations, _, _): declarations.map(\.name)
    case .noise(let declaration, _), .draw(let declaration, _): [declaration.name]
    case .letBinding(let bound, _, _): bound
    case .function(let definition, _): [definition.name]
    default: []
    }
  }

  /// Names of the step that something of a definition's own would hide, or be hidden by.
  private func reportStepNames(_ names: [Name], in kind: DefinitionKind) {
    for name in names where StepName(rawValue: name.text)?.isReserved(in: kind) == true {
      diagnostics.append(.stepName(name.text, in: kind, at: name.span))
    }
  }

  /// Names that every run has, which a metric of a problem would hide.
  private func reportMetrics(_ members: [Member]) {
    for case .metric(let definition, _) in members
    where StepName.plain.contains(where: { $0.rawValue == definition.name.text }) {
      diagnostics.append(.metricOfStepName(definition.name.text, at: definition.name.span))
    }
  }

  /// A member may have the name of something outside the definition, but only one member has it.
  private func declareMember(_ name: Name) {
    let inner = scopes.suffix(2).compactMap { $0[name.text] }.last
    if let inner { diagnostics.append(.alreadyDefined(name.text, first: inner.span, at: name.span)) }
    scopes[scopes.count - 1][name.text] = Entry(span: name.span, isParameter: true)
  }

  private func visit(_ member: Member, states: [String]) {
    switch member {
    case .parameter(let declaration, _), .draw(let declaration, _), .noise(let declaration, _): visit(declaration)
    case .state(let declarations, _, _): for declaration in declarations { visit(declaration) }
    case .sample(_, let source, _, _): visit(source)
    case .letBinding(_, let value, _), .loss(let value, _), .objective(let value, _), .test(let value, _),
      .bits(let value, _):
      visit(value)
    case .metric(let definition, _), .function(let definition, _), .apply(let definition, _): visit(definition)
    case .facts(let facts, _): for fact in facts { visit(fact.value) }
    case .equation(let name, let value, _, _):
      if !states.contains(name.text) {
        var finding = Diagnostic.unknownName(
          name.text, near: Suggestion.nearest(to: name.text, in: states), at: name.span)
        finding.help.append("declare it: `state \(name.text) = 0`")
        diagnostics.append(finding)
      }
      visit(value)
    case .stratonovich: break
    }
  }

  private func visit(_ declaration: TensorDeclaration) {
    inScope {
      if let family = declaration.family {
        visit(family.range)
        declareParameter(family.index)
      }
      for size in declaration.shape ?? [] { visit(size) }
      switch declaration.start {
      case .value(let value), .distribution(let value): visit(value)
      case nil: break
      }
    }
  }

  private func visit(_ source: SampleSource) {
    switch source {
    case .data(let value): visit(value)
    case .range(let range, let weight):
      visit(range)
      weight.map { visit($0) }
    case .distribution(let shape, let value):
      for size in shape ?? [] { visit(size) }
      visit(value)
    }
  }
}
