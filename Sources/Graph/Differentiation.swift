import Tensors

// Derivatives as transformations of the graph: new nodes are appended, old ones stay. In names, `adjoint` is
// ∂(result)/∂(node), as reverse mode carries it, and `tangent` is the change of a node along a direction.
//
// The nodes with respect to which one differentiates are taken as independent of each other. Equal
// applications are one node, so a function is best differentiated at fresh inputs (`freshInput`), into which
// the point is put afterwards (`substitute`): otherwise a node of the point that happens to occur in the
// function's own formula would be taken for its argument.

extension Graph {
  /// Gradients of a real scalar by reverse mode; zeros for inputs that it does not depend on.
  package mutating func gradient(
    of scalar: NodeID, withRespectTo inputs: [NodeID]
  ) throws(DerivativeError) -> [NodeID] {
    guard type(scalar).shape.rank == 0, dtype(scalar).isReal else {
      throw DerivativeError(operation: "gradient", reason: "the value is \(type(scalar)), not a real scalar")
    }
    let one = constant(1, like: scalar)
    return try vectorJacobianProduct(of: [scalar], adjoints: [one], withRespectTo: inputs)
  }

  /// Σₒ (∂outputₒ/∂input)ᵀ adjointₒ for each input, by one reverse sweep.
  ///
  /// - Parameter adjoints: one for each output, of its type; nil is zero.
  package mutating func vectorJacobianProduct(
    of outputs: [NodeID], adjoints: [NodeID?], withRespectTo inputs: [NodeID]
  ) throws(DerivativeError) -> [NodeID] {
    precondition(outputs.count == adjoints.count)
    let savedOrigin = origin
    defer { origin = savedOrigin }
    let isActive = dependence(on: inputs, upTo: outputs)
    var sweep = [NodeID?](repeating: nil, count: isActive.count)
    for (output, adjoint) in zip(outputs, adjoints) {
      if let adjoint { accumulate(adjoint, at: output, in: &sweep) }
    }
    let isTarget = flags(inputs, count: isActive.count)
    for index in sweep.indices.reversed() where isActive[index] && !isTarget[index] {
      guard let adjoint = sweep[index] else { continue }
      try pull(adjoint, through: index, isActive: isActive, &sweep)
    }
    return inputs.map { input in
      let index = Int(input.index)
      return (index < sweep.count ? sweep[index] : nil) ?? zeros(like: input)
    }
  }

  /// Derivatives of outputs along one direction of the inputs, by one forward sweep; zeros where nothing flows.
  ///
  /// - Parameter tangents: one for each input, of its type; nil is zero.
  package mutating func jacobianVectorProduct(
    of outputs: [NodeID], withRespectTo inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> [NodeID] {
    let parts = try tangentsOrNil(of: outputs, withRespectTo: inputs, tangents: tangents)
    return zip(outputs, parts).map { $1 ?? zeros(like: $0) }
  }

  /// J v, nil for an output that does not change along v for a reason of its form: it does not depend on the inputs, or
  /// only through steps.
  package mutating func tangentsOrNil(
    of outputs: [NodeID], withRespectTo inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> [NodeID?] {
    precondition(inputs.count == tangents.count)
    let savedOrigin = origin
    defer { origin = savedOrigin }
    let isActive = dependence(on: inputs, upTo: outputs)
    let isNeeded = requirement(of: outputs)
    let isTarget = flags(inputs, count: isActive.count)
    var sweep = [NodeID?](repeating: nil, count: isActive.count)
    for (input, tangent) in zip(inputs, tangents) where Int(input.index) < sweep.count {
      sweep[Int(input.index)] = tangent
    }
    for index in sweep.indices where isActive[index] && isNeeded[index] && !isTarget[index] {
      sweep[index] = try push(through: index, sweep)
    }
    return outputs.map { sweep[Int($0.index)] }
  }

  /// Whether an output is computed from one of the inputs, be it through whole numbers such as an order.
  package func depend(_ outputs: [NodeID], on inputs: [NodeID]) -> Bool {
    let isNeeded = requirement(of: outputs)
    return inputs.contains { Int($0.index) < isNeeded.count && isNeeded[Int($0.index)] }
  }

  /// H v for the Hessian H of a scalar, by forward over reverse: about four evaluations of the scalar.
  package mutating func hessianVectorProduct(
    of scalar: NodeID, withRespectTo inputs: [NodeID], times vectors: [NodeID]
  ) throws(DerivativeError) -> [NodeID] {
    let gradients = try gradient(of: scalar, withRespectTo: inputs)
    return try jacobianVectorProduct(of: gradients, withRespectTo: inputs, tangents: vectors.map { $0 })
  }

  private mutating func accumulate(_ adjoint: NodeID, at node: NodeID, in sweep: inout [NodeID?]) {
    assert(type(adjoint) == type(node), "adjoint \(type(adjoint)) of \(type(node))")
    let index = Int(node.index)
    sweep[index] = sweep[index].map { add(Add(), $0, adjoint) } ?? adjoint
  }

  private mutating func pull(
    _ adjoint: NodeID, through index: Int, isActive: [Bool], _ sweep: inout [NodeID?]
  ) throws(DerivativeError) {
    let node = nodes[index]
    origin = node.origin
    let parts: [NodeID?]
    do {
      parts = try node.primitive.pullback(&self, output: NodeID(index), inputs: node.inputs, adjoint: adjoint)
    } catch {
      throw error.located(at: node.origin)
    }
    for (input, part) in zip(node.inputs, parts) where isActive[Int(input.index)] {
      if let part { accumulate(part, at: input, in: &sweep) }
    }
  }

  private mutating func push(through index: Int, _ sweep: [NodeID?]) throws(DerivativeError) -> NodeID? {
    let node = nodes[index]
    origin = node.origin
    let tangents = node.inputs.map { sweep[Int($0.index)] }
    guard tangents.contains(where: { $0 != nil }) else { return nil }
    do {
      let tangent = try node.primitive.pushforward(
        &self, output: NodeID(index), inputs: node.inputs, tangents: tangents)
      assert(tangent.map { type($0) == node.type } ?? true, "tangent of \(node.type)")
      return tangent
    } catch {
      throw error.located(at: node.origin)
    }
  }

  /// For every node up to the last output, whether a real path leads to it from an input.
  private func dependence(on inputs: [NodeID], upTo outputs: [NodeID]) -> [Bool] {
    let count = 1 + (outputs.map { Int($0.index) }.max() ?? -1)
    var result = flags(inputs.filter { dtype($0).isReal }, count: count)
    guard let first = inputs.map({ Int($0.index) }).min(), first < count else { return result }
    for index in first..<count where !result[index] && nodes[index].type.dtype.isReal {
      result[index] = nodes[index].inputs.contains { result[Int($0.index)] }
    }
    return result
  }

  /// For every node up to the last output, whether an output is computed from it.
  package func requirement(of outputs: [NodeID]) -> [Bool] {
    let count = 1 + (outputs.map { Int($0.index) }.max() ?? -1)
    var result = flags(outputs, count: count)
    for index in (0..<count).reversed() where result[index] {
      for input in nodes[index].inputs { result[Int(input.index)] = true }
    }
    return result
  }

  private func flags(_ nodes: [NodeID], count: Int) -> [Bool] {
    var result = [Bool](repeating: false, count: count)
    for node in nodes where Int(node.index) < count { result[Int(node.index)] = true }
    return result
  }
}

extension DerivativeError {
  /// The same with the origin filled in, if it was not.
  func located(at origin: Origin) -> DerivativeError {
    var result = self
    if result.origin == 0 { result.origin = origin }
    return result
  }
}
