/// The largest distance of two distribution functions, as far as it is known.
struct LawDistance {
  /// What it is at least, and at most; NaN where a value is not a number or there is none.
  let least: Double
  let most: Double
  /// The distance as words, and what is to be known of it.
  let text: String
  let remarks: [String]

  /// That of a sample and a law.
  init(_ values: [Double], _ law: (Double) -> Double, seenUpTo end: Double, error: Double) {
    let seen = values.filter { $0 <= end }
    guard !values.isEmpty, !values.contains(where: \.isNaN) else {
      self.init(.nan, .nan, values, end, error: 0)
      return
    }
    let count = Double(values.count)
    var found = 0.0
    for (index, value) in seen.sorted().enumerated() {
      let expected = law(value)
      found = max(found, Double(index + 1) / count - expected, expected - Double(index) / count)
    }
    guard seen.count < values.count, end.isFinite else {
      self.init(found, found, values, end, error: error)
      return
    }
    let (share, expected) = (Double(seen.count) / count, law(end))
    found = max(found, (share - expected).magnitude)
    self.init(found, max(found, 1 - share, 1 - expected), values, end, error: error)
  }

  /// That of two samples.
  init(_ values: [Double], _ others: [Double], seenUpTo end: Double) {
    let first = values.filter { $0 <= end }, second = others.filter { $0 <= end }
    guard first.count < values.count || second.count < others.count, end.isFinite else {
      let found = Judgement.kolmogorovDistance(values, others)
      self.init(found, found, values, end, error: 0)
      return
    }
    let counts = (Double(values.count), Double(others.count))
    let shares = (Double(first.count) / counts.0, Double(second.count) / counts.1)
    let (a, b) = (first.sorted(), second.sorted())
    var (i, j, found) = (0, 0, 0.0)
    while i < a.count || j < b.count {
      let value = min(i < a.count ? a[i] : .infinity, j < b.count ? b[j] : .infinity)
      while i < a.count, a[i] == value { i += 1 }
      while j < b.count, b[j] == value { j += 1 }
      found = max(found, (Double(i) / counts.0 - Double(j) / counts.1).magnitude)
    }
    if (values + others).contains(where: \.isNaN) { found = .nan }
    self.init(found, max(found, 1 - shares.0, 1 - shares.1), values, end, error: 0)
  }

  private init(_ found: Double, _ most: Double, _ values: [Double], _ end: Double, error: Double) {
    let format = NumberFormat.significant(3)
    (least, self.most) = (max(0, found - error), most + error)
    var lines: [String] = []
    let unseen = values.count { !($0 <= end) }
    let isCut = most > found || (end.isFinite && unseen > 0)
    if isCut {
      lines.append(
        "\(unseen) of \(values.count) values are only known to come after \(NumberFormat.standard.text(end)): wherever they lie,"
          + " the distance is at most \(format.text(self.most))")
    }
    if error >= 0.0005 { lines.append("the integral of the density is known to \(format.text(error)) of it") }
    text = format.text(found) + (isCut ? " up to \(NumberFormat.standard.text(end))" : "")
    remarks = lines
  }
}
