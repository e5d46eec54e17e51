import Data
import Diagnostics
import Testing

/// What users read, one fault for each code.
@Suite struct MessageTests {
  private static let messages: [(String, DataFault, String)] = [
    ("E0801", .missing(similar: ["data.csv"]), "there is no file `f`"),
    ("E0802", .notRegular(kind: "a directory"), "`f` is a directory, not a regular file"),
    ("E0803", .unreadable(reason: "Permission denied"), "cannot read `f`: Permission denied"),
    ("E0804", .tooLarge(bytes: 5 << 30, limit: 4 << 30), "`f` has 5 GiB, more than the limit of 4 GiB"),
    ("E0805", .unwritable(reason: "No space left on device"), "cannot write `f`: No space left on device"),
    (
      "E0806", .damagedCompression(reason: "invalid block type", offset: 12),
      "the compressed data of `f` is damaged: invalid block type"
    ),
    (
      "E0807", .expandsTooFar(limit: 64 << 20, compressed: 70_000),
      "`f` expands more than 200-fold: its first 68.4 KiB give over 64 MiB"
    ),
    ("E0808", .unknownFormat(ending: ".xyz"), "the format of `f` is not known from its name: `.xyz` is none of them"),
    ("E0809", .empty(what: "it is empty"), "`f` holds no data: it is empty"),
    ("E0810", .raggedRow(line: 3, cells: 1, expected: 2, firstLine: 1), "line 3 of `f` has 1 cell, expected 2"),
    (
      "E0811", .notANumber(TextPlace(line: 4, column: 2, name: "y"), text: "x1", advice: .text),
      "line 4, column 2 `y` of `f` is `x1`, expected a number like the rest of the column"
    ),
    (
      "E0812", .missingValue(TextPlace(line: 4, column: 2), text: ""),
      "line 4, column 2 of `f` is missing: the cell is empty"
    ),
    (
      "E0813", .badQuote(TextPlace(line: 1, column: 2), reason: "the quote is never closed"),
      "line 1, column 2 of `f`: the quote is never closed"
    ),
    (
      "E0814", .notThisFormat(format: "an IDX", expected: "00 00", found: "FF"),
      "`f` is not an IDX file: it starts with FF, expected 00 00"
    ),
    ("E0815", .wrongByteCount(expected: 9, found: 5, meaning: "why"), "`f` has 5 bytes, expected 9: why"),
    (
      "E0815", .notAMultiple(bytes: 3072, record: 3073, meaning: "why"),
      "`f` has 3072 bytes, which is not a multiple of 3073"
    ),
    ("E0816", .dimensionsOverflow(dimensions: [5, 7]), "the dimensions overflow: `f` claims 5 × 7 elements"),
    (
      "E0816", .tooManyElements(count: 3 << 30, limit: 1 << 31),
      "`f` holds 3221225472 elements, more than the limit of 2147483648 in one tensor"
    ),
    ("E0817", .unsupportedElement(type: "<c16", reason: "why"), "`f` holds elements of type `<c16`: why"),
    (
      "E0817", .inexactInteger(element: 3, value: "9007199254740993"),
      "element 3 of `f` is 9007199254740993, which a 64-bit real number cannot hold exactly"
    ),
    (
      "E0818", .badHeader(format: "NPY", reason: "expected `{`", offset: 10),
      "the NPY header of `f` is damaged at byte 10: expected `{`"
    ),
    ("E0819", .badLabel(record: 7, label: 255, range: 0...9), "`f`, record 7: label 255, expected 0–9"),
    (
      "E0820", .badEntry(TextPlace(line: 2, column: 3), text: "0:1", reason: "indices start at 1"),
      "line 2, column 3 of `f`, `0:1`: indices start at 1"
    ),
    ("E0821", .noSuchColumn(wanted: "heigth", available: ["width", "height"]), "`f` has no column `heigth`"),
    ("E0821", .repeatedColumn(name: "a"), "`f` has two columns named `a`"),
    (
      "E0822", .textColumn(name: "kind", example: "red"),
      "column `kind` of `f` is text (`red`), numbers are needed here"
    ),
    ("E0823", .badSplit(reason: "why"), "cannot split `f`: why"),
    (
      "E0823", .badCount(what: "the first", value: 10, available: 5),
      "cannot take the first 10 of `f`, which has 5 rows"
    ),
    (
      "E0823", .badWeight(row: 2, value: -1), "weight 2 of `f` is -1, expected a finite number of at least 0"
    ),
    (
      "E0824", .badClass(row: 2, value: 5, classes: 5),
      "the label of row 2 of `f` is 5, expected a whole number from 0 to 4"
    ),
    ("E0826", .notInstalled(searched: ["/data"], command: "get"), "the data set `f` is not installed"),
    ("E0827", .badArchive(reason: "why"), "`f` is not an archive that can be read: why"),
    ("E0827", .noSuchArray(wanted: "z", available: ["x"]), "`f` holds no array named `z`"),
    (
      "E0828", .rowsDisagree(first: "features", firstCount: 2, second: "labels", secondCount: 3),
      "`features` of `f` has 2 rows, but `labels` has 3"
    ),
    ("E0829", .noLabels(use: "one_hot"), "`f` has no labels, which `one_hot` needs"),
    ("E0829", .notDense(use: "center"), "`f` has sparse rows, and `center` would fill them"),
    ("E0829", .wrongRank(use: "reshape", shape: [3, 2]), "`reshape` does not take the shape [3, 2] of `f`"),
    (
      "E1101", .readOutside(real: "/etc/passwd", allowed: ["/script"]),
      "`f` lies outside the folders that this script may read"
    ),
    ("E1102", .writeOutside(allowed: "/out"), "`f` lies outside the output folder"),
  ]

  @Test(arguments: messages) func faultsAreToldInWords(_ code: String, _ fault: DataFault, _ text: String) {
    let span = Span(3, 8)
    let diagnostic = Diagnostic.data(DataError("f", fault), at: span)
    #expect(diagnostic.code == code && diagnostic.message == text && diagnostic.span == span)
    #expect(Diagnostic.dataCodes.contains { $0.code == code })
  }

  @Test func everyCodeIsTold() {
    let told = Set(Self.messages.map(\.0))
    for code in Diagnostic.dataCodes { #expect(told.contains(code.code), "\(code.code)") }
    #expect(Set(Diagnostic.dataCodes.map(\.code)).count == Diagnostic.dataCodes.count)
  }

  @Test func longTextsAreCut() {
    let text = String(repeating: "x", count: 1000)
    let place = TextPlace(line: 1, column: 1)
    let fault = DataFault.notANumber(place, text: text, advice: .text)
    #expect(Diagnostic.data(DataError("f", fault), at: nil).message.count < 150)
    let names = (0..<100).map { "column\($0)" }
    let wide = Diagnostic.data(DataError("f", .noSuchColumn(wanted: "z", available: names)), at: nil)
    #expect(wide.notes.first?.contains("and 92 more") == true)
  }
}
