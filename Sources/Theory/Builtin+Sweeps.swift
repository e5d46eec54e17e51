import Arithmetic
import Diagnostics
import Evaluation
import Messages
import Results
import Syntax
import Values

extension Builtin {
  static let sweeps: [Builtin] = [
    Builtin("zip", ["lists"], isVariadic: true, "the first values of all lists together, then the second ones, …") {
      (e, a) throws(Diagnostic) in
      var columns: [[Value]] = []
      for index in a.values.indices {
        let members = try e.knownMembers(of: a[index], at: a.place(index))
        guard columns.isEmpty || members.count == columns[0].count else {
          throw .requires(
            "`zip`", "lists of one length, and these have \(columns[0].count) and \(members.count) values",
            at: a.place(index))
        }
        columns.append(members)
      }
      guard let first = columns.first else { return .list([]) }
      return .list(first.indices.map { row in .tuple(columns.map { $0[row] }) })
    },
    Builtin(
      "paired", ["a", "b"], "differences a − b of values of sweeps, run by run: what a seed does to both cancels"
    ) {
      (e, a) throws(Diagnostic) in
      for value in [a[0], a[1]] {
        guard case .group = value else {
          throw .expected("values of a sweep", found: value.kind, at: a.span)
        }
      }
      return try e.binary(.subtract, a[0], a[1], at: a.places)
    },
    Builtin(
      "same_law", ["values", "law", "within?", "from?", "to?"],
      "whether values follow a law: a distribution, a density between `from` and `to`, or other values"
    ) {
      (e, a) throws(Diagnostic) in try e.sameLaw(a)
    },
  ]
}
