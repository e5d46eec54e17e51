import Engine
package import Graph

/// What of a step is of which worker, so that processes can divide it among themselves.
///
/// Nodes are named by their places in the marks of the step's program.
package struct WorkerSharing: Sendable, Hashable, Codable {
  /// Something that a worker sends.
  package struct Sent: Sendable, Hashable, Codable {
    package var worker: Int
    package var mark: Int
  }

  /// A state that has a row for each worker: its slot, the next rows, and the value that they make.
  package struct Rows: Sendable, Hashable, Codable {
    package var slot: Int
    package var parts: [Part]
    package var whole: Int
  }

  /// The next rows of neighbours.
  package struct Part: Sendable, Hashable, Codable {
    package var first: Int
    package var count: Int
    package var mark: Int
  }

  /// A state that one worker has and no other, such as that of its compressor.
  package struct Kept: Sendable, Hashable, Codable {
    package var slot: Int
    package var worker: Int
  }

  package var workers: Int
  package var sent: [Sent] = []
  package var rows: [Rows] = []
  package var kept: [Kept] = []

  package init(workers: Int) { self.workers = workers }

  /// The process of so many that holds a worker: neighbours are together.
  package func owner(of worker: Int, among count: Int) -> Int { worker * count / workers }

  /// The workers that each of so many processes holds.
  package func groups(among count: Int) -> [Range<Int>] {
    (0..<count).map { rank in
      let own = (0..<workers).filter { owner(of: $0, among: count) == rank }
      return (own.first ?? 0)..<(own.first ?? 0) + own.count
    }
  }

  /// A part of a slot that one process knows.
  struct Stretch {
    var slot: Int
    /// Nil for all of it.
    var rows: Range<Int>?
    var owner: Int
  }

  /// What of the slots each of so many processes has for itself.
  func stretches(among count: Int) -> [Stretch] {
    let groups = groups(among: count)
    let ofRows = rows.flatMap { rows in
      groups.enumerated().map { Stretch(slot: rows.slot, rows: $0.element, owner: $0.offset) }
    }
    return ofRows + kept.map { Stretch(slot: $0.slot, rows: nil, owner: owner(of: $0.worker, among: count)) }
  }

  /// Slots of which a process has something for itself.
  var ownSlots: Set<Int> { Set(rows.map(\.slot) + kept.map(\.slot)) }

  /// Who computes what, of one of several processes.
  func plan(_ program: Program, for index: Int, of count: Int) -> ExchangePlan {
    ExchangePlan(
      own: index,
      sent: sent.map { (owner(of: $0.worker, among: count), program.marks[$0.mark]) },
      rows: rows.map { rows in
        ExchangePlan.Rows(
          input: rows.slot,
          parts: rows.parts.map { part in
            ExchangePlan.Part(
              owner: owner(of: part.first, among: count), rows: part.first..<part.first + part.count,
              node: program.marks[part.mark])
          }, output: program.marks[rows.whole])
      }, kept: kept.map { ($0.slot, owner(of: $0.worker, among: count)) })
  }
}

/// Marks the nodes of a step that are of workers.
package struct SharingBuilder {
  package private(set) var sharing: WorkerSharing
  package private(set) var marks: [NodeID] = []

  package init(workers: Int) { sharing = WorkerSharing(workers: workers) }

  /// Notes what a worker sends.
  package mutating func note(sent node: NodeID, by worker: Int) {
    sharing.sent.append(WorkerSharing.Sent(worker: worker, mark: mark(node)))
  }

  /// Notes the next rows of a state that is of each worker, and the value that they make.
  package mutating func note(rows parts: [(workers: Range<Int>, node: NodeID)], of slot: Int, whole: NodeID) {
    let marked = parts.map { part in
      WorkerSharing.Part(first: part.workers.lowerBound, count: part.workers.count, mark: mark(part.node))
    }
    sharing.rows.append(WorkerSharing.Rows(slot: slot, parts: marked, whole: mark(whole)))
  }

  /// Notes a state that a worker alone has.
  package mutating func note(kept slot: Int, by worker: Int) {
    sharing.kept.append(WorkerSharing.Kept(slot: slot, worker: worker))
  }

  private mutating func mark(_ node: NodeID) -> Int {
    marks.append(node)
    return marks.count - 1
  }
}
