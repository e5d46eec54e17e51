import Plots

/// Plots as pictures of a terminal that knows sixels.
extension InteractiveProgram {
  /// Draws a figure as a picture; false where it is to be drawn in characters.
  func draw(_ figure: Figure, _ run: ImageRendering.Runner) -> Bool {
    guard let draw = surroundings.draw else { return false }
    switch settings.drawing {
    case .braille: return false
    case .auto: guard LineEditor.hasSixel else { return false }
    case .sixel: break
    }
    let size = PictureSize(
      columns: LineEditor.columns, rows: LineEditor.rows, pixels: LineEditor.pixels, panels: figure.panels.count)
    guard let codes = ImageRendering.sixel(figure, width: size.width, height: size.height, run: run) else {
      return false
    }
    draw(codes + "\n")
    return true
  }
}

/// Pixels of a picture that leaves the line that was typed in sight.
package struct PictureSize: Hashable, Sendable {
  package var width: Int
  package var height: Int

  /// Wider ones are no clearer, and some terminals draw none above 1000.
  private static let widthMax = 960
  /// A cell where the window tells no pixels.
  private static let usualCell = (width: 8, height: 16)

  /// - Parameter pixels: of the window; 0 where it does not say.
  package init(columns: Int, rows: Int, pixels: (across: Int, down: Int), panels: Int) {
    let cell = (
      width: pixels.across > columns ? pixels.across / columns : Self.usualCell.width,
      height: pixels.down > rows ? pixels.down / rows : Self.usualCell.height
    )
    width = max(160, min(Self.widthMax, columns * cell.width))
    let wanted = panels > 2 ? width * 3 / 4 : width * 9 / 16
    // Six pixels are one row of a sixel picture: a whole number of them leaves no part of a line.
    height = max(120, min(wanted, (rows - 3) * cell.height)) / 6 * 6
  }
}
