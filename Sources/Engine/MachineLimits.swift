import CKernels
import Graph
import Tensors

/// What one thread of this machine can do at most.
package struct MachineLimits: Sendable {
  /// Operations a second in a product of matrices of f64.
  package var operationsPerSecond: Double
  /// Bytes a second that are read and written, both counted.
  package var bytesPerSecond: Double

  /// What is larger lies in memory.
  package static let cacheBytes = Double(1 << 24)

  /// Measured now, in some hundredths of a second.
  ///
  /// - Parameter secondsPerTick: what a tick of the processor's counter stands for.
  package static func measured(secondsPerTick: Double) -> MachineLimits {
    MachineLimits(
      operationsPerSecond: operationsPerTick() / secondsPerTick, bytesPerSecond: bytesPerTick() / secondsPerTick)
  }

  private static let repetitions = 5

  /// The best of some products of 384 × 384 matrices.
  private static func operationsPerTick() -> Double {
    let size = 384
    var graph = Graph()
    let type = TensorType(Shape([size, size]), .f64)
    let inputs = [graph.add(Input(index: 0, type: type)), graph.add(Input(index: 1, type: type))]
    let product = graph.add(Contract(left: [0, 1], right: [1, 2], output: [0, 2]), inputs[0], inputs[1])
    guard
      let executable = try? Executable(
        Program(graph: graph, inputs: inputs, outputs: [product]), options: EngineOptions(threads: 1))
    else { return .infinity }
    let ones = Tensor([Double](repeating: 1, count: size * size), shape: type.shape)
    for input in 0..<2 { executable.setInput(input, ones) }
    let ticks = fastest { _ = try? executable.run() }
    return 2 * Double(size * size * size) / ticks
  }

  /// The best of some passes over 64 MiB that are read and 64 MiB that are written.
  private static func bytesPerTick() -> Double {
    let count = 1 << 23
    var graph = Graph()
    let type = TensorType(Shape([count]), .f64)
    let input = graph.add(Input(index: 0, type: type))
    let negative = graph.add(Negate(), input)
    guard
      let executable = try? Executable(
        Program(graph: graph, inputs: [input], outputs: [negative]), options: EngineOptions(threads: 1))
    else { return .infinity }
    executable.setInput(0, Tensor([Double](repeating: 1, count: count), shape: type.shape))
    let ticks = fastest { _ = try? executable.run() }
    return 2 * Double(type.byteCount) / ticks
  }

  private static func fastest(_ body: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<repetitions {
      let start = ck_ticks()
      body()
      best = min(best, Double(ck_ticks() &- start))
    }
    return max(best, 1)
  }
}
