import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

// Statistics over the paths of an ensemble. What is recorded is staged for one path; a statistic stands in it as an input that
// nobody feeds, into which its value is put when all is staged: made of the batched values of its argument.

/// What is known of an ensemble while its metrics are staged.
package final class PathBatch {
  let count: Int
  /// What one path carries from step to step.
  let slots: [NodeID]
  /// The step at which a path diverged, of one path.
  let died: NodeID
  package var reductions: [PathReduction] = []
  /// What stands for the covariance of two of them.
  var covariances: [(first: Int, second: Int, node: NodeID)] = []

  /// The stream that all statistics over paths share.
  static let stream = "paths"

  init(count: Int, slots: [NodeID], died: NodeID) {
    (self.count, self.slots, self.died) = (count, slots, died)
  }
}

/// A statistic over paths.
package struct PathReduction {
  enum Statistic { case mean, sum, variance, deviation, least, most, count, quantile(Double) }

  var statistic: Statistic
  /// Of one path: what it is of, and 1 where the path counts.
  var argument: NodeID
  var mask: NodeID
  /// Whether it speaks of the state; of a path that diverged that is known no more.
  var isOfState = true
  /// What stand for its value and its standard error.
  var value: NodeID
  var error: NodeID?
  /// What stands for the number of paths that count; nil where all do.
  var count: NodeID?
}

extension PathReduction.Statistic {
  init?(_ name: String, order: Double?) {
    switch name {
    case "mean": self = .mean
    case "sum": self = .sum
    case "var": self = .variance
    case "std": self = .deviation
    case "min": self = .least
    case "max": self = .most
    case "count": self = .count
    case "median": self = .quantile(0.5)
    case "quantile": self = .quantile(order ?? 0.5)
    default: return nil
    }
  }

  static let names = ["mean", "sum", "var", "std", "min", "max", "count", "median", "quantile"]

  var hasError: Bool {
    switch self {
    case .least, .most: false
    case .quantile(let order): order > 0 && order < 1
    default: true
    }
  }

  var isOrder: Bool {
    switch self {
    case .least, .most, .quantile: true
    default: false
    }
  }
}

extension Evaluator {
  /// The form `mean(value over path)` of what an ensemble records; nil for anything else.
  func overPaths(_ builtin: Builtin, _ given: [GivenArgument], in scope: Scope, at span: Span) throws(Diagnostic)
    -> Value?
  {
    guard let stager = point?.stager, let first = given.first,
      case .gathered(let value, let axes) = code.tree[first.expression], axes.map(\.text) == ["path"]
    else { return nil }
    guard stager.paths != nil else {
      throw .meansNothing(
        "over path", "for one run: it is of the paths of an ensemble", at: axes[0].span,
        help: ["write `ensemble NAME = … paths 1000 …`"])
    }
    guard PathReduction.Statistic.names.contains(builtin.name) else {
      throw .takesOnly(
        "`over path`", "statistics of a sample", at: first.span,
        help: ["they are \(PathReduction.Statistic.names.map { "`\($0)`" }.joined(separator: ", "))"])
    }
    var order: Double?
    if builtin.name == "quantile" {
      guard given.count == 2 else { throw .missingArgument("q", of: "quantile", accepted: ["x", "q"], at: span) }
      let number = try number(evaluate(given[1].expression, in: scope), what: "the order", at: given[1].span)
      guard number >= 0, number <= 1 else {
        throw .outOfRange("the order", NumberText.short(number), expected: "between 0 and 1", at: given[1].span)
      }
      order = number
    } else if given.count > 1 {
      throw .meansNothing("another argument", "beside `over path`", at: given[1].span, help: ["leave it out"])
    }
    guard let statistic = PathReduction.Statistic(builtin.name, order: order) else { return nil }
    return try stager.statistic(statistic, of: value, in: scope, at: first.span)
  }
}

extension MetricStager {
  /// Stages a statistic over paths.
  func statistic(_ statistic: PathReduction.Statistic, of id: ExpressionID, in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    guard let paths else { return .unknown(.any) }
    var (inner, condition): (ExpressionID, ExpressionID?) = (id, nil)
    if case .filtered(let filtered, let kept) = evaluator.code.tree[id] { (inner, condition) = (filtered, kept) }
    let real = evaluator.realType
    let place = evaluator.code.tree.span(inner)
    let found = try evaluator.evaluate(inner, in: scope)
    var value: Value
    if case .count = statistic {
      value = try evaluator.asMask(found, at: place)
    } else {
      value = try evaluator.asReal(found, at: place)
    }
    value = evaluator.entered(value)
    guard value.isNumeric || value.isBoolean else { throw .expected("a number", found: found.kind, at: place) }
    let argument = evaluator.graph.convert(try evaluator.node(value, at: place), to: real)
    var mask = evaluator.graph.constant(1, real)
    if let condition {
      let place = evaluator.code.tree.span(condition)
      let truth = evaluator.entered(try evaluator.asMask(evaluator.evaluate(condition, in: scope), at: place))
      mask = evaluator.graph.convert(try evaluator.node(truth, at: place), to: real)
      guard evaluator.graph.shape(mask).rank == 0 else {
        throw .conditionOfSeveral(evaluator.session.sources.text(place), evaluator.graph.shape(mask), at: place)
      }
    }
    let shape = evaluator.graph.shape(argument)
    if case .quantile = statistic, shape.rank > 0 {
      throw .expected("a single number of each path", found: "a tensor of shape \(shape)", at: place)
    }
    var reduction = PathReduction(
      statistic: statistic, argument: argument, mask: mask,
      value: evaluator.graph.freshInput(TensorType(shape, real)), error: nil)
    let states = paths.slots.filter { $0 != paths.died }
    reduction.isOfState = evaluator.graph.depends(argument, on: states + paths.reductions.map(\.value))
    if statistic.hasError, shape.rank == 0 {
      let error = evaluator.graph.freshInput(TensorType(shape, real))
      reduction.error = error
      var estimate = MeanEstimate(
        mean: reduction.value, source: reduction.value, offset: 0,
        covariance: evaluator.graph.add(Square(), error), draws: MeanDraws(stream: PathBatch.stream))
      estimate.samples = evaluator.graph.constant(Double(paths.count), real)
      if condition != nil {
        let count = evaluator.graph.freshInput(TensorType(.scalar, real))
        (reduction.count, estimate.samples) = (count, count)
      }
      estimate.isAdded = true
      means.append(estimate)
    } else if statistic.hasError {
      unknownErrors.append(reduction.value)
    }
    paths.reductions.append(reduction)
    return .node(reduction.value)
  }

  /// What stands for the covariance of two statistics over the same paths.
  func pathCovariance(_ first: NodeID, _ second: NodeID) -> NodeID? {
    guard let paths, let one = paths.reductions.firstIndex(where: { $0.value == first }),
      let other = paths.reductions.firstIndex(where: { $0.value == second })
    else { return nil }
    let (low, high) = (min(one, other), max(one, other))
    if let known = paths.covariances.first(where: { $0.first == low && $0.second == high }) { return known.node }
    let node = evaluator.graph.freshInput(TensorType(.scalar, evaluator.realType))
    paths.covariances.append((low, high, node))
    return node
  }

  /// Values for all paths together, of what has been staged for one: statistics are put where they stand.
  ///
  /// - Parameters:
  ///   - places: where each is written.
  ///   - lastIsCondition: whether the last of them decides when something is done, and is not recorded.
  func overAllPaths(_ outputs: [NodeID], at places: [Span], lastIsCondition: Bool) throws(Diagnostic) -> [NodeID] {
    guard let paths else { return outputs }
    let all = evaluator.builder.pathInputs
    for (index, (output, place)) in zip(outputs, places).enumerated()
    where evaluator.graph.depends(output, on: all.map(\.original)) {
      let text = evaluator.session.sources.text(place)
      if lastIsCondition, index == outputs.count - 1 {
        throw .needs(
          "a condition of an ensemble", "a statistic over its paths", at: place,
          help: ["write `mean(\(text) over path) > 0.5`: a condition on the share of the paths for which it holds"])
      }
      throw .needs(
        "what an ensemble records on its way", "a statistic over its paths", at: place,
        help: ["write `mean(\(text) over path)`, or `record \(text) at end`: a value for each path"])
    }
    var batched = all
    var single: [(original: NodeID, replacement: NodeID)] = []
    var influences: [Int: NodeID] = [:]
    for (number, reduction) in paths.reductions.enumerated() {
      let wide = evaluator.graph.batch(
        outputs: [reduction.argument, reduction.mask, paths.died], inputs: batched, size: paths.count)
      let died = reduction.isOfState ? wide[2] : evaluator.graph.zeros(like: wide[2])
      let reducer = PathReducer(evaluator, wide[0], mask: wide[1], died: died)
      let (value, error) = reducer.result(of: reduction.statistic)
      if let error, paths.covariances.contains(where: { $0.first == number || $0.second == number }) {
        influences[number] = reducer.influence(on: reduction.statistic, value, error: error)
      }
      if let count = reduction.count { single.append((count, reducer.count)) }
      for (own, found) in [(reduction.value, value), (reduction.error ?? reduction.value, error ?? value)] {
        guard !single.contains(where: { $0.original == own }) else { continue }
        single.append((own, found))
        let shape = Shape([paths.count] + evaluator.graph.shape(found).sizes)
        batched.append((own, evaluator.graph.broadcast(found, to: shape)))
      }
    }
    for (first, second, node) in paths.covariances {
      guard let one = influences[first], let other = influences[second] else { continue }
      single.append((node, evaluator.graph.add(ReduceSum(axes: [0]), evaluator.graph.add(Multiply(), one, other))))
    }
    return evaluator.graph.substitute(outputs: outputs, mapping: single)
  }
}

/// A statistic of the values of all paths, [P, …], along the first axis.
///
/// With n paths that count, x̄ the mean and m₄ the mean fourth power of x − x̄:
///
///     mean   Σ x / n                          standard error s / √n
///     var    s² = Σ (x − x̄)² / (n − 1)        √((m₄ − s⁴ (n − 3)/(n − 1)) / n)
///     std    s                                that of s² / 2s
///     count  how many                         √(n p (1 − p)), p their share
///     quantile of order q, between the order statistics around (n − 1) q; half the distance of those √(n q (1 − q)) places
///     below and above stands for its error
///
/// What two statistics of the same paths do together is known path by path: Σ φᵢ ψᵢ, φᵢ what path i does to one of them (x − x̄
/// to a mean, (x − x̄)² − s² to a variance, p − [x ≤ Q] to a quantile), scaled to its error, Σ φᵢ² = error².
///
/// A path that diverged has no value: means, sums, variances and counts with one are not a number. In the order it is beyond
/// every number, above the others where none of them is negative; else it may be below them: a quantile is then
/// between both, with half their distance in its error.
struct PathReducer {
  private let evaluator: Evaluator
  private let x: NodeID
  private let mask: NodeID
  private let isDead: NodeID
  private let real: DType

  init(_ evaluator: Evaluator, _ x: NodeID, mask: NodeID, died: NodeID) {
    (self.evaluator, self.x, self.mask, real) = (evaluator, x, mask, evaluator.realType)
    isDead = evaluator.graph.add(Less(), evaluator.graph.constant(0, evaluator.realType), died)
  }

  func result(of statistic: PathReduction.Statistic) -> (value: NodeID, error: NodeID?) {
    switch statistic {
    case .least: return (decided(evaluator.graph.add(ReduceMin(axes: [0]), ordered(else: .infinity))), nil)
    case .most: return (decided(evaluator.graph.add(ReduceMax(axes: [0]), ordered(else: -.infinity))), nil)
    case .quantile(let order): return quantile(order)
    case .count:
      let share = divided(total(x), count)
      let variance = times(times(share, minus(constant(1), share)), count)
      return (sound(total(x)), root(variance))
    default: break
    }
    let mean = divided(total(x), count)
    let difference = minus(x, mean)
    let square = times(difference, difference)
    // Of fewer than two values there is none: 0/0.
    let freedom = evaluator.graph.add(Maximum(), minus(count, constant(1)), constant(0))
    let variance = divided(total(square), freedom)
    switch statistic {
    case .sum: return (sound(total(x)), root(times(variance, count)))
    case .mean: return (sound(mean), root(divided(variance, count)))
    default: break
    }
    let fourth = divided(total(times(square, square)), count)
    let ratio = divided(minus(count, constant(3)), minus(count, constant(1)))
    let error = root(divided(minus(fourth, times(times(variance, variance), ratio)), count))
    if case .variance = statistic { return (sound(variance), error) }
    let deviation = root(variance)
    return (sound(deviation), divided(error, times(constant(2), deviation)))
  }

  /// What each path does to a statistic; the sum of the squares is that of its error.
  func influence(on statistic: PathReduction.Statistic, _ value: NodeID, error: NodeID) -> NodeID {
    let share: NodeID
    switch statistic {
    case .quantile:
      let below = evaluator.graph.add(LessEqual(), ordered(else: .infinity), spread(value))
      share = minus(spread(divided(total(below), count)), below)
    case .variance, .deviation:
      let difference = minus(x, spread(divided(total(x), count)))
      let square = times(difference, difference)
      share = minus(square, spread(divided(total(square), count)))
    default: share = minus(x, spread(divided(total(x), count)))
    }
    let own = evaluator.graph.add(Select(), mask, share, evaluator.graph.zeros(like: share))
    let size = root(evaluator.graph.add(ReduceSum(axes: [0]), times(own, own)))
    let isStill = evaluator.graph.add(Equal(), size, constant(0))
    let scale = evaluator.graph.add(Select(), isStill, constant(0), divided(error, size))
    return times(own, spread(scale))
  }

  /// One number beside each path.
  private func spread(_ number: NodeID) -> NodeID {
    evaluator.graph.broadcast(number, to: evaluator.graph.shape(x))
  }

  // MARK: Order

  /// The values with those of paths that diverged beyond every number, and a value in place of those that do not count.
  private func ordered(else other: Double) -> NodeID {
    let shape = evaluator.graph.shape(x)
    let far = evaluator.graph.filled(.infinity, TensorType(shape, real))
    let values = evaluator.graph.add(Select(), leading(isDead), far, x)
    return evaluator.graph.add(
      Select(), leading(mask), values, evaluator.graph.filled(other, TensorType(shape, real)))
  }

  /// 1 where values of either sign are among those of paths that go on: what has diverged may be beyond them on either side.
  private var mayBeBelow: NodeID {
    let shape = evaluator.graph.shape(x)
    let far = evaluator.graph.filled(.infinity, TensorType(shape, real))
    let alive = evaluator.graph.add(Select(), leading(isDead), far, ordered(else: .infinity))
    let least = evaluator.graph.add(ReduceMin(axes: [0]), alive)
    return evaluator.graph.add(Less(), least, evaluator.graph.zeros(like: least))
  }

  /// How many of the paths that count have diverged.
  private var dead: NodeID { evaluator.graph.add(ReduceSum(axes: [0]), times(mask, isDead)) }

  /// Not a number where paths have diverged to an unknown side.
  private func decided(_ value: NodeID) -> NodeID {
    let shape = evaluator.graph.shape(value)
    let isAnyDead = evaluator.graph.broadcast(evaluator.graph.add(Less(), constant(0), dead), to: shape)
    return evaluator.graph.add(
      Select(), times(isAnyDead, mayBeBelow), evaluator.graph.filled(.nan, TensorType(shape, real)), value)
  }

  private func quantile(_ order: Double) -> (value: NodeID, error: NodeID?) {
    let values = ordered(else: .infinity)
    let sorted = evaluator.graph.add(TakeAlongLast(), values, evaluator.graph.add(ArgSort(), values))
    let last = minus(count, constant(1))
    func item(_ place: NodeID) -> NodeID {
      let inside = evaluator.graph.add(
        Maximum(), constant(0), evaluator.graph.add(Minimum(), last, place))
      let index = evaluator.graph.add(Convert(dtype: .i64), evaluator.graph.reshape(inside, to: [1]))
      return evaluator.graph.reshape(evaluator.graph.add(TakeAlongLast(), sorted, index), to: .scalar)
    }
    let place = times(constant(order), last)
    let below = evaluator.graph.add(Floor(), place)
    let (low, high) = (item(below), item(evaluator.graph.add(Add(), below, constant(1))))
    func interpolated(_ low: NodeID, _ high: NodeID) -> NodeID {
      let between = evaluator.graph.add(Add(), low, times(minus(place, below), minus(high, low)))
      return evaluator.graph.add(Select(), evaluator.graph.add(Equal(), low, high), low, between)
    }
    let value = interpolated(low, high)
    // The same with all that has diverged below all others.
    let (dead, mayBeBelow) = (dead, mayBeBelow)
    func itemAbove(_ place: NodeID) -> NodeID {
      let isBelow = evaluator.graph.add(Less(), place, dead)
      return evaluator.graph.add(Select(), isBelow, constant(-.infinity), item(minus(place, dead)))
    }
    let other = interpolated(
      itemAbove(below), itemAbove(evaluator.graph.add(Minimum(), last, evaluator.graph.add(Add(), below, constant(1)))))
    // Between both, and as uncertain as they differ.
    let apart = minus(value, other)
    let half = evaluator.graph.add(
      Select(), times(mayBeBelow, minus(constant(1), evaluator.graph.add(Equal(), value, other))),
      times(constant(0.5), apart), constant(0))
    let reach = root(times(constant(order * (1 - order)), count))
    let (least, most) = (
      item(evaluator.graph.add(Floor(), minus(place, reach))),
      item(evaluator.graph.add(Ceiling(), evaluator.graph.add(Add(), place, reach)))
    )
    let none = evaluator.graph.add(Equal(), count, constant(0))
    // What is not a number has no place in the order.
    let isKnown = evaluator.graph.add(
      LessEqual(), evaluator.graph.add(ReduceMin(axes: [0]), values), constant(.infinity))
    let isBetween = evaluator.graph.add(Less(), half, constant(.infinity))
    let decided = evaluator.graph.add(Select(), isBetween, minus(value, half), constant(.nan))
    let sound = evaluator.graph.add(Select(), isKnown, decided, constant(.nan))
    let spread = evaluator.graph.add(Add(), times(constant(0.5), minus(most, least)), half)
    return (evaluator.graph.add(Select(), none, constant(.nan), sound), spread)
  }

  // MARK: Arithmetic

  /// How many paths count.
  fileprivate var count: NodeID { evaluator.graph.add(ReduceSum(axes: [0]), mask) }

  /// The sum of the values that count.
  private func total(_ values: NodeID) -> NodeID {
    let none = evaluator.graph.zeros(like: values)
    return evaluator.graph.add(ReduceSum(axes: [0]), evaluator.graph.add(Select(), leading(mask), values, none))
  }

  /// Not a number where a path that counts has diverged.
  private func sound(_ value: NodeID) -> NodeID {
    let isSound = evaluator.graph.add(Equal(), dead, constant(0))
    let shape = evaluator.graph.shape(value)
    return evaluator.graph.add(
      Select(), evaluator.graph.broadcast(isSound, to: shape), value,
      evaluator.graph.filled(.nan, TensorType(shape, real)))
  }

  /// One number for each path, in the shape of the values.
  private func leading(_ flags: NodeID) -> NodeID {
    let shape = evaluator.graph.shape(x)
    let sizes = [shape[0]] + [Int](repeating: 1, count: shape.rank - 1)
    return evaluator.graph.broadcast(evaluator.graph.reshape(flags, to: Shape(sizes)), to: shape)
  }

  private func constant(_ value: Double) -> NodeID { evaluator.graph.constant(value, real) }
  private func minus(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Subtract(), a, b) }
  private func times(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Multiply(), a, b) }
  private func divided(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Divide(), a, b) }
  private func root(_ a: NodeID) -> NodeID {
    evaluator.graph.add(SquareRoot(), evaluator.graph.add(Maximum(), a, evaluator.graph.zeros(like: a)))
  }
}
