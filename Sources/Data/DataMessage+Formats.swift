// Words for faults inside files: tables of text, binary arrays, sparse rows.
extension DataMessage {
  static func ofTable(_ fault: DataFault, _ file: String) -> DataMessage? {
    switch fault {
    case .empty(let what):
      return DataMessage("E0809", "\(file) holds no data: \(what)")
    case .raggedRow(let line, let cells, let expected, let firstLine):
      return DataMessage(
        "E0810", "line \(line) of \(file) has \(count(cells, "cell")), expected \(expected)",
        notes: ["line \(firstLine) has \(count(expected, "cell"))"],
        help: ["complete the row; put a cell that holds a separator in double quotes"])
    case .notANumber(let at, let text, let advice):
      return DataMessage(
        "E0811", "\(place(at)) of \(file) is \(excerpt(text)), expected a number like the rest of the column",
        help: [help(advice, at)])
    case .missingValue(let at, let text, let isText):
      return DataMessage(
        "E0812", "\(place(at)) of \(file) is missing: \(text.isEmpty ? "the cell is empty" : excerpt(text))",
        notes: ["what stands for a missing value changes the result, so it must be chosen"],
        help: [
          isText
            ? "choose `missing = \"drop\"` (leave the row out) or `missing = \"keep\"` (nan)"
            : "choose `missing = \"drop\"` (leave the row out), `missing = \"mean\"`, `missing = \"keep\"` (nan) or a number, `missing = 0`"
        ])
    case .inexactCell(let at, let text):
      return DataMessage(
        "E0817", "\(place(at)) of \(file) is \(excerpt(text)), which a 64-bit real number cannot hold exactly",
        help: ["if it is a name, leave its column out; if rounding does no harm, write it as `\(text).0`"])
    case .badQuote(let at, let reason):
      return DataMessage(
        "E0813", "\(place(at)) of \(file): \(reason)",
        help: ["a quoted cell starts and ends with `\"`; a quote inside is written twice"])
    case .badEntry(let at, let text, let reason):
      return DataMessage(
        "E0820", "line \(at.line), column \(at.column) of \(file), \(excerpt(text)): \(reason)",
        help: ["a row is `label index:value index:value ...` with whole indices from 1, increasing"])
    default: return nil
    }
  }

  private static func help(_ advice: DataFault.CellAdvice, _ at: TextPlace) -> String {
    switch advice {
    case .decimalPoint: return "write decimal points and no grouping: `1234.5`"
    case .header: return "where the first row names the columns, write `header = true`"
    case .text:
      return
        "if the column is text on purpose, read it with `text = [\(at.name.map { "\"\($0)\"" } ?? String(at.column - 1))]`"
    case .features(let others):
      let list = others.count <= 6 ? others.joined(separator: ", ") : others.prefix(3).joined(separator: ", ") + ", …"
      return others.isEmpty
        ? "correct the cell" : "correct the cell, or leave the column out by naming the others: `features = [\(list)]`"
    }
  }

  static func ofBinaryFile(_ fault: DataFault, _ file: String) -> DataMessage? {
    switch fault {
    case .notThisFormat(let format, let expected, let found):
      return DataMessage(
        "E0814", "\(file) is not \(format) file: it starts with \(found), expected \(expected)",
        help: ["name its format with `format = ...`, or fetch the file again"])
    case .wrongByteCount(let expected, let found, let meaning):
      return DataMessage(
        "E0815", "\(file) has \(count(found, "byte")), expected \(expected): \(meaning)",
        help: [found < expected ? "the file is cut off: fetch it again" : "the file has bytes that its header denies"])
    case .notAMultiple(let bytes, let record, let meaning):
      return DataMessage(
        "E0815", "\(file) has \(count(bytes, "byte")), which is not a multiple of \(record)", notes: [meaning])
    case .dimensionsOverflow(let dimensions):
      let product = dimensions.prefix(8).map(String.init).joined(separator: " × ")
      return DataMessage(
        "E0816", "the dimensions overflow: \(file) claims \(product) elements",
        help: ["the header is damaged: fetch the file again"])
    case .tooManyElements(let elements, let limit):
      return DataMessage(
        "E0816", "\(file) holds \(elements) elements, more than the limit of \(limit) in one tensor")
    case .badHeader(let format, let reason, let offset):
      return DataMessage("E0818", "the \(format) header of \(file) is damaged at byte \(offset): \(reason)")
    default: return nil
    }
  }

  static func ofElement(_ fault: DataFault, _ file: String) -> DataMessage? {
    switch fault {
    case .unsupportedElement(let type, let reason):
      return DataMessage(
        "E0817", "\(file) holds elements of type `\(type)`: \(reason)",
        help: [
          ["<U", "<S", "|S", ">U", "<M", "<m", ">M", ">m"].contains { type.hasPrefix($0) } || type == "record"
            ? "name an array of numbers: `array = …`, or save numbers in its place"
            : "save it again as float64: `numpy.save(path, array.astype(\"<f8\"))`"
        ])
    case .inexactInteger(let element, let value):
      return DataMessage(
        "E0817", "element \(element) of \(file) is \(value), which a 64-bit real number cannot hold exactly",
        help: ["save it as float64 if the rounding does no harm"])
    case .badLabel(let record, let label, let range):
      return DataMessage(
        "E0819", "\(file), record \(record): label \(label), expected \(range.lowerBound)–\(range.upperBound)",
        notes: ["records are counted from 0"])
    default: return nil
    }
  }
}
