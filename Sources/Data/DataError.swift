/// What is wrong with a file or with a use of data: the file's name as the user wrote it and the fault.
///
/// `Diagnostic.data(_:at:)` turns it into what a user reads.
package struct DataError: Error, Hashable, Sendable {
  /// The path or data set name as the user wrote it.
  package var file: String
  package var fault: DataFault

  package init(_ file: String, _ fault: DataFault) {
    self.file = file
    self.fault = fault
  }
}

/// A place in a text file, counted from 1; `column` counts cells in a table and bytes elsewhere.
package struct TextPlace: Hashable, Sendable {
  package var line: Int
  package var column: Int
  /// The column's name where the file has a header.
  package var name: String?

  package init(line: Int, column: Int, name: String? = nil) {
    self.line = line
    self.column = column
    self.name = name
  }
}

/// Every way in which a file or a use of data can be wrong, with the facts that its message needs.
package enum DataFault: Hashable, Sendable {
  // Files.
  case missing(similar: [String])
  case notRegular(kind: String)
  case unreadable(reason: String)
  case tooLarge(bytes: Int, limit: Int)
  case unwritable(reason: String)
  case readOutside(real: String, allowed: [String])
  case writeOutside(allowed: String)
  case unknownFormat(ending: String)
  case interrupted

  // Compressed files and archives.
  case damagedCompression(reason: String, offset: Int)
  case expandsTooFar(limit: Int, compressed: Int)
  case badArchive(reason: String)
  case noSuchArray(wanted: String, available: [String])

  // Tables of text.
  case empty(what: String)
  case raggedRow(line: Int, cells: Int, expected: Int, firstLine: Int)
  case notANumber(TextPlace, text: String, advice: CellAdvice)
  case missingValue(TextPlace, text: String, isText: Bool = false)
  case inexactCell(TextPlace, text: String)
  case badQuote(TextPlace, reason: String)
  case repeatedColumn(name: String)

  // Binary files.
  case notThisFormat(format: String, expected: String, found: String)
  case wrongByteCount(expected: Int, found: Int, meaning: String)
  case notAMultiple(bytes: Int, record: Int, meaning: String)
  case dimensionsOverflow(dimensions: [UInt64])
  case tooManyElements(count: Int, limit: Int)
  case badHeader(format: String, reason: String, offset: Int)
  case unsupportedElement(type: String, reason: String)
  case inexactInteger(element: Int, value: String)
  case badLabel(record: Int, label: Int, range: ClosedRange<Int>)

  // Sparse text rows.
  case badEntry(TextPlace, text: String, reason: String)

  // Uses of a data set.
  case noSuchColumn(wanted: String, available: [String])
  case textColumn(name: String, example: String)
  case unknownClass(text: String, classes: [String])
  /// A class that no row has.
  case absentClass(Double, classes: [Double])
  case rowsDisagree(first: String, firstCount: Int, second: String, secondCount: Int)
  case widthsDisagree(width: Int, other: String, otherWidth: Int)
  case changesDisagree(rule: String, other: String, done: [String], otherDone: [String])
  case noLabels(use: String)
  case needlessOption(name: String, format: String, takes: [String])
  case badClass(row: Int, value: Double, classes: Int?)
  case notASign(row: Int, value: Double)
  case severalClasses(row: Int, value: Double, others: [Double])
  case badSplit(reason: String)
  case badCount(what: String, value: Int, available: Int)
  case notDense(use: String)
  case wrongRank(use: String, shape: [Int])
  case badWeight(row: Int, value: Double)

  /// What helps against a text among numbers.
  package enum CellAdvice: Hashable, Sendable {
    case decimalPoint
    /// The row is a header.
    case header
    /// The column is the label, and may be declared to be text.
    case text
    /// The column can be left out by naming these.
    case features([String])
  }

  // Bundled data.
  case notInstalled(searched: [String], command: String)
}
