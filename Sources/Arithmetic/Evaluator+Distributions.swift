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
    let raw = try standardDraw(distribution, shape: shape, dtype: dtype, at: span)
    return try transformed(distribution, raw: apply(raw, [key], at: span), of: shape, at: span)
  }

  /// The standard draw that a distribution of this shape is made from: of places as many numbers as there are of them.
  package func standardDraw(_ distribution: DistributionValue, shape: Shape, dtype: DType, at span: Span)
    throws(Diagnostic) -> Draw
  {
    guard distribution.kind == .subset, case .integer(let k) = distribution.parameters[0] else {
      return Draw(distribution: distribution.kind.raw, shape: shape, dtype: dtype)
    }
    guard let size = shape.sizes.last else {
      throw .needs("`subset(\(k))`", "a vector of which it takes places", at: span)
    }
    guard k <= size else {
      throw .outOfRange("k", "\(k)", expected: "between 1 and the \(size) entries", at: span)
    }
    // Single precision does not tell the places of a long vector apart.
    return Draw(distribution: .uniform, shape: Shape(shape.sizes.dropLast() + [k]), dtype: .f64)
  }

  /// A standard draw moved and scaled to the distribution.
  ///
  /// - Parameter shape: the shape that the distribution has, without axes of lanes in front.
  package func transformed(_ distribution: DistributionValue, raw: Value, of shape: Shape, at span: Span)
    throws(Diagnostic) -> Value
  {
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
    // Places of a vector, each set of them as likely.
    case .subset: return try apply(ChosenPlaces(count: shape.sizes.last ?? 0), [raw], at: span)
    }
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
