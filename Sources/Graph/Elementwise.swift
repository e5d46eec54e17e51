package import Tensors

// The elementwise families. A primitive of these families states its opcode, its value on one element
// and the product of its derivative with a direction; everything else follows here.

/// Which function an `ElementwiseBinary` primitive is, for kernels.
package enum BinaryOpcode: UInt8, CaseIterable, Hashable, Sendable {
  case add, subtract, multiply, divide, power, maximum, minimum, modulo, floorDivide, arcTangent2
  case less, lessEqual, equal, notEqual
  /// 0 where the first operand is 0, else the product; see `ScaleAdjoint`.
  case scaleAdjoint
  /// To the format of which the second operand is the code; see `RoundTo` and `Spacing`.
  case roundTo, spacing
}

/// A function of one real, applied to every element.
package protocol ElementwiseUnary: Primitive {
  init()
  static var opcode: UnaryOpcode { get }
  /// Whether i64 operands are taken too.
  static var acceptsIntegers: Bool { get }
  /// Whether every implementation of `value` gives the same bits, so that constants may be folded.
  static var isExactlyRounded: Bool { get }
  /// The function on one element.
  static func value(_ x: Double) -> Double
  /// f′(x) · direction, elementwise; nil where f′ is zero everywhere.
  func derivative(_ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID) -> NodeID?
}

extension ElementwiseUnary {
  package static var acceptsIntegers: Bool { false }
  package static var isExactlyRounded: Bool { false }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs[0].dtype.isReal || Self.acceptsIntegers else {
      throw .dtype(operation: Self.name, inputs[0].dtype)
    }
    return inputs[0]
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    [derivative(&graph, times: adjoint, at: inputs[0], value: output)]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[0] else { return nil }
    return derivative(&graph, times: tangent, at: inputs[0], value: output)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(self, inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(rounding: inputs[0].values.map(Self.value), to: inputs[0].type)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    guard Self.isExactlyRounded, let x = graph.scalarConstant(inputs[0]), x.dtype.isReal else { return nil }
    return graph.constant(Self.value(x.value), x.dtype)
  }
}

/// A function of two reals, applied to every pair of elements after broadcasting.
///
/// Sizes are aligned from the last axis; they must be equal, or one of them 1 or missing.
package protocol ElementwiseBinary: Primitive {
  init()
  static var opcode: BinaryOpcode { get }
  /// Whether i64 operands are taken too.
  static var acceptsIntegers: Bool { get }
  /// Whether the result is a truth value: 0 or 1 in the operands' real type, f64 for i64 operands.
  static var isComparison: Bool { get }
  /// Whether every implementation of `value` gives the same bits, so that constants may be folded.
  static var isExactlyRounded: Bool { get }
  /// The function on one pair.
  static func value(_ a: Double, _ b: Double) -> Double
  /// The partial derivative by `operand` (0 or 1) times a direction; nil where it is zero everywhere.
  func derivative(_ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint) -> NodeID?
}

/// Where a binary function is differentiated: its operands and its value there.
package struct BinaryPoint {
  package var a: NodeID
  package var b: NodeID
  package var value: NodeID
}

extension ElementwiseBinary {
  package static var acceptsIntegers: Bool { false }
  package static var isComparison: Bool { false }
  package static var isExactlyRounded: Bool { false }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    guard a.dtype == b.dtype else { throw .dtype(operation: Self.name, b.dtype) }
    guard a.dtype.isReal || Self.acceptsIntegers else { throw .dtype(operation: Self.name, a.dtype) }
    guard let shape = a.shape.broadcast(with: b.shape) else {
      throw .mismatch(operation: Self.name, left: a.shape, right: b.shape)
    }
    return TensorType(shape, Self.isComparison && !a.dtype.isReal ? .f64 : a.dtype)
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let point = BinaryPoint(a: inputs[0], b: inputs[1], value: output)
    var result: [NodeID?] = []
    for operand in 0...1 {
      let whole = derivative(&graph, by: operand, times: adjoint, at: point)
      result.append(whole.map { graph.sum($0, toShapeOf: inputs[operand]) })
    }
    return result
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    let point = BinaryPoint(a: inputs[0], b: inputs[1], value: output)
    var parts: [NodeID] = []
    for operand in 0...1 {
      guard let tangent = tangents[operand] else { continue }
      guard let part = derivative(&graph, by: operand, times: tangent, at: point) else { continue }
      parts.append(graph.broadcast(part, to: graph.shape(output)))
    }
    return graph.total(parts)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    let aligned = graph.alignedForBroadcast(inputs, isBatched: isBatched)
    return graph.add(self, aligned[0], aligned[1])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    let a = inputs[0].broadcast(to: type.shape), b = inputs[1].broadcast(to: type.shape)
    return ReferenceTensor(rounding: zip(a, b).map(Self.value), to: type)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    foldedConstant(&graph, inputs: inputs)
  }

  /// The value on two scalar constants, where it is the same on every machine.
  package func foldedConstant(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    guard Self.isExactlyRounded, let a = graph.scalarConstant(inputs[0]), let b = graph.scalarConstant(inputs[1]),
      a.dtype == b.dtype, a.dtype.isReal
    else { return nil }
    return graph.constant(Self.value(a.value, b.value), a.dtype)
  }
}
