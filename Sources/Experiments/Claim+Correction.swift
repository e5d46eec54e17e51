/// Several claims judged together.
extension Claim {
  /// What a correction for several claims changes.
  package struct Correction: Sendable, Hashable {
    /// Claims in which chance has a part.
    package var count: Int
    /// Indices of claims whose verdict does not stand beside the others, ascending.
    package var withdrawn: [Int]

    /// One line for the end of a report, with the titles of what does not stand.
    package func text(_ claims: [Claim]) -> String {
      let percent = NumberFormat(style: .percent).text(Judgement.standardRisk)
      let head = "\(count) claims judged together (Holm, one wrong verdict in at most \(percent) of such scripts): "
      if withdrawn.isEmpty { return head + "all verdicts stand" }
      return head + "undecided for lack of evidence: " + withdrawn.map { claims[$0].title }.joined(separator: "; ")
    }
  }

  /// Which verdicts stand when the chance of any wrong one, not of each, is to stay at most 5%.
  ///
  /// The m claims in which chance has a part are taken by increasing risk, the i-th (from 0) stands where its risk is at
  /// most 5% / (m − i), and with the first that does not fall all that come after it. Nil for fewer than two such claims.
  ///
  /// - Reference: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979).
  package static func correction(of claims: [Claim]) -> Correction? {
    let judged = claims.indices.filter { claims[$0].judgement.risk != nil }
    guard judged.count > 1 else { return nil }
    let ordered = judged.sorted { (claims[$0].judgement.risk ?? 1, $0) < (claims[$1].judgement.risk ?? 1, $1) }
    var withdrawn: [Int] = []
    var stands = true
    for (position, index) in ordered.enumerated() {
      let limit = Judgement.standardRisk / Double(judged.count - position)
      stands = stands && (claims[index].judgement.risk ?? 1) <= limit
      if !stands, claims[index].verdict != .undecided { withdrawn.append(index) }
    }
    return Correction(count: judged.count, withdrawn: withdrawn.sorted())
  }
}
