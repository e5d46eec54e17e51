import Arithmetic
import Data
package import Diagnostics
import Evaluation
import Graph
import Messages
package import Syntax
package import Tensors
package import Values

/// One tensor of the parameter tree: where it is, its shape and how it starts.
package struct ParameterLeaf {
  package var path: String
  package var shape: Shape
  package var start: Start
  package var span: Span

  /// A value, or a distribution to draw it from.
  package enum Start {
    case value(Value)
    case distribution(DistributionValue)
  }
}

/// What is random about a problem: where its samples come from.
package enum SampleSpace {
  /// Rows of equal-length columns.
  case rows(columns: [Value], count: Int)
  /// Whole numbers `lower ..< lower + count`, uniform or weighted.
  case indices(lower: Int, count: Int, weights: Value?)
  /// Fresh draws at every step.
  case draws(shape: Shape, DistributionValue)
}

/// A problem with its arguments, its parameters and its random draws, ready to be staged.
///
/// Everything here is per problem and seed; the graph is made later, once for each plan.
package final class StagedProblem {
  package let name: String
  package let scope: Scope
  package let code: Code
  package let span: Span
  package fileprivate(set) var leaves: [ParameterLeaf] = []
  package fileprivate(set) var metrics: [DefinitionValue] = []
  package var sample: (names: [Name], space: SampleSpace, isBatch: Bool, span: Span)?
  package var loss: (ExpressionID, Span)?
  var objective: (ExpressionID, Span)?
  package fileprivate(set) var noises: [TensorDeclaration] = []
  /// Drawn once for a run.
  package fileprivate(set) var draws: [Name] = []
  /// `let`s behind `sample`: evaluated for each sample.
  fileprivate(set) var sampleLets: [(names: [Name], value: ExpressionID, span: Span)] = []
  fileprivate(set) var facts: [(name: String, value: ExpressionID)] = []

  fileprivate init(name: String, scope: Scope, code: Code, span: Span) {
    self.name = name
    self.scope = scope
    self.code = code
    self.span = span
  }

  /// Number of samples that a full batch has; nil for fresh draws and problems without samples.
  package var sampleCount: Int? {
    switch sample?.space {
    case .rows(_, let count): count
    case .indices(_, let count, _): count
    default: nil
    }
  }

  package var isWeighted: Bool {
    if case .indices(_, _, .some) = sample?.space { true } else { false }
  }

  /// Whether each step needs fresh random numbers besides the choice of samples.
  package var drawsEveryStep: Bool {
    if case .draws = sample?.space { return true }
    return !noises.isEmpty
  }

  /// Scalar parameters in all.
  package var parameterCount: Int { leaves.map(\.shape.count).reduce(0, +) }
}

extension Evaluator {
  /// Evaluates the members of a problem for one seed.
  package func staged(_ instance: Instance, seed: Int) throws(Diagnostic) -> StagedProblem {
    let definition = instance.definition
    let scope = Scope(parent: instance.scope)
    let problem = StagedProblem(name: definition.name.text, scope: scope, code: instance.code, span: instance.span)
    noteEntered(definition)
    guard case .members(let members) = definition.body else { return problem }
    try apart { () throws(Diagnostic) in
      try within(instance.code) { () throws(Diagnostic) in
        for member in members { try add(member, to: problem, seed: seed) }
        guard problem.loss != nil || problem.objective != nil else {
          throw Diagnostic.withoutLoss(problem.name, at: definition.name.span)
        }
      }
    }
    return problem
  }

  private func add(_ member: Member, to problem: StagedProblem, seed: Int) throws(Diagnostic) {
    let scope = problem.scope
    switch member {
    case .parameter(let declaration, let span): try addParameter(declaration, to: problem, span)
    case .draw(let declaration, let span): try addDraw(declaration, to: problem, seed: seed, span)
    case .noise(let declaration, _): problem.noises.append(declaration)
    case .letBinding(let names, let value, let span):
      if problem.sample != nil || !problem.leaves.isEmpty || !problem.noises.isEmpty {
        problem.sampleLets.append((names, value, span))
      } else {
        try define(names, evaluate(value, in: scope), in: scope, at: span)
      }
    case .sample(let names, let source, let isBatch, let span):
      problem.sample = (names, try sampleSpace(source, names: names, in: scope, at: span), isBatch, span)
    case .loss(let id, let span): problem.loss = (id, span)
    case .objective(let id, let span): problem.objective = (id, span)
    case .metric(let definition, _), .function(let definition, _):
      let value = DefinitionValue(definition, code: problem.code, scope: scope)
      scope.define(definition.name.text, .function(.definition(value)), span: definition.name.span)
      if definition.kind == .metric { problem.metrics.append(value) }
    case .facts(let facts, _):
      for fact in facts {
        let value = fact.value
        scope.define(
          fact.name.text,
          .deferred(
            Deferred { [unowned self] () throws(Diagnostic) in
              // What is known of a problem is known before its runs.
              try self.at(nil, in: problem.code) { () throws(Diagnostic) in try self.evaluate(value, in: scope) }
            }), span: fact.name.span)
        problem.facts.append((fact.name.text, value))
      }
    case .test(let data, _):
      scope.define("test", try evaluate(data, in: scope))
    case .state(_, _, let span), .equation(_, _, _, let span), .apply(_, let span), .bits(_, let span),
      .stratonovich(let span):
      throw .silent(at: span)
    }
  }

  // MARK: Parameters

  private func addParameter(_ declaration: TensorDeclaration, to problem: StagedProblem, _ span: Span)
    throws(Diagnostic)
  {
    let value = try registered(declaration, path: "", to: problem, in: problem.scope, span)
    problem.scope.define(declaration.name.text, value, span: declaration.name.span)
  }

  /// Members that a numbered family of parameters may have.
  private static let familyMax = 100_000

  /// Registers the leaves of a declaration and returns what its name stands for.
  private func registered(
    _ declaration: TensorDeclaration, path: String, to problem: StagedProblem, in scope: Scope, _ span: Span
  )
    throws(Diagnostic) -> Value
  {
    let name = declaration.name.text
    guard let family = declaration.family else {
      return try within(.part(path + name)) { () throws(Diagnostic) in
        try registered(declaration, named: path + name, to: problem, in: scope, span)
      }
    }
    let range = try evaluate(family.range, in: scope)
    guard case .range(let indices) = range else {
      if case .unknown = range { return .unknown(.any) }
      throw .expected("a range of whole numbers", found: range.kind, at: code.tree.span(family.range))
    }
    guard indices.count <= Self.familyMax else {
      throw .outOfRange(
        "the number of members of `\(name)`", "\(indices.count)", expected: "at most \(Self.familyMax)",
        at: code.tree.span(family.range))
    }
    var members: [Value] = []
    for index in indices {
      let inner = Scope(parent: scope)
      inner.define(family.index.text, .integer(index), span: family.index.span)
      let member = "\(path)\(name)\(index)"
      members.append(
        try within(.part(member)) { () throws(Diagnostic) in
          try registered(declaration, named: member, to: problem, in: inner, span)
        })
    }
    return .family(lower: indices.lowerBound, members)
  }

  private func registered(
    _ declaration: TensorDeclaration, named path: String, to problem: StagedProblem, in scope: Scope, _ span: Span
  )
    throws(Diagnostic) -> Value
  {
    if declaration.shape == nil, case .value(let id)? = declaration.start {
      let value = try evaluate(id, in: scope)
      if case .instance(let instance) = value, instance.definition.kind == .network {
        return .instance(try register(instance, path: path, to: problem))
      }
      if case .unknown = value { return .unknown(.any) }
      try requireNumbers(value, at: code.tree.span(id))
      return try leaf(path, shape: shape(of: value) ?? .scalar, .value(value), to: problem, span)
    }
    let shape = try self.shape(declaration.shape ?? [], in: scope)
    return try leaf(path, shape: shape, try start(of: declaration, shape: shape, in: scope, span), to: problem, span)
  }

  private func leaf(_ path: String, shape: Shape, _ start: ParameterLeaf.Start, to problem: StagedProblem, _ span: Span)
    throws(Diagnostic) -> Value
  {
    try requireMemory(TensorType(shape, .f64), at: span)
    problem.leaves.append(ParameterLeaf(path: path, shape: shape, start: start, span: span))
    return .leaf(problem.leaves.count - 1)
  }

  /// Registers a network's parameters below `path`; returns a copy of the instance that knows them.
  private func register(_ instance: Instance, path: String, to problem: StagedProblem) throws(Diagnostic) -> Instance {
    let scope = Scope(parent: instance.scope)
    let result = Instance(definition: instance.definition, code: instance.code, scope: scope, span: instance.span)
    guard case .members(let members) = instance.definition.body else { return result }
    try within(instance.code) { () throws(Diagnostic) in
      for member in members {
        switch member {
        case .parameter(let declaration, let span):
          let value = try registered(declaration, path: path + ".", to: problem, in: scope, span)
          scope.define(declaration.name.text, value, span: declaration.name.span)
        case .letBinding(let names, let value, let span):
          try define(names, evaluate(value, in: scope), in: scope, at: span)
        case .function(let definition, _):
          scope.define(
            definition.name.text,
            .function(.definition(DefinitionValue(definition, code: instance.code, scope: scope))),
            span: definition.name.span)
        case .apply: break
        default: throw Diagnostic.silent(at: instance.definition.name.span)
        }
      }
    }
    return result
  }

  /// `net(x)`: the network's `apply` with its parameters at the current point.
  func applyNetwork(_ instance: Instance, _ values: [Value], at span: Span) throws(Diagnostic) -> Value {
    noteEntered(instance.definition)
    guard case .members(let members) = instance.definition.body else { return .unknown(.any) }
    for case .parameter(let declaration, _) in members where instance.scope.local(declaration.name.text) == nil {
      throw .networkWithoutParameters(instance.definition.name.text, made: instance.span, at: span)
    }
    for case .apply(let definition, _) in members {
      let value = DefinitionValue(definition, code: instance.code, scope: instance.scope)
      // Networks inside of this one give nothing of their own.
      var outputs = networkOutputs
      networkOutputs = nil
      defer { networkOutputs = outputs }
      let output = try invoke(value, values.map(Optional.some), spans: values.map { _ in span }, at: span)
      outputs?.append(output)
      return output
    }
    throw .lacks("the network `\(instance.definition.name.text)`", "`apply`", at: span)
  }

  /// The shape of sizes that are written as expressions.
  package func shape(_ sizes: [ExpressionID], in scope: Scope) throws(Diagnostic) -> Shape {
    var result: [Int] = []
    for id in sizes {
      let place = code.tree.span(id)
      result.append(try whole(evaluate(id, in: scope), what: "a size", in: 0...Self.wholeMax, at: place))
    }
    return Shape(result)
  }

  /// The start of a parameter or draw: a value that broadcasts to the shape, or a distribution.
  private func start(of declaration: TensorDeclaration, shape: Shape, in scope: Scope, _ span: Span) throws(Diagnostic)
    -> ParameterLeaf.Start
  {
    switch declaration.start {
    case nil: return .value(.real(0))
    case .value(let id):
      let value = try evaluate(id, in: scope)
      try requireNumbers(value, at: code.tree.span(id))
      if let found = self.shape(of: value), found.rank > 0, found != shape {
        throw .updateShape(declaration.name.text, expected: shape, found: found, at: code.tree.span(id))
      }
      return .value(value)
    case .distribution(let id):
      var value = try evaluate(id, in: scope)
      // A function may give the numbers themselves: an orthogonal matrix.
      let isMade = if case .function = value { true } else { false }
      if isMade { value = try call(value, fans(of: shape), at: code.tree.span(id)) }
      switch value {
      case .distribution(let distribution) where distribution.kind == .subset:
        throw .expected("a distribution of numbers", found: "places of a vector", at: code.tree.span(id))
      case .distribution(let distribution): return .distribution(distribution)
      case .unknown: return .value(.unknown(.any))
      case .tensor, .node, .real, .integer:
        if isMade { return .value(value) }
        throw .expected(
          "a distribution", found: value.kind, at: code.tree.span(id), help: ["write `=` for a start that is given"])
      default: throw .expected("a distribution", found: value.kind, at: code.tree.span(id))
      }
    }
  }

  private func requireNumbers(_ value: Value, at span: Span) throws(Diagnostic) {
    if value.isNumeric || value.isUnknownValue { return }
    if case .distribution = value {
      throw .expected("numbers", found: "a distribution", at: span, help: ["write `~` for a random start"])
    }
    throw .expected("numbers", found: value.kind, at: span)
  }

  /// Inputs and outputs of a weight of this shape: `[outputs, inputs, kernel…]`.
  private func fans(of shape: Shape) -> [Value] {
    guard shape.rank > 1 else { return [.integer(shape.count), .integer(shape.count)] }
    let kernel = shape.sizes.dropFirst(2).reduce(1, *)
    return [.integer(shape[1] * kernel), .integer(shape[0] * kernel)]
  }

  // MARK: Randomness of the problem itself

  private func addDraw(_ declaration: TensorDeclaration, to problem: StagedProblem, seed: Int, _ span: Span)
    throws(Diagnostic)
  {
    let scope = problem.scope
    let shape = try self.shape(declaration.shape ?? [], in: scope)
    let start = try start(of: declaration, shape: shape, in: scope, span)
    seedReads += 1
    problem.draws.append(declaration.name)
    let value = try initialValue(
      start, shape: shape,
      stream: StreamName(seed: seed, purpose: "data", detail: "\(problem.name).\(declaration.name.text)"), at: span)
    scope.define(declaration.name.text, value, span: declaration.name.span)
  }

  /// The tensor that a parameter or draw starts from.
  package func initialValue(_ start: ParameterLeaf.Start, shape: Shape, stream: StreamName, at span: Span)
    throws(Diagnostic)
    -> Value
  {
    switch start {
    case .value(let value):
      if case .unknown = value { return unknownTensor(TensorType(shape, .f64)) }
      guard let found = self.shape(of: value), found != shape else { return try asReal(value, at: span) }
      return try apply(BroadcastTo(shape: shape), [asReal(value, at: span)], at: span)
    case .distribution(let distribution):
      return try drawn(distribution, shape: shape, stream: stream, at: span)
    }
  }

  // MARK: Samples

  /// The rows of data, a column for each of so many names.
  private func rows(of value: Value, names: Int, at place: Span) throws(Diagnostic) -> SampleSpace {
    switch value {
    case .dataset(let dataset):
      return .rows(columns: try columns(of: dataset, count: names, at: place), count: dataset.count)
    case .tuple(let columns), .list(let columns):
      guard columns.count == names, let first = columns.first, let rows = shape(of: first), rows.rank > 0 else {
        throw .wrongNameCount(names, for: "\(columns.count) columns", at: place)
      }
      for column in columns where shape(of: column)?.sizes.first != rows[0] {
        throw .requires("a data set", "columns of equally many rows", at: place)
      }
      return .rows(columns: columns, count: rows[0])
    case .tensor(let tensor): return .rows(columns: [.tensor(tensor)], count: tensor.shape[0])
    case let rows where rows.isNode:
      return .rows(columns: [rows], count: shape(of: rows)?.sizes.first ?? 1)
    case .unknown(let kind):
      try require(kind, "a data set", at: place) { form in
        switch form {
        case .tensor(let type): type.shape.rank > 0
        case .array, .list, .tuple, .truths: true
        default: false
        }
      }
      if names > 1, let forms = kind.forms, forms.allSatisfy(\.isNumbers) {
        throw .wrongNameCount(names, for: "1 column", at: place)
      }
      guard let rows = kind.type?.shape.sizes.first else { throw .silent(at: place) }
      return .rows(columns: [.unknown(kind)], count: rows)
    case let other: throw .expected("a data set", found: other.kind, at: place)
    }
  }

  /// The same problem over other data, for its mean loss there.
  package func problem(_ problem: StagedProblem, over data: Value, at span: Span) throws(Diagnostic) -> StagedProblem {
    guard let sample = problem.sample, case .rows = sample.space, problem.loss != nil else {
      throw .needs(
        "the loss over other data", "a problem whose samples are rows of data", at: span,
        help: ["write `sample (x, y) from data` in the problem"])
    }
    let result = StagedProblem(name: problem.name, scope: problem.scope, code: problem.code, span: problem.span)
    result.sample = sample
    result.sample?.space = try rows(of: data, names: sample.names.count, at: span)
    (result.leaves, result.loss, result.noises) = (problem.leaves, problem.loss, problem.noises)
    result.sampleLets = problem.sampleLets
    return result
  }

  private func sampleSpace(_ source: SampleSource, names: [Name], in scope: Scope, at span: Span) throws(Diagnostic)
    -> SampleSpace
  {
    switch source {
    case .data(let id): return try rows(of: evaluate(id, in: scope), names: names.count, at: code.tree.span(id))
    case .range(let id, let weight):
      let range = try evaluate(id, in: scope)
      guard case .range(let indices) = range else {
        if case .unknown(let kind) = range {
          try require(kind, "a range", at: code.tree.span(id)) { $0 == .range }
          throw .silent(at: span)
        }
        throw .expected("a range", found: range.kind, at: code.tree.span(id))
      }
      guard !indices.isEmpty else {
        throw .outOfRange("the number of samples", "0", expected: "1 or more", at: code.tree.span(id))
      }
      guard indices.count <= Self.wholeMax else {
        throw .outOfRange(
          "the number of samples", "\(indices.count)", expected: "at most 2^53", at: code.tree.span(id))
      }
      let weights = try weight.map { (id) throws(Diagnostic) in try self.weights(id, name: names[0], indices, in: scope)
      }
      return .indices(lower: indices.lowerBound, count: indices.count, weights: weights)
    case .distribution(let sizes, let id):
      let value = try evaluate(id, in: scope)
      guard case .distribution(let distribution) = value else {
        throw .expected("a distribution", found: value.kind, at: code.tree.span(id))
      }
      return .draws(shape: try shape(sizes ?? [], in: scope), distribution)
    }
  }

  /// Weights of all indices, normalised to sum 1.
  private func weights(_ id: ExpressionID, name: Name, _ indices: Range<Int>, in scope: Scope) throws(Diagnostic)
    -> Value
  {
    let span = code.tree.span(id)
    // The weights, and what they are computed of.
    try requireMemory(TensorType([3, indices.count], .f64), at: span)
    let results = try stagedAndRun(at: span) { () throws(Diagnostic) in
      let members = try memberInputs([.range(indices)], at: span)
      let inner = Scope(parent: scope)
      inner.define(name.text, members.values[0], span: name.span)
      let one = try asReal(evaluate(id, in: inner), at: span)
      if let shape = shape(of: one), shape.rank > 0 {
        throw .expectedWeight(shape, of: name.text, text: session.sources.text(span), at: span)
      }
      let raw = try batch([one], members.inputs, count: indices.count, at: span)[0]
      let total = try apply(ReduceSum(axes: [0]), [raw], at: span)
      return [raw, try apply(Divide(), [raw, total], at: span)]
    }
    // Before they are divided by their sum, which makes positive ones of those that are all negative.
    if case .tensor(let raw) = results[0], case .tensor(let shares) = results[1] {
      for weight in raw.doubles() where !(weight >= 0) || !weight.isFinite {
        throw .outOfRange("a weight", NumberText.short(weight), expected: "finite and not negative", at: span)
      }
      guard shares.isFinite else {
        let sum = NumberText.short(raw.doubles().reduce(0, +))
        throw .outOfRange("the sum of the weights", sum, expected: "finite and not 0", at: span)
      }
    }
    return results[1]
  }
}
