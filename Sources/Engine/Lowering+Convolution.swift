import CKernels
import Graph
import Tensors

// Convolutions without windows (`Graph.withDirectConvolutions`).

extension Lowering {
  func lower(_ convolve: Convolve, _ node: Int) -> Bool {
    let filters = input(node, 1).type.shape.sizes.suffix(4)
    return emitConvolution(
      .convolve, convolve.form, node, outputs: filters[filters.startIndex], Array(filters.suffix(2)))
  }

  func lower(_ convolve: ConvolveFilters, _ node: Int) -> Bool {
    let sizes = type(node).shape.sizes.suffix(4)
    return emitConvolution(
      .convolveFilters, convolve.form, node, outputs: sizes[sizes.startIndex], convolve.kernel)
  }

  private func emitConvolution(
    _ code: InstructionCode, _ form: ConvolutionForm, _ node: Int, outputs: Int, _ kernel: [Int]
  ) -> Bool {
    let images = input(node, 0), other = input(node, 1)
    let count = form.members.contains(true) ? type(node).shape[0] : 1
    let own = images.type.shape.sizes.dropFirst(form.members[0] ? 1 : 0)
    var window = ck_window(
      images: own.dropLast(3).reduce(1, *), channels: own[own.endIndex - 3], height: own[own.endIndex - 2],
      width: own[own.endIndex - 1], kernelHeight: kernel[0], kernelWidth: kernel[1], strideHeight: form.stride[0],
      strideWidth: form.stride[1], padHeight: form.padding[0], padWidth: form.padding[1])
    let convolution = emitter.memory.store([ck_convolution(window: window, outputs: outputs)])
    let bytes = type(node).dtype.byteCount
    let room = ck_convolve_room(convolution, bytes)
    guard room >= 0 else { return false }
    var instruction = Instruction(
      code: code, isSingle: type(node).dtype == .f32, out: slot(of: node), a: images.slot, b: other.slot,
      c: emitter.slot(.temporary, room * bytes))
    instruction.parameters = UnsafeMutableRawPointer(convolution)
    let (rows, columns) = (ck_window_rows(&window), ck_window_columns(&window))
    (instruction.m, instruction.n) = (window.images * rows * columns, outputs)
    instruction.k = window.channels * kernel[0] * kernel[1]
    guard form.members.contains(true) else {
      emit(instruction)
      return true
    }
    let members = MemberInstruction(
      instruction: instruction, count: count, strideOut: type(node).byteCount / count,
      strideA: form.members[0] ? images.type.byteCount / count : 0,
      strideB: form.members[1] ? other.type.byteCount / count : 0)
    var all = Instruction(code: .members, out: instruction.out, a: instruction.a, b: instruction.b, c: instruction.c)
    all.parameters = UnsafeMutableRawPointer(emitter.memory.store([members]))
    emit(all)
    return true
  }

  /// An instruction with room to work in.
  private func emit(_ instruction: Instruction) {
    emitter.emit(
      instruction,
      accesses: [instruction.a, instruction.b].map { Access(slot: $0, isWrite: false) }
        + [instruction.c, instruction.out].map { Access(slot: $0, isWrite: true) })
  }
}
