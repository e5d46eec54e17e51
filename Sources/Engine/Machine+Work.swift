import CKernels

extension Machine {
  /// About how many multiplications one run makes, loops counted to their ends.
  var work: Double { (0..<count).reduce(0) { $0 + work(code + $1) } }

  private func work(_ i: UnsafeMutablePointer<Instruction>) -> Double {
    let (m, n, k) = (Double(i.pointee.m), Double(i.pointee.n), Double(i.pointee.k))
    guard let parameters = i.pointee.parameters else { return m + n + k }
    switch i.pointee.code {
    case .gemm: return m * n * k
    case .gemmBatched: return m * n * k * Double(parameters.assumingMemoryBound(to: ProductLayout.self).pointee.batch)
    case .gemv: return m * n
    case .members:
      let members = parameters.assumingMemoryBound(to: MemberInstruction.self)
      var inner = members.pointee.instruction
      return withUnsafeMutablePointer(to: &inner) { work($0) } * Double(members.pointee.count)
    case .factorize:
      let layout = parameters.assumingMemoryBound(to: FactorizationLayout.self).pointee
      let side = Double(min(layout.m, layout.n))
      // A singular value decomposition is twenty products; what takes less is counted the same.
      return 20 * Double(layout.batch) * Double(layout.m) * Double(layout.n) * max(side, 1)
    case .tiles:
      return n * Double(parameters.assumingMemoryBound(to: ck_tile_program.self).pointee.ops)
    case .loop, .whileLoop:
      let state = parameters.assumingMemoryBound(to: LoopState.self).pointee
      return Double(state.count) * (state.body.pointee.work + (state.condition?.pointee.work ?? 0))
    case .lanczos:
      let state = parameters.assumingMemoryBound(to: LanczosState.self).pointee
      return Double(i.pointee.n) * state.body.pointee.work
    default: return m + n + k
    }
  }
}
