import CKernels
import Graph
import Tensors

extension Machine {
  /// One matrix of a factorisation, with its operands and its result.
  private struct Member {
    var n: Int
    var a: UnsafeMutablePointer<Double>
    var out: UnsafeMutablePointer<Double>
    /// Which matrix of the batch it is.
    var place: Int
  }

  /// Factorises or solves each matrix of a batch; results are packed as the primitives say.
  mutating func factorize(_ i: Instruction) {
    let layout = i.parameters.unsafelyUnwrapped.assumingMemoryBound(to: FactorizationLayout.self).pointee
    let (m, n, k) = (layout.m, layout.n, min(layout.m, layout.n))
    if i.isSingle { return polarFactors(i, layout) }
    for place in 0..<layout.batch where !isInterrupted {
      let a = f64(i.a) + place * m * n, out = f64(i.out) + place * layout.resultCount
      let member = Member(n: n, a: a, out: out, place: place)
      switch Factorization(rawValue: i.flags) {
      case .cholesky: cholesky(member, layout, i.origin)
      case .solve: solve(member, layout, f64(i.b) + place * n * layout.columns, i.origin)
      case .triangularSolve: solveTriangle(member, layout, f64(i.b) + place * n * layout.columns, i.origin)
      case .qr: _ = ck_qr(m, n, a, out, out + m * k)
      case .symmetricEigen:
        if isSymmetric(member, layout, i.origin) { _ = ck_symmetric_eigen(n, a, out, out + n) }
      case .singularValues: _ = ck_svd(m, n, a, out, out + m * k, out + m * k + k)
      case .pseudoInverse: _ = ck_pseudo_inverse(m, n, Double(max(m, n)) * layout.precision, a, out)
      case .determinant: out.pointee = ck_determinant(n, a, f64(i.c))
      case .cofactors: ck_cofactors(n, a, out, f64(i.c))
      case .cofactorSlope: ck_cofactor_slope(n, a, f64(i.b) + place * n * n, out, f64(i.c))
      case .eigenvalues: _ = ck_eigenvalues(n, a, layout.precision > 0x1p-52 ? 1 : 0, out)
      case .spectralRadius: out.pointee = ck_spectral_radius(n, a, f64(i.c))
      case .polar: _ = ck_polar_f64(m, n, a, out)
      case nil: break
      }
    }
  }

  /// Polar factors in single precision, the only factorisation that is computed in it.
  private func polarFactors(_ i: Instruction, _ layout: FactorizationLayout) {
    let (m, n) = (layout.m, layout.n)
    for place in 0..<layout.batch where !isInterrupted {
      _ = ck_polar_f32(m, n, f32(i.a) + place * m * n, f32(i.out) + place * m * n)
    }
  }

  private mutating func solve(
    _ member: Member, _ layout: FactorizationLayout, _ b: UnsafeMutablePointer<Double>, _ origin: Origin
  ) {
    var reciprocal = 0.0
    let status = ck_solve(member.n, layout.columns, layout.precision, member.a, b, member.out, &reciprocal)
    guard status > 0 else { return }
    note(.singular(reciprocal: reciprocal), place: member.place, among: layout.batch, origin: origin)
  }

  private mutating func solveTriangle(
    _ member: Member, _ layout: FactorizationLayout, _ b: UnsafeMutablePointer<Double>, _ origin: Origin
  ) {
    let lower: Int32 = layout.isLower ? 1 : 0
    ck_triangular_solve(lower, layout.isTransposed ? 1 : 0, member.n, layout.columns, member.a, b, member.out)
    let distance = ck_triangle_distance(lower, member.n, member.a)
    guard distance < Double(member.n) * layout.precision else { return }
    note(.singular(reciprocal: distance), place: member.place, among: layout.batch, origin: origin)
  }

  private mutating func cholesky(_ member: Member, _ layout: FactorizationLayout, _ origin: Origin) {
    guard isSymmetric(member, layout, origin) else { return }
    let pivot = Int(ck_cholesky(member.n, member.a, member.out))
    guard pivot > 0 else { return }
    note(.indefinite(pivot: pivot, size: member.n), place: member.place, among: layout.batch, origin: origin)
  }

  /// Whether a matrix is symmetric up to the square root of the rounding of its type, relative to its largest element;
  /// notes where it is not.
  ///
  /// Differences as large as that come from roundings, of an inverse for instance; those of a mistake are larger.
  private mutating func isSymmetric(_ member: Member, _ layout: FactorizationLayout, _ origin: Origin) -> Bool {
    var row = 0, column = 0
    let (n, a) = (member.n, member.a)
    if ck_is_symmetric(n, a, layout.precision.squareRoot(), &row, &column) != 0 { return true }
    note(
      .unsymmetric(row: row, column: column, a[row * n + column], a[column * n + row]), place: member.place,
      among: layout.batch, origin: origin)
    return false
  }
}
