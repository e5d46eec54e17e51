import Arithmetic
import Diagnostics
import Engine
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

// Note [Local steps]
// With `local H` a step of the run is a round. The rules inside are staged as the step of one worker alone: a program of its
// own, which knows nothing of rounds. A round is that program in a loop of H turns, for all workers at once, each with the
// bits that it has alone; turn h of round r is the program's step (r − 1) H + h, with that step's batch, noise and time. So
// one worker whose mean is taken is the rule inside alone. What the rules inside keep, each worker keeps from round to round.

/// What the local steps of a round give.
struct LocalRound {
  /// The step of one worker.
  var inside: StepStager
  /// Operations of one worker in it.
  var operations: Double
  /// Where the workers are after it, one tensor for each parameter: of those that are computed together, with several
  /// workers along a first axis.
  var points: [(workers: Range<Int>, leaves: [NodeID])]
  /// What is sent of it, averaged over the workers: x − x_worker, by the parameter; made when first asked for.
  var meanMoves: [Int: NodeID] = [:]
  /// What each worker sends.
  var moves: [Int: [NodeID]] = [:]
}

extension StepStager {
  /// Makes the local steps of a round, and gives the next values of the states of the rules inside.
  func localSteps(at span: Span) throws(Diagnostic) -> [(input: Int, output: NodeID)] {
    guard let local = settings.local else { return [] }
    guard !settings.isQuadratic else {
      throw .notInThisVersion(
        "quadratic_model", at: span, help: "the model is of one step's loss, and a round with `local` has several")
    }
    let inside = StepStager(
      evaluator: evaluator, problem: problem, rules: localRules, settings: settings.ofOneWorker)
    try requireLocal(inside)
    let step = try inside.stage(real: evaluator.realType, at: span)
    try requireStaged(inside)
    let leaves = problem.leaves.count
    let own = step.slots.dropFirst(leaves).map { slot in
      let type = TensorType(of(0..<workerCount, slot.type.shape), slot.type.dtype)
      let number = addSlot("\(Slot.localPrefix)\(slot.path)", type, state: slot.state ?? slot.path)
      return (number: number, node: slotNode(number, type))
    }
    let ends = try groups.map { (workers) throws(Diagnostic) in
      let points = leafNodes.map { evaluator.graph.broadcast($0, to: of(workers, evaluator.graph.shape($0))) }
      return try turns(local, of: step, workers, from: points + own.map { rows($0.node, of: workers) })
    }
    let program = step.program.program
    let operations = Double(local.turns) * program.graph.operationCount(of: program.carried.map(\.output))
    round = LocalRound(
      inside: inside, operations: operations, points: zip(groups, ends).map { ($0, Array($1.prefix(leaves))) })
    return own.enumerated().map { place, slot in
      let parts = ends.map { $0[leaves + place] }, whole = together(parts)
      if isDivisible {
        sending.note(rows: zip(groups, parts).map { (workers: $0, node: $1) }, of: slot.number, whole: whole)
      }
      return (slot.number, whole)
    }
  }

  /// The shape of what each of some workers has.
  private func of(_ workers: Range<Int>, _ shape: Shape) -> Shape {
    workerCount > 1 ? Shape([workers.count] + shape.sizes) : shape
  }

  /// The rows of some workers of what all of them have.
  private func rows(_ node: NodeID, of workers: Range<Int>) -> NodeID {
    if workers.count == workerCount { return node }
    let rest = Array(evaluator.graph.shape(node).sizes.dropFirst())
    let starts = [workers.lowerBound] + rest.map { _ in 0 }
    return evaluator.graph.add(Slice(starts: starts, stops: [workers.upperBound] + rest), node)
  }

  /// What groups of workers have, one behind the other.
  private func together(_ parts: [NodeID]) -> NodeID {
    parts.count == 1 ? parts[0] : evaluator.graph.add(Concatenate(axis: 0), inputs: parts)
  }

  // MARK: The loop

  /// The slots of some workers after all turns of a round.
  private func turns(_ local: LocalSteps, of step: StepSpec, _ workers: Range<Int>, from starts: [NodeID])
    throws(Diagnostic) -> [NodeID]
  {
    let program = step.program.program
    let next = step.slots.indices.map { slot in
      program.carried.last { $0.input == slot }?.output ?? program.inputs[slot]
    }
    let single = Subgraph(graph: program.graph, inputs: program.inputs, outputs: next)
    var fed = TurnInputs()
    for (place, feed) in step.program.feeds.enumerated() {
      try add(feed, program.graph.type(program.inputs[place]), of: workers, step.program, local, to: &fed)
    }
    let origin = evaluator.graph.origin
    evaluator.setOrigin(local.span)
    defer { evaluator.graph.origin = origin }
    let graph = evaluator.graph
    let types =
      starts.map { graph.type($0) } + fed.scanned.map { Self.row(of: graph.type($0)) }
      + fed.constants.map { graph.type($0) }
    let body = Self.body(
      single, types, fed, carrying: starts.count, workers: workerCount > 1 ? workers.count : nil)
    let loop = Loop(count: local.turns, carryCount: starts.count, scannedCount: fed.scanned.count, body: body)
    do {
      return try evaluator.graph.loop(loop, carried: starts, scanned: fed.scanned, constants: fed.constants).carried
    } catch { throw evaluator.dressed(error, at: local.span) }
  }

  private static func row(of type: TensorType) -> TensorType {
    TensorType(Shape(Array(type.shape.sizes.dropFirst())), type.dtype)
  }

  /// What the inputs of a worker's step are in a turn.
  private struct TurnInputs {
    enum Place {
      case carried(Int)
      /// Whether each worker has its own.
      case scanned(Int, isOwn: Bool)
      case constant(Int)
    }
    /// One for each input of the program.
    var places: [Place] = []
    var scanned: [NodeID] = []
    var constants: [NodeID] = []

    mutating func add(_ node: NodeID, isOwn: Bool) {
      places.append(.scanned(scanned.count, isOwn: isOwn))
      scanned.append(node)
    }
  }

  private func add(
    _ feed: Feed, _ type: TensorType, of workers: Range<Int>, _ program: FedProgram, _ local: LocalSteps,
    to fed: inout TurnInputs
  ) throws(Diagnostic) {
    switch feed {
    case .slot(let number): fed.places.append(.carried(number))
    case .external(let number):
      fed.places.append(.constant(fed.constants.count))
      fed.constants.append(evaluator.constantNode(program.externals[number]))
    case .time: fed.add(times(local.turns), isOwn: false)
    case .key(let stream): fed.add(keys(of: stream, workers, local.turns), isOwn: workerCount > 1)
    case .batch(ahead: 0):
      guard
        let indices = settings.sampling.map({ evaluator.builder.input(.batch(ahead: 0), TensorType([$0.batch], .i64)) })
      else { throw .silent(at: local.span) }
      let shape = Shape([local.turns] + of(0..<workerCount, type.shape).sizes)
      let all = evaluator.graph.reshape(indices, to: shape)
      guard workers.count < workerCount else { return fed.add(all, isOwn: workerCount > 1) }
      let rest = Array(shape.sizes.dropFirst(2))
      let part = Slice(
        starts: [0, workers.lowerBound] + rest.map { _ in 0 }, stops: [local.turns, workers.upperBound] + rest)
      fed.add(evaluator.graph.add(part, all), isOwn: true)
    case .given:
      fed.places.append(.constant(fed.constants.count))
      fed.constants.append(evaluator.builder.input(feed, type))
    default: throw .notAvailable("\(feed)", "in `local` steps", at: local.span)
    }
  }

  /// The numbers of the worker's updates in a round, from 1: whole numbers, [turns].
  private func times(_ turns: Int) -> NodeID {
    let passed = turnsPassed(turns), one = evaluator.graph.filled(1, evaluator.graph.type(passed))
    return evaluator.graph.add(Add(), passed, one)
  }

  /// How many updates a worker has made before each turn of a round: whole numbers, [turns].
  private func turnsPassed(_ turns: Int) -> NodeID {
    let real = DType.f64
    let before = evaluator.graph.add(Subtract(), evaluator.builder.time, evaluator.graph.constant(1, real))
    let first = evaluator.graph.add(Multiply(), before, evaluator.graph.constant(Double(turns), real))
    let all = evaluator.graph.add(Add(), evaluator.graph.add(Iota(count: turns, dtype: real)), first)
    return evaluator.graph.convert(all, to: .i64)
  }

  /// (key, updates so far, 0) of a stream for each turn, and for each of some workers.
  private func keys(of stream: StreamLabel, _ workers: Range<Int>, _ turns: Int) -> NodeID {
    let passed = evaluator.graph.reshape(turnsPassed(turns), to: [turns, 1])
    let all = workers.map { worker in
      let own = workerCount > 1 ? "\(stream.detail), worker \(worker)" : stream.detail
      let key = evaluator.builder.key(stream.purpose, own)
      let parts = [0, 2].map { place in
        let part = evaluator.graph.add(Slice(starts: [place], stops: [place + 1]), key)
        return evaluator.graph.broadcast(part, to: [turns, 1])
      }
      let keys = evaluator.graph.add(Concatenate(axis: 1), inputs: [parts[0], passed, parts[1]])
      return workerCount > 1 ? evaluator.graph.reshape(keys, to: [turns, 1, 3]) : keys
    }
    return all.count == 1 ? all[0] : evaluator.graph.add(Concatenate(axis: 1), inputs: all)
  }

  /// One turn of so many workers, of one alone for nil: (turn, slots…, rows of what differs from turn to turn…, constants…) → next slots….
  private static func body(
    _ single: Subgraph, _ types: [TensorType], _ fed: TurnInputs, carrying count: Int, workers: Int?
  ) -> Subgraph {
    Subgraph(inputTypes: [TensorType(.scalar, .i64)] + types) { graph, inputs in
      let (carried, rest) = (inputs.dropFirst().prefix(count), inputs.dropFirst(1 + count))
      var members: [(original: NodeID, replacement: NodeID)] = []
      let arguments = zip(fed.places, single.inputTypes).map { place, type in
        let (node, isOwn): (NodeID, Bool) =
          switch place {
          case .carried(let number): (carried[carried.startIndex + number], workers != nil)
          case .scanned(let number, let isOwn): (rest[rest.startIndex + number], isOwn)
          case .constant(let number): (rest[rest.startIndex + fed.scanned.count + number], false)
          }
        guard isOwn else { return graph.convert(node, to: type.dtype) }
        let original = graph.freshInput(type)
        members.append((original, node))
        return original
      }
      let ends = graph.inline(single, inputs: arguments)
      guard let workers else { return ends }
      return zip(ends, graph.stack(outputs: ends, inputs: members, size: workers)).map { own, all in
        graph.members(all ?? own, isBatched: all != nil, size: workers)
      }
    }
  }

  // MARK: What is sent

  /// x − x_worker of a worker.
  func moves(of worker: Int) -> [NodeID] {
    if let known = round?.moves[worker] { return known }
    guard let own = round?.points.first(where: { $0.workers.contains(worker) }) else { return leafNodes }
    let moves = leafNodes.indices.map { leaf in
      let all = own.leaves[leaf]
      let point = workerCount == 1 ? all : part(all, of: worker - own.workers.lowerBound)
      return evaluator.graph.add(Subtract(), leafNodes[leaf], point)
    }
    round?.moves[worker] = moves
    for move in moves { sending.note(owned: move, as: "g") }
    return moves
  }

  /// What a rule behind the local steps has for its gradient.
  ///
  /// Of one worker that sends it itself it is x − x_worker, else the mean of those that all have sent. A rule of several
  /// workers that sends has one for each instead.
  func roundGradients() throws(Diagnostic) -> [NodeID] {
    let own = Set(outerRules.filter(Self.sends).flatMap(\.leaves))
    return try leafNodes.indices.map { (leaf) throws(Diagnostic) in
      guard own.contains(leaf) else { return try meanMove(leaf) }
      return workerCount == 1 ? moves(of: 0)[leaf] : leafNodes[leaf]
    }
  }

  /// The mean over the workers of x − x_worker, which each of them sends.
  private func meanMove(_ leaf: Int) throws(Diagnostic) -> NodeID {
    if let known = round?.meanMoves[leaf] { return known }
    let shape = evaluator.graph.shape(leafNodes[leaf])
    let moves = (round?.points ?? []).map { workers, points in
      let start = evaluator.graph.broadcast(leafNodes[leaf], to: of(workers, shape))
      return evaluator.graph.add(Subtract(), start, points[leaf])
    }
    noteSentMove(of: leaf)
    let result = mean(try arriving(sent(moves), "x@\(problem.leaves[leaf].path)"))
    round?.meanMoves[leaf] = result
    return result
  }

  /// The next parameters where no rule follows the local steps: the mean of where the workers are.
  func meanOfWorkers() throws(Diagnostic) -> [(input: Int, output: NodeID)] {
    guard let round, outerRules.isEmpty else { return [] }
    if !isDelayed {
      return leafNodes.indices.map { leaf in
        noteSentMove(of: leaf)
        return (leaf, mean(sent(round.points.map { $0.leaves[leaf] })))
      }
    }
    return try leafNodes.indices.map { (leaf) throws(Diagnostic) in
      (leaf, evaluator.graph.add(Subtract(), leafNodes[leaf], try meanMove(leaf)))
    }
  }

  /// What each group of workers sends, one behind the other: what it costs is counted apart.
  private func sent(_ parts: [NodeID]) -> NodeID {
    for (workers, part) in zip(groups, parts) where isDivisible {
      sending.note(sender: workers.lowerBound, of: part, cost: .integer(0))
    }
    return together(parts)
  }

  private func mean(_ node: NodeID) -> NodeID {
    guard workerCount > 1 else { return node }
    let total = evaluator.graph.add(ReduceSum(axes: [0]), node)
    return evaluator.graph.add(Divide(), total, evaluator.graph.constant(Double(workerCount), like: total))
  }

  /// Every worker sends where it is, and gets the mean back.
  private func noteSentMove(of leaf: Int) {
    guard !settings.frozen.contains(leaf) else { return }
    let count = problem.leaves[leaf].shape.count
    for worker in 0..<workerCount { sending.note(cost: .integer(count * Sending.valueBits), of: worker) }
    sending.note(returned: count)
  }

  /// Refuses what speaks of a batch in a rule that follows local steps.
  func refuseSamples(in unit: RuleUnit) {
    unit.scope.define(.loss) { () throws(Diagnostic) in
      throw .ofLocalSteps("loss", at: unit.rule.instance.definition.name.span)
    }
    for name in [StepName.grad, .hvp, .objective, .next] where unit.scope.lookup(name.rawValue)?.span == nil {
      let native = NativeFunction(name: name.rawValue) { (_, _, span) throws(Diagnostic) in
        throw .ofLocalSteps(name.rawValue, at: span)
      }
      unit.scope.define(name, .function(.native(native)))
    }
    let overData = NativeFunction(name: OtherSamples.data.rawValue) { (_, _, span) throws(Diagnostic) in
      throw .ofLocalSteps("grad", at: span)
    }
    unit.scope.define(StepName.overData, .function(.native(overData)))
  }
}

extension StepSettings {
  /// Those of one worker's own step.
  fileprivate var ofOneWorker: StepSettings {
    var result = self
    if let sampling, let each = samplesOfWorker {
      result.sampling = Sampling(order: sampling.order, count: sampling.count, batch: each)
    }
    (result.workers, result.local, result.update, result.delay, result.link) = (1, nil, nil, nil, nil)
    return result
  }
}
