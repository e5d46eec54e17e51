import Experiments
import Glibc
import Plots

/// SplitMix64: the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Twelve uniforms minus six: normal enough for pictures, and free of library functions.
  mutating func roughlyNormal() -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
  }
}

/// Figures like those that scripts draw.
enum Samples {
  /// Sharpness that rises and then hovers about 2/η.
  static var edge: Figure {
    var generator = SeededGenerator(seed: 3)
    let x = (0...200).map { Double($0) * 20 }
    let y = x.map { step -> Double in
      step > 1500 ? 10 + 0.35 * generator.roughlyNormal() : 10 * step / (step + 300) + 1.5
    }
    let panel = Panel(
      horizontal: Axis(label: "step"), vertical: Axis(label: "sharpness"),
      curves: [Curve(name: "sharpness", x: x, y: y)], references: [ReferenceLine(at: 10, label: "2/η")])
    return Figure(title: "The edge of stability", panels: [panel])
  }

  /// Mean losses of four batch sizes with bands, on a logarithmic axis, and an intervention.
  static var sweep: Figure {
    var generator = SeededGenerator(seed: 5)
    let curves = (0..<4).map { member in
      let seeds = (0..<5).map { _ in
        let x = (0..<80).map { Double($0) * 50 }
        let y = x.map { 1 / (1 + $0 * $0 / 20_000 / Double(1 << member)) * (1 + 0.1 * generator.roughlyNormal()) }
        return Series(name: "b = \(4 << (2 * member))", axis: .step, positions: x, values: y)
      }
      return Curve(meanOf: seeds, spread: .deviation)
    }
    let panel = Panel(
      horizontal: Axis(label: "step"), vertical: Axis(label: "loss", scale: .logarithmic), curves: curves,
      references: [ReferenceLine(.vertical, at: 2000, label: "η doubled")])
    return Figure(title: "Loss by batch size", panels: [panel], palette: .ordered)
  }

  /// A power law, its reference and some measured points on two logarithmic axes.
  static var powerLaw: Figure {
    let x = (0...60).map { 1.26 * Double($0 * $0 * $0) + 1 }
    let panel = Panel(
      horizontal: Axis(label: "step", scale: .logarithmic), vertical: Axis(label: "error", scale: .logarithmic),
      curves: [
        Curve(name: "bound", x: x, y: x.map { 1 / $0.squareRoot() }),
        Curve(name: "μ_t", x: x, y: x.map { 0.5 / $0 }),
        Curve(name: "measured", x: [1, 10, 100, 1e3, 1e4], y: [0.5, 0.06, 0.004, 6e-4, 4e-5], mark: .points),
      ])
    return Figure(panels: [panel])
  }

  /// A histogram with its law.
  static var histogram: Figure {
    var generator = SeededGenerator(seed: 9)
    let values = (0..<2000).map { _ in 1 + 0.3 * generator.roughlyNormal() }
    let x = (0...40).map { Double($0) / 20 }
    let panel = Panel(
      horizontal: Axis(label: "w"), vertical: Axis(label: "density"),
      curves: [
        Curve(histogramOf: values, bins: 16, name: "paths"),
        Curve(name: "law", x: x, y: x.map { max(0, 1.33 * (1 - ($0 - 1) * ($0 - 1))) }),
      ])
    return Figure(title: "Stationary law", panels: [panel])
  }

  static var facets: Figure {
    let panels = [edge, sweep, powerLaw, histogram].enumerated().map { index, figure in
      var panel = figure.panels[0]
      panel.title = "view \(index)"
      return panel
    }
    return Figure(title: "Four views", panels: panels)
  }

  static var gapsAndSteps: Figure {
    let x = (0..<40).map(Double.init)
    let panel = Panel(
      horizontal: Axis(label: "epoch"), vertical: Axis(label: "rate"),
      curves: [
        Curve(name: "schedule", x: x, y: x.map { $0 < 20 ? 0.1 : 0.05 }, mark: .steps),
        Curve(name: "broken", x: x, y: x.map { (10...20).contains($0) ? .nan : 0.002 * $0 }),
      ])
    return Figure(panels: [panel])
  }

  static var empty: Figure { Figure(title: "nothing", panels: [Panel(curves: [Curve(name: "a", x: [], y: [])])]) }

  static var constant: Figure {
    Figure(panels: [Panel(vertical: Axis(label: "loss"), curves: [Curve(name: "loss", x: [0, 1, 2], y: [3, 3, 3])])])
  }

  static var negativeOnLogarithmicAxis: Figure {
    let curve = Curve(name: "a", x: [0, 1, 2], y: [0, -1, .nan])
    return Figure(panels: [Panel(vertical: Axis(label: "a", scale: .logarithmic), curves: [curve])])
  }

  static var all: [(name: String, figure: Figure)] {
    [
      ("edge", edge), ("sweep", sweep), ("powerLaw", powerLaw), ("histogram", histogram), ("facets", facets),
      ("gapsAndSteps", gapsAndSteps), ("empty", empty), ("constant", constant),
      ("negativeOnLogarithmicAxis", negativeOnLogarithmicAxis),
    ]
  }
}

/// Files beside the tests that hold expected output; `UPDATE_GOLDENS=1` writes them anew.
enum Golden {
  static func expected(_ name: String, actual: String) -> String? {
    let path = #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/Goldens/\(name).txt"
    if getenv("UPDATE_GOLDENS") != nil {
      guard let file = fopen(path, "w") else { return nil }
      fputs(actual, file)
      fclose(file)
      return actual
    }
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Texts that have broken a plotting program somewhere.
enum HostileText {
  /// `canary` is a path that no text may bring into being.
  static func random(using generator: inout SeededGenerator, canary: String) -> String {
    let pieces = [
      "'", "''", "\"", "`touch \(canary)`", "$(touch \(canary))", "\n", "\nsystem('touch \(canary)')\n", "\\", "\\'",
      "'\\",
      "!touch \(canary)", "@x", "#", "{/Symbol a}", "_{x}^2", "%s%n", "<b>", "&amp;", "&", "]]>", "<!--", "$p0c0",
      "EOD",
      "\nEOD\n", "; quit", "| touch \(canary)", "< touch \(canary)", "\u{1B}[31m", "\u{7}", "\u{202E}", "\u{FEFF}",
      "\0",
      "η", "λ₁ ≤ 2/η", "損失", "👩‍🔬", "e\u{301}", "\u{FFFF}", "~a{b}", "-", " ", "loss", "'.system(\"touch \(canary)\").'",
      "\r\n", "\u{2028}", "\\\n", ",", "title", "with lines", "')", "\\u{1b}", "&#x1b;", "\t",
    ]
    let count = Int.random(in: 1...8, using: &generator)
    return (0..<count).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined()
  }
}
