/// A named statement with its verdict, as a script's `claim` reports it.
package struct Claim: Sendable, Hashable {
  package var title: String
  package var judgement: Judgement

  package init(title: String, judgement: Judgement) {
    self.title = title
    self.judgement = judgement
  }

  package var verdict: Verdict { judgement.verdict }

  /// The report: the verdict on the first line, the evidence indented below.
  ///
  ///     supported  sharpness settles at 2/η
  ///       9.98 ± 0.02 ≈ 10 within 5%
  ///       95% interval of the value [9.933, 10.033] (t, 7 degrees of freedom), tolerance [9.5, 10.5]
  ///       mean of 40 values over steps 3220 to 4000
  package var lines: [String] {
    // A claim about several groups has a line for each.
    let effects = judgement.effect.split(separator: "\n").map(String.init)
    return ["\(verdict.rawValue.padding(to: 9))  \(title)"]
      + (effects + [judgement.test] + judgement.remarks).map { "  \($0)" }
  }
}

extension String {
  /// Spaces appended up to `count` characters.
  fileprivate func padding(to length: Int) -> String {
    self + String(repeating: " ", count: max(0, length - count))
  }
}
