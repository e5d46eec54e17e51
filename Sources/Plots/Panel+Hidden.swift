// What a logarithmic axis has no place for.
extension Panel {
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
