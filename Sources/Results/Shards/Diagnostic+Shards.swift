package import Diagnostics
package import Values

// E100: records of many processes.
extension Diagnostic {
  private static let shownMax = 8

  static func absentRuns(
    _ absent: [String], of count: Int, sweep: SweepValue, _ session: SessionContext, at span: Span
  ) -> Diagnostic {
    var notes = absent.prefix(shownMax).map { String($0) }
    if absent.count > shownMax { notes.append("and \(absent.count - shownMax) more") }
    if let other = session.otherRecords {
      notes.append("the folder holds records of `\(other.script)`, \(other.words)")
    }
    return Diagnostic(
      "E1005", effect: .data,
      "\(absent.count) of \(count) runs of the sweep `\(sweep.name)` are not in the folder of records", at: span,
      label: "not complete", notes: notes,
      help: ["start the shards again, or make them here: `descent run \(session.scriptName) --out DIR`"])
  }

  package static func shardUnderWay(_ status: ShardStatus, secondsAgo: Int) -> Diagnostic {
    Diagnostic(
      "E1006", effect: .data,
      "the shard \(status.shard) is under way: \(status.place) said so "
        + "\(secondsAgo) s ago",
      at: nil,
      help: [
        "wait until it has ended; \(ShardStatus.silenceMax) s after its last word it counts as killed and may be started again"
      ])
  }

  package static func recordsOfAnother(_ status: ShardStatus, difference: ShardStatus.Difference) -> Diagnostic {
    Diagnostic(
      "E1007", effect: .data, "the folder holds records of `\(status.script)`, \(difference.words)", at: nil,
      help: ["take another folder, or remove this one: what is in it was made by runs alone"])
  }

  package static func nothingToDivide(_ script: String) -> Diagnostic {
    Diagnostic(
      "E1013", effect: .data, "`\(script)` has no sweep: there are no runs to divide", at: nil,
      help: ["shards divide the runs of sweeps, `sweep s over …`; run it as a whole"])
  }

  package static func noRecords(_ folder: String) -> Diagnostic {
    Diagnostic(
      "E1008", effect: .data, "there are no records of shards in `\(folder)`", at: nil,
      help: ["`descent run FILE --shard 0/4 --out \(folder)` makes the first quarter"])
  }
}
