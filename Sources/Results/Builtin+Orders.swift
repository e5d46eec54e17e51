import Builtins
import Diagnostics
import Experiments
import Syntax
import Values

extension Builtin {
  /// Of series and of values of a sweep: fits and orders.
  static let orders: [Builtin] = [
    Builtin(
      "fit", ["values", "model"], "the function of an axis that is nearest to values along it, by least squares",
      details: """
        fit(values over d, (d, c > 0 = 1, a in -5...5) => c * d^a)

        The first parameter of the model is the axis (of several axes the first ones are), the others are free: Σ w (value
        − model)² is made least by the method of Levenberg and Marquardt, within the constraints, from the defaults; without
        them from many fixed starts. What is written is fitted; nothing goes on a logarithmic scale by itself. Where each
        value is a mean over 3 seeds or more, it counts by its error, whose size is taken from all of them together: the
        same everywhere, or as the value or its root, whichever says their spread best. The result is a function with the
        parameters as members, `m.c`: with errors by leaving out one seed at a time or, without seeds, from the residuals.
        """
    ) { (e, a) throws(Diagnostic) in
      try e.onSeries(a) { (s) throws(Diagnostic) in
        guard case .tensor = a[0] else { return try e.fitted(s, a) }
        // The axis of a plain vector is its index.
        var plain = s
        plain.positions = s.positions.indices.map(Double.init)
        return try e.fitted(plain, a)
      }
    },
    Builtin("increasing", ["series"], "whether each value lies above the one before it, as far as errors allow to say")
    {
      (e, a) throws(Diagnostic) in
      if case .group(let group) = a[0] { return try e.order(of: group, isIncreasing: true, at: a.place(0)) }
      if let groups = try e.estimateGroups(a) { return .judgement(.increasing(groups, level: e.claimLevel)) }
      return try e.onSeries(a) { (s) throws(Diagnostic) in .judgement(.increasing(s, level: e.claimLevel)) }
    },
    Builtin("decreasing", ["series"], "whether each value lies below the one before it, as far as errors allow to say")
    {
      (e, a) throws(Diagnostic) in
      if case .group(let group) = a[0] { return try e.order(of: group, isIncreasing: false, at: a.place(0)) }
      if let groups = try e.estimateGroups(a) { return .judgement(.decreasing(groups, level: e.claimLevel)) }
      return try e.onSeries(a) { (s) throws(Diagnostic) in .judgement(.decreasing(s, level: e.claimLevel)) }
    },
  ]
}
