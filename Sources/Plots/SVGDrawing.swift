import Experiments

/// A figure as an SVG file, written without any other program.
///
/// The same layout as gnuplot's picture: white ground, thin grid, names in the freest corner, 3 : 2. Text is escaped
/// and stripped of what XML forbids, so no label can break or script the file. Equal figures give equal bytes.
package enum SVGDrawing {
  /// The whole file.
  package static func text(_ figure: Figure) -> String {
    var figure = figure
    if figure.panels.isEmpty { figure.panels = [Panel()] }
    let across = GnuplotScript.columnCount(figure)
    let down = (figure.panels.count + across - 1) / across
    let isSmall = figure.panels.count > 1
    let size = isSmall ? (width: 518.0, height: 346.0) : (width: 720.0, height: 480.0)
    let head = isSmall && !figure.title.isEmpty ? 30.0 : 0
    let width = size.width * Double(across)
    let height = size.height * Double(down) + head
    var elements = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" \(dimensions(figure.size, width, height))"
        + " viewBox=\"0 0 \(coordinate(width)) \(coordinate(height))\""
        + " font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"13\" fill=\"#222\">",
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>",
    ]
    if head > 0 {
      elements.append(label(figure.title, x: width / 2, y: 21, anchor: "middle", attributes: " font-size=\"16\""))
    }
    for (index, panel) in figure.panels.enumerated() {
      var shown = panel
      if !isSmall, !figure.title.isEmpty { shown.title = figure.title }
      let layout = ImageLayout(shown, notation: .superscript, isSmall: isSmall)
      let x = Double(index % across) * size.width
      let y = Double(index / across) * size.height + head
      elements.append("<g transform=\"translate(\(coordinate(x)) \(coordinate(y)))\">")
      elements +=
        SVGPanel(layout, index: index, palette: figure.palette, width: size.width, height: size.height).elements
      elements.append("</g>")
    }
    elements.append("</svg>")
    return elements.joined(separator: "\n") + "\n"
  }

  /// The size on the page: what was asked for, into which the drawing is scaled, else that of the drawing.
  private static func dimensions(_ size: Figure.Size?, _ width: Double, _ height: Double) -> String {
    guard let size else { return "width=\"\(coordinate(width))\" height=\"\(coordinate(height))\"" }
    return "width=\"\(coordinate(size.width))cm\" height=\"\(coordinate(size.height))cm\""
  }

  /// To a hundredth of a pixel, without trailing zeros.
  static func coordinate(_ value: Double) -> String {
    let bounded = min(1e5, max(-1e5, value))
    return NumberFormat.shortest.text((bounded * 100).rounded() / 100 + 0)
  }

  /// A text element whose content is nothing but text.
  static func label(_ text: String, x: Double, y: Double, anchor: String, attributes: String = "") -> String {
    let shown = escaped(VisibleText.cut(VisibleText.visible(text), to: 160))
    return "<text x=\"\(coordinate(x))\" y=\"\(coordinate(y))\" text-anchor=\"\(anchor)\"\(attributes)>\(shown)</text>"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// A rough width of a text in pixels at size 13, for margins.
  static func textWidth(_ text: String) -> Double { 7.2 * Double(VisibleText.width(VisibleText.visible(text))) }
}
