// What a logarithmic axis has no place for.
extension Panel {
  /// For each curve the values that are not finite and have finite ones after them: gaps that nobody would see.
  ///
  /// A curve that ends so is that of a run which diverged, and that was told.
  package var hiddenGaps: [Hidden] {
    curves.compactMap { curve in
      guard curve.mark != .histogram else {
        let (total, leftOut) = curve.counted
        return leftOut == 0 ? nil : Hidden(curve: curve.name, count: leftOut, total: total)
      }
      let end = curve.y.lastIndex(where: \.isFinite) ?? 0
      let count = zip(curve.x, curve.y).prefix(end).count { !$0.isFinite || !$1.isFinite }
      return count == 0 ? nil : Hidden(curve: curve.name, count: count, total: curve.y.count)
    }
  }

  /// Points of a curve that a logarithmic axis cannot show.
  package struct Hidden: Sendable, Hashable {
    package var curve: String
    package var count: Int
    package var total: Int
  }

  /// For each curve the points that have no place because a value is not above 0.
  ///
  /// The start of a run, position 0 on a logarithmic horizontal axis, does not count: nobody expects it there. Values
  /// that are not finite are gaps on any axis, and do not count either.
  package var hiddenByScale: [Hidden] {
    let isAcross = horizontal.scale == .logarithmic
    let isUp = vertical.scale == .logarithmic
    guard isAcross || isUp else { return [] }
    return curves.compactMap { curve in
      guard curve.mark != .histogram else { return nil }
      let count = zip(curve.x, curve.y).count { x, y in
        x.isFinite && y.isFinite && ((isAcross && x < 0) || (isUp && y <= 0 && !(isAcross && x == 0)))
      }
      return count == 0 ? nil : Hidden(curve: curve.name, count: count, total: curve.y.count)
    }
  }
}
