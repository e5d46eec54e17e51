import Diagnostics

/// How `plot` draws at a terminal.
enum PlotDrawing: String, CaseIterable {
  case auto, braille, sixel
}

/// What `:set` changes.
struct Settings {
  /// Whether every input is followed by the time it took.
  var showsTime = false
  /// Whether watched values are redrawn in place while a run is stepped.
  var isLive = true
  var drawing = PlotDrawing.auto

  /// One setting, as it is listed and completed.
  struct Entry: Sendable {
    let name: String
    let choices: [String]
    let summary: String
  }

  static let entries = [
    Entry(name: "live", choices: ["on", "off"], summary: "redraw watched values in place while stepping"),
    Entry(
      name: "plot", choices: PlotDrawing.allCases.map(\.rawValue),
      summary: "draw plots in characters, as pictures, or as the terminal says it can"),
    Entry(name: "timing", choices: ["on", "off"], summary: "show the time after every input"),
  ]

  /// The setting of a name.
  static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

  /// The value of a setting as one of its choices; other names have none, other values change nothing.
  subscript(name: String) -> String? {
    get {
      switch name {
      case "live": isLive ? "on" : "off"
      case "plot": drawing.rawValue
      case "timing": showsTime ? "on" : "off"
      default: nil
      }
    }
    set {
      guard let newValue, Self.entry(named: name)?.choices.contains(newValue) == true else { return }
      switch name {
      case "live": isLive = newValue == "on"
      case "plot": drawing = PlotDrawing(rawValue: newValue) ?? drawing
      case "timing": showsTime = newValue == "on"
      default: break
      }
    }
  }
}

extension InteractiveProgram {
  /// `:set`, `:set plot` and `:set plot sixel`.
  func set(_ text: String) -> Bool {
    let words = text.split { $0 == " " || $0 == "=" }.map(String.init)
    guard let name = words.first else {
      for entry in Settings.entries { tell(entry) }
      return true
    }
    guard let entry = Settings.entry(named: name) else {
      let near = Suggestion.help(for: name, in: Settings.entries.map(\.name)).map { "; \($0)" } ?? ""
      return complain("there is no setting `\(name)`\(near)")
    }
    if words.count == 1 {
      tell(entry)
      return true
    }
    guard words.count == 2, entry.choices.contains(words[1]) else {
      return complain("write " + entry.choices.map { "`:set \(name) \($0)`" }.joined(separator: " or "))
    }
    settings[name] = words[1]
    return true
  }

  private func tell(_ entry: Settings.Entry) {
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(1, width - text.count))
    }
    let choices = entry.choices.joined(separator: ", ")
    surroundings.write(
      padded(entry.name, 8) + padded(settings[entry.name] ?? "", 9) + "\(entry.summary) (\(choices))\n")
  }
}
