import Graph
import Tensors
import Values

// How far iterations for eigenvalues have come: what has not reached its tolerance is told after the run.

/// What an iteration has left of the eigenvalues that it gives.
struct EigenvalueResidual {
  /// What depends on this node depends on the eigenvalues.
  var source: NodeID
  /// The largest residual bound, relative to its eigenvalue.
  var measure: NodeID
  /// Below which the iteration is done.
  var tolerance: Double
}

/// A recorded value that is made of eigenvalues, and when it counts as found.
package struct ConvergenceLimit: Sendable {
  package var name: String
  var tolerance: Double
  /// Whether `.residual` is relative to the eigenvalues; it is a bound in the eigenvalue's own unit beside one alone.
  var isRelative: Bool

  /// Residuals below this are rounding, for curvatures of everyday size.
  private static let rounding = 1e-11

  /// How far a residual is above the tolerance, relative to the value; nil where it is not.
  package func excess(residual: Double, value: Double) -> Double? {
    if isRelative { return residual > tolerance ? residual : nil }
    let relative = residual / value.magnitude
    return residual > Self.rounding && relative > tolerance ? relative : nil
  }
}

extension MetricStager {
  /// Name of the series beside a recorded value.
  package static let residualName = "residual"

  /// Notes an iteration by its packed result: eigenvalues [k], bounds [k], the number of products.
  ///
  /// - Parameter steps: the most products; with fewer the iteration has ended because it was done.
  func noteResidual(of packed: NodeID, count: Int, steps: Int, tolerance: Double) {
    guard tolerance > 0, !residuals.contains(where: { $0.source == packed }) else { return }
    let real = evaluator.graph.dtype(packed)
    func part(_ first: Int, _ last: Int) -> NodeID {
      evaluator.graph.add(Slice(starts: [first], stops: [last]), packed)
    }
    let zero = evaluator.graph.constant(0, real)
    let values = evaluator.graph.add(Absolute(), part(0, count)), bounds = part(count, 2 * count)
    let isExact = evaluator.graph.add(Equal(), bounds, evaluator.graph.zeros(like: bounds))
    let relative = evaluator.graph.add(
      Select(), isExact, zero, evaluator.graph.add(Divide(), bounds, values))
    let worst = evaluator.graph.add(ReduceMax(axes: [0]), relative)
    let taken = evaluator.graph.reshape(part(2 * count, 2 * count + 1), to: .scalar)
    let isDone = evaluator.graph.add(Less(), taken, evaluator.graph.constant(Double(steps), real))
    let measure = evaluator.graph.add(
      Select(), isDone, evaluator.graph.add(Minimum(), worst, evaluator.graph.constant(tolerance, real)), worst)
    residuals.append(EigenvalueResidual(source: packed, measure: measure, tolerance: tolerance))
  }

  /// The largest of several, each relative to its own tolerance: in terms of the smallest one.
  func largest(of list: [EigenvalueResidual]) -> EigenvalueResidual? {
    guard var result = list.min(by: { $0.tolerance < $1.tolerance }) else { return nil }
    let own = list.map { scaled($0.measure, by: result.tolerance / $0.tolerance) }
    result.measure = own.dropFirst().reduce(own[0]) { evaluator.graph.add(Maximum(), $0, $1) }
    return result
  }

  /// What a value is computed from.
  func residual(of value: NodeID) -> EigenvalueResidual? {
    let isNeeded = evaluator.graph.requirement(of: [value])
    return largest(
      of: residuals.filter { $0.source.index < isNeeded.count && isNeeded[Int($0.source.index)] })
  }

  /// Takes out what was noted since a mark and belongs to the body of a loop.
  func takeResiduals(since mark: Int, within input: NodeID, of output: NodeID) -> EigenvalueResidual? {
    let isNeeded = evaluator.graph.requirement(of: [output])
    let recent = residuals[mark...]
    residuals.removeLast(recent.count)
    var taken: [EigenvalueResidual] = []
    for own in recent {
      let origins = evaluator.graph.requirement(of: [own.source])
      if input.index < origins.count, origins[Int(input.index)] {
        if own.source.index < isNeeded.count, isNeeded[Int(own.source.index)] { taken.append(own) }
      } else {
        residuals.append(own)
      }
    }
    return largest(of: taken)
  }

  /// The same in a loop that has another turn.
  func substituted(_ residual: EigenvalueResidual, _ old: NodeID, by new: NodeID) -> EigenvalueResidual {
    let nodes = evaluator.graph.substitute(
      outputs: [residual.source, residual.measure], mapping: [(original: old, replacement: new)])
    return EigenvalueResidual(source: nodes[0], measure: nodes[1], tolerance: residual.tolerance)
  }
}
