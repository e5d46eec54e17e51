import CEmit
import CKernels

// Products: of few elements written out, of more as loops.

extension StepTracer {
  /// Up to so many multiplications a product is written out.
  private static let fewProducts = 64
  /// Most elements that the blocks of a sum may have.
  private static let sumElements = 4 * Int(CK_BLOCK)

  mutating func traceDot(_ i: Instruction) -> Bool {
    let type = i.isSingle ? EM_F32 : EM_F64
    if i.n == 0 || i.n > Self.sumElements { return false }
    if i.n <= Self.fewElements {
      write(i.out, 0, sumOfProducts(elements(i.a, i.n, type), elements(i.b, i.n, type)))
    } else {
      write(i.out, 0, loopTotal(i.n, type, reading: [i.a, i.b]) { $0.emit(EM_DOT, type, a: $1[0], b: $1[1]) })
    }
    return true
  }

  mutating func traceScaledNorm(_ i: Instruction) -> Bool {
    let type = i.isSingle ? EM_F32 : EM_F64
    if i.n == 0 || i.n > Self.sumElements { return false }
    let scale = read(i.b, 0, type)
    if i.n <= Self.fewElements {
      let scaled = elements(i.a, i.n, type).map { emit(EM_MUL, type, a: $0, b: scale) }
      write(i.out, 0, sumOfProducts(scaled, scaled))
    } else {
      let total = loopTotal(i.n, type, reading: [i.a]) {
        let scaled = $0.emit(EM_MUL, type, a: $1[0], b: scale)
        return $0.emit(EM_DOT, type, a: scaled, b: scaled)
      }
      write(i.out, 0, total)
    }
    return true
  }

  /// y ← A x by rows, or Aᵀ x by chains.
  mutating func traceVectorProduct(_ i: Instruction) -> Bool {
    let isTransposed = i.flags & 1 != 0
    let (rows, inner) = isTransposed ? (i.n, i.m) : (i.m, i.n)
    guard rows * inner <= Self.fewProducts, rows * inner > 0, isTransposed || inner <= Self.fewElements else {
      return false
    }
    let type = i.isSingle ? EM_F32 : EM_F64, bytes = byteCount(type)
    let x = elements(i.b, inner, type)
    var results: [TraceValue] = []
    for row in 0..<rows {
      let line = (0..<inner).map { read(i.a, (isTransposed ? $0 * i.k + row : row * i.k + $0) * bytes, type) }
      results.append(isTransposed ? chain(line, x) : sumOfProducts(line, x))
    }
    for (row, result) in results.enumerated() { write(i.out, row * bytes, result) }
    return true
  }

  /// Σ a b, one fused multiply-add after the other.
  private mutating func chain(_ a: [TraceValue], _ b: [TraceValue]) -> TraceValue {
    let type = type(of: a[0])
    return zip(a, b).reduce(constant(0, type)) { emit(EM_FUSED, type, a: $1.0, b: $1.1, c: $0) }
  }

  mutating func traceMatrixProduct(_ i: Instruction) -> Bool {
    guard let layout = i.parameters?.assumingMemoryBound(to: ProductLayout.self).pointee else { return false }
    let type = i.isSingle ? EM_F32 : EM_F64
    let (ta, tb) = (i.flags & 1 != 0, i.flags & 2 != 0)
    if i.m * i.n * i.k == 0 { return false }
    let isByDots = i.n == 1 && !ta && (tb || layout.strideB == 1) || i.m == 1 && tb && (!ta || layout.strideA == 1)
    if i.m * i.n * i.k <= Self.fewProducts && i.k <= Self.fewElements {
      writeOut(i, layout, type, byDots: isByDots)
      return true
    }
    guard !isByDots, !tb, i.n > 1, i.n <= 24, i.m <= 64, i.k <= 256, i.m * i.n * i.k <= 1 << 15 else { return false }
    for slot in [i.a, i.b] { prepare(reading: slot) }
    let (a, b) = (pointer(i.a), pointer(i.b)), out = pointer(i.out)
    prepare(writing: i.out)
    products.append(
      em_product(
        m: Int32(i.m), n: Int32(i.n), k: Int32(i.k), rowA: Int32(ta ? 1 : layout.strideA),
        stepA: Int32(ta ? layout.strideA : 1), ldb: Int32(layout.strideB), ldc: Int32(layout.strideC)))
    emit(EM_PRODUCT, type, a: out, b: a, c: b, i: products.count - 1)
    return true
  }

  private mutating func writeOut(_ i: Instruction, _ layout: ProductLayout, _ type: em_type, byDots: Bool) {
    let bytes = byteCount(type), (ta, tb) = (i.flags & 1 != 0, i.flags & 2 != 0)
    var results: [(Int, TraceValue)] = []
    for row in 0..<i.m {
      let a = (0..<i.k).map { read(i.a, (ta ? $0 * layout.strideA + row : row * layout.strideA + $0) * bytes, type) }
      for column in 0..<i.n {
        let b = (0..<i.k).map {
          read(i.b, (tb ? column * layout.strideB + $0 : $0 * layout.strideB + column) * bytes, type)
        }
        results.append((row * layout.strideC + column, byDots ? sumOfProducts(a, b) : chain(a, b)))
      }
    }
    for (place, result) in results { write(i.out, place * bytes, result) }
  }
}
