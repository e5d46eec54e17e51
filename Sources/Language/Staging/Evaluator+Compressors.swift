import Diagnostics
import Experiments
import Graph
import Syntax
import Tensors

/// Compressors: what is sent of a vector, and what it costs.
extension Evaluator {
  /// `c(v)`: the compressor's `apply`.
  ///
  /// In a rule its `noise` is new at every step, in a stream of its own for each parameter and worker; elsewhere it is drawn as
  /// by `draw`.
  func compressed(_ instance: Instance, _ values: [Value], in caller: Scope?, at span: Span) throws(Diagnostic) -> Value
  {
    noteEntered(instance.definition)
    let name = instance.definition.name.text
    guard values.count == 1 else { throw .takes("`\(name)`", "one argument", at: span) }
    guard case .members(let members) = instance.definition.body else { return .unknown(.any) }
    if case .unknown(let kind) = values[0] {
      try require(kind, "a vector of numbers", at: span) { $0.isNumbers }
      if !entered(values[0]).isNode { return .unknown(.any) }
    }
    try requireNumbers(values[0], "a vector of numbers", at: span)
    let value = try asReal(entered(values[0]), at: span)
    guard let shape = shape(of: value) else { return .unknown(.any) }
    guard shape.count > 0 else { throw .unsuitableShape(name, shape, expected: "a vector with elements", at: span) }
    let scope = compressorScope(instance, members, shape, caller: caller, at: span)
    guard let result = try applied(instance, members, to: value, in: scope, at: span) else {
      throw .lacks("the compressor `\(name)`", "`apply(v) = …`", at: span)
    }
    guard let found = self.shape(of: result) else { return result }
    guard found == shape else { throw .compressedShape(name, expected: shape, found: found, at: span) }
    try notePrice(of: result, instance, members, in: scope, at: span)
    return result
  }

  private func applied(_ instance: Instance, _ members: [Member], to value: Value, in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value?
  {
    for case .apply(let definition, _) in members {
      let function = DefinitionValue(definition, code: instance.code, scope: scope)
      return try invoke(function, [value], spans: [span], at: span)
    }
    return nil
  }

  /// What the lines of a compressor see.
  private func compressorScope(
    _ instance: Instance, _ members: [Member], _ shape: Shape, caller: Scope?, at span: Span
  ) -> Scope {
    let scope = Scope(parent: instance.scope, isCall: true)
    let facts = zip(PriceNames.all, [shape.count, Sending.valueBits, Sending.indexBits])
    for (name, value) in facts where instance.scope.local(name) == nil { scope.define(name, .integer(value)) }
    for member in members {
      switch member {
      case .letBinding(let names, let id, _) where names.count == 1:
        define(names[0], in: scope) { [unowned self, unowned scope] () throws(Diagnostic) in
          try within(instance.code) { () throws(Diagnostic) in try evaluate(id, in: scope) }
        }
      case .letBinding(let names, let id, let place):
        let parts = Deferred { [unowned self, unowned scope] () throws(Diagnostic) in
          try within(instance.code) { () throws(Diagnostic) in
            let inner = Scope(parent: nil)
            try define(names, evaluate(id, in: scope), in: inner, at: place)
            return .view(inner)
          }
        }
        for name in names {
          define(name, in: scope) { () throws(Diagnostic) in
            guard case .view(let inner) = try parts.force(name.text, at: name.span) else { return .unknown(.any) }
            return inner.local(name.text)?.value ?? .unknown(.any)
          }
        }
      case .noise(let declaration, _):
        define(declaration.name, in: scope) { [unowned self, unowned scope] () throws(Diagnostic) in
          try noise(declaration, of: instance, shape, in: scope, caller: caller, at: span)
        }
      case .function(let definition, _):
        scope.define(
          definition.name.text,
          .function(.definition(DefinitionValue(definition, code: instance.code, scope: scope))),
          span: definition.name.span)
      default: continue
      }
    }
    return scope
  }

  private func define(_ name: Name, in scope: Scope, _ value: @escaping () throws(Diagnostic) -> Value) {
    scope.define(name.text, .deferred(Deferred(value)), span: name.span)
  }

  private func noise(
    _ declaration: TensorDeclaration, of instance: Instance, _ own: Shape, in scope: Scope, caller: Scope?,
    at span: Span
  ) throws(Diagnostic) -> Value {
    let (name, place) = (declaration.name.text, declaration.name.span)
    return try within(instance.code) { () throws(Diagnostic) in
      guard case .distribution(let law)? = declaration.start,
        case .distribution(let distribution) = try evaluate(law, in: scope)
      else { throw .withoutDistribution("noise", example: name, at: place) }
      let shape = try declaration.shape.map { (sizes) throws(Diagnostic) in try self.shape(sizes, in: scope) } ?? own
      guard case .text(let path)? = caller?.lookup(StepStager.unitPath)?.value else {
        guard stagingDepth == 0, let draw = session.functions.named("draw") else {
          throw .unavailableHere("noise", "a compressor draws in a rule, or where nothing is staged", at: span)
        }
        let sizes = Tensor(integers: shape.sizes, shape: [shape.rank])
        return try call(.function(.builtin(draw)), [.distribution(distribution), .tensor(sizes)], at: span)
      }
      let stream = "\(path).\(instance.definition.name.text).\(name)"
      return try drawn(
        distribution, shape: shape, key: .node(builder.key("noise", stream)), dtype: realType, at: place)
    }
  }

  /// Notes what it costs to send the result, where something may send it.
  private func notePrice(
    of result: Value, _ instance: Instance, _ members: [Member], in scope: Scope, at span: Span
  ) throws(Diagnostic) {
    guard let sending = point?.rule?.sending, case .node(let node) = result else { return }
    for case .bits(let id, _) in members {
      let inner = Scope(parent: scope)
      inner.define("result", result)
      let place = instance.code.tree.span(id)
      let bits = try within(instance.code) { () throws(Diagnostic) in try evaluate(id, in: inner) }
      if bits.isUnknownValue { return }
      try requireNumbers(bits, "a number of bits", at: place)
      guard bits.isNumeric, shape(of: bits)?.rank == 0 else {
        throw .expected("a number of bits", found: bits.kind, at: place)
      }
      if let number = scalar(bits), !(number >= 0 && number.isFinite) {
        throw .outOfRange("`bits`", NumberText.short(number), expected: "0 or more", at: place)
      }
      sending.price(node, bits)
      return
    }
    throw .lacks(
      "the compressor `\(instance.definition.name.text)`", "`bits = …`, what it costs to send its result", at: span)
  }
}

extension Diagnostic {
  /// What a compressor makes of a vector has another shape.
  fileprivate static func compressedShape(_ name: String, expected: Shape, found: Shape, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0510", "the compressor `\(name)` must keep the shape \(expected), got \(found)", at: span,
      label: "shape \(found)", help: ["fill up with zeros: `only(v, J)` keeps the entries at the places J"])
  }
}
