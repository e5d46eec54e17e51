import Engine
import Graph
import Tensors
import Testing

struct FusionTests {
  @Test(
    "sums and inner products at the end of a tile program keep the bits of whole ones",
    arguments: [3, 31, 256, 4096, 4097, 10_007], [DType.f64, .f32])
  func reductions(_ count: Int, _ dtype: DType) throws {
    var random = SeededGenerator(seed: count)
    var trial = Trial()
    let type = TensorType([count], dtype)
    let a = trial.input(random.values(type)), b = trial.input(random.values(type))
    let difference = trial.graph.add(Subtract(), a, b)
    let inner = Contract(left: [0], right: [0], output: [])
    trial.outputs = [
      trial.graph.add(ReduceSum(axes: [0]), trial.graph.add(Square(), difference)),
      trial.graph.add(inner, difference, difference), trial.graph.add(inner, a, difference),
    ]
    let listing = try trial.executable().listing
    #expect(
      !listing.contains("reduce") && !listing.split(separator: "\n").contains { $0.hasPrefix("dot") }, "\(listing)")
    try trial.check(tolerance: dtype == .f32 ? 1e-4 : 1e-12, "\(count) \(dtype)")
  }

  @Test(
    "a scaled vector and its square norm are one operation, with the bits of two",
    arguments: [3, 31, 32, 33, 255, 256, 4096, 4097, 10_007], [DType.f64, .f32])
  func scaledNorm(_ count: Int, _ dtype: DType) throws {
    var random = SeededGenerator(seed: count)
    let values = random.values(TensorType([count], dtype)), factor = random.values(TensorType([], dtype))
    func results(fuses: Bool, keepsVector: Bool) throws -> [[Double]] {
      var trial = Trial()
      let a = trial.input(values), s = trial.input(factor)
      let scaled = trial.graph.add(Multiply(), s, a)
      let norm = trial.graph.add(Contract(left: [0], right: [0], output: []), scaled, scaled)
      trial.outputs = keepsVector ? [norm, scaled] : [norm]
      let executable = try trial.executable(EngineOptions(fusesElementwise: fuses))
      try executable.run()
      return trial.outputs.indices.map { executable.outputValues($0) }
    }
    for keepsVector in [false, true] {
      let fused = try results(fuses: true, keepsVector: keepsVector)
      let apart = try results(fuses: false, keepsVector: keepsVector)
      #expect(fused == apart, "\(count) \(dtype)")
    }
  }

  @Test("a step of Adam is one pass over memory, in place")
  func adam() throws {
    var graph = Graph()
    let types = [TensorType](repeating: real(5000), count: 4)
    let inputs = types.enumerated().map { graph.input($0.offset, $0.element) }
    func scaled(_ factor: Double, _ node: NodeID) -> NodeID {
      graph.add(Multiply(), graph.constant(factor, .f64), node)
    }
    let m = graph.add(Add(), scaled(0.9, inputs[2]), scaled(0.1, inputs[1]))
    let v = graph.add(Add(), scaled(0.99, inputs[3]), scaled(0.01, graph.add(Square(), inputs[1])))
    let scale = graph.add(Add(), graph.add(SquareRoot(), v), graph.constant(1e-8, .f64))
    let x = graph.add(Subtract(), inputs[0], scaled(0.001, graph.add(Divide(), m, scale)))
    let executable = try Executable(
      Program(graph: graph, inputs: inputs, outputs: [], carried: [(0, x), (2, m), (3, v)]))
    #expect(executable.listing.split(separator: "\n").count { !$0.hasPrefix(" ") } == 1, "\(executable.listing)")
  }

  @Test("what depends on constants only is computed once")
  func constants() throws {
    var trial = Trial()
    let x = trial.input(ReferenceTensor(real(3, 3), (0..<9).map(Double.init)))
    let ones = trial.graph.filled(1, real(3, 3))
    let product = Contract(left: [0, 1], right: [1, 2], output: [0, 2])
    trial.outputs = [trial.graph.add(product, trial.graph.add(product, ones, ones), x)]
    #expect(try trial.executable().listing.split(separator: "\n").count == 1)
    try trial.check("constants")
  }

  @Test("numbers drawn in a tile program are those of a whole draw, for any element")
  func draws() throws {
    for distribution in [Distribution.uniform, .normal, .rademacher, .exponential] {
      for dtype in [DType.f64, .f32] {
        var graph = Graph()
        let key = graph.input(0, whole(3)), keys = graph.input(1, whole(2, 3))
        let draw = Draw(distribution: distribution, shape: [1000], dtype: dtype)
        let one = graph.add(draw, key), two = graph.add(draw, keys)
        let number = graph.add(Draw(distribution: distribution, shape: [], dtype: dtype), key)
        let shifted = graph.add(Add(), one, graph.constant(0, dtype))
        let executable = try Executable(
          Program(graph: graph, inputs: [key, keys], outputs: [one, two, shifted, number]))
        executable.setInput(0, ints: [77, 5, 2])
        executable.setInput(1, ints: [1, 2, 3, 77, 5, 2])
        try executable.run()
        let expected = Array(executable.outputValues(1)[1000...])
        #expect(executable.outputValues(0) == expected && executable.outputValues(2) == expected)
        #expect(executable.outputValues(3) == [expected[0]])
        #expect(Set(expected).count > (distribution == .rademacher ? 1 : 900))
      }
    }
  }
}
