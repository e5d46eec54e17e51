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

  mutating func index(_ i: Instruction) {
    switch i.code {
    case .gatherRows:
      guard areInside(i64(i.b), i.n, i.m, i.origin) else { return }
      ck_gather_rows(raw(i.out), raw(i.a), i64(i.b), i.n, i.k)
    case .firstPlaces:
      for row in 0..<i.m { ck_first_places(i64(i.out) + row * i.n, i64(i.b) + row * i.n, i.n, i64(i.c), i.k) }
    case .scatterAddRows:
      guard areInside(i64(i.b), i.n, i.m, i.origin) else { return }
      if i.flags == 1 {
        addRows(i64(i.out), i64(i.a), i)
      } else if i.isSingle {
        ck_scatter_add_rows_f32(f32(i.out), f32(i.a), i64(i.b), i.n, i.k)
      } else {
        ck_scatter_add_rows_f64(f64(i.out), f64(i.a), i64(i.b), i.n, i.k)
      }
    case .checkIndices:
      let isInside = areInside(i64(i.b), i.n, i.m, i.origin)
      if isInside { memcpy(raw(i.out), raw(i.b), i.n * 8) } else { memset(raw(i.out), 0, i.n * 8) }
    case .takeAlongLast:
      guard areInside(i64(i.b), i.m * i.k, i.n, i.origin) else { return }
      if i.isSingle { take(f32(i.out), f32(i.a), i) } else { take(f64(i.out), f64(i.a), i) }
    default:
      guard areInside(i64(i.b), i.m * i.k, i.n, i.origin) else { return }
      switch (i.flags, i.isSingle) {
      case (1, _): put(i64(i.out), i64(i.a), i)
      case (_, true): put(f32(i.out), f32(i.a), i)
      case (_, false): put(f64(i.out), f64(i.a), i)
      }
    }
  }

  @inline(__always)
  private func take<T>(_ out: UnsafeMutablePointer<T>, _ a: UnsafeMutablePointer<T>, _ i: Instruction) {
    let index = i64(i.b)
    for row in 0..<i.m where !isInterrupted {
      for entry in 0..<i.k {
        // Seldom enough to cost nothing.
        if entry & 0xFFFF == 0xFFFF, isInterrupted { return }
        out[row &* i.k &+ entry] = a[row &* i.n &+ Int(index[row &* i.k &+ entry])]
      }
    }
  }

  /// Whole numbers have no kernel of their own.
  private func addRows(_ out: UnsafeMutablePointer<Int64>, _ a: UnsafeMutablePointer<Int64>, _ i: Instruction) {
    let index = i64(i.b)
    for row in 0..<i.n {
      for column in 0..<i.k { out[Int(index[row]) * i.k + column] &+= a[row * i.k + column] }
    }
  }

  @inline(__always)
  private func put<T: AdditiveArithmetic>(
    _ out: UnsafeMutablePointer<T>, _ a: UnsafeMutablePointer<T>, _ i: Instruction
  ) {
    let index = i64(i.b)
    for row in 0..<i.m {
      for entry in 0..<i.k { out[row &* i.n &+ Int(index[row &* i.k &+ entry])] += a[row &* i.k &+ entry] }
    }
  }

  func order(_ i: Instruction) {
    let room = i64(i.c)
    for row in 0..<i.m where !isInterrupted {
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
