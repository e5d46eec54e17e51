package import Data
import Diagnostics
import Experiments
package import Values

/// What a folder of records holds, put together from what its shards say and from the records that are there.
package struct RecordsOverview {
  /// What has become of a run.
  package enum State: String { case done, running, missing, failed }

  private struct Member {
    var sweep: String
    var number: Int
    var title: String
    var state: State
    var reason: String
    var shard: String
  }

  private let statuses: [ShardStatus]
  private let isUnderWay: (ShardStatus) -> Bool
  private let members: [Member]

  /// - Parameter isUnderWay: whether the process of a shard seems to be at work.
  package init(_ statuses: [ShardStatus], in host: any Host, isUnderWay: @escaping (ShardStatus) -> Bool) {
    (self.statuses, self.isUnderWay) = (statuses, isUnderWay)
    let store = RunStore(host: host, release: "", isForResults: true)
    members = statuses.flatMap { status in
      let runs = isUnderWay(status)
      return status.members.map { member in
        let isDone = !member.key.isEmpty && store.holds(member.key)
        let state: State = isDone ? .done : !member.failure.isEmpty ? .failed : runs ? .running : .missing
        return Member(
          sweep: status.sweeps[member.sweep].name, number: member.number, title: member.title, state: state,
          reason: isDone ? "" : member.failure, shard: status.shard)
      }
    }
  }

  /// The table that `descent runs` shows.
  package func text(at now: Int, in folder: String) -> String {
    var lines = sweepLines
    for status in statuses { lines.append(line(of: status, at: now)) }
    for (count, absent) in absentShards {
      let names = absent.prefix(8).map { "\($0)/\(count)" }.joined(separator: ", ")
      lines.append("not begun: \(names)\(absent.count > 8 ? " and \(absent.count - 8) more" : "")")
    }
    lines += listed(.failed) { "failed: \($0.sweep)(\($0.title)): \($0.reason)" }
    lines += listed(.missing) { "missing: \($0.sweep)(\($0.title)), of shard \($0.shard)" }
    for sweep in Set(statuses.flatMap(\.waiting)).sorted() {
      lines.append("`\(sweep)` needs the runs of another sweep: start the shards again when those are done")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One line for each sweep: its runs, and what has become of them.
  private var sweepLines: [String] {
    var sweeps: [ShardStatus.Sweep] = []
    for sweep in statuses.flatMap(\.sweeps) where !sweeps.contains(where: { $0.name == sweep.name }) {
      sweeps.append(sweep)
    }
    return sweeps.map { sweep in
      var best: [Int: State] = [:]
      for member in members where member.sweep == sweep.name {
        if best[member.number] != .done { best[member.number] = member.state }
      }
      let states = [State.done, .running, .missing, .failed]
      var counts = states.map { state in (state.rawValue, best.values.count { $0 == state }) }
      counts.append(("of shards that have not begun", max(0, sweep.count - best.count)))
      let words = counts.filter { $0.1 > 0 || $0.0 == "done" }.map { "\($0.1) \($0.0)" }
      return "sweep \(sweep.name): \(sweep.count) runs, " + words.joined(separator: ", ")
    }
  }

  private func line(of status: ShardStatus, at now: Int) -> String {
    let own = members.filter { $0.shard == status.shard }
    let done = own.count { $0.state == .done }
    let place = status.place
    let words: String
    switch status.state {
    case .running where isUnderWay(status): words = "running: \(place), told \(max(0, now - status.told)) s ago"
    case .running: words = "killed: \(place), no word for \(max(0, now - status.told)) s; start it again"
    case .ended: words = "ended"
    case .stopped: words = "stopped: \(status.reason)"
    }
    return "shard \(status.shard) of \(status.script): \(done) of \(own.count) runs, \(words)"
  }

  /// Shards of which there is no word, by the number of all.
  private var absentShards: [(count: Int, absent: [Int])] {
    Set(statuses.map(\.count)).sorted().compactMap { count in
      let begun = Set(statuses.filter { $0.count == count }.map(\.index))
      let absent = (0..<count).filter { !begun.contains($0) }
      return absent.isEmpty ? nil : (count, absent)
    }
  }

  private func listed(_ state: State, _ text: (Member) -> String) -> [String] {
    let found = members.filter { $0.state == state }
    return found.prefix(8).map(text) + (found.count > 8 ? ["and \(found.count - 8) more \(state.rawValue)"] : [])
  }

  /// The same for programs: an object for each run, one a line.
  package var objects: String {
    members.map { member in
      "{"
        + [("sweep", member.sweep), ("run", member.title), ("state", member.state.rawValue), ("shard", member.shard)]
        .map { "\"\($0.0)\": \(Renderer.quoted($0.1))" }.joined(separator: ", ")
        + ", \"number\": \(member.number)"
        + (member.reason.isEmpty ? "" : ", \"reason\": \(Renderer.quoted(member.reason))")
        + "}\n"
    }.joined()
  }
}
