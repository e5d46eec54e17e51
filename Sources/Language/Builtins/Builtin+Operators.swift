import Diagnostics
import Graph
import Tensors

extension Builtin {
  static let operators: [Builtin] = [
    Builtin("grad", ["f", "argument?"], "the function that gives the gradient of f with respect to its first argument")
    { (e, a) throws(Diagnostic) in
      if let native = e.stepOperator("grad", a) { return try native.body(e, [a[0]], a.span) }
      let position = a.given(1) == nil ? 0 : try a.whole(1, "the argument's number", e)
      return e.derived("grad", a, at: position) { (e, inputs, values, output, span) throws(Diagnostic) in
        guard position < inputs.count else {
          throw .outOfRange("the argument's number", "\(position)", expected: "below \(inputs.count)", at: span)
        }
        guard e.graph.shape(output).rank == 0 else { throw .lossNotScalar(e.graph.shape(output), at: span) }
        return [try e.gradients(of: output, at: [inputs[position]], span)[0]]
      }
    },
    Builtin("jvp", ["f"], "jvp(f)(x, v): the derivative of f at x along v") { (e, a) throws(Diagnostic) in
      e.derived("jvp", a, extra: 1) { (e, inputs, extra, output, span) throws(Diagnostic) in
        try e.checkDirection(extra[0], like: inputs[0], "jvp", span)
        do {
          return try e.graph.jacobianVectorProduct(of: [output], withRespectTo: [inputs[0]], tangents: [extra[0]])
        } catch { throw .derivative(error, at: span) }
      }
    },
    Builtin("vjp", ["f"], "vjp(f)(x, u): the transposed derivative of f at x times u") { (e, a) throws(Diagnostic) in
      e.derived("vjp", a, extra: 1) { (e, inputs, extra, output, span) throws(Diagnostic) in
        try e.checkDirection(extra[0], like: output, "vjp", span)
        do {
          return try e.graph.vectorJacobianProduct(of: [output], adjoints: [extra[0]], withRespectTo: [inputs[0]])
        } catch { throw .derivative(error, at: span) }
      }
    },
    Builtin("hvp", ["f"], "hvp(f)(x, v): the Hessian of f at x times v") { (e, a) throws(Diagnostic) in
      if let native = e.stepOperator("hvp", a) { return try native.body(e, [a[0]], a.span) }
      return e.derived("hvp", a, extra: 1) { (e, inputs, extra, output, span) throws(Diagnostic) in
        try e.checkDirection(extra[0], like: inputs[0], "hvp", span)
        return try e.hessianProduct(of: output, at: [inputs[0]], with: [extra[0]], span)
      }
    },
    Builtin("hessian", ["f"], "hessian(f)(x): the matrix of second derivatives of f at x, flattened") {
      (e, a) throws(Diagnostic) in
      e.derived("hessian", a) { (e, inputs, _, output, span) throws(Diagnostic) in
        guard e.graph.shape(output).rank == 0 else { throw .lossNotScalar(e.graph.shape(output), at: span) }
        do { return [try e.graph.hessian(of: output, withRespectTo: [inputs[0]])] } catch {
          throw .derivative(error, at: span)
        }
      }
    },
    Builtin("jacobian", ["f"], "jacobian(f)(x): the matrix of first derivatives of f at x") {
      (e, a) throws(Diagnostic) in
      e.derived("jacobian", a) { (e, inputs, _, output, span) throws(Diagnostic) in
        do { return try e.graph.jacobian(of: output, withRespectTo: [inputs[0]]) } catch {
          throw .derivative(error, at: span)
        }
      }
    },
  ]
}

/// Nodes of a derivative, from the function's inputs, further arguments and its output.
typealias DerivativeRule = (Evaluator, [NodeID], [NodeID], NodeID, Span) throws(Diagnostic) -> [NodeID]

extension Evaluator {
  /// `grad` and `hvp` of the step in which a metric or update is staged, when called with a tensor.
  func stepOperator(_ name: String, _ a: BoundArguments) -> NativeFunction? {
    if case .function = a[0] { return nil }
    if case .instance = a[0] { return nil }
    guard case .function(.native(let native))? = point?.names.lookup(name)?.value else { return nil }
    return native
  }

  /// The function that an operator makes of `f`: called with f's arguments, then `extra` directions.
  ///
  /// The derivative is taken at fresh inputs, into which the arguments are put afterwards.
  func derived(
    _ name: String, _ a: BoundArguments, extra: Int = 0, at position: Int = 0, _ rule: @escaping DerivativeRule
  ) -> Value {
    let function = a[0]
    if case .unknown = function { return .unknown }
    return .function(
      .native(
        NativeFunction(name: name) { (e, values, span) throws(Diagnostic) in
          for case .unknown in values { return .unknown }
          guard values.count > extra else {
            throw .unusable(
              "`\(name)(f)` takes \(extra == 0 ? "the arguments of f" : "a point and a direction")", at: span)
          }
          let isConcrete = !values.contains { if case .node = $0 { true } else { false } }
          if isConcrete {
            return try e.stagedAndRun(at: span) { () throws(Diagnostic) in
              [try e.derivative(of: function, values, extra: extra, at: position, rule, span)]
            }[0]
          }
          return try e.derivative(of: function, values, extra: extra, at: position, rule, span)
        }))
  }

  private func derivative(
    of function: Value, _ values: [Value], extra: Int, at position: Int, _ rule: DerivativeRule, _ span: Span
  ) throws(Diagnostic) -> Value {
    var points: [NodeID] = []
    var fresh: [NodeID] = []
    var arguments: [Value] = []
    for (index, value) in values.dropLast(extra).enumerated() {
      guard value.isNumeric else { arguments.append(value); continue }
      // Whole numbers may be indices or classes; only what is differentiated must be real.
      let isWhole = isWhole(value) && index != position
      let point = try node(isWhole ? value : asReal(value, at: span), at: span)
      let input = graph.freshInput(graph.type(point))
      points.append(point)
      fresh.append(input)
      arguments.append(.node(input))
    }
    var directions: [NodeID] = []
    for value in values.suffix(extra) { directions.append(try node(asReal(value, at: span), at: span)) }
    stagingDepth += 1
    defer { stagingDepth -= 1 }
    let result = try call(function, arguments, at: span)
    if case .unknown = result { return .unknown }
    guard result.isNumeric || result.isBoolean else {
      throw .expected("a function with a numeric value", found: result.kind, at: span)
    }
    let output = try node(asReal(result, at: span), at: span)
    let nodes = try rule(self, fresh, directions, output, span)
    let placed = graph.substitute(outputs: nodes, mapping: zip(fresh, points).map { (original: $0, replacement: $1) })
    return .node(placed[0])
  }

  func checkDirection(_ direction: NodeID, like other: NodeID, _ name: String, _ span: Span) throws(Diagnostic) {
    guard graph.shape(direction) == graph.shape(other) else {
      throw .shapeMismatch(name, graph.shape(other), graph.shape(direction), at: span, labels: [])
    }
  }
}
