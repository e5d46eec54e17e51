package import Diagnostics
import Experiments
import Messages
import Tensors
package import Values

/// Functions of estimates: what is computed from measured numbers keeps their errors.
extension Evaluator {
  /// Elements at most of a tensor that is computed from estimates.
  private static let propagatedMax = 256

  /// A built-in function of numbers, of which some are estimates, alone or in lists.
  ///
  /// The function is followed to where each of them may lie (`Estimate.applying`); what it says whatever the errors, as
  /// `round` and `argmin` may, is a plain value.
  package func propagating(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    guard builtin.propagatesErrors, bound.values.contains(where: { $0?.holdsEstimates ?? false }) else {
      return try builtin.body(self, bound)
    }
    var operands: [Estimate] = []
    for value in bound.values {
      switch value {
      case .estimate(let estimate)?: operands.append(estimate)
      case .list(let members)? where members.contains(where: \.holdsEstimates): operands += members.compactMap(estimate)
      default: break
      }
    }
    let plain = try builtin.body(self, replaced(bound, operands.map(\.value)))
    func element(_ index: Int?) throws(Diagnostic) -> Estimate {
      try .applying(operands, name: builtin.name) { (numbers) throws(Diagnostic) in
        let value = try builtin.body(self, replaced(bound, numbers))
        guard let index, case .tensor(let tensor) = value else { return scalar(value) ?? .nan }
        return index < tensor.count ? tensor.double(at: index) : .nan
      }
    }
    if scalar(plain) != nil {
      let estimate = try element(nil)
      return estimate.isExact ? plain : .estimate(estimate)
    }
    guard case .tensor(let tensor) = plain else { return plain }
    guard tensor.shape.rank == 1, tensor.count <= Self.propagatedMax else {
      throw .tooManyErrors(tensor.count, in: builtin.name, at: bound.span)
    }
    var elements: [Value] = []
    for index in 0..<tensor.count { elements.append(value(of: try element(index))) }
    return .list(elements)
  }

  /// The same arguments with these numbers, one for each estimate in order.
  private func replaced(_ bound: BoundArguments, _ numbers: [Double]) -> BoundArguments {
    var result = bound
    var next = 0
    func number() -> Double {
      next += 1
      return numbers[next - 1]
    }
    for index in result.values.indices {
      switch result.values[index] {
      case .estimate?: result.values[index] = .real(number())
      case .list(let members)? where members.contains(where: \.holdsEstimates):
        let values = members.map { _ in number() }
        result.values[index] = .tensor(Tensor(values, shape: [values.count]))
      default: break
      }
    }
    return result
  }
}

extension Value {
  /// Whether it is an estimate, or a list of numbers with one among them.
  fileprivate var holdsEstimates: Bool {
    switch self {
    case .estimate: true
    case .list(let members):
      members.allSatisfy(\.isScalarLike) && members.contains { if case .estimate = $0 { true } else { false } }
    default: false
    }
  }
}

extension Builtin {
  private static let propagating: Set<String> = [
    "sign", "floor", "ceil", "round", "trunc", "safe_divide", "mod", "atan2", "where", "clip", "sum", "prod", "mean",
    "var", "std", "max", "min", "argmax", "argmin", "norm", "norm2", "dot", "outer", "logsumexp", "softmax",
    "log_softmax", "cross_entropy", "cumsum", "quantile", "median", "sort", "reverse", "concat", "stack", "trace",
  ]

  /// Whether it computes numbers from numbers, so that errors can be followed through it.
  var propagatesErrors: Bool { isElementwise || Self.propagating.contains(name) }
}
