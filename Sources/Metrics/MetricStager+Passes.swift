import Data
import Graph
import Tensors

// The errors of means over batches that are dealt without replacement: batches of one pass are not independent.

/// How the batches of a mean are dealt, where they are blocks of random permutations.
struct Dealing {
  /// Batches of one pass through the samples.
  var turnsPerPass: Int
  /// The correlation of a function of two batches of one pass: its bound, or exactly it for batches of one sample.
  ///
  /// A function of b of n samples is a sum of uncorrelated parts of order d = 1 … b, and in two disjoint batches those of
  /// order d have the correlation (−1)ᵈ C(b, d) / C(n − b, d): none is above that of order 2, b (b − 1) / ((n − b) (n − b
  /// − 1)), and of one sample there is order 1 alone, −1/(n − 1).
  ///
  /// Source: M. Bloznelis, F. Götze, Annals of Statistics 29 (2001), 899–917.
  var correlation: Double

  /// Nil where batches are independent: drawn with replacement, or one of each permutation.
  ///
  /// - Parameter isFixed: nothing but the samples differs between two batches.
  init?(_ order: SamplingOrder, size: Int, total: Int, isFixed: Bool) {
    guard order == .permuted || order == .permutedWhole, size > 0, total / size > 1 else { return nil }
    turnsPerPass = total / size
    let (b, rest) = (Double(size), Double(total - size))
    correlation = size > 1 ? b * (b - 1) / (rest * (rest - 1)) : isFixed ? -1 / rest : 0
  }

  /// Passes from which on their means tell their own spread.
  static let passesMin = 8
}

/// A running mean with the sum of squared deviations (Welford, 1962), of a vector with the sums of their products.
struct RunningMean {
  var mean: NodeID
  var squares: NodeID
  /// Of the means of whole passes, with the sum of the pass under way.
  var passes: (mean: NodeID, squares: NodeID, sum: NodeID)?
  /// Products that the turns have taken, where only running tells.
  var products: NodeID?
  /// The largest residual of eigenvalues in it, by its own measure.
  var residual: NodeID?

  var parts: [NodeID] {
    [mean, squares] + (passes.map { [$0.mean, $0.squares, $0.sum] } ?? []) + (products.map { [$0] } ?? [])
      + (residual.map { [$0] } ?? [])
  }

  /// The same with other nodes, in the order of `parts`.
  func with(_ nodes: [NodeID]) -> RunningMean {
    var result = RunningMean(mean: nodes[0], squares: nodes[1])
    var next = 2
    if passes != nil {
      result.passes = (nodes[2], nodes[3], nodes[4])
      next = 5
    }
    if products != nil {
      result.products = nodes[next]
      next += 1
    }
    if residual != nil { result.residual = nodes[next] }
    return result
  }
}

extension Graph {
  /// A pass mean's part of a running mean after a turn: `turn` turns came before it.
  mutating func advancedPasses(
    _ old: (mean: NodeID, squares: NodeID, sum: NodeID), by sample: NodeID, turnsPerPass: Int, number: NodeID,
    product: (inout Graph, NodeID, NodeID) -> NodeID
  ) -> (mean: NodeID, squares: NodeID, sum: NodeID) {
    let length = constant(Double(turnsPerPass), like: number)
    let whole = floorOf(number, over: turnsPerPass)
    let isDone = convert(
      add(Equal(), add(Multiply(), whole, length), number), to: dtype(sample))
    let sum = add(Add(), old.sum, sample)
    let own = add(Divide(), sum, constant(Double(turnsPerPass), like: sum))
    let change = add(Multiply(), add(Subtract(), own, old.mean), isDone)
    let mean = add(
      Add(), old.mean, add(Divide(), change, add(Maximum(), whole, constant(1, like: whole))))
    let left = add(Subtract(), own, mean)
    let squares = add(Add(), old.squares, product(&self, change, left))
    return (mean, squares, add(Multiply(), sum, add(Subtract(), constant(1, like: isDone), isDone)))
  }

  /// ⌊count / size⌋ of a count of turns.
  mutating func floorOf(_ count: NodeID, over size: Int) -> NodeID {
    // Half a turn more keeps a quotient that is whole above it.
    let half = add(Add(), count, constant(0.5, like: count))
    return add(Floor(), add(Divide(), half, constant(Double(size), like: count)))
  }

  /// The covariance of a mean after `count` turns: Σ (y − ȳ)(y − ȳ)ᵀ / (n (n − 1)) of independent ones.
  ///
  /// Of batches dealt in passes of k: with P whole passes, 8 at least, that of their means, (P k / n)² S / (P (P − 1)), and
  /// for the r turns of the last one σ² r (1 + (r − 1) ρ) / n², σ² the variance of turns and ρ their correlation within a
  /// pass. Of fewer passes each has σ² k (1 + (k − 1) ρ) / n².
  mutating func covariance(of total: RunningMean, _ count: NodeID, _ dealing: Dealing?) -> NodeID {
    let one = constant(1, like: count)
    let others = add(Maximum(), add(Subtract(), count, one), one)
    let own = add(Divide(), total.squares, others)
    let square = add(Multiply(), count, count)
    guard let dealing else { return add(Divide(), own, count) }
    let passes = floorOf(count, over: dealing.turnsPerPass)
    let rest = add(
      Subtract(), count, add(Multiply(), passes, constant(Double(dealing.turnsPerPass), like: count)))
    let left = add(Multiply(), rest, correlated(rest, dealing.correlation))
    let length = Double(dealing.turnsPerPass)
    let each = length * max(0, 1 + (length - 1) * dealing.correlation)
    let byTurns = add(
      Divide(),
      add(Multiply(), own, add(Add(), left, add(Multiply(), passes, constant(each, like: passes)))), square)
    guard let known = total.passes else { return byTurns }
    let otherPasses = add(Maximum(), add(Subtract(), passes, one), one)
    let weight = add(
      Divide(), add(Multiply(), passes, constant(length * length, like: passes)),
      add(Multiply(), square, otherPasses))
    let byPasses = add(
      Add(), add(Multiply(), known.squares, weight), add(Divide(), add(Multiply(), own, left), square))
    let isKnown = add(
      LessEqual(), constant(Double(Dealing.passesMin), like: passes), passes)
    return add(Select(), broadcast(isKnown, to: shape(byTurns)), byPasses, byTurns)
  }

  /// Means that a spread is told by: turns, or whole passes where those are.
  mutating func independent(_ count: NodeID, _ total: RunningMean, _ dealing: Dealing?) -> NodeID {
    guard let dealing, total.passes != nil else { return count }
    let passes = floorOf(count, over: dealing.turnsPerPass)
    let isKnown = add(LessEqual(), constant(Double(Dealing.passesMin), like: passes), passes)
    return add(Select(), isKnown, passes, count)
  }

  /// 1 + (r − 1) ρ, not below 0.
  private mutating func correlated(_ turns: NodeID, _ correlation: Double) -> NodeID {
    let others = add(Subtract(), turns, constant(1, like: turns))
    let factor = add(
      Add(), constant(1, like: turns), add(Multiply(), others, constant(correlation, like: turns)))
    return add(Maximum(), factor, constant(0, like: turns))
  }
}
