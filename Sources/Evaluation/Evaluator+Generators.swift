import Arithmetic
import Data
package import Diagnostics
import Engine
import Experiments
package import Graph
import Messages
package import Syntax
import Tensors
package import Values

/// Members of a generator: one value a member on axis 0, and which of them count.
struct GeneratedTensor {
  var values: Value
  var mask: Value?
}

extension Evaluator {
  /// Above this many members a comprehension over numbers is batched instead of looped.
  private static let loopMax = 512

  // MARK: Comprehensions

  /// `[value for x in source if condition]`, nested from left to right.
  func comprehension(_ value: ExpressionID, _ generators: ArraySlice<Generator>, in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    var values = GrowingList()
    try loop(value, generators, into: &values, in: scope, at: span)
    return values.isOpen ? listOfUnknownLength(values.values) : try collected(values.values, at: span)
  }

  private func loop(
    _ value: ExpressionID, _ generators: ArraySlice<Generator>, into values: inout GrowingList, in scope: Scope,
    at span: Span
  )
    throws(Diagnostic)
  {
    guard let generator = generators.first else {
      values.append(try evaluate(value, in: scope))
      return
    }
    let source = try evaluate(generator.source, in: scope)
    if case .range(let range) = source {
      for index in range {
        drawPath.append(.turn(index - range.lowerBound))
        defer { drawPath.removeLast() }
        try visit(.integer(index), value, generators, into: &values, in: scope, at: span)
      }
      return
    }
    guard let members = try members(of: source, at: code.tree.span(generator.source)) else {
      let member = try unknownMember(of: source, at: code.tree.span(generator.source))
      try visit(member, value, generators, into: &values, in: scope, at: span)
      values.isOpen = true
      return
    }
    for (turn, member) in members.enumerated() {
      drawPath.append(.turn(turn))
      defer { drawPath.removeLast() }
      try visit(member, value, generators, into: &values, in: scope, at: span)
    }
  }

  /// One member of the first generator, and below it those of the others.
  private func visit(
    _ member: Value, _ value: ExpressionID, _ generators: ArraySlice<Generator>, into values: inout GrowingList,
    in scope: Scope, at span: Span
  ) throws(Diagnostic) {
    guard let generator = generators.first else { return }
    try tick(span)
    let inner = Scope(parent: scope)
    try define(generator.pattern, member, in: inner, at: span)
    if let condition = generator.condition {
      switch try asCondition(evaluate(condition, in: inner)) {
      case .boolean(false): return
      case .boolean(true): break
      case .unknown(let kind):
        try requireCondition(kind, at: code.tree.span(condition))
        values.isOpen = true
      case .condition: throw .unknownCondition(at: code.tree.span(condition))
      case let other: throw .expected("a condition", found: other.kind, at: code.tree.span(condition))
      }
    }
    try loop(value, generators.dropFirst(), into: &values, in: inner, at: span)
    let limit = session.limits.memoryBytes
    if values.bytes > limit {
      throw .tooLarge(
        "a list of \(values.values.count) values", needs: ByteCount.text(values.bytes), limit: ByteCount.text(limit),
        at: span)
    }
  }

  /// The members that count; while staging nobody knows yet which those are.
  func counted(_ generated: GeneratedTensor, by callee: String, at span: Span) throws(Diagnostic) -> Value {
    guard let mask = generated.mask else { return generated.values }
    if case .tensor(let flags) = mask, !generated.values.isSymbolic {
      let rows = flags.doubles().enumerated().filter { $0.element != 0 }.map(\.offset)
      return try index(generated.values, by: .tensor(Tensor(integers: rows, shape: [rows.count])), axis: 0, at: span)
    }
    if stagingDepth == 0 { return listOfUnknownLength([generated.values], isTensor: true) }
    throw .leavesOutWhileRunning(callee, at: span)
  }

  /// The members of something that can be looped over; nil when it is not known yet.
  package func members(of source: Value, at span: Span) throws(Diagnostic) -> [Value]? {
    switch source {
    case .range(let range):
      try requireMemory(TensorType([range.count], .i64), at: span)
      return range.map(Value.integer)
    case .list(let values): return values
    case .tuple(let values): return values
    case .series(let series): return try members(of: .tensor(series.tensor), at: span)
    case .along(let vector):
      return vector.placeValues
    case .dataset(let dataset): return try samples(of: dataset, at: span)
    case .tensor(let tensor):
      if tensor.shape.rank == 1 {
        if tensor.holdsTruth { return tensor.doubles().map { .boolean($0 != 0) } }
        return tensor.dtype == .i64 ? tensor.integers().map(Value.integer) : tensor.doubles().map(Value.real)
      }
      var rows: [Value] = []
      for row in 0..<tensor.shape[0] { rows.append(try taken(source, row, axis: 0, at: span)) }
      return rows
    case .node(let id), .condition(let id):
      guard graph.shape(id).rank > 0 else { return nil }
      var rows: [Value] = []
      for row in 0..<graph.shape(id)[0] { rows.append(try taken(source, row, axis: 0, at: span)) }
      return rows
    case .unknown(let kind):
      guard let shape = kind.type?.shape, shape.rank > 0, shape[0] <= Self.checkedRowsMax else {
        _ = try unknownMember(of: source, at: span)
        return nil
      }
      return try (0..<shape[0]).map { (row) throws(Diagnostic) in try taken(source, row, axis: 0, at: span) }
    default: throw .expected("something to loop over", found: source.kind, at: span)
    }
  }

  /// The samples of a data set, each its features or a tuple of features and label.
  private func samples(of dataset: Dataset, at span: Span) throws(Diagnostic) -> [Value]? {
    let columns = try columns(of: dataset, count: dataset.labels == nil ? 1 : 2, at: span)
    if mode == .check, dataset.count > Self.checkedRowsMax { return nil }
    var parts: [[Value]] = []
    for column in columns {
      if case .sparse = column {
        throw .sparseRows(of: dataset.name, at: span)
      }
      parts.append(try members(of: column, at: span) ?? [])
    }
    guard parts.count == 2 else { return parts.first }
    return zip(parts[0], parts[1]).map { .tuple([$0, $1]) }
  }

  /// While checking, more rows than this are looked at as one of them.
  private static let checkedRowsMax = 256

  /// Binds the names of a loop or a destructuring `let` to a member.
  package func define(_ names: [Name], _ member: Value, in scope: Scope, isVariable: Bool = false, at span: Span)
    throws(Diagnostic)
  {
    if names.count == 1 {
      scope.define(names[0].text, member, isVariable: isVariable, span: names[0].span)
      return
    }
    let parts: [Value]
    switch member {
    case .tuple(let values), .list(let values): parts = values
    case .unknown: parts = try partsOfUnknown(member, names.count, at: span)
    case .tensor, .node, .condition: parts = try members(of: member, at: span) ?? names.map { _ in .unknown(.any) }
    default: throw .expected("\(names.count) values", found: member.kind, at: span)
    }
    guard parts.count == names.count else {
      throw .wrongNameCount(names.count, for: "\(parts.count) values", at: span)
    }
    for (name, part) in zip(names, parts) { scope.define(name.text, part, isVariable: isVariable, span: name.span) }
  }

  /// Defines the names of a `let`, each computed where it is used first.
  ///
  /// - Parameters:
  ///   - scope: where they are defined, and where its value is evaluated; it has to live as long as they are used.
  ///   - onUse: called before the value is evaluated.
  package func deferred(
    _ binding: (names: [Name], value: ExpressionID, span: Span), of code: Code, in scope: Scope,
    onUse: @escaping () -> Void = {}
  ) {
    let whole = Deferred { [unowned scope, unowned self] () throws(Diagnostic) in
      onUse()
      return try within(code) { () throws(Diagnostic) in try evaluate(binding.value, in: scope) }
    }
    if binding.names.count == 1 {
      return scope.define(binding.names[0].text, .deferred(whole), span: binding.names[0].span)
    }
    for name in binding.names {
      let part = Deferred { [unowned self] () throws(Diagnostic) in
        let value = try whole.force(name.text, at: name.span)
        let parts = Scope(parent: nil)
        try define(binding.names, value, in: parts, at: binding.span)
        return parts.local(name.text)?.value ?? .unknown(.any)
      }
      scope.define(name.text, .deferred(part), span: name.span)
    }
  }

  // MARK: Generators

  /// `value for x in source if condition`: batched through the graph where the members are numbers,
  /// looped otherwise.
  func generatedTensor(_ value: ExpressionID, _ generators: [Generator], in scope: Scope, at span: Span)
    throws(Diagnostic) -> GeneratedTensor
  {
    guard generators.count == 1, let source = try batchable(generators[0], in: scope) else {
      return GeneratedTensor(values: try comprehension(value, generators[...], in: scope, at: span), mask: nil)
    }
    let before = drawCount
    let generated =
      stagingDepth > 0
      ? try batched(value, generators[0], source, in: scope, at: span)
      : try eagerly(value, generators[0], source, in: scope, at: span)
    // Numbers with errors have no place in a graph, and all members at once would share a draw, which is another one for
    // each turn of a loop.
    var isMeasured = false
    if case .nothing = generated.values { isMeasured = true }
    guard drawCount == before, !isMeasured else {
      return GeneratedTensor(values: try comprehension(value, generators[...], in: scope, at: span), mask: nil)
    }
    return generated
  }

  /// Members of a generator as tensors with one row a member.
  private struct MemberSource {
    var columns: [Value]
    var count: Int
  }

  private func batchable(_ generator: Generator, in scope: Scope) throws(Diagnostic) -> MemberSource? {
    let source = entered(try evaluate(generator.source, in: scope))
    switch source {
    case .range(let range) where stagingDepth > 0 || range.count > Self.loopMax:
      return MemberSource(columns: [source], count: range.count)
    case .dataset(let dataset):
      return MemberSource(
        columns: try columns(of: dataset, count: generator.pattern.count, at: code.tree.span(generator.source)),
        count: dataset.count)
    case .tensor(let tensor) where stagingDepth > 0 || tensor.shape[0] > Self.loopMax:
      return MemberSource(columns: [source], count: tensor.shape[0])
    case .node(let id), .condition(let id):
      return graph.shape(id).rank > 0 ? MemberSource(columns: [source], count: graph.shape(id)[0]) : nil
    case .unknown(let kind):
      guard let shape = kind.type?.shape, shape.rank > 0 else { return nil }
      return MemberSource(columns: [source], count: shape[0])
    default: return nil
    }
  }

  /// The same generator in a graph of its own, run at once.
  private func eagerly(
    _ value: ExpressionID, _ generator: Generator, _ source: MemberSource, in scope: Scope, at span: Span
  )
    throws(Diagnostic) -> GeneratedTensor
  {
    let parts = try stagedAndRun(at: span) { () throws(Diagnostic) in
      let generated = try batched(value, generator, source, in: scope, at: span)
      return [generated.values] + (generated.mask.map { [$0] } ?? [])
    }
    return GeneratedTensor(values: parts[0], mask: parts.count > 1 ? parts[1] : nil)
  }

  private func batched(
    _ value: ExpressionID, _ generator: Generator, _ source: MemberSource, in scope: Scope, at span: Span
  )
    throws(Diagnostic) -> GeneratedTensor
  {
    let members = try memberInputs(source.columns, at: span)
    let inner = Scope(parent: scope)
    try define(
      generator.pattern, members.values.count == 1 ? members.values[0] : .tuple(members.values), in: inner, at: span)
    var results = [try evaluate(value, in: inner)]
    if let condition = generator.condition {
      results.append(try asMask(evaluate(condition, in: inner), at: code.tree.span(condition)))
    }
    if results.contains(where: { entered($0).isUnknownValue }) { return try generatedKind(results) }
    if case .estimate = results[0] { return GeneratedTensor(values: .nothing, mask: nil) }
    let rows = try batch(results, members.inputs, count: source.count, at: span)
    return GeneratedTensor(values: rows[0], mask: rows.count > 1 ? rows[1] : nil)
  }

  /// A symbolic member of each column, standing for all of its rows.
  package func memberInputs(_ columns: [Value], at span: Span) throws(Diagnostic) -> BatchMembers {
    var members = BatchMembers()
    for column in columns {
      if case .sparse(let rows) = column {
        let indices = try memberInput(rows.indices, in: &members, at: span)
        let values = try memberInput(rows.values, in: &members, at: span)
        members.values.append(.sparse(SparseValue(indices: indices, values: values, size: rows.size)))
      } else {
        members.values.append(try memberInput(column, in: &members, at: span))
      }
    }
    return members
  }

  private func memberInput(_ column: Value, in members: inout BatchMembers, at span: Span) throws(Diagnostic) -> Value {
    let rows = try node(column, at: span)
    let type = TensorType(Shape(Array(graph.shape(rows).sizes.dropFirst())), graph.dtype(rows))
    let input = graph.freshInput(type)
    members.inputs.append(BatchMember(input: input, rows: rows))
    return holdsTruth(column) ? .condition(input) : .node(input)
  }

  /// Values that speak of the members, for all members at once.
  package func batch(_ values: [Value], _ members: [BatchMember], count: Int, at span: Span) throws(Diagnostic)
    -> [Value]
  {
    var outputs: [NodeID] = []
    for value in values { outputs.append(try node(value, at: span)) }
    let rows = graph.batchInBlocks(outputs: outputs, inputs: members.map { ($0.input, $0.rows) }, size: count)
    return zip(rows, values).map { holdsTruth($1) ? .condition($0) : .node($0) }
  }

  /// Stages values in a graph of their own, plans and runs it, and returns what they are.
  package func stagedAndRun(at span: Span, _ body: () throws(Diagnostic) -> [Value]) throws(Diagnostic) -> [Value] {
    let (staged, types, others) = try staging(real: .f64) {
      () throws(Diagnostic) -> (FedProgram, [TensorType?], [Value]) in
      let values = try body()
      var outputs: [NodeID] = []
      var types: [TensorType?] = []
      for value in values {
        guard value.isNumeric else { types.append(nil); continue }
        let id = try node(value, at: span)
        outputs.append(id)
        types.append(graph.type(id))
      }
      return (builder.program(outputs: outputs), types, values)
    }
    if mode == .check {
      var results: [Value] = []
      for (type, other) in zip(types, others) {
        results.append(type.map { entered(.unknown(holdsTruth(other) ? Kind($0).asTruth : Kind($0))) } ?? other)
      }
      return results
    }
    let executable = try compiled(staged, at: span)
    try run(executable, at: span)
    var position = 0
    var results: [Value] = []
    for (type, other) in zip(types, others) {
      guard type != nil else { results.append(other); continue }
      let result = value(of: executable.output(position))
      results.append(holdsTruth(other) ? asTruth(result) : result)
      position += 1
    }
    return results
  }
}

/// One column of a batched source: the symbolic member and the tensor of all members.
package struct BatchMember {
  package var input: NodeID
  package var rows: NodeID
}

/// All columns of a batched source: what is batched, and what a pattern of names is bound to.
package struct BatchMembers {
  package var inputs: [BatchMember] = []
  /// One value a column.
  package var values: [Value] = []
}
