package import Tensors

/// How what a step computes is rounded.
package struct StepRounding: Sendable, Hashable, Codable {
  package var format: FloatFormat
  /// Up or down at random, so that the mean is what was rounded; to the nearest number otherwise.
  package var isStochastic: Bool

  package init(_ format: FloatFormat, isStochastic: Bool = false) {
    (self.format, self.isStochastic) = (format, isStochastic)
  }

  /// The same format with the nearest number.
  package var nearest: StepRounding { StepRounding(format) }
}

/// What cannot be rounded as is asked for.
package enum RoundingError: Error, Hashable, Sendable {
  /// The turns of a loop would have the same random numbers.
  case stochasticLoop(Origin)
}

extension Graph {
  /// Outputs with all that depends on some nodes rounded to a format, after each primitive that computes.
  ///
  /// Stochastic rounding of x, whose neighbours in the format are ε apart, is truncation of x + u ε with u uniform on
  /// [0, 1) in steps of ε's smallest part: x itself where the format has it, else the next number in the direction away
  /// from 0 with the probability that makes the mean x. Each place has numbers of its own: lane 0, 1, … of the key.
  ///
  /// - Parameters:
  ///   - exact: outputs that are bookkeeping: what only they need is not rounded.
  ///   - key: i64 [3], for stochastic rounding.
  package mutating func rounded(
    outputs: [NodeID], exact: Set<NodeID> = [], from inputs: [NodeID], by rounding: StepRounding, dtype: DType,
    key: NodeID? = nil
  ) throws(RoundingError) -> [NodeID] {
    if !exact.isEmpty {
      let (rest, border) = parted(outputs, from: exact)
      let found = try rounded(outputs: rest + border, from: inputs, by: rounding, dtype: dtype, key: key)
      var now = Dictionary(zip(rest, found), uniquingKeysWith: { first, _ in first })
      let counted = Array(exact)
      let mapping = zip(border, found.dropFirst(rest.count)).map { (original: $0, replacement: $1) }
      for (node, result) in zip(counted, substitute(outputs: counted, mapping: mapping)) { now[node] = result }
      return outputs.map { now[$0] ?? $0 }
    }
    var rounder = Rounder(rounding: rounding, dtype: dtype, key: key)
    let found = rebuild(outputs: outputs, mapping: inputs.map { ($0, $0) }) { graph, node, arguments, _ in
      graph.origin = node.origin
      return rounder.apply(node, arguments, in: &graph)
    }
    if let error = rounder.error { throw error }
    return zip(outputs, found).map { $1 ?? $0 }
  }
}

extension Graph {
  /// The outputs that are rounded, and what the others read of what those are made of.
  private func parted(_ outputs: [NodeID], from exact: Set<NodeID>) -> (rest: [NodeID], border: [NodeID]) {
    let rest = outputs.filter { !exact.contains($0) }
    let isRounded = requirement(of: rest), isNeeded = requirement(of: Array(exact))
    var border: Set<NodeID> = exact.filter { Int($0.index) < isRounded.count && isRounded[Int($0.index)] }
    for index in isNeeded.indices where isNeeded[index] && !(index < isRounded.count && isRounded[index]) {
      for input in nodes[index].inputs where Int(input.index) < isRounded.count && isRounded[Int(input.index)] {
        border.insert(input)
      }
    }
    return (rest, border.sorted { $0.index < $1.index })
  }
}

/// Adds applications with what rounds them.
private struct Rounder {
  let rounding: StepRounding
  let dtype: DType
  let key: NodeID?
  /// Places that were rounded at random.
  private var places = 0
  private(set) var error: RoundingError?

  init(rounding: StepRounding, dtype: DType, key: NodeID?) {
    (self.rounding, self.dtype, self.key) = (rounding, dtype, key)
  }

  mutating func apply(_ node: Node, _ arguments: [NodeID], in graph: inout Graph) -> NodeID {
    if let loop = node.primitive as? Loop {
      var own = loop
      own.body = body(loop.body, node.origin)
      return graph.add(own, inputs: arguments)
    }
    if let loop = node.primitive as? WhileLoop {
      var own = loop
      own.body = body(loop.body, node.origin)
      own.condition = body(loop.condition, node.origin)
      return graph.add(own, inputs: arguments)
    }
    let result = graph.add(node.primitive, inputs: arguments)
    guard node.type.dtype == dtype, !Self.keepsFormats(node.primitive) else { return result }
    return rounded(result, in: &graph)
  }

  /// The body of a loop, of which every input may hold anything.
  private mutating func body(_ body: Subgraph, _ origin: Origin) -> Subgraph {
    if rounding.isStochastic { error = .stochasticLoop(origin) }
    var graph = body.graph
    var inner = Rounder(rounding: rounding.nearest, dtype: dtype, key: nil)
    let found = graph.rebuild(outputs: body.outputs, mapping: body.inputs.map { ($0, $0) }) {
      graph, node, arguments, _ in
      graph.origin = node.origin
      return inner.apply(node, arguments, in: &graph)
    }
    return Subgraph(graph: graph, inputs: body.inputs, outputs: zip(body.outputs, found).map { $1 ?? $0 })
  }

  private mutating func rounded(_ node: NodeID, in graph: inout Graph) -> NodeID {
    let code = rounding.format.code
    guard rounding.isStochastic, let key else { return graph.add(RoundTo(), node, graph.constant(code, dtype)) }
    let lane = graph.add(Constant(value: Tensor(integers: [0, 0, places], shape: [3])))
    places += 1
    let draw = Draw(distribution: .uniform, shape: graph.shape(node), dtype: dtype)
    let u = graph.add(draw, graph.add(Add(), key, lane))
    // No finer than the last bit of what is rounded, so that the sum is exact.
    let steps = Double(sign: .plus, exponent: max(1, dtype.mantissaBits - rounding.format.mantissa), significand: 1)
    let whole = graph.add(Floor(), graph.add(Multiply(), u, graph.constant(steps, dtype)))
    let part = graph.add(Multiply(), whole, graph.constant(1 / steps, dtype))
    let spacing = graph.add(Spacing(), node, graph.constant(code, dtype))
    let sum = graph.add(Add(), node, graph.add(Multiply(), part, spacing))
    return graph.add(RoundTo(), sum, graph.constant(-code, dtype))
  }

  /// Whether a result has only numbers that operands have, or small whole ones: rounding would change nothing.
  ///
  /// Conversions are of what is given: whole numbers, and hyper-parameters that are computed with 64 bits.
  private static func keepsFormats(_ primitive: any Primitive) -> Bool {
    switch primitive {
    case is Reshape, is Transpose, is BroadcastTo, is Slice, is Pad, is Concatenate, is Reverse, is StopGradient,
      is SpectralMap, is Patches, is GatherRows, is TakeAlongLast, is ScatterAlongLast, is Convert:
      true
    case is Select, is Negate, is Absolute, is Sign, is Relu, is Maximum, is Minimum, is ReduceMax, is ReduceMin: true
    case is Less, is LessEqual, is Equal, is NotEqual, is IsFinite, is Floor, is Ceiling, is Round, is Truncate: true
    case is ScalarConstant, is Constant, is Iota, is Input, is RoundTo, is Spacing: true
    default: false
    }
  }
}

extension DType {
  /// Bits behind the point of a real type.
  package var mantissaBits: Int { self == .f32 ? 23 : 52 }
}
