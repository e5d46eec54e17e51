package import Diagnostics
import Experiments
package import Graph
import Messages
import Syntax
package import Tensors
package import Values

extension Evaluator {
  /// A draw from a distribution in a stream of its own.
  package func drawn(_ distribution: DistributionValue, shape: Shape, stream: StreamName, at span: Span)
    throws(Diagnostic)
    -> Value
  {
    let key = Tensor(integers: [stream.key, 0, 0], shape: [3])
    return try drawn(distribution, shape: shape, key: .tensor(key), dtype: .f64, at: span)
  }

  /// A draw from a distribution with the given key; the parameters of the distribution broadcast.
  package func drawn(_ distribution: DistributionValue, shape: Shape, key: Value, dtype: DType, at span: Span)
    throws(Diagnostic) -> Value
  {
    let raw = try apply(Draw(distribution: distribution.kind.raw, shape: shape, dtype: dtype), [key], at: span)
    return try transformed(distribution, raw: raw, at: span)
  }

  /// A standard draw moved and scaled to the distribution.
  package func transformed(_ distribution: DistributionValue, raw: Value, at span: Span) throws(Diagnostic) -> Value {
    let place = OperandPlaces(whole: span, left: span, right: span)
    let parameters = distribution.parameters
    switch distribution.kind {
    case .normal:
      let scaled = try binary(.multiply, parameters[1], raw, at: place)
      if let mean = scalar(parameters[0]), mean == 0 { return scaled }
      return try binary(.add, parameters[0], scaled, at: place)
    case .uniform:
      let width = try binary(.subtract, parameters[1], parameters[0], at: place)
      return try binary(.add, parameters[0], binary(.multiply, width, raw, at: place), at: place)
    case .rademacher: return raw
    case .exponential: return try binary(.divide, raw, parameters[0], at: place)
    case .subset: return try places(parameters[0], of: raw, at: span)
    }
  }

  /// The places of the k largest of uniform numbers: a set of k places, each as likely.
  private func places(_ count: Value, of raw: Value, at span: Span) throws(Diagnostic) -> Value {
    guard case .integer(let k) = count, let shape = shape(of: raw) else { return .unknown(.any) }
    guard let size = shape.sizes.last else {
      throw .needs("`subset(\(k))`", "a vector of which it takes places", at: span)
    }
    guard k <= size else {
      throw .outOfRange("k", "\(k)", expected: "between 1 and the \(size) entries", at: span)
    }
    return try apply(TopKIndices(k: k, byMagnitude: false), [raw], at: span)
  }
}

extension DistributionValue.Kind {
  /// The standard draw it is made from.
  package var raw: Distribution {
    switch self {
    case .normal: .normal
    case .uniform: .uniform
    case .rademacher: .rademacher
    case .exponential: .exponential
    case .subset: .uniform
    }
  }
}
