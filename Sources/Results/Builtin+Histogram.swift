import Diagnostics
import Experiments
import Values

extension Builtin {
  static let histograms: [Builtin] = [
    Builtin(
      "histogram", ["values", "bins?", "from?", "to?"], "the density of values in bins of equal width, with its error",
      details: """
        histogram(e.x, bins = 20, from = -2, to = 2)

        The share of the values in each bin over its width, at the bin's middle, so that a density may be drawn beside it. A bin
        holds its lower end, the last one both. The bins go from the least to the largest value, or `from` `to`; what is outside
        counts among the values and is in no bin. Without `bins` there are 2 n^(1/3) of them (Rice). The error is √(p (1 − p) / n)
        over the width, n the number of independent values: of a series less than it has.
        """,
      gives: Kind(.along(AxisPlaces(axes: ["value"], labels: [], coordinates: []), isTruth: false))
    ) { (e, a) throws(Diagnostic) in try e.histogram(a) }
  ]
}
