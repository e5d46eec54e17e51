import Engine
import Graph
import Tensors
import Testing

/// The iteration on a plan's memory against eigenvalues of the whole matrix.
struct LanczosTests {
  /// A v for the symmetric part of a matrix.
  private func product(_ size: Int, _ dtype: DType = .f64) -> Subgraph {
    let types = [TensorType([size], dtype), TensorType([size, size], dtype)]
    return Subgraph(inputTypes: types) { graph, inputs in
      let left = graph.add(Contract(left: [0, 1], right: [1], output: [0]), inputs[1], inputs[0])
      let right = graph.add(Contract(left: [0, 1], right: [0], output: [1]), inputs[1], inputs[0])
      let half = graph.constant(0.5, dtype)
      return [graph.add(Multiply(), graph.add(Add(), left, right), half)]
    }
  }

  private func trial(_ size: Int, _ lanczos: Lanczos, _ matrix: [Double], seed: Int = 1) -> Trial {
    var random = SeededGenerator(seed: seed)
    var trial = Trial()
    let start = trial.input(random.values(lanczos.body.inputTypes[0]))
    let a = trial.input(ReferenceTensor(rounding: matrix, to: lanczos.body.inputTypes[1]))
    trial.outputs = [trial.graph.add(lanczos, start, a)]
    return trial
  }

  private func randomMatrix(_ size: Int, seed: Int) -> [Double] {
    var random = SeededGenerator(seed: seed)
    return random.values(real(size, size)).values
  }

  @Test("largest eigenvalues and vectors are those of the matrix", arguments: [1, 2, 5, 30])
  func pairs(_ size: Int) throws {
    let count = min(3, size)
    let lanczos = Lanczos(
      body: product(size), steps: size, tolerance: 0, result: .pairs(count: count, vectors: true))
    let trial = trial(size, lanczos, randomMatrix(size, seed: size))
    let executable = try trial.executable()
    try executable.run()
    let found = executable.outputValues(0), expected = trial.expected[0].values
    for index in 0..<count { #expect(abs(found[index] - expected[index]) < 1e-11, "\(found) \(expected)") }
    for index in count..<2 * count { #expect(abs(found[index]) < 1e-11) }
    for index in 2 * count + 1..<found.count { #expect(abs(found[index] - expected[index]) < 1e-8) }
  }

  @Test("an early end keeps the bound that it names")
  func bound() throws {
    let size = 80
    for tolerance in [1e-2, 1e-4, 1e-8] {
      let lanczos = Lanczos(
        body: product(size), steps: size, tolerance: tolerance, result: .pairs(count: 1, vectors: false))
      let trial = trial(size, lanczos, randomMatrix(size, seed: 4))
      let executable = try trial.executable()
      try executable.run()
      let found = executable.outputValues(0), exact = trial.expected[0].values[0]
      #expect(found[1] <= tolerance * abs(found[0]))
      #expect(abs(found[0] - exact) <= found[1] + 1e-12)
      #expect(found[2] < Double(size))
    }
  }

  @Test("repeated eigenvalues, the zero matrix and a zero start")
  func degenerate() throws {
    let size = 4
    let identity = (0..<16).map { $0 % 5 == 0 ? 2.0 : 0 }
    let pairs = Lanczos(body: product(size), steps: size, tolerance: 1e-8, result: .pairs(count: 3, vectors: true))
    for (matrix, value) in [(identity, 2.0), ([Double](repeating: 0, count: 16), 0)] {
      let executable = try trial(size, pairs, matrix).executable()
      try executable.run()
      let found = executable.outputValues(0)
      for index in 0..<3 { #expect(abs(found[index] - value) < 1e-13, "\(found)") }
    }
    var trial = trial(size, pairs, identity)
    trial.values[0] = ReferenceTensor(real(size), [0, 0, 0, 0])
    let executable = try trial.executable()
    try executable.run()
    #expect(abs(executable.outputValues(0)[0] - 2) < 1e-13)
  }

  @Test("the quadrature integrates polynomials of the operator exactly")
  func quadrature() throws {
    let size = 12, steps = 4
    let lanczos = Lanczos(body: product(size), steps: steps, tolerance: 0, result: .quadrature)
    let trial = trial(size, lanczos, randomMatrix(size, seed: 9))
    let executable = try trial.executable()
    try executable.run()
    let found = executable.outputValues(0)
    // Moments Σ w θᵖ against qᵀAᵖq up to degree 2·steps − 1.
    let q = trial.values[0].values, length = q.reduce(0) { $0 + $1 * $1 }
    var power = q
    for degree in 0..<2 * steps {
      let exact = zip(q, power).reduce(0) { $0 + $1.0 * $1.1 } / length
      let sum = (0..<steps).reduce(0.0) { total, index in
        total + found[steps + index] * (0..<degree).reduce(1.0) { value, _ in value * found[index] }
      }
      #expect(abs(sum - exact) <= 1e-10 * max(1, abs(exact)), "degree \(degree)")
      power =
        Interpreter.evaluate(
          lanczos.body, [ReferenceTensor(real(size), power), trial.values[1]])[0].values
    }
  }

  @Test("single precision finds the eigenvalue to its own accuracy")
  func single() throws {
    let size = 40
    let lanczos = Lanczos(
      body: product(size, .f32), steps: size, tolerance: 1e-4, result: .pairs(count: 1, vectors: false))
    let trial = trial(size, lanczos, randomMatrix(size, seed: 5))
    let executable = try trial.executable()
    try executable.run()
    let found = executable.outputValues(0), exact = trial.expected[0].values[0]
    #expect(abs(found[0] - exact) < 1e-4 * abs(exact), "\(found[0]) \(exact)")
  }

  @Test("a product that is not finite gives no numbers")
  func notFinite() throws {
    let lanczos = Lanczos(body: product(2), steps: 2, tolerance: 0, result: .pairs(count: 1, vectors: false))
    let executable = try trial(2, lanczos, [.nan, 0, 0, 1]).executable()
    try executable.run()
    let numbers = executable.outputValues(0).filter { !$0.isNaN }
    #expect(numbers.isEmpty)
  }

  /// J u for J = B Bᵀ.
  private func metric(_ size: Int, rank: Int) -> Subgraph {
    Subgraph(inputTypes: [real(size), real(size, rank)]) { graph, inputs in
      let inner = graph.add(Contract(left: [0, 1], right: [0], output: [1]), inputs[1], inputs[0])
      return [graph.add(Contract(left: [0, 1], right: [1], output: [0]), inputs[1], inner)]
    }
  }

  @Test(
    "a metric of any rank gives the spectrum of the product", arguments: [(1, 1), (5, 5), (5, 2), (30, 30), (30, 7)])
  func underMetric(_ size: Int, _ rank: Int) throws {
    // Below full rank the reference counts directions that the metric takes to 0.
    for count in rank == size ? [1, min(2, rank)] : [1] {
      let lanczos = Lanczos(
        body: product(size), steps: size, tolerance: 0, result: .pairs(count: count, vectors: false),
        metric: metric(size, rank: rank))
      var random = SeededGenerator(seed: size + rank)
      var trial = Trial()
      let start = trial.input(random.values(real(size)))
      let a = trial.input(random.values(real(size, size)))
      let b = trial.input(random.values(real(size, rank)))
      trial.outputs = [trial.graph.add(lanczos, start, a, b)]
      let executable = try trial.executable()
      try executable.run()
      let found = executable.outputValues(0), expected = trial.expected[0].values
      for index in 0..<count {
        #expect(abs(found[index] - expected[index]) < 1e-9 * abs(expected[0]), "\(found) \(expected)")
        #expect(found[count + index] < 1e-5 * abs(expected[0]), "\(found)")
      }
      #expect(found[2 * count] <= Double(rank + 1), "\(found)")
    }
  }

  /// Where J A is nearly a multiple of the identity, what is left of a vector is rounding but for a little.
  @Test func metricThatInvertsTheMatrixIsNoTrap() throws {
    let size = 6
    let scale = (0..<size).map { 1 + 100 * Double($0 * $0) }
    let types = [real(size), real(size)]
    let times = Subgraph(inputTypes: types) { graph, inputs in [graph.add(Multiply(), inputs[0], inputs[1])] }
    let lanczos = Lanczos(
      body: times, steps: size, tolerance: 0, result: .pairs(count: 1, vectors: false), metric: times)
    for shift in [0, 1e-13, 1e-10, 1e-8, 1e-5] {
      var random = SeededGenerator(seed: 3)
      var trial = Trial()
      let start = trial.input(random.values(real(size)))
      let a = trial.input(ReferenceTensor(rounding: scale, to: types[1]))
      let inverse = scale.indices.map { (1 + shift * Double($0)) / scale[$0] }
      let j = trial.input(ReferenceTensor(rounding: inverse, to: types[1]))
      trial.outputs = [trial.graph.add(lanczos, start, a, j)]
      let executable = try trial.executable()
      try executable.run()
      #expect(abs(executable.outputValues(0)[0] - 1 - 5 * shift) < 1e-4 * shift + 1e-12)
    }
  }
}
