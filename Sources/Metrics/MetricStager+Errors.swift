import Diagnostics
import Graph
import Tensors
import Values

// The errors of what is recorded: of a function of means, by its derivatives.

/// A mean over batches or random directions, in a graph.
struct MeanEstimate {
  /// A number or a short vector.
  var mean: NodeID
  /// The loop that makes it, whose result has the mean's elements in one row from `offset` on: what is derived from the
  /// mean may be derived from this.
  var source: NodeID
  var offset: Int
  /// Of the mean itself, a number or a matrix.
  var covariance: NodeID
  var draws: MeanDraws
  /// Turns that were taken, where that is not known before.
  var samples: NodeID?
  var limits: TurnLimits?
  /// Whether it is no mean, but an error that a value is given beside those of the means in it.
  var isAdded = false
}

/// A recorded estimate that goes on until it is good enough, or until its last turn.
package struct EstimateLimit: Sendable {
  package var name: String
  package var limits: TurnLimits
}

extension MetricStager {
  /// What is known of a recorded value beside itself: what was noted of it, and what follows from the means in it.
  ///
  /// A function f of means m has the standard error √(∇f · C ∇f) to first order, C the covariance of m. Means over
  /// different draws are independent; the errors of those over the same draws that are not taken together add up, which
  /// is the most they can make. Of statistics over the paths of an ensemble it is known path by path.
  func companions(of value: NodeID) -> [Companion] {
    var result = noted(of: value)
    let isNeeded = evaluator.graph.requirement(of: [value])
    if let (_, node) = asymmetries.last(where: { $0.source.index < isNeeded.count && isNeeded[Int($0.source.index)] }) {
      result.append(Companion(name: Asymmetry.companion, node: node))
    }
    if let total = productTotal(of: value) { result.append(Companion(name: "products", node: total)) }
    if !result.contains(where: { $0.name == Self.residualName }), let own = residual(of: value) {
      result.append(Companion(name: Self.residualName, node: own.measure))
    }
    let own = means(in: value)
    let isUnknown = unknownErrors.contains { $0.index < isNeeded.count && isNeeded[Int($0.index)] }
    guard isUnknown || !own.isEmpty else { return result }
    // An error that cannot be given is NaN, never left out: what has none is exact.
    let error = isUnknown ? nil : propagatedError(of: value, own)
    let unknown = evaluator.graph.constant(.nan, evaluator.realType)
    result.append(Companion(name: "error", node: error ?? unknown))
    let counted = own.compactMap(\.samples)
    if counted.count == 1 { result.append(Companion(name: "samples", node: counted[0])) }
    return result
  }

  /// The limits of the mean that a recorded value goes on with until it is good enough.
  func limits(of value: NodeID) -> TurnLimits? {
    let limits = means(in: value).compactMap(\.limits)
    return limits.count == 1 ? limits[0] : nil
  }

  /// When the eigenvalues in a recorded value count as found.
  func convergence(of value: NodeID, _ name: String) -> ConvergenceLimit? {
    guard let own = residual(of: value) else { return nil }
    let isRelative = !noted(of: value).contains { $0.name == Self.residualName }
    return ConvergenceLimit(name: name, tolerance: own.tolerance, isRelative: isRelative)
  }

  /// Adds to what is known of a value's error: its square counts on top of that of the means in it.
  func addError(_ error: NodeID, to value: NodeID) {
    let square = evaluator.graph.add(Square(), error)
    var added = MeanEstimate(
      mean: value, source: value, offset: 0, covariance: square, draws: MeanDraws(stream: "error of \(value.index)"))
    added.isAdded = true
    means.append(added)
  }

  /// The means that a value depends on, each once.
  func means(in value: NodeID) -> [MeanEstimate] {
    let isNeeded = evaluator.graph.requirement(of: [value])
    var result: [MeanEstimate] = []
    for estimate in means where Int(estimate.source.index) < isNeeded.count && isNeeded[Int(estimate.source.index)] {
      if !result.contains(where: { $0.source == estimate.source && $0.isAdded == estimate.isAdded }) {
        result.append(estimate)
      }
    }
    return result
  }

  /// Nil where the value has no derivative by some mean, or does not change with any.
  private func propagatedError(of value: NodeID, _ means: [MeanEstimate]) -> NodeID? {
    if means.count == 1, means[0].mean == value { return evaluator.graph.add(SquareRoot(), means[0].covariance) }
    // What is known of a value's own error hides the means in it, and is asked for by itself.
    var found: [NodeID] = []
    let loops = means.filter { !$0.isAdded }
    if !loops.isEmpty {
      guard let own = try? evaluator.graph.gradient(of: value, withRespectTo: loops.map(\.source)) else { return nil }
      found = own
    }
    for added in means where added.isAdded {
      guard let own = try? evaluator.graph.gradient(of: value, withRespectTo: [added.source]) else { return nil }
      found += own
    }
    let ordered = loops + means.filter(\.isAdded)
    var parts: [(stream: String, errors: [NodeID])] = []
    var ofPaths: [(slope: NodeID, estimate: MeanEstimate)] = []
    for (slope, estimate) in zip(found, ordered) where slope != evaluator.graph.zeros(like: estimate.source) {
      let count = evaluator.graph.shape(estimate.mean).count
      let own =
        evaluator.graph.shape(slope).rank == 0
        ? slope
        : evaluator.graph.add(Slice(starts: [estimate.offset], stops: [estimate.offset + count]), slope)
      if estimate.draws.stream == PathBatch.stream {
        ofPaths.append((own, estimate))
        continue
      }
      let part = form(
        estimate.covariance, evaluator.graph.reshape(own, to: evaluator.graph.shape(estimate.mean)))
      if let known = parts.firstIndex(where: { $0.stream == estimate.draws.stream }) {
        parts[known].errors.append(part)
      } else {
        parts.append((estimate.draws.stream, [part]))
      }
    }
    var variances = parts.map { $0.errors.count == 1 ? $0.errors[0] : squareOfSum(ofRoots: $0.errors) }
    if !ofPaths.isEmpty { variances.append(sum(variance(ofPaths))) }
    return variances.isEmpty ? nil : root(sum(variances))
  }

  /// Σ s² C + 2 Σ s s′ C′ of statistics over the same paths, C′ what two of them do together.
  private func variance(_ parts: [(slope: NodeID, estimate: MeanEstimate)]) -> [NodeID] {
    var terms = parts.map { form($0.estimate.covariance, $0.slope) }
    for (index, one) in parts.enumerated() {
      for other in parts[(index + 1)...] {
        guard let both = pathCovariance(one.estimate.source, other.estimate.source) else { continue }
        let slopes = evaluator.graph.add(Multiply(), one.slope, other.slope)
        let pair = evaluator.graph.add(Multiply(), slopes, both)
        terms.append(evaluator.graph.add(Add(), pair, pair))
      }
    }
    return terms
  }

  private func sum(_ nodes: [NodeID]) -> NodeID {
    nodes.dropFirst().reduce(nodes[0]) { evaluator.graph.add(Add(), $0, $1) }
  }

  private func squareOfSum(ofRoots nodes: [NodeID]) -> NodeID {
    evaluator.graph.add(Square(), sum(nodes.map(root)))
  }

  /// Rounding may leave a negative variance where the error is 0.
  private func root(_ variance: NodeID) -> NodeID {
    evaluator.graph.add(
      SquareRoot(), evaluator.graph.add(Maximum(), variance, evaluator.graph.constant(0, like: variance)))
  }

  /// s · C s.
  private func form(_ covariance: NodeID, _ slope: NodeID) -> NodeID {
    guard evaluator.graph.shape(slope).rank == 1 else {
      return evaluator.graph.add(Multiply(), evaluator.graph.add(Square(), slope), covariance)
    }
    let count = evaluator.graph.shape(slope).count
    let column = evaluator.graph.reshape(slope, to: [count, 1])
    let weighted = evaluator.graph.add(
      Multiply(), evaluator.graph.add(Multiply(), column, slope), covariance)
    return evaluator.graph.add(ReduceSum(axes: [0, 1]), weighted)
  }
}
