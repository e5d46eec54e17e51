import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Tensors
import Values

extension Builtin {
  static let conjugates: [Builtin] = [
    Builtin(
      "conjugate", ["f"], "conjugate(f)(y): the convex conjugate f*(y), the largest y·v − f(v) over v",
      details: conjugateText
    ) { (e, a) throws(Diagnostic) in
      let function = a[0]
      guard function.isCallable else { throw .expected("a function", found: function.kind, at: a.place(0)) }
      return .function(
        .native(
          NativeFunction(name: "conjugate") { (e, values, span) throws(Diagnostic) in
            guard values.count == 1 else { throw .takes("`conjugate(f)`", "one argument, `y`", at: span) }
            return try e.conjugate(of: function, at: values[0], span)
          }))
    }
  ]

  private static let conjugateText = """
    f: a function of one number or tensor with a number as its value; y is like its argument.

    In closed form for the functions logsumexp (Σ y log y on the probabilities, of which the sum is 1 within 1e-9; infinite
    elsewhere), softplus, exp, cosh, norm, norm2, abs, relu and max. For any other f by Newton's method from v = 0: f must
    be convex and twice differentiable where the best v is, and a quadratic is exact after one step. The value is the largest
    that was found. How much it may be too small, the duality gap to second order, is its error where that is above 1e-12 of it; a
    gap above 1e-6 is refused, and in a run not a number; so is an f that was seen to bend down on the way, of which another v may
    be better. Where y·v − f(v) grows without end f*(y) is infinite, and W0735 says along which way.

    By y it has the derivatives v and (∇²f(v))⁻¹, and those by whatever f is made of; from the third order on only in closed form.

    Example: `conjugate(logsumexp)([0.5, 0.5])` is −log 2, and `conjugate(v => norm2(v) / 2)([1.0, 2.0])` is 2.5.
    """
}

/// A conjugate in closed form: f* of one number, of a vector, or of any tensor.
private struct ClosedConjugate {
  /// The rank of y; nil for any.
  var rank: Int?
  var value: (inout Graph, NodeID) -> NodeID
}

extension Evaluator {
  fileprivate func conjugate(of function: Value, at y: Value, _ span: Span) throws(Diagnostic) -> Value {
    guard y.isNumeric else { throw .expected("a number or a tensor", found: y.kind, at: span) }
    let point = try asReal(y, at: span)
    if case .function(.builtin(let builtin)) = function, let closed = ClosedConjugate.named(builtin.name) {
      let shape = shape(of: point) ?? .scalar
      if let rank = closed.rank, shape.rank != rank {
        let expected = rank == 0 ? "one number" : "a vector"
        throw .unsuitableShape("conjugate(\(builtin.name))", shape, expected: expected, at: span)
      }
      return try composed([point], at: span) { (graph, nodes) throws(ShapeError) in closed.value(&graph, nodes[0]) }
    }
    if point.isNode || stagingDepth > 0 {
      return .node(try searchedConjugate(of: function, at: point, span).value)
    }
    let results = try stagedAndRun(at: span) { () throws(Diagnostic) in
      try searchedConjugate(of: function, at: point, span).all.map(Value.node)
    }
    return try judgedConjugate(results, span)
  }

  /// The search for f*(y), in the graph at hand.
  private func searchedConjugate(of function: Value, at y: Value, _ span: Span) throws(Diagnostic) -> ConjugateParts {
    let point = try node(y, at: span)
    guard graph.shape(point).count > 0 else {
      throw .unsuitableShape("conjugate", graph.shape(point), expected: "an element", at: span)
    }
    let input = graph.freshInput(graph.type(point))
    return try onSymbols { () throws(Diagnostic) in
      let result = try known(function, [.node(input)], at: span)
      guard result.isNumeric else { throw .expected("a function with a numeric value", found: result.kind, at: span) }
      let output = try node(asReal(result, at: span), at: span)
      guard graph.shape(output).rank == 0 else {
        throw .derivativeOfSeveral("conjugate", graph.shape(output), at: span)
      }
      setOrigin(span)
      do {
        var search = try ConjugateSearch(graph: graph, output: output, input: input, y: point)
        let parts = try search.found()
        graph = search.graph
        return parts
      } catch let error as DerivativeError {
        throw .derivative(error, at: span)
      } catch let error as ShapeError {
        throw dressed(error, at: span)
      } catch { throw .refused(error, at: span) }
    }
  }

  /// A known value with its error; what was not found is refused.
  private func judgedConjugate(_ parts: [Value], _ span: Span) throws(Diagnostic) -> Value {
    guard let value = scalar(parts[0]), let gap = scalar(parts[1]), let isUnbounded = scalar(parts[2]) else {
      return parts[0]
    }
    if isUnbounded != 0 {
      report(.unboundedConjugate(along: try tensor(parts[3], at: span).doubles(), at: span))
      return parts[0]
    }
    if let isBent = scalar(parts[4]), isBent != 0 { throw .conjugateOfBentFunction(at: span) }
    guard value.isFinite else { throw .conjugateNotFound(gap: gap, at: span) }
    guard gap > 1e-12 * (1 + Swift.abs(value)) else { return parts[0] }
    var estimate = Estimate(value, source: "largest y·v − f(v) that was found; its duality gap")
    estimate.allowance = gap
    return .estimate(estimate)
  }
}

extension ClosedConjugate {
  static func named(_ name: String) -> ClosedConjugate? {
    switch name {
    case "logsumexp": ClosedConjugate(rank: 1) { $0.negativeEntropy($1) }
    case "max":
      ClosedConjugate(rank: 1) { graph, y in
        let inside = graph.isDistribution(y)
        return graph.inside(inside, graph.constant(0, like: y))
      }
    case "softplus":
      ClosedConjugate(rank: 0) { graph, y in
        let other = graph.add(Subtract(), graph.constant(1, like: y), y)
        let value = graph.add(Add(), graph.timesLog(y), graph.timesLog(other))
        return graph.inside(graph.isBetween(y, 0, 1), value)
      }
    case "exp":
      ClosedConjugate(rank: 0) { graph, y in
        let value = graph.add(Subtract(), graph.timesLog(y), y)
        return graph.inside(graph.add(LessEqual(), graph.constant(0, like: y), y), value)
      }
    case "cosh":
      ClosedConjugate(rank: 0) { graph, y in
        let root = graph.add(SquareRoot(), graph.add(Add(), graph.constant(1, like: y), graph.add(Square(), y)))
        let size = graph.add(Absolute(), y)
        let rise = graph.add(Multiply(), size, graph.add(Logarithm(), graph.add(Add(), size, root)))
        return graph.add(Subtract(), rise, root)
      }
    case "norm2": ClosedConjugate(rank: nil) { $0.quarterOfSquare($1) }
    case "norm":
      ClosedConjugate(rank: nil) { graph, y in
        let size = graph.sumOfAll(graph.add(Square(), y))
        return graph.inside(
          graph.add(LessEqual(), size, graph.constant(1 + 1e-12, like: y)), graph.constant(0, like: y))
      }
    case "abs": ClosedConjugate(rank: 0) { $0.inside($0.isBetween($1, -1, 1), $0.constant(0, like: $1)) }
    case "relu": ClosedConjugate(rank: 0) { $0.inside($0.isBetween($1, 0, 1), $0.constant(0, like: $1)) }
    default: nil
    }
  }
}

extension Graph {
  /// The value where a condition holds, and infinity elsewhere.
  fileprivate mutating func inside(_ condition: NodeID, _ value: NodeID) -> NodeID {
    add(Select(), condition, value, constant(.infinity, like: value))
  }

  fileprivate mutating func isBetween(_ y: NodeID, _ low: Double, _ high: Double) -> NodeID {
    add(Multiply(), add(LessEqual(), constant(low, like: y), y), add(LessEqual(), y, constant(high, like: y)))
  }

  /// y log y, with 0 log 0 = 0; of numbers below 0 something.
  fileprivate mutating func timesLog(_ y: NodeID) -> NodeID {
    let zero = constant(0, like: y)
    let isPositive = add(Less(), zero, y)
    let safe = add(Select(), isPositive, y, constant(1, like: y))
    return add(Select(), isPositive, add(Multiply(), y, add(Logarithm(), safe)), zero)
  }

  fileprivate mutating func sumOfAll(_ node: NodeID) -> NodeID {
    let axes = Array(0..<shape(node).rank)
    return axes.isEmpty ? node : add(ReduceSum(axes: axes), node)
  }

  fileprivate mutating func quarterOfSquare(_ y: NodeID) -> NodeID {
    add(Multiply(), sumOfAll(add(Square(), y)), constant(0.25, like: y))
  }

  /// 1 for numbers that are not negative and sum up to 1, else 0.
  fileprivate mutating func isDistribution(_ y: NodeID) -> NodeID {
    let least = add(ReduceMin(axes: [0]), y)
    let off = add(Absolute(), add(Subtract(), sumOfAll(y), constant(1, like: y)))
    let blur = constant(dtype(y) == .f32 ? 1e-5 : 1e-9, like: y)
    return add(Multiply(), add(LessEqual(), constant(0, like: y), least), add(LessEqual(), off, blur))
  }

  fileprivate mutating func negativeEntropy(_ y: NodeID) -> NodeID {
    inside(isDistribution(y), sumOfAll(timesLog(y)))
  }
}

extension Diagnostic {
  fileprivate static func unboundedConjugate(along point: [Double], at span: Span) -> Diagnostic {
    let size = point.map { $0.magnitude }.max() ?? 0
    let way = size.isFinite && size > 0 ? point.map { $0 / size } : point
    let text = way.prefix(6).map { NumberText.short($0) }.joined(separator: ", ") + (way.count > 6 ? ", …" : "")
    return Diagnostic(
      "W0735", "this conjugate is infinite: f(v) − y·v is unbounded below", at: span,
      label: "it falls without end along v = [\(text)]", severity: .warning,
      help: ["f* is finite where y is a slope of f: y = ∇f(v) for some v, or a limit of such"])
  }

  fileprivate static func conjugateNotFound(gap: Double, at span: Span) -> Diagnostic {
    let found = gap.isFinite ? "the best v that was found leaves a gap of \(NumberText.short(gap))" : "no v was found"
    return .requires(
      "`conjugate(f)`", "an f that is convex, and twice differentiable where y·v − f(v) is largest: \(found)", at: span,
      help: [
        gap.isFinite
          ? "of `abs`, `relu`, `max`, `norm`, `softplus` and `logsumexp` themselves, `conjugate(abs)`, it is known in closed form"
          : "f has to be finite near 0, or near 1: there the search starts"
      ])
  }

  fileprivate static func conjugateOfBentFunction(at span: Span) -> Diagnostic {
    .requires(
      "`conjugate(f)`", "an f that is convex, and this one bends down: the v that was found need not be the best",
      at: span,
      help: ["of one number `max([y * v - f(v) for v in linspace(-10, 10, 10_001)])` looks at places far apart"])
  }
}
