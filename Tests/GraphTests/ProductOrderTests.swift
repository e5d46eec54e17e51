import Testing

import Graph
import Tensors

/// Orders of products: fewer multiplications, and the same values but for rounding.
struct ProductOrderTests {
  /// A graph with values for its inputs.
  private struct Case {
    var graph = Graph()
    var inputs: [NodeID: ReferenceTensor] = [:]
    var random: SeededGenerator

    init(seed: Int) { random = SeededGenerator(seed: UInt64(seed)) }

    mutating func input(_ sizes: [Int]) -> NodeID {
      let type = TensorType(Shape(sizes), .f64)
      let node = graph.add(Input(index: inputs.count, type: type))
      inputs[node] = ReferenceTensor(type, (0..<type.count).map { _ in random.real() })
      return node
    }

    func values(_ outputs: [NodeID]) -> [ReferenceTensor] {
      Interpreter.evaluate(graph, outputs: outputs, inputs: inputs)
    }

    /// Multiplications of all products that the outputs need.
    func multiplications(_ outputs: [NodeID]) -> Double {
      let isNeeded = graph.requirement(of: outputs)
      return isNeeded.indices.filter { isNeeded[$0] }.reduce(0) { $0 + graph.multiplications(NodeID($1)) }
    }

    /// Multiplications before and after, once the values have been compared.
    mutating func check(
      _ outputs: [NodeID], savingMin: Double = 1, _ comment: Comment = "", at place: SourceLocation = #_sourceLocation
    ) -> (before: Double, after: Double) {
      let expected = values(outputs), before = multiplications(outputs)
      let replaced = graph.withCheaperProducts(outputs, savingMin: savingMin)
      #expect(replaced.count == expected.count, comment, sourceLocation: place)
      for (value, other) in zip(expected, values(replaced)) {
        #expect(relativeError(value, other) < 1e-12, comment, sourceLocation: place)
      }
      return (before, multiplications(replaced))
    }
  }

  private static let product = Contract(left: [0, 1], right: [1, 2], output: [0, 2])

  @Test func aProductWithAThinMatrixIsTakenFirst() {
    var test = Case(seed: 1)
    let a = test.input([6, 40]), b = test.input([40, 30]), x = test.input([30, 1])
    let ab = test.graph.add(Self.product, a, b)
    let work = test.check([test.graph.add(Self.product, ab, x)])
    let (first, second): (Double, Double) = (6 * 40 * 30 + 6 * 30, 40 * 30 + 6 * 40)
    #expect(work.before == first && work.after == second)
    // Where the large product is needed all the same it is used.
    let both = test.check([ab, test.graph.add(Self.product, ab, x)])
    #expect(both.before == both.after)
  }

  @Test func theGramMatrixOfAFewRowsIsSmallerThanTheGradient() {
    var test = Case(seed: 2)
    let x = test.input([4, 50]), d = test.input([4, 30])
    let gradient = test.graph.add(Contract(left: [0, 1], right: [0, 2], output: [1, 2]), d, x)
    let along = test.graph.add(Contract(left: [0, 1], right: [2, 1], output: [0, 2]), x, gradient)
    let work = test.check([along, gradient])
    let (whole, gram): (Double, Double) = (4 * 50 * 30, 4 * 4 * 50 + 4 * 4 * 30)
    #expect(work.before == 2 * whole && work.after == whole + gram)
  }

  @Test func aValueTimesItselfStays() {
    var test = Case(seed: 3)
    let x = test.input([4, 50]), d = test.input([4, 30])
    let gradient = test.graph.add(Contract(left: [0, 1], right: [0, 2], output: [1, 2]), d, x)
    let square = test.graph.add(Contract(left: [0, 1], right: [0, 1], output: []), gradient, gradient)
    let turned = test.graph.add(Transpose(permutation: [1, 0]), gradient)
    let same = test.graph.add(Contract(left: [1, 0], right: [0, 1], output: []), turned, gradient)
    let work = test.check([square, same])
    #expect(work.before == work.after)
  }

  @Test("small products keep their bits")
  func smallProductsStay() {
    var test = Case(seed: 4)
    let a = test.input([6, 40]), b = test.input([40, 30]), x = test.input([30, 1])
    let output = test.graph.add(Self.product, test.graph.add(Self.product, a, b), x)
    let replaced = test.graph.withCheaperProducts([output])
    #expect(replaced == [output])
  }

  /// vᵀH v of a network's mean squared error, with v the gradient or given, as one number.
  private func curvature(_ test: inout Case, along direction: Int, layers sizes: [Int], samples: Int) throws -> NodeID {
    let x = test.input([samples, sizes[0]]), y = test.input([samples, sizes[sizes.count - 1]])
    let weights = zip(sizes, sizes.dropFirst()).map { test.input([$1, $0]) }
    var hidden = x
    for (layer, weight) in weights.enumerated() {
      if layer > 0 { hidden = layer % 2 == 0 ? test.graph.add(Relu(), hidden) : test.graph.add(Tanh(), hidden) }
      hidden = test.graph.add(Contract(left: [0, 1], right: [2, 1], output: [0, 2]), hidden, weight)
    }
    let square = test.graph.add(Square(), test.graph.add(Subtract(), hidden, y))
    let loss = test.graph.add(
      Divide(), test.graph.add(ReduceSum(axes: [0, 1]), square), test.graph.constant(Double(samples), .f64))
    let gradients = try test.graph.gradient(of: loss, withRespectTo: weights)
    let vectors = direction == 0 ? gradients : weights.map { test.input(test.graph.shape($0).sizes) }
    let products = try test.graph.jacobianVectorProduct(
      of: gradients, withRespectTo: weights, tangents: vectors.map { $0 })
    let flat = [vectors, products].map { parts in
      let rows = parts.map { test.graph.reshape($0, to: [test.graph.shape($0).count]) }
      return test.graph.add(Concatenate(axis: 0), inputs: rows)
    }
    return test.graph.add(Contract(left: [0], right: [0], output: []), flat[0], flat[1])
  }

  @Test("the curvature along a vector needs no backward product of the weights", arguments: [0, 1])
  func curvatureAlongAVector(_ direction: Int) throws {
    var test = Case(seed: 5)
    let sizes = [60, 24, 20, 3], samples = 30
    let output = try curvature(&test, along: direction, layers: sizes, samples: samples)
    let work = test.check([output], "direction \(direction)")
    let weights = zip(sizes, sizes.dropFirst()).map { Double(samples * $0 * $1) }
    let all = weights.reduce(0, +), later = all - weights[0]
    // Forward and backward, forward along the vector, backward again: each sum over the weights once.
    let least = (all + later) + (direction == 0 ? all : 0)
    #expect(work.before > least + 2 * all + 2 * later)
    #expect(work.after < least + all + 3 * later + 30_000, "\(work) of \(all)")
  }

  @Test("random products of three factors", arguments: 0..<300)
  func randomProducts(_ seed: Int) throws {
    var test = Case(seed: 100 + seed)
    let sizes = (0..<5).map { _ in 1 + Int(test.random.next() % 6) }
    func labels() -> [Int] { (0..<5).filter { _ in test.random.next() % 2 == 0 }.shuffled(using: &test.random) }
    let (left, right, other) = (labels(), labels(), labels())
    let a = test.input(left.map { sizes[$0] }), b = test.input(right.map { sizes[$0] })
    let c = seed % 5 == 0 ? a : test.input(other.map { sizes[$0] })
    let third = seed % 5 == 0 ? left : other
    let inner = Array(Set(left + right)).sorted().filter { _ in test.random.next() % 4 != 0 }
      .shuffled(using: &test.random)
    let output = Array(Set(inner + third)).sorted().filter { _ in test.random.next() % 2 == 0 }
    let product = test.graph.add(Contract(left: left, right: right, output: inner), a, b)
    let order = Array(inner.indices).shuffled(using: &test.random)
    let turned = test.graph.add(Transpose(permutation: order), product)
    let named = order.map { inner[$0] }
    let swaps = test.random.next() % 2 == 0
    let result = test.graph.add(
      Contract(left: swaps ? third : named, right: swaps ? named : third, output: output),
      inputs: swaps ? [c, turned] : [turned, c])
    let kept = test.random.next() % 2 == 0 ? [result] : [result, product]
    let work = test.check(kept, "seed \(seed)")
    #expect(work.after <= work.before, "seed \(seed)")
  }
}
