import Tensors

/// The unpacked result of a loop.
package struct LoopResult {
  /// The last values of the carried tensors.
  package var carried: [NodeID]
  /// What each turn gave besides, [count, …].
  package var collected: [NodeID]
}

extension Graph {
  /// Adds a `Loop` and the nodes that unpack it.
  package mutating func loop(
    _ loop: Loop, carried: [NodeID], scanned: [NodeID] = [], constants: [NodeID] = []
  ) throws(ShapeError) -> LoopResult {
    let packed = try apply(loop, carried + scanned + constants)
    let parts = unpack(packed, loop.partShapes)
    return LoopResult(
      carried: Array(parts.prefix(loop.carryCount)), collected: Array(parts.dropFirst(loop.carryCount)))
  }

  /// Adds a `WhileLoop` and the nodes that unpack it.
  package mutating func whileLoop(
    _ loop: WhileLoop, carried: [NodeID], constants: [NodeID] = []
  ) throws(ShapeError) -> [NodeID] {
    let packed = try apply(loop, carried + constants)
    return unpack(packed, loop.body.outputTypes.map(\.shape.sizes))
  }

  /// As `loop`, for a body that was derived from one that fits.
  mutating func addLoop(
    _ loop: Loop, carried: [NodeID], scanned: [NodeID], constants: [NodeID]
  ) -> LoopResult {
    do {
      return try self.loop(loop, carried: carried, scanned: scanned, constants: constants)
    } catch {
      preconditionFailure("loop: \(error)")
    }
  }

  /// Exchanges the first two axes.
  mutating func exchangeFirstAxes(_ node: NodeID) -> NodeID {
    add(Transpose(permutation: [1, 0] + Array(2..<shape(node).rank)), node)
  }
}
