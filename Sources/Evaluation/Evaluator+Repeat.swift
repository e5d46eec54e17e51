import Arithmetic
package import Diagnostics
import Graph
import Messages
import Syntax
import Tensors
package import Values

// `repeat n { … }`: turns that a derivative goes through.
//
// In a graph, turns are unrolled: each leaves its nodes, and a gradient keeps what all of them made. `truncate k` puts a
// constant in place of every variable k turns from the end. `recompute` makes a loop of the graph of the turns, which keeps
// the variables at the start of each turn and computes the turn again when the gradient comes by; and of that loop one of
// √n stretches of √n turns, so that about 2 √n states are kept at a time. The values are those of the unrolled turns.

extension Evaluator {
  func repeatLoop(_ loop: RepeatStatement, in scope: Scope, at span: Span) throws(Diagnostic) -> Flow {
    let turns = try turnCount(loop.count, "the number of repetitions", in: scope)
    let open = try loop.truncation.map { (id) throws(Diagnostic) in
      try turnCount(id, "the number of turns that gradients go through", in: scope)
    }
    guard let n = turns, open != .some(nil) else { return try perhapsOnce(loop.body, in: Scope(parent: scope)) }
    let head = open.flatMap(\.self).map { max(0, n - $0) } ?? 0
    if head > 0 {
      let flow = try self.turns(0..<head, of: loop, areKept: false, in: scope, at: span)
      if case .returned = flow { return flow }
      try forgetOrigins(of: loop, in: scope, at: span)
    }
    return try self.turns(head..<n, of: loop, areKept: true, in: scope, at: span)
  }

  /// A number of turns; nil where it is not known while checking.
  private func turnCount(_ id: ExpressionID, _ what: String, in scope: Scope) throws(Diagnostic) -> Int? {
    let place = code.tree.span(id)
    let value = try evaluate(id, in: scope)
    guard value.isUnknownValue else { return try whole(value, what: what, in: 0...Self.wholeMax, at: place) }
    _ = try byKind([value]) { (known) throws(Diagnostic) in .integer(try whole(known[0], what: what, at: place)) }
    return nil
  }

  /// `areKept`: whether derivatives go through the turns.
  private func turns(
    _ range: Range<Int>, of loop: RepeatStatement, areKept: Bool, in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Flow {
    if let place = loop.recomputation, stagingDepth > 0, range.count > 1 {
      return try recomputed(range.count, of: loop, in: scope, at: place)
    }
    let before = graph.nodes.count
    for turn in range {
      try tick(span)
      let flow = try within(.turn(turn)) { () throws(Diagnostic) in try inner(loop.body, in: Scope(parent: scope)) }
      if case .returned = flow { return flow }
      if turn == range.lowerBound, stagingDepth > 0, areKept {
        try requireRoom(for: range.count, turnsFrom: before, at: span)
      }
    }
    return .next
  }

  /// Refuses turns that would take more than the limit on memory, after the first of them: all of them are nodes of the
  /// graph, and a gradient keeps what they made.
  ///
  /// Of what the nodes of a turn hold an eighth is counted, as much is views, parts of other operations or computed twice.
  private func requireRoom(for count: Int, turnsFrom before: Int, at span: Span) throws(Diagnostic) {
    guard graph.nodes.count > before else { return }
    let held = graph.nodes[before...].reduce(0) { $0 &+ $1.type.byteCount }
    let (bytes, overflow) = (held / 8 + (graph.nodes.count - before) * Self.nodeBytes)
      .multipliedReportingOverflow(by: count)
    guard overflow || bytes > session.limits.memoryBytes else { return }
    throw .tooManyTurns(
      count, needs: ByteCount.text(overflow ? .max : bytes), limit: ByteCount.text(session.limits.memoryBytes), at: span
    )
  }

  /// About what a node of a graph takes until it is planned.
  private static let nodeBytes = 512

  // MARK: Variables

  /// The variables of `scope` and around it that a block assigns to, in the order of the text.
  func variables(assignedIn block: [StatementID], in scope: Scope) -> [String] {
    var names: [String] = []
    func visit(_ parts: [StatementPart]) {
      for part in parts {
        switch part {
        case .target(let target):
          var place = target
          while case .index(let base, _) = code.tree[place] { place = base }
          guard case .name(let name) = code.tree[place], !names.contains(name), scope.reaches(name),
            scope.lookup(name)?.isVariable == true
          else { continue }
          names.append(name)
        case .block(let statements): for id in statements { visit(code.tree.parts(of: id)) }
        case .scope(let inner): visit(inner)
        default: break
        }
      }
    }
    for id in block { visit(code.tree.parts(of: id)) }
    return names
  }

  /// Makes constants to every derivative of the variables that the turns change.
  private func forgetOrigins(of loop: RepeatStatement, in scope: Scope, at span: Span) throws(Diagnostic) {
    for name in variables(assignedIn: loop.body, in: scope) {
      guard let value = scope.lookup(name)?.value else { continue }
      if case .function = value {
        throw .requires("`truncate`", "variables that are numbers or tensors: `\(name)` is a function", at: span)
      }
      scope.assign(name, try withoutGradient(value, at: span))
    }
  }

  /// A value as a constant to every derivative, with all that it is made of.
  package func withoutGradient(_ value: Value, at span: Span) throws(Diagnostic) -> Value {
    func all(_ values: [Value]) throws(Diagnostic) -> [Value] {
      var results: [Value] = []
      for value in values { results.append(try withoutGradient(value, at: span)) }
      return results
    }
    switch value {
    case .node: return try apply(StopGradient(), [value], at: span)
    case .list(let values): return .list(try all(values))
    case .tuple(let values): return .tuple(try all(values))
    case .family(let lower, let values): return .family(lower: lower, try all(values))
    default: return value
    }
  }

  // MARK: Recomputing

  /// All turns as a loop of the graph.
  private func recomputed(_ count: Int, of loop: RepeatStatement, in scope: Scope, at place: Span)
    throws(Diagnostic) -> Flow
  {
    let names = variables(assignedIn: loop.body, in: scope)
    var starts: [NodeID] = []
    for name in names {
      let value = scope.lookup(name)?.value ?? .nothing
      if value.isUnknownValue { return try perhapsOnce(loop.body, in: Scope(parent: scope)) }
      try requireReal(value, name, at: place)
      starts.append(try node(value, at: place))
    }
    let inputs = starts.map { graph.freshInput(graph.type($0)) }
    for (name, input) in zip(names, inputs) { scope.assign(name, .node(input)) }
    let draws = drawCount
    let flow = try within(.turn(0)) { () throws(Diagnostic) in try inner(loop.body, in: Scope(parent: scope)) }
    if case .returned = flow {
      throw .requires("`recompute`", "turns that all end: `return` would leave the first", at: place)
    }
    guard drawCount == draws else {
      throw .requires("`recompute`", "turns without draws, which would be the same in all of them", at: place)
    }
    var ends: [NodeID] = []
    for (name, input) in zip(names, inputs) {
      let value = scope.lookup(name)?.value ?? .nothing
      if value.isUnknownValue { return .next }
      ends.append(try next(value, of: name, like: input, at: place))
    }
    if names.isEmpty { return .next }
    let results = try looped(count, from: starts, inputs: inputs, to: ends, at: place)
    for (name, result) in zip(names, results) { scope.assign(name, .node(result)) }
    return .next
  }

  private func requireReal(_ value: Value, _ name: String, at place: Span) throws(Diagnostic) {
    let isReal =
      switch value {
      case .real: true
      case .tensor(let tensor): tensor.dtype.isReal && !tensor.holdsTruth
      case .node(let id): graph.dtype(id).isReal
      default: false
      }
    guard !isReal else { return }
    throw .requires(
      "`recompute`", "variables that are real numbers or tensors from the first turn on: `\(name)` is \(value.kind)",
      at: place, help: ["for a number write `0.0` in place of `0`, or leave `recompute` out"])
  }

  /// What a turn gives for a variable, which has to be like what it began with.
  private func next(_ value: Value, of name: String, like input: NodeID, at place: Span) throws(Diagnostic) -> NodeID {
    guard value.isNumeric, let shape = shape(of: value) else {
      throw .requires(
        "`recompute`", "variables that stay numbers or tensors: `\(name)` becomes \(value.kind)", at: place)
    }
    guard shape == graph.shape(input) else {
      throw .requires(
        "`recompute`",
        "variables that keep their shape: `\(name)` has \(graph.shape(input)) before a turn and \(shape) after it",
        at: place)
    }
    return try node(asReal(value, at: place), at: place)
  }

  /// The loop of the graph: √n stretches of √n turns, and what is left.
  private func looped(_ count: Int, from starts: [NodeID], inputs: [NodeID], to ends: [NodeID], at place: Span)
    throws(Diagnostic) -> [NodeID]
  {
    setOrigin(place)
    let turn = graph.freshInput(TensorType(.scalar, .i64))
    let part = graph.extracted(outputs: ends, inputs: [turn] + inputs)
    var length = 1
    while length * length < count { length += 1 }
    do {
      let stretch = try Self.stretch(of: length, part.body, carrying: starts.count)
      var values = starts
      if count / length > 0 {
        let loop = Loop(count: count / length, carryCount: starts.count, body: stretch)
        values = try graph.loop(loop, carried: values, constants: part.captured).carried
      }
      if count % length > 0 {
        let loop = Loop(count: count % length, carryCount: starts.count, body: part.body)
        values = try graph.loop(loop, carried: values, constants: part.captured).carried
      }
      return values
    } catch { throw dressed(error, at: place) }
  }

  /// So many turns as the body of another loop.
  private static func stretch(of length: Int, _ body: Subgraph, carrying count: Int) throws(ShapeError) -> Subgraph {
    try Subgraph(inputTypes: body.inputTypes) { (graph, inputs) throws(ShapeError) in
      let loop = Loop(count: length, carryCount: count, body: body)
      return try graph.loop(loop, carried: Array(inputs[1...count]), constants: Array(inputs[(1 + count)...])).carried
    }
  }
}

extension Diagnostic {
  fileprivate static func tooManyTurns(_ count: Int, needs: String, limit: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0907", effect: .memory, "the \(count) turns of this loop need about \(needs); the limit is \(limit)", at: span,
      label: "a derivative keeps what each turn made",
      help: [
        "write `repeat \(count) recompute { … }`, which keeps about 2 √\(count) turns, or `truncate k`: derivatives through "
          + "the last k turns"
      ])
  }
}
