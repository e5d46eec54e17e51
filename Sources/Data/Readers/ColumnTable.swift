/// A table as it was read: numbers row by row, text columns as numbers of their categories.
package struct ColumnTable: Sendable {
  /// The file's name, for messages.
  package var file: String
  /// One name for each column; empty where the file has no header.
  package var names: [String]
  package var rowCount: Int
  package var columnCount: Int
  /// Row-major, `rowCount × columnCount`; in a text column the position of the cell's text in its categories.
  package var values: [Double]
  /// The different texts of each text column, in increasing order of their bytes, and the column's number.
  package var categories: [(column: Int, texts: [String])]
  /// Columns of `True` and `False`, whose values are 1 and 0.
  package var truths: [Int] = []
  /// What the reader wants to have said.
  package var remarks: [DataRemark] = []

  /// A table of numbers.
  package init(
    file: String, names: [String] = [], rowCount: Int, columnCount: Int, values: [Double],
    categories: [(column: Int, texts: [String])] = []
  ) {
    self.file = file
    self.names = names
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.values = values
    self.categories = categories
  }

  /// The texts of a text column, or nil for a column of numbers.
  package func texts(of column: Int) -> [String]? {
    categories.first { $0.column == column }?.texts
  }

  /// What a column is called in messages: its name, or its number from 0.
  package func name(of column: Int) -> String {
    column < names.count ? names[column] : String(column)
  }

  /// The number of the column that a choice means.
  package func index(of choice: ColumnChoice) throws(DataError) -> Int {
    switch choice {
    case .last where columnCount > 0: return columnCount - 1
    case .number(let number) where number >= 0 && number < columnCount: return number
    case .name(let name):
      if let index = names.firstIndex(of: name) {
        guard names[(index + 1)...].firstIndex(of: name) == nil else {
          throw DataError(file, .repeatedColumn(name: name))
        }
        return index
      }
    default: break
    }
    throw DataError(file, .noSuchColumn(wanted: choice.text, available: names.isEmpty ? numberedNames : names))
  }

  /// A name that two columns have.
  var repeatedName: String? {
    let sorted = names.sorted()
    return zip(sorted, sorted.dropFirst()).first { $0 == $1 && !$0.isEmpty }?.0
  }

  private var numberedNames: [String] { (0..<min(columnCount, 20)).map { String($0) } }

  /// The values of one column.
  package func column(_ column: Int) -> [Double] {
    (0..<rowCount).map { values[$0 * columnCount + column] }
  }
}

/// How a script names a column: by number from 0, by name, or as the last one.
package enum ColumnChoice: Hashable, Sendable {
  case number(Int)
  case name(String)
  case last

  /// As the user wrote it.
  package var text: String {
    switch self {
    case .number(let number): String(number)
    case .name(let name): name
    case .last: "last"
    }
  }
}
