import Glibc
import Tensors

/// How fast neighbouring states of a run part, direction by direction.
package struct LyapunovSpectrum: Sendable {
  /// For each direction, from the fastest on: the growth of its logarithm in each stretch of steps, per step.
  package var growth: [Series]
  /// Steps that were made.
  package var stepCount: Int
}

extension RunSpec {
  /// Most numbers of growth that are kept of a direction.
  private static let growthMax = 4096

  /// Local growth rates along a run, of which the Lyapunov exponents are the means.
  ///
  /// Directions Q are moved by the linearised steps and made orthonormal again after each, Q R = V; the growth of
  /// direction i in a step is log Rᵢᵢ, and the exponent its mean over the run. The state is taken as one vector of
  /// all parameters and states of the optimizer. Steps whose linearisation is 0 give −∞.
  ///
  /// - Parameters:
  ///   - count: directions, from 1 to the dimension of the state.
  ///   - start: steps before the first that counts: in them the directions turn into place.
  ///   - end: the last step.
  /// - Returns: nil where it was interrupted.
  /// - Throws: `TangentError`, `PlanFault`, or what ends a run.
  /// - Reference: Benettin, Galgani, Giorgilli, Strelcyn, "Lyapunov characteristic exponents for smooth dynamical
  ///   systems", Meccanica 15, 1980.
  package func lyapunov(
    count: Int, from start: Int, to end: Int, _ planner: RunPlanner, signals: RunSignals
  ) throws -> LyapunovSpectrum? {
    let run = try planner.run(try tangent(.state(count: count)), signals: signals)
    let slots = segments[0].dynamics.step.slots
    var frame = Frame.first(count, dimension: Self.dimension(of: slots))
    run.put(frame, after: slots.count)
    var growth = (0..<count).map { Series(name: "growth\($0 + 1)", axis: axis) }
    // At every step: of several directions the slow ones drown in the fast, and one alone need not stay a number for long.
    let block = max(1, (end - start + Self.growthMax - 1) / Self.growthMax)
    var (sums, first) = ([Double](repeating: 0, count: count), start)
    while run.step < end, run.ending == nil {
      let step = run.step
      let next = step + 1
      guard try run.advance(to: next) || run.ending != nil else { return nil }
      guard run.step == next else { break }
      frame = Frame.read(count, run.state, after: slots.count)
      let logarithms = frame.orthonormalise()
      run.put(frame, after: slots.count)
      if step < start { continue }
      for index in sums.indices { sums[index] += logarithms[index] }
      guard next - first >= block || next == end else { continue }
      for index in growth.indices {
        growth[index].positions.append(Double(next))
        growth[index].values.append(sums[index] / Double(next - first))
        sums[index] = 0
      }
      first = next
    }
    return LyapunovSpectrum(growth: growth, stepCount: run.step)
  }

  /// Numbers in the state that have tangents.
  package static func dimension(of slots: [Slot]) -> Int {
    TangentSlots(slots, .state(count: 1)).moving.reduce(0) { $0 + slots[$1].type.count }
  }
}

/// Directions in the space of the state, one row each.
private struct Frame {
  var rows: [[Double]]

  /// Directions that no symmetry of a problem is likely to prefer, the same at every call.
  static func first(_ count: Int, dimension: Int) -> Frame {
    let stream = RandomStream(seed: 1, purpose: RandomStream.purpose("tangent"))
    var frame = Frame(rows: (0..<count).map { stream.normal(dimension, step: UInt64($0)) })
    _ = frame.orthonormalise()
    return frame
  }

  /// The tangents of a state, which come after so many slots.
  static func read(_ count: Int, _ state: RunState, after slots: Int) -> Frame {
    var rows = [[Double]](repeating: [], count: count)
    for tensor in state.slots[slots...] {
      let values = tensor.doubles(), size = values.count / count
      for row in 0..<count { rows[row] += values[(row * size)..<((row + 1) * size)] }
    }
    return Frame(rows: rows)
  }

  /// The state with these directions as its tangents.
  func state(_ state: RunState, after slots: Int) -> RunState {
    var result = state
    var offset = 0
    for slot in slots..<state.slots.count {
      let tensor = state.slots[slot], size = tensor.count / rows.count
      let values = rows.flatMap { $0[offset..<(offset + size)] }
      result.slots[slot] = Tensor(values, shape: tensor.shape, dtype: tensor.dtype)
      offset += size
    }
    return result
  }

  /// Makes the rows orthonormal, one after the other (modified Gram–Schmidt, twice), and gives the logarithms of their
  /// lengths beyond the span of those before.
  mutating func orthonormalise() -> [Double] {
    var logarithms: [Double] = []
    for row in rows.indices {
      var length = 1.0
      for pass in 0..<2 {
        for other in 0..<row {
          let part = Self.dot(rows[row], rows[other])
          for index in rows[row].indices { rows[row][index] -= part * rows[other][index] }
        }
        let norm = Self.dot(rows[row], rows[row]).squareRoot()
        if pass == 0 || norm > 0 { length *= norm }
        guard norm > 0 else { break }
        for index in rows[row].indices { rows[row][index] /= norm }
      }
      logarithms.append(log(length))
    }
    return logarithms
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
}

extension Run {
  /// Puts directions in place of the tangents at the present step; what lies behind cannot be gone back to.
  fileprivate func put(_ frame: Frame, after slots: Int) {
    load(frame.state(state, after: slots))
    marks.restart(at: state)
  }
}
