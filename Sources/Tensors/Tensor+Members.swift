// Tensors of one type side by side, with an axis of members in front.

extension Tensor {
  /// Tensors of one type as one, in their order.
  ///
  /// Precondition: at least one, all of one shape and element type.
  ///
  /// - Throws: `MemoryError` where the elements do not fit.
  package init(members: [Tensor]) throws(MemoryError) {
    let type = members[0].type
    precondition(members.allSatisfy { $0.type == type }, "members of one type")
    try self.init(TensorType(Shape([members.count] + type.shape.sizes), type.dtype)) { start in
      for (index, member) in members.enumerated() {
        member.withUnsafeBytes { bytes in
          guard let from = bytes.baseAddress else { return }
          (start + index * bytes.count).copyMemory(from: from, byteCount: bytes.count)
        }
      }
    }
  }
}
