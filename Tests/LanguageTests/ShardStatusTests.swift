import Testing

import Values

/// Which shards count as under way, by what others see of them.
@Suite struct ShardStatusTests {
  private func status(_ state: ShardStatus.State, told: Int) -> ShardStatus {
    ShardStatus(
      script: "a.opt", identity: "", release: "", index: 0, count: 2, machine: "node 1.2", process: 7, told: told,
      state: state, reason: "", sweeps: [], waiting: [], members: [])
  }

  /// Whether a process of a machine that may be another one seems to be at work.
  @Test(
    arguments: [
      (1000, nil, true), (1000 - ShardStatus.silenceMax, nil, true), (1000 - ShardStatus.silenceMax - 1, nil, false),
      (1000, true, true), (1000, false, false), (1000 - 3600, true, false),
      // A clock that is ahead a little, and one that is wrong.
      (1010, nil, true), (1000 + 86_400, nil, false), (1000 + 86_400, true, false),
    ] as [(Int, Bool?, Bool)])
  func aWordIsBelievedForAWhile(_ told: Int, _ isAlive: Bool?, _ isExpected: Bool) {
    let status = status(.running, told: told)
    #expect(status.isUnderWay(at: 1000, isAlive: { _, _ in isAlive }) == isExpected)
    #expect(!self.status(.ended, told: told).isUnderWay(at: 1000, isAlive: { _, _ in isAlive }))
    #expect(!self.status(.stopped, told: told).isUnderWay(at: 1000, isAlive: { _, _ in isAlive }))
  }

  /// What differs between the records of two processes, in the order in which it is told.
  @Test func recordsOfOthersAreTold() {
    let own = status(.running, told: 0)
    var (build, text, name) = (own, own, own)
    build.release = "2"
    (text.identity, name.identity) = ("x", "x")
    name.script = "b.opt"
    #expect(own.difference(from: own) == nil)
    #expect(own.difference(from: build)?.words == "made by another build of the program")
    #expect(own.difference(from: text)?.words == "which had other runs, inputs or another seed then")
    #expect(own.difference(from: name)?.words == "another script")
    #expect(own.difference(from: name)?.script == "b.opt")
  }

  @Test func aPlaceIsShownWithoutWhatTellsMachinesApart() {
    #expect(status(.running, told: 0).place == "process 7 on node")
  }
}
