import Arithmetic
import Diagnostics
import Engine
import Evaluation
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

/// A model that is fitted: a function of an axis with free parameters, as a planned program of all its values and slopes.
struct CurveModel {
  /// A free parameter.
  struct Free {
    var name: String
    var bound: Interval
    var start: Double?
    var span: Span
  }

  var closure: Closure
  /// How many of its parameters are axes.
  var axisCount: Int
  var free: [Free]
  var executable: Executable
  var pointCount: Int

  /// The model's values at all points, and their derivatives.
  func values(_ parameters: [Double], _ evaluator: Evaluator, at span: Span) throws(Diagnostic) -> ModelValues {
    for (index, parameter) in parameters.enumerated() { executable.setInput(index, parameter) }
    try evaluator.run(executable, at: span)
    let width = free.count + 1
    var result = ModelValues(values: [], slopes: [])
    for point in 0..<pointCount {
      result.values.append(executable.outputScalar(point * width))
      result.slopes.append((1...free.count).map { executable.outputScalar(point * width + $0) })
    }
    return result
  }
}

extension Evaluator {
  /// The model of `fit`, planned for the given places.
  ///
  /// - Returns: nil while checking, where nothing is planned.
  func curveModel(_ value: Value, at places: [[Double]], _ span: Span) throws(Diagnostic) -> CurveModel? {
    guard case .function(.closure(let closure)) = value else {
      throw .expected(
        "a function of the axis and of what is free", found: value.kind, at: span,
        help: ["write it in place: `(d, c > 0 = 1, a = 0) => c * d^a`"])
    }
    let axisCount = places.first?.count ?? 1
    let parameters = closure.parameters.dropFirst(axisCount)
    guard !parameters.isEmpty else {
      throw Diagnostic.needs(
        "this model", "something to fit: its first parameter is the axis, the others are free", at: span,
        help: ["write `(d, c = 1, a = 0) => …`"]
      ).following(from: .kinds)
    }
    guard parameters.count <= places.count else {
      throw .tooFewPoints(parameters.map(\.name.text), points: places.count, at: span)
    }
    let free = try parameters.map { (parameter) throws(Diagnostic) in try self.free(parameter, of: closure, at: span) }
    let program = try staging(real: .f64) { () throws(Diagnostic) -> FedProgram in
      let inputs = free.indices.map { builder.input(.slot($0), TensorType(.scalar, .f64)) }
      var outputs: [NodeID] = []
      for place in places {
        let value = try onSymbols { () throws(Diagnostic) in
          try apply(closure, place.map { .real($0) } + inputs.map { .node($0) }, at: span)
        }
        guard value.isNumeric, shape(of: value)?.rank ?? 0 == 0 else {
          throw .expected("a single number of the model", found: value.kind, at: span)
        }
        let output = try node(asReal(value, at: span), at: span)
        outputs.append(output)
        outputs += try gradients(of: output, at: inputs, span)
      }
      return builder.program(outputs: outputs)
    }
    guard mode == .run else { return nil }
    return CurveModel(
      closure: closure, axisCount: axisCount, free: free, executable: try compiled(program, at: span),
      pointCount: places.count)
  }

  /// A free parameter with its bounds and its start.
  private func free(_ parameter: Parameter, of closure: Closure, at span: Span) throws(Diagnostic) -> CurveModel.Free {
    try within(closure.code) { () throws(Diagnostic) in
      var bound = Interval(low: -.infinity, high: .infinity)
      func known(_ id: ExpressionID) throws(Diagnostic) -> Double {
        let value = try evaluate(id, in: closure.scope)
        if value.isSymbolic { throw .silent(at: span) }
        return try number(value, what: "a bound", at: code.tree.span(id))
      }
      switch parameter.constraint {
      case .compare(let operation, let limit)?:
        let number = try known(limit)
        switch operation {
        case .greater: bound.low = number.nextUp
        case .greaterEqual: bound.low = number
        case .less: bound.high = number.nextDown
        case .lessEqual: bound.high = number
        case .equal, .notEqual: break
        }
      case .inside(let range)?:
        if case .range(let lower, let upper, _) = code.tree[range] {
          bound = Interval(low: try known(lower), high: try known(upper))
        }
      case nil: break
      }
      let start = try parameter.initial.map(known)
      if let start, start < bound.low || start > bound.high {
        throw Diagnostic.outOfRange(
          "the start of `\(parameter.name.text)`", NumberText.short(start), expected: bound.words,
          at: parameter.name.span
        ).following(from: .kinds)
      }
      return CurveModel.Free(name: parameter.name.text, bound: bound, start: start, span: parameter.name.span)
    }
  }
}

extension CurveModel {
  /// Starts that are tried where some parameters have none.
  private static let startsMax = 48

  /// Where the search begins: at the defaults, else at fixed points that fill the bounds evenly (Halton's sequence), on a
  /// logarithmic scale where there is no bound.
  var starts: [[Double]] {
    guard free.contains(where: { $0.start == nil }) else { return [free.compactMap(\.start)] }
    return (1...Self.startsMax).map { number in
      free.enumerated().map { index, parameter in
        parameter.start ?? parameter.bound.point(Self.halton(number, base: Self.primes[index % Self.primes.count]))
      }
    }
  }

  private static let primes = [2, 3, 5, 7, 11, 13, 17, 19]

  private static func halton(_ number: Int, base: Int) -> Double {
    var (rest, share, result) = (number, 1.0, 0.0)
    while rest > 0 {
      share /= Double(base)
      result += share * Double(rest % base)
      rest /= base
    }
    return result
  }
}

extension Interval {
  /// "above 0", "between 0 and 1".
  fileprivate var words: String {
    switch (low.isFinite, high.isFinite) {
    case (true, true): "between \(NumberText.short(low)) and \(NumberText.short(high))"
    case (false, true): "at most \(NumberText.short(high))"
    case _ where low == 0.0.nextUp: "above 0"
    default: "at least \(NumberText.short(low))"
    }
  }

  /// A point of it for a share in (0, 1); on a logarithmic scale, from 10⁻³ to 10³, towards an end at infinity.
  fileprivate func point(_ share: Double) -> Double {
    func power(_ exponent: Double) -> Double { Scalar.power(10, exponent) }
    switch (low.isFinite, high.isFinite) {
    case (true, true): return low + (high - low) * share
    case (true, false): return low + power(6 * share - 3)
    case (false, true): return high - power(6 * share - 3)
    case (false, false):
      let place = 2 * share - 1
      return (place < 0 ? -1 : 1) * (power(3 * place.magnitude) - 1)
    }
  }
}

extension Diagnostic {
  fileprivate static func tooFewPoints(_ free: [String], points: Int, at span: Span) -> Diagnostic {
    var finding = Diagnostic(
      "E0667", "\(points) \(points == 1 ? "point says" : "points say") nothing of \(free.count) free parameters",
      at: span, label: free.map { "`\($0)`" }.joined(separator: ", ") + " are free",
      help: ["give the axis more values, or fix some parameters by writing numbers in their place"])
    finding.ground = .shapes
    return finding
  }
}
