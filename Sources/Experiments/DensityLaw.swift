/// The distribution function of a density on an interval, by adaptive quadrature.
///
///     F(x) = ∫ₐˣ f / ∫ₐᵇ f
///
/// The interval is cut at equal distances, at the values whose law is in question, and at distances from them that grow by
/// powers of 2, so that the density is looked at where the values are however long the interval is. Each cell has Simpson's
/// rule on it and on its halves; cells in which both differ are halved until the differences add up to 10⁻⁵ of the whole.
/// What is narrower than all of these probes is not seen.
///
/// - Reference: Davis & Rabinowitz, "Methods of Numerical Integration", section 6.2.
package struct DensityLaw {
  /// Values of the density at the ends, the middle and the quarters of a cell.
  private struct Cell {
    var low: Double
    var high: Double
    var heights: [Double]

    var width: Double { high - low }
    private func simpson(_ first: Int, _ step: Int, _ width: Double) -> Double {
      width / 6 * (heights[first] + 4 * heights[first + step] + heights[first + 2 * step])
    }
    var integral: Double { simpson(0, 1, width / 2) + simpson(2, 1, width / 2) }
    /// What the rule on the halves changes.
    var error: Double { (integral - simpson(0, 2, width)).magnitude }
    /// Whether there are numbers between its quarters.
    var isDivisible: Bool { low + width / 8 > low && high - width / 8 < high }

    /// The integral from its start to a place in it.
    func integral(to x: Double) -> Double {
      let isLeft = x < low + width / 2, first = isLeft ? 0 : 2
      let half = width / 2, start = isLeft ? low : low + half
      let t = min(1, max(0, (x - start) / half))
      let (t2, t3) = (t * t, t * t * t)
      let before = isLeft ? 0 : simpson(0, 1, half)
      let part =
        half
        * (heights[first] * (t - 1.5 * t2 + 2 * t3 / 3) + heights[first + 1] * (2 * t2 - 4 * t3 / 3)
          + heights[first + 2] * (2 * t3 / 3 - t2 / 2))
      return before + min(max(0, part), simpson(first, 1, half))
    }
  }

  private var cells: [Cell] = []
  /// The integrals before each cell.
  private var sums: [Double] = []
  /// ∫ f over the interval.
  package private(set) var total = 0.0
  /// How far the distribution function may be off: what the last halving changed, as a share of the total.
  package private(set) var error = 0.0

  private static let uniformCount = 512, valuesMax = 8192, evaluationsMax = 400_000
  private static let precision = 1e-5

  /// - Parameters:
  ///   - density: f; it need not be normalised.
  ///   - values: where the law is asked for.
  /// - Precondition: low < high, both finite.
  package init<E: Error>(
    from low: Double, to high: Double, near values: [Double], _ density: (Double) throws(E) -> Double
  ) throws(E) {
    let edges = Self.edges(low, high, values.filter { $0.isFinite }.sorted())
    var count = 0
    var before = try density(edges[0])
    for (start, end) in zip(edges, edges.dropFirst()) {
      let after = try density(end)
      cells.append(try Self.cell(start, end, before, try density(start + (end - start) / 2), after, density))
      before = after
      count += 4
    }
    while count < Self.evaluationsMax {
      total = cells.reduce(0) { $0 + $1.integral }
      error = cells.reduce(0) { $0 + $1.error }
      guard total.isFinite, error > Self.precision * total else { break }
      let limit = Self.precision * total / Double(cells.count)
      let before = count
      var finer: [Cell] = []
      for cell in cells {
        guard cell.error > limit, cell.isDivisible else {
          finer.append(cell)
          continue
        }
        let middle = cell.low + cell.width / 2, heights = cell.heights
        finer.append(try Self.cell(cell.low, middle, heights[0], heights[1], heights[2], density))
        finer.append(try Self.cell(middle, cell.high, heights[2], heights[3], heights[4], density))
        count += 4
      }
      cells = finer
      if count == before { break }
    }
    total = cells.reduce(0) { $0 + $1.integral }
    error = cells.reduce(0) { $0 + $1.error } / total
    var sum = 0.0
    for cell in cells {
      sums.append(sum)
      sum += cell.integral
    }
  }

  private static func cell<E: Error>(
    _ low: Double, _ high: Double, _ first: Double, _ middle: Double, _ last: Double,
    _ density: (Double) throws(E) -> Double
  ) throws(E) -> Cell {
    let quarter = (high - low) / 4
    return Cell(
      low: low, high: high,
      heights: [first, try density(low + quarter), middle, try density(high - quarter), last])
  }

  private static func edges(_ low: Double, _ high: Double, _ values: [Double]) -> [Double] {
    var result = (0...uniformCount).map { low + (high - low) * (Double($0) / Double(uniformCount)) }
    result[uniformCount] = high
    let stride = max(1, (values.count + valuesMax - 1) / valuesMax)
    for index in Swift.stride(from: 0, to: values.count, by: stride) { result.append(values[index]) }
    if let least = values.first, let most = values.last {
      var distance = max((most - least) / 64, (high - low) * 1e-12)
      while distance < high - low {
        result += [least - distance, most + distance]
        distance *= 2
      }
      result.append(most)
    }
    var edges: [Double] = []
    for edge in result.filter({ $0 >= low && $0 <= high }).sorted() where edges.last != edge { edges.append(edge) }
    return edges
  }

  /// F(x).
  package func callAsFunction(_ x: Double) -> Double {
    guard let first = cells.first, let last = cells.last, x > first.low else { return x.isNaN ? .nan : 0 }
    guard x < last.high else { return 1 }
    var (low, high) = (0, cells.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if cells[middle].low <= x { low = middle } else { high = middle }
    }
    return min(1, (sums[low] + cells[low].integral(to: x)) / total)
  }
}
