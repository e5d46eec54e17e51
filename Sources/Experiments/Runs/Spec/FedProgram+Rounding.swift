import Engine
package import Graph
package import Tensors

extension FedProgram {
  /// The program with what it computes rounded after each primitive, where that depends on the state, the samples or
  /// what is drawn: hyper-parameters and data are taken as they are given.
  ///
  /// - Parameters:
  ///   - dtype: the element type that is computed with.
  ///   - counters: slots that are bookkeeping, which nothing rounds.
  package func rounded(
    by rounding: StepRounding, dtype: DType, besides counters: Set<Int> = []
  ) throws(RoundingError) -> FedProgram {
    var result = self
    var graph = program.graph
    let inputs = feeds.indices.filter { !feeds[$0].isKnownBeforehand }.map { program.inputs[$0] }
    var key: NodeID?
    if rounding.isStochastic {
      let node = graph.freshInput(TensorType([3], .i64))
      let place = feeds.firstIndex { if case .external = $0 { true } else { false } } ?? feeds.count
      result.program.inputs.insert(node, at: place)
      result.feeds.insert(.key(StreamLabel(purpose: "rounding", detail: "")), at: place)
      key = node
    }
    let outputs = program.outputs + program.carried.map(\.output)
    let counted = program.carried.filter { carried in
      if case .slot(let slot) = feeds[carried.input] { counters.contains(slot) } else { false }
    }
    var exact = Set(counted.map(\.output))
    // What is marked for those alone that count is not rounded, either.
    let isRounded = graph.requirement(of: outputs.filter { !exact.contains($0) })
    exact.formUnion(program.marks.filter { !(Int($0.index) < isRounded.count && isRounded[Int($0.index)]) })
    let found = try graph.rounded(
      outputs: outputs + program.marks, exact: exact, from: inputs, by: rounding, dtype: dtype, key: key)
    result.program.graph = graph
    result.program.marks = Array(found.suffix(program.marks.count))
    result.program.outputs = Array(found.prefix(program.outputs.count))
    result.program.carried = zip(program.carried, found.dropFirst(program.outputs.count)).map { ($0.input, $1) }
    return result
  }
}

extension Tensor {
  /// The nearest numbers of a format, in the same element type.
  package func rounded(to format: FloatFormat) -> Tensor {
    guard dtype.isReal else { return self }
    return Tensor(doubles().map(format.rounded), shape: shape, dtype: dtype)
  }
}
