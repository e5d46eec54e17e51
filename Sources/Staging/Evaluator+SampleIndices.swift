import Arithmetic
package import Diagnostics
import Engine
import Evaluation
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

// Indices that a loss takes of its samples, such as labels, are looked at over all data before the first step.

/// An index in a graph: what it is, and how many places there are.
private struct IndexUse {
  var index: NodeID
  var count: Int
  var origin: Origin
}

extension Evaluator {
  /// Elements of data and indices that checking looks at for one problem.
  private static let checkedIndicesMax = 1 << 20

  /// Refuses a sample whose data are an index outside of what the loss of one sample reads by it.
  ///
  /// Only what the data alone decide is looked at here: an index that depends on parameters, on noise or on the step is
  /// watched while the run is under way. While checking, data that are not known or large are left for the run.
  package func checkSampleIndices(of problem: StagedProblem) throws(Diagnostic) {
    guard let sample = problem.sample, !sample.isBatch, let loss = problem.loss, let count = problem.sampleCount else {
      return
    }
    var uses: [IndexUse] = []
    let program = try staging(real: .f64) { () throws(Diagnostic) -> FedProgram? in
      let leaves = problem.leaves.map { Value.node(graph.freshInput(TensorType($0.shape, .f64))) }
      return try at(PointContext(parameters: leaves), in: problem.code) { () throws(Diagnostic) in
        let view = BatchView(indices: nil, count: count, isWhole: true) { [unowned self] _ in
          graph.freshInput(TensorType([3], .i64))
        }
        let (members, scope) = try sampleScope(problem, view)
        let value = try evaluate(loss.0, in: scope)
        guard case .node(let one) = value else { return nil }
        let known = knownOfSamples(members)
        uses = graph.indexUses(of: one, where: known)
        if uses.isEmpty { return nil }
        let elements = uses.reduce(0) { $0 + graph.shape($1.index).count }
        if mode == .check, elements.multipliedReportingOverflow(by: count).partialValue > Self.checkedIndicesMax {
          return nil
        }
        let rows = graph.batch(
          outputs: uses.map(\.index), inputs: members.map { ($0.input, $0.rows) }, size: count)
        return builder.program(outputs: rows)
      }
    }
    guard let program else { return }
    let executable = try compiled(program, at: sample.span)
    try run(executable, at: sample.span)
    for (number, use) in uses.enumerated() {
      try refuse(executable.output(number).integers(), use, of: problem, count)
    }
  }

  /// Inputs whose values are at hand: those of the samples, and large constants.
  private func knownOfSamples(_ members: [BatchMember]) -> (all: Set<NodeID>, ofSamples: Set<NodeID>) {
    let constants = Set(builder.externalNodes)
    func isKnown(_ rows: NodeID) -> Bool {
      let needed = graph.requirement(of: [rows])
      return needed.indices.allSatisfy {
        !needed[$0] || !(graph.nodes[$0].primitive is Input) || constants.contains(NodeID($0))
      }
    }
    let ofSamples = Set(members.filter { isKnown($0.rows) }.map(\.input))
    return (constants.union(ofSamples), ofSamples)
  }

  private func refuse(_ indices: [Int], _ use: IndexUse, of problem: StagedProblem, _ count: Int) throws(Diagnostic) {
    let width = max(1, indices.count / max(1, count))
    let isOutside = { (index: Int) in index < 0 || index >= use.count }
    guard let place = indices.firstIndex(where: isOutside), let sample = problem.sample else { return }
    let rows = Set(indices.indices.filter { isOutside(indices[$0]) }.map { $0 / width })
    let row = place / width
    var name = "sample \(row + 1) of \(count)"
    if case .indices(let lower, _, _) = sample.space { name = "the sample `\(sample.names[0].text)` = \(lower + row)" }
    throw .sampleIndexOutOfRange(
      indices[place], count: use.count, sample: name, others: rows.count - 1,
      help: Self.advice(Set(indices), count: use.count),
      at: self.place(of: use.origin) ?? sample.span)
  }

  /// What makes valid indices of numbers that are counted in another way.
  private static func advice(_ indices: Set<Int>, count: Int) -> [String] {
    if indices.isSubset(of: [-1, 1]), count >= 2 { return ["`(y + 1) // 2` makes 0 and 1 of labels -1 and 1"] }
    guard let least = indices.min(), let most = indices.max(), least == 1, most == count else { return [] }
    return ["indices are counted from 0: subtract 1"]
  }
}

extension Graph {
  /// Where the graph of an output reads by an index that some inputs alone decide.
  ///
  /// - Parameter known: inputs with known values, and those of them on which an index has to depend.
  fileprivate func indexUses(
    of output: NodeID, where known: (all: Set<NodeID>, ofSamples: Set<NodeID>)
  ) -> [IndexUse] {
    let needed = requirement(of: [output])
    var isKnown = [Bool](repeating: false, count: needed.count)
    var isOfSample = isKnown
    var uses: [IndexUse] = []
    for index in needed.indices where needed[index] {
      let node = nodes[index], id = NodeID(index)
      isKnown[index] =
        node.primitive is Input ? known.all.contains(id) : node.inputs.allSatisfy { isKnown[Int($0.index)] }
      isOfSample[index] = known.ofSamples.contains(id) || node.inputs.contains { isOfSample[Int($0.index)] }
      guard let (position, count) = indexOperand(of: node) else { continue }
      let operand = node.inputs[position]
      guard isKnown[Int(operand.index)], isOfSample[Int(operand.index)] else { continue }
      uses.append(IndexUse(index: operand, count: count, origin: node.origin))
    }
    return uses
  }

  /// Which operand of an application is an index, and of how many places.
  private func indexOperand(of node: Node) -> (position: Int, count: Int)? {
    switch node.primitive {
    case is GatherRows: (1, shape(node.inputs[0])[0])
    case is TakeAlongLast: (1, shape(node.inputs[0]).sizes.last ?? 1)
    case let scatter as ScatterAddRows: (0, scatter.rowCount)
    case let scatter as ScatterAlongLast: (0, scatter.count)
    case let checked as CheckedIndex: (0, checked.count)
    default: nil
    }
  }
}
