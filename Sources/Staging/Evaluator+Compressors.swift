import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

/// A compressor where it is applied to a vector.
struct CompressorCall {
  var instance: Instance
  var members: [Member]
  var value: Value
  var shape: Shape
  /// What its lines see.
  var scope: Scope
  /// Where the call stands.
  var caller: Scope?
  var span: Span
  /// What it keeps from step to step.
  var kept = KeptStates()

  var name: String { instance.definition.name.text }
  /// The rule, parameter and worker in which it is applied; nil outside of rules.
  var path: String? { text(StepStager.unitPath) }
  /// The rule and parameter, whichever worker it is.
  var sharedPath: String? { text(StepStager.sharedPath) ?? path }
  /// Whether one of several workers applies it.
  var isOfWorker: Bool { path != sharedPath }
  /// The worker that applies it, where there are several.
  var worker: Int? {
    if isOfWorker, case .integer(let number)? = caller?.lookup(StepStager.workerNumber)?.value { number } else { nil }
  }

  private func text(_ name: String) -> String? {
    if case .text(let path)? = caller?.lookup(name)?.value { path } else { nil }
  }
}

/// The states of a compressor that were asked for, by name.
final class KeptStates {
  var slots: [String: (slot: StepStager.KeptSlot, shape: Shape)] = [:]
}

/// Compressors: what is sent of a vector, and what it costs.
extension Evaluator {
  /// `c(v)`: the compressor's `apply`.
  ///
  /// In a rule its `noise` is new at every step, in a stream of its own for each parameter and worker, and its `state` is
  /// kept from step to step for each of them; elsewhere noise is drawn as by `draw`, and a state is what it starts from.
  func compressed(_ instance: Instance, _ values: [Value], in caller: Scope?, at span: Span) throws(Diagnostic) -> Value
  {
    if let inner = instance.inner { return try composed(instance, inner, values, in: caller, at: span) }
    return try compressedAlone(instance, values, in: caller, at: span)
  }

  /// The same without what it comes after.
  func compressedAlone(_ instance: Instance, _ values: [Value], in caller: Scope?, at span: Span) throws(Diagnostic)
    -> Value
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
    let call = CompressorCall(
      instance: instance, members: members, value: value, shape: shape,
      scope: Scope(parent: instance.scope, isCall: true), caller: caller, span: span)
    try defineMembers(of: call)
    // What is bound in the scope speaks of the call, which holds the scope.
    defer { call.scope.clear() }
    guard let result = try applied(call) else {
      throw .lacks("the compressor `\(name)`", "`apply(v) = …`", at: span)
    }
    guard let found = self.shape(of: result) else { return result }
    guard found == shape else { throw .compressedShape(name, expected: shape, found: found, at: span) }
    try settleStates(of: call)
    try notePrice(of: result, call)
    return result
  }

  private func applied(_ call: CompressorCall) throws(Diagnostic) -> Value? {
    for case .apply(let definition, _) in call.members {
      let function = DefinitionValue(definition, code: call.instance.code, scope: call.scope)
      return try invoke(function, [call.value], spans: [call.span], at: call.span)
    }
    return nil
  }

  // MARK: Members

  /// Defines what the lines of a compressor see: the vector by the name that `apply` gives it, its size, and one another.
  private func defineMembers(of call: CompressorCall) throws(Diagnostic) {
    let (scope, code) = (call.scope, call.instance.code)
    let facts = zip(PriceNames.all, [call.shape.count, Sending.valueBits, Sending.indexBits])
    for (name, value) in facts where call.instance.scope.local(name) == nil { scope.define(name, .integer(value)) }
    // A compressor that is applied inside of it draws, and keeps, for the same rule and worker.
    if let path = call.path { scope.define(StepStager.unitPath, .text("\(path).\(call.name)")) }
    if let path = call.sharedPath { scope.define(StepStager.sharedPath, .text("\(path).\(call.name)")) }
    for member in call.members {
      switch member {
      case .apply(let definition, _):
        for parameter in definition.parameters.prefix(1) where scope.local(parameter.name.text) == nil {
          scope.define(parameter.name.text, call.value, span: parameter.name.span)
        }
      case .letBinding(let names, let id, _) where names.count == 1:
        define(names[0], in: scope) { [unowned self, unowned scope] () throws(Diagnostic) in
          try within(code) { () throws(Diagnostic) in try evaluate(id, in: scope) }
        }
      case .letBinding(let names, let id, let place): defineParts(names, id, of: call, at: place)
      case .noise(let declaration, _):
        define(declaration.name, in: scope) { [unowned self] () throws(Diagnostic) in
          try noise(declaration, of: call)
        }
      case .state(let declarations, _, let place):
        for declaration in declarations {
          define(declaration.name, in: scope) { [unowned self] () throws(Diagnostic) in
            try state(declaration, of: call, at: place)
          }
        }
      case .equation(let name, let id, _, _):
        let primed = Name(name.text + "'", name.span)
        define(primed, in: scope) { [unowned self, unowned scope] () throws(Diagnostic) in
          try within(code) { () throws(Diagnostic) in try evaluate(id, in: scope) }
        }
      case .function(let definition, _):
        scope.define(
          definition.name.text, .function(.definition(DefinitionValue(definition, code: code, scope: scope))),
          span: definition.name.span)
      default: continue
      }
    }
  }

  /// `let (P, S) = …`: each name a part of one value, which is computed once.
  private func defineParts(_ names: [Name], _ id: ExpressionID, of call: CompressorCall, at place: Span) {
    let (scope, code) = (call.scope, call.instance.code)
    let parts = Deferred { [unowned self, unowned scope] () throws(Diagnostic) in
      try within(code) { () throws(Diagnostic) in
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
  }

  private func define(_ name: Name, in scope: Scope, _ value: @escaping () throws(Diagnostic) -> Value) {
    scope.define(name.text, .deferred(Deferred(value)), span: name.span)
  }

  private func noise(_ declaration: TensorDeclaration, of call: CompressorCall) throws(Diagnostic) -> Value {
    let (name, place) = (declaration.name.text, declaration.name.span)
    return try within(call.instance.code) { () throws(Diagnostic) in
      guard case .distribution(let law)? = declaration.start,
        case .distribution(let distribution) = try evaluate(law, in: call.scope)
      else { throw .withoutDistribution("noise", example: name, at: place) }
      let shape =
        try declaration.shape.map { (sizes) throws(Diagnostic) in try self.shape(sizes, in: call.scope) } ?? call.shape
      guard let path = declaration.isShared ? call.sharedPath : call.path else {
        return try drawnHere(distribution, shape, "noise", of: call)
      }
      let stream = "\(path).\(call.name).\(name)"
      let value = try drawn(
        distribution, shape: shape, key: .node(builder.key("noise", stream)), dtype: realType, at: place)
      if !declaration.isShared, call.isOfWorker, case .node(let node) = value {
        point?.rule?.sending.note(owned: node, as: name)
      }
      return value
    }
  }

  /// What a compressor draws where nothing is staged: as `draw` does.
  func drawnHere(_ distribution: DistributionValue, _ shape: Shape, _ what: String, of call: CompressorCall)
    throws(Diagnostic) -> Value
  {
    guard stagingDepth == 0, let draw = session.functions.named("draw") else {
      throw .unavailableHere(
        what, "a compressor draws in a rule, or where nothing is staged", at: call.span,
        help: ["in place of a function write a compressor around it: `compressor both() { apply(v) = …; bits = … }`"])
    }
    let sizes = Tensor(integers: shape.sizes, shape: [shape.rank])
    return try self.call(.function(.builtin(draw)), [.distribution(distribution), .tensor(sizes)], at: call.span)
  }

  /// Notes what it costs to send the result, where something may send it.
  private func notePrice(of result: Value, _ call: CompressorCall) throws(Diagnostic) {
    guard let sending = point?.rule?.sending, case .node(let node) = result else { return }
    guard let bits = try bits(of: result, call) else {
      throw .lacks(
        "the compressor `\(call.name)`", "`bits = …`, what it costs to send its result", at: call.span)
    }
    if bits.isUnknownValue { return }
    sending.price(node, bits)
    guard let kept = graph.keptEntries(node), let all = scalar(bits) else { return }
    let places = try self.bits(of: result, call, valueBits: 0).flatMap { scalar($0) }
    // What is beside the values is known where each of them is counted as a number.
    let values = Double(Sending.valueBits * graph.shape(kept.values).count)
    if let places, all - places == values { sending.note(placeBits: places, of: node) }
  }

  /// What the line `bits` says; nil where there is none.
  private func bits(of result: Value, _ call: CompressorCall, valueBits: Int? = nil) throws(Diagnostic) -> Value? {
    for case .bits(let id, _) in call.members {
      let inner = Scope(parent: call.scope)
      inner.define("result", result)
      if let valueBits { inner.define("value_bits", .integer(valueBits)) }
      let place = call.instance.code.tree.span(id)
      let bits = try within(call.instance.code) { () throws(Diagnostic) in try evaluate(id, in: inner) }
      if bits.isUnknownValue { return bits }
      try requireNumbers(bits, "a number of bits", at: place)
      guard bits.isNumeric, shape(of: bits)?.rank == 0 else {
        throw .expected("a number of bits", found: bits.kind, at: place)
      }
      if let number = scalar(bits), !(number >= 0 && number.isFinite) {
        throw .outOfRange("`bits`", NumberText.short(number), expected: "0 or more", at: place)
      }
      return try counted(bits, at: place)
    }
    return nil
  }
}

extension Evaluator {
  /// Bits that only a step knows: not a number where they are negative, which ends the run as what is not finite does.
  private func counted(_ bits: Value, at place: Span) throws(Diagnostic) -> Value {
    guard scalar(bits) == nil else { return bits }
    let bits = try node(asReal(bits, at: place), at: place)
    setOrigin(place)
    let isCount = graph.add(LessEqual(), graph.constant(0, like: bits), bits)
    return .node(graph.add(Select(), isCount, bits, graph.constant(.nan, like: bits)))
  }
}

extension Diagnostic {
  /// What a compressor makes of a vector has another shape.
  fileprivate static func compressedShape(_ name: String, expected: Shape, found: Shape, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0510", "the compressor `\(name)` must keep the shape \(expected), got \(found)", at: span,
      label: "shape \(found)", help: ["fill up with zeros: `only(v, J)` keeps the entries at the places J"]
    ).following(from: .shapes)
  }
}
