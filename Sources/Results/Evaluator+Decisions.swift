import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Syntax
import Values

/// Claims that draw seeds until they are decided, and warnings about what they rest on.
extension Evaluator {
  /// Seeds at most, where a claim does not say how many.
  private static let seedsMax = 20

  /// `condition until decided (max 20 seeds)`: judged, and judged again with twice the seeds, while it is undecided.
  ///
  /// Looking several times would refute true statements more often than one look: each of the k looks that may come is
  /// at level 1 − 5%/k (Bonferroni), so that all together are wrong no more often.
  func judgement(_ condition: ExpressionID, until decision: Decision, in scope: Scope) throws(Diagnostic)
    -> Judgement?
  {
    var most = Self.seedsMax
    if let id = decision.seedsMax {
      most = try whole(
        evaluate(id, in: scope), what: "the number of seeds", in: 1...Self.wholeMax, at: code.tree.span(id))
    }
    // The first look finds out which sweeps are meant, and with how many seeds they begin.
    var judged = try judgement(condition, in: scope)
    let sweeps = judgedSweeps
    guard !sweeps.isEmpty, sweeps.allSatisfy({ $0.axes.contains(SweepValue.seedAxis) }) else {
      throw .nothingToDraw(at: decision.span)
    }
    guard mode == .run else { return judged }
    var seeds = sweeps.map(\.seeds.count).max() ?? 1
    let looks = Self.looks(from: seeds, to: most)
    let outer = claimLevel
    defer { claimLevel = outer }
    claimLevel = 1 - (1 - outer) / Double(looks)
    judged = try judgement(condition, in: scope)
    var count = 1
    while judged?.verdict == .undecided, seeds < most {
      seeds = min(most, 2 * seeds)
      for sweep in sweeps { try extend(sweep, by: seeds - sweep.seeds.count) }
      judged = try judgement(condition, in: scope)
      count += 1
    }
    let level = Judgement.levelText(claimLevel)
    let drawn = seeds > most ? "\(seeds) seeds from the start, \(most) at most" : "\(seeds) of at most \(most) seeds"
    judged?.remarks.append(
      "\(drawn), judged \(count == 1 ? "once" : "\(count) times")"
        + (looks > 1 ? ", each time at \(level) since it might have been \(looks) times" : ""))
    return judged
  }

  private static func looks(from first: Int, to most: Int) -> Int {
    var (seeds, looks) = (max(1, first), 1)
    while seeds < most {
      seeds *= 2
      looks += 1
    }
    return looks
  }
}

extension SweepValue {
  /// The seeds of its members, each once.
  var seeds: [Int] {
    guard let position = axes.firstIndex(of: Self.seedAxis) else { return [] }
    var seen: Set<Int> = []
    return cells.compactMap { cell in
      guard case .integer(let seed) = cell.values[position], seen.insert(seed).inserted else { return nil }
      return seed
    }
  }
}
