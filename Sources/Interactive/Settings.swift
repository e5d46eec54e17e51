import Diagnostics

/// What `:set` changes.
struct Settings {
  /// Whether every input is followed by the time it took.
  var showsTime = false
  /// Whether watched values are redrawn in place while a run is stepped.
  var isLive = true

  /// The names with what they mean.
  static let names: [(name: String, summary: String)] = [
    ("live", "redraw watched values in place while stepping"),
    ("timing", "show the time after every input"),
  ]

  /// The value of a setting; nil for an unknown name.
  subscript(name: String) -> Bool? {
    get {
      switch name {
      case "live": isLive
      case "timing": showsTime
      default: nil
      }
    }
    set {
      guard let newValue else { return }
      switch name {
      case "live": isLive = newValue
      case "timing": showsTime = newValue
      default: break
      }
    }
  }
}
