package import Diagnostics
package import Engine
import Experiments

// What a program met that it cannot go on with.
extension Diagnostic {
  /// A fault as a finding.
  ///
  /// - Parameter context: where in a run it was met, in words.
  package static func refusal(of fault: ProgramFault, _ context: String? = nil, at span: Span) -> Diagnostic {
    var finding: Diagnostic
    switch fault.cause {
    case .index(let index, let count):
      return .indexOutOfRange(index, count: count, place: fault.place, among: fault.placeCount, context, at: span)
    case .singular(let reciprocal): finding = singular(reciprocal, at: span)
    case .indefinite(let pivot, let size): finding = indefinite(pivot, of: size, at: span)
    case .exchange: finding = ranksFailed(nil, at: span)
    case .unsymmetric(let row, let column, let above, let below):
      finding = unsymmetric(row, column, above, below, at: span)
    }
    if let context { finding.message += ", " + context }
    if fault.placeCount > 1 {
      finding.notes.insert("it is number \(fault.place + 1) of \(fault.placeCount) matrices that are used here", at: 0)
    }
    return finding
  }

  private static func singular(_ reciprocal: Double, at span: Span) -> Diagnostic {
    let size = reciprocal == 0 ? "0" : NumberFormat.significant(2).text(reciprocal)
    return Diagnostic(
      "E0706", effect: .arithmetic, "the matrix is singular to working precision", at: span,
      label: "its reciprocal condition is about \(size)",
      help: ["for the solution of least squares and smallest norm write `pinv(A) @ b`"])
  }

  private static func indefinite(_ pivot: Int, of size: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0706", effect: .arithmetic, "the matrix is not positive definite", at: span,
      label: "pivot \(pivot) of \(size) is not positive",
      help: ["`eigvalsh(A)[0]` is its smallest eigenvalue"])
  }

  /// A function v ↦ A v of which A is not symmetric, by what it does to two vectors.
  package static func unsymmetricFunction(_ one: Double, _ other: Double, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0707", effect: .arithmetic,
      "this function v ↦ A v is not that of a symmetric matrix: wᵀ(Au) is \(NumberText.short(one)) and uᵀ(Aw) is "
        + "\(NumberText.short(other)), with u the vector to start from and w = (1, -1/2, 1/3, …)", at: span,
      label: "both would be equal", help: ["`eigvals(A)` takes any square matrix"])
  }

  private static func unsymmetric(
    _ row: Int, _ column: Int, _ above: Double, _ below: Double, at span: Span
  ) -> Diagnostic {
    let (here, there) = ("[\(row), \(column)]", "[\(column), \(row)]")
    let values = "\(here) is \(NumberText.short(above)) and \(there) is \(NumberText.short(below))"
    return Diagnostic(
      "E0707", effect: .arithmetic, "the matrix is not symmetric: \(values)", at: span,
      label: "they differ by \(NumberText.short((above - below).magnitude))",
      help: ["`(A + A.T) / 2` is its symmetric part; `eigvals(A)` takes any square matrix"])
  }
}
