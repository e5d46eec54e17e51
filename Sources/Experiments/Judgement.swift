/// What the evidence says of a statement.
package enum Verdict: String, Sendable, Hashable {
  case supported, refuted, undecided

  /// The verdict of "not …".
  package var opposite: Verdict {
    switch self {
    case .supported: .refuted
    case .refuted: .supported
    case .undecided: .undecided
    }
  }
}

/// A verdict with everything that led to it: effect, interval, test, and what the reader must bear in mind.
package struct Judgement: Sendable, Hashable {
  package var verdict: Verdict
  /// What was measured against what, with numbers: "9.98 ± 0.02 ≈ 10 within 5%".
  package var effect: String
  /// The interval that decided; nil for exact comparisons.
  package var interval: Interval?
  /// How it was decided: "95% interval inside the tolerance (t, 7 degrees of freedom)".
  package var test: String
  /// Where the numbers come from, what weakens them, and what a finite run can and cannot show.
  package var remarks: [String]
  /// How often chance alone would give this verdict or its opposite, corrected for what was judged together: at most 5%
  /// for a verdict, 1 for none; nil for exact comparisons, which chance has no part in.
  package var risk: Double?
  /// The remark that says what may decide it; nil of a verdict.
  package var wayOut: String?

  package init(
    verdict: Verdict, effect: String, interval: Interval? = nil, test: String, remarks: [String] = [],
    risk: Double? = nil
  ) {
    self.verdict = verdict
    self.effect = effect
    self.interval = interval
    self.test = test
    self.remarks = remarks
    self.risk = risk
  }

  /// The verdict on a plain condition, which is true or false and nothing else.
  package static func condition(_ isTrue: Bool, effect: String) -> Judgement {
    Judgement(verdict: isTrue ? .supported : .refuted, effect: effect, test: "exact comparison")
  }

  /// The opposite statement.
  package var negated: Judgement {
    var result = self
    result.verdict = verdict.opposite
    result.effect = "not (\(effect))"
    return result
  }

  /// Refuted by one refuted part, supported by all; the parts' evidence side by side.
  package static func all(_ parts: [Judgement]) -> Judgement { joined(parts, "and", decisive: .refuted) }

  /// One statement about several groups, supported when it is for each: a line of evidence for each of them.
  ///
  /// - Parameter level: at which each was judged, so that all hold together.
  package static func each(_ parts: [(title: String, judgement: Judgement)], level: Double) -> Judgement {
    var result = all(labelled(parts))
    guard parts.count > 1 else { return result }
    let lines = parts.map { title, part in
      let verdict = part.verdict == result.verdict ? nil : part.verdict.rawValue
      return ["\(title): \(part.effect)", part.interval?.text, verdict].compactMap(\.self).joined(separator: "  ")
    }
    result.effect = lines.joined(separator: "\n")
    if let first = parts.first(where: { $0.judgement.interval != nil }) {
      let subject = first.judgement.test.contains("of the difference") ? "difference" : "value"
      result.test = "\(levelText(level)) interval of each \(subject), so that all \(parts.count) hold together"
    }
    return result
  }

  /// The judgements of several groups, where what may decide one of them says which, unless it is the same for all.
  private static func labelled(_ parts: [(title: String, judgement: Judgement)]) -> [Judgement] {
    guard parts.count > 1, Set(parts.map(\.judgement.wayOut)).count > 1 else { return parts.map(\.judgement) }
    return parts.map { title, part in
      var result = part
      result.remarks = part.remarks.map { $0 == part.wayOut ? "\(title): \($0)" : $0 }
      return result
    }
  }

  /// Supported by one supported part, refuted by all; the parts' evidence side by side.
  package static func any(_ parts: [Judgement]) -> Judgement { joined(parts, "or", decisive: .supported) }

  private static func joined(_ parts: [Judgement], _ word: String, decisive: Verdict) -> Judgement {
    if parts.count == 1, let only = parts.first { return only }
    let verdicts = parts.map(\.verdict)
    let verdict: Verdict =
      verdicts.contains(decisive)
      ? decisive : verdicts.allSatisfy { $0 == decisive.opposite } ? decisive.opposite : .undecided
    let effect = parts.map { "\($0.effect) (\($0.verdict.rawValue))" }.joined(separator: " \(word) ")
    var tests: [String] = []
    var remarks: [String] = []
    for part in parts {
      if !tests.contains(part.test) { tests.append(part.test) }
      for remark in part.remarks where !remarks.contains(remark) { remarks.append(remark) }
    }
    return Judgement(
      verdict: verdict, effect: effect, test: tests.joined(separator: "; "), remarks: remarks,
      risk: jointRisk(parts, verdict, decisive: decisive))
  }

  /// A verdict that one part decides has the risk of the surest such part, one that all decide that of the least sure.
  private static func jointRisk(_ parts: [Judgement], _ verdict: Verdict, decisive: Verdict) -> Double? {
    let risks = parts.compactMap(\.risk)
    if risks.isEmpty { return nil }
    if verdict == .undecided { return 1 }
    if verdict != decisive { return risks.max() }
    let deciding = parts.filter { $0.verdict == decisive }
    if deciding.contains(where: { $0.risk == nil }) { return nil }
    return deciding.compactMap(\.risk).min()
  }
}

/// How far two numbers may be apart to count as equal.
package enum Tolerance: Sendable, Hashable {
  /// As a fraction of the expected value's size.
  case relative(Double)
  case absolute(Double)

  /// As a script writes it: "5%", "0.01".
  package var text: String {
    switch self {
    case .relative(let fraction): NumberFormat(style: .percent).text(fraction)
    case .absolute(let distance): NumberFormat.standard.text(distance)
    }
  }
}

/// The comparisons a claim can make.
package enum Relation: String, Sendable, Hashable {
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "=="
  case notEqual = "!="

  /// Whether the relation holds between plain numbers; all are false for what is not a number, `!=` too.
  package func holds(_ left: Double, _ right: Double) -> Bool {
    switch self {
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    case .equal: left == right
    case .notEqual: left < right || left > right
    }
  }
}
