import Arithmetic
import Diagnostics
import Engine
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

// Several workers compute their gradients at one point, each of its own samples with its own noise: one worker's program is
// staged and stacked, so that each has the bits that it has alone, and a network of eight is no larger than one of two.

/// What workers compute of their samples: all of them or, where several processes hold them, those of one process.
struct WorkerStack {
  var workers: Range<Int>
  /// [workers].
  var losses: NodeID
  /// [workers, …], one for each parameter.
  var gradients: [NodeID]
  /// Operations of one of them.
  var operations: Double
}

extension StepStager {
  /// The losses and gradients of a worker and of those that are computed with it; made when first asked for.
  func stack(with worker: Int) throws(Diagnostic) -> WorkerStack {
    if let known = stacks.first(where: { $0.workers.contains(worker) }) { return known }
    let together = groups.first { $0.contains(worker) } ?? 0..<workerCount
    let place = problem.loss?.1 ?? problem.span
    let program = try programOfWorker(at: place)
    var members: [(original: NodeID, replacement: NodeID)] = []
    var arguments: [NodeID] = []
    for (input, feed) in zip(program.program.inputs, program.feeds) {
      let type = program.program.graph.type(input)
      guard let all = try of(together, feed, type, at: place) else {
        arguments.append(evaluator.graph.convert(try ofEveryone(feed, program, at: place), to: type.dtype))
        continue
      }
      let original = evaluator.graph.freshInput(type)
      members.append((original, all))
      arguments.append(original)
    }
    // Its products are ordered as those of one worker, however many are computed together.
    let single = program.program, ordered = single.withCheaperProducts()
    let body = Subgraph(graph: ordered.graph, inputs: ordered.inputs, outputs: ordered.outputs)
    let ends = evaluator.graph.inline(body, inputs: arguments)
    let stacked = evaluator.graph.stack(outputs: ends, inputs: members, size: together.count)
    let rows = zip(ends, stacked).map { own, all in
      evaluator.graph.members(all ?? own, isBatched: all != nil, size: together.count)
    }
    let result = WorkerStack(
      workers: together, losses: rows[0], gradients: Array(rows.dropFirst()),
      operations: single.graph.operationCount(of: single.outputs))
    stacks.append(result)
    return result
  }

  /// The losses and gradients of one worker's samples as a program of its own.
  private func programOfWorker(at place: Span) throws(Diagnostic) -> FedProgram {
    if let programOfWorker { return programOfWorker }
    let program = try evaluator.staging(real: evaluator.realType) { () throws(Diagnostic) -> FedProgram in
      let leaves = evaluator.parameterInputs(of: problem)
      let loss = try evaluator.meanLoss(problem, at: leaves.map(Value.node), ownView(at: place))
      return evaluator.builder.program(outputs: try [loss] + evaluator.gradients(of: loss, at: leaves, place))
    }
    programOfWorker = program
    return program
  }

  /// Workers that are computed together: all of them, or those that each process holds.
  var groups: [Range<Int>] { WorkerSharing(workers: workerCount).groups(among: processes) }

  /// The samples of one worker, as its own program sees them.
  private func ownView(at place: Span) throws(Diagnostic) -> BatchView {
    let builder = evaluator.builder
    guard let each = settings.samplesOfWorker ?? settings.freshCount else { throw .silent(at: place) }
    return BatchView(
      indices: settings.sampling.map { _ in builder.input(.batch(ahead: 0), TensorType([each], .i64)) }, count: each,
      isWhole: false, key: { builder.key("noise", $0) })
  }

  /// What an input is for each of some workers, along a first axis; nil for what they share.
  private func of(_ workers: Range<Int>, _ feed: Feed, _ type: TensorType, at place: Span) throws(Diagnostic) -> NodeID?
  {
    switch feed {
    case .batch(ahead: 0):
      guard let batch, let indices = view.indices else { throw .silent(at: place) }
      let each = batch / workerCount, all = evaluator.graph.reshape(indices, to: [workerCount, each])
      if workers.count == workerCount { return all }
      return evaluator.graph.add(Slice(starts: [workers.lowerBound, 0], stops: [workers.upperBound, each]), all)
    case .key(let stream):
      let keys = workers.map { worker in
        evaluator.graph.reshape(
          evaluator.builder.key(stream.purpose, "\(stream.detail), worker \(worker)"), to: [1, 3])
      }
      return evaluator.graph.add(Concatenate(axis: 0), inputs: keys)
    default: return nil
    }
  }

  private func ofEveryone(_ feed: Feed, _ program: FedProgram, at place: Span) throws(Diagnostic) -> NodeID {
    switch feed {
    case .slot(let number): return leafNodes[number]
    case .external(let number): return evaluator.constantNode(program.externals[number])
    case .time: return evaluator.builder.time
    default: throw .silent(at: place)
    }
  }

  /// The part of one worker of what all of them have along a first axis.
  func part(_ all: NodeID, of worker: Int) -> NodeID {
    let shape = Shape(Array(evaluator.graph.shape(all).sizes.dropFirst()))
    let starts = [worker] + shape.sizes.map { _ in 0 }
    let row = evaluator.graph.add(Slice(starts: starts, stops: [worker + 1] + shape.sizes), all)
    return evaluator.graph.reshape(row, to: shape)
  }
}
