package import Tensors

/// All windows of images: [N..., C, H, W] → [N..., OH, OW, C, KH, KW].
///
///     out[…, i, j, c, u, v] = in[…, c, i·stride₀ + u − padding₀, j·stride₁ + v − padding₁]
///
/// and 0 outside the image, with OH = (H + 2·padding₀ − KH) / stride₀ + 1, rounded down; OW likewise.
package struct Patches: LinearPrimitive, LeadingAxesPrimitive {
  package static let name = "patches"
  package var kernel: [Int]
  package var stride: [Int]
  package var padding: [Int]

  package init(kernel: [Int], stride: [Int], padding: [Int]) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  package var attributes: String { "\(kernel) stride \(stride) padding \(padding)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = inputs[0].shape
    guard shape.rank >= 3 else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "[…, channels, height, width]")
    }
    guard let windows = windowCounts(height: shape[shape.rank - 2], width: shape[shape.rank - 1]) else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "room for a window of \(kernel)")
    }
    let channels = shape[shape.rank - 3]
    return TensorType(Shape(shape.leading(without: 3) + windows + [channels] + kernel), inputs[0].dtype)
  }

  /// Numbers of windows down and across; nil where not one fits or the attributes make no sense.
  func windowCounts(height: Int, width: Int) -> [Int]? {
    let sane = kernel.count == 2 && stride.count == 2 && padding.count == 2
    guard sane, (kernel + stride).allSatisfy({ $0 > 0 }), padding.allSatisfy({ $0 >= 0 && $0 < 1 << 40 }) else {
      return nil
    }
    let room = [height + 2 * padding[0] - kernel[0], width + 2 * padding[1] - kernel[1]]
    guard room.allSatisfy({ $0 >= 0 }) else { return nil }
    return [room[0] / stride[0] + 1, room[1] / stride[1] + 1]
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    let size = Array(graph.shape(inputs[0]).sizes.suffix(2))
    return graph.add(FoldPatches(size: size, stride: stride, padding: padding), adjoint)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    var values = [Double](repeating: 0, count: type.count)
    forEachElement(image: inputs[0].shape) { patch, image in values[patch] = inputs[0].values[image] }
    return ReferenceTensor(type, values)
  }

  /// Offsets of an element of the windows and of the image element it shows, for all that lie inside.
  func forEachElement(image shape: Shape, _ body: (Int, Int) -> Void) {
    let (channels, height, width) = (shape[shape.rank - 3], shape[shape.rank - 2], shape[shape.rank - 1])
    guard let windows = windowCounts(height: height, width: width) else { return }
    let images = shape.leading(without: 3).reduce(1, *)
    let order = Shape([images, windows[0], windows[1], channels, kernel[0], kernel[1]])
    let at = order.strides
    for patch in 0..<order.count {
      let position = (0..<6).map { patch / at[$0] % order[$0] }
      let row = position[1] * stride[0] + position[4] - padding[0]
      let column = position[2] * stride[1] + position[5] - padding[1]
      guard row >= 0, row < height, column >= 0, column < width else { continue }
      body(patch, ((position[0] * channels + position[3]) * height + row) * width + column)
    }
  }
}
