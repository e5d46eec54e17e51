import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Plots
import Syntax
import Values

/// Fitted functions beside the values of a sweep.
extension Evaluator {
  /// The functions among what a plot draws, each with its title: one, or one for each of some names.
  func fits(_ plot: PlotStatement, in scope: Scope) throws(Diagnostic) -> [(title: String, value: Value)] {
    guard plot.runs.isEmpty else { return [] }
    var result: [(title: String, value: Value)] = []
    for (index, id) in plot.series.enumerated() {
      let value = try evaluate(id, in: scope)
      switch value {
      case .group(let group) where group.holdsFunctions: break
      case let function where function.isCallable: break
      default: continue
      }
      let title = try givenName(index, of: plot, in: scope) ?? session.sources.text(code.tree.span(id))
      result.append((title, value))
    }
    return result
  }

  /// Points of a drawn function.
  private static let drawnMax = 101

  /// The curves of a function over the range of those beside it, with a band of one standard error.
  ///
  /// - Parameter facet: the name and the value of the panel, of which a function that has the name has its own.
  func modelCurves(
    _ model: Value, title: String, facet: (name: String, label: String)?, beside curves: [Curve],
    at plot: PlotStatement
  ) throws(Diagnostic) -> [Curve] {
    let places = curves.flatMap(\.x).filter(\.isFinite)
    guard mode == .run, let low = places.min(), let high = places.max(), low < high else { return [] }
    let isLogarithmic = low > 0 && plot.options.contains { ["logx", "loglog"].contains($0.name.text) }
    let x = (0..<Self.drawnMax).map { index in
      let share = Double(index) / Double(Self.drawnMax - 1)
      return isLogarithmic ? low * Scalar.power(high / low, share) : low + (high - low) * share
    }
    guard case .group(let group) = model else { return [try curve(of: model, at: x, name: title, plot)] }
    var result: [Curve] = []
    for member in group.members {
      if let facet, let column = group.names.firstIndex(of: facet.name), member.labels[column] != facet.label {
        continue
      }
      let told = SweepPart.title(group.keys, member.values, member.labels)
      result.append(try curve(of: member.value, at: x, name: told.isEmpty ? title : "\(title), \(told)", plot))
    }
    return result
  }

  private func curve(of function: Value, at x: [Double], name: String, _ plot: PlotStatement) throws(Diagnostic)
    -> Curve
  {
    let span = code.tree.span(plot.series[0])
    let values = try x.map { (place) throws(Diagnostic) -> Estimate in
      let value = try call(function, [.real(place)], at: span)
      guard let estimate = estimate(value) else {
        throw .expected("a single number of the function that is drawn", found: value.kind, at: span)
      }
      return estimate
    }
    let errors = values.map { $0.error ?? 0 }
    let band = Curve.Band(
      low: zip(values, errors).map { $0.value - $1 }, high: zip(values, errors).map { $0.value + $1 })
    var result = Curve(name: name, x: x, y: values.map(\.value), band: errors.contains { $0 > 0 } ? band : nil)
    result.isTheory = true
    return result
  }
}

extension SweepGroup {
  /// Whether its values are functions, or may be while checking.
  var holdsFunctions: Bool {
    !members.isEmpty && members.allSatisfy { $0.value.isCallable || $0.value.isOfAnyKind }
  }
}
