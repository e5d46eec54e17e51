import CKernels
import Glibc
import Tensors

// Instructions that move elements, by strides or by index.

extension Machine {
  func move(_ i: Instruction) {
    if i.code == .transpose { return ck_transpose2(raw(i.out), raw(i.a), i.m, i.n, i.k) }
    let layout = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: StridedLayout.self).pointee
    let shift = layout.offset * layout.elementBytes
    if i.code == .stridedCopy {
      ck_strided_copy(
        raw(i.out), raw(i.a) + shift, layout.rank, layout.sizes, layout.strides, layout.elementBytes)
    } else {
      ck_strided_store(
        raw(i.out) + shift, raw(i.a), layout.rank, layout.sizes, layout.strides, layout.elementBytes)
    }
  }

  /// Whether all indices are in 0 ..< bound; notes a fault otherwise.
  private mutating func areInside(_ index: UnsafeMutablePointer<Int64>, _ count: Int, _ bound: Int) -> Bool {
    var isInside = true
    for position in 0..<count where UInt64(bitPattern: index[position]) >= UInt64(bound) { isInside = false }
    if !isInside { fault = 1 }
    return isInside
  }

  mutating func index(_ i: Instruction) {
    switch i.code {
    case .gatherRows:
      guard areInside(i64(i.b), i.n, i.m) else { return }
      ck_gather_rows(raw(i.out), raw(i.a), i64(i.b), i.n, i.k)
    case .scatterAddRows:
      guard areInside(i64(i.b), i.n, i.m) else { return }
      if i.isSingle {
        ck_scatter_add_rows_f32(f32(i.out), f32(i.a), i64(i.b), i.n, i.k)
      } else {
        ck_scatter_add_rows_f64(f64(i.out), f64(i.a), i64(i.b), i.n, i.k)
      }
    case .takeAlongLast:
      guard areInside(i64(i.b), i.m * i.k, i.n) else { return }
      if i.isSingle { take(f32(i.out), f32(i.a), i) } else { take(f64(i.out), f64(i.a), i) }
    default:
      guard areInside(i64(i.b), i.m * i.k, i.n) else { return }
      if i.isSingle { put(f32(i.out), f32(i.a), i) } else { put(f64(i.out), f64(i.a), i) }
    }
  }

  @inline(__always)
  private func take<T>(_ out: UnsafeMutablePointer<T>, _ a: UnsafeMutablePointer<T>, _ i: Instruction) {
    let index = i64(i.b)
    for row in 0..<i.m {
      for entry in 0..<i.k { out[row &* i.k &+ entry] = a[row &* i.n &+ Int(index[row &* i.k &+ entry])] }
    }
  }

  @inline(__always)
  private func put<T: FloatingPoint>(_ out: UnsafeMutablePointer<T>, _ a: UnsafeMutablePointer<T>, _ i: Instruction) {
    let index = i64(i.b)
    for row in 0..<i.m {
      for entry in 0..<i.k { out[row &* i.n &+ Int(index[row &* i.k &+ entry])] += a[row &* i.k &+ entry] }
    }
  }

  func order(_ i: Instruction) {
    let room = i64(i.c)
    for row in 0..<i.m {
      let out = i64(i.out) + row * (i.code == .argSort ? i.n : i.k)
      switch (i.code, i.isSingle) {
      case (.argSort, false): ck_argsort_f64(out, f64(i.a) + row * i.n, i.n, room)
      case (.argSort, true): ck_argsort_f32(out, f32(i.a) + row * i.n, i.n, room)
      case (_, false): ck_topk_f64(out, f64(i.a) + row * i.n, i.n, i.k, Int32(i.flags), room)
      case (_, true): ck_topk_f32(out, f32(i.a) + row * i.n, i.n, i.k, Int32(i.flags), room)
      }
    }
  }

  func windows(_ i: Instruction) {
    let window = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: ck_window.self)
    switch (i.code, i.isSingle) {
    case (.patches, false): ck_patches_f64(f64(i.out), f64(i.a), window)
    case (.patches, true): ck_patches_f32(f32(i.out), f32(i.a), window)
    case (_, false): ck_patches_adjoint_f64(f64(i.out), f64(i.a), window)
    case (_, true): ck_patches_adjoint_f32(f32(i.out), f32(i.a), window)
    }
  }
}
