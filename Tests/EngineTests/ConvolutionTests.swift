import Engine
import Graph
import Tensors
import Testing

/// Convolutions without windows: what they give, and that it depends on nothing else.
struct ConvolutionTests {
  struct Sizes: CustomTestStringConvertible, Sendable {
    var images: [Int]
    var filters: [Int]
    var stride = [1, 1]
    var padding = [0, 0]
    var dtype = DType.f64
    var testDescription: String { "\(images) \(filters) stride \(stride) padding \(padding) \(dtype)" }
  }

  static let sizes: [Sizes] = [
    Sizes(images: [2, 3, 9, 16], filters: [4, 3, 3, 3], padding: [1, 1]),
    Sizes(images: [2, 3, 9, 16], filters: [4, 3, 3, 3], padding: [1, 1], dtype: .f32),
    Sizes(images: [3, 2, 5, 21], filters: [9, 2, 3, 2]),
    Sizes(images: [3, 2, 5, 21], filters: [9, 2, 3, 2], dtype: .f32),
    Sizes(images: [5, 11, 37], filters: [7, 5, 1, 1]),
    Sizes(images: [2, 1, 12, 40], filters: [3, 1, 5, 4], stride: [2, 3], padding: [2, 1]),
    Sizes(images: [2, 1, 12, 40], filters: [3, 1, 5, 4], stride: [3, 2], padding: [0, 3], dtype: .f32),
    Sizes(images: [2, 2, 2, 8, 8], filters: [8, 2, 3, 3], padding: [2, 2], dtype: .f32),
    Sizes(images: [1, 4, 7, 33], filters: [5, 4, 2, 3], padding: [4, 4]),
    Sizes(images: [4, 3, 8, 9], filters: [1, 3, 3, 3], stride: [1, 1], padding: [1, 1]),
  ]

  /// A convolution with the adjoints of its images and filters.
  private static func trial(_ sizes: Sizes, _ random: inout SeededGenerator) throws -> Trial {
    var trial = Trial()
    let images = trial.input(random.values(TensorType(Shape(sizes.images), sizes.dtype)))
    let filters = trial.input(random.values(TensorType(Shape(sizes.filters), sizes.dtype)))
    let result = try trial.graph.convolve2d(images, filters, stride: sizes.stride, padding: sizes.padding)
    let adjoint = trial.input(random.values(trial.graph.type(result)))
    let parts = try Convolve(ConvolutionForm(stride: sizes.stride, padding: sizes.padding)).pullback(
      &trial.graph, output: result, inputs: [images, filters], adjoint: adjoint)
    trial.outputs = [result] + parts.compactMap(\.self)
    return trial
  }

  @Test("they give what windows give", arguments: sizes)
  func values(_ sizes: Sizes) throws {
    var random = SeededGenerator(seed: 11)
    let trial = try Self.trial(sizes, &random)
    #expect(trial.outputs.count == 3)
    try trial.check(tolerance: sizes.dtype == .f32 ? 3e-5 : 1e-12, "\(sizes.testDescription)")
    let plan = try trial.executable().listing { _ in "" }
    let direct = plan.split(separator: "\n").filter { $0.hasPrefix("convolve") }
    #expect(direct.count == (sizes.stride == [1, 1] && sizes.padding[0] < sizes.filters[2] ? 3 : 2), "\(plan)")
  }

  @Test("each member of a stack has the bits that it has alone", arguments: sizes)
  func members(_ sizes: Sizes) throws {
    for shared: Set<Int> in [[], [0], [1], [2], [0, 2], [1, 2]] {
      var random = SeededGenerator(seed: 12)
      let trials = try (0..<3).map { _ in try Self.trial(sizes, &random) }
      try StackingTests.check(trials, shared: shared, "\(sizes.testDescription), shared \(shared)")
    }
  }

  @Test("neither threads nor what else is computed change a bit")
  func surroundings() throws {
    let sizes = Sizes(images: [7, 8, 21, 19], filters: [13, 8, 3, 3], padding: [1, 1], dtype: .f32)
    var random = SeededGenerator(seed: 13)
    var trial = try Self.trial(sizes, &random)
    func bits(_ trial: Trial, threads: Int) throws -> [[UInt64]] {
      defer { Workers.productThreads = 1 }
      let executable = try trial.executable(EngineOptions(threads: threads))
      try executable.run()
      return (0..<3).map { executable.outputValues($0).map(\.bitPattern) }
    }
    let alone = try bits(trial, threads: 1)
    for threads in 2...3 { #expect(try bits(trial, threads: threads) == alone) }
    let windows = trial.graph.add(
      Patches(kernel: [3, 3], stride: [1, 1], padding: [1, 1]), trial.inputs[0])
    trial.outputs.append(trial.graph.add(ReduceSum(axes: [0]), windows))
    #expect(try bits(trial, threads: 1) == alone)
  }

  @Test("what lies beside the last column of an image does not reach its sums")
  func infinities() throws {
    let sizes = Sizes(images: [1, 1, 4, 10], filters: [1, 1, 2, 2])
    var random = SeededGenerator(seed: 14)
    var trial = try Self.trial(sizes, &random)
    trial.values[0].values[9] = .infinity
    try trial.check("an infinite corner")
  }
}
