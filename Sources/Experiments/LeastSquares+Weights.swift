import Glibc

extension LeastSquares {
  /// What each point counts: 1 / error² up to a factor where all are means over three or more seeds, else all alike.
  ///
  /// The errors of few seeds are too uncertain to count each by itself, and what counts by its own small spread would make
  /// the fit seem surer than it is. So the spreads are taken together, as proportional to 1, to the root of the value or to
  /// the value, whichever makes them most likely.
  package static func weights(of points: [Estimate]) -> [Double] {
    let count = Double(points.count)
    guard points.allSatisfy({ $0.runs >= 3 && ($0.error ?? 0) > 0 }) else { return points.map { _ in 1 } }
    let spreads = points.map { ($0.error ?? 0) * ($0.error ?? 0) * Double($0.runs) }
    var best = (cost: Double.infinity, sizes: points.map { _ in 1.0 })
    for exponent in 0...2 {
      let sizes = points.map { exponent == 0 ? 1 : exponent == 1 ? $0.value.magnitude : $0.value * $0.value }
      guard sizes.allSatisfy({ $0 > 0 }) else { continue }
      let ratio = Statistics.sum(zip(spreads, sizes).map { $0 / $1 }) / count
      let cost = Statistics.sum(sizes.map { log($0) }) + count * log(ratio)
      if cost < best.cost - 1e-9 { best = (cost, sizes) }
    }
    let weights = zip(points, best.sizes).map { Double($0.runs) / $1 }
    let most = Statistics.maximum(weights)
    return weights.map { $0 / most }
  }
}
