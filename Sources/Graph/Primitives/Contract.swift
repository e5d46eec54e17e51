package import Tensors

/// A sum of products of two operands over labelled axes (Einstein's summation).
///
///     out[output] = Σ  a[left] · b[right]        over the labels that are not in `output`
///
/// `left`, `right` and `output` name the axes; equal labels have equal sizes, and a label occurs at most once
/// in each. Dot, matrix–vector, matrix–matrix, outer and batched products are all this:
/// `a @ b` is `left: [0, 1], right: [1, 2], output: [0, 2]`. An empty sum is 0.
package struct Contract: Primitive {
  package static let name = "contract"
  package static let arity: Int? = 2
  package var left: [Int]
  package var right: [Int]
  package var output: [Int]
  /// The first label of the output, where each of its values stands for a product of its own.
  ///
  /// Sums are those that the product without this label would make. Operands have it as their first label, or not at all.
  package private(set) var member: Int?

  package init(left: [Int], right: [Int], output: [Int]) {
    self.left = left
    self.right = right
    self.output = output
  }

  /// The product of each member alone; operands that are mapped have the members on axis 0.
  func stacked(_ isMapped: [Bool]) -> Contract {
    var result = batched(isMapped)
    result.member = result.output[0]
    return result
  }

  package var attributes: String { "\(left), \(right) → \(output)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    guard a.dtype == b.dtype, a.dtype.isReal else { throw .dtype(operation: Self.name, b.dtype) }
    guard a.shape.rank == left.count else {
      throw .unsuitable(operation: Self.name, shape: a.shape, expected: "rank \(left.count)")
    }
    guard b.shape.rank == right.count else {
      throw .unsuitable(operation: Self.name, shape: b.shape, expected: "rank \(right.count)")
    }
    for (axis, label) in right.enumerated() {
      guard let other = left.firstIndex(of: label) else { continue }
      guard a.shape[other] == b.shape[axis] else {
        throw .mismatch(operation: Self.name, left: a.shape, right: b.shape)
      }
    }
    return TensorType(Shape(output.map { size($0, a.shape, b.shape) }), a.dtype)
  }

  private func size(_ label: Int, _ a: Shape, _ b: Shape) -> Int {
    if let axis = left.firstIndex(of: label) { return a[axis] }
    guard let axis = right.firstIndex(of: label) else { preconditionFailure("label \(label) is in no operand") }
    return b[axis]
  }

  package func pullback(
    _ graph: inout Graph, output node: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    [
      Self.adjoint(&graph, adjoint, output, of: left, inputs[0], other: inputs[1], right),
      Self.adjoint(&graph, adjoint, output, of: right, inputs[1], other: inputs[0], left),
    ]
  }

  /// The adjoint of one operand: the output's adjoint contracted with the other operand.
  ///
  /// Labels that only this operand has were summed alone; over them the adjoint is repeated.
  private static func adjoint(
    _ graph: inout Graph, _ adjoint: NodeID, _ output: [Int], of labels: [Int], _ operand: NodeID, other: NodeID,
    _ otherLabels: [Int]
  ) -> NodeID {
    if output.isEmpty, otherLabels == labels, graph.isHazardous(adjoint, other) {
      return graph.add(ScaleAdjoint(), adjoint, other)
    }
    let known = labels.filter { output.contains($0) || otherLabels.contains($0) }
    let product = graph.add(Contract(left: output, right: otherLabels, output: known), adjoint, other)
    let alone = labels.indices.filter { !known.contains(labels[$0]) }
    return graph.expand(product, over: alone, of: graph.shape(operand))
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    var parts: [NodeID] = []
    if let tangent = tangents[0] { parts.append(graph.add(self, tangent, inputs[1])) }
    if let tangent = tangents[1] { parts.append(graph.add(self, inputs[0], tangent)) }
    return graph.total(parts)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(batched(isBatched), inputs[0], inputs[1])
  }

  private func batched(_ isBatched: [Bool]) -> Contract {
    let label = 1 + max(left.max() ?? 0, right.max() ?? 0)
    return Contract(
      left: isBatched[0] ? [label] + left : left, right: isBatched[1] ? [label] + right : right,
      output: [label] + output)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    scaled(&graph, inputs[0], left, by: inputs[1], right) ?? scaled(&graph, inputs[1], right, by: inputs[0], left)
  }

  /// The product without a sum of an operand with another that only repeats along some of its axes, as a
  /// `Multiply`, which is fused with its neighbours; nil where there is more to do.
  ///
  /// Axes of size 1 count as absent: the gradient of a batch of one sample is such a product.
  private func scaled(
    _ graph: inout Graph, _ operand: NodeID, _ labels: [Int], by factor: NodeID, _ factorLabels: [Int]
  ) -> NodeID? {
    let (shape, factorShape) = (graph.shape(operand), graph.shape(factor))
    let own = labels.indices.filter { shape[$0] != 1 }.map { labels[$0] }
    let other = factorLabels.indices.filter { factorShape[$0] != 1 }.map { factorLabels[$0] }
    let result = output.filter { own.contains($0) || other.contains($0) }
    guard own == result, other == own.filter(other.contains) else { return nil }
    let sizes = own.map { size($0, shape, labels) }
    let repeated = own.map { other.contains($0) ? size($0, shape, labels) : 1 }
    let product = graph.add(
      Multiply(), graph.reshape(operand, to: Shape(sizes)), graph.reshape(factor, to: Shape(repeated)))
    return graph.reshape(product, to: Shape(output.map { own.contains($0) ? size($0, shape, labels) : 1 }))
  }

  private func size(_ label: Int, _ shape: Shape, _ labels: [Int]) -> Int {
    labels.firstIndex(of: label).map { shape[$0] } ?? 1
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    let summed = Self.uniqued(left + right).filter { !output.contains($0) }
    let shapes = inputs.map(\.shape)
    let a = offsets(summed, in: left, shapes[0], shapes), b = offsets(summed, in: right, shapes[1], shapes)
    let bases = zip(offsets(output, in: left, shapes[0], shapes), offsets(output, in: right, shapes[1], shapes))
    let values = bases.map { baseA, baseB in
      zip(a, b).reduce(0.0) { $0 + inputs[0].values[baseA + $1.0] * inputs[1].values[baseB + $1.1] }
    }
    return ReferenceTensor(rounding: values, to: type)
  }

  /// Offsets into an operand of the given shape for all values of `labels`, in row-major order.
  private func offsets(_ labels: [Int], in operand: [Int], _ shape: Shape, _ shapes: [Shape]) -> [Int] {
    let strides = shape.strides
    return Shape(labels.map { size($0, shapes[0], shapes[1]) })
      .offsets(strides: labels.map { label in operand.firstIndex(of: label).map { strides[$0] } ?? 0 })
  }

  private static func uniqued(_ labels: [Int]) -> [Int] {
    labels.indices.filter { labels.firstIndex(of: labels[$0]) == $0 }.map { labels[$0] }
  }
}
