import Arithmetic
import Diagnostics
import Engine
import Experiments
import Runs
import Staging
import Tensors
import Values

/// Records the metrics of a run along another path through its parameters, at the steps at which the run records.
final class PathRecorder {
  private let segments: [RunTheory.Segment]
  private let shapes: [Shape]
  private let real: DType
  /// All slots of the run; those of the parameters are replaced.
  private var slots: [Tensor]
  private let lastStep: Int
  private(set) var series: [Series] = []
  /// Parameters at some of the recorded steps, in order.
  private(set) var path: [PathPoint] = []
  private let keptSteps: Set<Int>
  /// Steps at which something is due, ascending; the last one always is.
  let steps: [Int]

  /// The step at which `stop when` ended the run: all is recorded there.
  private let stop: Int?

  /// Points of the path that are kept, at most.
  private static let pointsMax = 200

  init(_ theory: RunTheory) {
    segments = theory.segments
    real = theory.live.bound.real
    lastStep = theory.lastStep
    shapes = theory.problem.leaves.map(\.shape)
    slots = theory.start
    let groups = segments[0].groups
    series = groups.flatMap(\.names).map { Series(name: $0, axis: .step) }
    var due: Set<Int> = [theory.firstStep, lastStep]
    for group in groups {
      var next = group.times.next(from: theory.firstStep, last: lastStep)
      while let step = next {
        due.insert(step)
        next = group.times.next(from: step + 1, last: lastStep)
      }
    }
    // Where `stop when` ended the run, it recorded everything once more.
    if case .stopped? = theory.live.run.ending { stop = lastStep } else { stop = nil }
    let steps = due.sorted()
    self.steps = steps
    let stride = max(1, (steps.count + Self.pointsMax - 1) / Self.pointsMax)
    keptSteps = Set(steps.indices.filter { $0 % stride == 0 || $0 == steps.count - 1 }.map { steps[$0] })
  }

  /// Records what is due at a step; false when a value is not finite.
  func record(_ point: [Double], at step: Int) throws(RunFault) -> Bool {
    guard point.allSatisfy(\.isFinite) else { return false }
    if keptSteps.contains(step) { path.append(PathPoint(step: step, parameters: point)) }
    for (slot, tensor) in tensors(point, shapes, dtype: real).enumerated() { slots[slot] = tensor }
    var column = 0
    let segment = segments[segments.lastIndex { $0.start <= step } ?? 0]
    for group in segment.groups {
      defer { column += group.names.count }
      guard step == stop || group.times.next(from: step, last: lastStep) == step else { continue }
      let values = try group.numbers(at: FeedMoment(step: step, slots: .tensors(slots), batches: segment.batches))
      if group.isConditional, values.last == 0 { continue }
      for index in group.names.indices {
        series[column + index].positions.append(Double(step))
        series[column + index].values.append(values[index])
      }
    }
    return true
  }

  /// Adds a quantity of the theory itself to what is recorded.
  func add(_ name: String, _ value: Double, at step: Int) {
    if !series.contains(where: { $0.name == name }) { series.append(Series(name: name, axis: .step)) }
    guard let index = series.firstIndex(where: { $0.name == name }) else { return }
    series[index].positions.append(Double(step))
    series[index].values.append(value)
  }
}

extension Evaluator {
  /// Records what is due at a step; false when a value is not finite.
  func recorded(_ recorder: PathRecorder, _ point: [Double], at step: Int, _ span: Span) throws(Diagnostic) -> Bool {
    do { return try recorder.record(point, at: step) } catch { throw diagnostic(of: error, at: span) }
  }
}
