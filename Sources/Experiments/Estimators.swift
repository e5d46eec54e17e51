/// Estimators: one number, with its error where there is one, from a recorded series.
extension Series {
  /// The last value; not a number for an empty series.
  package var final: Double { values.last ?? .nan }

  /// The smallest value; not a number if one is.
  package var minimum: Double { Statistics.minimum(values) }

  /// The largest value; not a number if one is.
  package var maximum: Double { Statistics.maximum(values) }

  /// Where the smallest value stands first; nil for an empty series or one with a value that is not a number.
  package var positionOfMinimum: Double? { Statistics.indexOfMinimum(values).map { positions[$0] } }

  /// Where the largest value stands first; nil for an empty series or one with a value that is not a number.
  package var positionOfMaximum: Double? { Statistics.indexOfMaximum(values).map { positions[$0] } }

  /// The quantile of order `order` in [0, 1]; see `Statistics.quantile`.
  package func quantile(_ order: Double) -> Double { Statistics.quantile(values, order) }

  /// The median of all values.
  package var median: Double { Statistics.median(values) }

  /// The first position whose value meets `condition`; nil when none does.
  ///
  /// A value that is not a number meets no comparison and hence no condition.
  package func firstPosition(where condition: (Double) -> Bool) -> Double? {
    values.firstIndex { !$0.isNaN && condition($0) }.map { positions[$0] }
  }

  /// The values with positions in `range`, ends included.
  package func restricted(to range: Interval) -> Series {
    let kept = positions.indices.filter { positions[$0] >= range.low && positions[$0] <= range.high }
    var result = Series(name: name, axis: axis, positions: kept.map { positions[$0] }, values: kept.map { values[$0] })
    result.run = run
    return result
  }

  /// The last `fraction` of the values, at least one; the whole series for 1.
  package func tail(_ fraction: Double) -> Series {
    guard fraction > 0, !values.isEmpty else { return Series(name: name, axis: axis) }
    // The tolerance keeps 0.2 · 50 from becoming eleven values by rounding.
    let wanted = (min(1, fraction) * Double(values.count) - 1e-9).rounded(.up)
    let count = max(1, Int(wanted))
    var result = Series(name: name, axis: axis, positions: positions.suffix(count), values: values.suffix(count))
    result.run = run
    return result
  }

  /// How often a value is above, below or equal to the one before it.
  package var changes: SeriesChanges { SeriesChanges(values) }
}

/// How often the values of a list rise, fall and stay.
package struct SeriesChanges: Sendable, Hashable {
  package private(set) var rises = 0
  package private(set) var falls = 0
  package private(set) var ties = 0
  /// Pairs with a value that is not a number: neither a rise nor a fall.
  package private(set) var incomparable = 0

  package init(_ values: [Double]) {
    for (earlier, later) in zip(values, values.dropFirst()) {
      if later > earlier {
        rises += 1
      } else if later < earlier {
        falls += 1
      } else if later == earlier {
        ties += 1
      } else {
        incomparable += 1
      }
    }
  }

  /// All neighbouring pairs.
  package var total: Int { rises + falls + ties + incomparable }
}
