/// What a series is recorded against.
package enum SeriesAxis: String, Sendable, Hashable, Codable { case step, epoch, time, samples, bits, seconds, index }

extension SeriesAxis {
  /// Several of its positions in words: `steps`.
  package var plural: String {
    switch self {
    case .step, .epoch, .time: rawValue + "s"
    case .samples, .bits, .seconds: rawValue
    case .index: "indices"
    }
  }
}

/// One recorded quantity: values against a known axis.
///
/// `positions` are increasing; `values` may hold non-finite numbers. Members of an ensemble or the
/// seeds of a sweep are separate series with equal positions.
package struct Series: Sendable {
  package var name: String
  package var axis: SeriesAxis
  package var positions: [Double]
  package var values: [Double]
  /// What was recorded with it: the series `NAME.error`, `NAME.residual`, …, where it was taken from a run.
  package var companions: [Series] = []
  /// Where the run ended, if that is after the last position.
  package var runEnd: Double?
  /// The run that it was recorded in, or the first of those it was computed from; nil for plain numbers.
  package var run: Identity?

  /// The time of one step, where steps have one: along `time` the positions are multiples of it.
  package var timeStep: Double?

  /// Whether its values are conditions, 0 and 1.
  package var holdsTruth = false

  package init(name: String, axis: SeriesAxis, positions: [Double] = [], values: [Double] = []) {
    self.name = name
    self.axis = axis
    self.positions = positions
    self.values = values
  }
}

/// A cell of a table.
package enum Cell: Sendable, Hashable {
  case number(Double)
  case integer(Int)
  case text(String)
  /// Mean and standard error; not a number where no error can be given.
  case estimate(Double, error: Double)
  case empty
}

/// Rows under named columns: what `table` prints and `save` writes.
package struct Table: Sendable {
  package var columns: [String]
  package var rows: [[Cell]]
  /// Columns that say what a row is about, the first ones.
  package var keyCount: Int
  package init(columns: [String], rows: [[Cell]] = [], keyCount: Int = 1) {
    self.columns = columns
    self.rows = rows
    self.keyCount = keyCount
  }
}
