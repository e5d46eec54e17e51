package import Tensors

/// The adjoint of a convolution's filters without windows; the planner makes it of `Patches` and `Contract`.
///
///     images [N..., C, H, W], adjoint of the result [N..., O, OH, OW] → [O, C, KH, KW]
///     out[o, c, u, v] = Σ_{n, i, j} adjoint[n, o, i, j] · in[n, c, i·stride₀ + u − padding₀, j·stride₁ + v − padding₁]
///
/// with zeros around the images. Each element is the sum over the images, one after the other, of a chain of fused
/// multiply-adds for each lane of a vector, along the rows, whose lanes are added by halves. Operands that have an axis of
/// members in front give each member the bits that it has alone.
package struct ConvolveFilters: Primitive {
  package static let name = "convolve_filters"
  package static let arity: Int? = 2
  package var form: ConvolutionForm
  package var kernel: [Int]

  package init(_ form: ConvolutionForm, kernel: [Int]) {
    self.form = form
    self.kernel = kernel
  }

  package var attributes: String { "\(kernel) " + form.text }

  private var windows: Patches { Patches(kernel: kernel, stride: form.stride, padding: form.padding) }

  /// The product of windows and adjoint.
  private func contract(leading: Int) -> Contract {
    let others = Array(1..<(1 + leading)), first = 1 + leading
    let window = [first + 2, first + 3, first + 4], output = first + 5
    func member(_ has: Bool) -> [Int] { has ? [0] : [] }
    return Contract(
      left: member(form.members[0]) + others + [first, first + 1] + window,
      right: member(form.members[1]) + others + [output, first, first + 1],
      output: member(form.members.contains(true)) + [output] + window)
  }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs[0].dtype == inputs[1].dtype, inputs[0].dtype.isReal else {
      throw .dtype(operation: Self.name, inputs[1].dtype)
    }
    let leading = form.leadingCount(inputs[0].shape)
    guard leading >= 0 else {
      throw .unsuitable(operation: Self.name, shape: inputs[0].shape, expected: "[…, channels, height, width]")
    }
    return try contract(leading: leading).type(of: [windows.type(of: [inputs[0]]), inputs[1]])
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let contract = contract(leading: form.leadingCount(graph.shape(inputs[0])))
    let parts = try contract.pullback(
      &graph, output: output, inputs: [graph.add(windows, inputs[0]), inputs[1]], adjoint: adjoint)
    return [parts[0].map { windows.transposed(&graph, adjoint: $0, inputs: [inputs[0]]) }, parts[1]]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    graph.bilinear(self, inputs, tangents)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    if form.members == [false, false] {
      return graph.add(ConvolveFilters(form.withMembers(isBatched), kernel: kernel), inputs[0], inputs[1])
    }
    let leading = form.leadingCount(graph.shape(inputs[0])) - (isBatched[0] ? 1 : 0)
    return contract(leading: leading)
      .batched(&graph, inputs: [graph.add(windows, inputs[0]), inputs[1]], isBatched: isBatched, size: size)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    contract(leading: form.leadingCount(inputs[0].shape)).reference([windows.reference([inputs[0]]), inputs[1]])
  }
}
