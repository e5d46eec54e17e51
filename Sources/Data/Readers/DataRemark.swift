package import Diagnostics

/// What is suspicious about a file although it could be read: told as a warning.
package enum DataRemark: Hashable, Sendable {
  /// The first row of a table holds running numbers and was taken as data.
  case numbersAsNames(ClosedRange<Int>)
}

extension Diagnostic {
  /// The warning about a file that was read; `span` is the path in the script.
  package static func remark(_ remark: DataRemark, on file: String, at span: Span?) -> Diagnostic {
    switch remark {
    case .numbersAsNames(let numbers):
      Diagnostic(
        "W0801", "the first row of `\(file)`, \(numbers.lowerBound) to \(numbers.upperBound), was read as data",
        at: span,
        label: "its first row looks like names of columns", severity: .warning,
        help: ["write `header = true` where it names the columns, `header = false` where it is data"])
    }
  }

  /// Two files number a class that both have differently.
  package static func classesDisagree(
    _ name: String, file: String, number: Int, other: String, otherNumber: Int, at span: Span?
  ) -> Diagnostic {
    Diagnostic(
      "W0802", "`\(name)` is class \(number) in `\(file)` and class \(otherNumber) in `\(other)`", at: span,
      label: "numbers its classes on its own", severity: .warning,
      notes: ["texts are numbered in alphabetical order, file by file"],
      help: ["give the data set that was read first: `like = …` keeps its numbers"])
  }
}
