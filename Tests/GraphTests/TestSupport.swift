import Graph
import Tensors

/// SplitMix64: the seed of a test fixes every number in it.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func real(in range: ClosedRange<Double> = -1...1) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * Double(next() >> 11) * 0x1p-53
  }
}

/// Where the values of a test's input come from.
enum Domain: Sendable {
  case range(ClosedRange<Double>)
  /// Away from 0 by at least ¼, of either sign.
  case awayFromZero
  /// Whole numbers in 0..<n.
  case index(Int)
  /// 0 or 1.
  case truth
  /// A shuffled grid with steps of at least 0.1: no ties, no near ties.
  case distinct
  /// Symmetric positive definite matrices with separated eigenvalues.
  case positiveDefinite
  /// Square or not, far from singular, with separated singular values.
  case wellConditioned
  /// Fixed values.
  case fixed([Double])

  var isTruth: Bool { if case .truth = self { true } else { false } }

  func values(_ shape: Shape, _ random: inout SeededGenerator) -> [Double] {
    switch self {
    case .range(let range): return (0..<shape.count).map { _ in random.real(in: range) }
    case .awayFromZero:
      return (0..<shape.count).map { _ in random.real(in: 0.25...1.5) * (random.next() & 1 == 0 ? 1 : -1) }
    case .index(let n): return (0..<shape.count).map { _ in Double(random.next() % UInt64(n)) }
    case .truth: return (0..<shape.count).map { _ in Double(random.next() & 1) }
    case .distinct:
      return (0..<shape.count).shuffled(using: &random).map { 0.3 * Double($0) - 1 + random.real(in: 0...0.1) }
    case .positiveDefinite: return matrices(shape, &random) { i, j, noise in (i == j ? 1.5 + Double(i) : 0) + noise }
    case .wellConditioned: return matrices(shape, &random) { i, j, noise in (i == j ? 2 + 1.3 * Double(i) : 0) + noise }
    case .fixed(let values): return values
    }
  }

  /// Dominant diagonals with symmetric noise (for square shapes).
  private func matrices(
    _ shape: Shape, _ random: inout SeededGenerator, _ element: (Int, Int, Double) -> Double
  ) -> [Double] {
    let rows = shape[shape.rank - 2], columns = shape[shape.rank - 1]
    var result: [Double] = []
    for _ in 0..<shape.sizes.dropLast(2).reduce(1, *) {
      var noise = (0..<rows * columns).map { _ in random.real(in: -0.3...0.3) }
      if case .positiveDefinite = self {
        for i in 0..<rows { for j in 0..<i { noise[i * columns + j] = noise[j * columns + i] } }
      }
      for i in 0..<rows { for j in 0..<columns { result.append(element(i, j, noise[i * columns + j])) } }
    }
    return result
  }
}

/// One primitive on inputs of given types and domains.
struct PrimitiveCase: Sendable, CustomStringConvertible {
  var primitive: any Primitive
  var types: [TensorType]
  var domains: [Domain]
  /// Whether it has a reverse derivative.
  var isReversible = true

  init(_ primitive: any Primitive, _ inputs: [(TensorType, Domain)], isReversible: Bool = true) {
    self.primitive = primitive
    self.types = inputs.map(\.0)
    self.domains = inputs.map(\.1)
    self.isReversible = isReversible
  }

  var description: String {
    "\(type(of: primitive).name) \(primitive.attributes) \(types.map(\.description).joined(separator: " "))"
  }

  func values(seed: UInt64) -> [ReferenceTensor] {
    var random = SeededGenerator(seed: seed)
    return zip(types, domains).map { ReferenceTensor($0, $1.values($0.shape, &random)) }
  }

  /// Positions of the inputs with respect to which one can differentiate.
  var realInputs: [Int] { types.indices.filter { types[$0].dtype.isReal && !domains[$0].isTruth } }
}

/// A scalar function of a case's inputs and what one needs to evaluate it.
struct TestFunction {
  var graph: Graph
  var inputs: [NodeID]
  var outputs: [NodeID]

  func callAsFunction(_ values: [ReferenceTensor]) -> [ReferenceTensor] {
    let map = Dictionary(uniqueKeysWithValues: zip(inputs, values))
    return Interpreter.evaluate(graph, outputs: outputs, inputs: map)
  }
}

extension PrimitiveCase {
  /// The application itself.
  func application(simplifies: Bool = true) throws -> TestFunction {
    var graph = Graph()
    graph.simplifies = simplifies
    let inputs = types.enumerated().map { graph.add(Input(index: $0.offset, type: $0.element)) }
    let output = try graph.apply(primitive, inputs)
    return TestFunction(graph: graph, inputs: inputs, outputs: [output])
  }

  /// Σ w ∘ y + ½ y ∘ y with fixed weights w: a scalar whose second derivative sees the primitive's first.
  func scalar(simplifies: Bool = true) throws -> TestFunction {
    var function = try application(simplifies: simplifies)
    let y = function.graph.convert(function.outputs[0], to: .f64)
    let type = function.graph.type(y)
    var random = SeededGenerator(seed: 77)
    let weights = Tensor((0..<type.count).map { _ in random.real(in: 0.5...1.5) }, shape: type.shape)
    let w = function.graph.add(Constant(value: weights))
    let half = function.graph.add(Multiply(), y, function.graph.constant(0.5, like: y))
    let sum = function.graph.add(Multiply(), y, function.graph.add(Add(), w, half))
    let total = function.graph.add(ReduceSum(axes: Array(0..<type.shape.rank)), sum)
    return TestFunction(graph: function.graph, inputs: function.inputs, outputs: [total])
  }
}

/// Central differences extrapolated by Richardson's method: the derivative at 0 of a function of one real, and
/// an estimate of its error.
func differentiate(step: Double = 0.02, _ function: (Double) -> Double) -> (value: Double, error: Double) {
  var table: [[Double]] = []
  var best = (value: Double.nan, error: Double.infinity)
  for level in 0..<7 {
    let h = step * pow2(-level)
    var row = [(function(h) - function(-h)) / (2 * h)]
    for order in 0..<level {
      let factor = pow2(2 * (order + 1))
      let value = row[order] + (row[order] - table[level - 1][order]) / (factor - 1)
      let error = max((value - row[order]).magnitude, (value - table[level - 1][order]).magnitude)
      row.append(value)
      if error < best.error { best = (value, error) }
    }
    table.append(row)
  }
  return best
}

func pow2(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

extension ReferenceTensor {
  func moved(at index: Int, by amount: Double) -> ReferenceTensor {
    var result = self
    result.values[index] += amount
    return result
  }

  func moved(along direction: ReferenceTensor, by amount: Double) -> ReferenceTensor {
    ReferenceTensor(type, zip(values, direction.values).map { $0 + amount * $1 })
  }

  func dot(_ other: ReferenceTensor) -> Double { zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 } }
  var largest: Double { values.reduce(0) { max($0, $1.magnitude) } }
  /// Bits of all elements, so that −0 differs from +0 and NaN equals NaN.
  var bits: [UInt64] { values.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern } }
}

/// |a − b| relative to the larger of 1, |a| and |b|, or to `scale`; infinite where one of them is NaN.
func relativeError(_ a: Double, _ b: Double, scale: Double = 1) -> Double {
  if a == b { return 0 }
  let error = (a - b).magnitude / max(scale, a.magnitude, b.magnitude)
  return error.isNaN ? .infinity : error
}

func relativeError(_ a: ReferenceTensor, _ b: ReferenceTensor) -> Double {
  guard a.type == b.type else { return .infinity }
  let scale = max(1, a.largest, b.largest)
  return zip(a.values, b.values).reduce(0) { max($0, relativeError($1.0, $1.1, scale: scale)) }
}
