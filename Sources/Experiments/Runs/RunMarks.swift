/// Copies of a run's state at some of its steps, from which the steps between are made again.
///
/// Their memory is bounded: when it is used up every other one is dropped, so that those that remain stay evenly
/// spread.
package struct RunMarks: Sendable {
  /// Fewest steps between two marks that are not interventions.
  static let interval = 1024
  /// Bytes that all marks together may hold; two are kept in any case.
  package var capacity = 16 << 20
  private static let countMax = 512

  private var states: [RunState] = []
  /// Marks closer than this are dropped when memory is short.
  private var spacing = RunMarks.interval

  /// The latest.
  var last: RunState { states[states.count - 1] }

  /// Forgets all but one.
  mutating func restart(at state: RunState) {
    states = [state]
    spacing = Self.interval
  }

  /// Adds a later state, or another state of the latest step.
  mutating func append(_ state: RunState) {
    states.append(state)
    guard states.count > 2, isFull(state) else { return }
    spacing *= 2
    thin()
  }

  private func isFull(_ state: RunState) -> Bool {
    states.count > Self.countMax || states.count * state.byteCount > capacity
  }

  /// Keeps the first, the last, and between them marks of the present spacing.
  private mutating func thin() {
    var kept = [states[0]]
    for state in states.dropFirst().dropLast() where state.step - kept[kept.count - 1].step >= spacing {
      kept.append(state)
    }
    kept.append(states[states.count - 1])
    states = kept
  }

  /// The latest at or before a step, of those whose segment has begun.
  func nearest(to step: Int) -> RunState? { states.last { $0.step <= step } }

  /// Forgets what lies behind a step.
  mutating func drop(after step: Int) {
    while states.count > 1, last.step > step { states.removeLast() }
  }
}
