import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Tensors
package import Values

extension Builtin {
  package static let random: [Builtin] = [
    Builtin("normal", ["mean?", "sd?"], "normal distribution, mean 0 and standard deviation 1 unless said") {
      (e, a) throws(Diagnostic) in
      try e.requirePositive(a, 1, "the standard deviation")
      return .distribution(
        DistributionValue(kind: .normal, parameters: [a.given(0) ?? .integer(0), a.given(1) ?? .integer(1)]))
    },
    Builtin("uniform", ["low?", "high?"], "uniform distribution on [low, high), [0, 1) unless said") {
      (e, a) throws(Diagnostic) in
      if let low = e.scalar(a.given(0) ?? .integer(0)), let high = e.scalar(a.given(1) ?? .integer(1)), !(low <= high) {
        throw .outOfRange(
          "the interval", "\(NumberText.short(low)) to \(NumberText.short(high))", expected: "ascending", at: a.span)
      }
      return .distribution(
        DistributionValue(kind: .uniform, parameters: [a.given(0) ?? .integer(0), a.given(1) ?? .integer(1)]))
    },
    Builtin("rademacher", [], "-1 or 1 with equal probability") { (_, _) throws(Diagnostic) in
      .distribution(DistributionValue(kind: .rademacher, parameters: []))
    },
    Builtin("exponential_law", ["rate?"], "exponential distribution") { (e, a) throws(Diagnostic) in
      try e.requirePositive(a, 0, "the rate")
      return .distribution(DistributionValue(kind: .exponential, parameters: [a.given(0) ?? .integer(1)]))
    },
    Builtin(
      "subset", ["k"], "k different places of a vector, each set of them as likely",
      details: """
        noise J ~ subset(3)

        Whole numbers 0 ≤ Jᵢ < n, of the vector beside which the noise stands or of the shape that is declared; `only(v, J)` keeps
        the entries of v there.
        """
    ) { (e, a) throws(Diagnostic) in
      let k = try a.whole(0, "k", e)
      guard k >= 1 else { throw .outOfRange("k", "\(k)", expected: "1 or more", at: a.place(0)) }
      return .distribution(DistributionValue(kind: .subset, parameters: [.integer(k)]))
    },
    Builtin(
      "draw", ["distribution", "shape?", "seed?"], "a tensor of independent draws", details: drawText
    ) { (e, a) throws(Diagnostic) in
      guard case .distribution(let distribution) = a[0] else {
        throw .expected("a distribution", found: a[0].kind, at: a.place(0))
      }
      let shape = a.given(1) == nil ? .scalar : try a.sizes(1, e)
      let stream = try e.drawStream(a, seed: 2, law: distribution.kind.streamDetail)
      try e.requireMemory(TensorType(shape, .f64), at: a.span)
      return try e.drawn(distribution, shape: shape, stream: stream, at: a.span)
    },
    Builtin("permutation", ["n", "seed?"], "the numbers 0 ..< n in random order") { (e, a) throws(Diagnostic) in
      let n = try a.whole(0, "n", e)
      try e.requireMemory(TensorType([max(0, n)], .f64), at: a.span)
      guard n >= 0 else { throw .outOfRange("n", "\(n)", expected: "0 or more", at: a.place(0)) }
      let stream = try e.drawStream(a, seed: 1, law: "permutation")
      let key = Tensor(integers: [stream.key, 0, 0], shape: [3])
      let raw = try e.apply(Draw(distribution: .uniform, shape: [n], dtype: .f64), [.tensor(key)], at: a.span)
      return try e.apply(ArgSort(), [raw], at: a.span)
    },
    Builtin(
      "new_seed", [], "a seed of its own for each place that asks for one",
      details: """
        A whole number in 0 ..< 2^53, drawn like `draw(…)` without a seed: by the script's seed and the place of the call. As the
        default of a parameter `seed` it makes a function draw anew wherever it is called, and repeat itself where a seed is given.
        """
    ) { (e, a) throws(Diagnostic) in
      let stream = try e.drawStream(a, seed: 0, law: "")
      let numbers = RandomStream(key: UInt64(bitPattern: Int64(stream.key))).integers(1, below: 1 << 53)
      return .integer(numbers[0])
    },
  ]

  private static let drawText = """
    Every call in a text draws from a stream of its own, which depends on the script's seed (`--seed`), the name of the binding
    or member that it stands in, its number among the draws there, and the calls and turns of loops that lead to it. Other
    bindings, comments and the order of bindings have no part in it. In the body of a sweep the stream depends on the axis
    `seed` and on no other, so that members are compared on the same draws.

    With `seed = k` it is the stream of that seed: the same numbers for the same seed, law and shape wherever it stands. Two laws
    share no numbers.

    It is made once: in an update rule, an equation, a loss or a metric, which every step evaluates, it is refused.
    """
}

extension DistributionValue.Kind {
  /// What tells the stream of a seed for one law from that for another.
  var streamDetail: String {
    switch self {
    case .normal: ""
    case .uniform: "uniform"
    case .rademacher: "rademacher"
    case .exponential: "exponential"
    case .subset: "subset"
    }
  }
}

extension Evaluator {
  func requirePositive(_ a: BoundArguments, _ index: Int, _ what: String) throws(Diagnostic) {
    guard let value = a.given(index) else { return }
    guard let x = scalar(value) else {
      if value.isSymbolic { return }
      if case .tensor = value { return }
      throw .expected(what, found: value.kind, at: a.place(index))
    }
    guard x >= 0, x.isFinite else {
      throw .outOfRange(what, NumberText.short(x), expected: "0 or more", at: a.place(index))
    }
  }
}
