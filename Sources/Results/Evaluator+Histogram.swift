import Arithmetic
import Diagnostics
import Experiments
import Glibc
import Messages
import Values

extension Evaluator {
  /// More bins than this are a mistake.
  private static let binsMax = 100_000

  /// The form `histogram(values, bins = 20, from = low, to = high)`.
  func histogram(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let (values, size) = try sample(a[0], "histogram", at: a.place(0)) else { return .unknown(.any) }
    guard !values.isEmpty else { throw .lacks("`histogram`", "values", at: a.place(0)) }
    guard values.allSatisfy(\.isFinite) else {
      throw .requires("`histogram`", "finite values", at: a.place(0), help: ["leave the others out with `where`"])
    }
    var count = max(1, Int((2 * cbrt(Double(values.count))).rounded(.up)))
    if a.given(1) != nil {
      count = try whole(a[1], what: "the number of bins", in: 1...Self.binsMax, at: a.place(1))
    }
    var low = a.given(2) == nil ? values.min() ?? 0 : try a.number(2, "the start", self)
    var high = a.given(3) == nil ? values.max() ?? 0 : try a.number(3, "the end", self)
    if a.given(2) == nil, a.given(3) == nil, low == high { (low, high) = (low - 0.5, high + 0.5) }
    let width = (high - low) / Double(count)
    guard width > 0, width.isFinite, low + width > low else {
      throw .outOfRange(
        "the end", NumberText.short(high), expected: "after the start", at: a.given(3) == nil ? a.span : a.place(3))
    }
    var counts = [Int](repeating: 0, count: count)
    for value in values where value >= low && value <= high {
      counts[min(count - 1, Int((value - low) / width))] += 1
    }
    let middles = (0..<count).map { low + (Double($0) + 0.5) * width }
    let places = AxisPlaces(
      axes: ["value"], labels: middles.map { [NumberText.short($0)] }, coordinates: middles.map { [$0] })
    let points = counts.map { own in
      let share = Double(own) / Double(values.count)
      return Estimate(
        share / width, error: (share * (1 - share) / size).squareRoot() / width, source: "a share of values")
    }
    return .along(AxisVector("histogram", places, points))
  }
}
