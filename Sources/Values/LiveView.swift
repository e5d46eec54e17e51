import Messages

/// The watched values of runs that are under way, to be redrawn in place.
package struct LiveView: Sendable {
  /// One value with those it had before.
  package struct Value: Sendable {
    package var name: String
    package var value: Double
    package var history: [Double]

    package init(name: String, value: Double, history: [Double]) {
      self.name = name
      self.value = value
      self.history = history
    }
  }

  /// One run.
  package struct Row: Sendable {
    package var run: String
    package var step: Int
    /// The step to which it goes on, where that is known.
    package var goal: Int?
    package var values: [Value]

    package init(run: String, step: Int, goal: Int? = nil, values: [Value]) {
      self.run = run
      self.step = step
      self.goal = goal
      self.values = values
    }
  }

  package var rows: [Row]
  /// A plot above them, in lines.
  package var picture: [String] = []
  package var stepsPerSecond: Double?
  /// Seconds that it will take, at this speed.
  package var secondsLeft: Double?

  package init(rows: [Row], picture: [String] = [], stepsPerSecond: Double? = nil) {
    self.rows = rows
    self.picture = picture
    self.stepsPerSecond = stepsPerSecond
  }
}

/// Numbers as messages and live views write them.
package enum ValueNumber {
  /// Six significant digits.
  package static func short(_ value: Double) -> String { NumberText.short(value) }
}
