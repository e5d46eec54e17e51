import Tensors

/// A small dense matrix with textbook algorithms: the reference evaluation of the factorisations.
struct DenseMatrix {
  var rows: Int
  var columns: Int
  /// Row-major.
  var values: [Double]

  init(rows: Int, columns: Int, values: [Double]? = nil) {
    self.rows = rows
    self.columns = columns
    self.values = values ?? [Double](repeating: 0, count: rows * columns)
  }

  static func identity(_ size: Int) -> DenseMatrix {
    var result = DenseMatrix(rows: size, columns: size)
    for i in 0..<size { result[i, i] = 1 }
    return result
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  func column(_ index: Int) -> [Double] { (0..<rows).map { self[$0, index] } }

  var transposed: DenseMatrix {
    var result = DenseMatrix(rows: columns, columns: rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  /// (A + Aᵀ) / 2.
  var symmetricPart: DenseMatrix {
    var result = self
    for i in 0..<rows { for j in 0..<columns { result[i, j] = 0.5 * (self[i, j] + self[j, i]) } }
    return result
  }

  static func * (a: DenseMatrix, b: DenseMatrix) -> DenseMatrix {
    var result = DenseMatrix(rows: a.rows, columns: b.columns)
    for i in 0..<a.rows {
      for k in 0..<a.columns { for j in 0..<b.columns { result[i, j] += a[i, k] * b[k, j] } }
    }
    return result
  }

  mutating func exchangeRows(_ i: Int, _ j: Int) {
    for column in 0..<columns where i != j { values.swapAt(i * columns + column, j * columns + column) }
  }
}

// Linear systems.
extension DenseMatrix {
  /// The lower triangular L with L Lᵀ = A; NaN throughout where A is not positive definite.
  func cholesky() -> DenseMatrix {
    var l = DenseMatrix(rows: rows, columns: rows)
    for j in 0..<rows {
      for i in j..<rows {
        let inner = (0..<j).reduce(self[i, j]) { $0 - l[i, $1] * l[j, $1] }
        if i == j {
          guard inner > 0 else {
            return DenseMatrix(rows: rows, columns: rows, values: values.map { _ in .nan })
          }
          l[j, j] = inner.squareRoot()
        } else {
          l[i, j] = inner / l[j, j]
        }
      }
    }
    return l
  }

  /// X with T X = B for the triangle of this matrix.
  func solveTriangle(lower: Bool, _ b: DenseMatrix) -> DenseMatrix {
    var x = b
    for i in lower ? Array(0..<rows) : Array((0..<rows).reversed()) {
      for column in 0..<b.columns {
        let known = lower ? 0..<i : (i + 1)..<max(rows, i + 1)
        x[i, column] = known.reduce(x[i, column]) { $0 - self[i, $1] * x[$1, column] } / self[i, i]
      }
    }
    return x
  }

  /// Elimination with row pivoting applied to `b` as well: the upper triangle, the changed `b`, the permutation's sign.
  func eliminated(_ b: DenseMatrix) -> (upper: DenseMatrix, right: DenseMatrix, sign: Double) {
    var (u, right, sign) = (self, b, 1.0)
    for k in 0..<rows {
      let pivot = (k..<rows).reduce(k) { u[$1, k].magnitude > u[$0, k].magnitude ? $1 : $0 }
      if pivot != k { sign = -sign }
      u.exchangeRows(k, pivot)
      right.exchangeRows(k, pivot)
      for i in (k + 1)..<max(rows, k + 1) where u[i, k] != 0 {
        let factor = u[i, k] / u[k, k]
        for j in k..<rows { u[i, j] -= factor * u[k, j] }
        for j in 0..<right.columns { right[i, j] -= factor * right[k, j] }
      }
    }
    return (u, right, sign)
  }

  func solve(_ b: DenseMatrix) -> DenseMatrix {
    let reduced = eliminated(b)
    return reduced.upper.solveTriangle(lower: false, reduced.right)
  }

  func determinant() -> Double {
    let reduced = eliminated(DenseMatrix(rows: rows, columns: 0))
    return (0..<rows).reduce(reduced.sign) { $0 * reduced.upper[$1, $1] }
  }
}

// Orthogonal decompositions.
extension DenseMatrix {
  /// Householder's Q R with k = min(rows, columns) columns in Q and a diagonal of R that is not negative.
  func qr() -> (q: DenseMatrix, r: DenseMatrix) {
    let k = min(rows, columns)
    var r = self
    var q = DenseMatrix.identity(rows)
    for j in 0..<k {
      var mirror = (0..<rows).map { $0 < j ? 0 : r[$0, j] }
      let length = mirror.norm
      mirror[j] += mirror[j] < 0 ? -length : length
      r.reflect(rowsBy: mirror)
      q.reflect(rowsBy: mirror)
    }
    q = q.transposed
    for j in 0..<k where r[j, j] < 0 {
      for column in 0..<columns { r[j, column] = -r[j, column] }
      for row in 0..<rows { q[row, j] = -q[row, j] }
    }
    return (q.firstColumns(k), r.firstRows(k).upperTriangle)
  }

  /// Multiplies from the left by 1 − 2 v vᵀ / vᵀv.
  private mutating func reflect(rowsBy v: [Double]) {
    let square = v.reduce(0) { $0 + $1 * $1 }
    guard square > 0 else { return }
    for column in 0..<columns {
      let inner = (0..<rows).reduce(0) { $0 + v[$1] * self[$1, column] }
      for row in 0..<rows { self[row, column] -= 2 * inner / square * v[row] }
    }
  }

  func firstColumns(_ count: Int) -> DenseMatrix { transposed.firstRows(count).transposed }

  func firstRows(_ count: Int) -> DenseMatrix {
    DenseMatrix(rows: count, columns: columns, values: Array(values.prefix(count * columns)))
  }

  private var upperTriangle: DenseMatrix {
    var result = self
    for i in 0..<rows { for j in 0..<min(i, columns) { result[i, j] = 0 } }
    return result
  }

  /// Jacobi's rotations: eigenvalues in ascending order and eigenvectors in columns, signs fixed.
  func symmetricEigen() -> (values: [Double], vectors: DenseMatrix) {
    var (a, v) = (self, DenseMatrix.identity(rows))
    for _ in 0..<60 where a.offDiagonal > 0 {
      for p in 0..<rows { for q in (p + 1)..<max(rows, p + 1) where a[p, q] != 0 { a.rotate(p, q, &v) } }
    }
    let diagonal = (0..<rows).map { a[$0, $0] }
    let order = diagonal.indices.sorted { (diagonal[$0], $0) < (diagonal[$1], $1) }
    return (order.map { diagonal[$0] }, v.columns(order).withSignsFixed)
  }

  private var offDiagonal: Double {
    var result = 0.0
    for i in 0..<rows { for j in 0..<columns where i != j { result += self[i, j].magnitude } }
    return result
  }

  /// One rotation that makes element (p, q) zero, gathered in `v`.
  private mutating func rotate(_ p: Int, _ q: Int, _ v: inout DenseMatrix) {
    let theta = (self[q, q] - self[p, p]) / (2 * self[p, q])
    let t = (theta < 0 ? -1 : 1) / (theta.magnitude + (theta * theta + 1).squareRoot())
    let c = 1 / (t * t + 1).squareRoot(), s = t * c
    for i in 0..<rows { (self[i, p], self[i, q]) = (c * self[i, p] - s * self[i, q], s * self[i, p] + c * self[i, q]) }
    for i in 0..<rows { (self[p, i], self[q, i]) = (c * self[p, i] - s * self[q, i], s * self[p, i] + c * self[q, i]) }
    for i in 0..<v.rows { (v[i, p], v[i, q]) = (c * v[i, p] - s * v[i, q], s * v[i, p] + c * v[i, q]) }
    (self[p, q], self[q, p]) = (0, 0)
  }

  func columns(_ order: [Int]) -> DenseMatrix {
    var result = DenseMatrix(rows: rows, columns: order.count)
    for (j, source) in order.enumerated() { for i in 0..<rows { result[i, j] = self[i, source] } }
    return result
  }

  /// Columns turned so that the first component of largest magnitude is positive.
  private var withSignsFixed: DenseMatrix {
    var result = self
    for (j, sign) in columnSigns.enumerated() { for i in 0..<rows { result[i, j] *= sign } }
    return result
  }

  private var columnSigns: [Double] {
    (0..<columns).map { j in
      let largest = column(j).reduce(0.0) { $1.magnitude > $0.magnitude ? $1 : $0 }
      return largest < 0 ? -1 : 1
    }
  }

  /// One-sided Jacobi rotations: thin U, descending s, thin Vᵀ, signs fixed by the columns of U.
  func svd() -> (u: DenseMatrix, s: [Double], vt: DenseMatrix) {
    if rows < columns {
      let (u, s, vt) = transposed.svd()
      return DenseMatrix.signed(vt.transposed, s, u.transposed)
    }
    var (a, v) = (self, DenseMatrix.identity(columns))
    var isDone = false
    for _ in 0..<60 where !isDone {
      isDone = true
      for p in 0..<columns {
        for q in (p + 1)..<max(columns, p + 1) where a.orthogonalise(p, q, &v) { isDone = false }
      }
    }
    let lengths = (0..<columns).map { a.column($0).norm }
    let order = lengths.indices.sorted { lengths[$0] == lengths[$1] ? $0 < $1 : lengths[$0] > lengths[$1] }
    let s = order.map { lengths[$0] }
    return DenseMatrix.signed(a.columns(order).normalised(s), s, v.columns(order).transposed)
  }

  private static func signed(
    _ u: DenseMatrix, _ s: [Double], _ vt: DenseMatrix
  ) -> (u: DenseMatrix, s: [Double], vt: DenseMatrix) {
    var result = vt
    for (i, sign) in u.columnSigns.enumerated() { for j in 0..<vt.columns { result[i, j] *= sign } }
    return (u.withSignsFixed, s, result)
  }

  /// Turns two columns until they are orthogonal; false if they already were.
  private mutating func orthogonalise(_ p: Int, _ q: Int, _ v: inout DenseMatrix) -> Bool {
    let (x, y) = (column(p), column(q))
    let inner = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    guard inner.magnitude > 1e-16 * x.norm * y.norm else { return false }
    let zeta = (y.norm * y.norm - x.norm * x.norm) / (2 * inner)
    let t = (zeta < 0 ? -1 : 1) / (zeta.magnitude + (zeta * zeta + 1).squareRoot())
    let c = 1 / (t * t + 1).squareRoot(), s = t * c
    for i in 0..<rows { (self[i, p], self[i, q]) = (c * x[i] - s * y[i], s * x[i] + c * y[i]) }
    for i in 0..<v.rows { (v[i, p], v[i, q]) = (c * v[i, p] - s * v[i, q], s * v[i, p] + c * v[i, q]) }
    return true
  }

  /// Columns divided by their lengths; a column of length 0 becomes some unit vector orthogonal to those before.
  private func normalised(_ lengths: [Double]) -> DenseMatrix {
    var result = self
    for j in 0..<columns {
      var vector = column(j).map { $0 / lengths[j] }
      var axis = 0
      while !(vector.norm > 0.5), axis < rows {
        vector = (0..<rows).map { $0 == axis ? 1 : 0 }
        for _ in 0..<2 {
          for known in 0..<j {
            let other = result.column(known)
            let inner = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
            vector = zip(vector, other).map { $0 - inner * $1 }
          }
        }
        let length = vector.norm
        vector = vector.map { $0 / length }
        if length < 1e-6 { vector = [] }
        axis += 1
      }
      for (i, value) in vector.enumerated() { result[i, j] = value }
    }
    return result
  }
}

extension [Double] {
  fileprivate var norm: Double { reduce(0) { $0 + $1 * $1 }.squareRoot() }
}

extension ReferenceTensor {
  /// The matrices on the last two axes, in order of the leading ones.
  var matrices: [DenseMatrix] {
    let rows = shape[shape.rank - 2], columns = shape[shape.rank - 1]
    return shape.leading(without: 2).isEmpty
      ? [DenseMatrix(rows: rows, columns: columns, values: values)]
      : (0..<shape.leading(without: 2).reduce(1, *)).map { i in
        let block = values[i * rows * columns..<(i + 1) * rows * columns]
        return DenseMatrix(rows: rows, columns: columns, values: Array(block))
      }
  }
}
