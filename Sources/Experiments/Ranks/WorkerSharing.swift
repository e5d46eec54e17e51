package import Engine
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
    package var rows: [Int]
    package var whole: Int
  }

  package var workers: Int
  package var sent: [Sent] = []
  package var rows: [Rows] = []

  package init(workers: Int) { self.workers = workers }

  /// The process of so many that holds a worker: neighbours are together.
  package func owner(of worker: Int, among count: Int) -> Int { worker * count / workers }

  /// Who computes what, of one of several processes.
  func plan(_ program: Program, for index: Int, of count: Int) -> ExchangePlan {
    ExchangePlan(
      own: index,
      sent: sent.map { (owner(of: $0.worker, among: count), program.marks[$0.mark]) },
      rows: rows.map { rows in
        (
          rows.slot, rows.rows.indices.map { owner(of: $0, among: count) }, rows.rows.map { program.marks[$0] },
          program.marks[rows.whole]
        )
      })
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
  package mutating func note(rows: [NodeID], of slot: Int, whole: NodeID) {
    sharing.rows.append(WorkerSharing.Rows(slot: slot, rows: rows.map { mark($0) }, whole: mark(whole)))
  }

  private mutating func mark(_ node: NodeID) -> Int {
    marks.append(node)
    return marks.count - 1
  }
}
