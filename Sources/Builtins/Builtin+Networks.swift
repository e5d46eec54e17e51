import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Tensors
import Values

extension Builtin {
  static let networks: [Builtin] = [
    Builtin(
      "conv2d", ["x", "W", "stride?", "padding?"],
      "correlation of images [channels, h, w] with filters [outputs, channels, kh, kw]"
    ) {
      (e, a) throws(Diagnostic) in
      let (stride, padding) = (try e.extent(a, 2, 1), try e.extent(a, 3, 0))
      return try e.composed([a.real(0, e), a.real(1, e)], at: a.span) { (graph, nodes) throws(ShapeError) in
        try graph.convolve2d(nodes[0], nodes[1], stride: [stride, stride], padding: [padding, padding])
      }
    },
    Builtin(
      "max_pool", ["x", "size", "stride?", "padding?"],
      "largest element of each window; derivative to the first of equals"
    ) {
      (e, a) throws(Diagnostic) in
      let size = try a.whole(1, "the window", e)
      let (stride, padding) = (try e.extent(a, 2, size), try e.extent(a, 3, 0))
      return try e.composed([a.real(0, e)], at: a.span) { (graph, nodes) throws(ShapeError) in
        try graph.maxPool2d(nodes[0], kernel: [size, size], stride: [stride, stride], padding: [padding, padding])
      }
    },
    Builtin("avg_pool", ["x", "size", "stride?", "padding?"], "mean of each window") { (e, a) throws(Diagnostic) in
      let size = try a.whole(1, "the window", e)
      let (stride, padding) = (try e.extent(a, 2, size), try e.extent(a, 3, 0))
      return try e.composed([a.real(0, e)], at: a.span) { (graph, nodes) throws(ShapeError) in
        try graph.averagePool2d(
          nodes[0], kernel: [size, size], stride: [stride, stride], padding: [padding, padding])
      }
    },
  ]
}

extension Evaluator {
  func extent(_ a: BoundArguments, _ index: Int, _ standard: Int) throws(Diagnostic) -> Int {
    guard a.given(index) != nil else { return standard }
    let value = try a.whole(index, "this argument", self)
    guard value >= (standard == 0 ? 0 : 1) else {
      throw .outOfRange("this argument", "\(value)", expected: "positive", at: a.place(index))
    }
    return value
  }

  /// Applies something built of several primitives: in the current graph, or in one of its own run at once.
  func composed(_ operands: [Value], at span: Span, _ build: (inout Graph, [NodeID]) throws(ShapeError) -> NodeID)
    throws(Diagnostic) -> Value
  {
    let isConcrete = !operands.contains(where: \.isNode)
    if isConcrete, stagingDepth == 0 {
      return try stagedAndRun(at: span) { () throws(Diagnostic) in [try built(operands, at: span, build)] }[0]
    }
    return try built(operands, at: span, build)
  }

  private func built(_ operands: [Value], at span: Span, _ build: (inout Graph, [NodeID]) throws(ShapeError) -> NodeID)
    throws(Diagnostic) -> Value
  {
    var nodes: [NodeID] = []
    for operand in operands { nodes.append(try node(operand, at: span)) }
    setOrigin(span)
    do { return .node(try build(&graph, nodes)) } catch { throw dressed(error, at: span) }
  }
}
