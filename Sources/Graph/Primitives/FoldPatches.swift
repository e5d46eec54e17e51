package import Tensors

/// Windows added back to images of the given size: the transpose of `Patches`.
///
///     [N..., OH, OW, C, KH, KW] → [N..., C, H, W],   size = [H, W]
///
/// Where windows overlap their elements are added in row-major order of the windows.
package struct FoldPatches: LinearPrimitive, LeadingAxesPrimitive {
  package static let name = "foldpatches"
  package var size: [Int]
  package var stride: [Int]
  package var padding: [Int]

  package init(size: [Int], stride: [Int], padding: [Int]) {
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  package var attributes: String { "\(size) stride \(stride) padding \(padding)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = inputs[0].shape
    guard shape.rank >= 5, size.count == 2 else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "rank ≥ 5")
    }
    let windows = patches(of: shape).windowCounts(height: size[0], width: size[1])
    guard windows == Array(shape.leading(without: 3).suffix(2)) else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "windows of an image of \(size)")
    }
    return TensorType(Shape(shape.leading(without: 5) + [shape[shape.rank - 3]] + size), inputs[0].dtype)
  }

  private func patches(of shape: Shape) -> Patches {
    Patches(kernel: Array(shape.sizes.suffix(2)), stride: stride, padding: padding)
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.add(patches(of: graph.shape(inputs[0])), adjoint)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    var values = [Double](repeating: 0, count: type.count)
    patches(of: inputs[0].shape).forEachElement(image: type.shape) { patch, image in
      values[image] += inputs[0].values[patch]
    }
    return ReferenceTensor(rounding: values, to: type)
  }
}
