import CKernels
package import Graph

/// An index that a program met outside of what it is an index of: nothing that the run gave is to be used.
package struct IndexFault: Error, Hashable, Sendable, BitwiseCopyable {
  /// The index; valid are 0 ..< `count`.
  package var index: Int
  package var count: Int
  /// Which of the indices of its application it is, in row-major order, and how many these are.
  package var place: Int
  package var placeCount: Int
  /// Where the application comes from.
  package var origin: Origin
  /// Whole steps that were done before.
  package var steps = 0
}

extension Machine {
  /// Remembers the first index outside of its table; what is computed from then on means nothing.
  @inline(never)
  mutating func note(_ index: Int64, of count: Int, place: Int = 0, among placeCount: Int = 1, origin: Origin) {
    if fault != nil { return }
    fault = IndexFault(index: Int(index), count: count, place: place, placeCount: placeCount, origin: origin)
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
    note(index[place], of: bound, place: place, among: count, origin: origin)
    return false
  }

  /// Remembers an index outside of its table in a scalar program: that of one of its operations, counted from 1.
  @inline(never)
  mutating func note(_ index: Int64, inOperation number: Int32, of i: UnsafeMutablePointer<Instruction>) {
    let program = i.pointee.parameters.unsafelyUnwrapped.assumingMemoryBound(to: ck_scalar_op.self)
    let origins = UnsafePointer<Origin>(bitPattern: i.pointee.m)
    note(index, of: Int(program[Int(number) - 1].c), origin: origins?[Int(number) - 1] ?? 0)
  }
}
