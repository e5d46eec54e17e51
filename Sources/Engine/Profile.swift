import CKernels
package import Graph
import Synchronization

/// What the instructions of all programs took, by where they come from in a script.
///
/// Plans count for themselves and add what they counted when they are freed. Times are in ticks of the processor's counter,
/// without what reading it takes.
package final class Profile: Sendable {
  /// Instructions of one kind that one place of a script has led to.
  package struct Place: Hashable, Sendable {
    package var origin: Origin
    package var instruction: String
  }

  /// What they took.
  package struct Cost: Sendable, Equatable {
    package var calls = 0
    package var ticks = 0.0
    /// Additions, multiplications and function values.
    package var operations = 0.0
    /// Bytes that were read and written, each operand counted once an instruction.
    package var bytes = 0.0

    package init() {}

    /// What both took.
    package static func += (sum: inout Cost, other: Cost) {
      sum.calls += other.calls
      sum.ticks += other.ticks
      sum.operations += other.operations
      sum.bytes += other.bytes
    }
  }

  /// What a script does besides carrying out instructions.
  package enum Phase: Hashable, Sendable, CaseIterable {
    /// Reading and checking the script.
    case checking
    /// Making programs of problems, rules and metrics, with their derivatives.
    case staging
    /// Choosing memory and instructions.
    case planning
  }

  private struct State {
    var costs: [Place: Cost] = [:]
    var phases: [Phase: Double] = [:]
    /// The phases that are under way, each with the ticks of those inside of it.
    var inner: [Double] = []
    var plans = 0
  }

  private let state = Mutex(State())
  /// Ticks that reading the counter takes.
  private let reading: Double

  package init() {
    var least = UInt64.max
    for _ in 0..<1000 {
      let before = ck_ticks()
      least = min(least, ck_ticks() &- before)
    }
    reading = Double(least)
  }

  /// The counter of the processor.
  package static var now: UInt64 { ck_ticks() }

  /// What all plans that were freed have counted.
  package var costs: [Place: Cost] { state.withLock { $0.costs } }
  package func ticks(of phase: Phase) -> Double { state.withLock { $0.phases[phase] ?? 0 } }
  /// How many programs were planned.
  package var planCount: Int { state.withLock { $0.plans } }

  /// Counts what `body` takes as a phase, but for phases inside of it.
  ///
  /// Phases of several threads at once would be counted inside each other: a caller has one that goes through phases.
  package func during<T, E: Error>(_ phase: Phase, _ body: () throws(E) -> T) throws(E) -> T {
    let before = Self.now
    state.withLock { $0.inner.append(0) }
    defer {
      let ticks = Double(Self.now &- before)
      state.withLock {
        let inner = $0.inner.popLast() ?? 0
        $0.phases[phase, default: 0] += max(0, ticks - inner)
        if !$0.inner.isEmpty { $0.inner[$0.inner.count - 1] += ticks }
      }
    }
    return try body()
  }

  /// Counts a plan, and the ticks that making it took; inside another phase, where it is one.
  func notePlan(_ ticks: Double) {
    state.withLock {
      $0.plans += 1
      $0.phases[.planning, default: 0] += ticks
      if !$0.inner.isEmpty { $0.inner[$0.inner.count - 1] += ticks }
    }
  }

  /// Adds what the instructions of a plan took.
  func add(_ counts: [(place: Place, count: InstructionCount)]) {
    state.withLock {
      for (place, count) in counts where count.calls > 0 {
        var cost = Cost()
        cost.calls = count.calls
        cost.ticks = max(0, Double(count.ticks) - Double(count.calls) * reading)
        cost.operations = count.operations * Double(count.calls)
        cost.bytes = count.bytes * Double(count.calls)
        $0.costs[place, default: Cost()] += cost
      }
    }
  }
}

/// What one instruction took so far, and what it does each time.
struct InstructionCount {
  var calls = 0
  var ticks: UInt64 = 0
  var operations = 0.0
  var bytes = 0.0
}

extension Machine {
  /// Runs all instructions once, and counts what each took.
  @inline(never)
  mutating func runCounted(_ counts: UnsafeMutablePointer<InstructionCount>) {
    isBroken = false
    let before = ck_watch(interrupt)
    defer { _ = ck_watch(before) }
    for index in 0..<count where !isBroken {
      let start = ck_ticks()
      step(code + index)
      counts[index].ticks &+= ck_ticks() &- start
      counts[index].calls &+= 1
      isBroken = isInterrupted
    }
  }
}

extension Emitter {
  /// What each instruction from one on does, none of them carried out yet.
  func counts(from first: Int, of machine: Machine) -> [InstructionCount] {
    instructions.indices.dropFirst(first).map { index in
      var count = InstructionCount()
      count.operations = machine.operations(instructions[index])
      count.bytes = bytes(of: index)
      return count
    }
  }

  /// Bytes of all operands of an instruction; of a table from which rows are taken, those of the rows.
  private func bytes(of index: Int) -> Double {
    let instruction = instructions[index]
    switch instruction.code {
    case .gatherRows: return 2 * Double(instruction.n) * Double(instruction.k)
    case .row: return 0
    case .scatterAddRows:
      let elementBytes = instruction.isSingle ? 4.0 : 8
      return Double(instruction.n) * (8 + 3 * elementBytes * Double(instruction.k))
    default: break
    }
    var seen: Set<Int32> = []
    return accesses[index].reduce(0) { sum, access in
      seen.insert(access.slot).inserted ? sum + Double(slots[Int(access.slot)].byteCount) : sum
    }
  }
}
