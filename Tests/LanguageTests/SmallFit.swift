import Testing

/// A network of 26 parameters fitted to 12 samples, small enough for dense matrices and sums over all batches.
enum SmallFit {
  static let problem = """
    let X = draw(normal(), [12, 3])
    let Y = draw(normal(), [12, 2], 3)
    problem fit(X, Y) {
      param net = mlp([3, 4, 2], activation = tanh)
      sample (x, y) from (X, Y)
      loss = norm2(net(x) - y)
    }

    """

  /// The numbers that a script prints, of which there must be `count`.
  static func numbers(_ script: String, count: Int, codes: [String] = []) -> [Double] {
    let result = outcome(of: script)
    #expect(result.codes == codes, "\(result.words)")
    #expect(result.numbers.count == count, "\(result.lines)")
    return result.numbers.count == count ? result.numbers : [Double](repeating: .nan, count: count)
  }
}
