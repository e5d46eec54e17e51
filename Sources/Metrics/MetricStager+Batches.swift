import Arithmetic
import Data
import Diagnostics
import Experiments
import Graph
import Staging
import Tensors
import Values

// Fresh batches of a metric: as the run's sampler would deal them, from a stream of their own.

/// Samples of fresh batches, one for each turn of a loop.
struct FreshBatches {
  /// The samples of a turn.
  var view: (_ turn: NodeID) -> BatchView
  /// All turns see the same samples.
  var isConstant: Bool
  /// How the turns are dealt where they are not independent; whether the update draws noise of its own is said.
  var dealing: (Bool) -> Dealing? = { _ in nil }
}

extension MetricStager {
  /// Samples of one step of the run.
  var batchSize: Int {
    subject.settings.sampling.map { $0.batch / $0.turns } ?? subject.settings.freshCount ?? subject.problem?.sampleCount
      ?? 1
  }

  /// Fresh batches of `size` samples.
  ///
  /// In an order without repetition they are dealt as an epoch deals them: the blocks of a random permutation, and of
  /// as many permutations as are needed. Each batch is uniform among all of its size.
  func freshBatches(_ count: Int, size: Int, _ problem: StagedProblem, _ name: String) -> FreshBatches {
    let keyOf = { [unowned self] (turn: NodeID, source: String) in turnKey("\(name):\(source)", turn) }
    guard let total = problem.sampleCount else {
      return FreshBatches(
        view: { turn in
          BatchView(indices: nil, count: size, isWhole: false, key: { keyOf(turn, $0) }, isFresh: true)
        }, isConstant: !problem.drawsEveryStep)
    }
    let order = subject.settings.sampling?.order ?? .permuted
    let isWhole = size >= total && order.isWithoutRepetition
    if isWhole {
      return FreshBatches(
        view: { turn in
          BatchView(
            indices: nil, count: total, isWhole: !problem.drawsEveryStep, key: { keyOf(turn, $0) }, isFresh: true)
        }, isConstant: !problem.drawsEveryStep)
    }
    let table = numbers(order, count: count, size: size, total: total, stream: "\(name):batches")
    return FreshBatches(
      view: { [unowned self] turn in
        BatchView(
          indices: row(table, turn, order, total), count: size, isWhole: false, key: { keyOf(turn, $0) }, isFresh: true)
      }, isConstant: false,
      dealing: { Dealing(order, size: size, total: total, isFixed: !problem.drawsEveryStep && !$0) })
  }

  /// A key of its own for each turn of a loop.
  private func turnKey(_ name: String, _ turn: NodeID) -> NodeID {
    let whole = key(name)
    let step = evaluator.graph.add(Slice(starts: [1], stops: [2]), whole)
    let shifted = evaluator.graph.add(Multiply(), step, evaluator.graph.constant(Double(1 << 24), .i64))
    let own = evaluator.graph.add(Add(), shifted, turn)
    return evaluator.graph.add(
      Concatenate(axis: 0), evaluator.graph.add(Slice(starts: [0], stops: [1]), whole), own,
      evaluator.graph.add(Slice(starts: [2], stops: [3]), whole))
  }

  /// What all turns need to know of their samples: sample numbers [count, size], uniform numbers for weighted ones.
  private func numbers(_ order: SamplingOrder, count: Int, size: Int, total: Int, stream: String) -> NodeID {
    let key = key(stream)
    switch order {
    case .permuted, .permutedWhole, .subset:
      let perEpoch = order == .subset ? 1 : total / size
      let epochs = (count + perEpoch - 1) / perEpoch
      let uniform = evaluator.graph.add(
        Draw(distribution: .uniform, shape: [total], dtype: .f64), lanes(of: key, count: epochs))
      let permutations = evaluator.graph.add(ArgSort(), uniform)
      let dealt = evaluator.graph.add(Slice(starts: [0, 0], stops: [epochs, perEpoch * size]), permutations)
      let batches = evaluator.graph.reshape(dealt, to: [epochs * perEpoch, size])
      return evaluator.graph.add(Slice(starts: [0, 0], stops: [count, size]), batches)
    case .replacement:
      return evaluator.graph.add(
        Draw(distribution: .index(below: total), shape: [count, size], dtype: .i64), key)
    case .weighted:
      return evaluator.graph.add(Draw(distribution: .uniform, shape: [count, size], dtype: .f64), key)
    case .cyclic:
      let turns = evaluator.graph.add(Draw(distribution: .index(below: total), shape: [count, 1], dtype: .i64), key)
      let first = evaluator.graph.add(Multiply(), turns, evaluator.graph.constant(Double(size), .i64))
      let places = evaluator.graph.add(Add(), first, evaluator.graph.add(Iota(count: size, dtype: .i64)))
      return evaluator.graph.add(Modulo(), places, evaluator.graph.constant(Double(total), .i64))
    }
  }

  /// The sample numbers of a turn.
  private func row(_ table: NodeID, _ turn: NodeID, _ order: SamplingOrder, _ total: Int) -> NodeID {
    let own = evaluator.graph.add(GatherRows(), table, turn)
    guard case .weighted(let weights) = order else { return own }
    // The sample whose share of the cumulative weights holds the uniform number.
    var sums: [Double] = []
    var sum = 0.0
    for weight in weights {
      sum += weight
      sums.append(sum)
    }
    let bounds = evaluator.constantNode(Tensor(sums.dropLast().map { $0 / sum }, shape: [total - 1]))
    let column = evaluator.graph.reshape(
      evaluator.graph.convert(own, to: evaluator.realType),
      to: [
        evaluator.graph.shape(own)[0], 1,
      ])
    let below = evaluator.graph.add(LessEqual(), bounds, column)
    return evaluator.graph.convert(evaluator.graph.add(ReduceSum(axes: [1]), below), to: .i64)
  }

  /// Keys that differ in their lane: [count, 3].
  private func lanes(of key: NodeID, count: Int) -> NodeID {
    let head = evaluator.graph.add(Slice(starts: [0], stops: [2]), key)
    let lane = evaluator.graph.reshape(evaluator.graph.add(Iota(count: count, dtype: .i64)), to: [count, 1])
    return evaluator.graph.add(Concatenate(axis: 1), evaluator.graph.broadcast(head, to: [count, 2]), lane)
  }

  /// A draw of a random vector, another for each turn.
  func direction(_ distribution: Distribution, size: Int, _ name: String, turn: NodeID? = nil) -> NodeID {
    let key = turn.map { turnKey("\(name):probe", $0) } ?? key("\(name):probe")
    return evaluator.graph.add(Draw(distribution: distribution, shape: [size], dtype: evaluator.realType), key)
  }
}

extension SamplingOrder {
  /// Whether a batch holds no sample twice.
  var isWithoutRepetition: Bool {
    switch self {
    case .permuted, .permutedWhole, .cyclic, .subset: true
    case .replacement, .weighted: false
    }
  }
}
