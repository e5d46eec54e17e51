package import Diagnostics
package import Engine
import Experiments

// E1009 to E1012: a script that several processes run together.
extension Diagnostic {
  package static func moreRanks(_ ranks: Int, than workers: Int, of run: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E1009", effect: .finding, "\(ranks) ranks cannot share \(workers) workers: each holds one or more of them",
      at: span,
      label: "the workers of `\(run)`",
      help: ["write `mpirun -n \(workers) …`, or `workers \(ranks)`"])
  }

  /// - Parameter difference: what it is that they have otherwise, with both values.
  package static func unlikeRanks(_ rank: Int, _ difference: String) -> Diagnostic {
    Diagnostic(
      "E1010", effect: .data, "rank \(rank) is not like rank 0: \(difference)", at: nil,
      help: ["start all ranks with the same program, script, inputs and kind of processor"])
  }

  /// - Parameter part: what of the run differs.
  package static func unlikeRuns(_ rank: Int, _ part: String, of run: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E1010", effect: .data, "rank \(rank) is not like rank 0: \(part) of `\(run)` differ there", at: span,
      label: "the same run on all ranks",
      help: ["all machines must read the same files: compare the data, and what the script imports, on that machine"])
  }

  /// Why the ranks cannot go on together.
  package static func ranksFailed(_ fault: RankFault?, at span: Span? = nil) -> Diagnostic {
    var finding = Diagnostic("E1011", effect: .data, "", at: span)
    switch fault?.cause {
    case .ended(let rank, let words):
      finding.message = "rank \(rank) has ended"
      finding.message += words.isEmpty ? " without a word" : ": \(words)"
    case .outOfStep(let rank): finding.message = "rank \(rank) is at another place of the script"
    case .interrupted(let ranks):
      let names = ranks.map(String.init).joined(separator: ", ")
      finding.message = "stopped while waiting for rank\(ranks.count == 1 ? "" : "s") \(names)"
    case .library(let words): finding.message = "the ranks cannot reach each other: \(words)"
    case nil: finding.message = "what another rank sends does not come"
    }
    finding.help = ["with `--checkpoint DIR` a run is kept on its way; start all ranks again with `--resume`"]
    return finding
  }

  /// A run whose workers cannot be divided.
  package static func indivisible(_ run: String, at span: Span) -> Diagnostic {
    .notInThisVersion(
      run, at: span,
      help:
        "over several ranks what all workers share may depend on a worker's state by `send` alone; run it without mpirun"
    )
  }
}
