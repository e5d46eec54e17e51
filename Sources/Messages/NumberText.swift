import Experiments

/// Numbers inside messages.
package enum NumberText {
  package static func short(_ value: Double) -> String { NumberFormat.significant(6).text(value) }
}
