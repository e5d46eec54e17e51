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
  /// How many there are.
  package var count: Int { states.count }

  package init() {}

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
  ///
  /// Once memory was short the latest mark moves on until it is as far from the one before it as marks are: `spacing` then
  /// grows with the length of the run, not with the number of calls.
  package mutating func append(_ state: RunState) {
    if spacing > Self.interval, states.count > 1, last.step - states[states.count - 2].step < spacing {
      states.removeLast()
    }
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
  package func nearest(to step: Int) -> RunState? { states.last { $0.step <= step } }

  /// Forgets what lies behind a step.
  mutating func drop(after step: Int) {
    while states.count > 1, last.step > step { states.removeLast() }
  }
}
