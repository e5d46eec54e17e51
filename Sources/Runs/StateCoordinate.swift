import Arithmetic
import Diagnostics
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

/// The coordinate y = φ(x) in which a state is stepped, so that it stays where φ is defined.
///
///     log     y = log x,             0 < x
///     logit   y = log(x / (1 − x)),  0 < x < 1
///
/// Of dx = a dt + Σ_j b_j dB_j in Itô's sense, dy = (φ' a + ½ φ'' Σ_j b_j²) dt + φ' Σ_j b_j dB_j; in Stratonovich's sense
/// without the second derivative. Any scheme steps y, and what it reaches is taken back; what would be rounded to a bound is
/// the number beside it. Near 1 a state has the resolution of numbers there, 2⁻⁵³ of f64.
///
/// Reference: P. E. Kloeden, E. Platen, Numerical Solution of Stochastic Differential Equations, 1992, section 3.3.
enum StateCoordinate: String, CaseIterable {
  case log, logit

  /// Where a state may lie, in words.
  var range: String { self == .log ? "positive" : "between 0 and 1" }

  /// Whether a state may lie there.
  func contains(_ x: Double) -> Bool { x > 0 && (self == .log || x < 1) }
}

extension ProcessEquations {
  /// What is done with states in the coordinates in which they are stepped, taken back to their own.
  func inCoordinates(_ states: [NodeID], _ body: ([NodeID]) throws(Diagnostic) -> [NodeID]) throws(Diagnostic)
    -> [NodeID]
  {
    guard hasCoordinates else { return try body(states) }
    isMapped = true
    defer { isMapped = false }
    return outward(try body(inward(states)))
  }

  /// φ(x).
  private func inward(_ states: [NodeID]) -> [NodeID] {
    zip(states, process.coordinates).map { x, coordinate in
      switch coordinate {
      case nil: x
      case .log: logarithm(x)
      case .logit: difference(logarithm(x), logarithm(difference(filled(1, like: x), x)))
      }
    }
  }

  /// The inverse of φ, at y.
  func outward(_ states: [NodeID]) -> [NodeID] {
    let isDouble = evaluator.realType == .f64
    let least = isDouble ? Double.leastNormalMagnitude : Double(Float.leastNormalMagnitude)
    let most = 1 - (isDouble ? 0x1p-53 : 0x1p-24)
    return zip(states, process.coordinates).map { y, coordinate in
      switch coordinate {
      case nil: y
      case .log: larger(exponential(y), filled(least, like: y))
      case .logit: larger(smaller(sigmoid(y), filled(most, like: y)), filled(least, like: y))
      }
    }
  }

  /// Increments of states as those of their coordinates y: φ' Δ + ½ φ'' dt Σ_j b_j².
  ///
  /// - Parameter squares: b_j² of each motion, where it counts.
  func mapped(_ increments: [NodeID], at states: [NodeID], squares: [[NodeID]], dt: Double) -> [NodeID] {
    increments.indices.map { index in
      let y = states[index]
      let slope: NodeID, curvature: NodeID
      switch process.coordinates[index] {
      case nil: return increments[index]
      case .log:
        slope = exponential(scaled(y, -1))
        curvature = scaled(product(slope, slope), -1)
      case .logit:
        // 1 / (x (1 − x)), and its square times 2x − 1, which is tanh(y / 2).
        slope = sum(filled(2, like: y), sum(exponential(y), exponential(scaled(y, -1))))
        curvature = product(product(slope, slope), hyperbolicTangent(scaled(y, 0.5)))
      }
      var result = product(slope, increments[index])
      if let first = squares.first {
        let total = squares.dropFirst().reduce(first[index]) { sum($0, $1[index]) }
        result = sum(result, scaled(product(curvature, total), 0.5 * dt))
      }
      return result
    }
  }
}

extension Evaluator {
  /// Refuses a start outside of where the coordinate of a state is defined.
  func requireRange(_ value: Value, of state: Name, _ coordinate: StateCoordinate?) throws(Diagnostic) {
    guard let coordinate, mode == .run else { return }
    let numbers = try tensor(value, at: state.span).doubles()
    guard let bad = numbers.first(where: { !coordinate.contains($0) }) else { return }
    throw .outOfRange(
      "the start of `\(state.text)`, which is stepped by its \(coordinate.rawValue),", NumberText.short(bad),
      expected: coordinate.range, at: state.span)
  }
}
