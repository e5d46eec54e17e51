import Diagnostics

extension Builtin {
  static let sweeps: [Builtin] = [
    Builtin("zip", ["lists"], isVariadic: true, "the first values of all lists together, then the second ones, …") {
      (e, a) throws(Diagnostic) in
      var columns: [[Value]] = []
      for index in a.values.indices {
        guard let members = try e.members(of: a[index], at: a.place(index)) else { return .unknown }
        guard columns.isEmpty || members.count == columns[0].count else {
          throw .unusable(
            "`zip` needs lists of one length, and these have \(columns[0].count) and \(members.count) values",
            at: a.place(index))
        }
        columns.append(members)
      }
      guard let first = columns.first else { return .list([]) }
      return .list(first.indices.map { row in .tuple(columns.map { $0[row] }) })
    }
  ]
}
