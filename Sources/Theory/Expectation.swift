import Arithmetic
import Data
import Diagnostics
import Experiments
import Graph
import Messages
import Staging
import Tensors
import Values

/// What a run's objective is an expectation over, as samples with probabilities: those of its data, each with several
/// values of what it draws anew at every step.
struct Expectation {
  var view: BatchView
  /// Samples of the data; 1 where there are none.
  var sampleCount: Int
  /// Values of the fresh draws for each sample; 1 where nothing is drawn.
  var drawCount: Int
  /// Whether the values are draws, and not points of a rule that is exact for polynomials.
  var isDrawn: Bool
}

extension Evaluator {
  /// Numbers of one sample's fresh draws up to which a rule stands for them.
  private static let ruleNumbersMax = 3
  /// Points of a rule in each direction, by the number of directions.
  private static let rulePoints = [1, 12, 8, 5]
  /// Samples times values of their draws, at most, for a rule.
  private static let rulePointsMax = 1 << 16

  /// Whether a run takes its samples with equal probability though its problem gives them weights.
  static func ignoresWeights(_ problem: StagedProblem, _ settings: StepSettings) -> Bool {
    guard problem.isWeighted, let order = settings.sampling?.order else { return false }
    if case .weighted = order { return false }
    return true
  }

  /// The settings of a run whose samples have the same probabilities from its start to its end.
  ///
  /// - Throws: E0621 where an intervention changes them.
  func samplingSettings(of problem: StagedProblem, _ segments: [StepSettings], _ a: BoundArguments) throws(Diagnostic)
    -> StepSettings
  {
    let first = segments.first ?? StepSettings()
    if first.workers > 1 {
      throw .noTheory(a.callee, "of one worker's step; this run has \(first.workers) workers", at: a.place(0))
    }
    let isIgnoring = Self.ignoresWeights(problem, first)
    guard segments.allSatisfy({ Self.ignoresWeights(problem, $0) == isIgnoring }) else {
      throw .noTheory(
        a.callee, "an intervention changes what the run minimises: its sampler ignores the weights", at: a.place(0))
    }
    for settings in segments where settings.sampling?.order == .cyclic { try requireEqualBatches(settings, a) }
    return first
  }

  /// Refuses batches of two sizes, for which a formula does not hold.
  func requireEqualBatches(_ settings: StepSettings, _ a: BoundArguments) throws(Diagnostic) {
    guard let short = settings.sampling?.shortBatch else { return }
    throw .noTheory(
      a.callee,
      "with `keep` the last batch of an epoch has \(short) samples, and the formula is for batches of one size",
      at: a.place(0))
  }

  /// What a problem draws anew at every step for each of its samples.
  func sources(of problem: StagedProblem) throws(Diagnostic) -> [NoiseSource] {
    try within(problem.code) { () throws(Diagnostic) in
      var result: [NoiseSource] = []
      if case .draws(let shape, let law)? = problem.sample?.space {
        result.append(NoiseSource(name: Self.sampleSource, shape: shape, law: law))
      }
      for noise in problem.noises { result.append(try source(noise, of: problem.scope)) }
      return result
    }
  }

  /// The samples that stand for the objective of a run, as nodes of the current graph.
  ///
  /// Up to three numbers that each sample draws anew are integrated over by a Gauss rule, which is exact for
  /// polynomials; more of them by draws, each source from a stream of its own.
  ///
  /// - Parameters:
  ///   - purpose: what they are drawn for, where they are draws.
  ///   - drawsMin: fewest draws for a sample where it is draws.
  func expectation(
    of problem: StagedProblem, _ settings: StepSettings, drawnFor purpose: String, drawsMin: Int = 1, at span: Span
  ) throws(Diagnostic) -> Expectation {
    let sources = try sources(of: problem)
    let isIgnoring = Self.ignoresWeights(problem, settings)
    var view = wholeView(of: problem, drawnFor: purpose)
    view.isWhole = !isIgnoring
    let count = problem.sampleCount ?? 1
    guard !sources.isEmpty else {
      if isIgnoring { view.shares = graph.filled(1 / Double(count), TensorType([count], .f64)) }
      return Expectation(view: view, sampleCount: count, drawCount: 1, isDrawn: false)
    }
    let numbers = sources.map(\.shape.count).reduce(0, +)
    var rules: [(name: String, rule: GaussRule)] = []
    if numbers <= Self.ruleNumbersMax, !sources.contains(where: { $0.law.kind == .subset }) {
      for source in sources {
        do {
          let rule = try GaussRule(source.law.kind, count: Self.rulePoints[numbers])
          for _ in 0..<source.shape.count { rules.append((source.name, rule)) }
        } catch { throw .memory(error, at: span) }
      }
    }
    let points = rules.map(\.rule.points.count).reduce(1, *)
    let isDrawn = rules.isEmpty && numbers > 0 || count * points > Self.rulePointsMax
    let each = isDrawn ? max(drawsMin, (Self.freshSamplesOfTheory + count - 1) / count) : points
    view.count = count * each
    if problem.sampleCount != nil {
      view.indices = constantNode(
        Tensor(integers: (0..<view.count).map { $0 / each }, shape: [view.count]))
    }
    var weights = [Double](repeating: 1 / Double(each), count: each)
    if !isDrawn {
      weights = (0..<each).map { point in
        Self.places(of: point, rules.map(\.rule)).map { $1.weights[$0] }.reduce(1, *)
      }
      view.nodes = { [unowned self] name, shape in values(of: name, shape, rules, samples: count, each: each) }
    }
    view.shares = try shares(of: problem, count, weights, isIgnoring: isIgnoring, at: span)
    return Expectation(view: view, sampleCount: count, drawCount: each, isDrawn: isDrawn)
  }

  /// The place in each of the rules that belongs to a point of their product.
  private static func places(of point: Int, _ rules: [GaussRule]) -> [(place: Int, rule: GaussRule)] {
    var rest = point
    return rules.map { rule in
      defer { rest /= rule.points.count }
      return (rest % rule.points.count, rule)
    }
  }

  /// The values of one source for all samples: [samples · each] + shape.
  private func values(
    of name: String, _ shape: Shape, _ rules: [(name: String, rule: GaussRule)], samples: Int, each: Int
  ) -> NodeID {
    var one: [Double] = []
    for point in 0..<each {
      for (entry, place) in zip(rules, Self.places(of: point, rules.map(\.rule))) where entry.name == name {
        one.append(place.rule.points[place.place])
      }
    }
    let all = (0..<samples).flatMap { _ in one }
    return constantNode(Tensor(all, shape: Shape([samples * each] + shape.sizes)))
  }

  /// Probabilities of samples with the values of their draws: [samples · draws].
  private func shares(
    of problem: StagedProblem, _ count: Int, _ weights: [Double], isIgnoring: Bool, at span: Span
  ) throws(Diagnostic) -> NodeID {
    let own =
      isIgnoring
      ? graph.filled(1 / Double(count), TensorType([count], .f64))
      : try sampleShares(of: problem, count: count, at: span)
    let total = count * weights.count
    let indices = constantNode(Tensor(integers: (0..<total).map { $0 / weights.count }, shape: [total]))
    let spread = graph.add(GatherRows(), own, indices)
    let factors = constantNode(Tensor((0..<total).map { weights[$0 % weights.count] }, shape: [total]))
    return graph.add(Multiply(), spread, factors)
  }
}
