import Diagnostics

// Words for faults in what a script asks of data.
extension DataMessage {
  static func ofColumns(_ fault: DataFault, _ file: String) -> DataMessage? {
    switch fault {
    case .noSuchColumn(let wanted, let available):
      let near = Suggestion.help(for: wanted, in: available)
      let counts = "columns are 0 to \(max(0, available.count - 1))"
      return DataMessage(
        "E0821", "\(file) has no column `\(wanted)`", label: "unknown column",
        notes: [available.isEmpty ? "it has no named columns" : "\(counts): \(list(available))"],
        help: near.map { [$0] } ?? [])
    case .repeatedColumn(let name):
      return DataMessage(
        "E0821", "\(file) has two columns named `\(name)`",
        help: ["give each column a name of its own, or choose columns by their numbers: `features = [0, 1]`"])
    case .textColumn(let name, let example):
      return DataMessage(
        "E0822", "column `\(name)` of \(file) is text (\(excerpt(example))), numbers are needed here",
        help: ["choose other columns, or make it the labels: `labels = \"\(name)\"`"])
    case .notInstalled(let searched, let command):
      return DataMessage(
        "E0826", "the data set \(file) is not installed", label: "not installed",
        notes: ["searched: \(list(searched))"], help: ["run `\(command)`"])
    default: return nil
    }
  }

  static func ofRows(_ fault: DataFault, _ file: String) -> DataMessage {
    switch fault {
    case .rowsDisagree(let first, let firstCount, let second, let secondCount):
      return DataMessage(
        "E0828", "`\(first)` of \(file) has \(count(firstCount, "row")), but `\(second)` has \(secondCount)",
        help: ["both must hold one row for each sample"])
    case .widthsDisagree(let width, let other, let otherWidth):
      return DataMessage(
        "E0828", "\(file) has \(count(width, "feature")), but `\(other)`, which it is to be like, has \(otherWidth)",
        help: ["both must hold the same features in the same order"])
    case .changesDisagree(let rule, let other, let done, let otherDone):
      func text(_ changes: [String]) -> String {
        changes.isEmpty ? "as it was read" : "changed by \(changes.map { "`\($0)`" }.joined(separator: ", "))"
      }
      return DataMessage(
        "E0828", "`\(rule)` of \(file) like `\(other)`: the first is \(text(done)), the other \(text(otherDone))",
        help: ["change both in the same way before"])
    case .unknownClass(let text, let classes):
      return DataMessage(
        "E0824", "\(file) has the class \(excerpt(text)), which the data that it is to be like does not have",
        notes: ["classes: \(list(classes))"])
    case .absentClass(let number, let classes): return absentClass(number, classes, file)
    case .needlessOption(let name, let format, let takes):
      return DataMessage(
        "E0829", "`\(name)` says nothing about \(file), which is \(format)",
        notes: [takes.isEmpty ? "such a file has no options" : "options of such a file: \(list(takes, max: 20))"])
    case .noLabels(let use):
      return DataMessage(
        "E0829", "\(file) has no labels, which `\(use)` needs", help: ["say which column holds them: `labels = last`"])
    case .notDense(let use):
      return DataMessage(
        "E0829", "\(file) has sparse rows, and `\(use)` would fill them",
        help: ["write the zeros out first: `D.dense()`"])
    case .wrongRank(let use, let shape):
      return DataMessage("E0829", "`\(use)` does not take the shape \(shape) of \(file)")
    case .badClass(let row, let value, let classes):
      let range = classes.map { "a whole number from 0 to \($0 - 1)" } ?? "a whole number from 0"
      return DataMessage(
        "E0824", "the label of row \(row) of \(file) is \(DataMessage.number(value)), expected \(range)",
        help: ["give other labels: `data(D.X, D.labels - 1)`, where D is the data set"])
    case .notASign(let row, let value):
      return DataMessage(
        "E0824", "the label of row \(row) of \(file) is \(DataMessage.number(value)), expected -1 or 1",
        help: ["`.signs()` makes -1 and 1 of two classes"])
    case .severalClasses(let row, let value, let others):
      let first = others.map { DataMessage.number($0) }.joined(separator: " and ")
      return DataMessage(
        "E0824",
        "\(file) has more than two classes: the label of row \(row) is \(DataMessage.number(value)), beside \(first)",
        help: ["`.only([…])` keeps the samples of some classes"])
    case .badSplit(let reason):
      return DataMessage("E0823", "cannot split \(file): \(reason)")
    case .badCount(let what, let value, let available):
      return DataMessage("E0823", "cannot take \(what) \(value) of \(file), which has \(count(available, "row"))")
    case .badWeight(let row, let value):
      return DataMessage(
        "E0823", "weight \(row) of \(file) is \(DataMessage.number(value)), expected a finite number of at least 0",
        notes: ["at least one weight must be above 0"])
    default:
      return DataMessage("E0803", "cannot read \(file)")
    }
  }

  private static func absentClass(_ number: Double, _ classes: [Double], _ file: String) -> DataMessage {
    DataMessage(
      "E0824", "no row of \(file) has the class \(DataMessage.number(number))",
      notes: ["classes: \(list(classes.map { DataMessage.number($0) }))"])
  }

  /// A number without a needless `.0`.
  static func number(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }
}
