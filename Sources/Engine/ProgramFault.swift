import CKernels
package import Graph

/// What a program met that it cannot go on with: nothing that the run gave is to be used.
package struct ProgramFault: Error, Hashable, Sendable, BitwiseCopyable {
  /// What is wrong with an operand.
  package enum Cause: Hashable, Sendable, BitwiseCopyable {
    /// An index outside of what it is an index of; valid are 0 ..< count.
    case index(Int, count: Int)
    /// A matrix that is singular to working precision, with its estimated reciprocal condition; 0: a pivot is 0.
    case singular(reciprocal: Double)
    /// A matrix that is not positive definite: its pivot, from 1, is not positive.
    case indefinite(pivot: Int, size: Int)
    /// A matrix that has to be symmetric: elements (row, column) and (column, row).
    case unsymmetric(row: Int, column: Int, Double, Double)
    /// What other processes send does not come.
    case exchange
  }
  /// What it is.
  package var cause: Cause
  /// Which of the indices or matrices of its application it is, in row-major order, and how many these are.
  package var place: Int
  package var placeCount: Int
  /// Where the application comes from.
  package var origin: Origin
  /// Whole steps that were done before.
  package var steps = 0
}

extension Machine {
  /// Remembers the first fault; what is computed from then on means nothing.
  @inline(never)
  mutating func note(_ cause: ProgramFault.Cause, place: Int = 0, among placeCount: Int = 1, origin: Origin) {
    if fault != nil { return }
    fault = ProgramFault(cause: cause, place: place, placeCount: placeCount, origin: origin)
  }

  /// Takes over what the body of a loop met.
  mutating func takeFault(of body: UnsafeMutablePointer<Machine>) {
    if fault == nil { fault = body.pointee.fault }
    body.pointee.fault = body.pointee.standingFault
  }

  /// Whether the indices of an instruction are in 0 ..< bound; notes the first that is not.
  mutating func areInside(_ index: UnsafeMutablePointer<Int64>, _ count: Int, _ bound: Int, _ origin: Origin) -> Bool {
    var isInside = true
    for position in 0..<count where UInt64(bitPattern: index[position]) >= UInt64(bound) { isInside = false }
    if isInside { return true }
    let place = (0..<count).first { UInt64(bitPattern: index[$0]) >= UInt64(bound) } ?? 0
    note(.index(Int(index[place]), count: bound), place: place, among: count, origin: origin)
    return false
  }

  /// Remembers an index outside of its table in a scalar program: that of one of its operations, counted from 1.
  @inline(never)
  mutating func note(_ index: Int64, inOperation number: Int32, of i: UnsafeMutablePointer<Instruction>) {
    let program = i.pointee.parameters.unsafelyUnwrapped.assumingMemoryBound(to: ck_scalar_op.self)
    let origins = UnsafePointer<Origin>(bitPattern: i.pointee.m)
    let count = Int(program[Int(number) - 1].c)
    note(.index(Int(index), count: count), origin: origins?[Int(number) - 1] ?? 0)
  }
}
