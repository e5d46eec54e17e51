import CKernels
import Graph
import Tensors

// Which nodes run together and in which order.
//
// A stage number counts the whole-tensor steps on the longest way to a node. Elementwise nodes of one
// stage and one element count never wait for each other through a whole-tensor step, so any connected
// group of them is one pass over memory. Elementwise nodes sink to the latest stage that their readers
// allow: what only serves an update is computed inside that update's pass.

/// Nodes that run as one program, or one whole-tensor node.
struct Unit {
  enum Kind { case tiles, scalars, whole }
  var kind: Kind
  /// Positions in `PlanGraph.nodes`, ascending.
  var members: [Int]
}

/// The units of a plan in the order they run.
struct Schedule {
  var units: [Unit] = []
  /// Unit of each node; -1 for leaves and views.
  var unitOfNode: [Int]

  /// Longest tile program; longer ones are cut.
  static let memberLimit = 96
  /// Most reductions that end one tile program.
  private static let reductionLimit = Int(CK_TILE_RESULTS)

  init(_ graph: PlanGraph, fuses: Bool) {
    unitOfNode = [Int](repeating: -1, count: graph.nodes.count)
    let stages = Self.stages(of: graph)
    formUnits(graph, stages: stages, fuses: fuses)
    order(graph)
  }

  private mutating func append(_ unit: Unit) {
    for member in unit.members { unitOfNode[member] = units.count }
    units.append(unit)
  }
}

// MARK: - Stages

extension Schedule {
  private static func stages(of graph: PlanGraph) -> [Int] {
    let nodes = graph.nodes
    var stage = [Int](repeating: 0, count: nodes.count)
    for (index, node) in nodes.enumerated() where node.role != .leaf {
      let latest = node.inputs.map { stage[$0] }.max() ?? 0
      let waits = node.role == .whole || node.role == .copy
      stage[index] = waits ? latest + 1 : latest
    }
    sink(&stage, graph)
    return stage
  }

  /// Moves elementwise nodes (and the views between them) to the latest stage their readers allow.
  private static func sink(_ stage: inout [Int], _ graph: PlanGraph) {
    let nodes = graph.nodes
    var bound = [Int](repeating: Int.max, count: nodes.count)
    for index in nodes.indices.reversed() {
      let node = nodes[index]
      if (node.role == .element || node.role == .view) && bound[index] != .max { stage[index] = bound[index] }
      let waits = node.role == .whole || node.role == .copy
      for input in node.inputs { bound[input] = min(bound[input], waits ? stage[index] - 1 : stage[index]) }
    }
  }
}

// MARK: - Units

extension Schedule {
  private struct Class: Hashable {
    var stage: Int
    var count: Int
    var dtype: UInt8
  }

  private static func classOf(_ index: Int, _ graph: PlanGraph, _ stages: [Int]) -> Class {
    let type = graph.nodes[index].type
    return Class(stage: stages[index], count: type.count, dtype: type.count == 1 ? 0 : type.dtype.rawValue)
  }

  private mutating func formUnits(_ graph: PlanGraph, stages: [Int], fuses: Bool) {
    var groups = Groups(count: graph.nodes.count)
    var firstScalar: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() where node.role == .element && fuses {
      let own = Self.classOf(index, graph, stages)
      if own.count == 1 {
        groups.join(index, firstScalar[own.stage, default: index])
        firstScalar[own.stage] = firstScalar[own.stage] ?? index
      }
      for input in node.inputs {
        let root = graph.root(input)
        if graph.nodes[root].role == .element && Self.classOf(root, graph, stages) == own { groups.join(index, root) }
      }
    }
    if fuses { joinReductions(&groups, graph, stages) }
    collect(groups, graph)
  }

  /// Lets sums over all elements, and inner products, end the tile program that makes their operands: nothing
  /// of that program's stage can wait for them.
  private func joinReductions(_ groups: inout Groups, _ graph: PlanGraph, _ stages: [Int]) {
    var counts: [Class: Int] = [:]
    for (index, node) in graph.nodes.enumerated() where graph.isFullReduction(index) {
      let roots = node.inputs.map { graph.root($0) }
      let made = roots.filter { graph.nodes[$0].role == .element && stages[$0] == stages[index] - 1 }
      guard let first = made.first else { continue }
      let own = Self.classOf(first, graph, stages)
      let fits = roots.allSatisfy { graph.nodes[$0].type.count == own.count && stages[$0] <= own.stage }
      guard own.count > 1, fits, counts[own, default: 0] < Self.reductionLimit else { continue }
      counts[own, default: 0] += 1
      for root in made { groups.join(index, root) }
    }
  }

  /// Makes a unit of each group, and of each other computed node, by the position of its first member.
  private mutating func collect(_ groups: Groups, _ graph: PlanGraph) {
    var members: [[Int]] = Array(repeating: [], count: graph.nodes.count)
    var groups = groups
    for (index, node) in graph.nodes.enumerated() where node.role != .leaf && node.role != .view {
      members[groups.representative(index)].append(index)
    }
    for group in members where !group.isEmpty {
      guard graph.nodes[group[0]].role == .element else {
        append(Unit(kind: .whole, members: group))
        continue
      }
      let isScalar = graph.nodes[group[0]].type.count == 1
      let limit = isScalar ? Int.max : Self.memberLimit
      for start in stride(from: 0, to: group.count, by: limit == .max ? group.count : limit) {
        let part = Array(group[start..<min(group.count, start + min(limit, group.count))])
        append(Unit(kind: isScalar ? .scalars : .tiles, members: part))
      }
    }
  }

  /// Disjoint sets of nodes, each named by its smallest member.
  private struct Groups {
    private var parent: [Int]
    init(count: Int) { parent = Array(0..<count) }

    mutating func representative(_ index: Int) -> Int {
      var index = index
      while parent[index] != index {
        parent[index] = parent[parent[index]]
        index = parent[index]
      }
      return index
    }

    mutating func join(_ a: Int, _ b: Int) {
      let (a, b) = (representative(a), representative(b))
      parent[max(a, b)] = min(a, b)
    }
  }
}

// MARK: - Order

extension Schedule {
  /// Orders units so that each runs when it is first needed, after its operands; what replaces an input runs
  /// right after the last reader of the old value, where that is possible, so that it can be written there.
  private mutating func order(_ graph: PlanGraph) {
    var before = dependencies(graph)
    let isUpdate = addReadersBeforeUpdates(&before, graph)
    let sorted = depthFirst(before)
    var key = [Int](repeating: 0, count: units.count)
    for (position, unit) in sorted.enumerated() {
      key[unit] = isUpdate[unit] ? (before[unit].map { key[$0] }.max() ?? position) : position
    }
    // Stable: among equal keys a unit stays behind what it waits for.
    let final = sorted.enumerated().sorted { (key[$0.element], $0.offset) < (key[$1.element], $1.offset) }
    let old = units
    units = []
    for (_, unit) in final { append(old[unit]) }
  }

  /// For each unit the units it reads from, ascending.
  private func dependencies(_ graph: PlanGraph) -> [[Int]] {
    units.indices.map { unit in
      var found = Set<Int>()
      for member in units[unit].members {
        for input in graph.nodes[member].inputs {
          let source = unitOfNode[graph.root(input)]
          if source >= 0 && source != unit { found.insert(source) }
        }
      }
      return found.sorted()
    }
  }

  /// Makes each unit that computes a carried value wait for all other readers of the value it replaces,
  /// unless one of those needs its result.
  ///
  /// Returns which units only update.
  private func addReadersBeforeUpdates(_ before: inout [[Int]], _ graph: PlanGraph) -> [Bool] {
    var hasReader = [Bool](repeating: false, count: units.count)
    for list in before { for unit in list { hasReader[unit] = true } }
    var isUpdate = [Bool](repeating: false, count: units.count)
    let readers = leafReaders(graph)
    for (input, output) in graph.carried {
      let unit = unitOfNode[graph.root(output)]
      guard unit >= 0 else { continue }
      if !hasReader[unit] { isUpdate[unit] = true }
      for reader in readers[graph.inputs[input]] where reader != unit && !before[unit].contains(reader) {
        if !reaches(from: reader, to: unit, before) { before[unit].append(reader) }
      }
    }
    return isUpdate
  }

  /// Units that read each leaf, ascending; empty for other nodes.
  private func leafReaders(_ graph: PlanGraph) -> [[Int]] {
    var readers: [[Int]] = Array(repeating: [], count: graph.nodes.count)
    for (unit, content) in units.enumerated() {
      for member in content.members {
        for input in graph.nodes[member].inputs {
          let root = graph.root(input)
          if graph.nodes[root].role == .leaf && readers[root].last != unit { readers[root].append(unit) }
        }
      }
    }
    return readers
  }

  /// Whether `from` waits, directly or not, for `to`.
  private func reaches(from: Int, to: Int, _ before: [[Int]]) -> Bool {
    var seen = Set([from])
    var pending = [from]
    while let unit = pending.popLast() {
      if unit == to { return true }
      for next in before[unit] where seen.insert(next).inserted { pending.append(next) }
    }
    return false
  }

  /// Units in an order where each follows what it waits for and stands where it is first needed.
  private func depthFirst(_ before: [[Int]]) -> [Int] {
    var result: [Int] = []
    var state = [UInt8](repeating: 0, count: units.count)
    for root in units.indices.sorted(by: { units[$0].members.last ?? 0 < units[$1].members.last ?? 0 }) {
      var pending = [root]
      while let unit = pending.last {
        if state[unit] != 0 {
          pending.removeLast()
          if state[unit] == 1 { result.append(unit) }
          state[unit] = 2
          continue
        }
        state[unit] = 1
        for next in before[unit].reversed() where state[next] == 0 { pending.append(next) }
      }
    }
    return result
  }
}
