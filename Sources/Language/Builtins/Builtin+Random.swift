import Diagnostics
import Graph
import Tensors

extension Builtin {
  static let random: [Builtin] = [
    Builtin("normal", ["mean?", "sd?"], "normal distribution, mean 0 and standard deviation 1 unless said") {
      (e, a) throws(Diagnostic) in
      try e.requirePositive(a, 1, "the standard deviation")
      return .distribution(
        DistributionValue(kind: .normal, parameters: [a.given(0) ?? .integer(0), a.given(1) ?? .integer(1)]))
    },
    Builtin("uniform", ["low?", "high?"], "uniform distribution on [low, high), [0, 1) unless said") {
      (e, a) throws(Diagnostic) in
      .distribution(
        DistributionValue(kind: .uniform, parameters: [a.given(0) ?? .integer(0), a.given(1) ?? .integer(1)]))
    },
    Builtin("rademacher", [], "-1 or 1 with equal probability") { (_, _) throws(Diagnostic) in
      .distribution(DistributionValue(kind: .rademacher, parameters: []))
    },
    Builtin("exponential_law", ["rate?"], "exponential distribution") { (e, a) throws(Diagnostic) in
      try e.requirePositive(a, 0, "the rate")
      return .distribution(DistributionValue(kind: .exponential, parameters: [a.given(0) ?? .integer(1)]))
    },
    Builtin("draw", ["distribution", "shape?", "seed?"], "a tensor of independent draws, the same for the same seed") {
      (e, a) throws(Diagnostic) in
      guard case .distribution(let distribution) = a[0] else {
        if case .unknown = a[0] { return .unknown }
        throw .expected("a distribution", found: a[0].kind, at: a.place(0))
      }
      let shape = a.given(1) == nil ? .scalar : try a.sizes(1, e)
      let seed = a.given(2) == nil ? e.session.defaultSeed : try a.whole(2, "a seed", e)
      try e.requireMemory(TensorType(shape, .f64), at: a.span)
      let stream = StreamName(seed: seed, purpose: "draw", detail: "")
      return try e.initialValue(.distribution(distribution), shape: shape, stream: stream, at: a.span)
    },
    Builtin("permutation", ["n", "seed?"], "the numbers 0 ..< n in random order") { (e, a) throws(Diagnostic) in
      let n = try a.whole(0, "n", e)
      try e.requireMemory(TensorType([max(0, n)], .f64), at: a.span)
      guard n >= 0 else { throw .outOfRange("n", "\(n)", expected: "0 or more", at: a.place(0)) }
      let seed = a.given(1) == nil ? e.session.defaultSeed : try a.whole(1, "a seed", e)
      let key = Tensor(
        integers: [StreamName(seed: seed, purpose: "draw", detail: "permutation").key, 0, 0], shape: [3])
      let raw = try e.apply(Draw(distribution: .uniform, shape: [n], dtype: .f64), [.tensor(key)], at: a.span)
      return try e.apply(ArgSort(), [raw], at: a.span)
    },
  ]
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
