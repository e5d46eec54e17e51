import Tensors

extension Graph {
  /// How many operations on numbers it takes to compute some nodes.
  ///
  /// A product of matrices [m, k] and [k, n] counts 2 m k n; an operation on elements one for each element, a reduction
  /// one for each element that it reads; a factorisation as much as the product of a matrix of its size with a square one;
  /// a loop its body in each turn (one turn, where their number is not known). What only moves numbers counts nothing.
  package func operationCount(of outputs: [NodeID]) -> Double {
    let isNeeded = requirement(of: outputs)
    return isNeeded.indices.reduce(0) { $0 + (isNeeded[$1] ? operationCount(nodes[$1]) : 0) }
  }

  private func operationCount(_ node: Node) -> Double {
    let largest = node.inputs.map { shape($0).count }.max() ?? 0
    switch node.primitive {
    case let contract as Contract: return 2 * Double(contract.termCount(shape(node.inputs[0]), shape(node.inputs[1])))
    case let loop as Loop: return Double(loop.count) * loop.body.graph.operationCount(of: loop.body.outputs)
    case let loop as WhileLoop: return loop.body.graph.operationCount(of: loop.body.outputs)
    case is Convert, is StopGradient, is Reshape, is BroadcastTo, is Transpose, is Slice, is Pad, is Concatenate,
      is Reverse,
      is GatherRows, is TakeAlongLast, is ScatterAlongLast, is CheckedIndex, is Constant, is ScalarConstant, is Iota,
      is Input,
      is Patches:
      return 0
    case is any ElementwiseUnary, is any ElementwiseBinary, is Select, is Draw: return Double(node.type.count)
    case is Cholesky, is Determinant, is Eigenvalues, is PseudoInverse, is QRDecomposition, is SingularValues, is Solve,
      is PolarFactor, is SpectralMap, is SymmetricEigen, is TriangularSolve, is Cofactors:
      let sizes = shape(node.inputs[0]).sizes
      return 2 * Double(shape(node.inputs[0]).count) * Double(sizes.suffix(2).min() ?? 1)
    default: return Double(largest)
    }
  }
}

extension Contract {
  /// How many products of two numbers it adds up, in all its sums together.
  fileprivate func termCount(_ a: Shape, _ b: Shape) -> Int {
    let own = right.indices.filter { !left.contains(right[$0]) }
    return a.count * own.reduce(1) { $0 * b[$1] }
  }
}
