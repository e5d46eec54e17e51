package import Diagnostics
package import Engine
package import Experiments
package import Graph
package import Tensors
package import Values

// What belongs to the program that is being staged lives in its builder; here is how the evaluator speaks of it.

extension Evaluator {
  /// Runs `body` on symbolic values of the graph at hand, where they are no unknowns but what a derivative is taken of.
  package func onSymbols<T>(_ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    builder.depth += 1
    defer { builder.depth -= 1 }
    return try body()
  }

  /// Runs `body` at a point, with another text as the current one.
  package func at<T>(_ other: PointContext?, in code: Code, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T
  {
    try at(other) { () throws(Diagnostic) in try within(code, body) }
  }

  /// One node for one storage, so that equal uses are shared.
  package func constantNode(_ tensor: Tensor) -> NodeID { builder.constant(tensor, &conversions) }

  /// The number of the next update, from 1, in the element type of the graph.
  package func realTime(at span: Span) throws(Diagnostic) -> Value {
    let time = Value.node(builder.time)
    return realType == .f64 ? time : try apply(Convert(dtype: realType), [time], at: span)
  }

  /// The input that is the parameter tensor of a number, where parameters are all of the state.
  package func parameterInput(_ number: Int, _ shape: Shape) -> NodeID {
    builder.input(.slot(number), TensorType(shape, realType))
  }

  // MARK: Plans

  /// Plans a staged program and binds its constants.
  package func compiled(_ staged: FedProgram, at span: Span) throws(Diagnostic) -> Executable {
    let executable = try compiled(staged.program, at: span)
    for (input, feed) in staged.feeds.enumerated() {
      if case .external(let number) = feed { executable.bindInput(input, staged.externals[number]) }
    }
    return executable
  }

  /// Plans a staged program, with what fills its inputs.
  ///
  /// - Parameter key: the key of a stream of random numbers.
  package func feeder(_ staged: FedProgram, at span: Span, key: (StreamLabel) -> Int) throws(Diagnostic) -> Feeder {
    Feeder(try compiled(staged, at: span), staged.feeds, key: key)
  }
}
