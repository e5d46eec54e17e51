import Testing

import Graph
import Tensors

@Suite struct SimplificationTests {
  private var graph = Graph()
  private let x: NodeID
  private let matrix: NodeID

  init() {
    x = graph.add(Input(index: 0, type: TensorType([3], .f64)))
    matrix = graph.add(Input(index: 1, type: TensorType([2, 3], .f64)))
  }

  // `#expect` evaluates its operands on copies of `graph`, where different new nodes get equal numbers.
  private func expect(_ a: NodeID, isSameAs b: NodeID, at location: SourceLocation = #_sourceLocation) {
    #expect(a == b, sourceLocation: location)
  }

  private func expect(_ a: NodeID, differsFrom b: NodeID, at location: SourceLocation = #_sourceLocation) {
    #expect(a != b, sourceLocation: location)
  }

  @Test mutating func neutralElementsDisappear() {
    let one = graph.constant(1, .f64), zero = graph.constant(0, .f64)
    expect(graph.add(Multiply(), x, one), isSameAs: x)
    expect(graph.add(Multiply(), one, x), isSameAs: x)
    expect(graph.add(Divide(), x, one), isSameAs: x)
    expect(graph.add(Add(), zero, x), isSameAs: x)
    expect(graph.add(Add(), x, graph.filled(0, graph.type(x))), isSameAs: x)
    expect(graph.add(Subtract(), x, zero), isSameAs: x)
    expect(graph.add(Power(), x, one), isSameAs: x)
    expect(graph.add(Power(), x, graph.constant(2, .f64)), isSameAs: graph.add(Square(), x))
    expect(graph.add(Negate(), graph.add(Negate(), x)), isSameAs: x)
  }

  @Test mutating func whatWouldChangeBitsOrShapesStays() {
    let zero = graph.constant(0, .f64)
    expect(graph.add(Multiply(), x, zero), differsFrom: zero)
    expect(graph.add(Subtract(), zero, x), differsFrom: graph.add(Negate(), x))
    expect(graph.add(Add(), x, graph.filled(0, TensorType([2, 3], .f64))), differsFrom: x)
    expect(graph.add(Multiply(), x, graph.filled(1, TensorType([2, 3], .f64))), differsFrom: x)
    expect(graph.constant(-0.0, .f64), differsFrom: zero)
  }

  @Test mutating func movesCancel() {
    let transposed = graph.add(Transpose(permutation: [1, 0]), matrix)
    expect(graph.add(Transpose(permutation: [1, 0]), transposed), isSameAs: matrix)
    expect(graph.reshape(graph.reshape(matrix, to: [6]), to: [2, 3]), isSameAs: matrix)
    expect(graph.reshape(graph.reshape(matrix, to: [6]), to: [3, 2]), isSameAs: graph.reshape(matrix, to: [3, 2]))
    expect(graph.add(Reverse(axes: [1]), graph.add(Reverse(axes: [1]), matrix)), isSameAs: matrix)
    expect(graph.add(Slice(starts: [0, 0], stops: [2, 3]), matrix), isSameAs: matrix)
    let padded = graph.add(Pad(low: [1, 0], high: [0, 2]), matrix)
    expect(graph.add(Slice(starts: [1, 0], stops: [3, 3]), padded), isSameAs: matrix)
    let zeros = graph.add(Slice(starts: [0, 0], stops: [1, 5]), padded)
    #expect(graph.filledValue(zeros) == 0)
    let joined = graph.add(Concatenate(axis: 1), matrix, graph.add(Exponential(), matrix))
    expect(graph.add(Slice(starts: [0, 3], stops: [2, 6]), joined), isSameAs: graph.add(Exponential(), matrix))
  }

  @Test mutating func sumOfAContractionIsAContraction() {
    let outer = graph.add(Contract(left: [0], right: [1], output: [0, 1]), x, x)
    let sum = graph.add(ReduceSum(axes: [1]), outer)
    expect(sum, isSameAs: graph.add(Contract(left: [0], right: [1], output: [0]), x, x))
  }

  @Test mutating func selectionByAConstantIsTheBranch() {
    let other = graph.add(Exponential(), x)
    expect(graph.add(Select(), graph.constant(1, .f64), x, other), isSameAs: x)
    expect(graph.add(Select(), graph.constant(0, .f64), x, other), isSameAs: other)
    expect(
      graph.add(Select(), graph.constant(1, .f64), graph.constant(2, .f64), x), differsFrom: graph.constant(2, .f64))
  }

  @Test mutating func constantsAreFoldedWhereEveryMachineAgrees() {
    let two = graph.constant(2, .f64), three = graph.constant(3, .f64)
    expect(graph.add(Divide(), two, three), isSameAs: graph.constant(2.0 / 3.0, .f64))
    expect(graph.add(SquareRoot(), two), isSameAs: graph.constant(2.0.squareRoot(), .f64))
    let exponential = graph.add(Exponential(), two)
    #expect(graph.scalarConstant(exponential) == nil)
    let single = graph.add(Divide(), graph.constant(1, .f32), graph.constant(3, .f32))
    #expect(graph.scalarConstant(single)?.value == Double(Float(1) / Float(3)))
  }

  @Test mutating func equalApplicationsAreOneNode() {
    expect(graph.add(Sine(), x), isSameAs: graph.add(Sine(), x))
    expect(graph.add(ReduceSum(axes: [0]), x), differsFrom: graph.add(ReduceSum(axes: []), x))
  }
}
