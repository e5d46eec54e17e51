import Tensors

// The order in which chains of large products are computed. Each rewriting is an identity of sums of products; only the
// order of summation differs.
//
//     X (Xᵀ D)  =  (X Xᵀ) D                     where X Xᵀ is smaller than Xᵀ D
//     Σ V ∘ (D X)  =  Σ D ∘ (V Xᵀ)              where V Xᵀ is known, or D X is not read elsewhere
//
// The second makes of vᵀH v, for a product H v by forward over reverse, the second derivative along v: the backward
// product of each layer's weights, which H v needs, becomes a sum of two known matrices.
//
// Note [Products of a value with itself]: Σ P ∘ P stays. Written as Σ D ∘ (P Xᵀ) with P Xᵀ = D (X Xᵀ) it would have the
// error of Σ |D| |X|, squared, where P is small because its terms cancel, as gradients do near a minimum.

extension Graph {
  /// Outputs of the same values whose large products are computed in cheaper orders.
  ///
  /// An order is taken that spares at least `savingMin` multiplications and a tenth of those concerned, and makes no
  /// array larger than those that are there. Small computations keep their bits.
  package mutating func withCheaperProducts(_ outputs: [NodeID], savingMin: Double = 1e6) -> [NodeID] {
    guard hasProduct(outputs, from: savingMin) else { return outputs }
    let savedOrigin = origin
    defer { origin = savedOrigin }
    var order = ProductOrder(self, outputs: outputs, savingMin: savingMin)
    let results = order.rebuild(outputs)
    self = order.graph
    return results
  }

  /// Whether the outputs need a product that is worth a look.
  private func hasProduct(_ outputs: [NodeID], from savingMin: Double) -> Bool {
    let isNeeded = requirement(of: outputs)
    return isNeeded.indices.contains { isNeeded[$0] && multiplications(NodeID($0)) >= savingMin }
  }

  /// Multiplications of a contraction; 0 for other nodes.
  package func multiplications(_ node: NodeID) -> Double {
    guard let contract = self[node].primitive as? Contract else { return 0 }
    let (a, b) = (shape(self[node].inputs[0]), shape(self[node].inputs[1]))
    let others = contract.right.indices.filter { !contract.left.contains(contract.right[$0]) }
    return others.reduce(Double(a.count)) { $0 * Double(b[$1]) }
  }
}

/// A tensor with its axes by label.
private struct Factor {
  var node: NodeID
  var labels: [Int]
}

/// A product of two factors by what it means: the same for whatever names its labels have.
private struct ProductKey: Hashable {
  var left: NodeID
  var right: NodeID
  var leftLabels: [Int]
  var rightLabels: [Int]
  /// Ascending.
  var output: [Int]
}

/// A way to compute a product of three factors: two of them first.
private struct Pairing {
  var first: Factor
  var second: Factor
  var last: Factor
  /// Labels of the product of the first two.
  var inner: [Int]
}

/// Rebuilds a graph's outputs with products in cheaper orders.
private struct ProductOrder {
  /// Multiplications that a new order has to spare.
  private let savingMin: Double
  /// The share of the multiplications concerned that it has to spare.
  private static let shareMin = 0.1

  private(set) var graph: Graph
  /// Readers of each node that is needed.
  private var uses: [NodeID: Int] = [:]
  private var known: [ProductKey: Factor] = [:]

  init(_ graph: Graph, outputs: [NodeID], savingMin: Double) {
    self.graph = graph
    self.savingMin = savingMin
    for output in outputs { uses[output, default: 0] += 1 }
    let isNeeded = graph.requirement(of: outputs)
    for index in isNeeded.indices where isNeeded[index] {
      for input in graph.nodes[index].inputs { uses[input, default: 0] += 1 }
    }
  }

  mutating func rebuild(_ outputs: [NodeID]) -> [NodeID] {
    let isNeeded = graph.requirement(of: outputs)
    var map = (0..<isNeeded.count).map { NodeID($0) }
    for index in isNeeded.indices where isNeeded[index] {
      let node = graph.nodes[index]
      graph.origin = node.origin
      let arguments = node.inputs.map { map[Int($0.index)] }
      let result =
        (node.primitive as? Contract).map { reordered($0, arguments) }
        ?? (arguments == node.inputs ? NodeID(index) : graph.add(node.primitive, inputs: arguments))
      map[index] = result
      if result != NodeID(index) { uses[result, default: 0] += uses[NodeID(index), default: 0] }
    }
    return outputs.map { map[Int($0.index)] }
  }

  /// A contraction of rebuilt operands.
  private mutating func reordered(_ contract: Contract, _ operands: [NodeID]) -> NodeID {
    let (left, right) = (operands[0], operands[1])
    // Each member of a stack has the order that it has alone.
    if contract.member != nil { return graph.add(contract, inputs: operands) }
    if contract.output.isEmpty, contract.left == contract.right {
      return inner(left, right) ?? plain(left, right)
    }
    let a = bare(Factor(node: left, labels: contract.left)), b = bare(Factor(node: right, labels: contract.right))
    let result = cheaper(a, b, contract.output) ?? graph.add(contract, inputs: operands)
    note(a, b, Factor(node: result, labels: contract.output))
    return result
  }
}

// MARK: - Sums of products of two arrays

extension ProductOrder {
  /// Σ a ∘ b by other products; nil where there is nothing better.
  private mutating func inner(_ a: NodeID, _ b: NodeID) -> NodeID? {
    guard let parts = parts(a, b) ?? parts(b, a) else { return whole(a, b) }
    return graph.total(parts.map { whole($0, $1) ?? plain($0, $1) })
  }

  private mutating func plain(_ a: NodeID, _ b: NodeID) -> NodeID {
    let labels = Array(0..<graph.shape(a).rank)
    return graph.add(Contract(left: labels, right: labels, output: []), a, b)
  }

  /// The parts of a joined vector, long enough to matter, each with its counterpart.
  private mutating func parts(_ a: NodeID, _ b: NodeID) -> [(NodeID, NodeID)]? {
    guard let joined = graph.operands(of: a, as: Concatenate.self), graph.shape(a).rank == 1,
      Double(64 * graph.shape(a).count) >= savingMin
    else { return nil }
    var start = 0
    return joined.map { part in
      let stop = start + graph.shape(part)[0]
      defer { start = stop }
      return (part, a == b ? part : graph.add(Slice(starts: [start], stops: [stop]), b))
    }
  }

  private mutating func whole(_ a: NodeID, _ b: NodeID) -> NodeID? {
    // See Note [Products of a value with itself].
    if a == b { return nil }
    let (a, b) = reshaped(a, b) ?? reshaped(b, a) ?? (a, b)
    return distributed(a, over: b) ?? distributed(b, over: a)
  }

  /// Both arrays in the shape that the first had before it was reshaped.
  private mutating func reshaped(_ a: NodeID, _ b: NodeID) -> (NodeID, NodeID)? {
    guard let source = graph.operands(of: a, as: Reshape.self)?[0], isOwn(a) else { return nil }
    return (source, graph.reshape(b, to: graph.shape(source)))
  }

  /// Whether nothing but the sum that is being looked at reads a node.
  private func isOwn(_ node: NodeID) -> Bool { uses[node, default: 0] <= 1 }

  /// Σ a ∘ (p + q + …) as one sum for each term, where one of them gains by it.
  private mutating func distributed(_ a: NodeID, over b: NodeID) -> NodeID? {
    guard isOwn(b) else { return nil }
    let terms = terms(of: b)
    let sums = terms.map { spared(a, $0) }
    guard sums.contains(where: { $0 != nil }) else { return nil }
    return graph.total(zip(sums, terms).map { $0 ?? plain(a, $1) })
  }

  /// What a node is the sum of, where nothing else reads the partial sums.
  private func terms(of node: NodeID) -> [NodeID] {
    var terms: [NodeID] = [], pending = [node]
    while let next = pending.popLast() {
      if isOwn(next), let operands = graph.operands(of: next, as: Add.self),
        operands.allSatisfy({ graph.shape($0) == graph.shape(next) })
      {
        pending += operands.reversed()
      } else {
        terms.append(next)
      }
    }
    return terms
  }

  /// Σ a ∘ b for a product b.
  private mutating func spared(_ a: NodeID, _ b: NodeID) -> NodeID? {
    let labels = Array(0..<graph.shape(a).rank)
    return cheaper(bare(Factor(node: a, labels: labels)), product: bare(Factor(node: b, labels: labels)), [])
  }
}

// MARK: - Products of three factors

extension ProductOrder {
  /// A factor without its transpositions.
  private func bare(_ factor: Factor) -> Factor {
    var result = factor
    while let transpose = graph[result.node].primitive as? Transpose {
      var labels = result.labels
      for (to, from) in transpose.permutation.enumerated() { labels[from] = result.labels[to] }
      result = Factor(node: graph[result.node].inputs[0], labels: labels)
    }
    return result
  }

  private mutating func cheaper(_ a: Factor, _ b: Factor, _ output: [Int]) -> NodeID? {
    cheaper(a, product: b, output) ?? cheaper(b, product: a, output)
  }

  /// The product of a factor with one that is a product itself, in another order; nil where that is not cheaper.
  private mutating func cheaper(_ factor: Factor, product: Factor, _ output: [Int]) -> NodeID? {
    guard factor.node != product.node, let contract = graph[product.node].primitive as? Contract, contract.member == nil
    else { return nil }
    let operands = graph[product.node].inputs
    let (left, right) = named(contract, as: product.labels, after: factor.labels + output)
    let a = bare(Factor(node: operands[0], labels: left)), b = bare(Factor(node: operands[1], labels: right))
    var now = multiplications(factor, product)
    if isOwn(product.node) { now += multiplications(a, b) }
    let orders = [pairing(factor, a, b, output), pairing(factor, b, a, output)]
    let costs = orders.map { cost($0) }
    let best = costs[0] <= costs[1] ? 0 : 1
    let saving = now - costs[best]
    guard saving >= savingMin, saving >= Self.shareMin * now else { return nil }
    let roomMax = [factor, product, a, b].map { graph.shape($0.node).count }.max() ?? 0
    guard count(orders[best].inner, orders[best]) <= roomMax else { return nil }
    return build(orders[best], output)
  }

  /// The labels of a product's operands, where its axes have other names and what it sums over has new ones.
  private func named(_ contract: Contract, as labels: [Int], after taken: [Int]) -> (left: [Int], right: [Int]) {
    var next = 1 + max((taken + labels).max() ?? 0, 0)
    var names: [(old: Int, new: Int)] = zip(contract.output, labels).map { ($0, $1) }
    for label in contract.left + contract.right where !names.contains(where: { $0.old == label }) {
      names.append((label, next))
      next += 1
    }
    func renamed(_ labels: [Int]) -> [Int] {
      labels.map { label in names.first { $0.old == label }?.new ?? label }
    }
    return (renamed(contract.left), renamed(contract.right))
  }

  private func pairing(_ first: Factor, _ second: Factor, _ last: Factor, _ output: [Int]) -> Pairing {
    let all = first.labels + second.labels.filter { !first.labels.contains($0) }
    let inner = all.filter { last.labels.contains($0) || output.contains($0) }
    return Pairing(first: first, second: second, last: last, inner: inner)
  }

  private func size(_ label: Int, _ factor: Factor) -> Int? {
    factor.labels.firstIndex(of: label).map { graph.shape(factor.node)[$0] }
  }

  private func count(_ labels: [Int], _ pairing: Pairing) -> Int {
    labels.reduce(1) { $0 * (size($1, pairing.first) ?? size($1, pairing.second) ?? 1) }
  }

  private func multiplications(_ a: Factor, _ b: Factor) -> Double {
    b.labels.filter { !a.labels.contains($0) }
      .reduce(Double(graph.shape(a.node).count)) { $0 * Double(size($1, b) ?? 1) }
  }

  private func cost(_ pairing: Pairing) -> Double {
    let alone = pairing.last.labels.filter { !pairing.inner.contains($0) }
    let last = alone.reduce(Double(count(pairing.inner, pairing))) { $0 * Double(size($1, pairing.last) ?? 1) }
    let isKnown = find(pairing.first, pairing.second, pairing.inner) != nil
    return last + (isKnown ? 0 : multiplications(pairing.first, pairing.second))
  }

  private mutating func build(_ pairing: Pairing, _ output: [Int]) -> NodeID {
    let inner: Factor
    if let found = find(pairing.first, pairing.second, pairing.inner) {
      inner = found
    } else {
      let contract = Contract(left: pairing.first.labels, right: pairing.second.labels, output: pairing.inner)
      inner = Factor(node: graph.add(contract, pairing.first.node, pairing.second.node), labels: pairing.inner)
      note(pairing.first, pairing.second, inner)
    }
    return graph.add(
      Contract(left: inner.labels, right: pairing.last.labels, output: output), inner.node, pairing.last.node)
  }
}

// MARK: - Known products

extension ProductOrder {
  /// Notes which node a product is.
  private mutating func note(_ a: Factor, _ b: Factor, _ result: Factor) {
    let (key, names) = key(a, b, result.labels)
    known[key] = Factor(node: result.node, labels: result.labels.map { label in names.firstIndex(of: label) ?? 0 })
  }

  /// A product that is there already, with the labels that are asked for.
  private func find(_ a: Factor, _ b: Factor, _ output: [Int]) -> Factor? {
    for (a, b) in [(a, b), (b, a)] {
      let (key, names) = key(a, b, output)
      if let found = known[key] { return Factor(node: found.node, labels: found.labels.map { names[$0] }) }
    }
    return nil
  }

  /// What a product means, and the label of each of its canonical ones.
  private func key(_ a: Factor, _ b: Factor, _ output: [Int]) -> (ProductKey, names: [Int]) {
    let names = a.labels + b.labels.filter { !a.labels.contains($0) }
    func canonical(_ labels: [Int]) -> [Int] { labels.map { label in names.firstIndex(of: label) ?? 0 } }
    let key = ProductKey(
      left: a.node, right: b.node, leftLabels: canonical(a.labels), rightLabels: canonical(b.labels),
      output: canonical(output).sorted())
    return (key, names)
  }
}
