import Arithmetic
package import Diagnostics
import Evaluation
package import Graph
import Messages
import Tensors
import Values

extension Builtin {
  static let operators: [Builtin] = [
    Builtin("grad", ["f", "argument?"], "the function that gives the gradient of f with respect to its first argument")
    { (e, a) throws(Diagnostic) in
      if let native = e.stepOperator("grad", a) { return try native.body(e, [a[0]], a.span) }
      let position = a.given(1) == nil ? 0 : try a.whole(1, "the argument's number", e)
      guard position >= 0 else {
        throw .outOfRange("the argument's number", "\(position)", expected: "0 or more", at: a.place(1))
      }
      return try e.derived("grad", a, at: position) { (e, input, _, output, span) throws(Diagnostic) in
        guard e.graph.shape(output).rank == 0 else {
          throw .derivativeOfSeveral("grad", e.graph.shape(output), at: span)
        }
        return try e.gradients(of: output, at: [input], span)[0]
      }
    },
    Builtin("jvp", ["f"], "jvp(f)(x, v): the derivative of f at x along v") { (e, a) throws(Diagnostic) in
      try e.derived("jvp", a, extra: 1) { (e, input, extra, output, span) throws(Diagnostic) in
        try e.checkDirection(extra[0], like: input, "jvp", span)
        return try e.differentiated(span) {
          try $0.jacobianVectorProduct(of: [output], withRespectTo: [input], tangents: [extra[0]])[0]
        }
      }
    },
    Builtin("vjp", ["f"], "vjp(f)(x, u): the transposed derivative of f at x times u") { (e, a) throws(Diagnostic) in
      try e.derived("vjp", a, extra: 1) { (e, input, extra, output, span) throws(Diagnostic) in
        try e.checkDirection(extra[0], like: output, "vjp", span)
        return try e.differentiated(span) {
          try $0.vectorJacobianProduct(of: [output], adjoints: [extra[0]], withRespectTo: [input])[0]
        }
      }
    },
    Builtin("hvp", ["f"], "hvp(f)(x, v): the Hessian of f at x times v") { (e, a) throws(Diagnostic) in
      if let native = e.stepOperator("hvp", a) { return try native.body(e, [a[0]], a.span) }
      return try e.derived("hvp", a, extra: 1) { (e, input, extra, output, span) throws(Diagnostic) in
        guard e.graph.shape(output).rank == 0 else {
          throw .derivativeOfSeveral("hvp", e.graph.shape(output), at: span)
        }
        try e.checkDirection(extra[0], like: input, "hvp", span)
        return try e.hessianProduct(of: output, at: [input], with: [extra[0]], span)[0]
      }
    },
    Builtin("hessian", ["f"], "hessian(f)(x): the matrix of second derivatives of f at x, flattened") {
      (e, a) throws(Diagnostic) in
      try e.derived("hessian", a) { (e, input, _, output, span) throws(Diagnostic) in
        guard e.graph.shape(output).rank == 0 else {
          throw .derivativeOfSeveral("hessian", e.graph.shape(output), at: span)
        }
        return try e.differentiated(span) { try $0.hessian(of: output, withRespectTo: [input]) }
      }
    },
    Builtin("jacobian", ["f"], "jacobian(f)(x): the matrix of first derivatives of f at x") {
      (e, a) throws(Diagnostic) in
      try e.derived("jacobian", a) { (e, input, _, output, span) throws(Diagnostic) in
        try e.differentiated(span) { try $0.jacobian(of: output, withRespectTo: [input])[0] }
      }
    },
  ]
}

/// A derivative, from what is differentiated at, further arguments, and the function's value.
typealias DerivativeRule = (Evaluator, NodeID, [NodeID], NodeID, Span) throws(Diagnostic) -> NodeID

extension Evaluator {
  /// `grad` and `hvp` of the step in which a metric or update is staged, when called with a tensor.
  func stepOperator(_ name: String, _ a: BoundArguments) -> NativeFunction? {
    if case .function = a[0] { return nil }
    if case .instance = a[0] { return nil }
    // Where only what depends on a step is looked for, there is no step to ask.
    if let point, point.isProbe {
      return NativeFunction(name: name) { (_, _, span) throws(Diagnostic) in throw .silent(at: span) }
    }
    guard case .function(.native(let native))? = point?.names.lookup(name)?.value else { return nil }
    return native
  }

  /// The function that an operator makes of `f`: called with f's arguments, then `extra` directions.
  ///
  /// The derivative is taken at fresh inputs, into which the arguments are put afterwards.
  func derived(
    _ name: String, _ a: BoundArguments, extra: Int = 0, at position: Int = 0, _ rule: @escaping DerivativeRule
  ) throws(Diagnostic) -> Value {
    let function = a[0]
    guard function.isCallable else { throw .expected("a function", found: function.kind, at: a.place(0)) }
    return .function(
      .native(
        NativeFunction(name: name) { (e, values, span) throws(Diagnostic) in
          guard values.count > extra else {
            throw .takes(
              "`\(name)(f)`", extra == 0 ? "the arguments of f" : "a point and a direction", at: span)
          }
          let isConcrete = !values.contains(where: \.isNode)
          if isConcrete, e.stagingDepth == 0 {
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
    var arguments = Array(values.dropLast(extra))
    guard position < arguments.count else {
      throw .outOfRange("the argument's number", "\(position)", expected: "below \(arguments.count)", at: span)
    }
    guard arguments[position].isNumeric else {
      throw .expected("a number or a tensor to differentiate at", found: arguments[position].kind, at: span)
    }
    let point = try node(asReal(arguments[position], at: span), at: span)
    let input = graph.freshInput(graph.type(point))
    arguments[position] = .node(input)
    var directions: [NodeID] = []
    for value in values.suffix(extra) { directions.append(try node(asReal(value, at: span), at: span)) }
    return try onSymbols { () throws(Diagnostic) in
      let result = try known(function, arguments, at: span)
      guard result.isNumeric || result.isBoolean else {
        throw .expected("a function with a numeric value", found: result.kind, at: span)
      }
      let output = try node(asReal(result, at: span), at: span)
      let derivative = try rule(self, input, directions, output, span)
      return .node(graph.substitute(outputs: [derivative], mapping: [(original: input, replacement: point)])[0])
    }
  }

  /// A derivative taken in the current graph, with its refusals as findings at `span`.
  package func differentiated(_ span: Span, _ body: (inout Graph) throws -> NodeID) throws(Diagnostic) -> NodeID {
    do { return try body(&graph) } catch { throw .derivative(error, at: span) }
  }

  func checkDirection(_ direction: NodeID, like other: NodeID, _ name: String, _ span: Span) throws(Diagnostic) {
    guard graph.shape(direction) == graph.shape(other) else {
      throw .shapeMismatch(name, graph.shape(other), graph.shape(direction), at: span, labels: [])
    }
  }
}
