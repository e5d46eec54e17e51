import Glibc

/// The three streams that a program starts with.
enum StandardStreams {
  /// Opens `/dev/null` where a descriptor from 0 to 2 is closed, so that no file of ours ever takes its place.
  static func openMissing() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
    }
  }

  /// Whether a descriptor is a terminal that can move its cursor and show colours.
  static func isCapableTerminal(_ descriptor: Int32) -> Bool {
    guard isatty(descriptor) == 1, let kind = environment("TERM") else { return false }
    return kind != "dumb"
  }

  /// Whether messages on standard error are coloured, by the user's word or by what the terminal can do.
  static func usesColour(_ choice: ColourChoice) -> Bool {
    switch choice {
    case .always: true
    case .never: false
    case .auto: environment("NO_COLOR") == nil && isCapableTerminal(2)
    }
  }

  /// The value of a variable of the environment; nil where it is empty or not there.
  static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}
