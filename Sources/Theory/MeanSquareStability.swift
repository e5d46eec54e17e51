import Tensors

/// Whether E zₜ zₜᵀ dies out under zₜ₊₁ = Tₜ zₜ with independent random matrices Tₜ.
///
/// The second moment P = E z zᵀ goes to M(P) = E[T P Tᵀ], and M maps positive semi-definite matrices to such. So its
/// spectral radius is below 1 if and only if P − M(P) = I has a positive definite solution: one linear system of
/// D(D+1)/2 unknowns, no iteration.
///
/// Reference: H. Schneider, "Positive operators and an inertia theorem", Numerische Mathematik 7 (1965), 11–17.
struct SecondMoment {
  /// Size of T.
  private let size: Int
  private let terms: [(matrix: [Double], weight: Double)]

  /// The moment map of a batch: E[T_B ⊗ T_B] = T̄ ⊗ T̄ + share · (E[T ⊗ T] − T̄ ⊗ T̄).
  init(size: Int, matrices: [[Double]], weights: [Double], mean: [Double]?, share: Double) {
    self.size = size
    var terms = zip(matrices, weights).map { (matrix: $0, weight: $1 * share) }
    if let mean { terms.append((mean, 1 - share)) }
    self.terms = terms
  }

  /// Whether the second moment dies out, with M off by a share of itself.
  func diesOut(noise: Double = 0) throws(MemoryError) -> Bool {
    let pairs = size * (size + 1) / 2
    var system = operatorMatrix(pairs)
    if noise != 0 { for i in system.indices { system[i] -= noise * ((i % (pairs + 1) == 0 ? 1 : 0) - system[i]) } }
    return try Self.diesOut(size: size, system: system)
  }

  /// Whether it does, from I − M on the upper triangles of symmetric matrices.
  static func diesOut(size: Int, system: [Double]) throws(MemoryError) -> Bool {
    let pairs = size * (size + 1) / 2
    var right = [Double](repeating: 0, count: pairs)
    for i in 0..<size { right[position(i, i, size)] = 1 }
    let solution = try LinearAlgebra.solve(
      Tensor(system, shape: [pairs, pairs]), Tensor(right, shape: [pairs, 1]), precision: 0
    ).doubles()
    guard solution.allSatisfy(\.isFinite) else { return false }
    var full = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0..<size { full[i * size + j] = solution[position(min(i, j), max(i, j), size)] }
    }
    return try LinearAlgebra.cholesky(Tensor(full, shape: [size, size])).isFinite
  }

  /// I − M on the upper triangles of symmetric matrices.
  private func operatorMatrix(_ pairs: Int) -> [Double] {
    var system = [Double](repeating: 0, count: pairs * pairs)
    for i in 0..<pairs { system[i * pairs + i] = 1 }
    for (matrix, weight) in terms where weight != 0 {
      for i in 0..<size {
        for j in i..<size {
          let row = Self.position(i, j, size) * pairs
          for a in 0..<size {
            let left = matrix[i * size + a] * weight
            let right = matrix[j * size + a] * weight
            for b in a..<size {
              var entry = left * matrix[j * size + b]
              if a != b { entry += right * matrix[i * size + b] }
              system[row + Self.position(a, b, size)] -= entry
            }
          }
        }
      }
    }
    return system
  }

  /// Place of the pair i ≤ j of `size` numbers.
  static func position(_ i: Int, _ j: Int, _ size: Int) -> Int { i * size - i * (i - 1) / 2 + (j - i) }
}

/// The edge of stability of an optimizer on a quadratic whose curvature is drawn anew at every step.
struct StabilityEdge {
  let step: LinearStep
  let curvature: RandomCurvature

  /// The largest step size up to which E|z|² dies out; 0 where none does, ∞ where all do.
  func stepSize() throws(MemoryError) -> Double {
    try Self.edge(from: 1e-3 / curvature.scale) { (value) throws(MemoryError) in
      try isStable(curvature, stepSize: value)
    }
  }

  /// The largest factor on the curvature up to which E|z|² dies out, at the optimizer's own step size.
  func factor() throws(MemoryError) -> Double {
    try Self.edge(from: 1e-3 / curvature.scale) { (value) throws(MemoryError) in
      try isStable(curvature.scaled(by: value), stepSize: 0)
    }
  }

  /// Whether rounding moves the edge by more than it may.
  func isBlurred(_ edge: Double, isStepSize: Bool) throws(MemoryError) -> Bool {
    try Self.isBlurred(edge) { (value, noise) throws(MemoryError) in
      let factor = isStepSize ? 1 : value
      return try isStable(curvature.scaled(by: factor), stepSize: isStepSize ? value : 0, noise: noise)
    }
  }

  /// Relative error of an edge above which it is told.
  private static let blurMax = 1e-6
  /// Roundings of the numbers that decide.
  private static let noise = 8 * Double.ulpOfOne

  /// Whether the answers a little to both sides of an edge hang on rounding.
  static func isBlurred(_ edge: Double, _ holds: (Double, Double) throws(MemoryError) -> Bool) throws(MemoryError)
    -> Bool
  {
    guard edge > 0, edge.isFinite else { return false }
    for sign in [noise, -noise] {
      guard try holds(edge * (1 - blurMax), sign), try !holds(edge * (1 + blurMax), sign) else { return true }
    }
    return false
  }

  /// - Parameter noise: by how much of themselves the terms of the moment map may be off.
  private func isStable(_ curvature: RandomCurvature, stepSize: Double, noise: Double = 0) throws(MemoryError) -> Bool {
    let matrices = curvature.matrices.map { step.matrix($0, stepSize: stepSize) }
    let mean = curvature.share != 1 ? step.matrix(curvature.mean, stepSize: stepSize) : nil
    return try SecondMoment(
      size: step.stateCount, matrices: matrices, weights: curvature.weights, mean: mean,
      share: curvature.share
    ).diesOut(noise: noise)
  }

  /// The first value at which `holds` fails, by growth and then by halving.
  ///
  /// - Parameters:
  ///   - growth: factor between the values of the search for a first failure.
  ///   - precision: relative width at which halving ends; 0 for neighbouring numbers.
  static func edge(
    from start: Double, growth: Double = 1.25, precision: Double = 0, _ holds: (Double) throws(MemoryError) -> Bool
  ) throws(MemoryError) -> Double {
    var low = start
    while try !holds(low) {
      low *= 1e-2
      if low < start * 1e-12 { return 0 }
    }
    var high = low * growth
    while try holds(high) {
      low = high
      high *= growth
      if high > start * 1e15 { return .infinity }
    }
    while high - low > precision * high {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { break }
      if try holds(middle) { low = middle } else { high = middle }
    }
    return low
  }
}

extension RandomCurvature {
  /// A size of the curvature: the largest entry of any of its values.
  var scale: Double {
    let largest = matrices.joined().map(\.magnitude).max() ?? 0
    return largest > 0 ? largest : 1
  }
}
