import Graph
import Tensors
import Values

// Several means in one value: those over the same draws are not independent.

/// What a mean is over: means of one stream see the same draws, turn by turn.
struct MeanDraws {
  var stream: String
  /// What is averaged, by the number of the turn; nil where the turns end by themselves.
  var turns: (sample: NodeID, turn: NodeID, count: Int)?
  /// How batches are dealt that are not independent.
  var dealing: Dealing?
  /// Products that each turn takes.
  var products: [ProductCount] = []
  /// What is left of the eigenvalues in each turn.
  var residual: EigenvalueResidual?

  init(stream: String, dealing: Dealing? = nil) {
    self.stream = stream
    self.dealing = dealing
  }
}

extension MetricStager {
  /// The same value with its means over the same draws taken in one loop, which knows their covariances.
  ///
  /// Means that take different numbers of turns, or end by themselves, stay apart.
  func withJoinedMeans(_ value: NodeID) -> NodeID {
    var rest = means(in: value)
    // Errors that values were given beside their means belong to the joined ones too.
    let added = rest.filter(\.isAdded)
    var nodes = [value] + added.flatMap { [$0.source, $0.covariance] }
    while let first = rest.first {
      let group = rest.filter { Self.belongTogether(first, $0) }
      rest.removeAll { estimate in group.contains { $0.mean == estimate.mean } || estimate.mean == first.mean }
      guard group.count > 1, let joined = joined(group) else { continue }
      nodes = evaluator.graph.substitute(
        outputs: nodes, mapping: zip(group, joined).map { (original: $0.mean, replacement: $1) })
    }
    let result = nodes[0]
    guard result != value else { return value }
    for (index, old) in added.enumerated() {
      var own = old
      (own.mean, own.source, own.covariance) = (nodes[1 + 2 * index], nodes[1 + 2 * index], nodes[2 + 2 * index])
      means.append(own)
    }
    for companion in noted(of: value) { accompany(result, companion.name, companion.node) }
    return result
  }

  private static func belongTogether(_ a: MeanEstimate, _ b: MeanEstimate) -> Bool {
    guard let own = a.draws.turns, let other = b.draws.turns else { return false }
    return a.draws.stream == b.draws.stream && own.count == other.count
  }

  /// The means of a group from one loop; nil where there are too many numbers or they are no vectors.
  private func joined(_ group: [MeanEstimate]) -> [NodeID]? {
    let counts = group.map { evaluator.graph.shape($0.mean).count }
    guard counts.reduce(0, +) <= Self.jointMax, let limit = group[0].draws.turns?.count else { return nil }
    let turn = evaluator.graph.freshInput(TensorType(.scalar, .i64))
    var draws = MeanDraws(stream: group[0].draws.stream, dealing: group[0].draws.dealing)
    var measures: [EigenvalueResidual] = []
    let parts = group.compactMap { estimate in
      estimate.draws.turns.map { turns in
        let sample = evaluator.graph.substitute(
          outputs: [turns.sample], mapping: [(original: turns.turn, replacement: turn)])[0]
        for count in substituted(estimate.draws.products, turns.turn, by: turn)
        where !draws.products.contains(where: { $0.source == count.source }) { draws.products.append(count) }
        if let residual = estimate.draws.residual {
          measures.append(substituted(residual, turns.turn, by: turn))
        }
        return evaluator.graph.reshape(sample, to: [evaluator.graph.shape(sample).count])
      }
    }
    draws.residual = largest(of: measures)
    guard let sample = try? evaluator.graph.apply(Concatenate(axis: 0), parts),
      let total = try? addMean(of: sample, turn, TurnLimits(count: limit), draws)
    else { return nil }
    var offset = 0
    return zip(group, counts).map { estimate, count in
      defer { offset += count }
      let own = evaluator.graph.add(Slice(starts: [offset], stops: [offset + count]), total)
      return evaluator.graph.reshape(own, to: evaluator.graph.shape(estimate.mean))
    }
  }
}
