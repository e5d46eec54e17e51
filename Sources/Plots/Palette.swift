/// Colours that tell curves apart, for people who see all of them and for people who do not.
package enum Palette: Sendable, Hashable {
  /// Neighbours differ in hue and lightness, after the set of M. Okabe and K. Ito, "Color Universal Design", 2008.
  case contrasting
  /// Dark blue over green to amber, in equal steps of lightness: an ordered family.
  case ordered

  /// A colour by its three components, 0…255.
  struct Colour: Hashable {
    var red: Int
    var green: Int
    var blue: Int

    /// "#0072b2".
    var hexadecimal: String {
      "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The nearest entry of the 6×6×6 cube in a terminal's 256 colours.
    var terminalIndex: Int {
      let steps = [red, green, blue].map { $0 < 48 ? 0 : $0 < 115 ? 1 : ($0 - 35) / 40 }
      return 16 + 36 * steps[0] + 6 * steps[1] + steps[2]
    }
  }

  /// The colour of curve `index` among `count`.
  func colour(_ index: Int, of count: Int) -> Colour {
    switch self {
    case .contrasting: return Self.contrast[index % Self.contrast.count]
    case .ordered: return Self.ramp(count > 1 ? Double(index) / Double(count - 1) : 0)
    }
  }

  /// The colour of a curve of a panel.
  func colour(_ index: Int, in panel: Panel) -> Colour {
    guard let family = panel.curves[index].family else { return colour(index, of: panel.curves.count) }
    return colour(family.place, of: family.count)
  }

  private static let contrast = [
    Colour(red: 0, green: 114, blue: 178), Colour(red: 213, green: 94, blue: 0), Colour(red: 0, green: 158, blue: 115),
    Colour(red: 204, green: 121, blue: 167), Colour(red: 230, green: 159, blue: 0),
    Colour(red: 86, green: 180, blue: 233),
    Colour(red: 90, green: 90, blue: 90), Colour(red: 136, green: 86, blue: 47),
  ]

  private static let anchors = [
    Colour(red: 59, green: 40, blue: 122), Colour(red: 49, green: 104, blue: 142),
    Colour(red: 33, green: 145, blue: 140),
    Colour(red: 83, green: 181, blue: 92), Colour(red: 226, green: 178, blue: 28),
  ]

  private static func ramp(_ place: Double) -> Colour {
    let scaled = min(1, max(0, place)) * Double(anchors.count - 1)
    let index = min(anchors.count - 2, Int(scaled))
    let fraction = scaled - Double(index)
    func mixed(_ component: KeyPath<Colour, Int>) -> Int {
      let (start, end) = (Double(anchors[index][keyPath: component]), Double(anchors[index + 1][keyPath: component]))
      return Int((start + fraction * (end - start)).rounded())
    }
    return Colour(red: mixed(\.red), green: mixed(\.green), blue: mixed(\.blue))
  }
}
