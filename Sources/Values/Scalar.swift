import Glibc
package import Graph
package import Syntax
package import Tensors

/// Arithmetic on single numbers.
package enum Scalar {
  /// `base ^ exponent`; nil when the result does not fit in 64 bits.
  package static func integerPower(_ base: Int, _ exponent: Int) -> Int? {
    var result = 1
    var factor = base
    var left = exponent
    while left > 0 {
      if left & 1 == 1 {
        let (product, overflow) = result.multipliedReportingOverflow(by: factor)
        if overflow { return nil }
        result = product
      }
      left >>= 1
      if left > 0 {
        let (square, overflow) = factor.multipliedReportingOverflow(by: factor)
        if overflow { return nil }
        factor = square
      }
    }
    return result
  }

  /// Small whole exponents by repeated products, as tensors do.
  package static func power(_ base: Double, _ exponent: Double) -> Double {
    if exponent == 2 { return base * base }
    if exponent == 0.5 { return base.squareRoot() }
    return pow(base, exponent)
  }

  /// Whether the comparison holds; false for every comparison with a value that is not a number but `!=`.
  package static func holds<T: Comparable>(_ operation: ComparisonOperator, _ a: T, _ b: T) -> Bool {
    switch operation {
    case .less: a < b
    case .lessEqual: a <= b
    case .greater: a > b
    case .greaterEqual: a >= b
    case .equal: a == b
    case .notEqual: a != b
    }
  }
}

extension Scalar {
  /// Whether the comparison holds between the numbers themselves: no whole number is rounded to a real one.
  package static func holds(_ operation: ComparisonOperator, _ a: Int, _ b: Double) -> Bool {
    guard a.magnitude > 1 << 53, !b.isNaN else { return holds(operation, Double(a), b) }
    // Reals of this size are whole, or beyond all whole numbers.
    guard let whole = Int(exactly: b.rounded(.down)) else { return holds(operation, 0, b < 0 ? -1 : 1) }
    return holds(operation, a, whole)
  }
}

extension ComparisonOperator {
  /// The comparison of the exchanged operands.
  package var mirrored: ComparisonOperator {
    switch self {
    case .less: .greater
    case .lessEqual: .greaterEqual
    case .greater: .less
    case .greaterEqual: .lessEqual
    case .equal, .notEqual: self
    }
  }
}

/// The language's broadcasting rule.
package enum Broadcast {
  /// How two shapes go together.
  package enum Relation: Equatable {
    case fits
    case mismatch
    /// Each operand would be repeated along an axis of the other.
    case enlargesBoth(Shape)
  }

  /// Compares two shapes of rank ≥ 1: sizes must agree from the back, a size 1 is repeated, and only one
  /// of the operands may be enlarged.
  package static func relation(_ a: Shape, _ b: Shape) -> Relation {
    let rank = max(a.rank, b.rank)
    var enlargesA = a.rank < b.rank
    var enlargesB = b.rank < a.rank
    var result: [Int] = []
    for back in (1...rank).reversed() {
      let sizeA = back <= a.rank ? a[a.rank - back] : 1
      let sizeB = back <= b.rank ? b[b.rank - back] : 1
      if sizeA != sizeB {
        guard sizeA == 1 || sizeB == 1 else { return .mismatch }
        // Repeated no time, the one value would be lost: `[] + [x]` is meant to be a list of one.
        if min(sizeA, sizeB) == 0, a.rank == b.rank { return .mismatch }
        if sizeA == 1 { enlargesA = true } else { enlargesB = true }
      }
      result.append(max(sizeA, sizeB))
    }
    return enlargesA && enlargesB ? .enlargesBoth(Shape(result)) : .fits
  }
}

/// Contractions behind `@`, `dot` and `outer`.
package enum Products {
  /// `A @ B` for ranks 1 to 3; rank 3 multiplies members of a leading batch.
  package static func matrix(_ left: Int, _ right: Int) -> Contract {
    switch (left, right) {
    case (1, 1): Contract(left: [0], right: [0], output: [])
    case (2, 1): Contract(left: [0, 1], right: [1], output: [0])
    case (1, 2): Contract(left: [0], right: [0, 1], output: [1])
    case (2, 2): Contract(left: [0, 1], right: [1, 2], output: [0, 2])
    case (3, 1): Contract(left: [3, 0, 1], right: [1], output: [3, 0])
    case (3, 2): Contract(left: [3, 0, 1], right: [1, 2], output: [3, 0, 2])
    case (1, 3): Contract(left: [1], right: [3, 1, 2], output: [3, 2])
    case (2, 3): Contract(left: [0, 1], right: [3, 1, 2], output: [3, 0, 2])
    default: Contract(left: [3, 0, 1], right: [3, 1, 2], output: [3, 0, 2])
    }
  }

  /// Sum of products over all elements of two tensors of equal rank.
  package static func inner(_ rank: Int) -> Contract {
    Contract(left: Array(0..<rank), right: Array(0..<rank), output: [])
  }
}
