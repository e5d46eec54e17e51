package import Diagnostics
package import Experiments
import Graph
import Messages
import Syntax
package import Tensors
package import Values

extension Evaluator {
  /// An operation on values of which some are series of tensors, element by element.
  ///
  /// A tensor of the same shape stands beside the elements, a series or a single number beside each of them.
  package func overElements(_ values: [Value], at span: Span, _ body: ([Value]) throws(Diagnostic) -> Value)
    throws(Diagnostic) -> Value
  {
    var kept: TensorSeries?
    for case .tensorSeries(let series) in values {
      guard let first = kept else {
        kept = series
        continue
      }
      guard first.shape == series.shape else { throw .differentElements(first.shape, series.shape, at: span) }
    }
    guard var result = kept else { return .unknown(.any) }
    let columns = try values.map { (value) throws(Diagnostic) in try column(value, beside: result, at: span) }
    for index in result.elements.indices {
      guard case .series(let element) = try body(columns.map { $0[index] }) else {
        throw .expected("a value for each position", found: "something else", at: span)
      }
      result.elements[index] = element
    }
    result.name = session.sources.text(span)
    result.elementAxes = nil
    return .tensorSeries(result)
  }

  /// What stands beside each element of a series of tensors.
  package func column(_ value: Value, beside series: TensorSeries, at span: Span) throws(Diagnostic) -> [Value] {
    switch value {
    case .tensorSeries(let other): return other.elements.map(Value.series)
    case .tensor(let tensor) where tensor.shape.rank > 0:
      guard tensor.shape == series.shape else { throw .differentElements(series.shape, tensor.shape, at: span) }
      if tensor.holdsTruth { return tensor.doubles().map { .boolean($0 != 0) } }
      return tensor.doubles().map { .real($0) }
    case .along: throw .differentMembers(["the positions of a series"], ["an axis of a sweep"], at: span)
    default: return series.elements.map { _ in value }
    }
  }
}

extension Diagnostic {
  /// Two shapes of different numbers of elements, where one goes with one.
  package static func differentElements(_ first: Shape, _ second: Shape, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0501", "these have different elements: \(first) and \(second)", at: span, label: "element by element"
    ).following(from: .shapes)
  }
}
