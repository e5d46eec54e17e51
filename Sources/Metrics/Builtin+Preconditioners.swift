import Arithmetic
import Builtins
import Diagnostics
import Evaluation
import Graph
import Messages
import Tensors
import Values

// Eigenvalues of P⁻¹ f: of an operator as steps see it that are taken along P⁻¹ g.

/// How far from symmetric a preconditioner may be.
package enum Asymmetry {
  /// The largest share of |J a − Jᵀa| in |J a| + |Jᵀa| for a vector a.
  ///
  /// An antisymmetric part moves an eigenvalue by its square: one of this size by no more than Lanczos leaves anyway.
  static let limit = 0.01
  /// Name of the series beside a recorded value.
  package static let companion = "asymmetry"
}

extension Evaluator {
  /// An extreme eigenvalue of P⁻¹ f, for P as positive numbers, or P⁻¹ as a function.
  func preconditionedEigenvalue(_ a: BoundArguments, _ options: LanczosOptions, under metric: Value)
    throws(Diagnostic) -> Value
  {
    if metric.isCallable { return try pairedEigenvalue(a, options, inverse: metric) }
    guard metric.isNumeric else {
      throw .expected("positive numbers or a function", found: metric.kind, at: a.place(4))
    }
    let root = try apply(SquareRoot(), [asReal(metric, at: a.place(4))], at: a.place(4))
    let function = a[0]
    guard function.isCallable else { throw .expected("a function", found: function.kind, at: a.place(0)) }
    var scaled = a
    scaled.values[0] = .function(
      .native(
        NativeFunction(name: "f") { (e, values, span) throws(Diagnostic) in
          guard values.count == 1 else { throw .takes("this function", "one argument", at: span) }
          let image = try e.known(function, [e.apply(Divide(), [values[0], root], at: span)], at: span)
          return try e.apply(Divide(), [e.asReal(image, at: span), root], at: span)
        }))
    return try lanczos(scaled, options) { (e, packed, _) throws(Diagnostic) in
      try e.eigenvalue(packed, options, at: a.span)
    }
  }

  /// The first number of a packed result, with what is known beside it.
  func eigenvalue(_ packed: Value, _ options: LanczosOptions, at span: Span) throws(Diagnostic) -> Value {
    var value = try component(packed, 0, at: span)
    if options.isNegated { value = try negate(value, at: span) }
    accompany(value, "residual", try component(packed, 1, at: span))
    noteResidual(of: packed, options)
    return value
  }

  /// NaN, with a warning, where P⁻¹ is not symmetric and positive.
  private func pairedEigenvalue(_ a: BoundArguments, _ options: LanczosOptions, inverse: Value) throws(Diagnostic)
    -> Value
  {
    guard a[0].isCallable else {
      throw .expected("a function", found: a[0].kind, at: a.place(0))
    }
    let start = try lanczosStart(a)
    if stagingDepth > 0 {
      let parts = try pairedParts(a, options, inverse, start)
      return try judged(parts.packed, parts.asymmetry, options, at: a.span)
    }
    let results = try stagedAndRun(at: a.span) { () throws(Diagnostic) in
      let parts = try pairedParts(a, options, inverse, start)
      return [parts.packed, parts.asymmetry]
    }
    guard let asymmetry = try number(results[1]), let value = try number(component(results[0], 0, at: a.span)) else {
      throw .silent(at: a.span)
    }
    if let fault = PreconditionerFault(asymmetry: asymmetry, value: value) {
      report(.unsuitablePreconditioner(fault, at: a.place(4)))
      return .real(.nan)
    }
    return try eigenvalue(results[0], options, at: a.span)
  }

  private func number(_ value: Value) throws(Diagnostic) -> Double? {
    switch value {
    case .tensor(let tensor): tensor.doubles().first
    case .real(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
  }

  /// The eigenvalue in a metric: NaN where the asymmetry is too large, which is recorded beside it.
  private func judged(_ packed: Value, _ asymmetry: Value, _ options: LanczosOptions, at span: Span)
    throws(Diagnostic) -> Value
  {
    let isFine = try apply(LessEqual(), [asymmetry, .real(Asymmetry.limit)], at: span)
    let found = try component(packed, 0, at: span)
    let signed = options.isNegated ? try negate(found, at: span) : found
    let value = try apply(Select(), [isFine, signed, .real(.nan)], at: span)
    accompany(value, "residual", try component(packed, 1, at: span))
    // Lengths under P⁻¹ are roots of what rounding leaves: a bound hardly falls below this share.
    var reachable = options
    if reachable.tolerance > 0 { reachable.tolerance = max(reachable.tolerance, 1e-6) }
    noteResidual(of: packed, reachable)
    if let stager = point?.stager, case .node(let source) = packed, case .node(let node) = asymmetry {
      stager.asymmetries.append((source, node))
    }
    return value
  }

  /// The packed result of the iteration on pairs, and the asymmetry of P⁻¹.
  private func pairedParts(_ a: BoundArguments, _ options: LanczosOptions, _ inverse: Value, _ start: Value)
    throws(Diagnostic) -> (packed: Value, asymmetry: Value)
  {
    let first = try node(start, at: a.place(1))
    let vector = graph.freshInput(graph.type(first))
    let image = try image(of: vector, under: inverse, a, 4)
    let transposed = try differentiated(a.place(4)) {
      try $0.vectorJacobianProduct(of: [image], adjoints: [first], withRespectTo: [vector])[0]
    }
    let atFirst = graph.substitute(
      outputs: [image, transposed], mapping: [(original: vector, replacement: first)])
    let asymmetry = try self.asymmetry(.node(atFirst[0]), .node(atFirst[1]), at: a.span)
    let mark = point?.stager?.products.count ?? 0
    let product = try self.image(of: vector, under: a[0], a, 0)
    let signed = options.isNegated ? graph.add(Negate(), product) : product
    let (body, metric) = (
      graph.extracted(outputs: [signed], inputs: [vector]), graph.extracted(outputs: [image], inputs: [vector])
    )
    let lanczos = Lanczos(
      body: body.body, steps: options.steps, tolerance: options.tolerance, result: options.result, metric: metric.body)
    setOrigin(a.span)
    do {
      let packed = try graph.apply(lanczos, [first] + body.captured + metric.captured)
      if let stager = point?.stager {
        stager.countIteration(
          packed, product, of: vector, since: mark, applied: graph.applications(in: packed, lanczos))
      }
      return (.node(packed), asymmetry)
    } catch { throw dressed(error, at: a.span) }
  }

  /// The vector that an argument which is a function gives for a vector.
  private func image(of vector: NodeID, under function: Value, _ a: BoundArguments, _ index: Int) throws(Diagnostic)
    -> NodeID
  {
    let value = try known(function, [.node(vector)], at: a.place(index))
    guard value.isNumeric else {
      throw .expected("a function that gives a vector", found: value.kind, at: a.place(index))
    }
    let image = try node(asReal(value, at: a.place(index)), at: a.place(index))
    guard graph.shape(image) == graph.shape(vector) else {
      throw .shapeMismatch(a.callee, graph.shape(vector), graph.shape(image), at: a.place(index), labels: [])
    }
    return image
  }

  /// |p − q| / (|p| + |q|), 0 where both are 0.
  private func asymmetry(_ p: Value, _ q: Value, at span: Span) throws(Diagnostic) -> Value {
    func norm(_ x: Value) throws(Diagnostic) -> Value {
      try apply(SquareRoot(), [apply(ReduceSum(axes: [0]), [apply(Square(), [x], at: span)], at: span)], at: span)
    }
    let difference = try norm(apply(Subtract(), [p, q], at: span))
    let sum = try apply(Add(), [norm(p), norm(q)], at: span)
    let isZero = try apply(LessEqual(), [sum, .real(0)], at: span)
    return try apply(Divide(), [difference, apply(Select(), [isZero, .real(1), sum], at: span)], at: span)
  }
}

/// Why there is no eigenvalue under a preconditioner.
package enum PreconditionerFault: Equatable {
  /// With the measure of `Asymmetry`.
  case asymmetric(Double)
  /// Some u · P⁻¹ u is negative.
  case negative
  /// It is not finite: a derivative that does not exist.
  case undefined
  /// It takes every direction to 0.
  case silent

  /// Nil where all is well.
  ///
  /// - Parameter products: how many the iteration has taken; none where P⁻¹ takes its start to 0.
  package init?(asymmetry: Double, value: Double, products: Double = 1) {
    if asymmetry == 0, value == 0, products == 0 {
      self = .silent
    } else if asymmetry.isNaN {
      self = .undefined
    } else if asymmetry > Asymmetry.limit {
      self = .asymmetric(asymmetry)
    } else if value.isNaN {
      self = .negative
    } else {
      return nil
    }
  }
}
