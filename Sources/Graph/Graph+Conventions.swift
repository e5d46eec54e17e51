import Tensors

// Note [Zero times infinity]
//
// A derivative is a product of what comes from outside (an adjoint or a tangent, here the direction) with a slope.
// Where the slope is infinite or no number, one convention holds for all primitives:
//
// 1. A direction that is exactly 0 gives 0. So what flows into a branch that was not taken, an element that is not
//    used or an operand that is multiplied by 0 stays 0, whatever the slope there (`times`, `ScaleAdjoint`).
// 2. At a kink with a bounded set of slopes one of them is the derivative: 0 for |x|, relu and the root of a sum of
//    squares (a norm, a standard deviation) at 0, the first of equals for a maximum. Such a choice is one of first
//    order: the derivative of the slope of a root at 0 is not a number (`Cusp`), however small the factor before it.
// 3. A function that only looks as if it had a kink has its own derivatives. Where the direction contains the root y
//    as a factor, as for ‖x‖², the quotient of both is taken from the formula (`Quotient`): 2y · 1/(2y) is 1 at 0, too.
// 4. 0/0 that is defined as 0 (`safe_divide`) has no derivative there: not a number.
//
// Forward mode first, of which reverse mode or forward mode is taken again, sees no factors that cancel: in such places it
// gives no number. |x|² and |x|·|x| are written as x² where they are made, so that they are smooth in every order.
//
// Away from such points nothing changes, to the last bit.

extension Graph {
  /// direction · slope, where a factor of exactly 0 from what is left out makes 0 of any other.
  ///
  /// A plain product unless the form of both allows 0 · ∞. See Note [Zero times infinity].
  mutating func times(_ direction: NodeID, _ slope: NodeID) -> NodeID {
    switch (isHazardous(direction, slope), isHazardous(slope, direction)) {
    case (false, false): return add(Multiply(), direction, slope)
    case (true, false): return add(ScaleAdjoint(), direction, slope)
    case (false, true): return add(ScaleAdjoint(), slope, direction)
    case (true, true):
      let zero = constant(0, like: slope)
      return add(Select(), add(Equal(), slope, zero), zero, add(ScaleAdjoint(), direction, slope))
    }
  }

  /// Whether a product of what is left out in places with another factor can be 0 · ∞.
  func isHazardous(_ absent: NodeID, _ other: NodeID) -> Bool {
    traits(absent).contains(.mayBeAbsent) && traits(other).contains(.mayBeInfinite)
  }

  /// Not a number, but 0 where the direction is left out.
  mutating func undefined(along direction: NodeID) -> NodeID {
    let nan = constant(.nan, like: direction)
    return traits(direction).contains(.mayBeAbsent)
      ? add(ScaleAdjoint(), direction, nan) : add(Multiply(), direction, nan)
  }

  /// direction · 1/(2y) for a root y = √s.
  ///
  /// At y = 0 it is half the quotient of direction and y as far as the direction's formula has the factor y. What
  /// remains is times 0 where s is a sum of squares, and times ∞ otherwise. See Note [Zero times infinity].
  mutating func rootDerivative(_ direction: NodeID, of s: NodeID, root y: NodeID) -> NodeID {
    let half = constant(0.5, like: y)
    let slope = add(Divide(), half, y)
    let usual = add(ScaleAdjoint(), direction, slope)
    let isRootOfSquares = isSumOfSquares(s)
    var quotient = Quotient { graph, part in
      isRootOfSquares
        ? graph.add(Cusp(), part, y) : graph.add(ScaleAdjoint(), part, graph.add(Reciprocal(), y))
    }
    let found = quotient.found(&self, direction, over: y)
    guard isRootOfSquares || found != nil else { return usual }
    let whole = found ?? quotient.remainder(&self, direction)
    let isZero = add(Equal(), y, constant(0, like: y))
    return add(Select(), isZero, add(Multiply(), whole, half), usual)
  }

  /// direction · sign x for y = |x|; where x is 0 and the direction has the factor y, the derivative of what is smooth.
  ///
  /// For |x|² the direction is 2y and the product 2x, whose derivative at 0 is 2.
  mutating func absoluteDerivative(_ direction: NodeID, at x: NodeID, value y: NodeID) -> NodeID {
    let usual = times(direction, add(Sign(), x))
    var quotient = Quotient { graph, part in graph.add(Multiply(), part, graph.constant(0, like: part)) }
    guard let found = quotient.found(&self, direction, over: y) else { return usual }
    let isZero = add(Equal(), x, constant(0, like: x))
    return add(Select(), isZero, add(Multiply(), found, x), usual)
  }
}

extension Graph {
  /// The derivative of s = uⁿ, n even, along the adjoint from a root y = √s, which is |u|^(n/2).
  ///
  /// Where that is a smooth function of u (u is not negative by its form, or n is a multiple of 4) it has the derivative
  /// of u^(n/2) at 0: √(x⁴) is x². Nil for other functions. See Note [Zero times infinity].
  mutating func evenPowerDerivative(
    _ direction: NodeID, at u: NodeID, value s: NodeID, exponent: Double, slope: NodeID
  ) -> NodeID? {
    let half = exponent / 2
    guard isNonnegative(u) || half.truncatingRemainder(dividingBy: 2) == 0,
      let choice = operands(of: direction, as: Select.self), let test = operands(of: choice[0], as: Equal.self),
      isFilled(test[1], with: 0), operands(of: test[0], as: SquareRoot.self)?[0] == s
    else { return nil }
    guard let outer = factor(choice[2], beside: add(Divide(), constant(0.5, like: s), test[0])) else { return nil }
    let lower = add(Power(), u, constant(half - 1, like: u))
    let smooth = add(Multiply(), outer, add(Multiply(), constant(half, like: u), lower))
    return add(Select(), choice[0], smooth, add(ScaleAdjoint(), choice[2], slope))
  }

  /// The other factor of a product; 1 for the factor itself, nil where the node is no such product.
  private mutating func factor(_ product: NodeID, beside slope: NodeID) -> NodeID? {
    if product == slope { return constant(1, like: slope) }
    guard self[product].primitive is ScaleAdjoint || self[product].primitive is Multiply else { return nil }
    let inputs = self[product].inputs
    return inputs[1] == slope ? inputs[0] : nil
  }
}

/// Division of a formula by a node that is one of its factors.
struct Quotient {
  /// What stands for a term without the factor.
  let remainder: (inout Graph, NodeID) -> NodeID
  private var known: [[NodeID]: NodeID?] = [:]

  /// The deepest formula that is looked into; what lies deeper counts as without the factor.
  private static let depthMax = 64

  init(remainder: @escaping (inout Graph, NodeID) -> NodeID) { self.remainder = remainder }

  /// node / factor, with `remainder` for terms without the factor; nil where no term has it.
  mutating func found(_ graph: inout Graph, _ node: NodeID, over factor: NodeID) -> NodeID? {
    found(&graph, node, over: factor, depth: Self.depthMax)
  }

  private mutating func found(_ graph: inout Graph, _ node: NodeID, over factor: NodeID, depth: Int) -> NodeID? {
    // Nodes before the factor cannot contain it.
    guard node >= factor, depth > 0 else { return nil }
    if let result = known[[node, factor]] { return result }
    let part = divided(&graph, node, over: factor, depth: depth - 1)
    let result = part.map { graph.broadcast($0, to: graph.shape(node)) }
    known[[node, factor]] = .some(result)
    return result
  }

  private mutating func divided(_ graph: inout Graph, _ node: NodeID, over factor: NodeID, depth: Int) -> NodeID? {
    if node == factor { return graph.constant(1, like: factor) }
    let (primitive, inputs) = (graph[node].primitive, graph[node].inputs)
    switch primitive {
    case is Square:
      return found(&graph, inputs[0], over: factor, depth: depth).map { graph.add(Multiply(), $0, inputs[0]) }
    case is Power where inputs[0] == factor:
      guard let exponent = graph.filledValue(inputs[1]), exponent >= 1 else { return nil }
      return graph.add(Power(), factor, graph.constant(exponent - 1, like: factor))
    case is Multiply, is ScaleAdjoint:
      for taken in [1, 0] {
        guard let part = found(&graph, inputs[taken], over: factor, depth: depth) else { continue }
        return graph.add(primitive, inputs: taken == 0 ? [part, inputs[1]] : [inputs[0], part])
      }
      return nil
    case is Divide:
      return found(&graph, inputs[0], over: factor, depth: depth).map { graph.add(Divide(), $0, inputs[1]) }
    case is Add, is Subtract, is Select:
      return terms(&graph, node, over: factor, depth: depth)
    default: return moved(&graph, node, over: factor, depth: depth)
    }
  }

  /// Sums and choices, term by term.
  private mutating func terms(_ graph: inout Graph, _ node: NodeID, over factor: NodeID, depth: Int) -> NodeID? {
    let primitive = graph[node].primitive
    var inputs = graph[node].inputs
    let positions = primitive is Select ? [1, 2] : [0, 1]
    let parts = positions.map { found(&graph, inputs[$0], over: factor, depth: depth) }
    guard parts.contains(where: { $0 != nil }) else { return nil }
    for (position, part) in zip(positions, parts) {
      if let part {
        inputs[position] = part
      } else if !graph.isFilled(inputs[position], with: 0) {
        inputs[position] = remainder(&graph, inputs[position])
      }
    }
    return graph.add(primitive, inputs: inputs)
  }

  /// Linear maps: any of them by a scalar factor, a changed shape also by a factor of the same elements.
  private mutating func moved(_ graph: inout Graph, _ node: NodeID, over factor: NodeID, depth: Int) -> NodeID? {
    let primitive = graph[node].primitive
    var inputs = graph[node].inputs
    switch primitive {
    case is Negate,
      is Reshape where graph.shape(factor).rank == 0, is ReduceSum where graph.shape(factor).rank == 0,
      is BroadcastTo where graph.shape(factor).rank == 0, is Transpose where graph.shape(factor).rank == 0:
      guard let part = found(&graph, inputs[0], over: factor, depth: depth) else { return nil }
      return graph.add(primitive, part)
    case is Reshape where graph.shape(factor) == graph.shape(node):
      let before = graph.reshape(factor, to: graph.shape(inputs[0]))
      guard let part = found(&graph, inputs[0], over: before, depth: depth) else { return nil }
      return graph.add(primitive, part)
    case is Contract where graph.shape(factor).rank == 0:
      for position in [1, 0] {
        guard let part = found(&graph, inputs[position], over: factor, depth: depth) else { continue }
        inputs[position] = part
        return graph.add(primitive, inputs: inputs)
      }
      return nil
    default: return nil
    }
  }
}
