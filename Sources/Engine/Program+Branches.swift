import Graph
import Tensors

// Branches of conditions that are known before a step: only the one that is taken is computed.
//
// A condition chooses between values with `Select`, of which both are computed. Where a condition depends on known
// inputs alone (the number of the step), what nothing but one branch needs is cut out into a loop of at most one turn,
// which turns where the condition holds. Derivatives, stacks and theories speak of the program before this.

extension Program {
  /// Work of a branch below which it is computed whether it is taken or not: multiplications and elements.
  private static let branchWorkMin = 1000.0
  /// Elements of results are laid out twice where a branch is cut out.
  private static let resultWork = 4.0

  /// The same program, which computes of each condition that the known inputs decide only the branch that is taken.
  ///
  /// Every value that is used has the same bits.
  ///
  /// - Parameter known: places of inputs that are filled in from outside, single numbers.
  package func takingBranches(of known: [Int]) -> Program {
    var result = self
    guard !known.isEmpty else { return result }
    var level = 1
    while let found = BranchFinder(result, known: known.map { result.inputs[$0] }, level: level) {
      if !found.regions.isEmpty { result = result.cut(found) ?? result }
      level += 1
    }
    return result
  }

  /// The program with regions as loops of at most one turn; nil where one cannot be a loop.
  private func cut(_ found: BranchFinder) -> Program? {
    var rewriter = BranchRewriter(graph)
    let isCut = found.regions.reduce(into: [Bool](repeating: false, count: graph.nodes.count)) { cut, region in
      for node in region.nodes { cut[Int(node.index)] = true }
    }
    let needed = graph.requirement(of: outputs + carried.map(\.output))
    let fed = Set(inputs)
    let kept = graph.nodes.indices.filter {
      ($0 < needed.count && needed[$0] && !isCut[$0]) || fed.contains(NodeID($0))
    }
    for index in kept where found.levels[index] < found.level { rewriter.copy(index) }
    for region in found.regions { guard rewriter.add(region) else { return nil } }
    for index in kept where found.levels[index] >= found.level { rewriter.copy(index) }
    var result = self
    result.graph = rewriter.graph
    result.inputs = inputs.map { rewriter.map[Int($0.index)] }
    result.outputs = outputs.map { rewriter.map[Int($0.index)] }
    result.carried = carried.map { ($0.input, rewriter.map[Int($0.output.index)]) }
    // What is cut out is no value of the graph any more.
    result.marks = []
    return result
  }

  /// What a branch alone needs.
  fileprivate struct Region {
    var condition: NodeID
    var holds: Bool
    /// Ascending.
    var nodes: [NodeID]
    /// Those that the choice reads.
    var roots: [NodeID]
  }

  /// Regions of the conditions between which there are as many others of the kind as a level says.
  fileprivate struct BranchFinder {
    let level: Int
    /// For each node, how many choices by known conditions lie one behind the other up to it.
    private(set) var levels: [Int]
    private(set) var regions: [Region] = []

    /// Nil where no choice is of this level.
    init?(_ program: Program, known: [NodeID], level: Int) {
      self.level = level
      let graph = program.graph, ends = program.outputs + program.carried.map(\.output)
      let needed = graph.requirement(of: ends)
      var (isKnown, isMoving) = ([Bool](), [Bool]())
      levels = []
      var groups: [NodeID: [NodeID]] = [:]
      for (index, node) in graph.nodes.enumerated() {
        let id = NodeID(index), inputs = node.inputs.map { Int($0.index) }
        let isInput = node.primitive is Input
        isMoving.append(isInput ? known.contains(id) : inputs.contains { isMoving[$0] })
        isKnown.append(isInput ? known.contains(id) : inputs.allSatisfy { isKnown[$0] })
        var own = inputs.map { levels[$0] }.max() ?? 0
        if index < needed.count, needed[index], node.primitive is Select,
          let condition = graph.condition(of: node.inputs[0]),
          isKnown[Int(condition.index)], isMoving[Int(condition.index)], node.type.dtype.isReal
        {
          own += 1
          if own == level { groups[condition, default: []].append(id) }
        }
        levels.append(own)
      }
      guard !groups.isEmpty else { return nil }
      // What the number of the step says stays outside, in its own element type.
      let isDecided = zip(isKnown, isMoving).map { $0 && $1 }
      for condition in groups.keys.sorted() {
        for holds in [true, false] {
          let choices = groups[condition] ?? []
          if let region = Self.region(graph, ends, (condition, holds), choices, needed, isDecided: isDecided) {
            regions.append(region)
          }
        }
      }
    }

    private static func region(
      _ graph: Graph, _ ends: [NodeID], _ branch: (condition: NodeID, holds: Bool), _ choices: [NodeID],
      _ needed: [Bool], isDecided: [Bool]
    ) -> Region? {
      let dtype = graph.dtype(choices[0]), place = branch.holds ? 1 : 2
      let own = Set(choices.filter { graph.dtype($0) == dtype })
      // What is needed without the branch.
      var rest = [Bool](repeating: false, count: needed.count)
      for end in ends { rest[Int(end.index)] = true }
      for index in rest.indices where needed[index] && isDecided[index] { rest[index] = true }
      for index in rest.indices.reversed() where rest[index] {
        let isChoice = own.contains(NodeID(index))
        for (position, input) in graph.nodes[index].inputs.enumerated() where !(isChoice && position == place) {
          rest[Int(input.index)] = true
        }
      }
      let nodes = needed.indices.filter { index in
        needed[index] && !rest[index] && !isDecided[index] && !(graph.nodes[index].primitive is Input)
      }.map { NodeID($0) }
      let inside = Set(nodes)
      let roots = Set(own.map { graph[$0].inputs[place] }).intersection(inside).sorted()
      guard !roots.isEmpty, roots.allSatisfy({ graph.dtype($0) == dtype }) else { return nil }
      let results = roots.reduce(0.0) { $0 + Double(graph.shape($1).count) }
      let work = nodes.reduce(0.0) { $0 + graph.work(of: $1) }
      guard work >= branchWorkMin + resultWork * results else { return nil }
      let captured = nodes.flatMap { graph[$0].inputs }.filter { !inside.contains($0) }
      guard captured.allSatisfy({ !graph.dtype($0).isReal || graph.dtype($0) == dtype }) else { return nil }
      return Region(condition: branch.condition, holds: branch.holds, nodes: nodes, roots: roots)
    }
  }

  /// A graph that is written anew.
  private struct BranchRewriter {
    private let source: Graph
    private(set) var graph = Graph()
    private(set) var map: [NodeID]

    init(_ source: Graph) {
      self.source = source
      graph.simplifies = false
      map = source.nodes.indices.map { NodeID($0) }
    }

    mutating func copy(_ index: Int) {
      let node = source.nodes[index]
      graph.origin = node.origin
      map[index] = graph.add(node.primitive, inputs: node.inputs.map { map[Int($0.index)] })
    }

    /// Adds a region as a loop; false where it is none.
    mutating func add(_ region: Region) -> Bool {
      let dtype = source.dtype(region.roots[0])
      let (body, captured) = body(of: region, dtype)
      let condition = Subgraph(inputTypes: body.inputTypes) { _, inputs in [inputs[0]] }
      let holds = graph.convert(map[Int(region.condition.index)], to: dtype)
      let (one, zero) = (graph.constant(1, dtype), graph.constant(0, dtype))
      let flag = region.holds ? graph.add(Select(), holds, one, zero) : graph.add(Select(), holds, zero, one)
      let starts = region.roots.map { graph.filled(0, source.type($0)) }
      let loop = WhileLoop(condition: condition, body: body, limit: 1)
      graph.origin = source[region.roots[0]].origin
      guard
        let results = try? graph.whileLoop(
          loop, carried: [flag] + starts, constants: captured.map { map[Int($0.index)] })
      else { return false }
      for (root, result) in zip(region.roots, results.dropFirst()) { map[Int(root.index)] = result }
      return true
    }

    /// (flag, results…, captured…) → (0, results…).
    private func body(of region: Region, _ dtype: DType) -> (body: Subgraph, captured: [NodeID]) {
      var inner = Graph()
      inner.simplifies = false
      let types = [TensorType(.scalar, dtype)] + region.roots.map { source.type($0) }
      var inputs = types.enumerated().map { inner.add(Input(index: $0.offset, type: $0.element)) }
      var places: [NodeID: NodeID] = [:], captured: [NodeID] = []
      let inside = Set(region.nodes)
      for input in region.nodes.flatMap({ source[$0].inputs }) where !inside.contains(input) && places[input] == nil {
        if let value = source.filledValue(input) {
          places[input] = inner.filled(value, source.type(input))
          continue
        }
        let own = inner.add(Input(index: inputs.count, type: source.type(input)))
        inputs.append(own)
        captured.append(input)
        places[input] = own
      }
      for node in region.nodes {
        inner.origin = source[node].origin
        places[node] = inner.add(source[node].primitive, inputs: source[node].inputs.map { places[$0] ?? $0 })
      }
      let outputs = [inner.constant(0, dtype)] + region.roots.map { places[$0] ?? $0 }
      return (Subgraph(graph: inner, inputs: inputs, outputs: outputs), captured)
    }
  }
}

extension Graph {
  /// The single number that a mask repeats; nil where it is none.
  fileprivate func condition(of mask: NodeID) -> NodeID? {
    var node = mask
    while self[node].primitive is BroadcastTo || self[node].primitive is Reshape || isRealConversion(node) {
      node = self[node].inputs[0]
    }
    return shape(node).rank == 0 ? node : nil
  }

  private func isRealConversion(_ node: NodeID) -> Bool {
    self[node].primitive is Convert && dtype(node).isReal && dtype(self[node].inputs[0]).isReal
  }

  /// Multiplications of a product, elements of any other value; more than any bound where it is a loop or is found by
  /// iteration.
  fileprivate func work(of node: NodeID) -> Double {
    switch self[node].primitive {
    case is Contract: multiplications(node)
    case is Loop, is WhileLoop, is Lanczos: .infinity
    default: Double(shape(node).count)
    }
  }
}
