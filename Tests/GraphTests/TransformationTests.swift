import Testing

import Graph
import Tensors

@Suite struct TransformationTests {
  private let scalarType = TensorType(.scalar, .f64)

  private func value(_ graph: Graph, _ node: NodeID, _ inputs: [NodeID: [Double]]) -> [Double] {
    var bound: [NodeID: ReferenceTensor] = [:]
    for (input, values) in inputs { bound[input] = ReferenceTensor(graph.type(input), values) }
    return Interpreter.evaluate(graph, outputs: [node], inputs: bound)[0].values
  }

  /// d⁵/dx⁵ of sin x · e^x and of x⁵.
  @Test func derivativesGoToAnyOrder() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalarType))
    var wave = graph.add(Multiply(), graph.add(Sine(), x), graph.add(Exponential(), x))
    var power = graph.add(Power(), x, graph.constant(5, .f64))
    for _ in 0..<5 {
      wave = try graph.gradient(of: wave, withRespectTo: [x])[0]
      power = try graph.gradient(of: power, withRespectTo: [x])[0]
    }
    // d⁴/dx⁴ (e^x sin x) = −4 e^x sin x.
    let expected = -4 * (0.644217687237691 + 0.7648421872844885) * 2.0137527074704766
    #expect(relativeError(value(graph, wave, [x: [0.7]])[0], expected) < 1e-14)
    #expect(value(graph, power, [x: [0.7]]) == [120])
  }

  @Test func forwardAndReverseNestInEveryOrder() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalarType))
    let one = graph.constant(1, .f64)
    let y = graph.add(Tanh(), graph.add(Square(), x))
    func forward(_ node: NodeID) throws -> NodeID {
      try graph.jacobianVectorProduct(of: [node], withRespectTo: [x], tangents: [one])[0]
    }
    func reverse(_ node: NodeID) throws -> NodeID { try graph.gradient(of: node, withRespectTo: [x])[0] }
    let third = [
      try forward(forward(forward(y))), try forward(reverse(forward(y))), try reverse(forward(reverse(y))),
      try reverse(reverse(reverse(y))),
    ]
    let values = third.map { value(graph, $0, [x: [0.6]])[0] }
    for other in values { #expect(relativeError(other, values[0]) < 1e-13) }
  }

  @Test func hessianIsThatOfTheRosenbrockFunction() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalarType)), y = graph.add(Input(index: 1, type: scalarType))
    let valley = graph.add(Square(), graph.add(Subtract(), y, graph.add(Square(), x)))
    let slope = graph.add(Square(), graph.add(Subtract(), graph.constant(1, .f64), x))
    let f = graph.add(Add(), slope, graph.add(Multiply(), graph.constant(100, .f64), valley))
    let hessian = try graph.hessian(of: f, withRespectTo: [x, y])
    #expect(graph.shape(hessian) == [2, 2])
    #expect(value(graph, hessian, [x: [1], y: [1]]) == [802, -400, -400, 200])
  }

  @Test(arguments: [2, 5]) func jacobianIsTheMatrixOfALinearMap(_ rows: Int) throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: TensorType([3], .f64)))
    let matrix = (0..<rows * 3).map { Double($0 * $0) }
    let a = graph.add(Constant(value: Tensor(matrix, shape: [rows, 3])))
    let y = graph.add(Contract(left: [0, 1], right: [1], output: [0]), a, x)
    let jacobian = try graph.jacobian(of: y, withRespectTo: [x])[0]
    #expect(graph.shape(jacobian) == [rows, 3])
    #expect(value(graph, jacobian, [x: [1, 2, 3]]) == matrix)
  }

  @Test func gradientOfWhatDoesNotDependIsZero() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: TensorType([2], .f64)))
    let gradient = try graph.gradient(of: graph.constant(3, .f64), withRespectTo: [x])
    #expect(value(graph, gradient[0], [:]) == [0, 0])
  }

  @Test func gradientOfATensorIsAnErrorAndNotATrap() {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: TensorType([2], .f64)))
    #expect(throws: DerivativeError.self) { _ = try graph.gradient(of: x, withRespectTo: [x]) }
  }

  @Test func differentiatedNodesAreIndependentOfEachOther() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalarType))
    let y = graph.add(Square(), x)
    let product = graph.add(Multiply(), x, y)
    let gradients = try graph.gradient(of: product, withRespectTo: [x, y])
    #expect(value(graph, gradients[0], [x: [3]]) == [9])
    #expect(value(graph, gradients[1], [x: [3]]) == [3])
  }

  @Test func derivativesKeepTheOriginOfWhatTheyDifferentiate() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalarType))
    graph.origin = 42
    let y = graph.add(Logarithm(), x)
    graph.origin = 7
    let gradient = try graph.gradient(of: y, withRespectTo: [x])[0]
    #expect(graph[gradient].origin == 42)
    #expect(graph.origin == 7)
  }

  @Test func errorsCarryTheOrigin() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalarType))
    let condition = try Subgraph(inputTypes: [scalarType]) { graph, inputs throws(ShapeError) in [inputs[0]] }
    let body = try Subgraph(inputTypes: [scalarType]) { graph, inputs throws(ShapeError) in
      [graph.add(Square(), inputs[0])]
    }
    graph.origin = 9
    let y = try graph.whileLoop(WhileLoop(condition: condition, body: body, limit: 3), carried: [x])[0]
    graph.origin = 0
    let error = #expect(throws: DerivativeError.self) { try graph.gradient(of: y, withRespectTo: [x]) }
    #expect(error?.origin == 9)
    #expect(error?.operation == "while")
  }

  @Test func batchedPartsThatDoNotDependStayShared() {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalarType)), y = graph.add(Input(index: 1, type: scalarType))
    let shared = graph.add(Exponential(), y)
    let product = graph.add(Multiply(), graph.add(Sine(), x), shared)
    let many = graph.add(Input(index: 2, type: TensorType([4], .f64)))
    let before = graph.nodes.count
    let result = graph.batch(outputs: [product, shared], inputs: [(x, many)], size: 4)
    #expect(graph.shape(result[0]) == [4] && graph.shape(result[1]) == [4])
    #expect(graph.nodes.count == before + 3)  // Sine, Multiply and the repetition of the second output.
  }

  @Test func substitutionRebuildsOnlyWhatDepends() {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalarType)), y = graph.add(Input(index: 1, type: scalarType))
    let f = graph.add(Multiply(), graph.add(Sine(), x), graph.add(Cosine(), y))
    let g = graph.substitute(outputs: [f], mapping: [(x, graph.add(Square(), y))])[0]
    let direct = graph.add(Multiply(), graph.add(Sine(), graph.add(Square(), y)), graph.add(Cosine(), y))
    #expect(g == direct)
  }

  @Test func inliningASubgraphIsCallingIt() {
    let body = Subgraph(inputTypes: [scalarType, scalarType]) { graph, inputs in
      [graph.add(Subtract(), inputs[0], inputs[1]), inputs[0]]
    }
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalarType))
    let results = graph.inline(body, inputs: [graph.add(Square(), x), x])
    let expected = [graph.add(Subtract(), graph.add(Square(), x), x), graph.add(Square(), x)]
    #expect(results == expected)
  }

  @Test func aLongChainNeedsNoStack() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: scalarType))
    let factor = graph.add(Input(index: 1, type: scalarType))
    var y = x
    for _ in 0..<100_000 { y = graph.add(Multiply(), y, factor) }
    let gradient = try graph.gradient(of: y, withRespectTo: [x])[0]
    let many = graph.add(Input(index: 2, type: TensorType([2], .f64)))
    let batched = graph.batch(outputs: [gradient, y], inputs: [(x, many)], size: 2)
    #expect(value(graph, gradient, [factor: [1], x: [5]]) == [1])
    #expect(value(graph, batched[1], [factor: [1], many: [5, 6]]) == [5, 6])
  }

  @Test func printingShowsNodesInOrder() throws {
    var graph = Graph()
    let x = graph.add(Input(index: 0, type: TensorType([3], .f64)))
    let unused = graph.add(Exponential(), x)
    let y = graph.add(ReduceSum(axes: [0]), graph.add(Multiply(), x, x))
    #expect(
      graph.printed(outputs: [y]) == """
        %0 f64[3] = input 0
        %2 f64[3] = multiply %0 %0
        %3 f64[] = sum %2 [0]
        return %3

        """)
    #expect(unused.index == 1)
  }
}
