// Textbook forms of what follows from determinants: cofactors, characteristic roots, and the pseudo-inverse.
extension DenseMatrix {
  /// The matrix without some rows and columns.
  private func without(rows gone: Set<Int>, columns lost: Set<Int>) -> DenseMatrix {
    let kept = (0..<rows).filter { !gone.contains($0) }, left = (0..<columns).filter { !lost.contains($0) }
    return DenseMatrix(rows: kept.count, columns: left.count, values: kept.flatMap { i in left.map { self[i, $0] } })
  }

  /// (−1)^(i + j) det(A without row i and column j), by minors down to nothing.
  func cofactors() -> DenseMatrix {
    var result = self
    for i in 0..<rows {
      for j in 0..<columns {
        result[i, j] = ((i + j) % 2 == 0 ? 1 : -1) * without(rows: [i], columns: [j]).expandedDeterminant()
      }
    }
    return result
  }

  /// The slope of the cofactors in a direction: Σ over its elements of their minors of two rows and columns.
  func cofactorSlope(_ direction: DenseMatrix) -> DenseMatrix {
    var result = DenseMatrix(rows: rows, columns: columns)
    for i in 0..<rows {
      for j in 0..<columns {
        for k in 0..<rows where k != i {
          for l in 0..<columns where l != j {
            let order = (k > i) != (l > j) ? -1.0 : 1
            let sign = (i + j + k + l) % 2 == 0 ? order : -order
            result[i, j] +=
              sign * direction[k, l] * without(rows: [i, k], columns: [j, l]).expandedDeterminant()
          }
        }
      }
    }
    return result
  }

  /// The determinant along the first row: no division.
  private func expandedDeterminant() -> Double {
    if rows == 0 { return 1 }
    return (0..<columns).reduce(0) {
      $0 + ($1 % 2 == 0 ? 1 : -1) * self[0, $1] * without(rows: [0], columns: [$1]).expandedDeterminant()
    }
  }

  /// Singular values up to max(rows, columns) ε of the largest count as 0.
  func pseudoInverse() -> DenseMatrix {
    let (u, s, vt) = svd()
    let cut = Double(max(rows, columns)) * Double.ulpOfOne * (s.first ?? 0)
    var scaled = vt
    for i in 0..<vt.rows { for j in 0..<vt.columns { scaled[i, j] = s[i] > cut ? vt[i, j] / s[i] : 0 } }
    return scaled.transposed * u.transposed
  }

  /// Coefficients c of det(x − A) = xⁿ + c₁ xⁿ⁻¹ + … + cₙ (Faddeev and LeVerrier).
  private func characteristicPolynomial() -> [Double] {
    var coefficients = [1.0], m = DenseMatrix(rows: rows, columns: rows)
    for k in 1..<(rows + 1) {
      m = self * m
      for i in 0..<rows { m[i, i] += coefficients[k - 1] }
      let product = self * m
      coefficients.append(-(0..<rows).reduce(0) { $0 + product[$1, $1] } / Double(k))
    }
    return coefficients
  }

  /// Eigenvalues in order of real, then imaginary part: roots of the characteristic polynomial (Durand and Kerner).
  func eigenvalues() -> [(re: Double, im: Double)] {
    let coefficients = characteristicPolynomial()
    let radius = 1 + (coefficients.dropFirst().map(\.magnitude).max() ?? 0)
    var start = (re: 1.0, im: 0.0)
    var roots = (0..<rows).map { _ in
      start = times(start, (0.4, 0.9))
      return (re: radius * start.re, im: radius * start.im)
    }
    for _ in 0..<2000 {
      for i in roots.indices {
        let value = coefficients.reduce((re: 0.0, im: 0.0)) { sum, c in
          let next = times(sum, roots[i])
          return (next.re + c, next.im)
        }
        let others = roots.indices.filter { $0 != i }.reduce((re: 1.0, im: 0.0)) {
          times($0, (roots[i].re - roots[$1].re, roots[i].im - roots[$1].im))
        }
        let size = others.re * others.re + others.im * others.im
        if size == 0 { continue }
        let step = times(value, (others.re / size, -others.im / size))
        roots[i] = (roots[i].re - step.re, roots[i].im - step.im)
      }
    }
    let real = roots.map { $0.im.magnitude < 1e-12 * radius ? (re: $0.re, im: 0) : $0 }
    return real.sorted { ($0.re - $1.re).magnitude > 1e-9 * radius ? $0.re < $1.re : $0.im < $1.im }
  }
}

private func times(_ a: (re: Double, im: Double), _ b: (re: Double, im: Double)) -> (re: Double, im: Double) {
  (a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
}
