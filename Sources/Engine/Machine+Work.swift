import CKernels
import Glibc

extension Machine {
  /// About how many multiplications one run makes, loops counted to their ends.
  var work: Double { (0..<count).reduce(0) { $0 + work(code + $1) } }

  /// Operations of one instruction: a multiplication and its addition are two.
  func operations(_ instruction: Instruction) -> Double {
    var one = instruction
    let work = withUnsafeMutablePointer(to: &one) { self.work($0) }
    switch instruction.code {
    case .gemm, .gemv, .gemmBatched, .dot, .scaledNorm, .convolve, .convolveFilters: return 2 * work
    case .scalars: return Double(instruction.n - 1)
    default: return work
    }
  }

  private func work(_ i: UnsafeMutablePointer<Instruction>) -> Double {
    let (m, n, k) = (Double(i.pointee.m), Double(i.pointee.n), Double(i.pointee.k))
    switch i.pointee.code {
    case .gemm, .convolve, .convolveFilters, .reduceAxis, .reduceIntegers, .cumulativeSum, .cumulativeProduct:
      return m * n * k
    case .gemv, .logSumExp, .softmax, .argMax, .argMin, .draw, .transpose: return m * n
    case .argSort, .topIndices: return m * n * log2(max(2, n))
    case .takeAlongLast, .scatterAlongLast: return m * k
    case .gatherRows, .scatterAddRows: return n * k
    case .firstPlaces: return m * n
    case .dot, .scaledNorm, .reduce, .binary, .binaryIntegers, .unaryIntegers, .convert, .checkIndices: return n
    case .tiles, .gemmBatched, .members, .factorize, .loop, .whileLoop, .lanczos: return nestedWork(i)
    // What only moves memory, and what is a few numbers.
    default: return 0
    }
  }

  /// The work of an instruction that says more in its parameters.
  private func nestedWork(_ i: UnsafeMutablePointer<Instruction>) -> Double {
    guard let parameters = i.pointee.parameters else { return 0 }
    let (m, n, k) = (Double(i.pointee.m), Double(i.pointee.n), Double(i.pointee.k))
    switch i.pointee.code {
    case .tiles: return n * Double(parameters.assumingMemoryBound(to: ck_tile_program.self).pointee.ops)
    case .gemmBatched: return m * n * k * Double(parameters.assumingMemoryBound(to: ProductLayout.self).pointee.batch)
    case .members:
      let members = parameters.assumingMemoryBound(to: MemberInstruction.self)
      var inner = members.pointee.instruction
      return withUnsafeMutablePointer(to: &inner) { work($0) } * Double(members.pointee.count)
    case .factorize:
      let layout = parameters.assumingMemoryBound(to: FactorizationLayout.self).pointee
      // A singular value decomposition is twenty products; what takes less is counted the same.
      return 20 * Double(layout.batch) * Double(layout.m) * Double(layout.n) * Double(max(1, min(layout.m, layout.n)))
    case .lanczos:
      let state = parameters.assumingMemoryBound(to: LanczosState.self).pointee
      return n * state.body.pointee.work
    default:
      let state = parameters.assumingMemoryBound(to: LoopState.self).pointee
      return Double(state.count) * (state.body.pointee.work + (state.condition?.pointee.work ?? 0))
    }
  }
}
