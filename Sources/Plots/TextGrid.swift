/// A rectangle of characters with styles: what terminal plots are composed in before they become text.
struct TextGrid {
  enum Style: Hashable {
    case plain, bold, faint
    /// An entry of the terminal's 256 colours.
    case colour(Int)
    case faintColour(Int)

    fileprivate var codes: String {
      switch self {
      case .plain: ""
      case .bold: "\u{1B}[1m"
      case .faint: "\u{1B}[2m"
      case .colour(let index): "\u{1B}[38;5;\(index)m"
      case .faintColour(let index): "\u{1B}[2;38;5;\(index)m"
      }
    }
  }

  private struct Cell {
    /// Empty in the second column of a wide character.
    var text: String = " "
    var style = Style.plain
  }

  let width: Int
  let height: Int
  private var cells: [Cell]

  init(width: Int, height: Int) {
    self.width = max(0, width)
    self.height = max(0, height)
    cells = [Cell](repeating: Cell(), count: self.width * self.height)
  }

  /// Whether the cell holds nothing but a space; cells outside count as taken.
  func isBlank(_ row: Int, _ column: Int) -> Bool {
    contains(row, column) && cells[row * width + column].text == " "
  }

  private func contains(_ row: Int, _ column: Int) -> Bool {
    row >= 0 && row < height && column >= 0 && column < width
  }

  /// Writes from `column` on; what falls outside the grid is dropped.
  mutating func write(_ text: String, row: Int, column: Int, style: Style = .plain) {
    var place = column
    for character in text {
      let columns = VisibleText.width(String(character))
      if columns == 0 { continue }
      if contains(row, place), contains(row, place + columns - 1) {
        cells[row * width + place] = Cell(text: String(character), style: style)
        for extra in 1..<max(1, columns) where columns > 1 {
          cells[row * width + place + extra] = Cell(text: "", style: style)
        }
      }
      place += columns
    }
  }

  /// Copies another grid with its top left corner at the given place.
  mutating func insert(_ other: TextGrid, row: Int, column: Int) {
    for (index, cell) in other.cells.enumerated() {
      let place = (row: row + index / other.width, column: column + index % other.width)
      if contains(place.row, place.column) { cells[place.row * width + place.column] = cell }
    }
  }

  /// The rows as lines without trailing spaces; with `colour` styles become SGR sequences.
  func lines(colour: Bool) -> [String] {
    (0..<height).map { row in
      let line = cells[row * width..<(row + 1) * width]
      let end = line.lastIndex { $0.text != " " }.map { $0 + 1 } ?? line.startIndex
      return Self.line(line[..<end], colour: colour)
    }
  }

  private static func line(_ cells: ArraySlice<Cell>, colour: Bool) -> String {
    var result = ""
    var current = Style.plain
    for cell in cells {
      if colour, cell.style != current {
        if current != .plain { result += "\u{1B}[0m" }
        result += cell.style.codes
        current = cell.style
      }
      result += cell.text
    }
    return current == .plain ? result : result + "\u{1B}[0m"
  }
}
