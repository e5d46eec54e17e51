import Engine
import Graph
import Tensors
import Testing

/// Products that are computed anew, and what is joined with them.
struct RepeatedProductTests {
  private static let inner = Contract(left: [0], right: [0], output: [])

  /// x ± c (s a) and the square norm of s a, with x carried: a step along the gradient of one sample.
  private func step(_ type: TensorType, adds: Bool) -> (Program, norm: NodeID) {
    var graph = Graph()
    let x = graph.input(0, type), a = graph.input(1, type), s = graph.input(2, TensorType([], type.dtype))
    let g = graph.add(Multiply(), s, a)
    let norm = graph.add(Self.inner, g, g)
    let along = graph.add(Multiply(), graph.add(Divide(), s, norm), g)
    let next = adds ? graph.add(Add(), x, along) : graph.add(Subtract(), x, along)
    return (Program(graph: graph, inputs: [x, a, s], outputs: [norm], carried: [(0, next)]), norm)
  }

  @Test(
    "a step along a scaled vector has the bits of its operations apart, whatever the scale",
    arguments: [3, 31, 32, 33, 255, 500, 4096, 4097, 10_007], [DType.f64, .f32])
  func steps(_ count: Int, _ dtype: DType) throws {
    var random = SeededGenerator(seed: count)
    let type = TensorType([count], dtype)
    let x = random.values(type), a = random.values(type)
    for (adds, s) in [(false, 0.7), (true, -3.1), (false, 0), (false, .infinity), (true, .nan)] {
      let results = try [true, false].map { fuses in
        let executable = try Executable(
          step(type, adds: adds).0, options: EngineOptions(fusesElementwise: fuses))
        executable.setInput(0, values: x.values)
        executable.setInput(1, values: a.values)
        executable.setInput(2, s)
        try executable.run(2, advancing: [])
        return (executable.outputValues(0) + executable.inputValues(0)).map { $0.isNaN ? "nan" : "\($0)" }
      }
      #expect(results[0] == results[1], "\(count) \(dtype) scale \(s)")
    }
  }

  @Test("the product is kept nowhere, and the norm and the update are one pass each")
  func passes() throws {
    let executable = try Executable(step(real(500), adds: false).0)
    let lines = executable.listing.split(separator: "\n").filter { !$0.hasPrefix(" ") }
    #expect(lines.count == 3, "\(executable.listing)")
    #expect(lines.contains { $0.hasPrefix("scaledNorm") }, "\(executable.listing)")
    #expect(executable.listing.contains("full=") && !executable.listing.contains("copy"), "\(executable.listing)")
  }

  @Test("a product that is read after the step, by a whole reduction or in another size is kept")
  func keptProducts() throws {
    var random = SeededGenerator(seed: 4)
    var trial = Trial()
    let a = trial.input(random.values(real(6, 40))), s = trial.input(random.values(real()))
    let b = trial.input(random.values(real(40, 5)))
    let g = trial.graph.add(Multiply(), a, s)
    let product = trial.graph.add(Contract(left: [0, 1], right: [1, 2], output: [0, 2]), g, b)
    let sums = trial.graph.add(ReduceSum(axes: [1]), trial.graph.add(Square(), g))
    let row = trial.graph.add(Multiply(), trial.graph.add(Slice(starts: [0, 0], stops: [1, 40]), a), s)
    let spread = trial.graph.add(Add(), trial.graph.add(BroadcastTo(shape: [6, 40]), row), a)
    trial.outputs = [product, sums, g, spread, trial.graph.add(ReduceSum(axes: [0, 1]), row)]
    try trial.check("kept")
  }

  @Test("a reduction over axes of size 1 is no work")
  func unitReductions() throws {
    var random = SeededGenerator(seed: 5)
    var trial = Trial()
    let a = trial.input(random.values(real(1, 30, 1)))
    let doubled = trial.graph.add(Add(), a, a)
    trial.outputs = [
      trial.graph.add(ReduceSum(axes: [0, 2]), doubled), trial.graph.add(ReduceMax(axes: [0]), doubled),
      trial.graph.add(ReduceProduct(axes: [2]), doubled),
    ]
    #expect(try trial.executable().listing.split(separator: "\n").count { !$0.hasPrefix(" ") } == 1)
    try trial.check("unit axes")
  }

  @Test("a quotient that lets 0 / 0 be 0 is one operation, with the bits of five", arguments: [DType.f64, .f32])
  func ratios(_ dtype: DType) throws {
    let type = TensorType([], dtype)
    for a in [0, -0.0, 1, -3, .infinity, .nan] {
      for b in [0, -0.0, 7, .infinity, .nan] {
        var trial = Trial()
        let top = trial.input(ReferenceTensor(type, [a])), bottom = trial.input(ReferenceTensor(type, [b]))
        let zero = trial.graph.constant(0, dtype), one = trial.graph.constant(1, dtype)
        let both = trial.graph.add(
          Multiply(), trial.graph.add(Equal(), top, zero), trial.graph.add(Equal(), bottom, zero))
        trial.outputs = [trial.graph.add(Divide(), top, trial.graph.add(Select(), both, one, bottom))]
        #expect(try trial.executable().listing.contains(" 1 operation"))
        try trial.check(tolerance: 0, "\(a) / \(b)")
        // The same with a part that is read besides: nothing is joined.
        trial.outputs.append(both)
        try trial.check(tolerance: 0, "\(a) / \(b), both")
      }
    }
  }

  @Test("a quotient of vectors that lets 0 / 0 be 0 is one operation, too", arguments: [DType.f64, .f32])
  func ratiosOfVectors(_ dtype: DType) throws {
    let special = [0, -0.0, 1, -3, .infinity, .nan]
    let type = TensorType([36], dtype)
    var trial = Trial()
    let top = trial.input(ReferenceTensor(type, special.flatMap { a in special.map { _ in a } }))
    let bottom = trial.input(ReferenceTensor(type, special.flatMap { _ in special }))
    let zero = trial.graph.constant(0, dtype), one = trial.graph.constant(1, dtype)
    let both = trial.graph.add(
      Multiply(), trial.graph.add(Equal(), top, zero), trial.graph.add(Equal(), bottom, zero))
    trial.outputs = [trial.graph.add(Divide(), top, trial.graph.add(Select(), both, one, bottom))]
    let listing = try trial.executable().listing
    #expect(listing.contains("ratio_vv") && !listing.contains("select"), "\(listing)")
    try trial.check(tolerance: 0, "vectors")
  }

  @Test("a large input has memory when it is needed: unset it is 0, set it is a copy, bound it is the tensor's")
  func lentInputs() throws {
    var graph = Graph()
    let count = 1 << 14
    let x = graph.input(0, real(count))
    let end = graph.add(Slice(starts: [count - 1], stops: [count]), x)
    let outputs = [graph.add(Add(), end, end), graph.add(ReduceSum(axes: [0]), x)]
    let executable = try Executable(Program(graph: graph, inputs: [x], outputs: outputs))
    try executable.run()
    #expect(executable.outputValues(0) == [0] && executable.outputValues(1) == [0])
    let ones = Tensor([Double](repeating: 1, count: count), shape: [count])
    executable.bindInput(0, ones)
    try executable.run()
    #expect(executable.outputValues(0) == [2] && executable.outputValues(1) == [Double(count)])
    #expect(executable.inputPointer(0) == ones.unsafeStart)
    executable.setInput(0, values: (0..<count).map { _ in 3 })
    try executable.run()
    #expect(executable.outputValues(0) == [6] && executable.inputPointer(0) != ones.unsafeStart)
    #expect(ones.doubles().allSatisfy { $0 == 1 })
    #expect(executable.byteCount >= count * 8)
  }
}
