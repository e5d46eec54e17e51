import Diagnostics
import Graph
import Messages
import Tensors
import Values

// Note [Brownian paths]
//
// The path of a `dB` is a function of (seed, name, time), not of the step: dt, dt/2, dt/4, … and every scheme see the same one.
// With dt = r 2⁻ᴸ, 1 ≤ r < 2, time is cut into cells of length r, and each cell into halves, L times. The increment over a
// cell is √r Z, and that over its two halves is (that of the whole ± √length Z)/2 (Lévy's construction): each Z is standard
// normal, its stream is that of the name, its counter (number of the cell at its level, level). Over the k-th step that is
//
//     ΔB = √dt (2^(−L/2) Z₀ + Σ_{j<L} ± 2^(−(L−j)/2) Z_{j+1}),     + in the left half,
//
// a sum of L + 1 numbers whose squares of coefficients are 1 together. Nothing is kept from step to step, and an element of
// the increment depends on nothing but its number: of an ensemble, the first paths are those of a smaller one.
//
// Reference: P. Lévy, Processus stochastiques et mouvement brownien, 1948, chapter I.

extension Evaluator {
  /// The range of dt whose increments are made; outside of it time is better counted in another unit.
  private static let brownianRange = (low: 0x1p-60, high: 64.0)

  /// The increment of a Brownian motion over the step at hand; see Note [Brownian paths].
  ///
  /// - Parameter shape: that of the increment; each element is a motion of its own.
  func brownianIncrement(_ name: String, _ shape: Shape, dt: Double, at place: Span) throws(Diagnostic) -> NodeID {
    let type = TensorType(shape, realType)
    guard dt != 0 else { return graph.filled(0, type) }
    let range = Self.brownianRange
    guard dt >= range.low, dt < range.high else {
      throw .outOfRange(
        "dt of a process with `\(name)`", NumberText.short(dt),
        expected:
          "between \(NumberText.short(range.low)) and \(NumberText.short(range.high)): count time in another unit",
        at: place)
    }
    let key = builder.key("noise", name)
    let stream = graph.add(Slice(starts: [0], stops: [1]), key), step = graph.add(Slice(starts: [1], stops: [2]), key)
    func normal(_ cell: NodeID, level: Int) -> NodeID {
      let parts = [stream, cell, whole(level)]
      return graph.add(
        Draw(distribution: .normal, shape: shape, dtype: realType), graph.add(Concatenate(axis: 0), inputs: parts))
    }
    func scaled(_ factor: NodeID, _ node: NodeID) -> NodeID {
      graph.add(Multiply(), graph.broadcast(factor, to: shape), node)
    }
    let levels = -Int(dt.exponent)
    guard levels >= 0 else {
      // Several cells make a step.
      let count = 1 << -levels
      let first = graph.add(Multiply(), step, whole(count))
      var sum = normal(first, level: 0)
      for index in 1..<count { sum = graph.add(Add(), sum, normal(graph.add(Add(), first, whole(index)), level: 0)) }
      return scaled(graph.constant((dt / Double(count)).squareRoot(), realType), sum)
    }
    func cell(at level: Int) -> NodeID {
      level == levels ? step : graph.add(FloorDivide(), step, whole(1 << (levels - level)))
    }
    func coefficient(_ level: Int) -> Double { (dt * pow2(level - levels)).squareRoot() }
    var sum = scaled(graph.constant(coefficient(0), realType), normal(cell(at: 0), level: 0))
    for level in 0..<levels {
      let isRight = graph.add(
        Subtract(), cell(at: level + 1), graph.add(Multiply(), cell(at: level), whole(2)))
      let right = graph.add(Reshape(shape: .scalar), graph.add(Convert(dtype: realType), isRight))
      let sign = graph.add(
        Subtract(), graph.constant(coefficient(level), realType),
        graph.add(Multiply(), graph.constant(2 * coefficient(level), realType), right))
      sum = graph.add(Add(), sum, scaled(sign, normal(cell(at: level), level: level + 1)))
    }
    return sum
  }

  /// A whole number as a vector of one.
  private func whole(_ number: Int) -> NodeID {
    graph.filled(Double(number), TensorType([1], .i64))
  }

  private func pow2(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }
}
