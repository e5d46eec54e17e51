import Arithmetic
package import Diagnostics
import Graph
import Messages
import Tensors
package import Values

extension Evaluator {
  // MARK: Projections

  /// S x with three entries ±1/√3 in each column of S, one in each third of the rows.
  package func randomProjection(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let x = try a.real(0, self)
    let shape = try shape(x, of: a)
    guard shape.rank == 1, shape.count > 0 else {
      throw .unsuitableShape(a.callee, shape, expected: "a vector", at: a.place(0))
    }
    let dimension = try a.whole(1, "the number of dimensions", self)
    guard dimension >= 3 else {
      throw .outOfRange("the number of dimensions", "\(dimension)", expected: "3 or more", at: a.place(1))
    }
    let seed = a.given(2) == nil ? 0 : try a.whole(2, "a seed", self)
    let stream = StreamName(seed: seed, purpose: "projection", detail: "")
    let parts = try (0..<3).map { (third) throws(Diagnostic) in
      let first = dimension * third / 3, last = dimension * (third + 1) / 3
      return try projected(x, shape.count, rows: first..<last, of: dimension, stream, lane: third, at: a.span)
    }
    let image = try apply(Add(), [apply(Add(), [parts[0], parts[1]], at: a.span), parts[2]], at: a.span)
    return try apply(Multiply(), [image, .real((1.0 / 3).squareRoot())], at: a.span)
  }

  /// Each entry with a random sign added to one of the rows.
  private func projected(
    _ x: Value, _ size: Int, rows: Range<Int>, of dimension: Int, _ stream: StreamName, lane: Int, at span: Span
  ) throws(Diagnostic) -> Value {
    let key = Value.tensor(Tensor(integers: [stream.key, 0, lane], shape: [3]))
    let other = Value.tensor(Tensor(integers: [stream.key, 1, lane], shape: [3]))
    let below = Distribution.index(below: rows.count)
    let offsets = try apply(Draw(distribution: below, shape: [size], dtype: .i64), [key], at: span)
    let places = try apply(Add(), [offsets, .integer(rows.lowerBound)], at: span)
    let signs = try apply(Draw(distribution: .rademacher, shape: [size], dtype: .f64), [other], at: span)
    let signed = try apply(Multiply(), [x, signs], at: span)
    return try apply(ScatterAddRows(rowCount: dimension), [places, signed], at: span)
  }
}
