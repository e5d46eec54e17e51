import CKernels
import Glibc
import Tensors

// The instruction loop: a switch over a flat array, on raw memory. Nothing here allocates, counts references
// or looks anything up.

/// A plan in memory, ready to run.
struct Machine {
  var code: UnsafeMutablePointer<Instruction>
  var count: Int
  /// Address of each slot.
  var slots: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  var cells: UnsafeMutablePointer<ck_cell>
  var cellBytes: Int
  /// Registers of tile programs.
  var scratch: UnsafeMutableRawPointer
  /// What the run met first that it cannot go on with.
  var fault: ProgramFault?
  /// That of what is computed once, before all runs.
  var standingFault: ProgramFault?
  /// Slots of the inputs and outputs, and the bytes of the inputs.
  var inputs: UnsafeMutablePointer<Int32>
  var outputs: UnsafeMutablePointer<Int32>
  var inputBytes: UnsafeMutablePointer<Int>
  /// Parts of slots whose address can change, each after what it is a part of.
  var parts: UnsafeMutablePointer<SlotPart>
  var partCount: Int
  /// Evaluates applications without a kernel.
  var fallbacks: Unmanaged<FallbackTable>
  /// What is brought near for the next run while this one computes.
  var ahead = RowAhead(nil, byteCount: 0, atOnce: 0)
  /// Where it is set and not 0, the run breaks off between two instructions or within a long one.
  var interrupt: UnsafePointer<Int32>?
  /// Whether the last run broke off, so that its outputs mean nothing.
  var isBroken = false
  /// What each instruction took, where somebody wants to know.
  var counts: UnsafeMutablePointer<InstructionCount>?
}

/// Memory that is asked for a few lines at a time, between instructions: all at once would fill the queue of
/// pending loads, and the next instruction would wait for it.
struct RowAhead {
  private var next: UnsafeRawPointer?
  private var left: Int
  private let atOnce: Int

  init(_ start: UnsafeRawPointer?, byteCount: Int, atOnce: Int) {
    next = start
    left = byteCount
    self.atOnce = atOnce
  }

  /// Bytes before each of `count` instructions: whole lines, and no fewer than are worth a call.
  static func share(of byteCount: Int, among count: Int, linesMin: Int = 8) -> Int {
    let lineBytes = 64
    return max(linesMin, (byteCount / lineBytes + count) / count) * lineBytes
  }

  @inline(__always) var isPending: Bool { left > 0 }

  @inline(__always) mutating func advance() {
    guard let start = next else { return }
    let bytes = min(left, atOnce)
    ck_prefetch(start, bytes)
    next = start + bytes
    left &-= bytes
  }
}

/// A slot at a fixed distance from another.
struct SlotPart {
  var slot: Int32
  var whole: Int32
  var byteOffset: Int
}

extension Machine {
  @inline(__always) func raw(_ slot: Int32) -> UnsafeMutableRawPointer {
    slots[Int(slot)].unsafelyUnwrapped
  }
  @inline(__always) func f64(_ slot: Int32) -> UnsafeMutablePointer<Double> {
    raw(slot).assumingMemoryBound(to: Double.self)
  }
  @inline(__always) func f32(_ slot: Int32) -> UnsafeMutablePointer<Float> {
    raw(slot).assumingMemoryBound(to: Float.self)
  }
  @inline(__always) func i64(_ slot: Int32) -> UnsafeMutablePointer<Int64> {
    raw(slot).assumingMemoryBound(to: Int64.self)
  }

  /// Where an input lies; nil where it has no memory yet.
  func address(ofInput input: Int) -> UnsafeMutableRawPointer? { slots[Int(inputs[input])] }

  /// Points an input at memory elsewhere.
  func bind(input: Int, to address: UnsafeMutableRawPointer) {
    slots[Int(inputs[input])] = address
    for index in 0..<partCount {
      let part = parts[index]
      slots[Int(part.slot)] = slots[Int(part.whole)].map { $0 + part.byteOffset }
    }
  }

  /// Whether the run is to break off.
  var isInterrupted: Bool { interrupt.map { $0.pointee != 0 } ?? false }

  private mutating func runBreakable() {
    isBroken = false
    let before = ck_watch(interrupt)
    defer { _ = ck_watch(before) }
    for index in 0..<count where !isBroken {
      step(code + index)
      isBroken = isInterrupted
    }
  }

  /// Runs all instructions once.
  mutating func run() {
    if let counts { return runCounted(counts) }
    if interrupt != nil { return runBreakable() }
    var instruction = code
    let end = code + count
    while instruction < end && ahead.isPending {
      ahead.advance()
      step(instruction)
      instruction += 1
    }
    while instruction < end {
      step(instruction)
      instruction += 1
    }
  }

  /// Runs one instruction.
  @inline(never)
  mutating func perform(at index: Int) { step(code + index) }

  /// The frequent short instructions; they read what they need of the instruction where it lies.
  @inline(__always)
  mutating func step(_ i: UnsafeMutablePointer<Instruction>) {
    switch i.pointee.code {
    case .tiles: runTiles(i)
    case .scalars:
      let operations = i.pointee.parameters.unsafelyUnwrapped.assumingMemoryBound(to: ck_scalar_op.self)
      var index: Int64 = 0
      let outside = ck_scalar_run(operations, cells, slots, &index)
      if outside != 0 { note(index, inOperation: outside, of: i) }
    case .dot: dot(i.pointee, place(i.pointee))
    case .scaledNorm:
      if i.pointee.isSingle {
        f32(i.pointee.out).pointee = ck_scaled_norm_f32(f32(i.pointee.a), f32(i.pointee.b).pointee, i.pointee.n)
      } else {
        f64(i.pointee.out).pointee = ck_scaled_norm_f64(f64(i.pointee.a), f64(i.pointee.b).pointee, i.pointee.n)
      }
    case .row:
      var row = Int(i64(i.pointee.b).pointee)
      if UInt(bitPattern: row) >= UInt(bitPattern: i.pointee.m) {
        note(.index(row, count: i.pointee.m), origin: i.pointee.origin)
        row = 0
      }
      slots[Int(i.pointee.out)] = raw(i.pointee.a) + row &* i.pointee.n
    default: perform(i.pointee)
    }
  }

  @inline(__always)
  private mutating func perform(_ i: Instruction) {
    switch i.code {
    case .tiles, .scalars, .dot, .scaledNorm, .row: break
    case .gemv: gemv(i, place(i))
    case .point: slots[Int(i.out)] = raw(i.a) + i.n
    case .gemm: gemm(i, place(i))
    case .gemmBatched: gemmBatched(i, place(i))
    case .members: members(i)
    case .copy: if i.n > 0 { memcpy(raw(i.out), raw(i.a), i.n) }
    case .zero: memset(raw(i.out), 0, i.n)
    case .binary, .binaryIntegers, .unaryIntegers, .convert: elementwise(i)
    case .reduce, .reduceAxis, .reduceIntegers: reduce(i)
    case .logSumExp, .softmax, .argMax, .argMin, .cumulativeSum, .cumulativeProduct: rows(i)
    case .stridedCopy, .stridedStore, .transpose: move(i)
    case .gatherRows, .firstPlaces, .scatterAddRows, .takeAlongLast, .scatterAlongLast, .checkIndices: index(i)
    case .argSort, .topIndices: order(i)
    case .patches, .foldPatches: windows(i)
    case .convolve, .convolveFilters: convolve(i, out: raw(i.out), images: raw(i.a), other: raw(i.b))
    case .draw: draw(i)
    case .loop: runLoop(i)
    case .whileLoop: runWhile(i)
    case .lanczos: runLanczos(i)
    case .factorize: factorize(i)
    case .reference: fallbacks._withUnsafeGuaranteedRef { $0.run(i.n, slots) }
    case .exchange:
      if !fallbacks._withUnsafeGuaranteedRef({ $0.exchange(i.n, slots) }) { note(.exchange, origin: i.origin) }
    }
  }

  @inline(__always)
  private func runTiles(_ i: UnsafeMutablePointer<Instruction>) {
    let program = i.pointee.parameters.unsafelyUnwrapped.assumingMemoryBound(to: ck_tile_program.self)
    if i.pointee.isSingle {
      ck_tile_run_f32(program, slots, scratch.assumingMemoryBound(to: Float.self), 0, i.pointee.n)
    } else {
      ck_tile_run_f64(program, slots, scratch.assumingMemoryBound(to: Double.self), 0, i.pointee.n)
    }
  }
}

// MARK: - Products

extension Machine {
  /// Where a product's operands and its result lie.
  private struct ProductPlace {
    var out: UnsafeMutableRawPointer
    var a: UnsafeMutableRawPointer
    var b: UnsafeMutableRawPointer

    var f64: (out: UnsafeMutablePointer<Double>, a: UnsafeMutablePointer<Double>, b: UnsafeMutablePointer<Double>) {
      (
        out.assumingMemoryBound(to: Double.self), a.assumingMemoryBound(to: Double.self),
        b.assumingMemoryBound(to: Double.self)
      )
    }
    var f32: (out: UnsafeMutablePointer<Float>, a: UnsafeMutablePointer<Float>, b: UnsafeMutablePointer<Float>) {
      (
        out.assumingMemoryBound(to: Float.self), a.assumingMemoryBound(to: Float.self),
        b.assumingMemoryBound(to: Float.self)
      )
    }
  }

  @inline(__always) private func place(_ i: Instruction) -> ProductPlace {
    ProductPlace(out: raw(i.out), a: raw(i.a), b: raw(i.b))
  }

  @inline(__always)
  private func gemv(_ i: Instruction, _ place: ProductPlace) {
    let t = Int32(i.flags)
    if i.isSingle {
      ck_gemv_f32(t, i.m, i.n, 1, place.f32.a, i.k, place.f32.b, 0, place.f32.out)
    } else {
      ck_gemv_f64(t, i.m, i.n, 1, place.f64.a, i.k, place.f64.b, 0, place.f64.out)
    }
  }

  private func gemm(_ i: Instruction, _ place: ProductPlace) {
    let p = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: ProductLayout.self).pointee
    let (ta, tb) = (Int32(i.flags & 1), Int32(i.flags >> 1))
    if i.isSingle {
      let (out, a, b) = place.f32
      ck_gemm_f32(ta, tb, i.m, i.n, i.k, 1, a, p.strideA, b, p.strideB, 0, out, p.strideC)
    } else {
      let (out, a, b) = place.f64
      ck_gemm_f64(ta, tb, i.m, i.n, i.k, 1, a, p.strideA, b, p.strideB, 0, out, p.strideC)
    }
  }

  private func gemmBatched(_ i: Instruction, _ place: ProductPlace) {
    let p = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: ProductLayout.self).pointee
    let (ta, tb) = (Int32(i.flags & 1), Int32(i.flags >> 1))
    if i.isSingle {
      let (out, a, b) = place.f32
      ck_gemm_batched_f32(
        ta, tb, p.batch, i.m, i.n, i.k, 1, a, p.strideA, p.batchA, b, p.strideB, p.batchB, 0, out, p.strideC, p.batchC)
    } else {
      let (out, a, b) = place.f64
      ck_gemm_batched_f64(
        ta, tb, p.batch, i.m, i.n, i.k, 1, a, p.strideA, p.batchA, b, p.strideB, p.batchB, 0, out, p.strideC, p.batchC)
    }
  }

  /// A product, or the elementwise one that a product without sums is, for each member by itself.
  private func members(_ i: Instruction) {
    let p = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: MemberInstruction.self)
    let inner = p.pointee.instruction
    var place = place(i)
    for _ in 0..<p.pointee.count {
      switch inner.code {
      case .dot: dot(inner, place)
      case .gemv: gemv(inner, place)
      case .gemm: gemm(inner, place)
      case .gemmBatched: gemmBatched(inner, place)
      case .convolve, .convolveFilters: convolve(inner, out: place.out, images: place.a, other: place.b)
      default: multiply(inner, place)
      }
      place.out += p.pointee.strideOut
      place.a += p.pointee.strideA
      place.b += p.pointee.strideB
    }
  }

  @inline(__always)
  private func dot(_ i: Instruction, _ place: ProductPlace) {
    if i.isSingle {
      place.f32.out.pointee = ck_dot_f32(place.f32.a, place.f32.b, i.n)
    } else {
      place.f64.out.pointee = ck_dot_f64(place.f64.a, place.f64.b, i.n)
    }
  }

  private func multiply(_ i: Instruction, _ place: ProductPlace) {
    if i.isSingle {
      ck_binary_f32(CK_MUL, place.f32.out, place.f32.a, 1, place.f32.b, 1, i.n)
    } else {
      ck_binary_f64(CK_MUL, place.f64.out, place.f64.a, 1, place.f64.b, 1, i.n)
    }
  }
}

// MARK: - Elementwise and reductions

extension Machine {
  private func elementwise(_ i: Instruction) {
    switch i.code {
    case .binary:
      let operation = ck_binary_op(rawValue: UInt32(i.flags))
      inParts(i.n) { at, count in
        if i.isSingle {
          ck_binary_f32(operation, f32(i.out) + at, f32(i.a) + at, 1, f32(i.b) + at, 1, count)
        } else {
          ck_binary_f64(operation, f64(i.out) + at, f64(i.a) + at, 1, f64(i.b) + at, 1, count)
        }
      }
    case .binaryIntegers:
      let operation = ck_binary_op(rawValue: UInt32(i.flags))
      inParts(i.n) { at, count in
        ck_binary_i64(operation, i64(i.out) + at, i64(i.a) + at * i.m, i.m, i64(i.b) + at * i.k, i.k, count)
      }
    case .unaryIntegers:
      let operation = ck_unary_op(rawValue: UInt32(i.flags))
      inParts(i.n) { at, count in ck_unary_i64(operation, i64(i.out) + at, i64(i.a) + at, count) }
    default: convert(i)
    }
  }

  /// Does work on `count` elements, in parts between which it may break off where there are many.
  @inline(__always)
  private func inParts(_ count: Int, _ work: (_ first: Int, _ count: Int) -> Void) {
    let partMax = 1 << 20
    if count <= partMax { return work(0, count) }
    var first = 0
    while first < count && !isInterrupted {
      work(first, min(partMax, count - first))
      first += partMax
    }
  }

  private func convert(_ i: Instruction) {
    let from = DType(rawValue: UInt8(i.flags / 4)), to = DType(rawValue: UInt8(i.flags % 4))
    switch (from, to) {
    case (.f64, .f32): ck_f32_from_f64(f32(i.out), f64(i.a), i.n)
    case (.f32, .f64): ck_f64_from_f32(f64(i.out), f32(i.a), i.n)
    case (.i64, .f64): ck_f64_from_i64(f64(i.out), i64(i.a), i.n)
    case (.i64, .f32): ck_f32_from_i64(f32(i.out), i64(i.a), i.n)
    case (.f64, .i64): ck_i64_from_f64(i64(i.out), f64(i.a), i.n)
    case (.f32, .i64): ck_i64_from_f32(i64(i.out), f32(i.a), i.n)
    default: memcpy(raw(i.out), raw(i.a), i.n * (to?.byteCount ?? 8))
    }
  }

  private func reduce(_ i: Instruction) {
    let operation = ck_reduce_op(rawValue: UInt32(i.flags))
    switch (i.code, i.isSingle) {
    case (.reduce, false): f64(i.out).pointee = ck_reduce_f64(operation, f64(i.a), i.n)
    case (.reduce, true): f32(i.out).pointee = ck_reduce_f32(operation, f32(i.a), i.n)
    case (.reduceIntegers, _): ck_reduce_axis_i64(operation, i64(i.out), i64(i.a), i.m, i.n, i.k)
    case (_, false): ck_reduce_axis_f64(operation, f64(i.out), f64(i.a), i.m, i.n, i.k)
    case (_, true): ck_reduce_axis_f32(operation, f32(i.out), f32(i.a), i.m, i.n, i.k)
    }
  }

  private func rows(_ i: Instruction) {
    let reverse = Int32(i.flags)
    switch (i.code, i.isSingle) {
    case (.logSumExp, false): ck_logsumexp_f64(f64(i.out), f64(i.a), i.m, i.n)
    case (.logSumExp, true): ck_logsumexp_f32(f32(i.out), f32(i.a), i.m, i.n)
    case (.softmax, false): ck_softmax_f64(f64(i.out), f64(i.a), i.m, i.n)
    case (.softmax, true): ck_softmax_f32(f32(i.out), f32(i.a), i.m, i.n)
    case (.argMax, false): _ = ck_argmax_axis_f64(i64(i.out), f64(i.a), i.m, i.n, 1)
    case (.argMax, true): _ = ck_argmax_axis_f32(i64(i.out), f32(i.a), i.m, i.n, 1)
    case (.argMin, false): _ = ck_argmin_axis_f64(i64(i.out), f64(i.a), i.m, i.n, 1)
    case (.argMin, true): _ = ck_argmin_axis_f32(i64(i.out), f32(i.a), i.m, i.n, 1)
    case (.cumulativeSum, false): ck_cumsum_f64(f64(i.out), f64(i.a), i.m, i.n, i.k, reverse)
    case (.cumulativeSum, true): ck_cumsum_f32(f32(i.out), f32(i.a), i.m, i.n, i.k, reverse)
    case (_, false): ck_cumprod_f64(f64(i.out), f64(i.a), i.m, i.n, i.k, reverse)
    case (_, true): ck_cumprod_f32(f32(i.out), f32(i.a), i.m, i.n, i.k, reverse)
    }
  }

  private func draw(_ i: Instruction) {
    for member in 0..<i.m {
      let key = i64(i.a) + member * 3, first = member * i.n
      let (stream, step) = (UInt64(bitPattern: key[0]), UInt64(bitPattern: key[1]))
      let lane = UInt32(truncatingIfNeeded: key[2])
      inParts(i.n) { at, n in
        let to = first + at
        switch (ck_draw_kind(rawValue: UInt32(i.flags)), i.isSingle) {
        case (CK_DRAW_INDEX, _): ck_integers_i64(i64(i.out) + to, n, stream, step, lane, at, Int64(i.k))
        case (CK_DRAW_UNIFORM, false): ck_uniform_f64(f64(i.out) + to, n, stream, step, lane, at)
        case (CK_DRAW_UNIFORM, true): ck_uniform_f32(f32(i.out) + to, n, stream, step, lane, at)
        case (CK_DRAW_NORMAL, false): ck_normal_f64(f64(i.out) + to, n, stream, step, lane, at)
        case (CK_DRAW_NORMAL, true): ck_normal_f32(f32(i.out) + to, n, stream, step, lane, at)
        case (CK_DRAW_RADEMACHER, false): ck_rademacher_f64(f64(i.out) + to, n, stream, step, lane, at)
        case (CK_DRAW_RADEMACHER, true): ck_rademacher_f32(f32(i.out) + to, n, stream, step, lane, at)
        case (_, false): ck_exponential_f64(f64(i.out) + to, n, stream, step, lane, at)
        case (_, true): ck_exponential_f32(f32(i.out) + to, n, stream, step, lane, at)
        }
      }
    }
  }
}
