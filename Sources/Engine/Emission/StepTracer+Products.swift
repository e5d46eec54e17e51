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
    let type = i.isSingle ? EM_F32 : EM_F64, bytes = byteCount(type)
    if rows * inner == 0 { return false }
    if rows * inner > Self.fewProducts || !isTransposed && inner > Self.fewElements {
      let product = Product(m: 1, n: rows, k: inner, rowA: 0, stepA: 1, ldb: i.k, ldc: rows)
      return isTransposed ? multiply(product, i.b, i.a, i.out, type) : traceRows(i, rows, inner, type)
    }
    let x = elements(i.b, inner, type)
    var results: [TraceValue] = []
    for row in 0..<rows {
      let line = (0..<inner).map { read(i.a, (isTransposed ? $0 * i.k + row : row * i.k + $0) * bytes, type) }
      results.append(isTransposed ? chain(line, x) : sumOfProducts(line, x))
    }
    for (row, result) in results.enumerated() { write(i.out, row * bytes, result) }
    return true
  }

  /// A dot of each row, which may have few elements too: the same tree.
  private mutating func traceRows(_ i: Instruction, _ rows: Int, _ inner: Int, _ type: em_type) -> Bool {
    guard inner <= Int(CK_BLOCK), rows * inner <= Self.productMax else { return false }
    for slot in [i.a, i.b] { prepare(reading: slot) }
    let (a, b) = (pointer(i.a), pointer(i.b)), out = pointer(i.out)
    prepare(writing: i.out)
    let row = emit(EM_LOOP, EM_I64, i: rows)
    let line = emit(EM_ADDRESS, EM_I64, a: a, b: row, i: i.k * byteCount(type))
    emit(EM_EACH, type, i: inner)
    let (x, y) = (emit(EM_ELEMENT, type, a: line), emit(EM_ELEMENT, type, a: b))
    let dot = emit(EM_DOT, type, a: x, b: y)
    emit(EM_END, EM_NOTHING)
    emit(EM_STORE, type, a: out, b: row, c: dot)
    emit(EM_REPEAT, EM_NOTHING)
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
    if isByDots || i.n == 1 { return false }
    let product = Product(
      m: i.m, n: i.n, k: i.k, rowA: ta ? 1 : layout.strideA, stepA: ta ? layout.strideA : 1, ldb: layout.strideB,
      ldc: layout.strideC)
    return multiply(product, i.a, i.b, i.out, type, turns: tb)
  }

  /// Sizes of a product as `em_product` has them.
  private struct Product {
    var m: Int, n: Int, k: Int
    var rowA: Int, stepA: Int, ldb: Int, ldc: Int
  }

  /// Most multiplications of a product that is written out with all of its rows.
  private static let productMax = 1 << 16
  /// Columns that are computed at once.
  private static let columnsMax = 24

  /// C ← A B, or with `turns` A Bᵀ, by chains of fused multiply-adds.
  private mutating func multiply(
    _ product: Product, _ a: Int32, _ b: Int32, _ c: Int32, _ type: em_type, turns: Bool = false
  ) -> Bool {
    guard product.m <= 64, product.m * product.n * product.k <= Self.productMax else { return false }
    for slot in [a, b] { prepare(reading: slot) }
    let left = pointer(a), out = pointer(c)
    var product = product, right = pointer(b)
    prepare(writing: c)
    if turns {
      guard product.n >= 4, product.k >= 4, product.n * product.k <= Self.turnedMax else { return false }
      right = turned(right, &product, type)
    }
    let bytes = byteCount(type), width = Self.columnsMax * 8 / bytes
    for first in stride(from: 0, to: product.n, by: width) {
      products.append(
        em_product(
          m: Int32(product.m), n: Int32(min(width, product.n - first)), k: Int32(product.k), rowA: Int32(product.rowA),
          stepA: Int32(product.stepA), ldb: Int32(product.ldb), ldc: Int32(product.ldc)))
      let part = first == 0 ? (out, right) : (at(out, first * bytes), at(right, first * bytes))
      emit(EM_PRODUCT, type, a: part.0, b: left, c: part.1, i: products.count - 1)
    }
    return true
  }

  private mutating func at(_ start: TraceValue, _ bytes: Int) -> TraceValue {
    emit(EM_ADDRESS, EM_I64, a: start, b: whole(bytes), i: 1)
  }

  /// Most elements of a matrix that is turned before it is multiplied.
  private static let turnedMax = 4096

  /// The transpose of B (n × k) in memory of its own.
  private mutating func turned(_ b: TraceValue, _ product: inout Product, _ type: em_type) -> TraceValue {
    let room = rooms.store([Double](repeating: 0, count: product.n * product.k * byteCount(type) / 8 + 1))
    let to = emit(EM_POINTER, EM_I64, a: -3, i: Int(bitPattern: room))
    products.append(
      em_product(
        m: Int32(product.n), n: Int32(product.k), k: 0, rowA: 0, stepA: 0, ldb: Int32(product.ldb),
        ldc: Int32(product.n)))
    emit(EM_TURN, type, a: to, b: b, i: products.count - 1)
    product.ldb = product.n
    return to
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
