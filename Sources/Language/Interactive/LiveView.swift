/// The watched values of runs that are under way, to be redrawn in place.
package struct LiveView: Sendable {
  /// One value with those it had before.
  package struct Value: Sendable {
    package var name: String
    package var value: Double
    package var history: [Double]
  }

  /// One run.
  package struct Row: Sendable {
    package var run: String
    package var step: Int
    package var values: [Value]
  }

  package var rows: [Row]
  package var stepsPerSecond: Double?
}

/// Numbers as messages and live views write them.
package enum ValueNumber {
  /// Six significant digits.
  package static func short(_ value: Double) -> String { NumberText.short(value) }
}
