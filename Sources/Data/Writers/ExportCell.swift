/// One cell of what is written to a file.
package enum ExportCell: Hashable, Sendable {
  case number(Double)
  case integer(Int)
  case text(String)
  case empty
}
