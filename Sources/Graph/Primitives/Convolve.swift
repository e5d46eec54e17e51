package import Tensors

/// A convolution of images without their windows; the planner makes it of `Patches` and `Contract`.
///
///     images [N..., C, H, W], filters [O, C, KH, KW] → [N..., O, OH, OW]
///     out[…, o, i, j] = Σ_{c, u, v} filters[o, c, u, v] · in[…, c, i·stride₀ + u − padding₀, j·stride₁ + v − padding₁]
///
/// with zeros around the images. Each element is one chain of fused multiply-adds over (c, u, v). Operands that have an
/// axis of members in front give each member the bits that it has alone.
package struct Convolve: Primitive {
  package static let name = "convolve"
  package static let arity: Int? = 2
  package var form: ConvolutionForm

  package init(_ form: ConvolutionForm) { self.form = form }

  package var attributes: String { form.text }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (images, filters) = (inputs[0].shape, inputs[1].shape)
    guard inputs[0].dtype == inputs[1].dtype, inputs[0].dtype.isReal else {
      throw .dtype(operation: Self.name, inputs[1].dtype)
    }
    guard filters.rank == (form.members[1] ? 5 : 4) else {
      throw .unsuitable(operation: Self.name, shape: filters, expected: "[outputs, channels, height, width]")
    }
    let windows = try form.windows(filters).type(of: [inputs[0]])
    let labels = form.labels(leading: form.leadingCount(images))
    return try Contract(left: labels.windows, right: labels.filters, output: labels.result).type(of: [
      windows, inputs[1],
    ])
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let patches = form.windows(graph.shape(inputs[1]))
    let windows = graph.add(patches, inputs[0])
    let labels = form.labels(leading: form.leadingCount(graph.shape(inputs[0])))
    let contract = Contract(left: labels.windows, right: labels.filters, output: labels.result)
    let parts = try contract.pullback(&graph, output: output, inputs: [windows, inputs[1]], adjoint: adjoint)
    return [parts[0].map { patches.transposed(&graph, adjoint: $0, inputs: [inputs[0]]) }, parts[1]]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    graph.bilinear(self, inputs, tangents)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    if form.members == [false, false] {
      if !isBatched[1] { return graph.add(self, inputs[0], inputs[1]) }
      return graph.add(Convolve(form.withMembers(isBatched)), inputs[0], inputs[1])
    }
    let windows = graph.add(form.windows(Shape(graph.shape(inputs[1]).sizes.suffix(4))), inputs[0])
    let leading = form.leadingCount(graph.shape(inputs[0])) - (isBatched[0] ? 1 : 0)
    let labels = form.labels(leading: leading)
    return Contract(left: labels.windows, right: labels.filters, output: labels.result)
      .batched(&graph, inputs: [windows, inputs[1]], isBatched: isBatched, size: size)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let windows = form.windows(inputs[1].shape).reference([inputs[0]])
    let labels = form.labels(leading: form.leadingCount(inputs[0].shape))
    return Contract(left: labels.windows, right: labels.filters, output: labels.result).reference([windows, inputs[1]])
  }
}

/// How windows lie on images, and which of two operands have an axis of members in front.
package struct ConvolutionForm: Hashable, Sendable, Codable {
  package var stride: [Int]
  package var padding: [Int]
  /// Of the images, and of the filters or the adjoint of the result.
  package var members: [Bool]

  package init(stride: [Int], padding: [Int], members: [Bool] = [false, false]) {
    self.stride = stride
    self.padding = padding
    self.members = members
  }

  /// The same for operands that are mapped over members.
  func withMembers(_ members: [Bool]) -> ConvolutionForm {
    ConvolutionForm(stride: stride, padding: padding, members: members)
  }

  var text: String { "stride \(stride) padding \(padding)" + (members.contains(true) ? " members" : "") }

  func windows(_ filters: Shape) -> Patches {
    Patches(kernel: Array(filters.sizes.suffix(2)), stride: stride, padding: padding)
  }

  /// How many axes of images there are beside members, channels, height and width.
  func leadingCount(_ images: Shape) -> Int { images.rank - 3 - (members[0] ? 1 : 0) }

  /// Labels of windows [N..., OH, OW, C, KH, KW], filters [O, C, KH, KW] and result [N..., O, OH, OW] of a convolution;
  /// label 0 is that of members.
  func labels(leading: Int) -> (windows: [Int], filters: [Int], result: [Int]) {
    let others = Array(1..<(1 + leading)), first = 1 + leading
    let window = [first + 2, first + 3, first + 4], output = first + 5
    return (
      (members[0] ? [0] : []) + others + [first, first + 1] + window, (members[1] ? [0] : []) + [output] + window,
      (members.contains(true) ? [0] : []) + others + [output, first, first + 1]
    )
  }
}

extension Graph {
  /// The tangent of what is linear in each of two operands.
  mutating func bilinear(_ primitive: some Primitive, _ inputs: [NodeID], _ tangents: [NodeID?]) -> NodeID? {
    var parts: [NodeID] = []
    if let tangent = tangents[0] { parts.append(add(primitive, tangent, inputs[1])) }
    if let tangent = tangents[1] { parts.append(add(primitive, inputs[0], tangent)) }
    return total(parts)
  }
}
