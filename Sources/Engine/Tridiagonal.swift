/// Eigenvalues of a symmetric tridiagonal matrix by implicit QL, in memory of the caller.
///
/// Source: the algorithm `imtql2` of EISPACK (Martin and Wilkinson, 1968), with any rows of the eigenvectors instead of
/// all.
enum Tridiagonal {
  /// Turns after which an eigenvalue is taken as it is; two or three are usual.
  private static let turnsMax = 60

  /// Replaces the diagonal by the eigenvalues, in no order, and turns the columns of `rows` with them.
  ///
  /// - Parameters:
  ///   - size: rows of the matrix.
  ///   - diagonal: α, `size` numbers.
  ///   - side: β between neighbours in `side[0 ..< size − 1]`; overwritten, with room for `size` numbers.
  ///   - rows: rowCount × size, row-major, starting as the wanted rows of the identity matrix.
  static func solve(
    _ size: Int, _ diagonal: UnsafeMutablePointer<Double>, _ side: UnsafeMutablePointer<Double>,
    _ rows: UnsafeMutablePointer<Double>, rowCount: Int
  ) {
    side[size - 1] = 0
    for first in 0..<size {
      for _ in 0..<turnsMax {
        var last = first
        while last + 1 < size {
          let scale = diagonal[last].magnitude + diagonal[last + 1].magnitude
          if side[last].magnitude <= scale * Double.ulpOfOne { break }
          last += 1
        }
        if last == first { break }
        turn(size, first, last, diagonal, side, rows, rowCount)
      }
    }
  }

  /// One sweep of rotations from `last` up to `first`.
  private static func turn(
    _ size: Int, _ first: Int, _ last: Int, _ diagonal: UnsafeMutablePointer<Double>,
    _ side: UnsafeMutablePointer<Double>, _ rows: UnsafeMutablePointer<Double>, _ rowCount: Int
  ) {
    var g = (diagonal[first + 1] - diagonal[first]) / (2 * side[first])
    var r = (g * g + 1).squareRoot()
    g = diagonal[last] - diagonal[first] + side[first] / (g + (g < 0 ? -r : r))
    var (s, c, p) = (1.0, 1.0, 0.0)
    var i = last - 1
    while i >= first {
      let f = s * side[i], b = c * side[i]
      r = (f * f + g * g).squareRoot()
      side[i + 1] = r
      if r == 0 {
        diagonal[i + 1] -= p
        side[last] = 0
        return
      }
      (s, c) = (f / r, g / r)
      g = diagonal[i + 1] - p
      r = (diagonal[i] - g) * s + 2 * c * b
      p = s * r
      diagonal[i + 1] = g + p
      g = c * r - b
      for row in 0..<rowCount {
        let at = rows + row * size + i
        let (x, y) = (at[0], at[1])
        at[0] = c * x - s * y
        at[1] = s * x + c * y
      }
      i -= 1
    }
    diagonal[first] -= p
    side[first] = g
    side[last] = 0
  }
}
