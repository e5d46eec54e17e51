package import Graph
import Tensors

/// Which values of a step are of which process.
package struct ExchangePlan: Sendable {
  /// The process whose part is wanted.
  package var own: Int
  /// What is sent, by whom.
  package var sent: [(owner: Int, node: NodeID)]
  /// Carried inputs that have a row for each worker.
  package var rows: [Rows]
  /// Carried inputs that are of one process alone.
  package var kept: [(input: Int, owner: Int)]

  /// A carried input with rows of several processes, and the value that its next rows make.
  package struct Rows: Sendable {
    package var input: Int
    package var parts: [Part]
    package var output: NodeID

    package init(input: Int, parts: [Part], output: NodeID) {
      (self.input, self.parts, self.output) = (input, parts, output)
    }
  }

  /// Some next rows, all of one process.
  package struct Part: Sendable {
    package var owner: Int
    package var rows: Range<Int>
    package var node: NodeID

    package init(owner: Int, rows: Range<Int>, node: NodeID) {
      (self.owner, self.rows, self.node) = (owner, rows, node)
    }
  }

  package init(
    own: Int, sent: [(owner: Int, node: NodeID)], rows: [Rows], kept: [(input: Int, owner: Int)] = []
  ) {
    (self.own, self.sent, self.rows, self.kept) = (own, sent, rows, kept)
  }
}

extension Program {
  /// The part of a step that one of several processes computes.
  ///
  /// What it sends is computed as in the whole step; what others send comes from an `Exchange`, of which there is one for each
  /// depth at which something is sent, an output, so that no process leaves one out. States of others, and rows that are
  /// theirs, keep what they are. All else is computed by every process alike, in the same order of operations, so that it has
  /// the same bits.
  ///
  /// - Returns: nil where what all share depends on a row of another in other ways than by what it sends.
  package func exchanging(_ plan: ExchangePlan) -> (program: Program, layouts: [ExchangeLayout])? {
    var splitter = Splitter(self, plan)
    return splitter.split()
  }
}

/// Writes the program of one process.
private struct Splitter {
  private let source: Program
  private let plan: ExchangePlan
  private let owners: [NodeID: Int]
  private var graph = Graph()
  private var map: [NodeID]
  private var layouts: [ExchangeLayout] = []
  private var exchanges: [NodeID] = []
  /// Whether everything that is sent has one element type.
  private var isUniform = true

  init(_ source: Program, _ plan: ExchangePlan) {
    (self.source, self.plan) = (source, plan)
    owners = Dictionary(plan.sent.map { ($0.node, $0.owner) }) { first, _ in first }
    graph.simplifies = false
    map = source.graph.nodes.indices.map { NodeID($0) }
  }

  mutating func split() -> (program: Program, layouts: [ExchangeLayout])? {
    let levels = levels()
    for level in 0...(levels.max() ?? 0) {
      for index in levels.indices where levels[index] == level && !isOfAnother(NodeID(index)) { copy(index) }
      let sent = owners.keys.filter { levels[Int($0.index)] == level }.sorted()
      if !sent.isEmpty { exchange(sent) }
    }
    var result = Program(
      graph: Graph(), inputs: source.inputs.map(mapped), outputs: source.outputs.map(mapped) + exchanges, carried: [])
    let others = Set(plan.kept.filter { $0.owner != plan.own }.map(\.input))
    for (input, output) in source.carried where !others.contains(input) {
      let rows = plan.rows.first { $0.input == input }
      if let rows, rows.output != output { return nil }
      result.carried.append((input, rows.map { joined($0, into: result.inputs[input]) } ?? mapped(output)))
    }
    result.graph = graph
    let ownInputs = Set(plan.rows.map(\.input) + plan.kept.map(\.input))
    let shared = result.outputs + result.carried.filter { !ownInputs.contains($0.input) }.map(\.output)
    let isMixed = reaches(Set(ownInputs.map { result.inputs[$0] }), from: shared)
    return !isUniform || isMixed ? nil : (result.withOrderedProducts(), layouts)
  }

  private func mapped(_ node: NodeID) -> NodeID { map[Int(node.index)] }

  private func isOfAnother(_ node: NodeID) -> Bool { owners[node].map { $0 != plan.own } ?? false }

  /// For each node how many things that are sent lie one behind the other before it.
  private func levels() -> [Int] {
    var levels: [Int] = []
    for node in source.graph.nodes {
      levels.append(node.inputs.map { levels[Int($0.index)] + (owners[$0] == nil ? 0 : 1) }.max() ?? 0)
    }
    return levels
  }

  private mutating func copy(_ index: Int) {
    let node = source.graph.nodes[index]
    graph.origin = node.origin
    map[index] = graph.add(node.primitive, inputs: node.inputs.map(mapped))
  }

  /// Puts an exchange behind what is sent at one depth, and what others send in the place of what would compute it.
  private mutating func exchange(_ sent: [NodeID]) {
    let types = sent.map { source.graph.type($0) }
    if types.contains(where: { $0.dtype != types[0].dtype }) { isUniform = false }
    var layout = ExchangeLayout(dtype: types[0].dtype, entries: [])
    for (node, type) in zip(sent, types) {
      layout.entries.append(
        ExchangeLayout.Entry(owner: owners[node] ?? 0, offset: layout.count, count: type.count))
    }
    let own = sent.filter { !isOfAnother($0) }
    graph.origin = source.graph[own.first ?? sent[0]].origin
    // One comes behind the other in every process, whatever else the order of its instructions is.
    let all = graph.add(
      Exchange(number: layouts.count, count: layout.count), inputs: own.map(mapped) + exchanges.suffix(1))
    exchanges.append(all)
    for (position, node) in sent.enumerated() where isOfAnother(node) {
      let entry = layout.entries[position]
      let part = graph.add(Slice(starts: [entry.offset], stops: [entry.offset + entry.count]), inputs: [all])
      map[Int(node.index)] = graph.add(Reshape(shape: types[position].shape), inputs: [part])
    }
    layouts.append(layout)
  }

  /// The next rows of this process between those of the others as they are.
  private mutating func joined(_ rows: ExchangePlan.Rows, into input: NodeID) -> NodeID {
    let rest = Array(graph.shape(input).sizes.dropFirst())
    let parts = rows.parts.map { part in
      guard part.owner != plan.own else {
        return graph.add(Reshape(shape: Shape([part.rows.count] + rest)), inputs: [mapped(part.node)])
      }
      return graph.add(
        Slice(starts: [part.rows.lowerBound] + rest.map { _ in 0 }, stops: [part.rows.upperBound] + rest),
        inputs: [input])
    }
    return parts.count == 1 ? parts[0] : graph.add(Concatenate(axis: 0), inputs: parts)
  }

  /// Whether some nodes depend on others by any way that leads through nothing that is sent.
  private func reaches(_ wanted: Set<NodeID>, from ends: [NodeID]) -> Bool {
    let sent = Set(owners.keys.filter { !isOfAnother($0) }.map(mapped))
    var isSeen = [Bool](repeating: false, count: graph.nodes.count)
    var pending = ends
    while let next = pending.popLast() {
      guard !isSeen[Int(next.index)] else { continue }
      isSeen[Int(next.index)] = true
      if wanted.contains(next) { return true }
      if !(graph[next].primitive is Exchange), !sent.contains(next) { pending += graph[next].inputs }
    }
    return false
  }
}
