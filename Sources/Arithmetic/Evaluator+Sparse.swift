package import Diagnostics
import Graph
import Messages
import Syntax
import Tensors
package import Values

extension Evaluator {
  /// `dot(a, w)` where `a` is sparse: Σ valuesₖ · w[indicesₖ].
  func sparseDot(_ a: SparseValue, _ dense: Value, at span: Span) throws(Diagnostic) -> Value {
    let entries = try apply(GatherRows(), [dense, a.indices], at: span)
    return try apply(Products.inner(1), [a.values, entries], at: span)
  }

  /// `A @ a` or `a @ A` where the vector `a` is sparse: only the matching columns or rows of A are read.
  func sparseProduct(_ matrix: Value, _ a: SparseValue, vectorOnRight: Bool, at span: Span) throws(Diagnostic) -> Value
  {
    let rows = vectorOnRight ? try transpose(matrix, at: span) : matrix
    let entries = try apply(GatherRows(), [rows, a.indices], at: span)
    return try apply(Contract(left: [0], right: [0, 1], output: [1]), [a.values, entries], at: span)
  }

  /// The same vector with its zeros written out.
  func densified(_ a: SparseValue, at span: Span) throws(Diagnostic) -> Value {
    guard shape(of: a.values)?.rank == 1 else { throw .lacks("a sparse row", "dense form here", at: span) }
    return try apply(ScatterAddRows(rowCount: a.size), [a.indices, a.values], at: span)
  }

  /// Products and inner products with a sparse operand; nil when neither operand is sparse or the form has no
  /// sparse rule.
  package func sparseMatrixProduct(_ left: Value, _ right: Value, at place: OperandPlaces) throws(Diagnostic) -> Value?
  {
    switch (left, right) {
    case (.sparse(let a), let other) where shape(of: other) == [a.size]:
      return try sparseDot(a, asReal(other, at: place.right), at: place.whole)
    case (let other, .sparse(let a)) where shape(of: other) == [a.size]:
      return try sparseDot(a, asReal(other, at: place.left), at: place.whole)
    case (.sparse(let a), let other) where shape(of: other)?.rank == 2 && shape(of: other)?[0] == a.size:
      return try sparseProduct(asReal(other, at: place.right), a, vectorOnRight: false, at: place.whole)
    case (let other, .sparse(let a)) where shape(of: other)?.rank == 2 && shape(of: other)?[1] == a.size:
      return try sparseProduct(asReal(other, at: place.left), a, vectorOnRight: true, at: place.whole)
    default: return nil
    }
  }

  /// A sparse vector times or divided by one number stays sparse; nil for everything else.
  func sparseScaled(_ operation: BinaryOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic) -> Value?
  {
    if operation == .matrix { return try sparseMatrixProduct(left, right, at: place) }
    guard operation == .multiply || operation == .divide else { return nil }
    if case .sparse(var a) = left, shape(of: right)?.rank == 0 {
      a.values = try binary(operation, a.values, right, at: place)
      return .sparse(a)
    }
    if operation == .multiply, case .sparse(var a) = right, shape(of: left)?.rank == 0 {
      a.values = try binary(operation, left, a.values, at: place)
      return .sparse(a)
    }
    return nil
  }
}
