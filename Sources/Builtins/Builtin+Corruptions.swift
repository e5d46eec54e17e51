import Arithmetic
import Data
import Diagnostics
import Evaluation
import Graph
import Messages
import Syntax
import Tensors
import Values

extension Builtin {
  static let corruptions: [Builtin] = [
    Builtin(
      "corrupt", ["data", "kind", "severity?", "seed?"], "a data set whose features are corrupted, its labels kept",
      details: """
        kind, at severity s ≥ 0 (1 unless said; 0 changes nothing):
        "noise"       x + s ξ, with ξ ~ N(0, I) for each sample
        "shift"       x + s u, with one u of length 1 for all samples
        "brightness"  x + s
        "contrast"    m + (x − m) / (1 + s), with m the mean over the features of each sample
        "missing"     each feature 0 with probability s ≤ 1

        What is random is drawn as by `draw`, from the place of the call, or from `seed`. The same seed at two severities has the same
        ξ and u, and leaves out more at the larger one.

        Example: `corrupt(digits.scale(1 / 16), "noise", 0.2, seed = 1)`.
        """
    ) { (e, a) throws(Diagnostic) in try e.corrupted(a) }
  ]
}

/// A way in which features are corrupted.
private enum Corruption: String, CaseIterable {
  case noise, shift, brightness, contrast, missing
}

extension Evaluator {
  fileprivate func corrupted(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard case .dataset(let data) = a[0] else { throw .expected("a data set", found: a[0].kind, at: a.place(0)) }
    let name = try a.text(1, "a kind of corruption")
    guard let kind = Corruption(rawValue: name) else {
      let kinds = Corruption.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
      throw .outOfRange("the kind of corruption", "`\(name)`", expected: kinds, at: a.place(1))
    }
    let severity = a.given(2) == nil ? 1 : try a.number(2, "the severity", self)
    guard severity >= 0, severity.isFinite, kind != .missing || severity <= 1 else {
      let expected = kind == .missing ? "a share from 0 to 1" : "0 or more"
      throw .outOfRange("the severity", NumberText.short(severity), expected: expected, at: a.place(2))
    }
    let features: NumberArray
    do { features = try data.denseFeatures(for: "corrupt") } catch { throw .data(error, at: a.place(0)) }
    let x = Value.tensor(Tensor(features.values, shape: Shape(features.sizes)))
    let moved = try corrupted(x, kind, severity, a)
    let numbers = try tensor(moved, at: a.span).doubles()
    var result = data
    result.features = .dense(NumberArray(sizes: features.sizes, values: numbers))
    return .dataset(result)
  }

  private func corrupted(_ x: Value, _ kind: Corruption, _ severity: Double, _ a: BoundArguments)
    throws(Diagnostic) -> Value
  {
    let place = OperandPlaces(whole: a.span, left: a.place(0), right: a.span)
    let shape = shape(of: x) ?? .scalar
    func added(_ value: Value) throws(Diagnostic) -> Value {
      try binary(.add, x, binary(.multiply, .real(severity), value, at: place), at: place)
    }
    switch kind {
    case .noise: return try added(corruptionDraw(.normal, shape, kind, a))
    case .shift:
      let way = try corruptionDraw(.normal, Shape(Array(shape.sizes.dropFirst())), kind, a)
      let numbers = try tensor(way, at: a.span).doubles()
      let length = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return try added(binary(.divide, way, .real(length), at: place))
    case .brightness: return try added(.real(1))
    case .contrast:
      let axes = Array(1..<max(1, shape.rank))
      let mean = try apply(ReduceSum(axes: axes), [x], at: a.span)
      let count = Double(max(1, shape.count / max(1, shape[0])))
      let middle = try apply(
        Reshape(shape: Shape([shape[0]] + axes.map { _ in 1 })), [binary(.divide, mean, .real(count), at: place)],
        at: a.span)
      let rest = try binary(.subtract, x, middle, at: place)
      return try binary(.add, middle, binary(.divide, rest, .real(1 + severity), at: place), at: place)
    case .missing:
      let chance = try corruptionDraw(.uniform, shape, kind, a)
      let isLeftOut = try compare(.less, chance, .real(severity), at: place)
      return try select(isLeftOut, .real(0), x, at: a.span)
    }
  }

  /// What a corruption draws: the same for every severity.
  private func corruptionDraw(_ law: DistributionValue.Kind, _ shape: Shape, _ kind: Corruption, _ a: BoundArguments)
    throws(Diagnostic) -> Value
  {
    let stream = try drawStream(a, seed: 3, law: "corrupt-" + kind.rawValue)
    let distribution = DistributionValue(kind: law, parameters: [.integer(0), .integer(1)])
    return try drawn(distribution, shape: shape, stream: stream, at: a.span)
  }
}
