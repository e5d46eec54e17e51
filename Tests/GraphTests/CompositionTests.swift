import Testing

import Graph
import Tensors

/// What is built of primitives.
@Suite struct CompositionTests {
  private func evaluate(
    _ types: [([Int], [Double])], _ function: (inout Graph, [NodeID]) throws -> NodeID
  ) throws -> ReferenceTensor {
    var graph = Graph()
    let inputs = types.enumerated().map {
      graph.add(Input(index: $0.offset, type: TensorType(Shape($0.element.0), .f64)))
    }
    let output = try function(&graph, inputs)
    var values: [NodeID: ReferenceTensor] = [:]
    for (input, type) in zip(inputs, types) { values[input] = ReferenceTensor(graph.type(input), type.1) }
    return Interpreter.evaluate(graph, outputs: [output], inputs: values)[0]
  }

  private let image: ([Int], [Double]) = ([1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])

  @Test func convolutionIsACorrelation() throws {
    let filters: ([Int], [Double]) = ([1, 1, 2, 2], [1, 0, 0, -1])
    let plain = try evaluate([image, filters]) { try $0.convolve2d($1[0], $1[1], stride: [1, 1], padding: [0, 0]) }
    #expect(plain == ReferenceTensor(TensorType([1, 1, 2, 2], .f64), [-4, -4, -4, -4]))
    let padded = try evaluate([image, filters]) { try $0.convolve2d($1[0], $1[1], stride: [2, 2], padding: [1, 1]) }
    #expect(padded == ReferenceTensor(TensorType([1, 1, 2, 2], .f64), [-1, -3, -7, -4]))
  }

  @Test func poolingTakesWindowsAndNeverThePaddingAsLargest() throws {
    let largest = try evaluate([image]) { try $0.maxPool2d($1[0], kernel: [2, 2], stride: [1, 1], padding: [0, 0]) }
    #expect(largest.values == [5, 6, 8, 9])
    let negative = (image.0, image.1.map { -$0 })
    let padded = try evaluate([negative]) {
      try $0.maxPool2d($1[0], kernel: [2, 2], stride: [2, 2], padding: [1, 1])
    }
    #expect(padded.values == [-1, -2, -4, -5])
    let mean = try evaluate([image]) { try $0.averagePool2d($1[0], kernel: [2, 2], stride: [1, 1], padding: [0, 0]) }
    #expect(mean.values == [3, 4, 6, 7])
  }

  @Test func factorisationsMultiplyBack() throws {
    let a: ([Int], [Double]) = ([2, 3], [1, 2, 3, 4, 5, 7])
    let identity: [Double] = [1, 0, 0, 1]
    let svd = try evaluate([a]) { graph, inputs in
      let (u, s, vt) = try graph.singularValues(inputs[0])
      return graph.product(u, graph.product(graph.diagonalMatrix(s), vt))
    }
    #expect(relativeError(svd, ReferenceTensor(svd.type, a.1)) < 1e-14)
    let gram = try evaluate([a]) { graph, inputs in
      let q = try graph.qr(inputs[0]).q
      return graph.product(graph.matrixTranspose(q), q)
    }
    #expect(relativeError(gram, ReferenceTensor(gram.type, identity)) < 1e-14)
    let square: ([Int], [Double]) = ([2, 2], [3, 1, 2, 4])
    let inverse = try evaluate([square]) { graph, inputs in graph.product(inputs[0], try graph.inverse(inputs[0])) }
    #expect(relativeError(inverse, ReferenceTensor(inverse.type, identity)) < 1e-14)
    let logarithm = try evaluate([square]) { graph, inputs in try graph.logDeterminant(inputs[0]) }
    #expect(relativeError(logarithm.values[0], 2.302585092994046) < 1e-14)
  }

  @Test func signsOfFactorsAreFixed() throws {
    let a: ([Int], [Double]) = ([2, 2], [-3, 1, 1, -2])
    let r = try evaluate([a]) { graph, inputs in graph.diagonal(try graph.qr(inputs[0]).r) }
    #expect(r.values.allSatisfy { $0 > 0 })
    let vectors = try evaluate([a]) { graph, inputs in try graph.symmetricEigen(inputs[0]).vectors }
    #expect(vectors.values[0] > 0 && vectors.values[3] > 0)
    let values = try evaluate([a]) { graph, inputs in try graph.symmetricEigen(inputs[0]).values }
    #expect(values.values[0] < values.values[1])
  }

  /// Eigenvalues alone have a gradient where they coincide: that of a symmetric function of them.
  @Test func gradientOfTheTraceByEigenvaluesIsFiniteAtAMultipleOfTheIdentity() throws {
    var graph = Graph()
    let a = graph.add(Input(index: 0, type: TensorType([2, 2], .f64)))
    let trace = graph.add(ReduceSum(axes: [0]), try graph.symmetricEigen(a).values)
    let gradient = try graph.gradient(of: trace, withRespectTo: [a])[0]
    let value = Interpreter.evaluate(
      graph, outputs: [gradient], inputs: [a: ReferenceTensor(graph.type(a), [2, 0, 0, 2])])
    #expect(value[0].values == [1, 0, 0, 1])
  }

  @Test func activationsHaveTheirValues() throws {
    let x: ([Int], [Double]) = ([2], [0, 1])
    #expect(relativeError(try evaluate([x]) { $0.gelu($1[0]) }.values[1], 0.8413447460685429) < 1e-15)
    #expect(relativeError(try evaluate([x]) { $0.silu($1[0]) }.values[1], 0.7310585786300049) < 1e-15)
  }

  /// Gradient descent on (w − a)²/2 inside a loop, differentiated by the learning rate, twice.
  @Test func loopsDifferentiateThroughTheirBodiesGradient() throws {
    let scalar = TensorType(.scalar, .f64)
    let body = try Subgraph(inputTypes: [TensorType(.scalar, .i64), scalar, scalar]) {
      graph, inputs throws(DerivativeError) in
      let loss = graph.add(Multiply(), graph.constant(0.5, .f64), graph.add(Square(), inputs[1]))
      let gradient = try graph.gradient(of: loss, withRespectTo: [inputs[1]])[0]
      return [graph.add(Subtract(), inputs[1], graph.add(Multiply(), inputs[2], gradient))]
    }
    var graph = Graph()
    let rate = graph.add(Input(index: 0, type: scalar))
    let start = graph.constant(1, .f64)
    let end = try graph.loop(Loop(count: 5, carryCount: 1, body: body), carried: [start], constants: [rate]).carried[0]
    let first = try graph.gradient(of: end, withRespectTo: [rate])[0]
    let second = try graph.gradient(of: first, withRespectTo: [rate])[0]
    let third = try graph.jacobianVectorProduct(of: [second], withRespectTo: [rate], tangents: [start])[0]
    let results = Interpreter.evaluate(
      graph, outputs: [end, first, second, third], inputs: [rate: ReferenceTensor(scalar, [0.5])])
    // (1 − η)⁵ and its derivatives at η = ½.
    for (result, expected) in zip(results, [1.0 / 32, -5.0 / 16, 20.0 / 8, -60.0 / 4]) {
      #expect(relativeError(result.values[0], expected) < 1e-14)
    }
  }

  @Test func loopsNest() throws {
    let scalar = TensorType(.scalar, .f64), turn = TensorType(.scalar, .i64)
    let inner = Subgraph(inputTypes: [turn, scalar, scalar]) { graph, inputs in
      [graph.add(Multiply(), inputs[1], inputs[2])]
    }
    let outer = try Subgraph(inputTypes: [turn, scalar, scalar]) { graph, inputs throws(ShapeError) in
      try graph.loop(Loop(count: 2, carryCount: 1, body: inner), carried: [inputs[1]], constants: [inputs[2]]).carried
    }
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalar))
    let power = try graph.loop(
      Loop(count: 3, carryCount: 1, body: outer), carried: [graph.constant(1, .f64)], constants: [x]
    ).carried[0]
    let gradient = try graph.gradient(of: power, withRespectTo: [x])[0]
    let hessian = try graph.hessian(of: power, withRespectTo: [x])
    let values = Interpreter.evaluate(
      graph, outputs: [power, gradient, hessian], inputs: [x: ReferenceTensor(scalar, [2])])
    #expect(values.map { $0.values[0] } == [64, 192, 480])
  }

  /// x ← 2x until x ≥ 10: members start apart, so they stop at different turns.
  @Test func membersOfALoopStopEachAtItsOwnTurn() throws {
    let scalar = TensorType(.scalar, .f64)
    let condition = Subgraph(inputTypes: [scalar]) { graph, inputs in
      [graph.add(Less(), inputs[0], graph.constant(10, .f64))]
    }
    let body = Subgraph(inputTypes: [scalar]) { graph, inputs in [graph.add(Add(), inputs[0], inputs[0])] }
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalar)), many = graph.add(Input(index: 1, type: TensorType([4], .f64)))
    let y = try graph.whileLoop(WhileLoop(condition: condition, body: body, limit: 3), carried: [x])[0]
    let slope = try graph.jacobianVectorProduct(of: [y], withRespectTo: [x], tangents: [graph.constant(1, .f64)])[0]
    let all = graph.batch(outputs: [y, slope], inputs: [(x, many)], size: 4)
    let values = Interpreter.evaluate(
      graph, outputs: all, inputs: [many: ReferenceTensor(graph.type(many), [12, 5, 3, 1])])
    #expect(values[0].values == [12, 10, 12, 8])
    #expect(values[1].values == [1, 2, 4, 8])
  }

  @Test func drawsAreThoseOfTheStreamOfTheirKey() {
    let key = ReferenceTensor(TensorType([2, 3], .i64), [11, 5, 0, 11, 5, 1])
    let stream = RandomStream(key: 11)
    let normal = Draw(distribution: .normal, shape: [3], dtype: .f64).reference([key])
    #expect(normal.values == stream.normal(3, step: 5, lane: 0) + stream.normal(3, step: 5, lane: 1))
    let index = Draw(distribution: .index(below: 4), shape: [20], dtype: .i64).reference([key])
    #expect(index.values.allSatisfy { 0..<4 ~= $0 && $0 == $0.rounded() })
    let sign = Draw(distribution: .rademacher, shape: [20], dtype: .f32).reference([key])
    #expect(Set(sign.values) == [-1, 1])
  }
}
