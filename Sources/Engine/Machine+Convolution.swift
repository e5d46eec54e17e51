import CKernels

extension Machine {
  /// A convolution, or the adjoint of its filters, of operands at these places.
  func convolve(
    _ i: Instruction, out: UnsafeMutableRawPointer, images: UnsafeMutableRawPointer, other: UnsafeMutableRawPointer
  ) {
    let form = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: ck_convolution.self)
    if i.isSingle {
      let run = i.code == .convolve ? ck_convolve_f32 : ck_convolve_filters_f32
      run(
        out.assumingMemoryBound(to: Float.self), images.assumingMemoryBound(to: Float.self),
        other.assumingMemoryBound(to: Float.self), form, f32(i.c))
    } else {
      let run = i.code == .convolve ? ck_convolve_f64 : ck_convolve_filters_f64
      run(
        out.assumingMemoryBound(to: Double.self), images.assumingMemoryBound(to: Double.self),
        other.assumingMemoryBound(to: Double.self), form, f64(i.c))
    }
  }
}
