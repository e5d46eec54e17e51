import Testing

import Graph
import Tensors

/// Derivatives where a rule meets 0 · ∞, by every way to compute them; see Note [Zero times infinity].
@Suite struct ZeroTimesInfinityTests {
  /// A scalar function of a vector with its gradient and its Hessian at a point.
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var point: [Double]
    var gradient: [Double]
    /// The same by forward mode, which sees no factors that cancel: no number where it is not the gradient.
    var tangents: [Double]
    /// In row-major order; nil where every entry is to be not a number.
    var hessian: [Double]?
    var function: @Sendable (inout Graph, NodeID) -> NodeID

    init(
      _ name: String, at point: [Double], gradient: [Double], tangents: [Double]? = nil, hessian: [Double]?,
      _ function: @escaping @Sendable (inout Graph, NodeID) -> NodeID
    ) {
      (testDescription, self.point, self.gradient, self.hessian) = ("\(name) at \(point)", point, gradient, hessian)
      self.tangents = tangents ?? gradient
      self.function = function
    }
  }

  static let cases: [Case] = smoothPowers + kinks + tips + masks + others

  private static let smoothPowers = [
    Case("‖x‖²", at: [0, 0], gradient: [0, 0], hessian: [2, 0, 0, 2]) { $0.add(Square(), $0.norm($1)) },
    Case("‖x‖²", at: [1e-170, 0], gradient: [2e-170, 0], hessian: [2, 0, 0, 2]) { $0.add(Square(), $0.norm($1)) },
    Case("‖x‖ ‖x‖", at: [0, 0], gradient: [0, 0], hessian: [2, 0, 0, 2]) {
      $0.add(Multiply(), $0.norm($1), $0.norm($1))
    },
    Case("‖x‖³", at: [0, 0], gradient: [0, 0], hessian: [0, 0, 0, 0]) { $0.power($0.norm($1), 3) },
    Case("‖x‖⁴", at: [0, 0], gradient: [0, 0], hessian: [0, 0, 0, 0]) { $0.power($0.norm($1), 4) },
    Case("std²", at: [1, 1], gradient: [0, 0], hessian: [0.5, -0.5, -0.5, 0.5]) { $0.add(Square(), $0.deviation($1)) },
    Case("log(1 + ‖x‖²)", at: [0, 0], gradient: [0, 0], hessian: [2, 0, 0, 2]) {
      $0.add(Log1p(), $0.add(Square(), $0.norm($1)))
    },
    Case("Huber", at: [0, 0], gradient: [0, 0], hessian: [1, 0, 0, 1]) { graph, x in
      let y = graph.norm(x), half = graph.constant(0.5, .f64)
      let isInside = graph.add(Less(), y, graph.constant(1, .f64))
      let square = graph.add(Multiply(), graph.add(Square(), y), half)
      return graph.add(Select(), isInside, square, graph.add(Subtract(), y, half))
    },
    Case("Σ |x|²", at: [0, 3], gradient: [0, 6], hessian: [2, 0, 0, 2]) {
      $0.sum($0.add(Square(), $0.add(Absolute(), $1)))
    },
    Case("Σ √(x²)²", at: [0, 3], gradient: [0, 6], hessian: [2, 0, 0, 2]) {
      $0.sum($0.add(Square(), $0.add(SquareRoot(), $0.add(Square(), $1))))
    },
    Case("Σ √(x⁴)", at: [0, 3], gradient: [0, 6], hessian: [2, 0, 0, 2]) {
      $0.sum($0.add(SquareRoot(), $0.power($1, 4)))
    },
    Case("Σ √((x²)²)", at: [0, 3], gradient: [0, 6], hessian: [2, 0, 0, 2]) {
      $0.sum($0.add(SquareRoot(), $0.add(Square(), $0.add(Square(), $1))))
    },
    Case("Σ √x²", at: [0, 4], gradient: [1, 1], tangents: [.nan, 1], hessian: [0, 0, 0, 0]) {
      $0.sum($0.add(Square(), $0.add(SquareRoot(), $1)))
    },
  ]

  private static let kinks = [
    Case("‖x‖", at: [0, 0], gradient: [0, 0], hessian: nil) { $0.norm($1) },
    Case("std", at: [1, 1], gradient: [0, 0], hessian: nil) { $0.deviation($1) },
    Case("‖x‖² + ‖x‖", at: [0, 0], gradient: [0, 0], hessian: nil) { graph, x in
      let y = graph.norm(x)
      return graph.add(Add(), graph.add(Square(), y), y)
    },
    Case("x₀ ‖x‖", at: [0, 0], gradient: [0, 0], hessian: nil) { graph, x in
      let first = graph.reshape(graph.add(Slice(starts: [0], stops: [1]), x), to: [])
      return graph.add(Multiply(), first, graph.norm(x))
    },
    Case("‖x‖^1.5", at: [0, 0], gradient: [0, 0], hessian: nil) { $0.power($0.norm($1), 1.5) },
    Case("Σ (‖x‖ + c)²", at: [3, 4], gradient: [9.6, 12.8], hessian: [3.488, 0.384, 0.384, 3.712]) { graph, x in
      let c = graph.add(Constant(value: Tensor([1, -3], shape: [2])))
      return graph.sum(graph.add(Square(), graph.add(Add(), graph.norm(x), c)))
    },
    Case("Σ |x|", at: [0, 2], gradient: [0, 1], hessian: [0, 0, 0, 0]) { $0.sum($0.add(Absolute(), $1)) },
    Case("Σ relu x", at: [0, 2], gradient: [0, 1], hessian: [0, 0, 0, 0]) { $0.sum($0.add(Relu(), $1)) },
  ]

  /// Functions of a norm that have a tip at 0: the second derivative does not exist, whichever way it is computed.
  private static let tips = [
    tip("Σ (‖x‖ + c)²") { graph, y in graph.sum(graph.add(Square(), graph.add(Add(), y, graph.pair(1, -3)))) },
    tip("Σ c (‖x‖ + 1)²") { graph, y in
      let square = graph.add(Square(), graph.add(Add(), y, graph.pair(1, 1)))
      return graph.add(Contract(left: [0], right: [0], output: []), square, graph.pair(1, 2))
    },
    tip("Σ (‖x‖ + c)³") { graph, y in graph.sum(graph.power(graph.add(Add(), y, graph.pair(1, 2)), 3)) },
    tip("(‖x‖ + 1)²") { graph, y in graph.add(Square(), graph.add(Add(), y, graph.constant(1, .f64))) },
    tip("exp ‖x‖") { $0.add(Exponential(), $1) },
    tip("log(1 + ‖x‖)") { $0.add(Log1p(), $1) },
    tip("1/(1 + ‖x‖)") { graph, y in graph.add(Reciprocal(), graph.add(Add(), y, graph.constant(1, .f64))) },
    tip("Σ exp(c ‖x‖)") { graph, y in graph.sum(graph.add(Exponential(), graph.add(Multiply(), graph.pair(1, 2), y))) },
    tip("Σ softplus(‖x‖ - c)") { graph, y in
      graph.sum(graph.add(Softplus(), graph.add(Subtract(), y, graph.pair(1, 2))))
    },
    tip("‖(‖x‖ + 1, ‖x‖ + 2)‖") { graph, y in graph.norm(graph.add(Add(), y, graph.pair(1, 2))) },
    Case("Σ (‖rows‖ + 1)²", at: [0, 0], gradient: [0, 0], hessian: nil) { graph, x in
      let rows = graph.reshape(x, to: [1, 2])
      let norms = graph.add(SquareRoot(), graph.add(ReduceSum(axes: [1]), graph.add(Square(), rows)))
      return graph.sum(graph.add(Square(), graph.add(Add(), norms, graph.constant(1, .f64))))
    },
    Case("(std + 1)²", at: [1, 1], gradient: [0, 0], hessian: nil) { graph, x in
      graph.add(Square(), graph.add(Add(), graph.deviation(x), graph.constant(1, .f64)))
    },
  ]

  private static func tip(_ name: String, _ function: @escaping @Sendable (inout Graph, NodeID) -> NodeID) -> Case {
    Case(name, at: [0, 0], gradient: [0, 0], hessian: nil) { graph, x in
      let y = graph.norm(x)
      return function(&graph, y)
    }
  }

  private static let masks = [
    Case("Σ where(x > 0, x log x, 0)", at: [0, 1], gradient: [0, 1], hessian: [0, 0, 0, 1]) { graph, x in
      graph.chosen(x, above: 0, graph.add(Multiply(), x, graph.add(Logarithm(), x)))
    },
    Case("Σ where(x > 0, x log x, 0)", at: [-1, 1], gradient: [0, 1], hessian: [0, 0, 0, 1]) { graph, x in
      graph.chosen(x, above: 0, graph.add(Multiply(), x, graph.add(Logarithm(), x)))
    },
    Case("Σ where(x > 0, eˣ/x, 0)", at: [0, 1], gradient: [0, 0], hessian: [0, 0, 0, 2.718281828459045]) { graph, x in
      graph.chosen(x, above: 0, graph.add(Divide(), graph.add(Exponential(), x), x))
    },
    Case("Σ where(x > 0, √x, 0)", at: [0, 1], gradient: [0, 0.5], hessian: [0, 0, 0, -0.25]) { graph, x in
      graph.chosen(x, above: 0, graph.add(SquareRoot(), x))
    },
    Case("Σ where(x > 0, ∛x, 0)", at: [0, 1], gradient: [0, 1.0 / 3], hessian: [0, 0, 0, -2.0 / 9]) { graph, x in
      graph.chosen(x, above: 0, graph.add(CubeRoot(), x))
    },
    Case("Σ where(x > 1, √(x²), 0)", at: [0, 2], gradient: [0, 1], hessian: [0, 0, 0, 0]) { graph, x in
      graph.chosen(x, above: 1, graph.add(SquareRoot(), graph.add(Square(), x)))
    },
    Case("the largest norm of rows", at: [0, 0, 3, 4], gradient: [0, 0, 0.6, 0.8], hessian: rowHessian) { graph, x in
      let rows = graph.reshape(x, to: [2, 2])
      let norms = graph.add(SquareRoot(), graph.add(ReduceSum(axes: [1]), graph.add(Square(), rows)))
      return graph.add(ReduceMax(axes: [0]), norms)
    },
  ]

  private static let rowHessian: [Double] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.128, -0.096, 0, 0, -0.096, 0.072,
  ]

  private static let others = [
    Case("Σ x √x", at: [0, 4], gradient: [0, 3], tangents: [.nan, 3], hessian: [.infinity, 0, 0, 0.375]) {
      $0.sum($0.add(Multiply(), $1, $0.add(SquareRoot(), $1)))
    },
    Case("Σ x³", at: [0, 2], gradient: [0, 12], hessian: [0, 0, 0, 12]) { $0.sum($0.power($1, 3)) },
    Case("Π x", at: [0, 2], gradient: [2, 0], hessian: [0, 1, 1, 0]) { $0.add(ReduceProduct(axes: [0]), $1) },
  ]

  @Test(arguments: cases)
  func gradients(_ test: Case) throws {
    for simplifies in [true, false] {
      let function = Function(test, simplifies: simplifies)
      #expect(isEqual(try function.reverseGradient(), test.gradient), "reverse")
      #expect(isEqual(try function.forwardGradient(), test.tangents), "forward")
    }
  }

  @Test(arguments: cases)
  func secondDerivatives(_ test: Case) throws {
    let expected = test.hessian ?? [Double](repeating: .nan, count: test.point.count * test.point.count)
    let function = Function(test, simplifies: true)
    #expect(isEqual(try function.hessian(.forwardOverReverse), expected), "forward over reverse")
    #expect(isEqual(try function.hessian(.reverseOverReverse), expected), "reverse over reverse")
    #expect(isEqual(try function.hessian(.batched), expected), "batched")
  }

  /// 0/0 that is defined as 0 has no derivative, and none that is finite.
  @Test func aDefinedQuotientHasNoDerivativeAtZero() throws {
    let quotient = Case("Σ x / ‖x‖", at: [0, 0], gradient: [.nan, .nan], hessian: nil) { graph, x in
      let zero = graph.constant(0, .f64), bottom = graph.norm(x)
      let tests = (graph.add(Equal(), x, zero), graph.add(Equal(), bottom, zero))
      let both = graph.add(Multiply(), tests.0, tests.1)
      let divisor = graph.add(Select(), both, graph.constant(1, .f64), bottom)
      return graph.sum(graph.add(Divide(), x, divisor))
    }
    #expect(isEqual(try Function(quotient, simplifies: true).reverseGradient(), [.nan, .nan]))
    #expect(isEqual(try Function(quotient, simplifies: true).forwardGradient(), [.nan, .nan]))
  }

  /// Forward mode first sees no factors that cancel: what it gives then is the second derivative or no number.
  @Test(arguments: cases)
  func derivativesOfTangentsAreRightOrNone(_ test: Case) throws {
    let expected = test.hessian ?? [Double](repeating: .nan, count: test.point.count * test.point.count)
    let function = Function(test, simplifies: true)
    for way in [Function.Way.reverseOverForward, .forwardOverForward] {
      let found = try function.hessian(way)
      for (value, wanted) in zip(found, expected) where !value.isNaN {
        #expect(value == wanted || abs(value - wanted) <= 1e-14 * max(1, abs(wanted)), "\(way): \(found)")
      }
    }
  }

  private func isEqual(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { ($0.isNaN && $1.isNaN) || $0 == $1 || abs($0 - $1) <= 1e-14 * max(1, abs($1)) }
  }
}

/// A case as a graph.
private struct Function {
  enum Way { case forwardOverReverse, reverseOverReverse, reverseOverForward, forwardOverForward, batched }

  var graph = Graph()
  let x: NodeID
  let y: NodeID
  let point: ReferenceTensor

  init(_ test: ZeroTimesInfinityTests.Case, simplifies: Bool) {
    graph.simplifies = simplifies
    let type = TensorType([test.point.count], .f64)
    x = graph.add(Input(index: 0, type: type))
    y = test.function(&graph, x)
    point = ReferenceTensor(type, test.point)
  }

  func reverseGradient() throws -> [Double] {
    var graph = graph
    let gradient = try graph.gradient(of: y, withRespectTo: [x])
    return Interpreter.evaluate(graph, outputs: gradient, inputs: [x: point])[0].values
  }

  func forwardGradient() throws -> [Double] {
    try units().map { unit in
      var graph = graph
      let direction = graph.add(Constant(value: Tensor(unit, shape: [unit.count])))
      let tangent = try graph.jacobianVectorProduct(of: [y], withRespectTo: [x], tangents: [direction])
      return Interpreter.evaluate(graph, outputs: tangent, inputs: [x: point])[0].values[0]
    }
  }

  func hessian(_ way: Way) throws -> [Double] {
    var graph = graph
    let direction = graph.add(Input(index: 1, type: graph.type(x)))
    if way == .forwardOverForward { return try forwardTwice() }
    let product: NodeID
    switch way {
    case .reverseOverReverse:
      let gradient = try graph.gradient(of: y, withRespectTo: [x])[0]
      let along = graph.add(Contract(left: [0], right: [0], output: []), gradient, direction)
      product = try graph.gradient(of: along, withRespectTo: [x])[0]
    case .reverseOverForward:
      let along = try graph.jacobianVectorProduct(of: [y], withRespectTo: [x], tangents: [direction])[0]
      product = try graph.gradient(of: along, withRespectTo: [x])[0]
    default: product = try graph.hessianVectorProduct(of: y, withRespectTo: [x], times: [direction])[0]
    }
    guard way == .batched else {
      return units().flatMap { unit in
        Interpreter.evaluate(
          graph, outputs: [product], inputs: [x: point, direction: ReferenceTensor(graph.type(x), unit)])[0].values
      }
    }
    let count = point.values.count
    let all = graph.add(Input(index: 2, type: TensorType([count, count], .f64)))
    let rows = graph.batch(outputs: [product], inputs: [(original: direction, replacement: all)], size: count)
    let directions = ReferenceTensor(graph.type(all), units().flatMap { $0 })
    return Interpreter.evaluate(graph, outputs: rows, inputs: [x: point, all: directions])[0].values
  }

  private func forwardTwice() throws -> [Double] {
    try units().flatMap { first in
      try units().map { second in
        var graph = graph
        var value = y
        for unit in [first, second] {
          let direction = graph.add(Constant(value: Tensor(unit, shape: [unit.count])))
          value = try graph.jacobianVectorProduct(of: [value], withRespectTo: [x], tangents: [direction])[0]
        }
        return Interpreter.evaluate(graph, outputs: [value], inputs: [x: point])[0].values[0]
      }
    }
  }

  private func units() -> [[Double]] {
    point.values.indices.map { i in point.values.indices.map { $0 == i ? 1 : 0 } }
  }
}

extension Graph {
  fileprivate mutating func sum(_ x: NodeID) -> NodeID { add(ReduceSum(axes: Array(0..<shape(x).rank)), x) }

  fileprivate mutating func norm(_ x: NodeID) -> NodeID {
    add(SquareRoot(), add(Contract(left: [0], right: [0], output: []), x, x))
  }

  fileprivate mutating func deviation(_ x: NodeID) -> NodeID {
    let count = constant(Double(shape(x).count), .f64)
    let centred = add(Subtract(), x, add(Divide(), sum(x), count))
    return add(SquareRoot(), add(Divide(), sum(add(Square(), centred)), count))
  }

  fileprivate mutating func pair(_ a: Double, _ b: Double) -> NodeID {
    add(Constant(value: Tensor([a, b], shape: [2])))
  }

  fileprivate mutating func power(_ x: NodeID, _ exponent: Double) -> NodeID {
    add(Power(), x, constant(exponent, .f64))
  }

  /// Σ where(x > bound, value, 0).
  fileprivate mutating func chosen(_ x: NodeID, above bound: Double, _ value: NodeID) -> NodeID {
    let isAbove = add(Less(), constant(bound, .f64), x)
    return sum(add(Select(), isAbove, value, constant(0, .f64)))
  }
}
