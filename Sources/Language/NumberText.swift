import Experiments

/// Numbers inside messages.
enum NumberText {
  static func short(_ value: Double) -> String { NumberFormat.significant(6).text(value) }
}
