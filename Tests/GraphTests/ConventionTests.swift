import Testing

import Graph
import Tensors

/// Values and derivatives at the points where a convention is needed.
@Suite struct ConventionTests {
  private let vector = TensorType([3], .f64)

  private func gradient(
    at point: [Double], _ function: (inout Graph, NodeID) throws -> NodeID
  ) throws -> [Double] {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: TensorType([point.count], .f64)))
    let y = try function(&graph, x)
    let axes = Array(0..<graph.shape(y).rank)
    let gradient = try graph.gradient(of: graph.add(ReduceSum(axes: axes), y), withRespectTo: [x])
    return Interpreter.evaluate(graph, outputs: gradient, inputs: [x: ReferenceTensor(graph.type(x), point)])[0].values
  }

  @Test func kinksHaveTheDocumentedDerivative() throws {
    #expect(try gradient(at: [-1, 0, 2]) { $0.add(Relu(), $1) } == [0, 0, 1])
    #expect(try gradient(at: [-1, 0, 2]) { $0.add(Absolute(), $1) } == [-1, 0, 1])
    #expect(try gradient(at: [-1, 0, 2]) { $0.add(Sign(), $1) } == [0, 0, 0])
  }

  @Test func tiesGoToTheFirst() throws {
    #expect(try gradient(at: [2, 1, 2]) { $0.add(ReduceMax(axes: [0]), $1) } == [1, 0, 0])
    #expect(try gradient(at: [2, 1, 1]) { $0.add(ReduceMin(axes: [0]), $1) } == [0, 1, 0])
    #expect(try gradient(at: [2, 0, 1]) { $0.add(Maximum(), $1, $0.constant(1, .f64)) } == [1, 0, 1])
    #expect(try gradient(at: [2, 0, 1]) { $0.add(Minimum(), $0.constant(1, .f64), $1) } == [0, 1, 0])
    #expect(try gradient(at: [2, 2, 1]) { try $0.sorted($1) } == [1, 1, 1])
  }

  /// ∇ where(x > 0, f(x), 0) where f′ is infinite or not a number at the points that are not selected.
  @Test(arguments: [
    Logarithm() as any ElementwiseUnary, SquareRoot(), Reciprocal(), Log1p(), ArcSine(), ArcCosine(),
  ])
  func branchNotTakenContributesExactlyZero(_ primitive: any ElementwiseUnary) throws {
    let points: [Double] = [0, -1, 1]
    let result = try gradient(at: points) { graph, x in
      let inside = graph.add(Less(), graph.constant(2, .f64), x)
      return graph.add(Select(), inside, graph.add(primitive, x), graph.constant(0, .f64))
    }
    #expect(result == [0, 0, 0])
  }

  @Test func divisionAndPowersInABranchNotTakenContributeZero() throws {
    let result = try gradient(at: [0, 1]) { graph, x in
      let inside = graph.add(Less(), graph.constant(0, .f64), x)
      let quotient = graph.add(Divide(), graph.constant(1, .f64), x)
      let root = graph.add(Power(), x, graph.constant(0.5, .f64))
      let sum = graph.add(Add(), quotient, root)
      return graph.add(Select(), inside, sum, graph.constant(0, .f64))
    }
    #expect(result == [0, -0.5])
  }

  @Test func powersAtZeroHaveTheirLimits() throws {
    #expect(try gradient(at: [0]) { $0.add(Power(), $1, $0.constant(3, .f64)) } == [0])
    #expect(try gradient(at: [0]) { $0.add(Power(), $1, $0.constant(1, .f64)) } == [1])
    #expect(try gradient(at: [0]) { $0.add(Power(), $1, $0.constant(0, .f64)) } == [0])
    #expect(try gradient(at: [-2]) { $0.add(Power(), $1, $0.constant(3, .f64)) } == [12])
  }

  @Test func stopGradientIsAConstantToEveryDerivative() throws {
    #expect(try gradient(at: [3]) { $0.add(Multiply(), $1, $0.add(StopGradient(), $1)) } == [3])
  }

  @Test func comparisonsWithNotANumberAreFalse() {
    for primitive in [Less(), LessEqual(), Equal(), NotEqual()] as [any ElementwiseBinary] {
      #expect(type(of: primitive).value(.nan, 1) == 0)
      #expect(type(of: primitive).value(1, .nan) == 0)
    }
    #expect(NotEqual.value(1, 2) == 1 && NotEqual.value(2, 2) == 0)
  }

  @Test func extremaPropagateNotANumber() {
    let row = ReferenceTensor(vector, [1, .nan, 2])
    #expect(ReduceMax(axes: [0]).reference([row]).values[0].isNaN)
    #expect(ReduceMin(axes: [0]).reference([row]).values[0].isNaN)
    #expect(ArgMax().reference([row]).values == [1])
    #expect(ArgMin().reference([row]).values == [1])
  }

  @Test func orderOfEqualElementsIsThatOfTheirIndices() {
    let row = ReferenceTensor(TensorType([5], .f64), [2, -3, 2, 3, 1])
    #expect(ArgSort().reference([row]).values == [1, 4, 0, 2, 3])
    #expect(TopKIndices(k: 3, byMagnitude: false).reference([row]).values == [3, 0, 2])
    #expect(TopKIndices(k: 3, byMagnitude: true).reference([row]).values == [1, 3, 0])
  }

  @Test(arguments: [(7.0, 2.0, 1.0, 3.0), (-7, 2, 1, -4), (7, -2, -1, -4), (-7, -2, -1, 3), (6, 3, 0, 2)])
  func remainderHasTheSignOfTheDivisor(_ a: Double, _ b: Double, _ remainder: Double, _ quotient: Double) {
    #expect(Modulo.value(a, b) == remainder)
    #expect(FloorDivide.value(a, b) == quotient)
  }

  @Test func logSumExpDoesNotOverflow() {
    let large = ReferenceTensor(vector, [1000, 1000, -.infinity])
    #expect(LogSumExp().reference([large]).values[0] == 1000 + 0.6931471805599453)
    #expect(Softmax().reference([large]).values == [0.5, 0.5, 0])
    #expect(
      LogSumExp().reference([ReferenceTensor(vector, [-.infinity, -.infinity, -.infinity])]).values == [-.infinity])
  }

  @Test func singlePrecisionIsRounded() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: TensorType([], .f32)))
    let y = graph.add(Exponential(), x)
    let value = Interpreter.evaluate(graph, outputs: [y], inputs: [x: ReferenceTensor(graph.type(x), [1])])[0].values[0]
    #expect(value == Double(Float(2.718281828459045)))
    let tenth = graph.constant(0.1, .f32)
    #expect(graph.scalarConstant(tenth)?.value == Double(Float(0.1)))
  }
}
