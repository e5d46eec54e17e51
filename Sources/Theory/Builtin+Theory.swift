import Arithmetic
import Diagnostics
import Graph
import Messages
import Runs
import Staging
import Syntax
import Tensors
import Values

extension Builtin {
  static let theory: [Builtin] = [
    Builtin(
      "stationary_law", ["process", "from?", "to?"],
      "the density of a process in one dimension that has forgotten its start",
      details: TheoryText.stationaryLaw
    ) { (e, a) throws(Diagnostic) in try e.stationaryLaw(a) },
    Builtin(
      "threshold", stabilityArguments,
      "largest step size at which the optimizer is mean-square stable on a quadratic of this curvature",
      details: TheoryText.threshold, gives: .number
    ) { (e, a) throws(Diagnostic) in
      try e.stabilityThreshold(a, of: .stepSize)
    },
    Builtin(
      "sharpness_threshold", stabilityArguments,
      "largest mean curvature at which the optimizer with its step size is mean-square stable; 2/lr for gd",
      details: TheoryText.sharpnessThreshold, gives: .number
    ) { (e, a) throws(Diagnostic) in
      try e.stabilityThreshold(a, of: .curvature)
    },
    Builtin(
      "flow", ["run", "tolerance?", "from?"],
      "gradient flow of a run's problem from its start, with the same metrics at the times of the run's steps",
      details: TheoryText.flow
    ) { (e, a) throws(Diagnostic) in
      try e.gradientFlow(a)
    },
    Builtin(
      "sde", ["run", "substeps?", "seed?", "from?"],
      "a path of the stochastic differential equation of a run, with the covariance of its batch gradients",
      details: TheoryText.stochasticFlow
    ) { (e, a) throws(Diagnostic) in
      try e.stochasticFlow(a)
    },
    Builtin(
      "central_flow", ["run", "substeps?", "from?"],
      "the path of full-batch gradient descent with its oscillation at the edge of stability averaged out",
      details: TheoryText.centralFlow
    ) { (e, a) throws(Diagnostic) in
      try e.centralFlow(a)
    },
    Builtin(
      "rerun", ["path"], "makes the run of a file that `save r to \"r.run\"` has written", details: TheoryText.rerun
    ) { (e, a) throws(Diagnostic) in
      try e.rerun(a)
    },
    Builtin(
      "lyapunov", ["run", "count?", "from?"],
      "the largest Lyapunov exponents of a run: how fast neighbouring states part, per step or unit of time",
      details: TheoryText.lyapunov
    ) { (e, a) throws(Diagnostic) in
      try e.lyapunov(a)
    },
    Builtin(
      "sensitivity", ["run", "parameter"],
      "the derivatives of what a run records, and of its last parameters, by a hyper-parameter",
      details: TheoryText.sensitivity
    ) { (e, a) throws(Diagnostic) in
      try e.sensitivity(a)
    },
    Builtin(
      "hypergradient", ["run", "parameter", "by_step?"],
      "the derivative of the loss where a run ended by a hyper-parameter, going back over its steps",
      details: TheoryText.hypergradient
    ) { (e, a) throws(Diagnostic) in
      try e.hypergradient(a)
    },
  ]

  /// What `threshold` and `sharpness_threshold` take.
  static let stabilityArguments: [BuiltinParameter] = [
    "optimizer", "curvature?", "variance?", "samples?", "weights?", "batch?", "frozen?",
  ]

}

/// What `threshold` and `sharpness_threshold` look for.
enum StabilityQuestion { case stepSize, curvature }

extension Evaluator {
  /// The mean-square stability threshold of an optimizer, from its own equations.
  ///
  /// On ½ xᵀ H x with H drawn anew at each step, the state z = (x, v, …) goes to T(H) z; the threshold is where the
  /// spectral radius of E[T ⊗ T] reaches 1.
  func stabilityThreshold(_ a: BoundArguments, of question: StabilityQuestion) throws(Diagnostic) -> Value {
    if case .run(let run) = a[0], question == .stepSize { return try stabilityThreshold(of: run, a) }
    var (optimizer, open) = try optimizerArgument(a, question)
    optimizer = optimizer.holding(try frozenStates(of: optimizer, a))
    let curvature = try randomCurvature(a, question)
    guard let edge = try stabilityEdge(of: optimizer, open: open, curvature, a) else { throw .silent(at: a.span) }
    guard question == .curvature else { return .real(edge) }
    do { return .real(edge * (try curvature.modes().max() ?? 1)) } catch { throw .memory(error, at: a.span) }
  }

  /// The largest stable step size, or factor on the curvature where no step size is open; nil while checking.
  func stabilityEdge(
    of optimizer: Instance, open: String?, changes: [HyperparameterChange] = [], _ curvature: RandomCurvature,
    _ a: BoundArguments
  )
    throws(Diagnostic) -> Double?
  {
    let parts: [RandomCurvature]
    do { parts = try independentParts(of: curvature) } catch { throw .memory(error, at: a.span) }
    guard let dimension = parts.first?.dimension,
      let step = try linearStep(of: optimizer, open: open, dimension: dimension, changes: changes, at: a.place(0))
    else { return nil }
    try check(step, of: optimizer, parts, open: open, a)
    if dimension == 1, curvature.dimension > 1 {
      try checkCoordinates(step, of: optimizer, open: open, changes: changes, a)
    }
    guard mode == .run else { return nil }
    var smallest = Double.infinity
    for part in parts {
      if session.isInterrupted { throw session.interruption(at: a.span) }
      let scalar = try? linearStep(of: optimizer, open: open, dimension: 1, changes: changes, at: a.place(0))
      let edge = try edge(of: part, step, scalar: scalar, open: open, a)
      smallest = min(smallest, edge)
    }
    return smallest
  }

  private func edge(
    of part: RandomCurvature, _ step: LinearStep, scalar: LinearStep?, open: String?, _ a: BoundArguments
  )
    throws(Diagnostic) -> Double
  {
    do {
      guard let scalar, scalar.isAffine(), part.dimension == 1 || step.isAlike(scalar)
      else {
        let edge = StabilityEdge(step: step, curvature: part)
        let found = open != nil ? try edge.stepSize() : try edge.factor()
        if try edge.isBlurred(found, isStepSize: open != nil) { report(.blurredLimit(a.callee, found, at: a.span)) }
        return found
      }
      let edge = KroneckerEdge(
        step: scalar, dimension: part.dimension, mean: part.mean, meanSize: part.meanSize,
        moment: try moment(of: part, a), scale: part.scale)
      let found = open != nil ? try edge.stepSize() : try edge.factor()
      if try edge.isBlurred(found, isStepSize: open != nil) { report(.blurredLimit(a.callee, found, at: a.span)) }
      return found
    } catch let error as MemoryError {
      throw .memory(error, at: a.span)
    } catch let error as Diagnostic {
      throw error
    } catch { throw .refused(error, at: a.span) }
  }

  /// E[H ⊗ H] of a batch.
  private func moment(of part: RandomCurvature, _ a: BoundArguments) throws(Diagnostic) -> [Double] {
    let mean = part.mean
    var moment: [Double]
    if part.dimension == 1 {
      moment = [part.square]
    } else {
      let rows = Value.tensor(part.weightedRows)
      let product = try matrixProduct(transpose(rows, at: a.span), rows, at: a.places)
      moment = try tensor(product, at: a.span).doubles()
    }
    guard part.share != 1 else { return moment }
    for i in mean.indices {
      for j in mean.indices {
        let fixed = mean[i] * mean[j]
        moment[i * mean.count + j] = fixed + part.share * (moment[i * mean.count + j] - fixed)
      }
    }
    return moment
  }

  /// A fixed curvature falls apart into its eigenvalues; directions without curvature say nothing.
  private func independentParts(of curvature: RandomCurvature) throws(MemoryError) -> [RandomCurvature] {
    guard curvature.isFixed else { return [try curvature.restricted()] }
    let modes = try curvature.modes()
    // Of a matrix that is not diagonal the eigenvalues have rounding errors.
    let limit = curvature.isDiagonal ? 0 : 1e-12 * (modes.map(\.magnitude).max() ?? 0)
    return modes.filter { $0.magnitude > limit }.map { RandomCurvature(mean: $0, variance: 0) }
  }

  /// Entries of the optimizer's state above which the operator on second moments is too large.
  static let stateEntriesMax = 64

  /// A few states of an optimizer that, held fixed, leave it linear; none where that does not help.
  private func frozenStates(thatLinearise optimizer: Instance, open: String?, at span: Span) -> [String] {
    let names = optimizer.stateNames
    for names in names.map({ [$0] }) + [names] where !names.isEmpty {
      let step = try? linearStep(of: optimizer.holding(names), open: open, dimension: 1, at: span)
      if let step, step.refusal() == nil, step.usesGradient, open == nil || step.usesStepSize { return names }
    }
    return []
  }

  private func check(
    _ step: LinearStep, of optimizer: Instance, _ parts: [RandomCurvature], open: String?, _ a: BoundArguments
  )
    throws(Diagnostic)
  {
    if let measured = step.measured {
      throw .noThreshold(step.name, reason: "it measures `\(measured)` where a run is", frozen: [], at: a.place(0))
    }
    if step.multipliesNoise {
      throw .noThreshold(step.name, reason: "its noise is a factor of the state", frozen: [], at: a.place(0))
    }
    if let others = step.others {
      throw .noThreshold(
        step.name, reason: "it asks for more than its batch, `\(others.rawValue)`, whose curvature is another",
        frozen: [],
        at: a.place(0))
    }
    if let reason = step.refusal() {
      let frozen = frozenStates(thatLinearise: optimizer, open: open, at: a.place(0))
      throw .noThreshold(step.name, reason: reason, frozen: frozen, at: a.place(0))
    }
    guard step.usesGradient else {
      throw .noThreshold(step.name, reason: "a small gradient has no part in the update", at: a.place(0))
    }
    if let open, !step.usesStepSize {
      throw .noThreshold(step.name, reason: "`\(open)` has no part in the update", at: a.place(0))
    }
    let needsMoments = a.given(2) != nil || parts.contains { $0.share != 1 }
    if needsMoments, !step.isAffine() {
      throw .noThreshold(
        step.name, reason: "its update is not linear in the curvature, so mean and variance do not determine it",
        at: a.place(0))
    }
    guard step.stateCount <= Self.stateEntriesMax else {
      throw .outOfRange(
        "the number of entries of the optimizer's state", "\(step.stateCount)",
        expected: "at most \(Self.stateEntriesMax) for a random curvature", at: a.span)
    }
  }

  /// Refuses a rule that one coordinate does not show, where there are several: one that is not linear with two, such as one
  /// that sends the largest entries alone, or that does not do to each what it does to one.
  private func checkCoordinates(
    _ step: LinearStep, of optimizer: Instance, open: String?, changes: [HyperparameterChange], _ a: BoundArguments
  ) throws(Diagnostic) {
    guard let two = try linearStep(of: optimizer, open: open, dimension: 2, changes: changes, at: a.place(0)) else {
      return
    }
    let reason =
      two.refusal().map { "with two coordinates \($0)" }
      ?? (step.isAffine() && !two.isEachOf(step)
        ? "with two coordinates it does more than to each what it does to one" : nil)
    if let reason { throw .noThreshold(step.name, reason: reason, frozen: [], at: a.place(0)) }
  }

  // MARK: Arguments

  /// The optimizer, and the parameter to solve for.
  private func optimizerArgument(_ a: BoundArguments, _ question: StabilityQuestion) throws(Diagnostic)
    -> (Instance, open: String?)
  {
    let instance: Instance
    switch a[0] {
    case .instance(let given) where given.definition.kind == .optimizer: instance = given
    case .function(.definition(let value)) where value.definition.kind == .optimizer:
      instance = withDefaults(value, at: a.place(0))
    default: throw .expected("an optimizer", found: a[0].kind, at: a.place(0))
    }
    let definition = instance.definition
    let names = definition.parameters.map(\.name.text)
    if question == .stepSize, definition.parameters.contains(where: \.isRuleInside) {
      throw .noThreshold(
        definition.name.text, reason: "it is around another optimizer, whose step size is none of its own",
        at: a.place(0))
    }
    var missing = names.filter { name in !instance.thunks.contains { $0.name == name } }
    guard question == .stepSize else {
      if let first = missing.first {
        throw .missingArgument(first, of: definition.name.text, accepted: names, at: a.place(0))
      }
      return (instance, nil)
    }
    let open = missing.count == 1 ? missing[0] : stepSizeName(of: names)
    guard let open else {
      throw .noThreshold(
        definition.name.text, reason: "none of its parameters is called `lr` or `η`", at: a.place(0))
    }
    missing.removeAll { $0 == open }
    if let first = missing.first {
      throw .missingArgument(first, of: definition.name.text, accepted: names, at: a.place(0))
    }
    return (instance, open)
  }

  /// States that `frozen = "v"` holds fixed.
  private func frozenStates(of optimizer: Instance, _ a: BoundArguments) throws(Diagnostic) -> [String] {
    var names: [String] = []
    switch a.given(6) {
    case nil: return []
    case .text(let name)?: names = [name]
    case .list(let values)?:
      for value in values {
        guard case .text(let name) = value else {
          throw .expected("names of states", found: value.kind, at: a.place(6))
        }
        names.append(name)
      }
    case let other?: throw .expected("the name of a state", found: other.kind, at: a.place(6))
    }
    for name in names where !optimizer.stateNames.contains(name) {
      throw .unknownMember(
        name, of: "the optimizer `\(optimizer.definition.name.text)`", available: optimizer.stateNames,
        near: Suggestion.nearest(to: name, in: optimizer.stateNames), at: a.place(6))
    }
    return names
  }

  /// The parameter that is the step size, by its name.
  func stepSizeName(of parameters: [String]) -> String? {
    let names = ["lr", "eta", "learning_rate", "step_size", "stepsize"]
    return parameters.first { names.contains(Spelling.canonical($0)) }
  }

  /// An optimizer named without arguments: those with a default have it.
  private func withDefaults(_ value: DefinitionValue, at span: Span) -> Instance {
    let instance = Instance(
      definition: value.definition, code: value.code, scope: Scope(parent: value.scope), span: span)
    for parameter in value.definition.parameters {
      guard let initial = parameter.initial else { continue }
      instance.thunks.append(
        (parameter.name.text, Thunk(expression: initial, code: value.code, scope: instance.scope)))
    }
    return instance
  }

  /// The curvature that the arguments describe.
  private func randomCurvature(_ a: BoundArguments, _ question: StabilityQuestion) throws(Diagnostic)
    -> RandomCurvature
  {
    var result: RandomCurvature
    if let samples = a.given(3) {
      for index in [1, 2] where a.given(index) != nil {
        throw .meansNothing(
          Builtin.stabilityArguments[index].name, "beside `samples`, which say all about the curvature",
          at: a.place(index),
          help: ["leave `curvature` and `variance` out"])
      }
      result = try sampledCurvature(samples, a)
      if a.given(5) != nil {
        let batch = try a.whole(5, "the batch size", self)
        guard batch >= 1 else {
          throw .outOfRange("the batch size", "\(batch)", expected: "1 or more", at: a.place(5))
        }
        result.share = 1 / Double(batch)
      }
    } else {
      for index in [4, 5] where a.given(index) != nil {
        throw .meansNothing(
          Builtin.stabilityArguments[index].name, "without `samples`", at: a.place(index),
          help: ["write `samples = [h1, h2, …]`"])
      }
      guard a.given(1) != nil || question == .curvature else {
        throw .missingArgument("curvature", of: a.callee, accepted: ["curvature", "samples"], at: a.span)
      }
      result = try fixedCurvature(a)
    }
    guard result.matrices.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw .outOfRange("the curvature", "nan or inf", expected: "finite", at: a.span)
    }
    let modes: [Double]
    do { modes = try result.modes() } catch { throw .memory(error, at: a.span) }
    guard let largest = modes.max(), largest > 0 else {
      throw .outOfRange(
        "the mean curvature", NumberText.short(modes.max() ?? 0), expected: "positive",
        at: a.place(a.given(3) == nil ? 1 : 3))
    }
    return result
  }

  /// A number with or without a variance, a spectrum, or a matrix; 1 where none is given.
  private func fixedCurvature(_ a: BoundArguments) throws(Diagnostic) -> RandomCurvature {
    let tensor = try a.given(1).map { (value) throws(Diagnostic) in try self.tensor(value, at: a.place(1)) }
    let shape = tensor?.shape ?? .scalar
    let values = tensor?.doubles() ?? [1]
    if a.given(2) != nil {
      let variance = try a.number(2, "the variance", self)
      guard variance >= 0, variance.isFinite else {
        throw .outOfRange("the variance", NumberText.short(variance), expected: "0 or more", at: a.place(2))
      }
      guard shape.rank == 0 else {
        throw .unsuitableShape(a.callee, shape, expected: "a number beside `variance`", at: a.place(1))
      }
      return RandomCurvature(mean: values[0], variance: variance)
    }
    if shape.rank == 0 { return RandomCurvature(mean: values[0], variance: 0) }
    if shape.rank == 1, shape[0] > 0 {
      let n = shape[0]
      let diagonal = (0..<(n * n)).map { $0 / n == $0 % n ? values[$0 / n] : 0 }
      return RandomCurvature(dimension: n, matrices: [diagonal], weights: [1])
    }
    guard shape.rank == 2, shape[0] == shape[1], shape[0] > 0 else {
      throw .unsuitableShape(
        a.callee, shape, expected: "a number, a spectrum [n] or a matrix [n, n]", at: a.place(1))
    }
    try requireSymmetry(values, shape[0], a, 1)
    return RandomCurvature(dimension: shape[0], matrices: [values], weights: [1])
  }

  /// A matrix of curvatures is symmetric but for rounding.
  private func requireSymmetry(_ values: [Double], _ n: Int, _ a: BoundArguments, _ index: Int) throws(Diagnostic) {
    let largest = values.reduce(0) { max($0, $1.magnitude) }
    for row in 0..<n {
      for column in 0..<row {
        let (low, high) = (values[row * n + column], values[column * n + row])
        guard (low - high).magnitude > 1e-10 * largest else { continue }
        let (one, other) = (NumberText.short(high), NumberText.short(low))
        throw .outOfRange(
          "the curvature", "\(one) at [\(column), \(row)] and \(other) at [\(row), \(column)]",
          expected: "a symmetric matrix", at: a.place(index))
      }
    }
  }

  /// Numbers [n] or matrices [n, d, d], each with its weight.
  private func sampledCurvature(_ samples: Value, _ a: BoundArguments) throws(Diagnostic) -> RandomCurvature {
    let tensor = try self.tensor(samples, at: a.place(3))
    let shape = tensor.shape
    let isMatrices = shape.rank == 3 && shape[1] == shape[2] && shape[1] > 0
    guard shape.rank == 1 || isMatrices, shape[0] > 0 else {
      throw .unsuitableShape(a.callee, shape, expected: "numbers [n] or matrices [n, d, d]", at: a.place(3))
    }
    if isMatrices {
      let values = tensor.doubles(), size = shape[1] * shape[2]
      for sample in 0..<shape[0] {
        try requireSymmetry(Array(values[sample * size..<(sample + 1) * size]), shape[1], a, 3)
      }
    }
    let count = shape[0]
    var weights = [Double](repeating: 1, count: count)
    if let given = a.given(4) {
      let given = try self.tensor(given, at: a.place(4))
      guard given.shape == [count] else {
        throw .outOfRange("the number of weights", "\(given.count)", expected: "\(count)", at: a.place(4))
      }
      weights = given.doubles()
      guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), weights.contains(where: { $0 > 0 }) else {
        throw .outOfRange("the weights", "a negative weight or none", expected: "0 or more", at: a.place(4))
      }
    }
    let total = weights.reduce(0, +)
    let size = isMatrices ? shape[1] * shape[1] : 1
    let values = tensor.doubles()
    return RandomCurvature(
      dimension: isMatrices ? shape[1] : 1,
      matrices: (0..<count).map { Array(values[($0 * size)..<(($0 + 1) * size)]) },
      weights: weights.map { $0 / total })
  }
}
