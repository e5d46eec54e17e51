import Arithmetic
package import Diagnostics
package import Evaluation
package import Experiments
package import Graph
import Messages
package import Syntax
package import Tensors
package import Values

/// The samples of one step, as the loss sees them.
package struct BatchView {
  /// Row numbers of a mini-batch; nil for the full batch.
  package var indices: NodeID?
  /// Number of samples.
  package var count: Int
  /// Whether it stands for the whole objective, so that a closed form may take its place.
  package var isWhole: Bool
  /// The key of a named source of noise, made when first asked for.
  package var key: (String) -> NodeID
  /// Probabilities of the samples, [count], where they are not those of the batch.
  package var shares: NodeID?
  /// Whether it is one of many that a metric draws, each with noise of its own.
  package var isFresh = false
  /// Fixed values in place of the standard draws of a named source: [count] + shape.
  package var nodes: ((String, Shape) -> NodeID)?

  package init(
    indices: NodeID? = nil, count: Int, isWhole: Bool, key: @escaping (String) -> NodeID, shares: NodeID? = nil,
    isFresh: Bool = false, nodes: ((String, Shape) -> NodeID)? = nil
  ) {
    self.indices = indices
    self.count = count
    self.isWhole = isWhole
    self.key = key
    self.shares = shares
    self.isFresh = isFresh
    self.nodes = nodes
  }
}

/// Something random that each sample of a step draws anew.
package struct NoiseSource {
  package var name: String
  package var shape: Shape
  package var law: DistributionValue

  package init(name: String, shape: Shape, law: DistributionValue) {
    self.name = name
    self.shape = shape
    self.law = law
  }
}

extension Evaluator {
  /// The mean loss of a batch at a point, as a node of the current graph.
  ///
  /// The loss of one sample is staged once over symbolic members and then batched, so a layer's product
  /// with a vector becomes one product with the whole batch.
  package func meanLoss(_ problem: StagedProblem, at parameters: [Value], _ view: BatchView) throws(Diagnostic)
    -> NodeID
  {
    let own = PointContext(parameters: parameters, names: point?.names ?? Scope(parent: nil))
    return try at(own, in: problem.code) { () throws(Diagnostic) in
      if let (id, span) = problem.objective, view.isWhole || problem.loss == nil {
        return try scalarNode(evaluate(id, in: problem.scope), at: span)
      }
      guard let (id, span) = problem.loss else {
        throw Diagnostic.withoutLoss(problem.name, at: problem.span)
      }
      let isDrawn = problem.sample == nil && !problem.noises.isEmpty
      if isDrawn || problem.sample?.isBatch == false { return try meanOverSamples(problem, id, span, view) }
      let scope = Scope(parent: problem.scope)
      try defineWholeBatch(problem, in: scope, view)
      try defineNoise(problem, in: scope, key: view.key)
      try defineLets(problem, in: scope)
      return try scalarNode(evaluate(id, in: scope), at: span)
    }
  }

  private func scalarNode(_ value: Value, at span: Span) throws(Diagnostic) -> NodeID {
    if case .unknown = value { throw .silent(at: span) }
    guard value.isNumeric || value.isBoolean else { throw .expected("a number as loss", found: value.kind, at: span) }
    let id = try node(asReal(value, at: span), at: span)
    guard graph.shape(id).rank == 0 else { throw .lossNotScalar(graph.shape(id), at: span) }
    return id
  }

  private func meanOverSamples(_ problem: StagedProblem, _ loss: ExpressionID, _ span: Span, _ view: BatchView)
    throws(Diagnostic) -> NodeID
  {
    let (members, scope) = try sampleScope(problem, view)
    let one = try scalarNode(evaluate(loss, in: scope), at: span)
    let losses = try batch([.node(one)], members, count: view.count, at: span)[0]
    return try node(mean(losses, of: problem, view, at: span), at: span)
  }

  /// The scope of one symbolic sample, and the members that stand for all samples of the batch.
  package func sampleScope(_ problem: StagedProblem, _ view: BatchView) throws(Diagnostic) -> ([BatchMember], Scope) {
    let scope = Scope(parent: problem.scope)
    var members: [BatchMember] = []
    if let sample = problem.sample {
      let rows = try sampleRows(sample.space, view, at: sample.span)
      let columns = try memberInputs(rows, at: sample.span)
      members = columns.inputs
      var values = columns.values
      if case .draws(let shape, let distribution) = sample.space {
        values = [try transformed(distribution, raw: values[0], of: shape, at: sample.span)]
      }
      guard values.count == sample.names.count else {
        throw .wrongNameCount(sample.names.count, for: "\(values.count) columns", at: sample.span)
      }
      for (name, value) in zip(sample.names, values) { scope.define(name.text, value, span: name.span) }
    }
    for noise in problem.noises {
      let raw = try rawNoise(noise, problem, view)
      let column = try memberInputs([raw], at: noise.name.span)
      members += column.inputs
      scope.define(noise.name.text, try noiseValue(noise, raw: column.values[0], in: scope), span: noise.name.span)
    }
    try defineLets(problem, in: scope)
    return (members, scope)
  }

  /// The samples of the batch, one row each.
  private func sampleRows(_ space: SampleSpace, _ view: BatchView, at span: Span) throws(Diagnostic) -> [Value] {
    switch space {
    case .rows(let columns, _):
      guard let indices = view.indices else { return columns }
      var rows: [Value] = []
      for column in columns { rows.append(try chosen(column, indices, at: span)) }
      return rows
    case .indices(let lower, let count, _):
      // The numbers of all samples, and what the loss of each gives.
      if view.indices == nil { try requireMemory(TensorType([2, count], .f64), at: span) }
      let rows = Value.node(view.indices ?? graph.add(Iota(count: count, dtype: .i64)))
      return [lower == 0 ? rows : try apply(Add(), [rows, .integer(lower)], at: span)]
    case .draws(let shape, let distribution):
      return [try raw(distribution, shape: shape, Self.sampleSource, view, at: span)]
    }
  }

  /// The shares of a batch's samples in its mean, where an epoch ends in a shorter batch; nil where all are equal.
  package func sharesNode(_ sampling: Sampling, ahead: Int) -> NodeID? {
    guard sampling.shortBatch != nil else { return nil }
    return builder.input(.shares(ahead: ahead), TensorType([sampling.batch], realType))
  }

  /// The rows of a column by their numbers.
  private func chosen(_ column: Value, _ indices: NodeID, at span: Span) throws(Diagnostic) -> Value {
    if case .sparse(let rows) = column {
      return .sparse(
        SparseValue(
          indices: try chosen(rows.indices, indices, at: span), values: try chosen(rows.values, indices, at: span),
          size: rows.size))
    }
    return try apply(GatherRows(), [.node(node(column, at: span)), .node(indices)], at: span)
  }

  /// Mean over the batch; the full batch of a weighted problem is weighted.
  package func mean(_ losses: Value, of problem: StagedProblem, _ view: BatchView, at span: Span) throws(Diagnostic)
    -> Value
  {
    var weights = view.shares.map(Value.node)
    if weights == nil, view.indices == nil, case .indices(_, _, let own?) = problem.sample?.space { weights = own }
    if let weights {
      let one = try asReal(weights, at: span)
      var labels = Array(0..<(shape(of: losses)?.rank ?? 1))
      let left = [0]
      let right = labels
      labels.removeFirst()
      return try apply(Contract(left: left, right: right, output: labels), [one, losses], at: span)
    }
    let total = try apply(ReduceSum(axes: [0]), [losses], at: span)
    return try apply(Divide(), [total, .real(Double(view.count))], at: span)
  }

  // MARK: Members of the sample scope

  private func defineWholeBatch(_ problem: StagedProblem, in scope: Scope, _ view: BatchView) throws(Diagnostic) {
    guard let sample = problem.sample else { return }
    let rows = try sampleRows(sample.space, view, at: sample.span)
    guard rows.count == sample.names.count else {
      throw .wrongNameCount(sample.names.count, for: "\(rows.count) columns", at: sample.span)
    }
    for (name, row) in zip(sample.names, rows) { scope.define(name.text, row, span: name.span) }
  }

  private func defineNoise(_ problem: StagedProblem, in scope: Scope, key: (String) -> NodeID) throws(Diagnostic) {
    for noise in problem.noises {
      let shape = try shape(noise.shape ?? [], in: scope)
      guard case .distribution(let id)? = noise.start,
        case .distribution(let distribution) = try evaluate(id, in: scope)
      else {
        throw .withoutDistribution("noise", example: noise.name.text, at: noise.name.span)
      }
      let value = try drawn(
        distribution, shape: shape, key: .node(key(noise.name.text)), dtype: realType, at: noise.name.span)
      scope.define(noise.name.text, value, span: noise.name.span)
    }
  }

  private func rawNoise(_ noise: TensorDeclaration, _ problem: StagedProblem, _ view: BatchView) throws(Diagnostic)
    -> Value
  {
    let source = try source(noise, of: problem.scope)
    return try raw(source.law, shape: source.shape, source.name, view, at: noise.name.span)
  }

  /// What is drawn anew at every step for fresh samples: its name among the sources of noise.
  package static let sampleSource = "sample"

  /// A source of noise, with the shape and the law of one sample's draw.
  package func source(_ noise: TensorDeclaration, of scope: Scope) throws(Diagnostic) -> NoiseSource {
    let shape = try shape(noise.shape ?? [], in: scope)
    guard case .distribution(let id)? = noise.start else {
      throw .withoutDistribution("noise", example: noise.name.text, at: noise.name.span)
    }
    let distribution = try evaluate(id, in: scope)
    guard case .distribution(let kind) = distribution else {
      throw .expected("a distribution", found: distribution.kind, at: code.tree.span(id))
    }
    // A noise may be called as the stream of samples is.
    let name = noise.name.text == Self.sampleSource ? "noise sample" : noise.name.text
    return NoiseSource(name: name, shape: shape, law: kind)
  }

  private func noiseValue(_ noise: TensorDeclaration, raw: Value, in scope: Scope) throws(Diagnostic) -> Value {
    guard case .distribution(let id)? = noise.start, case .distribution(let distribution) = try evaluate(id, in: scope)
    else { return .unknown(.any) }
    let shape = try shape(noise.shape ?? [], in: scope)
    return try transformed(distribution, raw: raw, of: shape, at: noise.name.span)
  }

  /// Standard draws for every lane of a batch: [lanes] + shape.
  private func raw(_ distribution: DistributionValue, shape: Shape, _ name: String, _ view: BatchView, at span: Span)
    throws(Diagnostic) -> Value
  {
    if let nodes = view.nodes { return .node(nodes(name, shape)) }
    let (lanes, key) = (view.count, view.key(name))
    let head = graph.add(BroadcastTo(shape: [lanes, 2]), graph.add(Slice(starts: [0], stops: [2]), key))
    let lane = graph.add(Reshape(shape: [lanes, 1]), graph.add(Iota(count: lanes, dtype: .i64)))
    let keys = graph.add(Concatenate(axis: 1), head, lane)
    return try apply(standardDraw(distribution, shape: shape, dtype: realType, at: span), [.node(keys)], at: span)
  }

  /// The problem's `let`s that may speak of the sample, each computed where it is used.
  package func defineLets(_ problem: StagedProblem, in scope: Scope) throws(Diagnostic) {
    for binding in problem.sampleLets { deferred(binding, of: problem.code, in: scope) }
  }
}
