import Testing

import Graph
import Tensors

/// Functions of singular values and of eigenvalues as functions of the matrix: derivatives against differences.
@Suite struct SpectralMapTests {
  /// A function of one number, as nodes: values and slopes at each of a vector's.
  enum Form: String, CaseIterable {
    case softened, polar, square, sine

    func values(_ graph: inout Graph, _ s: NodeID) -> NodeID {
      switch self {
      case .softened:
        let sum = graph.add(Add(), graph.add(Square(), s), graph.constant(0.09, like: s))
        return graph.add(Divide(), s, graph.add(SquareRoot(), sum))
      case .polar: return graph.broadcast(graph.constant(1, like: s), to: graph.shape(s))
      case .square: return graph.add(Multiply(), s, s)
      case .sine: return graph.add(Sine(), s)
      }
    }
  }

  struct Case: Sendable, CustomStringConvertible {
    var name: String
    var form: Form
    var isSymmetric = false
    var sizes: [Int]
    var values: [Double]
    var description: String { "\(form) of \(name)" }
  }

  /// Two equal singular values 2 and one of 1, turned so that rounding splits them.
  private static let repeated = turned([[2, 0, 0], [0, 2, 0], [0, 0, 1]], 0.3, 1.1)

  static let cases: [Case] =
    Form.allCases.flatMap { form in
      [
        Case(name: "a square matrix", form: form, sizes: [3, 3], values: [3, 1, 0.2, -0.5, 2, 0.3, 0.1, -0.4, 1.2]),
        Case(name: "a wide one", form: form, sizes: [2, 3], values: [1, 2, -0.5, 0.7, -1.1, 0.4]),
        Case(name: "a tall one", form: form, sizes: [3, 2], values: [1, 2, -0.5, 0.7, -1.1, 0.4]),
        Case(name: "equal singular values", form: form, sizes: [3, 3], values: repeated),
        Case(name: "the identity", form: form, sizes: [2, 2], values: [1, 0, 0, 1]),
        Case(name: "equal ones of a wide matrix", form: form, sizes: [2, 3], values: [0, 2, 0, 2, 0, 0]),
      ]
    }
    + [.softened, .sine].flatMap { form in
      [
        Case(name: "rank 1", form: form, sizes: [2, 2], values: [1, 2, 2, 4]),
        Case(name: "rank 1, wide", form: form, sizes: [2, 3], values: [1, 2, 3, 2, 4, 6]),
        Case(name: "0", form: form, sizes: [3, 2], values: [0, 0, 0, 0, 0, 0]),
      ]
    }
    + [.softened, .square, .sine].flatMap { form in
      [
        Case(
          name: "a symmetric matrix", form: form, isSymmetric: true, sizes: [3, 3],
          values: [2, 0.3, -0.5, 0.3, -1, 0.2, -0.5, 0.2, 0.5]),
        Case(
          name: "equal eigenvalues", form: form, isSymmetric: true, sizes: [3, 3], values: [2, 0, 0, 0, 2, 0, 0, 0, -2]),
        Case(name: "symmetric 0", form: form, isSymmetric: true, sizes: [2, 2], values: [0, 0, 0, 0]),
      ]
    }

  /// Rows 0 and 1 turned by one angle, columns 0 and 2 by another.
  private static func turned(_ rows: [[Double]], _ a: Double, _ b: Double) -> [Double] {
    var m = rows
    let (c, s) = ((1 - a * a) / (1 + a * a), 2 * a / (1 + a * a))
    let (d, t) = ((1 - b * b) / (1 + b * b), 2 * b / (1 + b * b))
    for j in 0..<3 { (m[0][j], m[1][j]) = (c * m[0][j] - s * m[1][j], s * m[0][j] + c * m[1][j]) }
    for i in 0..<3 { (m[i][0], m[i][2]) = (d * m[i][0] - t * m[i][2], t * m[i][0] + d * m[i][2]) }
    return m.flatMap { $0 }
  }

  private func map(_ test: Case) throws -> TestFunction {
    var graph = Graph()
    let input = graph.add(Input(index: 0, type: TensorType(Shape(test.sizes), .f64)))
    let parts = try graph.spectralParts(input, isSymmetric: test.isSymmetric)
    let y = test.form.values(&graph, parts.s)
    let ones = graph.broadcast(graph.constant(1, like: y), to: graph.shape(y))
    let slope = try graph.jacobianVectorProduct(of: [y], withRespectTo: [parts.s], tangents: [ones])[0]
    let output = try graph.spectralMap(parts, y: y, slope: slope)
    return TestFunction(graph: graph, inputs: [input], outputs: [output])
  }

  /// Σ w ∘ F + ½ F ∘ F.
  private func scalar(_ test: Case) throws -> TestFunction {
    var function = try map(test)
    let y = function.outputs[0], type = function.graph.type(y)
    var random = SeededGenerator(seed: 77)
    let w = function.graph.add(
      Constant(value: Tensor((0..<type.count).map { _ in random.real(in: 0.5...1.5) }, shape: type.shape)))
    let half = function.graph.add(Multiply(), y, function.graph.constant(0.5, like: y))
    let sum = function.graph.add(Multiply(), y, function.graph.add(Add(), w, half))
    function.outputs = [function.graph.add(ReduceSum(axes: [0, 1]), sum)]
    return function
  }

  private func direction(_ test: Case, seed: UInt64) -> ReferenceTensor {
    var random = SeededGenerator(seed: seed)
    let (m, n) = (test.sizes[0], test.sizes[1])
    var values = (0..<m * n).map { _ in random.real() }
    if test.isSymmetric { for i in 0..<m { for j in 0..<i { values[i * n + j] = values[j * n + i] } } }
    return ReferenceTensor(TensorType(Shape(test.sizes), .f64), values)
  }

  @Test(arguments: cases) func derivativesEqualDifferences(_ test: Case) throws {
    let plain = try scalar(test)
    let point = ReferenceTensor(TensorType(Shape(test.sizes), .f64), test.values)
    var forward = plain
    let tangent = forward.graph.add(Input(index: 1, type: point.type))
    forward.outputs = try forward.graph.jacobianVectorProduct(
      of: plain.outputs, withRespectTo: plain.inputs, tangents: [tangent])
    forward.inputs.append(tangent)
    var reverse = plain
    reverse.outputs = try reverse.graph.gradient(of: plain.outputs[0], withRespectTo: plain.inputs)
    let gradient = reverse([point])[0]
    for seed in 1...3 as ClosedRange<UInt64> {
      let e = direction(test, seed: seed)
      let expected = differentiate { plain([point.moved(along: e, by: $0)])[0].values[0] }
      let (along, dotted) = (forward([point, e])[0].values[0], gradient.dot(e))
      #expect(relativeError(along, expected.value) <= 1e-9, "forward \(along), differences \(expected)")
      #expect(relativeError(dotted, along) <= 1e-12, "reverse \(dotted), forward \(along)")
    }
  }

  /// Of simple spectra also to second order; of equal singular values no finite number that is wrong.
  @Test(arguments: cases) func secondDerivatives(_ test: Case) throws {
    let plain = try scalar(test)
    let point = ReferenceTensor(TensorType(Shape(test.sizes), .f64), test.values)
    var product = plain, gradient = plain
    let vector = product.graph.add(Input(index: 1, type: point.type))
    product.outputs = try product.graph.hessianVectorProduct(
      of: plain.outputs[0], withRespectTo: plain.inputs, times: [vector])
    product.inputs.append(vector)
    gradient.outputs = try gradient.graph.gradient(of: plain.outputs[0], withRespectTo: plain.inputs)
    let e = direction(test, seed: 4), u = direction(test, seed: 5)
    let found = product([point, e])[0].dot(u)
    let expected = differentiate { gradient([point.moved(along: e, by: $0)])[0].dot(u) }
    let isSimple = ["a square matrix", "a wide one", "a tall one", "a symmetric matrix"].contains(test.name)
    guard isSimple || found.isFinite else { return }
    #expect(relativeError(found, expected.value) <= 1e-8, "\(found), differences \(expected)")
  }

  @Test(arguments: cases) func membersOfABatch(_ test: Case) throws {
    var single = try scalar(test)
    single.outputs += try single.graph.gradient(of: single.outputs[0], withRespectTo: single.inputs)
    let type = TensorType(Shape(test.sizes), .f64)
    let members = [ReferenceTensor(type, test.values), direction(test, seed: 8)]
    var batched = single
    let wide = batched.graph.add(Input(index: 9, type: TensorType(Shape([2] + test.sizes), .f64)))
    batched.outputs = batched.graph.batch(outputs: single.outputs, inputs: [(single.inputs[0], wide)], size: 2)
    batched.inputs = [wide]
    let results = batched([ReferenceTensor(stacking: members)])
    for (place, member) in members.enumerated() {
      for (result, own) in zip(results, single([member])) {
        #expect(relativeError(result.member(place, of: 2), own) <= 1e-13)
      }
    }
  }

  /// Where the polar factor jumps it has no derivative; its value is the partial isometry.
  @Test(arguments: [([1.0, 2, 2, 4], [0.2, 0.4, 0.4, 0.8]), ([0.0, 0, 0, 0], [0.0, 0, 0, 0])])
  func polarFactorsOfSmallerRank(values: [Double], expected: [Double]) throws {
    let test = Case(name: "rank", form: .polar, sizes: [2, 2], values: values)
    let point = ReferenceTensor(TensorType([2, 2], .f64), values)
    let value = try map(test)([point])[0]
    #expect(relativeError(value, ReferenceTensor(value.type, expected)) <= 1e-15)
    var gradient = try scalar(test)
    gradient.outputs = try gradient.graph.gradient(of: gradient.outputs[0], withRespectTo: gradient.inputs)
    let isUndefined = gradient([point])[0].values.allSatisfy(\.isNaN)
    #expect(isUndefined)
  }
}
