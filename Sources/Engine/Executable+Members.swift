import Glibc
package import Tensors

// An executable of a stacked program, member by member.

extension Executable {
  /// Executables of one form as one; nil where their programs differ in more than constants, or need too much memory.
  ///
  /// Inputs that hold the same in all executables, as their data does, are shared and set already.
  ///
  /// - Parameters:
  ///   - own: inputs that each member has for itself, whatever they hold; carried ones are among them.
  ///   - plans: where plans of the same program for as many members are known.
  package static func stacked(
    _ executables: [Executable], own: Set<Int>, options: EngineOptions, plans: PlanCache? = nil
  ) -> Executable? {
    guard let first = executables.first, executables.allSatisfy({ $0.inputTypes == first.inputTypes }) else {
      return nil
    }
    let own = own.union(first.plan.carriedInputs)
    let others = first.inputTypes.indices.filter { !own.contains($0) }
    let values = others.map { input in executables.map { $0.bound[input] ?? $0.input(input) } }
    let isShared = values.map { all in all.allSatisfy { $0.identity == all[0].identity || $0.hasSameBits(as: all[0]) } }
    let shared = Set(zip(others, isShared).filter(\.1).map(\.0))
    let programs = executables.map(\.program)
    func planned() throws(EngineError) -> Executable? {
      let stack = Program.stacked(programs, isShared: shared.contains)
      return try stack.map { (program) throws(EngineError) in try Executable(program, options: options) }
    }
    let isOne = programs.allSatisfy { $0.isCopy(of: programs[0]) }
    let stack = PlanCache.Stack(count: programs.count, shared: shared)
    let made = isOne ? try? plans?.executable(programs[0], stack, planned) : nil
    guard let result = try? made ?? planned() else { return nil }
    for (input, all) in zip(others, values) {
      if shared.contains(input) {
        result.bindInput(input, all[0])
      } else {
        guard let value = try? Tensor(members: all) else { return nil }
        result.setInput(input, value)
      }
    }
    result.interrupt = first.interrupt
    return result
  }

  /// Whether a program differs from another in nothing but its constants.
  package func isLike(_ other: Executable) -> Bool { program.isLike(other.program) }

  /// Bytes that each run goes over, without tensors that inputs read in place.
  package var workingBytes: Int {
    plan.byteCount - inputTypes.indices.reduce(0) { $0 + (bound[$1]?.byteCount ?? 0) }
  }

  /// Copies a member's part of an input in.
  package func setInput(_ index: Int, member: Int, _ tensor: Tensor) {
    let type = memberType(inputTypes[index])
    precondition(tensor.type == type, "\(tensor.type) for a member of an input of \(inputTypes[index])")
    let target = inputPointer(index) + member * type.byteCount
    tensor.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
      memcpy(target, start, bytes.count)
    }
  }

  /// A member's part of an input: of a carried one what the last run left.
  package func input(_ index: Int, member: Int) -> Tensor {
    let type = memberType(inputTypes[index])
    return Tensor(existing: inputValue(index) + member * type.byteCount, type)
  }

  /// The first element of a member's part of an output.
  package func outputScalar(_ index: Int, member: Int) -> Double {
    let type = memberType(outputTypes[index])
    return Block.read(at: member * type.count, of: outputPointer(index), type.dtype)
  }

  private func memberType(_ type: TensorType) -> TensorType {
    TensorType(Shape(Array(type.shape.sizes.dropFirst())), type.dtype)
  }
}

// Parts of an input as bytes.
extension Executable {
  /// The bytes of some rows along its first axis; of all of it for nil.
  package func byteRange(ofRows rows: Range<Int>?, input: Int) -> Range<Int> {
    let whole = inputTypes[input].byteCount
    guard let rows else { return 0..<whole }
    let size = whole / inputTypes[input].shape[0]
    return rows.lowerBound * size..<rows.upperBound * size
  }

  /// Bytes as they lie in memory.
  package func bytes(_ range: Range<Int>, ofInput input: Int) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: inputValue(input) + range.lowerBound, count: range.count))
  }

  /// Puts as many bytes in their place.
  package func setBytes(_ range: Range<Int>, ofInput input: Int, _ bytes: ArraySlice<UInt8>) {
    UnsafeMutableRawBufferPointer(start: inputPointer(input) + range.lowerBound, count: range.count).copyBytes(
      from: bytes.prefix(range.count))
  }
}
