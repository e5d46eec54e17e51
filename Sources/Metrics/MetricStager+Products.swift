import Diagnostics
import Graph
import Staging
import Tensors
import Values

// What a recorded value costs: Hessian–vector products that are in fact taken, in products over all data.

/// Products that a node of a metric's graph takes.
struct ProductCount {
  /// The node that takes them.
  var source: NodeID
  /// How many, as far as that is known beforehand.
  var known: Double
  /// How many beside those: a number that running tells.
  var counted: NodeID?
}

extension MetricStager {
  /// The share of all data that a product over some samples goes through.
  func share(of view: BatchView) -> Double {
    guard let problem = subject.problem, !view.isWhole else { return 1 }
    if let total = problem.sampleCount { return Double(view.count) / Double(total) }
    return problem.drawsEveryStep ? Double(view.count) / Double(self.view.count) : 1
  }

  /// Notes a product over some samples.
  func countProduct(_ source: NodeID, over view: BatchView) {
    guard !products.contains(where: { $0.source == source }) else { return }
    products.append(ProductCount(source: source, known: share(of: view)))
  }

  /// Notes an iteration that applies an operator again and again.
  ///
  /// An application counts the products in it, or as one product over the present samples where there is none.
  ///
  /// - Parameters:
  ///   - image: what the operator makes of a vector.
  ///   - mark: how many counts there were before it was staged.
  ///   - count: how often it is applied.
  func countIteration(_ source: NodeID, _ image: NodeID, of vector: NodeID, since mark: Int, applied count: NodeID) {
    let own = takeProducts(since: mark, within: vector, of: image).map(\.known).reduce(0, +)
    let each = own > 0 ? own : evaluator.point?.loss.map { share(of: $0.view) } ?? 1
    guard !products.contains(where: { $0.source == source }) else { return }
    products.append(ProductCount(source: source, known: 0, counted: scaled(count, by: each)))
  }

  /// Takes out the counts since a mark that belong to the body of a loop: those that depend on its input.
  func takeProducts(since mark: Int, within input: NodeID, of output: NodeID) -> [ProductCount] {
    let isNeeded = evaluator.graph.requirement(of: [output])
    let recent = products[mark...]
    products.removeLast(recent.count)
    var taken: [ProductCount] = []
    for count in recent {
      let origins = evaluator.graph.requirement(of: [count.source])
      if input.index < origins.count, origins[Int(input.index)] {
        if count.source.index < isNeeded.count, isNeeded[Int(count.source.index)] { taken.append(count) }
      } else {
        products.append(count)
      }
    }
    return taken
  }

  /// Counts whose loop has another turn.
  func substituted(_ counts: [ProductCount], _ old: NodeID, by new: NodeID) -> [ProductCount] {
    counts.map { count in
      let nodes = [count.source] + (count.counted.map { [$0] } ?? [])
      let others = evaluator.graph.substitute(outputs: nodes, mapping: [(original: old, replacement: new)])
      return ProductCount(source: others[0], known: count.known, counted: others.count > 1 ? others[1] : nil)
    }
  }

  /// What of the counts only running tells; nil where all is known.
  func countedPart(of counts: [ProductCount]) -> NodeID? {
    let nodes = counts.compactMap(\.counted)
    return nodes.dropFirst().reduce(nodes.first) { (sum, node) in sum.map { evaluator.graph.add(Add(), $0, node) } }
  }

  /// The products that a recorded value takes; nil where it takes none.
  func productTotal(of value: NodeID) -> NodeID? {
    let isNeeded = evaluator.graph.requirement(of: [value])
    let own = products.filter { $0.source.index < isNeeded.count && isNeeded[Int($0.source.index)] }
    guard !own.isEmpty else { return nil }
    let known = own.map(\.known).reduce(0, +)
    guard let counted = countedPart(of: own) else { return evaluator.graph.constant(known, evaluator.realType) }
    return known == 0
      ? counted : evaluator.graph.add(Add(), counted, evaluator.graph.constant(known, evaluator.realType))
  }

  func scaled(_ node: NodeID, by factor: Double) -> NodeID {
    factor == 1 ? node : evaluator.graph.add(Multiply(), node, evaluator.graph.constant(factor, like: node))
  }
}
